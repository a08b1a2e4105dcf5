"""One file of a tileset: what all tiles in it share. The root file, or an external tileset that it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import ContentError, FetchError, TilesetError, quoted
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.tileset import up_axis_number
from explorer.tileformat.tileset_uris import join_uri

_READABLE = {
    "3DTILES_batch_table_hierarchy",
    "3DTILES_bounding_volume_S2",
    "3DTILES_content_gltf",
    "3DTILES_draco_point_compression",
    "3DTILES_implicit_tiling",
    "3DTILES_metadata",
    "3DTILES_multiple_contents",
}


@dataclass(eq=False)
class TilesetFile:
    """A tileset.json that was read."""

    document: dict[str, Any]
    base: str
    """Its address relative to the root's base; "" for the root file."""
    above: tuple[str, ...] = ()
    """Addresses of the external tilesets in which it is nested, its own included."""
    up: int = field(init=False)
    """Which axis of the contents' glTF points up."""
    _schema: dict[str, Any] | None = None
    _has_schema: bool = False

    def __post_init__(self) -> None:
        self.up = up_axis_number(self.document.get("asset"))

    @property
    def version(self) -> Any:
        """`asset.version`, whatever it is; a number, as is sometimes written, as text."""
        asset = self.document.get("asset")
        said = asset.get("version") if isinstance(asset, dict) else None
        return f"{said:.1f}" if isinstance(said, (int, float)) and said in (1, 1.1) and said is not True else said

    def schema(self, resolve: Callable[[str], bytes] | None, say: Callable[[str], None]) -> dict[str, Any] | None:
        """The metadata schema: in the file, in another one, or as 3D Tiles 1.0 had it; None: there is none."""
        if not self._has_schema:
            self._has_schema = True
            self._schema = self._found_schema(resolve, say)
        return self._schema

    def _found_schema(
        self, resolve: Callable[[str], bytes] | None, say: Callable[[str], None]
    ) -> dict[str, Any] | None:
        extensions = self.document.get("extensions")
        older = extensions.get("3DTILES_metadata") if isinstance(extensions, dict) else None
        for place in (self.document, older):
            if not isinstance(place, dict):
                continue
            if isinstance(place.get("schema"), dict):
                found: dict[str, Any] = place["schema"]
                return found
            uri = place.get("schemaUri")
            if isinstance(uri, str) and resolve is not None:
                try:
                    return load_json(resolve(join_uri(self.base, uri)), "schema", uri)
                except (FetchError, ContentError) as problem:
                    say(_("The schema of the tileset's metadata cannot be read: {problem}").format(problem=problem))
        return None


def is_tileset(document: dict[str, Any]) -> bool:
    """Whether a JSON object is a tileset.json, and not a glTF: that has scenes in the place of a root."""
    return isinstance(document.get("root"), dict)


def unknown_extension(document: dict[str, Any]) -> str | None:
    """An extension that a tileset cannot be read without and that is not known here."""
    required = document.get("extensionsRequired")
    names = required if isinstance(required, list) else ()
    return next((quoted(name) for name in names if not (isinstance(name, str) and name in _READABLE)), None)


def check_version(version: Any, base_uri: str) -> None:
    """Raises TilesetError where `asset.version` is missing or not one that is read here."""
    if version is None:
        raise TilesetError(
            _("The file is not a 3D Tiles tileset: it has no asset.version. [{uri}]").format(uri=base_uri)
        )
    if version not in ("0.0", "1.0", "1.1"):
        raise TilesetError(
            _("The tileset is 3D Tiles version {version}; this program reads 1.0 and 1.1. [{uri}]").format(
                version=quoted(version), uri=base_uri
            )
        )

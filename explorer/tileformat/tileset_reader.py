"""Reading tileset.json, 3D Tiles 1.0 (OGC 18-053r2) and 1.1 (OGC 22-025r4), into arrays.

Broken tiles are left out with a diagnostic; only a file that is no usable tileset at all is an error.
"""

from __future__ import annotations

import gc
import math
import posixpath
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from explorer.errors import ContentError, FetchError, TilesetError
from explorer.geo import region_box, sphere_box
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.tileset import ADD, REPLACE, Tileset
from explorer.tileformat.tileset_arrays import FARTHEST_M, TileRows, tileset_arrays

ResolveExternal = Callable[[str], bytes]
"""Bytes of an external tileset, by its address relative to the root's base. May raise FetchError."""

MAX_TILES = 4_000_000
MAX_EXTERNAL = 20_000
MAX_EXTERNAL_DEPTH = 32
_MAX_DIAGNOSTICS = 100
_READABLE = {"3DTILES_content_gltf", "3DTILES_multiple_contents", "3DTILES_metadata", "3DTILES_implicit_tiling"}
_NOT_READ = (".vctr", ".geom", ".subtree")


def join_uri(base: str, relative: str) -> str:
    """An address beside another one; a leading ".." that leaves the base stays, for the store to refuse."""
    if "://" in relative or relative.startswith(("/", "data:")):
        return relative
    if not base and "./" not in relative and "//" not in relative:
        return relative  # nothing to join and nothing to tidy
    path, _mark, query = relative.partition("?")
    folder = posixpath.dirname(base.partition("?")[0])
    joined = posixpath.join(folder, path) if "://" in folder else posixpath.normpath(posixpath.join(folder, path))
    return f"{joined}?{query}" if query else joined


@dataclass(slots=True)  # not frozen: setting frozen fields is slow, and there is one of these for every tile
class _Pending:
    """A tile still to be read."""

    json: Any
    parent: int
    refine: int
    level: int
    base: str
    """Address of its own file, relative to the root's base; "" in the root file."""
    name: str | int
    """What it is called in `above`: its number among the children, or the name of a root."""
    above: _Pending | None = None
    externals: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is in its file."""
        steps: list[str] = []
        tile: _Pending | None = self
        while tile is not None and len(steps) < 12:
            steps.append(tile.name if isinstance(tile.name, str) else f"children[{tile.name}]")
            tile = tile.above if isinstance(tile.name, int) else None
        return ".".join(reversed(steps))


class _Reader:
    def __init__(self, base_uri: str, resolve: ResolveExternal | None) -> None:
        self.base_uri = base_uri
        self.resolve = resolve
        self.rows = TileRows()
        self.queue: deque[_Pending] = deque()
        self.diagnostics: list[str] = []
        self.unreadable: list[str] = []
        self._n_external = 0

    def say(self, sentence: str, place: str) -> None:
        if len(self.diagnostics) < _MAX_DIAGNOSTICS:
            self.diagnostics.append(f"{sentence} [{self.base_uri} {place}]")

    def read(self, root: _Pending) -> None:
        self.queue.append(root)
        while self.queue:
            self._read_tile(self.queue.popleft())

    def _read_tile(self, tile: _Pending) -> None:
        box, own_frame = self._box(tile)
        if box is None:
            return
        rows, row = self.rows, len(self.rows.parent)
        if row >= MAX_TILES:
            raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=self.base_uri))
        error = self._geometric_error(tile)
        refine = self._refine(tile)
        uris, externals = self._contents(tile)
        rows.box.append(box)
        rows.own_frame.append(own_frame)
        rows.local.append(self._transform(tile))
        rows.error.append(error)
        rows.parent.append(tile.parent)
        rows.refine.append(refine)
        rows.level.append(tile.level)
        rows.uri.append(uris[0] if uris else None)
        if len(uris) > 1:
            rows.more[row] = tuple(uris[1:])
        if _is_implicit(tile.json):
            return
        for uri in externals:
            self._enter(tile, uri, row, refine)
        children = tile.json.get("children", [])
        if not isinstance(children, list):
            self.say(_("The children of a tile are not a list; they are left out."), tile.place)
            children = []
        for i, child in enumerate(children):
            self.queue.append(_Pending(child, row, refine, tile.level + 1, tile.base, i, tile, tile.externals))

    def _box(self, tile: _Pending) -> tuple[list[float] | None, bool]:
        volume = tile.json.get("boundingVolume") if isinstance(tile.json, dict) else None
        if isinstance(volume, dict):
            try:
                if "box" in volume:
                    return _twelve(volume["box"]), True
                if "region" in volume:
                    return region_box(volume["region"]).to_list12(), False
                if "sphere" in volume:
                    return sphere_box(volume["sphere"]).to_list12(), True
            except (ValueError, TypeError, OverflowError):
                pass
        self.say(_("A tile has no usable bounding volume; it is left out with all below it."), tile.place)
        return None, True

    def _geometric_error(self, tile: _Pending) -> float:
        value = tile.json.get("geometricError")
        if _is_number(value) and value >= 0.0:
            return float(value)
        above = self.rows.error[tile.parent] / 2.0 if tile.parent >= 0 else 1e9
        self.say(_("A tile has no usable geometric error; half its parent's is taken."), tile.place)
        return above if tile.json.get("children") else 0.0

    def _refine(self, tile: _Pending) -> int:
        said = tile.json.get("refine")
        if said is None:
            return tile.refine
        word = said.upper() if isinstance(said, str) else ""
        if word not in ("ADD", "REPLACE"):
            self.say(_("A tile's refinement is neither ADD nor REPLACE; its parent's is taken."), tile.place)
            return tile.refine
        return ADD if word == "ADD" else REPLACE

    def _transform(self, tile: _Pending) -> list[float] | None:
        numbers = tile.json.get("transform")
        if numbers is None:
            return None
        try:
            if len(numbers) == 16 and sum(map(abs, numbers)) < FARTHEST_M:
                return list(numbers)
        except TypeError:
            pass
        self.say(_("A tile's transform is not sixteen finite numbers; it is ignored."), tile.place)
        return None

    def _contents(self, tile: _Pending) -> tuple[list[str], list[str]]:
        """Addresses of what can be drawn, and of external tilesets."""
        if _is_implicit(tile.json):
            self._cannot(_("implicit tiling"), tile.place)
            return [], []
        contents = tile.json.get("contents")
        listed = contents if isinstance(contents, list) else [tile.json.get("content")]
        uris: list[str] = []
        externals: list[str] = []
        for content in listed:
            uri = content.get("uri", content.get("url")) if isinstance(content, dict) else None
            if content is not None and not (isinstance(uri, str) and uri):
                self.say(_("A tile's content has no address; it is left out."), tile.place)
            elif isinstance(uri, str):
                name = uri.partition("?")[0].lower()
                if name.endswith(_NOT_READ):
                    self._cannot(name.rpartition(".")[2], tile.place)
                elif name.endswith(".json"):
                    externals.append(join_uri(tile.base, uri))
                else:
                    uris.append(join_uri(tile.base, uri))
        return uris, externals

    def _cannot(self, what: str, place: str) -> None:
        sentence = _("A tile needs {what}, which this version cannot read.").format(what=what)
        self.unreadable.append(sentence)
        self.say(sentence, place)

    def _enter(self, tile: _Pending, uri: str, row: int, refine: int) -> None:
        """Hang the root of an external tileset below the tile that names it."""
        self._n_external += 1
        if self.resolve is None:
            self.say(_("The external tileset {uri} is not read here.").format(uri=uri), tile.place)
        elif uri in tile.externals or len(tile.externals) >= MAX_EXTERNAL_DEPTH or self._n_external > MAX_EXTERNAL:
            self.say(_("The external tileset {uri} is nested in itself or too deep.").format(uri=uri), tile.place)
        else:
            try:
                document = load_json(self.resolve(uri), "tileset", uri, TilesetError)
            except (TilesetError, FetchError, ContentError) as problem:
                self.say(_("An external tileset is left out: {problem}").format(problem=problem), tile.place)
                return
            self.queue.append(
                _Pending(
                    document.get("root"), row, refine, tile.level + 1, uri, f"{uri} root", tile, (*tile.externals, uri)
                )
            )


def read_tileset(data: bytes, base_uri: str, resolve_external: ResolveExternal | None = None) -> Tileset:
    """A tileset out of the bytes of its tileset.json.

    Parameters
    ----------
    base_uri
        Address of the tileset.json, for messages and for finding contents.
    resolve_external
        Gives the bytes of an external tileset by its address relative to the root's base; what it raises becomes a
        diagnostic. None: external tilesets are left out, with a diagnostic.

    Raises
    ------
    TilesetError
        No JSON, no 3D Tiles, a version or a required extension that is not known, or nothing in it that can be drawn.
    """
    with _garbage_collector_at_rest():
        return _read(data, base_uri, resolve_external)


@contextmanager
def _garbage_collector_at_rest() -> Iterator[None]:
    """A large tileset is a million small objects without cycles: looking through them again and again takes longest."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(data: bytes, base_uri: str, resolve_external: ResolveExternal | None) -> Tileset:
    document = load_json(data, "tileset", base_uri, TilesetError)
    asset = document.get("asset")
    _check_version(asset, base_uri)
    required = document.get("extensionsRequired")
    for name in required if isinstance(required, list) else ():
        if name not in _READABLE:
            raise TilesetError(
                _("The tileset needs {what}, which this version cannot read. [{uri}]").format(what=name, uri=base_uri)
            )
    reader = _Reader(base_uri, resolve_external)
    root = document.get("root")
    if not isinstance(root, dict):
        raise TilesetError(_("The tileset has no root tile. [{uri}]").format(uri=base_uri))
    if "refine" not in root:
        reader.say(_("The root tile does not say how it is refined; REPLACE is taken."), "root")
    reader.read(_Pending(root, -1, REPLACE, 0, "", "root"))
    rows = reader.rows
    if not rows.parent:
        raise TilesetError(_("The root tile has no usable bounding volume. [{uri}]").format(uri=base_uri))
    if reader.unreadable and all(uri is None for uri in rows.uri):
        raise TilesetError(f"{reader.unreadable[0]} [{base_uri}]")
    assert isinstance(asset, dict)
    return tileset_arrays(rows, base_uri, asset, tuple(reader.diagnostics))


def _check_version(asset: Any, base_uri: str) -> None:
    version = asset.get("version") if isinstance(asset, dict) else None
    if version is None:
        raise TilesetError(
            _("The file is not a 3D Tiles tileset: it has no asset.version. [{uri}]").format(uri=base_uri)
        )
    if version not in ("0.0", "1.0", "1.1"):
        raise TilesetError(
            _("The tileset is 3D Tiles version {version}; this program reads 1.0 and 1.1. [{uri}]").format(
                version=version, uri=base_uri
            )
        )


def _twelve(box: Any) -> list[float]:
    """The numbers of a box as they are; the sum finds out at once whether all are usable numbers."""
    if not isinstance(box, list) or len(box) != 12 or not sum(map(abs, box)) < FARTHEST_M:
        raise ValueError("a box needs twelve finite numbers of a sensible size")
    return box


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < FARTHEST_M  # no float for a number of 400 digits
    return isinstance(value, float) and math.isfinite(value)


def _is_implicit(tile: dict[str, Any]) -> bool:
    extensions = tile.get("extensions")  # null and other things that are no object are found in the wild
    return "implicitTiling" in tile or (isinstance(extensions, dict) and "3DTILES_implicit_tiling" in extensions)

"""A terrain's layer.json, and those that it stands on: what the finer one lacks, the one that it names has.

`parentUrl` of a layer names another one of the same tiling, as CesiumTerrainProvider reads it: a city's own terrain is
published on top of a country's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from explorer.errors import ContentError, FetchError, TilesetError
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.terrain_available import Available, learn_more, said_available
from explorer.tileformat.terrain_tiling import TerrainTiling, Tile, tiling_of
from explorer.tileformat.tileset_uris import join_uri

TERRAIN_FORMATS = {"quantized-mesh-1.": "quantized-mesh", "heightmap-1.": "heightmap"}
"""How the word of a layer.json begins, and the encoding that it stands for."""
_MOST_PARENTS = 8


@dataclass(frozen=True, eq=False)
class TerrainLayer:
    """One layer.json."""

    document: dict[str, Any]
    address_of_it: str
    """Relative to the first one's folder."""
    template: str
    encoding: str
    available: Available

    def address(self, tile: Tile) -> str:
        """Of a tile, relative to the first layer's."""
        level, x, y = tile
        is_from_north = self.document.get("scheme", "tms") in ("xyz", "slippyMap")
        row = 2**level - 1 - y if is_from_north else y
        named = self.template.replace("{z}", str(level)).replace("{x}", str(x)).replace("{y}", str(row))
        return join_uri(self.address_of_it, named)


@dataclass(eq=False)
class TerrainLayers:
    """A layer and those below it, the topmost first."""

    tiling: TerrainTiling
    layers: list[TerrainLayer]
    diagnostics: list[str] = field(default_factory=list)
    """What was odd, one sentence each."""

    @property
    def attribution(self) -> str:
        """Of all that have one."""
        said = [layer.document.get("attribution") for layer in self.layers]
        return ", ".join(dict.fromkeys(text for text in said if isinstance(text, str) and text))

    @property
    def documents(self) -> tuple[str, ...]:
        """Addresses of the layers below the first."""
        return tuple(layer.address_of_it for layer in self.layers[1:])

    def available(self) -> Available:
        """Which tiles any of them has."""
        found = Available()
        for layer in self.layers:
            for level, ranges in layer.available.ranges.items():
                found.ranges.setdefault(level, []).extend(ranges)
        return found

    def of(self, tile: Tile) -> TerrainLayer:
        """Whose a tile is: the topmost's that has it."""
        return next((layer for layer in self.layers if tile in layer.available), self.layers[0])


def is_terrain_layer(document: dict[str, Any]) -> bool:
    """Whether a JSON document is the layer.json of a terrain."""
    return _encoding(document) is not None and "tiles" in document


def read_layers(
    document: dict[str, Any], base_uri: str, area: Rectangle, fetch: Callable[[str], bytes] | None
) -> TerrainLayers:
    """A layer and those that it stands on; one that cannot be had is left out, with a diagnostic.

    `fetch`: the bytes at an address relative to the layer's. Raises TilesetError where the first cannot be used.
    """
    tiling = tiling_of(document, base_uri)
    found = TerrainLayers(tiling, [])
    address = ""
    seen = {join_uri("", base_uri.rpartition("/")[2]), address}
    while True:
        found.layers.append(_layer(document, address, base_uri, tiling))
        if fetch is None:
            return found
        layer = found.layers[-1]
        fetch_tile = partial(_tile_of, layer, fetch)
        found.diagnostics += learn_more(layer.available, document, tiling, area, fetch_tile)
        parent = document.get("parentUrl")
        if not isinstance(parent, str) or not parent:
            return found
        path, mark, query = parent.partition("?")
        path = path if path.endswith(".json") else f"{path.rstrip('/')}/layer.json"
        address = join_uri(address, path + mark + query)
        try:
            if address in seen or len(found.layers) > _MOST_PARENTS:
                raise TilesetError(_("The terrain stands on itself. [{uri}]").format(uri=path))
            seen.add(address)
            document = load_json(fetch(address), "terrain layer", path, TilesetError)
            if not is_terrain_layer(document) or tiling_of(document, path) is not tiling:
                raise TilesetError(_("The file is no layer of quantized-mesh terrain. [{uri}]").format(uri=path))
            _template(document, path)
        except (FetchError, ContentError, TilesetError) as problem:
            text = _("The terrain below a terrain (parentUrl) is left out: {problem}")
            found.diagnostics.append(text.format(problem=problem))
            return found


def _tile_of(layer: TerrainLayer, fetch: Callable[[str], bytes], tile: Tile) -> bytes:
    return fetch(layer.address(tile))


def _layer(document: dict[str, Any], address: str, base_uri: str, tiling: TerrainTiling) -> TerrainLayer:
    encoding = _encoding(document) or "quantized-mesh"
    return TerrainLayer(document, address, _template(document, base_uri), encoding, said_available(document, tiling))


def _encoding(document: dict[str, Any]) -> str | None:
    said = str(document.get("format", ""))
    return next((encoding for start, encoding in TERRAIN_FORMATS.items() if said.startswith(start)), None)


def _template(document: dict[str, Any], base_uri: str) -> str:
    listed = document.get("tiles")
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, str) or "{x}" not in first or "{y}" not in first or "{z}" not in first:
        raise TilesetError(_("The terrain does not say where its tiles are. [{uri}]").format(uri=base_uri))
    return first.replace("{version}", str(document.get("version", "1.0.0")))

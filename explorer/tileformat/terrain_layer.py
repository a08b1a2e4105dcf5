"""From a terrain's layer.json (quantized-mesh, in the manner of TileJSON) to a tileset over one area.

Such a terrain covers the globe with a quadtree, of degrees mostly (`terrain_tiling`). Of it the part over an area
becomes an ordinary tileset: `REPLACE`, boxes around regions. Where only some of a tile's four children exist, the
missing quarters are cut out of the tile itself, so that the others can be drawn.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import TilesetError
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.terrain_available import DEEPEST
from explorer.tileformat.terrain_layers import TerrainLayers, is_terrain_layer, read_layers
from explorer.tileformat.terrain_tiling import Tile
from explorer.tileformat.tileset import TerrainPlace, Tileset
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays

MOST_TILES = 60_000


def read_terrain_layer(
    data: bytes,
    base_uri: str,
    area: Rectangle,
    *,
    most_tiles: int = MOST_TILES,
    fetch: Callable[[str], bytes] | None = None,
) -> Tileset:
    """The part of a terrain over an area as a tileset.

    Parameters
    ----------
    area
        Less than ten degrees wide and high.
    most_tiles
        Levels that would bring more are left out, with a diagnostic.
    fetch
        The bytes at an address relative to the layer's, for layers whose tiles tell which others there are.

    Raises
    ------
    TilesetError
        No JSON, another format or projection, no addresses of tiles, or nothing there over the area.
    """
    document = load_json(data, "terrain layer", base_uri, TilesetError)
    if not is_terrain_layer(document):
        raise TilesetError(_("The file is no layer of quantized-mesh terrain. [{uri}]").format(uri=base_uri))
    layers = read_layers(document, base_uri, area, fetch)
    reader = _Reader(layers, area, most_tiles)
    rows = reader.read()
    if not any(rows.uri):
        raise TilesetError(_("The terrain has nothing over this area. [{uri}]").format(uri=base_uri))
    asset = {"version": "1.1", "copyright": layers.attribution}
    tileset = tileset_arrays(rows, base_uri, asset, (*reader.diagnostics, *layers.diagnostics), layers.documents)
    tileset.terrain.update(reader.places)
    return tileset


@dataclass(frozen=True, slots=True)
class _Pending:
    """A tile still to be taken in."""

    tile: Tile
    """Whose file it is."""
    part: Rectangle
    parent: int


class _Reader:
    """Walks the quadtree over an area, breadth first."""

    def __init__(self, layers: TerrainLayers, area: Rectangle, most_tiles: int) -> None:
        self.layers, self.tiling, self.area = layers, layers.tiling, area
        self.available = layers.available()
        self.places: dict[int, TerrainPlace] = {}
        self.diagnostics: list[str] = []
        self.rows = TileRows()
        self.first = self._first_level()
        self.deepest = self._deepest(most_tiles)

    def _first_level(self) -> int:
        """The finest level at which the area meets at most four tiles."""
        west, south = self.tiling.at(0, self.area.west, self.area.south)
        east, north = self.tiling.at(0, self.area.east, self.area.north)
        widest = max(east - west, north - south, 1e-8)
        return max(min(int(-math.log2(widest)), DEEPEST), 0)  # of coarser ones, pieces: they are half a world

    def _deepest(self, most_tiles: int) -> int:
        """The last level that fits into the number of tiles."""
        total = 1
        for level in range(self.first, self.available.deepest + 1):
            columns, rows = self.tiling.span(self.area, level)
            total += len(columns) * len(rows)
            if total > most_tiles:
                text = _("The terrain is drawn down to its level {level}; finer ones have too many tiles here.")
                self.diagnostics.append(text.format(level=level - 1))
                return level - 1
        return self.available.deepest

    def read(self) -> TileRows:
        """The rows of all tiles, below one without content that holds the first level."""
        columns, rows = self.tiling.span(self.area, self.first)
        tops = [top for x in columns for y in rows for top in self._tops((self.first, x, y))]
        whole = Rectangle.around([self.area, *(part for _tile, part in tops)])
        self.rows.add_terrain(whole.box(), 2.0 * self.tiling.error(self.first), -1)
        waiting = deque(_Pending(tile, part, 0) for tile, part in tops)
        while waiting:
            now = waiting.popleft()
            is_whole = now.part == self.tiling.rectangle(now.tile)
            below = self._children(now.tile) if is_whole and _overlap(now.part, self.area) else []
            # a quarter is as coarse as the tile that it is cut from, and nothing finer will come
            error = self.tiling.error(now.tile[0]) if below else 0.0
            layer = self.layers.of(now.tile)
            row = self.rows.add_terrain(now.part.box(), error, now.parent, layer.address(now.tile))
            own = self.tiling.error(now.tile[0])
            has_mercator_rows = self.tiling.is_mercator and layer.encoding == "heightmap"
            self.places[row] = TerrainPlace(
                self.tiling.rectangle(now.tile), now.part, own, layer.encoding, has_mercator_rows
            )
            waiting.extend(_Pending(tile, part, row) for tile, part in below)
        return self.rows

    def _tops(self, tile: Tile) -> list[tuple[Tile, Rectangle]]:
        """Whose files cover a tile, and where: its own; those of finer ones; or a piece of a coarser one's."""
        if tile in self.available:
            return [(tile, self.tiling.rectangle(tile))]
        level, x, y = tile
        if level < self.deepest and self.available.has_below(tile):
            four = [(level + 1, 2 * x + i, 2 * y + j) for j in (0, 1) for i in (0, 1)]
            return [top for one in four if _overlap(self.tiling.rectangle(one), self.area) for top in self._tops(one)]
        for up in range(1, level + 1):
            coarser = (level - up, x >> up, y >> up)
            if coarser in self.available:
                return [(coarser, self.tiling.rectangle(tile))]
        return []

    def _children(self, tile: Tile) -> list[tuple[Tile, Rectangle]]:
        """A tile's four quarters: a file each, or cut from its own; none where none has a file."""
        level, x, y = tile
        if level >= self.deepest:
            return []
        four = [(level + 1, 2 * x + i, 2 * y + j) for j in (0, 1) for i in (0, 1)]
        there = [child in self.available for child in four]
        if not any(there):
            return []
        rectangles = map(self.tiling.rectangle, four)
        files = (child if is_there else tile for child, is_there in zip(four, there, strict=True))
        return list(zip(files, rectangles, strict=True))


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one.west <= other.east and one.east >= other.west and one.south <= other.north and one.north >= other.south

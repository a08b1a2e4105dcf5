"""Heights in pictures by level, column and row (Terrarium, Mapbox terrain-RGB): a tileset over one area.

Such tiles cover the globe in Web Mercator. Where one is missing, its parent stays.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import TilesetError
from explorer.geo import CompoundCrs
from explorer.i18n import _
from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.tileset import HeightPlace, Tileset
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays

_HALF_WORLD = math.pi * 6378137.0
_SHARE, _FINEST_M = 0.05, 0.05
"""By how much what is drawn may be off the tile's own heights: a share of its error, and so much at least. [m]"""
MOST_TILES = 60_000
Tile = tuple[int, int, int]


@dataclass(frozen=True)
class HeightTiles:
    """What is said of such tiles."""

    address: Callable[[Tile], str]
    """Of a level, column and row (from the north)."""
    encoding: str
    first: int
    last: int
    """Levels."""
    vertical: str
    """What the heights are measured from."""
    size: int = 256
    """[px]"""
    height_offset: float | None = None
    attribution: str = ""


def read_height_tiles(tiles: HeightTiles, base_uri: str, area: Rectangle, *, most_tiles: int = MOST_TILES) -> Tileset:
    """The tileset over an area less than ten degrees wide and high. Raises `TilesetError` where there is none."""
    if not -85.0 < area.south <= area.north < 85.0:
        raise TilesetError(_("The terrain has nothing over this area. [{uri}]").format(uri=base_uri))
    first, last = _levels(tiles, area, most_tiles)
    diagnostics: tuple[str, ...] = ()
    if last < tiles.last:
        text = _("The terrain is drawn down to its level {level}; finer ones have too many tiles here.")
        diagnostics = (text.format(level=last),)
    rows, places = TileRows(), {}
    tops = _span(area, first)
    root = len(tops) > 1
    if root:
        rows.add_terrain(
            Rectangle.around([rectangle_of(tile) for tile in tops]).box(), 2.0 * error_of(first, tiles.size), -1
        )
    waiting = deque((tile, 0 if root else -1) for tile in tops)
    while waiting:
        tile, parent = waiting.popleft()
        level, column, row = tile
        error = error_of(level, tiles.size)
        tolerance = max(_SHARE * error, _FINEST_M)
        is_leaf = level == last or not _meets(tile, area)
        stated = tolerance if is_leaf else error
        number = rows.add_terrain(rectangle_of(tile).box(), stated, parent, tiles.address(tile))
        places[number] = _place(tiles, tile, tolerance, 2.0 * error)
        if not is_leaf:
            waiting.extend(((level + 1, 2 * column + i, 2 * row + j), number) for j in (0, 1) for i in (0, 1))
    made = tileset_arrays(rows, base_uri, {"version": "1.1", "copyright": tiles.attribution}, diagnostics)
    made.terrain.update(places)
    return made


def error_of(level: int, size: int) -> float:
    """Geometric error of a level as viewers take it where none is said: a quarter of a sample at the equator. [m]"""
    return float(2.0 * _HALF_WORLD * 0.25 / size / 2**level)


def _levels(tiles: HeightTiles, area: Rectangle, most_tiles: int) -> tuple[int, int]:
    """The finest at which at most four tiles meet the area, and the last that fits into the number of tiles."""
    first = tiles.first
    while first < tiles.last and len(_span(area, first + 1)) <= 4:
        first += 1
    last, total = first, len(_span(area, first))
    while last < tiles.last:
        total += len(_span(area, last + 1))
        if total > most_tiles:
            break
        last += 1
    return first, last


def _place(tiles: HeightTiles, tile: Tile, tolerance: float, skirt: float) -> HeightPlace:
    level, column, row = tile
    wide = 2.0 * _HALF_WORLD / 2**level
    return HeightPlace(
        encoding=tiles.encoding,
        crs=CompoundCrs("EPSG:3857", tiles.vertical),
        height_offset=tiles.height_offset,
        west=column * wide - _HALF_WORLD,
        north=_HALF_WORLD - row * wide,
        step_x=wide / tiles.size,
        step_y=wide / tiles.size,
        cells=tiles.size,
        is_falling=(column + row) % 2 == 0,
        tolerance=tolerance,
        skirt=skirt,
    )


def rectangle_of(tile: Tile) -> Rectangle:
    """What a tile covers."""
    level, column, row = tile
    size = 360.0 / 2**level
    return Rectangle(
        column * size - 180.0, _latitude(row + 1, level), (column + 1) * size - 180.0, _latitude(row, level)
    )


def _latitude(row: int, level: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * row / 2**level))))


def _row(latitude: float, level: int) -> int:
    share = (1.0 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2.0
    return int(share * 2**level // 1)


def _span(area: Rectangle, level: int) -> list[Tile]:
    """The tiles of a level that meet an area."""
    size, most = 360.0 / 2**level, 2**level - 1
    columns = range(
        max(math.floor((area.west + 180.0) / size), 0), min(math.floor((area.east + 180.0) / size), most) + 1
    )
    rows = range(max(_row(area.north, level), 0), min(_row(area.south, level), most) + 1)
    return [(level, column, row) for row in rows for column in columns]


def _meets(tile: Tile, area: Rectangle) -> bool:
    one = rectangle_of(tile)
    return one.west <= area.east and one.east >= area.west and one.south <= area.north and one.north >= area.south

"""How a source cuts its picture into tiles: levels of pixels, columns from the west, rows from the north."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Tile = tuple[int, int, int]
"""Level (row of `TileGrid.levels`), column, row."""

_Number = TypeVar("_Number", float, NDArray[np.float64])
"""One number, or one for each place."""


@dataclass(frozen=True, slots=True)
class GridLevel:
    """One level. Lengths are in the unit of the grid's CRS: metres or degrees."""

    pixel_x: float
    pixel_y: float
    """Size of a pixel; both positive, rows run southwards."""
    west: float
    north: float
    """Outer corner of the tile in column 0, row 0."""
    tile_width: int
    tile_height: int
    """[px]"""
    first_column: int
    last_column: int
    first_row: int
    last_row: int
    name: str = ""
    """As the source calls it."""

    def pixel(self, x: _Number, y: _Number) -> tuple[_Number, _Number]:
        """Column and row of a place, or of many, in pixels of the whole level; whole numbers are corners."""
        return (x - self.west) / self.pixel_x, (self.north - y) / self.pixel_y

    def tiles_within(self, west: float, south: float, east: float, north: float) -> Iterator[tuple[int, int]]:
        """Columns and rows of the tiles that meet a box."""
        left, top = self.pixel(west, north)
        right, bottom = self.pixel(east, south)
        columns = _span(left, right, self.tile_width, self.first_column, self.last_column)
        rows = _span(top, bottom, self.tile_height, self.first_row, self.last_row)
        return ((column, row) for row in rows for column in columns)

    def count_within(self, west: float, south: float, east: float, north: float) -> int:
        """How many those are."""
        left, top = self.pixel(west, north)
        right, bottom = self.pixel(east, south)
        columns = _span(left, right, self.tile_width, self.first_column, self.last_column)
        return len(columns) * len(_span(top, bottom, self.tile_height, self.first_row, self.last_row))

    def box(self, column: int, row: int) -> tuple[float, float, float, float]:
        """West, south, east, north of a tile."""
        wide, high = self.tile_width * self.pixel_x, self.tile_height * self.pixel_y
        west, north = self.west + column * wide, self.north - row * high
        return west, north - high, west + wide, north


@dataclass(frozen=True, slots=True)
class TileGrid:
    """All levels of a source, coarse ones first."""

    crs: str
    """Horizontal CRS, such as "EPSG:3857"."""
    levels: tuple[GridLevel, ...]
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east, north of the picture, where its outer tiles are larger than it."""

    def meets(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether any of it lies in a box."""
        if self.bounds is not None:
            left, bottom, right, top = self.bounds
            if left >= east or right <= west or bottom >= north or top <= south:
                return False
        return any(level.count_within(west, south, east, north) for level in self.levels)


WEB_MERCATOR = "EPSG:3857"
_HALF_WORLD = math.pi * 6378137.0
KNOWN_ORIGINS = {
    WEB_MERCATOR: (-_HALF_WORLD, _HALF_WORLD, 2.0 * _HALF_WORLD),
    # Geonovum, "Nederlandse richtlijn tiling": the grid that all Dutch services share
    "EPSG:28992": (-285401.92, 903401.92, 880803.84),
}
"""West, north and width of level 0, for addresses that say nothing but level, column and row. [m]"""


def pyramid(crs: str, *, first: int, last: int, size: int = 256) -> TileGrid:
    """Levels of two, four, … tiles a side, from one that holds all. Raises KeyError for a CRS without a known grid."""
    west, north, width = KNOWN_ORIGINS[crs]
    levels = []
    for number in range(first, last + 1):
        count = 2**number
        pixel = width / count / size
        levels.append(GridLevel(pixel, pixel, west, north, size, size, 0, count - 1, 0, count - 1, str(number)))
    return TileGrid(crs, tuple(levels))


def _span(low: float, high: float, size: int, first: int, last: int) -> range:
    if not (math.isfinite(low) and math.isfinite(high)):
        return range(0)
    # half a hair inside: a box that ends where the next tile begins does not meet it
    return range(max(math.floor(low / size + 1e-9), first), min(math.ceil(high / size - 1e-9) - 1, last) + 1)

"""How a terrain's quadtree cuts the globe: in degrees, or on the map of Web Mercator. Rows are counted from the south.

As CesiumJS's GeographicTilingScheme and WebMercatorTilingScheme. In both the places in a file are shares of its tile's
longitudes and latitudes (createVerticesFromQuantizedTerrainMesh there); only rows of heightmap-1.0 are as far from each
other on the map (HeightmapTessellator).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import TilesetError, quoted
from explorer.i18n import _
from explorer.tileformat.quantized_mesh import Rectangle

Tile = tuple[int, int, int]
"""Level, column from the west, row from the south."""
_EQUATOR_M = 2.0 * math.pi * 6_378_137.0
_SAMPLES = 65
"""Of a tile, where its geometric error is reckoned."""
_MOST_MERCATOR = math.degrees(math.atan(math.sinh(math.pi)))
"""Where the square of Web Mercator ends. [degrees]"""


@dataclass(frozen=True)
class TerrainTiling:
    """A quadtree over the globe."""

    wide: int
    """Tiles side by side at its top, where there is one row."""
    is_mercator: bool

    def at(self, level: int, lon: float, lat: float) -> tuple[float, float]:
        """Column and row of a place [degrees] on a level, with the share of a tile."""
        column, rows = (lon + 180.0) / (360.0 / (self.wide * 2**level)), 2**level
        if not self.is_mercator:
            return column, (lat + 90.0) / (180.0 / rows)
        if abs(lat) >= _MOST_MERCATOR:
            return column, float(rows) if lat > 0.0 else 0.0
        return column, (0.5 + math.asinh(math.tan(math.radians(lat))) / (2.0 * math.pi)) * rows

    def rectangle(self, tile: Tile) -> Rectangle:
        """What a tile covers."""
        level, x, y = tile
        size = 360.0 / (self.wide * 2**level)
        south, north = self._latitude(level, y), self._latitude(level, y + 1)
        return Rectangle(x * size - 180.0, south, (x + 1) * size - 180.0, north)

    def _latitude(self, level: int, row: int) -> float:
        if not self.is_mercator:
            return float(row * (180.0 / 2**level) - 90.0)
        return math.degrees(math.atan(math.sinh(math.pi * (2.0 * row / 2**level - 1.0))))

    def span(self, area: Rectangle, level: int) -> tuple[range, range]:
        """Columns and rows of the tiles of a level that meet an area."""
        wide, high = self.wide * 2**level, 2**level
        west, south = (math.floor(value) for value in self.at(level, area.west, area.south))
        east, north = (math.floor(value) for value in self.at(level, area.east, area.north))
        return range(max(west, 0), min(east, wide - 1) + 1), range(max(south, 0), min(north, high - 1) + 1)

    def error(self, level: int) -> float:
        """Geometric error as viewers take it where none is said: a quarter of a sample at the equator. [m]"""
        return float(_EQUATOR_M * 0.25 / (_SAMPLES * self.wide) / 2**level)


GEOGRAPHIC, MERCATOR = TerrainTiling(2, is_mercator=False), TerrainTiling(1, is_mercator=True)
TILINGS = {"EPSG:4326": GEOGRAPHIC, "EPSG:3857": MERCATOR}
"""By what a layer.json says of its projection."""


def tiling_of(document: dict[str, Any], uri: str) -> TerrainTiling:
    """Of a layer.json. Raises TilesetError for a projection that is not read."""
    projection = document.get("projection") or "EPSG:4326"
    tiling = TILINGS.get(str(projection).upper())
    if tiling is None:
        text = _("The terrain is in {projection}; this program reads terrain in EPSG:4326 and EPSG:3857. [{uri}]")
        raise TilesetError(text.format(projection=quoted(projection), uri=uri))
    return tiling


def shares_of_latitude(place: Rectangle, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of a rectangle's latitudes, of shares (n,) of its height on the map of Web Mercator."""
    south, north = (math.asinh(math.tan(math.radians(lat))) for lat in (place.south, place.north))
    lat = np.degrees(np.arctan(np.sinh(south + shares * (north - south))))
    return np.asarray((lat - place.south) / (place.north - place.south))

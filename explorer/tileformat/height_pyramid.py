"""From one raster of heights to a tileset: a quadtree of squares, each of half as many samples as the one below it.

Samples of a coarser level are every second one of the finer: so squares nest (`rtin`), and how far a level may be off
the finest is the sum of how far each is off the next.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, MapTransform, region_box
from explorer.tileformat.rtin import bound_of_halving
from explorer.tileformat.tileset import HeightPlace, Tileset
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays

FloatArray = NDArray[np.float64]
Heights = NDArray[np.float32]

CELLS = 64
"""Of a square's side."""
FINEST_M = 0.05
"""By how much even the finest squares may be off their samples: less than surveys are. [m]"""
_SHARE = 0.3
"""Of what a level is off by anyway: so much more is spared in triangles."""


@dataclass(frozen=True)
class HeightRaster:
    """Samples on a map."""

    heights: Heights
    """(rows, columns), row 0 in the north; NaN where there is none. [m]"""
    crs: CompoundCrs
    west: float
    north: float
    """Place of the first sample: the middle of its pixel."""
    step_x: float
    step_y: float
    """Both positive; rows run southwards."""
    height_offset: float | None = None


class HeightPyramid:
    """All levels of a raster. Level 0 has every sample. Thread-safe once made."""

    def __init__(self, raster: HeightRaster) -> None:
        self.raster = raster
        self.levels: list[Heights] = [raster.heights]
        self._tiles: list[dict[tuple[int, int], tuple[float, float, float]]] = []
        cells = np.zeros(tuple(max(n - 1, 1) for n in raster.heights.shape))
        self._tiles.append(self._level_tiles(0, cells))
        while max(n - 1 for n in self.levels[-1].shape) > CELLS:
            fine = _padded_odd(self.levels[-1])
            bound = bound_of_halving(fine.astype(np.float64))
            cells = bound + _pooled(cells, bound.shape)
            self.levels.append(np.ascontiguousarray(fine[::2, ::2]))
            self._tiles.append(self._level_tiles(len(self.levels) - 1, cells))

    def _level_tiles(self, level: int, cells: FloatArray) -> dict[tuple[int, int], tuple[float, float, float]]:
        """Error, least and greatest height of each square that has ground, by column and row."""
        heights = self.levels[level]
        found = {}
        for row in range(max(-(-(heights.shape[0] - 1) // CELLS), 1)):
            for column in range(max(-(-(heights.shape[1] - 1) // CELLS), 1)):
                top, left = row * CELLS, column * CELLS
                seen = heights[top : top + CELLS + 1, left : left + CELLS + 1]
                known = seen[np.isfinite(seen)]
                if len(known):
                    error = cells[top : top + CELLS, left : left + CELLS]
                    found[column, row] = (float(error.max(initial=0.0)), float(known.min()), float(known.max()))
        return found

    def tile(self, level: int, column: int, row: int) -> Heights:
        """Samples of one square (CELLS + 1, CELLS + 1); NaN beyond the raster."""
        heights = self.levels[level]
        top, left = row * CELLS, column * CELLS
        made = np.full((CELLS + 1, CELLS + 1), np.nan, np.float32)
        seen = heights[top : top + CELLS + 1, left : left + CELLS + 1]
        made[: seen.shape[0], : seen.shape[1]] = seen
        return made

    def error(self, level: int, column: int, row: int) -> float:
        """By how much what is drawn of a square may be off the raster, at any point of it. [m]"""
        return self._tiles[level][column, row][0] + self._tolerance(level, column, row)

    def _tolerance(self, level: int, column: int, row: int) -> float:
        return max(FINEST_M, _SHARE * self._tiles[level][column, row][0])

    def tileset(self, base_uri: str, attribution: str = "", diagnostics: tuple[str, ...] = ()) -> Tileset:
        """The quadtree. Raises `CrsError` where the raster lies outside of its CRS's reach."""
        rows, places = TileRows(), {}
        top = len(self.levels) - 1
        waiting = deque((top, column, row, -1, 0.0) for column, row in self._tiles[top])
        transform = MapTransform(self.raster.crs, height_offset=self.raster.height_offset)
        while waiting:
            level, column, row, parent, above = waiting.popleft()
            error, low, high = self._tiles[level][column, row]
            error += self._tolerance(level, column, row)
            place = self._place(level, column, row, skirt=2.0 * max(above, error))
            box = _box(place, low - place.skirt, high, transform, self._cells(level, column, row))
            number = rows.add_terrain(box, error, parent, f"{level}/{column}/{row}.heights")
            places[number] = place
            if level:
                for child in ((2 * column + i, 2 * row + j) for j in (0, 1) for i in (0, 1)):
                    if child in self._tiles[level - 1]:
                        waiting.append((level - 1, *child, number, error))
        made = tileset_arrays(rows, base_uri, {"version": "1.1", "copyright": attribution}, diagnostics)
        made.terrain.update(places)
        return made

    def _cells(self, level: int, column: int, row: int) -> tuple[int, int]:
        """How many cells of a square, eastwards and southwards, the raster has."""
        rows, columns = self.levels[level].shape
        return min(columns - 1 - column * CELLS, CELLS), min(rows - 1 - row * CELLS, CELLS)

    def _place(self, level: int, column: int, row: int, *, skirt: float) -> HeightPlace:
        raster, stride = self.raster, 2**level
        step_x, step_y = raster.step_x * stride, raster.step_y * stride
        return HeightPlace(
            encoding="grid",
            crs=raster.crs,
            height_offset=raster.height_offset,
            west=raster.west + column * CELLS * step_x,
            north=raster.north - row * CELLS * step_y,
            step_x=step_x,
            step_y=step_y,
            cells=CELLS,
            is_falling=(column + row) % 2 == 0,
            tolerance=self._tolerance(level, column, row),
            skirt=skirt,
        )


def _padded_odd(heights: Heights) -> Heights:
    """With a row and a column more where their number is even."""
    more = [(0, 1 - n % 2) for n in heights.shape]
    return np.pad(heights, more, constant_values=np.nan) if any(n for _zero, n in more) else heights


def _pooled(cells: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """The greatest of every four, for a grid of half as many cells."""
    whole = np.zeros((2 * shape[0], 2 * shape[1]))
    rows, columns = min(cells.shape[0], whole.shape[0]), min(cells.shape[1], whole.shape[1])
    whole[:rows, :columns] = cells[:rows, :columns]
    return np.asarray(whole.reshape(shape[0], 2, shape[1], 2).max(axis=(1, 3)))


def _box(place: HeightPlace, low: float, high: float, transform: MapTransform, cells: tuple[int, int]) -> list[float]:
    """Twelve numbers of the box around so many cells of a square: beyond them the map may not reach."""
    east_ends, south_ends = (np.linspace(0.0, n, 3) for n in cells)
    x, y, z = np.meshgrid(place.west + east_ends * place.step_x, place.north - south_ends * place.step_y, [low, high])
    lonlath = transform.to_geodetic(np.column_stack([x.ravel(), y.ravel(), z.ravel()]))
    (west, south, least), (east, north, most) = lonlath.min(axis=0), lonlath.max(axis=0)
    slack = 0.02 * max(east - west, north - south)  # edges of maps bend
    radians = np.radians([west - slack, south - slack, east + slack, north + slack])
    return list(region_box([*radians.tolist(), float(least) - 0.5, float(most) + 0.5]).to_list12())

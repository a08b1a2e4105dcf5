"""A small square of the city as a walker meets it: what carries him, what stops him."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.navigation.collision_tile import CollisionTile, overlaps
from explorer.navigation.ground_classes import IS_GROUND
from explorer.navigation.planar import Point, Polygon, Triangle, band_polygon
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

EDGE_TOLERANCE = 0.01
"""A triangle carries this far beyond its edges: tiles are quantised to about a millimetre and must not leak. [m]"""
MIN_UP = 0.05
"""Steeper than this (87°) a surface carries nobody; it is a wall only."""
BAND_METRES = 0.05
"""Bands of height begin and end on multiples of this, so that level streets ask for the same one again. [m]"""


class Support(NamedTuple):
    """A surface to stand on: its height [m], how level it is (1 = level, 0 = upright), if it is water, if ground."""

    height: float
    up: float
    is_water: bool
    is_ground: bool


class _Plate(NamedTuple):
    """A triangle that can carry: the rectangle around it (a thin one's edges go on far beyond its tip), three inward
    edge functions in metres, its plane, its range of heights."""

    x0: float
    y0: float
    x1: float
    y1: float
    edges: tuple[float, ...]
    plane: tuple[float, float, float]
    low: float
    high: float
    up: float
    is_water: bool
    is_ground: bool

    def height_at(self, x: float, y: float) -> float | None:
        """Height of the triangle at a position; None outside it."""
        if x < self.x0 or x > self.x1 or y < self.y0 or y > self.y1:
            return None
        a0, b0, c0, a1, b1, c1, a2, b2, c2 = self.edges
        if (
            a0 * x + b0 * y + c0 < -EDGE_TOLERANCE
            or a1 * x + b1 * y + c1 < -EDGE_TOLERANCE
            or a2 * x + b2 * y + c2 < -EDGE_TOLERANCE
        ):
            return None
        slope_x, slope_y, offset = self.plane
        return min(max(slope_x * x + slope_y * y + offset, self.low), self.high)


class Obstacle(NamedTuple):
    """A triangle's part in a band of heights, from above, with the rectangle around it. [m]"""

    x0: float
    y0: float
    x1: float
    y1: float
    polygon: Polygon


class CollisionCell:
    """The triangles over one square of the ground, and those within `reach` of it as obstacles."""

    def __init__(
        self, tiles: Sequence[CollisionTile], x0: float, y0: float, size: float, reach: float, is_pending: bool
    ) -> None:
        self.is_pending = is_pending
        """Whether a tile that is known but not loaded may still put something here."""
        self._plates: list[_Plate] = []
        self._walls: dict[Triangle, tuple[float, float]] = {}
        self._bands: dict[tuple[int, int], tuple[Obstacle, ...]] = {}
        for tile in tiles:
            near = tile.near(x0 - reach, y0 - reach, x0 + size + reach, y0 + size + reach)
            if len(near):
                self._add(tile, near, (x0, y0, x0 + size, y0 + size), reach)
        self._plates.sort(key=lambda plate: -plate.high)

    def _add(
        self, tile: CollisionTile, near: NDArray[np.int64], box: tuple[float, float, float, float], reach: float
    ) -> None:
        corners = tile.triangles[near]
        planes = _planes(corners, tile.up[near])
        low, high = _height_range(corners, planes, box, reach)
        rows: list[list[float]] = corners.reshape(-1, 9).tolist()
        for row, lowest, highest in zip(rows, low.tolist(), high.tolist(), strict=True):
            # a triangle that two tiles share counts once
            self._walls[tuple(row)] = (lowest, highest)  # type: ignore[index]
        tolerance = EDGE_TOLERANCE
        inner = overlaps(corners, box[0] - tolerance, box[1] - tolerance, box[2] + tolerance, box[3] + tolerance)
        for here in np.flatnonzero(inner & (tile.up[near] > MIN_UP)).tolist():
            index = int(near[here])
            x0, y0, z0, x1, y1, z1, x2, y2, z2 = rows[here]
            self._plates.append(
                _Plate(
                    min(x0, x1, x2) - tolerance,
                    min(y0, y1, y2) - tolerance,
                    max(x0, x1, x2) + tolerance,
                    max(y0, y1, y2) + tolerance,
                    _edge_functions((x0, y0), (x1, y1), (x2, y2)),
                    tuple(planes[here].tolist()),
                    min(z0, z1, z2),
                    max(z0, z1, z2),
                    float(tile.up[index]),
                    int(tile.surface_class[index]) == SurfaceClass.WATER,
                    bool(IS_GROUND[tile.surface_class[index]]),
                )
            )

    def support(self, x: float, y: float, ceiling: float) -> Support | None:
        """The highest that carries at a position of this cell and is not above `ceiling`. [m]"""
        best: Support | None = None
        for plate in self._plates:  # from the top: what cannot be higher than the best ends the search
            if best is not None and plate.high <= best.height:
                break
            height = plate.height_at(x, y) if plate.low <= ceiling else None
            if height is not None and height <= ceiling and (best is None or height > best.height):
                best = Support(height, plate.up, plate.is_water, plate.is_ground)
        return best

    def support_above(self, x: float, y: float, height: float) -> Support | None:
        """The lowest that carries at a position of this cell and is above `height`. [m]"""
        best: Support | None = None
        for plate in self._plates:
            here = plate.height_at(x, y)
            if here is not None and here > height and (best is None or here < best.height):
                best = Support(here, plate.up, plate.is_water, plate.is_ground)
        return best

    def obstacles(self, low: float, high: float) -> tuple[Obstacle, ...]:
        """What stands between two heights, in or within reach of this cell."""
        key = (floor(low / BAND_METRES + 0.5), ceil(high / BAND_METRES))
        band = self._bands.get(key)
        if band is None:
            band = self._bands[key] = self._band(key[0] * BAND_METRES, key[1] * BAND_METRES)
        return band

    def _band(self, low: float, high: float) -> tuple[Obstacle, ...]:
        obstacles = []
        for triangle, (lowest, highest) in self._walls.items():
            if highest <= low or lowest >= high:
                continue
            polygon = band_polygon(triangle, low, high)
            if polygon:
                xs, ys = [point[0] for point in polygon], [point[1] for point in polygon]
                obstacles.append(Obstacle(min(xs), min(ys), max(xs), max(ys), polygon))
        return tuple(obstacles)


def _planes(corners: FloatArray, up: FloatArray) -> FloatArray:
    """z = a x + b y + c of triangles (m, 3, 3) -> (m, 3); NaN for walls."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    vertical = np.where(up > MIN_UP, normals[:, 2], np.nan)
    a, b = -normals[:, 0] / vertical, -normals[:, 1] / vertical
    c = corners[:, 0, 2] - a * corners[:, 0, 0] - b * corners[:, 0, 1]
    return np.stack([a, b, c], axis=1)


def _height_range(
    corners: FloatArray, planes: FloatArray, box: tuple[float, float, float, float], reach: float
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest point of triangles over a box widened by reach, not too narrow: (m,), (m,)."""
    lowest, highest = corners[:, :, 2].min(axis=1), corners[:, :, 2].max(axis=1)
    x = np.array([box[0] - reach, box[2] + reach, box[0] - reach, box[2] + reach])
    y = np.array([box[1] - reach, box[1] - reach, box[3] + reach, box[3] + reach])
    over = planes[:, :1] * x + planes[:, 1:2] * y + planes[:, 2:]
    wall = np.isnan(planes[:, 0])
    low = np.where(wall, lowest, np.maximum(lowest, over.min(axis=1)))
    high = np.where(wall, highest, np.minimum(highest, over.max(axis=1)))
    return low, high


def _edge_functions(a: Point, b: Point, c: Point) -> tuple[float, ...]:
    """p x + q y + r of the three edges seen from above, in metres, positive inside: nine floats."""
    sign = 1.0 if (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) >= 0.0 else -1.0
    functions: list[float] = []
    for (ax, ay), (bx, by) in ((a, b), (b, c), (c, a)):
        length = (hypot(bx - ax, by - ay) or 1.0) * sign
        p, q = (ay - by) / length, (bx - ax) / length
        functions += (p, q, -(p * ax + q * ay))
    return tuple(functions)

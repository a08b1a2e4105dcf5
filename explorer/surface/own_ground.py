"""Meshes of everything that a camera saw from the air: no part of them says that it is ground, and yet they have it.

Such a mesh covers its tile from rim to rim, and where its rim is no roof there is no wall below it. Houses alone, how
close soever, end in walls all around. A mesh that is known by this has ground of its own wherever it faces up, roofs
included: nothing tells them apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.surface.rays import RayCaster
from explorer.surface.triangles import TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

_LEAST_METRES = 40.0
"""What is smaller may be the roof of a house. [m]"""
_CELL_METRES, _CELLS = 4.0, (8, 48)
"""Side of the squares that are looked at [m], and least and most of them along a side."""
_COVERED, _OPEN_RIM = 0.95, 0.1
"""Shares of the squares that must be covered, and of those at the rim that must have no wall beside them. [-]"""
_STEP_METRES = 2.0
"""A wall whose foot is so much lower than what is above it is one of a house, and no kerb. [m]"""


def with_own_ground(soup: TriangleSoup) -> TriangleSoup:
    """A tile's triangles, of which none says what it is; those that face up are terrain, if they are a mesh of all.

    As it was: where they are houses, or nothing tells.
    """
    is_up = soup.surface_class == SurfaceClass.ROOF  # by its slope: nothing was said
    if not is_up.any() or not covers_its_place(soup):
        return soup
    return replace(soup, surface_class=np.where(is_up, SurfaceClass.TERRAIN, soup.surface_class).astype(np.uint8))


def covers_its_place(soup: TriangleSoup) -> bool:
    """Whether a surface goes on from rim to rim, seen from above, and does not end in walls."""
    lo, hi = soup.bounds()
    size = hi[:2] - lo[:2]
    if size.min() < _LEAST_METRES:
        return False
    here = soup.moved_to(((lo[0] + hi[0]) / 2.0, (lo[1] + hi[1]) / 2.0, float(lo[2])))
    hull = shapely.convex_hull(shapely.MultiPoint(here.positions.reshape(-1, 3)[:, :2]))
    n = np.clip(np.ceil(size / _CELL_METRES), *_CELLS).astype(np.int64)
    cell = size / n
    ticks = [(np.arange(n[axis]) + 0.5) * cell[axis] - size[axis] / 2.0 for axis in (0, 1)]
    x, y = np.meshgrid(*ticks, indexing="ij")
    is_inside = shapely.contains_xy(shapely.buffer(hull, -0.5 * float(cell.max())), x, y)
    if is_inside.sum() < _CELLS[0] ** 2 // 2:
        return False
    top = _tops(here, x, y)
    if np.isfinite(top[is_inside]).mean() < _COVERED:
        return False
    around = np.pad(is_inside, 1)
    is_enclosed = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    feet = _lowest(here.taken(here.surface_class == SurfaceClass.WALL), -size / 2.0, cell, n)
    rim = is_inside & ~is_enclosed & np.isfinite(top)
    return bool((top[rim] - feet[rim] < _STEP_METRES).mean() > _OPEN_RIM)


def _tops(soup: TriangleSoup, x: FloatArray, y: FloatArray) -> FloatArray:
    """Heights of what is highest at places; NaN where there is nothing. [m]"""
    sky = float(soup.positions[:, :, 2].max()) + 10.0
    base = np.asarray(soup.origin)
    origins = np.stack([x.ravel(), y.ravel(), np.full(x.size, sky)], axis=1) + base
    distances, _triangles = RayCaster(soup).first_hit(origins, np.tile([0.0, 0.0, -1.0], (len(origins), 1)))
    return np.where(np.isfinite(distances), sky - distances, np.nan).reshape(x.shape)


def _lowest(soup: TriangleSoup, corner: FloatArray, cell: FloatArray, n: NDArray[np.int64]) -> FloatArray:
    """(n, n) the lowest that any edge of a triangle comes to within three by three squares, inf for none. [m]"""
    starts = soup.positions.reshape(-1, 3)
    ways = np.roll(soup.positions, -1, axis=1).reshape(-1, 3) - starts
    steps = np.clip(np.ceil(np.abs(ways[:, :2] / cell).max(axis=1)), 1, 2 * _CELLS[1]).astype(np.int64)
    edge = np.repeat(np.arange(len(starts)), steps)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[edge]
    points = starts[edge] + ways[edge] * share[:, None]
    i, j = np.clip(((points[:, :2] - corner) // cell).astype(np.int64), 0, n - 1).T
    lowest = np.full(tuple(n), np.inf)
    np.minimum.at(lowest, (i, j), points[:, 2])
    padded = np.pad(lowest, 1, constant_values=np.inf)
    return np.asarray(np.min([padded[a : a + n[0], b : b + n[1]] for a in range(3) for b in range(3)], axis=0))

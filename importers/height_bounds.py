"""How far two triangulations of the same ground are apart, seen as heights over the map: a bound without any search.

Take a source triangle T, lying on the plane f, all of which is within r of the target's area on the map. A point p of T
then has a point q of some target triangle t, lying on the plane g, within r on the map, so t is within r of T and

    |p - q| <= |f(p) - g(q)| + r,  and |f(p) - g(q)| <= |f - g| at a corner of t + r slope(f)
                                   or, just as well,  |f - g| at a corner of T + r slope(g),

because f - g is linear, so that its largest value over a triangle is at a corner. The bound of T is the largest over
all such t of the better of the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.batch import MeshBatch, cross, ranges

_STEEP = 0.05
"""Least upward part of the unit normal: steeper triangles are left to the search in space. [-]"""
_UNSURE = 0.002
"""Added for areas that had to be repaired on a grid of a millimetre. [m]"""
_LITTLE = 1.0
"""Pairs of triangles that are no farther apart than this need not really be near each other. [m]"""
_REACHES = (0.02, 0.5, 1.0, 2.0)
"""Distances from the target's area on the map that are tried. [m]"""


class HeightField:
    """The ground triangles of f features that look up, with the area each feature covers on the map."""

    def __init__(self, batch: MeshBatch, areas: NDArray[Any] | None = None) -> None:
        """`areas` (f,): polygons that the triangles cover, None where there are none; found here when not given."""
        corners = batch.positions[batch.triangles]
        normal = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(normal, axis=1)
        usable = (normal[:, 2] > _STEEP * length) & (length > 0)
        down = np.where(usable, normal[:, 2], 1.0)
        self.gradient = -normal[:, :2] / down[:, None]
        shapes = np.full(len(corners), None, object)
        shapes[usable] = shapely.polygons(corners[usable, :, :2])
        self._hold(corners, batch.triangle_start, shapes)
        self.areas = self._unions() if areas is None else areas

    def _hold(self, corners: NDArray[np.float64], start: NDArray[np.int64], shapes: NDArray[Any]) -> None:
        self.corners, self._start, self._shapes = corners, start, shapes
        self.slope = np.linalg.norm(self.gradient, axis=1)
        self.feature = np.repeat(np.arange(len(start) - 1), np.diff(start))
        self.rows = np.flatnonzero(shapes != None)  # noqa: E711  # element by element
        self.shapes = shapes[self.rows]

    def take(self, features: NDArray[np.int64]) -> HeightField:
        """The field of these features alone, ascending."""
        picked, start = ranges(self._start, features)
        taken = HeightField.__new__(HeightField)
        taken.gradient = self.gradient[picked]
        taken._hold(self.corners[picked], start, self._shapes[picked])
        taken.areas = self.areas[features]
        return taken

    def _unions(self) -> NDArray[Any]:
        areas = np.full(len(self._start) - 1, None, object)
        of = self.feature[self.rows]
        start = np.searchsorted(of, np.arange(len(areas) + 1))
        for row in np.unique(of).tolist():
            areas[row] = _union(self.shapes[start[row] : start[row + 1]])
        return areas

    def height(self, rows: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height of the planes of triangles `rows` (n,) over or under points (n, 3, 3) -> (n, 3). [m]"""
        gradient, first = self.gradient[rows], self.corners[rows, 0]
        at_zero = first[:, 2] - np.einsum("ni,ni->n", gradient, first[:, :2])
        heights: NDArray[np.float64] = points[:, :, 0] * gradient[:, :1]
        heights += points[:, :, 1] * gradient[:, 1:]
        heights += at_zero[:, None]
        return heights


def height_bounds(source: HeightField, target: HeightField) -> NDArray[np.float64]:
    """Upper bound of the distance of each of the source's triangles from the target's surface (t,). [m]

    Infinite where the two are not over each other, or are too steep.
    """
    bounds = np.full(len(source.corners), np.inf)
    reach = _reach(source, target)
    near = np.flatnonzero(np.isfinite(reach))
    if not len(near) or not len(target.rows):
        return bounds
    which, found = _near_boxes(source, target, near, reach[near])
    one, other = source.rows[near[which]], target.rows[found]
    r = reach[near[which]] + _UNSURE
    at, corners = target.corners[other], source.corners[one]
    at_other = _largest(source.height(one, at) - at[:, :, 2])
    at_one = _largest(target.height(other, corners) - corners[:, :, 2])
    apart = np.minimum(at_other + r * source.slope[one], at_one + r * target.slope[other]) + r
    # Near boxes are not yet near triangles: look again where it matters.
    doubtful = np.flatnonzero(apart > _LITTLE)
    is_near = shapely.dwithin(source.shapes[near[which[doubtful]]], target.shapes[found[doubtful]], r[doubtful])
    keep = np.ones(len(one), bool)
    keep[doubtful[~is_near]] = False
    one, apart = one[keep], apart[keep]
    worst = np.zeros(len(bounds))
    np.maximum.at(worst, one, apart)
    covered = np.zeros(len(bounds), bool)
    covered[one] = True
    bounds[covered] = worst[covered]
    return bounds


def _near_boxes(
    source: HeightField, target: HeightField, near: NDArray[np.int64], reach: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of one feature's triangles with bounds within `reach` on the map: rows of `near`, of `target.rows`."""
    x0, y0, x1, y1 = shapely.bounds(source.shapes[near]).T
    boxes = shapely.box(x0 - reach, y0 - reach, x1 + reach, y1 + reach)
    which, found = shapely.STRtree(target.shapes).query(boxes)
    same = source.feature[source.rows[near[which]]] == target.feature[target.rows[found]]
    return which[same], found[same]


def _largest(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest magnitude in each row of three (n,)."""
    first, second, third = np.abs(differences).T
    largest: NDArray[np.float64] = np.maximum(np.maximum(first, second), third)
    return largest


def _reach(source: HeightField, target: HeightField) -> NDArray[np.float64]:
    """How far from the target's area the farthest point of each usable source triangle may be; infinite: unknown."""
    reach = np.full(len(source.rows), np.inf)
    of = source.feature[source.rows]
    left = np.flatnonzero(target.areas[of] != None)  # noqa: E711  # element by element
    for step in _REACHES:
        features, place = np.unique(of[left], return_inverse=True)
        if not len(features):
            break
        # Grown here and for this alone: prepared geometries are not for two threads at once.
        grown = shapely.buffer(target.areas[features], step, quad_segs=1)
        shapely.prepare(grown)
        inside = shapely.covers(grown[place], source.shapes[left])
        reach[left[inside]] = step
        left = left[~inside]
    return reach


def _union(polygons: NDArray[Any]) -> Any:
    try:
        return shapely.coverage_union_all(polygons)
    except shapely.GEOSException:
        return shapely.union_all(shapely.make_valid(polygons))

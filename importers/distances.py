"""Distances of points from triangles: exact for pairs, and the nearest of many through a tree of samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importers.spatial import search_tree

_PAIRS_AT_ONCE = 16_000
"""Pairs that are worked on together: what they need stays in a processor's own cache. [-]"""
_SHORT = 32
"""Columns up to which rows are short. [-]"""
NEAREST = 4
"""Candidates that the tree gives for each point. [-]"""
CELL_SHARE = 0.2
"""Of samples that are closer than this share of their spacing, one is enough. [-]"""
_FEW = 32
"""So many points are compared with all triangles around them sooner than a search tree is made. [-]"""
_MOST_PRODUCTS = 4_000_000
"""Points times triangles that are compared together. [-]"""
_UNSURE = 0.001
"""Added where distances are first reckoned roughly. [m]"""
_FIRST_POINTS = 8
"""The farthest points, whose distance is looked at first: as a rule they settle the rest. [-]"""


class TriangleTable:
    """Triangles with what distances from them need. After Ericson, Real-Time Collision Detection, 5.1.5, in Gram form:
    everything follows from |p - a|² and the products of p - a with the two edges at a.
    """

    def __init__(self, corners: NDArray[np.float64]) -> None:
        a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        g11, g22, g12 = (np.einsum("ij,ij->i", one, other) for one, other in ((ab, ab), (ac, ac), (ab, ac)))
        determinant = g11 * g22 - g12 * g12
        flat = determinant <= 1e-12 * np.maximum(g11 * g22, 1e-12)
        inverse = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, determinant))
        g33 = np.maximum(g11 + g22 - 2.0 * g12, 0.0)
        lengths = [1.0 / np.maximum(g, 1e-18) for g in (g11, g22, g33)]
        # One row a triangle, so that a pair reads one stretch of memory.
        self._rows = np.column_stack([a, ab, ac, g11, g22, g12, g33, inverse, *lengths])

    def distances(self, points: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distance of each point (n, 3) from the triangle `rows` (n,) that it is paired with. [m]"""
        result = np.empty(len(rows))
        for start in range(0, len(rows), _PAIRS_AT_ONCE):
            some = slice(start, start + _PAIRS_AT_ONCE)
            columns = np.ascontiguousarray(self._rows[rows[some]].T)
            result[some] = _distances(np.ascontiguousarray(points[some].T), columns)
        return result


def _distances(points: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (3, n) against columns (17, n) of a `TriangleTable` (n,)."""
    offset = points - table[0:3]
    q, d1, d2 = _dot(offset, offset), _dot(offset, table[3:6]), _dot(offset, table[6:9])
    g11, g22, g12, g33, inverse, first, second, third = table[9:]
    u = (d1 * g22 - d2 * g12) * inverse
    v = (d2 * g11 - d1 * g12) * inverse
    inside = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (inverse > 0.0)
    squared = _edge(q, d1, g11, first)
    np.minimum(squared, _edge(q, d2, g22, second), out=squared)
    np.minimum(squared, _edge(q - 2.0 * d1 + g11, d2 - d1 - g12 + g11, g33, third), out=squared)
    squared = np.where(inside, q - u * d1 - v * d2, squared)
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
    return distances


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _edge(
    squared: NDArray[np.float64], along: NDArray[np.float64], length: NDArray[np.float64], inverse: NDArray[np.float64]
) -> NDArray[np.float64]:
    t = np.clip(along * inverse, 0.0, 1.0)
    return squared - t * (2.0 * along - t * length)


def least_of_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smallest value of each row (n,) of (n, k): of short ones column by column, far quicker than along the rows."""
    if values.shape[1] > _SHORT:
        along: NDArray[np.float64] = values.min(axis=1)
        return along
    least = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        np.minimum(least, values[:, column], out=least)
    return least


def largest_of_three(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest value of each row (n,) of (n, 3)."""
    largest: NDArray[np.float64] = np.maximum(np.maximum(values[:, 0], values[:, 1]), values[:, 2])
    return largest


class NearTriangles:
    """Finds triangles near points, through a tree of samples on them, `spacing` apart [m] (None: chosen by area).

    The tree is made when it is first asked for.
    """

    def __init__(self, triangles: NDArray[np.float64], spacing: float | None = None) -> None:
        self._triangles, self._spacing = triangles, spacing
        self.lo, self.hi = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
        self._origin = (self.lo + self.hi) / 2.0

    @cached_property
    def _table(self) -> TriangleTable:
        return TriangleTable(self._triangles - self._origin)

    @cached_property
    def _tree(self) -> tuple[Any, NDArray[np.int64]]:
        """With the triangle of each sample."""
        samples, owner = spread_samples(self._triangles - self._origin, self._spacing)
        return search_tree(samples), owner

    @cached_property
    def _balls(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middles (t, 3) of the triangles, and how far their corners are from those (t,)."""
        local = self._triangles - self._origin
        middle = local.mean(axis=1)
        return middle, np.linalg.norm(local - middle[:, None], axis=2).max(axis=1)

    def of(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Candidates (n, k), rows of the triangles."""
        tree, owner = self._tree
        _distance, found = tree.query(points - self._origin, k=min(NEAREST, len(owner)), workers=-1)
        owners: NDArray[np.int64] = owner[np.asarray(found).reshape(len(points), -1)]
        return owners

    def distances(self, points: NDArray[np.float64], candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distance of each point (n, 3) from each of its candidates (n, k) -> (n, k). [m]"""
        repeated = np.repeat(points - self._origin, candidates.shape[1], axis=0)
        return self._table.distances(repeated, candidates.ravel()).reshape(candidates.shape)

    def nearest(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of points from the surface (n,): never less than the true one. [m]"""
        return least_of_rows(self.distances(points, self.of(points)))

    def within(self, points: NDArray[np.float64], at_most: NDArray[np.float64]) -> NDArray[np.float64]:
        """Exact distance of each point (n, 3), or its `at_most` (n,) if that is less (n,): for few points. [m]"""
        middle, radius = self._balls
        least = at_most.copy()
        for start in range(0, len(points), step := 1 + _MOST_PRODUCTS // len(radius)):
            some = slice(start, start + step)
            local = points[some] - self._origin
            squared = (local**2).sum(axis=1)[:, None] + (middle**2).sum(axis=1) - 2.0 * local @ middle.T
            reach = at_most[some, None] + (radius + _UNSURE)
            which, rows = np.nonzero(squared <= reach**2)
            np.minimum.at(least[some], which, self._table.distances(local[which], rows))
        return least

    def away(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of points (n, 3) from the box around all triangles (n,): never more than from the surface. [m]"""
        outside = np.maximum(np.maximum(self.lo - points, points - self.hi), 0.0)
        distances: NDArray[np.float64] = np.sqrt(np.einsum("ni,ni->n", outside, outside))
        return distances


def farthest(
    points: NDArray[np.float64],
    surface: Sequence[NearTriangles],
    at_most: NDArray[np.float64],
    in_doubt_above: float,
    at_least: float = 0.0,
) -> float:
    """How far the farthest of the points (n, 3) is from a surface of parts: exact, if more than `in_doubt_above`. [m]

    Below it, never less than the true distance. `at_most` (n,): what the distances are known not to exceed; what is
    less than `at_least` counts as that. [m]
    """
    found, at_once = at_least, _FIRST_POINTS
    left = np.arange(len(points))
    while True:
        left = left[at_most[left] > found]
        if not len(left):
            return found
        if len(left) > at_once:
            left = left[np.argpartition(-at_most[left], at_once)]
        some, left = left[:at_once], left[at_once:]
        at_once *= 4
        near = _nearest(points[some], surface, at_most[some])
        for row in np.argsort(-near, kind="stable").tolist():
            if near[row] <= max(found, in_doubt_above):
                found = max(found, float(near[row]))
                break
            found = max(found, _exact(points[some[row]], surface, float(near[row])))


def _nearest(
    points: NDArray[np.float64], surface: Sequence[NearTriangles], at_most: NDArray[np.float64]
) -> NDArray[np.float64]:
    least = at_most.copy()
    for part in surface:
        rows = np.flatnonzero(part.away(points) < least)
        if 0 < len(rows) <= _FEW:
            least[rows] = part.within(points[rows], least[rows])
        elif len(rows):
            least[rows] = np.minimum(least[rows], part.nearest(points[rows]))
    return least


def _exact(point: NDArray[np.float64], surface: Sequence[NearTriangles], at_most: float) -> float:
    least = np.array([at_most])
    for part in surface:
        if part.away(point[None])[0] <= least[0]:
            least = part.within(point[None], least)
    return float(least[0])


def spread_samples(
    triangles: NDArray[np.float64], spacing: float | None, *, corners: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points on triangles about `spacing` apart (None: chosen by area), with the triangle of each.

    Triangles smaller than that have one point, unless their `corners` are wanted.
    """
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    area, chosen = np.zeros(len(triangles)), spacing is None
    if spacing is None:
        area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
        spacing = max(float(np.sqrt(area.sum() / max(len(triangles), 2_000))), 0.05)
    edge = np.sqrt(np.maximum.reduce([((p - q) ** 2).sum(axis=1) for p, q in ((a, b), (b, c), (c, a))]))
    n = np.clip(np.ceil(edge / spacing), 1, 64).astype(np.int64)
    if chosen:  # slivers would have thousands, all but on one line
        n = np.minimum(n, 4 + np.ceil(2.0 * np.sqrt(area) / spacing).astype(np.int64))
    # Middles first: small triangles share all their corners with others, and would else hide each other.
    points, owners = [triangles.mean(axis=1)], [np.arange(len(triangles))]
    for size in np.unique(n).tolist():
        if size == 1 and not corners:
            continue
        rows = np.flatnonzero(n == size)
        i, j = np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij")
        keep = i + j <= size
        u, v = (i[keep] / size), (j[keep] / size)
        w = 1.0 - u - v
        at = triangles[rows]
        points.append(
            (
                w[None, :, None] * at[:, None, 0]
                + u[None, :, None] * at[:, None, 1]
                + v[None, :, None] * at[:, None, 2]
            ).reshape(-1, 3)
        )
        owners.append(np.repeat(rows, len(u)))
    return np.concatenate(points), np.concatenate(owners)


def samples_on(triangles: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Points on triangles (t, 3, 3), at most `spacing` apart along edges (n, 3).

    Corners are among them, but of points closer than a fifth of the spacing only one: small triangles have many.
    """
    return thinned(spread_samples(triangles, spacing, corners=True)[0], spacing * CELL_SHARE)


def thinned(points: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """The first of those points (n, 3) that lie together in a cube of this `size` [m], neighbours after each other."""
    cell = np.floor((points - points.min(axis=0)) / size).astype(np.int64)
    extent = cell.max(axis=0) + 1
    _keys, first = np.unique((cell[:, 0] * extent[1] + cell[:, 1]) * extent[2] + cell[:, 2], return_index=True)
    return points[first]

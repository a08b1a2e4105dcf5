"""How far one surface is from another, as a bound that holds everywhere and not just where samples were taken.

The distance to one triangle is a convex function, so along a triangle it is largest at a corner. If all three corners
of T are within d of the *same* triangle S, all of T is within d of S. Each triangle thus has an upper bound, the least
over S of the largest corner distance; where that is not yet close to what the corners themselves show, T is cut into
four and looked at again. After Tang, Lee, Kim, "Interactive Hausdorff distance computation for general polygonal
models", ACM Trans. Graph. 28(3), 2009, https://doi.org/10.1145/1531326.1531380.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from importers.batch import MeshBatch

_PAIRS_AT_ONCE = 400_000
_LARGE = 30_000
"""Pairs of triangles of one feature from which on a search tree finds the near triangles. [-]"""
_NEAREST = 12
_SLACK = 1.08
"""A bound this close to what was seen is good enough. [-]"""
_SLACK_METRES = 0.05
_MAX_CUTS = 4


def point_triangle_distances(
    points: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each point (n, 3) from its own triangle a, b, c (n, 3 each). [m]

    Inside the prism over the triangle it is the distance from the plane, elsewhere from the nearest edge.
    """
    ab, bc, ca = b - a, c - b, a - c
    normal = np.cross(ab, -ca)
    size = np.einsum("ij,ij->i", normal, normal)
    pa, pb, pc = points - a, points - b, points - c
    inside = size > 1e-18
    for edge, offset in ((ab, pa), (bc, pb), (ca, pc)):
        inside &= np.einsum("ij,ij->i", np.cross(normal, edge), offset) >= 0.0
    squared = _edge_squared(pa, ab)
    np.minimum(squared, _edge_squared(pb, bc), out=squared)
    np.minimum(squared, _edge_squared(pc, ca), out=squared)
    height = np.einsum("ij,ij->i", normal, pa)
    np.divide(height * height, size, out=squared, where=inside)
    return np.sqrt(squared)


def _edge_squared(offset: NDArray[np.float64], edge: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.einsum("ij,ij->i", edge, edge)
    along = np.einsum("ij,ij->i", offset, edge)
    t = np.clip(np.divide(along, length, out=np.zeros_like(along), where=length > 0), 0.0, 1.0)
    rest = offset - t[:, None] * edge
    squared: NDArray[np.float64] = np.einsum("ij,ij->i", rest, rest)
    return squared


def deviations(coarse: MeshBatch, fine: MeshBatch) -> NDArray[np.float64]:
    """Upper bound of the largest distance between the two surfaces of each feature, both ways (f,). [m]

    Infinite where one of the two is empty and the other is not, zero where both are.
    """
    return np.maximum(one_way_deviations(coarse, fine), one_way_deviations(fine, coarse))


def one_way_deviations(source: MeshBatch, target: MeshBatch) -> NDArray[np.float64]:
    """Upper bound of the largest distance of `source`'s surface from `target`'s, feature by feature (f,). [m]"""
    n_source, n_target = source.triangle_counts, target.triangle_counts
    result = np.where((n_source > 0) & (n_target == 0), np.inf, 0.0)
    todo = np.flatnonzero((n_source > 0) & (n_target > 0))
    pairs = n_source[todo] * n_target[todo]
    small, large = todo[pairs <= _LARGE], todo[pairs > _LARGE]
    start = 0
    cost = np.cumsum(np.append(0, n_source[small] * n_target[small]))
    while start < len(small):
        end = max(start + 1, int(np.searchsorted(cost, cost[start] + _PAIRS_AT_ONCE, "right")) - 1)
        rows = small[start:end]
        result[rows] = _bound_all_pairs(source.take(rows), target.take(rows))
        start = end
    for row in large:
        result[row] = _bound_with_tree(source.take(np.array([row])), target.take(np.array([row])))
    return result


@dataclass(slots=True)
class _Pieces:
    """Triangles still to be bounded: rows of a growing list of points, with the distances of those points."""

    corners: NDArray[np.float64]
    """(t, 3, 3)"""
    feature: NDArray[np.int64]
    """(t,)"""


def _bound_all_pairs(source: MeshBatch, target: MeshBatch) -> NDArray[np.float64]:
    """Every piece against every triangle of the same feature."""
    n = len(source)
    corners = target.positions[target.triangles]
    seen = np.zeros(n)
    bound = np.zeros(n)
    points, index, point_feature = _distinct_corners(source)
    distance, start = _distances(points, point_feature, corners, target.triangle_start)
    nearest = np.minimum.reduceat(distance, start[:-1])
    np.maximum.at(seen, point_feature, nearest)
    upper = _upper(distance, start, index)
    pieces = _Pieces(points[index], source.feature_of_triangle)
    for cut in range(_MAX_CUTS + 1):
        enough = upper <= np.maximum(seen * _SLACK, seen + _SLACK_METRES)[pieces.feature]
        last = cut == _MAX_CUTS
        np.maximum.at(bound, pieces.feature[enough | last], upper[enough | last])
        if enough.all() or last:
            break
        pieces = _cut(pieces, ~enough)
        points, index, point_feature = _points_of(pieces)
        distance, start = _distances(points, point_feature, corners, target.triangle_start)
        np.maximum.at(seen, point_feature, np.minimum.reduceat(distance, start[:-1]))
        upper = _upper(distance, start, index)
    return np.maximum(bound, seen)


def _distinct_corners(batch: MeshBatch) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct corner points (p, 3), each triangle's three rows in it (m, 3), each point's feature (p,)."""
    return _points_of(_Pieces(batch.positions[batch.triangles], batch.feature_of_triangle))


def _points_of(pieces: _Pieces) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    flat = pieces.corners.reshape(-1, 3)
    feature = np.repeat(pieces.feature, 3)
    order = np.lexsort((flat[:, 2], flat[:, 1], flat[:, 0], feature))
    ordered, of = flat[order], feature[order]
    differs = np.ones(len(order), bool)
    differs[1:] = (ordered[1:] != ordered[:-1]).any(axis=1) | (of[1:] != of[:-1])
    index = np.empty(len(order), np.int64)
    index[order] = np.cumsum(differs) - 1
    return ordered[differs], index.reshape(-1, 3), of[differs]


def _distances(
    points: NDArray[np.float64], feature: NDArray[np.int64], corners: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances of each point from all triangles of its feature, one point after another, and where each begins."""
    counts = start[feature + 1] - start[feature]
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    point = np.repeat(np.arange(len(points)), counts)
    triangle = np.arange(first[-1]) - np.repeat(first[:-1] - start[feature], counts)
    distance = np.empty(first[-1])
    for a in range(0, len(point), _PAIRS_AT_ONCE):
        some = slice(a, a + _PAIRS_AT_ONCE)
        at = corners[triangle[some]]
        distance[some] = point_triangle_distances(points[point[some]], at[:, 0], at[:, 1], at[:, 2])
    return distance, first


def _upper(distance: NDArray[np.float64], start: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each piece the least, over the target's triangles, of its largest corner distance (t,)."""
    counts = start[index[:, 0] + 1] - start[index[:, 0]]
    first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    step = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    largest = distance[np.repeat(start[index[:, 0]], counts) + step]
    for corner in (1, 2):
        np.maximum(largest, distance[np.repeat(start[index[:, corner]], counts) + step], out=largest)
    upper: NDArray[np.float64] = np.minimum.reduceat(largest, first[:-1])
    return upper


def _cut(pieces: _Pieces, chosen: NDArray[np.bool_]) -> _Pieces:
    """Each chosen triangle as four, by its edges' middles."""
    corners = pieces.corners[chosen]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
    four = np.stack([
        np.stack([a, ab, ca], axis=1), np.stack([ab, b, bc], axis=1),
        np.stack([ca, bc, c], axis=1), np.stack([ab, bc, ca], axis=1),
    ], axis=1)
    return _Pieces(four.reshape(-1, 3, 3), np.repeat(pieces.feature[chosen], 4))


def _bound_with_tree(source: MeshBatch, target: MeshBatch) -> float:
    """The same for two large surfaces: each piece against the triangles that are near it."""
    return bound_from_triangles(source.positions[source.triangles], target.positions[target.triangles])[0]


def bound_from_triangles(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[float, float]:
    """Upper bound and largest seen distance of triangles `source` (s, 3, 3) from triangles `target` (t, 3, 3). [m]"""
    near = NearTriangles(target)
    corners, seen, bound = source, 0.0, 0.0
    for cut in range(_MAX_CUTS + 1):
        candidates = near.of(corners.mean(axis=1))
        k = candidates.shape[1]
        worst = np.zeros((len(corners), k))
        for corner in range(3):
            distance = near.distances(corners[:, corner], candidates)
            np.maximum(worst, distance, out=worst)
            if cut == 0:
                seen = max(seen, float(distance.min(axis=1).max()))
        upper = worst.min(axis=1)
        enough = upper <= max(seen * _SLACK, seen + _SLACK_METRES)
        if cut == _MAX_CUTS:
            enough[:] = True
        if enough.any():
            bound = max(bound, float(upper[enough].max()))
        if enough.all():
            break
        corners = _cut(_Pieces(corners, np.zeros(len(corners), np.int64)), ~enough).corners
    return max(bound, seen), seen


class NearTriangles:
    """Finds triangles near points, through a tree of samples on them."""

    def __init__(self, triangles: NDArray[np.float64], spacing: float | None = None) -> None:
        from scipy.spatial import cKDTree

        self.triangles = triangles
        samples, self._owner = _samples(triangles, spacing)
        self._tree = cKDTree(samples)
        self._k = min(_NEAREST, len(samples))

    def of(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Candidates (n, k), rows of the triangles."""
        _distance, found = self._tree.query(points, k=self._k)
        owners: NDArray[np.int64] = self._owner[np.asarray(found).reshape(len(points), -1)]
        return owners

    def distances(self, points: NDArray[np.float64], candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distance of each point (n, 3) from each of its candidates (n, k) -> (n, k). [m]"""
        n, k = candidates.shape
        result = np.empty(n * k)
        flat = candidates.ravel()
        for a in range(0, n * k, _PAIRS_AT_ONCE):
            some = np.arange(a, min(a + _PAIRS_AT_ONCE, n * k))
            at = self.triangles[flat[some]]
            result[some] = point_triangle_distances(points[some // k], at[:, 0], at[:, 1], at[:, 2])
        return result.reshape(n, k)

    def nearest(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of points from the surface (n,): never less than the true one. [m]"""
        distances: NDArray[np.float64] = self.distances(points, self.of(points)).min(axis=1)
        return distances


def _samples(triangles: NDArray[np.float64], spacing: float | None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points on triangles about `spacing` apart (None: chosen by area), with the triangle of each."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    if spacing is None:
        area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
        spacing = max(float(np.sqrt(area.sum() / max(4 * len(triangles), 20_000))), 0.05)
    edge = np.sqrt(np.maximum.reduce([((p - q) ** 2).sum(axis=1) for p, q in ((a, b), (b, c), (c, a))]))
    n = np.clip(np.ceil(edge / spacing), 1, 64).astype(np.int64)
    # Middles first: small triangles share all their corners with others, and would else hide each other.
    points, owners = [triangles.mean(axis=1)], [np.arange(len(triangles))]
    for size in np.unique(n).tolist():
        rows = np.flatnonzero(n == size)
        i, j = np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij")
        keep = i + j <= size
        u, v = (i[keep] / size), (j[keep] / size)
        w = 1.0 - u - v
        at = triangles[rows]
        points.append((w[None, :, None] * at[:, None, 0] + u[None, :, None] * at[:, None, 1]
                       + v[None, :, None] * at[:, None, 2]).reshape(-1, 3))
        owners.append(np.repeat(rows, len(u)))
    return np.concatenate(points), np.concatenate(owners)


def samples_on(triangles: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Points on triangles (t, 3, 3), corners among them, at most `spacing` apart along edges (n, 3)."""
    return _samples(triangles, spacing)[0]

"""How far one surface is from another, as a bound that holds everywhere and not just where samples were taken.

The distance to one triangle is a convex function, so along a triangle it is largest at a corner. If all three corners
of T are within d of the *same* triangle S, all of T is within d of S. Each triangle thus has an upper bound, the least
over S of the largest corner distance; where that is not yet close to what the corners themselves show, T is cut into
four and looked at again. After Tang, Lee, Kim, "Interactive Hausdorff distance computation for general polygonal
models", ACM Trans. Graph. 28(3), 2009, https://doi.org/10.1145/1531326.1531380.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from importers.batch import MeshBatch
from importers.distances import NEAREST, TriangleTable, largest_of_three, least_of_rows, spread_samples
from importers.spatial import search_tree

_PAIRS_AT_ONCE = 400_000
_LARGE = 30_000
"""Pairs of triangles of one feature from which on a search tree finds the near triangles. [-]"""
_SLACK = 1.25
"""A bound this close to what was seen is good enough. [-]"""
_SLACK_METRES = 0.4
GOOD_ENOUGH = 1.5
"""No bound needs to be sharper than this, as no coarser tile has a smaller budget. [m]"""
_REACH = 1.0 / np.sqrt(3.0)
"""No point of a triangle is farther from its nearest corner than this times the longest edge. [-]"""
_MAX_CUTS = 2
_FEATURES_APART = 1.0e5
"""Distance put between features in the search tree, so that each finds only its own triangles. [m]"""


def deviations(
    coarse: MeshBatch,
    fine: MeshBatch,
    good_enough: NDArray[np.float64] | None = None,
    known: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Upper bound of the largest distance between the two surfaces of each feature, both ways (f,). [m]

    Infinite where one of the two is empty and the other is not, zero where both are. `good_enough` (f,) says below
    what a bound need not be made sharper [m]; `known` are bounds of single triangles, of `coarse` and of `fine`, that
    hold already. [m]
    """
    there = one_way_deviations(coarse, fine, good_enough, None if known is None else known[0])
    return np.maximum(there, one_way_deviations(fine, coarse, good_enough, None if known is None else known[1]))


def one_way_deviations(
    source: MeshBatch,
    target: MeshBatch,
    good_enough: NDArray[np.float64] | None = None,
    known: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Upper bound of the largest distance of `source`'s surface from `target`'s, feature by feature (f,). [m]

    `known` (m,): bounds of the source's triangles that hold already, infinite where there is none. [m]
    """
    n_source, n_target = source.triangle_counts, target.triangle_counts
    result = np.where((n_source > 0) & (n_target == 0), np.inf, 0.0)
    todo = np.flatnonzero((n_source > 0) & (n_target > 0))
    if not len(todo):
        return result
    middle = np.zeros((len(source), 3))
    middle[todo] = target.positions[target.triangles[target.triangle_start[todo], 0]]
    pairs = n_source[todo] * n_target[todo]
    pieces = _Search(
        source.positions[source.triangles] - middle[source.feature_of_triangle][:, None],
        source.feature_of_triangle,
        target.positions[target.triangles] - middle[target.feature_of_triangle][:, None],
        target,
        len(source),
        np.full(len(source), GOOD_ENOUGH) if good_enough is None else good_enough,
    )
    if known is not None:
        pieces.leave_out(known)
    found = pieces.run(todo[pairs <= _LARGE], todo[pairs > _LARGE])
    result[todo] = found[todo]
    return result


class _Search:
    """Pieces of the source's triangles, bounded from above until the bounds are close to what was seen."""

    def __init__(
        self,
        corners: NDArray[np.float64],
        feature: NDArray[np.int64],
        target: NDArray[np.float64],
        batch: MeshBatch,
        n_features: int,
        good_enough: NDArray[np.float64],
    ) -> None:
        self.good_enough = good_enough
        self.corners, self.feature, self.target = corners, feature, target
        self.table = TriangleTable(target)
        self.start = batch.triangle_start
        self.target_feature = batch.feature_of_triangle
        self.seen = np.zeros(n_features)
        self.bound = np.zeros(n_features)
        self.in_tree = np.zeros(n_features, bool)
        """Features whose target triangles the search tree holds: only those that need it."""

    def leave_out(self, known: NDArray[np.float64]) -> None:
        """Triangles whose known bound (m,) is good enough need no search."""
        settled = known <= self.good_enough[self.feature]
        np.maximum.at(self.bound, self.feature[settled], known[settled])
        self.corners, self.feature = self.corners[~settled], self.feature[~settled]

    def run(self, small: NDArray[np.int64], large: NDArray[np.int64]) -> NDArray[np.float64]:
        """Bounds (f,) for the features named; small ones by all pairs, large ones by the tree alone."""
        left = []
        small = small[np.bincount(self.feature, minlength=len(self.seen))[small] > 0]
        for some in self._groups(small):
            corners, feature, upper = self._all_pairs(some)
            left.append(self._settle(corners, feature, upper, last=False))
        is_large = np.zeros(len(self.seen), bool)
        is_large[large] = True
        at = is_large[self.feature]
        if at.any():
            corners, feature = self.corners[at], self.feature[at]
            left.append(self._settle(corners, feature, self._near(corners, feature), last=False))
        for cut in range(1, _MAX_CUTS + 1):
            corners = np.concatenate([one[0] for one in left]) if left else np.zeros((0, 3, 3))
            feature = np.concatenate([one[1] for one in left]) if left else np.zeros(0, np.int64)
            if not len(corners):
                break
            corners, feature = _cut(corners), np.repeat(feature, 4)
            left = [self._settle(corners, feature, self._near(corners, feature), last=cut == _MAX_CUTS)]
        return np.maximum(self.bound, self.seen)

    def _groups(self, small: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Features a few at a time, so that the pairs fit in memory."""
        counts = np.bincount(self.feature, minlength=len(self.seen))[small] * np.diff(self.start)[small]
        group = np.cumsum(counts) // _PAIRS_AT_ONCE
        return [small[group == one] for one in np.unique(group)]

    def _settle(
        self, corners: NDArray[np.float64], feature: NDArray[np.int64], upper: NDArray[np.float64], *, last: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Keep the bounds that are good enough; the pieces that need cutting are returned."""
        seen = self.seen[feature]
        good = np.maximum(np.maximum(seen * _SLACK, seen + _SLACK_METRES), self.good_enough[feature])
        enough = upper <= np.maximum(good, self.bound[feature])
        np.maximum.at(self.bound, feature[enough], upper[enough])
        enough = upper <= np.maximum(good, self.bound[feature])
        if last:
            enough[:] = True
        np.maximum.at(self.bound, feature[enough], upper[enough])
        return corners[~enough], feature[~enough]

    def _all_pairs(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """Every triangle of these features against every one of the target's: (corners, feature, upper bound)."""
        chosen = np.zeros(len(self.seen), bool)
        chosen[rows] = True
        at = chosen[self.feature]
        corners, feature = self.corners[at], self.feature[at]
        points, index, point_feature = _distinct(corners, feature)
        counts = self.start[point_feature + 1] - self.start[point_feature]
        first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        point = np.repeat(np.arange(len(points)), counts)
        triangle = np.arange(first[-1]) - np.repeat(first[:-1] - self.start[point_feature], counts)
        distance = self.table.distances(points[point], triangle)
        nearest = np.minimum.reduceat(distance, first[:-1])
        np.maximum.at(self.seen, point_feature, nearest)
        by_corners = largest_of_three(nearest[index]) + _REACH * _longest_edge(corners)
        return corners, feature, np.minimum(_upper(distance, first, index), by_corners)

    def _near(self, corners: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[np.float64]:
        """Upper bounds of pieces against the target's triangles that are near their middles."""
        candidates = self._candidates(corners.mean(axis=1), feature)
        k = candidates.shape[1]
        worst = np.zeros(candidates.shape)
        corner_worst = np.zeros(len(corners))
        for corner in range(3):
            distance = self.table.distances(np.repeat(corners[:, corner], k, axis=0), candidates.ravel())
            distance = distance.reshape(-1, k)
            np.maximum(worst, distance, out=worst)
            np.maximum(corner_worst, least_of_rows(distance), out=corner_worst)
        # Candidates are those near the middle, so only the middle's distance says what is really there.
        middle = self.table.distances(np.repeat(corners.mean(axis=1), k, axis=0), candidates.ravel())
        np.maximum.at(self.seen, feature, least_of_rows(middle.reshape(-1, k)))
        upper: NDArray[np.float64] = np.minimum(least_of_rows(worst), corner_worst + _REACH * _longest_edge(corners))
        return upper

    def _candidates(self, points: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.in_tree[feature].all():
            self.in_tree[feature] = True
            rows = np.flatnonzero(self.in_tree[self.target_feature])
            samples, owner = spread_samples(self.target[rows], None)
            self._owner = rows[owner]
            self._tree = search_tree(np.column_stack([samples, self.target_feature[self._owner] * _FEATURES_APART]))
        k = min(NEAREST, self._tree.n)
        _distance, found = self._tree.query(np.column_stack([points, feature * _FEATURES_APART]), k=k)
        owners: NDArray[np.int64] = self._owner[np.asarray(found).reshape(len(points), -1)]
        return owners


def _distinct(
    corners: NDArray[np.float64], feature: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct corner points (p, 3), each piece's three rows in it (t, 3), each point's feature (p,)."""
    flat = corners.reshape(-1, 3)
    of = np.repeat(feature, 3)
    order = np.lexsort((flat[:, 2], flat[:, 1], flat[:, 0], of))
    ordered, ordered_of = flat[order], of[order]
    differs = np.ones(len(order), bool)
    differs[1:] = (ordered[1:] != ordered[:-1]).any(axis=1) | (ordered_of[1:] != ordered_of[:-1])
    index = np.empty(len(order), np.int64)
    index[order] = np.cumsum(differs) - 1
    return ordered[differs], index.reshape(-1, 3), ordered_of[differs]


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


def _longest_edge(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(t,) [m]"""
    edges = corners - np.roll(corners, 1, axis=1)
    longest: NDArray[np.float64] = np.sqrt(largest_of_three(np.einsum("tij,tij->ti", edges, edges)))
    return longest


def _cut(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each triangle (t, 3, 3) as four, by its edges' middles (4 t, 3, 3)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
    four = np.stack(
        [
            np.stack([a, ab, ca], axis=1),
            np.stack([ab, b, bc], axis=1),
            np.stack([ca, bc, c], axis=1),
            np.stack([ab, bc, ca], axis=1),
        ],
        axis=1,
    )
    return four.reshape(-1, 3, 3)

"""Bounds of deviations by what a search tree finds near: for features of very many triangles.

As in `patch_search`, with a few near triangles in place of all, and triangles cut into four.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from importers.distances import NEAREST, TriangleTable, largest_of_three, least_of_rows, spread_samples
from importers.settling import Settling
from importers.spatial import search_tree

_REACH = 1.0 / np.sqrt(3.0)
"""No point of a triangle is farther from its nearest corner than this times the longest edge. [-]"""
_MOST_CUTS = 2
_FEATURES_APART = 1.0e5
"""Distance put between features in the search tree, so that each finds only its own triangles. [m]"""


def search_near(
    corners: NDArray[np.float64],
    feature: NDArray[np.int64],
    target: NDArray[np.float64],
    target_feature: NDArray[np.int64],
    settling: Settling,
) -> None:
    """Settle bounds of the source's triangles (m, 3, 3) of features (m,) against the target's (k, 3, 3) of (k,)."""
    near = _NearTarget(target, target_feature, settling)
    for n_cuts in range(_MOST_CUTS + 1):
        left = settling.settle(feature, near.upper(corners, feature), last=n_cuts == _MOST_CUTS)
        if not len(left):
            return
        corners, feature = _cut(corners[left]), np.repeat(feature[left], 4)


class _NearTarget:
    """The target's triangles, found by samples on them."""

    def __init__(self, target: NDArray[np.float64], target_feature: NDArray[np.int64], settling: Settling) -> None:
        self._table, self._feature, self._settling = TriangleTable(target), target_feature, settling
        samples, self._owner = spread_samples(target, None)
        self._tree = search_tree(np.column_stack([samples, target_feature[self._owner] * _FEATURES_APART]))

    def upper(self, corners: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[np.float64]:
        """Upper bounds of pieces (n, 3, 3) against the target's triangles that are near their middles (n,). [m]"""
        candidates = self._candidates(corners.mean(axis=1), feature)
        k = candidates.shape[1]
        worst = np.zeros(candidates.shape)
        corner_worst = np.zeros(len(corners))
        for corner in range(3):
            distance = self._table.distances(np.repeat(corners[:, corner], k, axis=0), candidates.ravel())
            distance = distance.reshape(-1, k)
            np.maximum(worst, distance, out=worst)
            np.maximum(corner_worst, least_of_rows(distance), out=corner_worst)
        # Candidates are those near the middle, so only the middle's distance says what is really there.
        middle = self._table.distances(np.repeat(corners.mean(axis=1), k, axis=0), candidates.ravel())
        self._settling.see(feature, least_of_rows(middle.reshape(-1, k)))
        upper: NDArray[np.float64] = np.minimum(least_of_rows(worst), corner_worst + _REACH * _longest_edge(corners))
        return upper

    def _candidates(self, points: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[np.int64]:
        k = min(NEAREST, self._tree.n)
        _distance, found = self._tree.query(np.column_stack([points, feature * _FEATURES_APART]), k=k)
        owners: NDArray[np.int64] = self._owner[np.asarray(found).reshape(len(points), -1)]
        # A feature of very few triangles has no more of its own: then the nearest once more.
        return np.where(self._feature[owners] == feature[:, None], owners, owners[:, :1])


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

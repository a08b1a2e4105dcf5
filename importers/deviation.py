"""How far one surface is from another, as a bound that holds everywhere and not just where samples were taken.

What the bounds rest on is told in `patch_search`; `near_search` does the same for features that are too large for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from importers.batch import MeshBatch
from importers.near_search import search_near
from importers.patch_search import search_patches
from importers.patches import Patches, convex_pieces
from importers.settling import Settling

_LARGE = 1_000_000
"""Pairs of triangles of one feature from which on a search tree finds the near triangles. [-]"""
_PAIRS_AT_ONCE = 2_000_000
"""Pairs of triangles that are held in memory together. [-]"""
GOOD_ENOUGH = 1.5
"""No bound needs to be sharper than this, as no coarser tile has a smaller budget. [m]"""


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
    pair = _Pair(coarse, fine, good_enough)
    nothing = (None, None) if known is None else known
    return np.maximum(pair.one_way(0, nothing[0]), pair.one_way(1, nothing[1]))


def one_way_deviations(
    source: MeshBatch,
    target: MeshBatch,
    good_enough: NDArray[np.float64] | None = None,
    known: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Upper bound of the largest distance of `source`'s surface from `target`'s, feature by feature (f,). [m]

    `known` (m,): bounds of the source's triangles that hold already, infinite where there is none. [m]
    """
    return _Pair(source, target, good_enough).one_way(0, known)


class _Pair:
    """Two batches of the same features, each about a point of its own."""

    def __init__(self, one: MeshBatch, other: MeshBatch, good_enough: NDArray[np.float64] | None) -> None:
        n = len(one)
        self.good_enough = np.full(n, GOOD_ENOUGH) if good_enough is None else good_enough
        self.counts = (one.triangle_counts, other.triangle_counts)
        self.both = (self.counts[0] > 0) & (self.counts[1] > 0)
        middle = np.zeros((n, 3))
        middle[self.both] = other.positions[other.triangles[other.triangle_start[:-1][self.both], 0]]
        self.pieces = []
        for batch in (one, other):
            of = batch.feature_of_vertex
            self.pieces.append(
                convex_pieces(batch.positions - middle[of], of, batch.triangles, batch.feature_of_triangle)
            )

    def one_way(self, source: int, known: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Bounds of the distance of side `source`, 0 or 1, from the other one (f,). [m]"""
        pieces, others = self.pieces[source], self.pieces[1 - source]
        result = np.where((self.counts[source] > 0) & ~self.both, np.inf, 0.0)
        settling = Settling(self.good_enough.copy())
        left = self.both[pieces.feature]
        if known is not None:  # what is bounded well enough already needs no search
            bound = np.maximum(known[pieces.triangle], known[pieces.triangle + pieces.is_rectangle])
            settled = left & (bound <= self.good_enough[pieces.feature])
            np.maximum.at(settling.bound, pieces.feature[settled], bound[settled])
            left &= ~settled
        pairs = self.counts[0] * self.counts[1]
        searched = np.bincount(pieces.feature[left], minlength=len(pairs)) > 0
        group = np.cumsum(np.where(searched & (pairs <= _LARGE), pairs, 0)) // _PAIRS_AT_ONCE
        group[~searched] = -1
        group[searched & (pairs > _LARGE)] = -2
        for one in np.unique(group[searched]).tolist():
            here, there = left & (group[pieces.feature] == one), group[others.feature] == one
            if one == -2:
                search_near(*pieces.take(here).triangles(), *others.take(there).triangles(), settling)
            else:
                search_patches(pieces.take(here), Patches(others.take(there), len(pairs)), settling)
        for side in (pieces.take(left), others):
            worst = np.zeros(len(pairs))
            np.maximum.at(worst, side.feature, side.misfit)
            settling.bound[searched] += worst[searched]
        result[self.both] = settling.result()[self.both]
        return result

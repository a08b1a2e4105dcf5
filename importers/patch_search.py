"""Bounds of deviations by the distances of points from all of a feature's pieces: for cities of small features.

The distance from a convex set is a convex function, so on a flat piece T it is largest at a corner. If all corners of T
are within d of the *same* convex piece S, all of T is within d of S. Each T thus has an upper bound, the least over S
of the largest corner distance; where that is not yet close to what the corners themselves show, T is cut in two across
its longest edge and looked at again. Only the points on the cut are new.

After Tang, Lee, Kim, "Interactive Hausdorff distance computation for general polygonal models", ACM Trans. Graph.
28(3), 2009, https://doi.org/10.1145/1531326.1531380, which cuts triangles in four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from importers.distances import largest_of_three, least_of_rows
from importers.patches import Patches, Pieces
from importers.settling import Settling

_MOST_CUTS = 4
"""Each halves a piece. [-]"""
_REACH = 1.0 / np.sqrt(3.0)
"""No point of a triangle is farther from its nearest corner than this times the longest edge. [-]"""


def search_patches(source: Pieces, target: Patches, settling: Settling) -> None:
    """Settle bounds of the source's pieces, which are in the target's frame."""
    distances = _Distances(target, settling)
    distances.add(source.points, source.point_feature)
    parts = _Parts(source.corner, source.feature, source.is_rectangle)
    for n_cuts in range(_MOST_CUTS + 1):
        upper = distances.bounds(parts)
        left = settling.settle(parts.feature, upper, last=n_cuts == _MOST_CUTS)
        if not len(left):
            return
        parts = distances.cut(parts.take(left))


@dataclass(slots=True)
class _Parts:
    """What is left of the source: pieces, halves of them, and so on."""

    corner: NDArray[np.int64]
    """(n, 4) rows of the points; of a triangle the last comes twice."""
    feature: NDArray[np.int64]
    """(n,) ascending."""
    is_rectangle: NDArray[np.bool_]
    """(n,)"""

    def take(self, rows: NDArray[np.intp]) -> _Parts:
        return _Parts(self.corner[rows], self.feature[rows], self.is_rectangle[rows])


class _Distances:
    """Points that were looked at, with their squared distances from all pieces of their features."""

    def __init__(self, target: Patches, settling: Settling) -> None:
        self._target, self._settling = target, settling
        self._points = np.zeros((0, 3))
        self._nearest = np.zeros(0)
        # For each kind of piece: each point's row in the rows of its table, and those rows.
        self._row = [np.zeros(0, np.int64) for _kind in target.kinds]
        self._squared: list[list[NDArray[np.float64]]] = [
            [np.zeros((0, table.functions.shape[3])) for table in kind.tables] for kind in target.kinds
        ]

    def add(self, points: NDArray[np.float64], feature: NDArray[np.int64]) -> None:
        """Look at points (n, 3) of features (n,), ascending."""
        least = np.full(len(points), np.inf)
        for number, kind in enumerate(self._target.kinds):
            table_of = kind.table_of[feature]
            row = np.zeros(len(points), np.int64)
            for table, known in enumerate(self._squared[number]):
                chosen = np.flatnonzero(table_of == table)
                if not len(chosen):
                    continue
                found = kind.squared(table, points[chosen], kind.row_of[feature[chosen]])
                least[chosen] = np.minimum(least[chosen], least_of_rows(found))
                row[chosen] = len(known) + np.arange(len(chosen))
                self._squared[number][table] = np.concatenate([known, found]) if len(known) else found
            self._row[number] = np.concatenate([self._row[number], row])
        nearest = np.sqrt(least)
        self._settling.see(feature, nearest)
        self._points = np.concatenate([self._points, points])
        self._nearest = np.concatenate([self._nearest, nearest])

    def bounds(self, parts: _Parts) -> NDArray[np.float64]:
        """Upper bound of each part's distance (n,). [m]"""
        nearest = self._nearest[parts.corner]
        upper = np.maximum(largest_of_three(nearest[:, :3]), nearest[:, 3]) + self._reach(parts)
        matters = upper > self._settling.seen[parts.feature]
        for number, kind in enumerate(self._target.kinds):
            table_of = np.where(matters, kind.table_of[parts.feature], -1)
            for table, squared in enumerate(self._squared[number]):
                chosen = np.flatnonzero(table_of == table)
                if not len(chosen):
                    continue
                corner = self._row[number][parts.corner[chosen]]
                largest = squared[corner[:, 0]]
                for step in (1, 2, 3):
                    np.maximum(largest, squared[corner[:, step]], out=largest)
                upper[chosen] = np.minimum(upper[chosen], np.sqrt(least_of_rows(largest)))
        return upper

    def _reach(self, parts: _Parts) -> NDArray[np.float64]:
        """No point of a piece is farther from its nearest corner than this (n,). [m]"""
        longest = largest_of_three(self._edges(parts))
        diagonal = self._points[parts.corner[:, 0]] - self._points[parts.corner[:, 2]]
        half = np.sqrt(np.einsum("ij,ij->i", diagonal, diagonal)) / 2.0
        reach: NDArray[np.float64] = np.where(parts.is_rectangle, half, _REACH * longest)
        return reach

    def _edges(self, parts: _Parts) -> NDArray[np.float64]:
        """Lengths of edges from each corner to the next (n, 4). [m]"""
        at = self._points[np.column_stack([parts.corner, parts.corner[:, 0]])]
        along = at[:, 1:] - at[:, :-1]
        lengths: NDArray[np.float64] = np.sqrt(np.einsum("ijk,ijk->ij", along, along))
        lengths[~parts.is_rectangle, 2] = lengths[~parts.is_rectangle, 3]  # from the last corner back to the first
        return lengths

    def cut(self, parts: _Parts) -> _Parts:
        """Each part as two, cut across its longest edge."""
        first = np.argmax(self._edges(parts)[:, :3], axis=1)
        step = np.arange(4)
        round_trip = np.where(parts.is_rectangle[:, None], (first[:, None] + step) % 4, 0)
        around = (first[:, None] + np.array([0, 1, 2, 2])) % 3
        order = np.where(parts.is_rectangle[:, None], round_trip, around)
        a, b, c, d = np.take_along_axis(parts.corner, order, axis=1).T
        middle, opposite = self._middles(a, b, c, d, parts)
        corner = np.stack([np.stack([a, middle, opposite, d], axis=1), np.stack([middle, b, c, opposite], axis=1)], 1)
        return _Parts(corner.reshape(-1, 4), np.repeat(parts.feature, 2), np.repeat(parts.is_rectangle, 2))

    def _middles(
        self,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        c: NDArray[np.int64],
        d: NDArray[np.int64],
        parts: _Parts,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the points in the middle of edges ab and cd, looked at where they are new; of a triangle c itself."""
        n = len(self._points)
        across = np.flatnonzero(parts.is_rectangle)
        ends = np.concatenate([np.stack([a, b], axis=1), np.stack([c, d], axis=1)[across]])
        feature = np.concatenate([parts.feature, parts.feature[across]])
        ends.sort(axis=1)
        # By feature first: what is looked at has to ascend.
        _key, first, inverse = np.unique(
            (feature * n + ends[:, 0]) * n + ends[:, 1], return_index=True, return_inverse=True
        )
        self.add(self._points[ends[first]].mean(axis=1), feature[first])
        row = n + inverse.reshape(-1)
        opposite = c.copy()
        opposite[across] = row[len(a) :]
        return row[: len(a)], opposite

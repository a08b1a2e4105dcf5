"""Neighbours among points, lines and areas on the map, by GEOS; and the one door to scipy's search trees.

scipy takes a quarter of a second to import, half of that for things nobody here uses: it is loaded when first needed,
which a city of ordinary features never does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.vertices import unique_rows

_FEATURES_APART = 1.0e6
"""Distance put between features on the map, so that each finds only its own points. [m]"""
_COVERED = 1.0 - 1e-9
"""Share of the hull that triangles cover when none is missing. [-]"""


def search_tree(points: NDArray[np.float64]) -> Any:
    """A k-d tree over points (n, d)."""
    from scipy.spatial import cKDTree

    return cKDTree(points, balanced_tree=False)


class NearestOnMap:
    """Finds for places on the map the nearest point of the same feature."""

    def __init__(self, points: NDArray[np.float64], feature: NDArray[np.int64]) -> None:
        """`points` (n, 2) [m] of features (n,)."""
        self._tree = shapely.STRtree(_apart(points, feature))

    def of(self, places: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[np.intp]:
        """Rows of the points nearest to places (m, 2) of features (m,), which all have points: (m,)."""
        if not len(places):
            return np.zeros(0, np.intp)
        found: NDArray[np.intp] = self._tree.query_nearest(_apart(places, feature), all_matches=False)[1]
        return found


def _apart(points: NDArray[np.float64], feature: NDArray[np.int64]) -> NDArray[Any]:
    return np.asarray(shapely.points(points[:, 0] + feature * _FEATURES_APART, points[:, 1]))


def joined(n: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of n things hang together by links `one[i]` - `other[i]`: for each the lowest that it is joined to (n,)."""
    label = np.arange(n)
    while True:
        lower = label.copy()
        np.minimum.at(lower, one, label[other])
        np.minimum.at(lower, other, label[one])
        lower = lower[lower]
        if (lower == label).all():
            return label
        label = lower


def delaunay(points: NDArray[np.float64], feature: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Delaunay triangles (m, 3) of the points (n, 2) of each feature (n,), ascending, and the feature of each (m,).

    Features with too few points, or with all of them on one line, have none.
    """
    points = points + 0.0  # no negative zeros: points are found again by their bits
    numbers, start = np.unique(feature, return_index=True)
    together = shapely.multipoints(shapely.points(points), indices=np.searchsorted(numbers, feature))
    parts, of = shapely.get_parts(shapely.delaunay_triangles(together), return_index=True)
    corners = shapely.get_coordinates(parts).reshape(-1, 4, 2)[:, :3]
    words = np.column_stack(
        [
            np.ascontiguousarray(np.concatenate([points, corners.reshape(-1, 2)])).view(np.uint64),
            np.concatenate([feature, np.repeat(numbers[of], 3)]).astype(np.uint64),
        ]
    )
    first, row = unique_rows(words)
    triangles = first[row[len(points) :]].reshape(-1, 3).astype(np.int64)
    covered = np.bincount(of, shapely.area(parts), len(numbers))
    incomplete = covered < shapely.area(shapely.convex_hull(together)) * _COVERED
    kept = ~incomplete[of]
    found, owner = [triangles[kept]], [numbers[of[kept]]]
    for one in np.flatnonzero(incomplete).tolist():
        end = start[one + 1] if one + 1 < len(start) else len(points)
        again = _delaunay_of_qhull(points[start[one] : end])
        found.append(again + start[one])
        owner.append(np.full(len(again), numbers[one]))
    order = np.argsort(np.concatenate(owner), kind="stable")
    return np.concatenate(found)[order], np.concatenate(owner)[order]


def _delaunay_of_qhull(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """The same where GEOS leaves something out, which a thin hull may bring about."""
    from scipy.spatial import Delaunay, QhullError

    try:
        triangles: NDArray[np.int64] = Delaunay(points).simplices.astype(np.int64)
    except (QhullError, ValueError):
        return np.zeros((0, 3), np.int64)
    return triangles

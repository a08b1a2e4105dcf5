"""Which features are closed shells, wound to the outside: from outside their back faces are not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.vertices import unique_rows

WELD_M = 0.001
"""Corners nearer than this are one. [m]"""


def closed_groups(
    positions: NDArray[np.floating], triangles: NDArray[np.int64], group: NDArray[np.int64], n_groups: int
) -> NDArray[np.bool_]:
    """Of each group of triangles, whether it is nothing but closed shells, (n_groups,).

    Parameters
    ----------
    positions
        (n, 3) [m], near the origin or not.
    triangles
        (m, 3) rows of `positions`, counter-clockwise seen from outside where they are wound well.
    group
        (m,) 0 to n_groups - 1.

    A group is closed where along each of its edges as many faces run one way as the other, and each of its pieces
    holds a volume. A cavity, or a piece that is inside out, is not: it would have to be told which of them it is.
    """
    closed = np.zeros(n_groups, bool)
    if len(triangles) == 0:
        return closed
    points = positions - positions.mean(axis=0)
    cells = np.rint(points / WELD_M).astype(np.int32)
    keys = np.column_stack([cells, np.zeros(len(cells), np.int32)])
    keys[triangles, 3] = group[:, None]  # what touches another group is not welded to it
    first, welded = unique_rows(keys.view(np.uint32))
    n = len(first)
    corners = welded.astype(np.int64)[triangles]
    closed[group] = True
    closed[group[_of_unpaired_edges(corners, n)]] = False
    piece = _pieces(corners, n)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    volume = np.bincount(piece, np.einsum("ij,ij->i", a, np.cross(b, c)))
    closed[group[volume[piece] <= 0.0]] = False
    return closed


def _of_unpaired_edges(corners: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Triangles with an edge along which more faces run one way than the other."""
    start, end = corners.reshape(-1), corners[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(start, end) * n + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    balance = np.add.reduceat(np.sign(end - start)[order], begins)
    found: NDArray[np.int64] = order[begins[balance != 0]] // 3
    return found


def _pieces(corners: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Number of the connected piece that each triangle belongs to."""
    from scipy.sparse import coo_array  # a third of a second of imports, which a start does not need
    from scipy.sparse.csgraph import connected_components

    ends = corners[:, :2].reshape(-1), corners[:, 1:].reshape(-1)
    links = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(n, n))
    _count, label = connected_components(links, directed=False)
    found: NDArray[np.int64] = label[corners[:, 0]].astype(np.int64)
    return found

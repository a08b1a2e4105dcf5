"""Where buildings meet the ground: points along the lowest edges of their walls.

What a building is, its feature says. Data without features, or whose numbers start anew in every tile (so that one
"feature" lies kilometres apart), is taken by pieces that share corners instead; a piece that stands on another (the
head of a lift on a flat roof) has no foot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.surface.rays import BUILDING_CLASSES
from explorer.surface.triangles import TriangleSoup

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

APART = 4.0
"""Farthest from one point to the next along an edge. [m]"""
_ABOUT_LOWEST = 0.3
"""Corners so little above the lowest of their building are feet, too. [m]"""
_WIDEST = 300.0
"""What is wider is not one building. [m]"""
_STANDS_ON, _PART_OF = 1.5, 0.5
"""A building above the middle of another that begins so much lower stands on it, and a piece of one (a sill, a frame)
on the rest. [m]"""
_GRID = 0.01
"""Points closer than this are one. [m]"""
_CLOSE = 0.01
"""Corners of pieces closer than this along each axis are one; some are that are up to four times as far apart. [m]"""
_BLOCK = 512
_MOST_KEYS = 1 << 62


def building_feet(soup: TriangleSoup) -> FloatArray:
    """Points where the buildings of a soup meet the ground: (n, 3) in the world, sorted, each once. [m]"""
    keep = np.isin(soup.surface_class, [int(kind) for kind in BUILDING_CLASSES])
    corners = soup.world[keep]
    if not len(corners):
        return np.zeros((0, 3))
    owner, is_piece = _owners(corners, soup.feature_index[keep].astype(np.int64))
    lowest = np.full(int(owner.max()) + 1, np.inf)
    np.minimum.at(lowest, owner, corners[:, :, 2].min(axis=1))
    stands = _on_the_ground(corners, owner, lowest, np.where(is_piece, _PART_OF, _STANDS_ON))
    is_foot = (corners[:, :, 2] <= (lowest + _ABOUT_LOWEST)[owner][:, None]) & stands[owner][:, None]
    both = is_foot & np.roll(is_foot, -1, axis=1)
    edges = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2)[both]
    points = np.concatenate([corners[is_foot], _along(edges)])
    places = np.round(points / _GRID).astype(np.int64)
    return np.asarray(places[np.unique(_keys(places), return_index=True)[1]] * _GRID, np.float64)


def _keys(places: IntArray) -> IntArray:
    """One number for each of (n, 3), in their order: several times faster to sort than rows are."""
    from_least = places - places.min(axis=0)
    wide, deep, high = (from_least.max(axis=0) + 1).tolist()
    if wide * deep * high > _MOST_KEYS:  # a country in one tile
        return np.unique(places, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    keys: IntArray = (from_least[:, 0] * deep + from_least[:, 1]) * high + from_least[:, 2]
    return keys


def _along(edges: FloatArray) -> FloatArray:
    """Points between the ends of edges (k, 2, 3), `APART` at most: (n, 3)."""
    length = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    pieces = np.minimum(np.ceil(length / APART), _WIDEST).astype(np.int64)
    rows = np.repeat(np.arange(len(edges)), np.maximum(pieces - 1, 0))
    first = np.concatenate([[0], np.cumsum(np.maximum(pieces - 1, 0))[:-1]])
    share = (np.arange(len(rows)) - first[rows] + 1) / pieces[rows] if len(rows) else np.zeros(0)
    found: FloatArray = edges[rows, 0] + (edges[rows, 1] - edges[rows, 0]) * share[:, None]
    return found


def _owners(corners: FloatArray, feature: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """A number for the building of every triangle (m, 3, 3), from 0 on; and which of the buildings are pieces, (n,)."""
    n = int(feature.max()) + 1
    lo, hi = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    known = feature >= 0
    np.minimum.at(lo, feature[known], corners[known, :, :2].min(axis=1))
    np.maximum.at(hi, feature[known], corners[known, :, :2].max(axis=1))
    is_one = np.append((hi - lo).max(axis=1) <= _WIDEST, False)  # the last is nobody
    by_piece = ~is_one[feature]
    owner = feature.copy()
    if by_piece.any():
        owner[by_piece] = n + _pieces(corners[by_piece])
    known_as, number = np.unique(owner, return_inverse=True)
    return number.reshape(-1).astype(np.int64), known_as >= n


def _pieces(corners: FloatArray) -> IntArray:
    """Which piece of those that share corners each triangle (m, 3, 3) belongs to: (m,).

    Corners are sorted into cells of four grids, each a quarter of a cell off the one before in all directions. Two that
    are closer than a quarter along each axis are parted by at most three of them: one of the four has them in one cell.
    """
    from scipy.sparse import coo_array  # a third of a second of imports, which a start does not need
    from scipy.sparse.csgraph import connected_components

    m = len(corners)
    triangle, cells, n = np.repeat(np.arange(m), 3), [], m
    for offset in range(4):
        places = np.floor(corners.reshape(-1, 3) / (4.0 * _CLOSE) + offset / 4.0).astype(np.int64)
        number = np.unique(_keys(places), return_inverse=True)[1].reshape(-1)
        cells.append(number + n)
        n += int(number.max()) + 1
    ends = np.concatenate(cells)
    graph = coo_array((np.ones(len(ends), np.int8), (np.tile(triangle, 4), ends)), shape=(n, n))
    piece: IntArray = connected_components(graph, directed=False)[1][:m].astype(np.int64)
    return piece


def _on_the_ground(corners: FloatArray, owner: IntArray, lowest: FloatArray, lower: FloatArray) -> NDArray[np.bool_]:
    """Which buildings (n,) do not stand on another one, seen from above, that begins so much `lower` (n,). [m]"""
    n = len(lowest)
    lo, hi = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(lo, owner, corners[:, :, :2].min(axis=1))
    np.maximum.at(hi, owner, corners[:, :, :2].max(axis=1))
    middle, stands = (lo + hi) / 2.0, np.ones(n, bool)
    order = np.argsort(lo[:, 0], kind="stable")
    for start in range(0, n, _BLOCK):
        some = order[start : start + _BLOCK]
        # only those whose westernmost point lies within the reach of this block can hold its middles
        first, last = np.searchsorted(lo[order, 0], [middle[some, 0].min() - _WIDEST, middle[some, 0].max()])
        others = order[first:last]
        inside = (lo[others][None] <= middle[some][:, None]) & (hi[others][None] >= middle[some][:, None])
        below = lowest[others][None] < (lowest - lower)[some][:, None]
        stands[some] = ~(inside.all(axis=2) & below).any(axis=1)
    return stands

"""Flat convex pieces of surfaces, and how far points are from all of a feature's pieces: many features at once.

What city models are made of is mostly rectangles, each given as two triangles. As one piece it is half as many, its
distance is simpler, and it bounds more: see `patch_search`. All else stays triangles.

Every piece has a frame of its own, in which its distance is a matter of a few linear functions of the point: along the
normal, along and across each edge. So features with about as many pieces are one stack of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.vertices import unique_rows
from importers.batch import cross

ALIKE = 0.004
"""Rectangles may be so far from the triangles they stand for: city files round to millimetres. [m]"""
_SMALL = 1e-6
"""Corners closer than this are one. [m]"""
_FLAT = 1e-6
"""Triangles with a sine less than this at their corner are lines. [-]"""
_RUN = 8
"""Points of one feature that are multiplied together. [-]"""
_WIDER = 1.5
"""Features share a table when one has no more than about this many times the other's pieces. [-]"""
_FAR = 1.0e9
"""Distance of the pieces that fill up a table. [m]"""
_AT_ONCE = 24_000
"""Pairs that are worked on together: what they need stays in a processor's own cache. [-]"""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Flat convex pieces of features' surfaces: n rectangles and triangles between p points."""

    points: NDArray[np.float64]
    """(p, 3)"""
    point_feature: NDArray[np.int64]
    """(p,) ascending."""
    corner: NDArray[np.int64]
    """(n, 4) rows of the points, one after another around the piece; of a triangle the last comes twice."""
    feature: NDArray[np.int64]
    """(n,) ascending."""
    is_rectangle: NDArray[np.bool_]
    """(n,)"""
    triangle: NDArray[np.int64]
    """(n,) row of the triangle that the piece was; of a rectangle the first of its two."""
    misfit: NDArray[np.float64]
    """(n,) how far the corners are from those of a rectangle, together. [m]"""

    def take(self, rows: NDArray[np.bool_]) -> Pieces:
        """These pieces alone, by a mask, and their points."""
        corner = self.corner[rows]
        used = np.zeros(len(self.points), bool)
        used[corner] = True
        return Pieces(
            self.points[used],
            self.point_feature[used],
            (np.cumsum(used) - 1)[corner],
            self.feature[rows],
            self.is_rectangle[rows],
            self.triangle[rows],
            self.misfit[rows],
        )

    def triangles(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The pieces as triangles: corners (m, 3, 3) and features (m,)."""
        second = np.flatnonzero(self.is_rectangle)
        corner = np.concatenate([self.corner[:, :3], self.corner[second][:, [0, 2, 3]]])
        return self.points[corner], np.concatenate([self.feature, self.feature[second]])


def convex_pieces(
    positions: NDArray[np.float64],
    position_feature: NDArray[np.int64],
    triangles: NDArray[np.int64],
    feature: NDArray[np.int64],
) -> Pieces:
    """Triangles (m, 3) of positions (n, 3) as pieces; the features (n,), (m,) ascend. Equal positions are one point.

    Two triangles that follow each other may be one rectangle.
    """
    words = np.column_stack([np.ascontiguousarray(positions).view(np.uint64), position_feature.astype(np.uint64)])
    kept, row = unique_rows(words)
    points = positions[kept]
    corners, n = row[triangles], len(triangles)
    edges = points[np.roll(corners, -1, axis=1)] - points[corners]
    opposite = (np.argmax(np.einsum("tij,tij->ti", edges, edges), axis=1) + 2) % 3
    # The corner across the longest edge first.
    tip, first, second = (corners[np.arange(n), (opposite + step) % 3] for step in range(3))
    one, other = points[first] - points[tip], points[second] - points[tip]
    skew = np.abs(_dot(one, other)) / np.sqrt(np.maximum(np.maximum(_dot(one, one), _dot(other, other)), _SMALL**2))
    apart = one[:-1] + other[:-1] + points[tip[:-1]] - points[tip[1:]]
    misfit = np.append(skew[:-1] + np.sqrt(_dot(apart, apart)), np.zeros(min(n, 1)))
    follows = (misfit[:-1] <= ALIKE) & (skew[1:] <= ALIKE) & (feature[:-1] == feature[1:])
    follows &= ((first[:-1] == first[1:]) & (second[:-1] == second[1:])) | (
        (first[:-1] == second[1:]) & (second[:-1] == first[1:])
    )
    follows[1:] &= ~follows[:-1]
    is_rectangle = np.append(follows, False)[:n]
    around = np.stack([tip, first, np.roll(tip, -1), second], axis=1)
    corner = np.where(is_rectangle[:, None], around, np.stack([first, second, tip, tip], axis=1))
    keep = np.flatnonzero(np.append(True, ~follows)[:n])
    misfit = np.where(is_rectangle, misfit, 0.0)
    return Pieces(points, position_feature[kept], corner[keep], feature[keep], is_rectangle[keep], keep, misfit[keep])


def _dot(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", one, other))


@dataclass(slots=True)
class _Table:
    """Pieces of one kind of features that have about as many: k features, w pieces, c linear functions."""

    functions: NDArray[np.float64]
    """(c, k, 4, w): each takes a point (x, y, z, 1)."""
    halves: NDArray[np.float64]
    """(e, k, 1, w) half the length of edges. [m]"""


class Patches:
    """The surfaces of f features, as rectangles and triangles."""

    def __init__(self, pieces: Pieces, n_features: int) -> None:
        """`pieces` near the origin."""
        corners, of = pieces.points[pieces.corner], pieces.feature
        as_line = ~pieces.is_rectangle & _is_flat(corners)
        simple = pieces.is_rectangle | as_line
        corners[as_line, 2:] = corners[as_line, 1::-1]
        self.kinds = [
            _Kind(*_rectangles(corners[simple]), of[simple], n_features),
            _Kind(*_triangles(corners[~simple]), of[~simple], n_features),
        ]


class _Kind:
    """Pieces of one kind, in tables by how many of them features have."""

    def __init__(
        self,
        functions: NDArray[np.float64],
        halves: NDArray[np.float64],
        feature: NDArray[np.int64],
        n_features: int,
    ) -> None:
        counts = np.bincount(feature, minlength=n_features)
        size = np.ceil(np.log(np.maximum(counts, 4) / 4.0) / np.log(_WIDER)).astype(np.int64)
        size[counts == 0] = -1
        self.table_of = np.full(n_features, -1)
        """(f,) number of each feature's table, -1 where it has no such pieces."""
        self.row_of = np.zeros(n_features, np.int64)
        self.tables: list[_Table] = []
        place = np.arange(len(feature)) - (np.cumsum(counts) - counts)[feature]
        for number, one in enumerate(np.unique(size[size >= 0]).tolist()):
            rows = np.flatnonzero(size == one)
            self.table_of[rows], self.row_of[rows] = number, np.arange(len(rows))
            chosen = size[feature] == one
            shape = (len(rows), 4, int(counts[rows].max()))
            table = np.zeros((functions.shape[1], *shape))
            table[0, :, 3] = _FAR
            at = self.row_of[feature[chosen]]
            table[:, at, :, place[chosen]] = functions[chosen]
            half = np.zeros((halves.shape[1], shape[0], 1, shape[2]))
            half[:, at, 0, place[chosen]] = halves[chosen].T
            self.tables.append(_Table(table, half))

    def squared(self, table: int, points: NDArray[np.float64], row: NDArray[np.int64]) -> NDArray[np.float64]:
        """Squared distance of points (n, 3) from all pieces of their features, `row` (n,) ascending: (n, w). [m²]"""
        one = self.tables[table]
        width = one.functions.shape[3]
        runs, run_row, place = _in_runs(points, row)
        result = np.empty((len(runs), _RUN, width))
        step = max(_AT_ONCE // (_RUN * width), 1)
        measure = _from_rectangles if len(one.functions) == 3 else _from_triangles
        for first in range(0, len(runs), step):
            some = slice(first, first + step)
            measure(runs[some], one, run_row[some], result[some])
        return result.reshape(-1, width)[place]


def _in_runs(
    points: NDArray[np.float64], row: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Points in runs of one row each (r, run, 4), the row of each run (r,), and where each point went (n,)."""
    begins = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    lengths = np.diff(np.append(begins, len(row)))
    n_runs = -(-lengths // _RUN)
    first_run = np.cumsum(n_runs) - n_runs
    place = np.arange(len(row)) + np.repeat(first_run * _RUN - begins, lengths)
    runs = np.zeros((int(n_runs.sum()) * _RUN, 4))
    runs[:, 3] = 1.0
    runs[place, :3] = points
    return runs.reshape(-1, _RUN, 4), np.repeat(row[begins], n_runs), place


def _from_rectangles(
    points: NDArray[np.float64], table: _Table, rows: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Squared distances of runs of points (r, run, 4) from the pieces in `rows` (r,) of the table (r, run, w)."""
    away = points @ table.functions[0, rows]
    np.multiply(away, away, out=out)
    for axis in (1, 2):
        _beyond(points @ table.functions[axis, rows], table.halves[axis - 1, rows], away)
        out += away


def _beyond(along: NDArray[np.float64], half: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Squared distance along an edge from its ends, nothing between them."""
    np.abs(along, out=out)
    out -= half
    np.maximum(out, 0.0, out=out)
    out *= out


def _from_triangles(
    points: NDArray[np.float64], table: _Table, rows: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Like `_from_rectangles`. In the plane: nothing inside, else from the nearest edge."""
    beside = [points @ table.functions[1 + edge, rows] for edge in range(3)]
    inside = np.maximum(np.maximum(beside[0], beside[1]), beside[2]) <= 0.0
    spare = np.empty_like(out)
    for edge, across in enumerate(beside):
        sink = spare if edge else out
        _beyond(points @ table.functions[4 + edge, rows], table.halves[edge, rows], sink)
        across *= across
        sink += across
        if edge:
            np.minimum(out, spare, out=out)
    out[inside] = 0.0
    away = points @ table.functions[0, rows]
    away *= away
    out += away


def _is_flat(pieces: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Triangles that are no more than a line (n,)."""
    one, other = pieces[:, 1] - pieces[:, 0], pieces[:, 2] - pieces[:, 0]
    normal = cross(one, other)
    least = np.maximum(_FLAT**2 * _dot(one, one) * _dot(other, other), _SMALL**4)
    return np.asarray(_dot(normal, normal) <= least)


def _rectangles(pieces: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear functions (n, 3, 4): along the normal and both edges, from the middle; half the edges (n, 2).

    The edges are brought to right angles by turning the shorter: turned a few degrees, its ends move by no more than
    the misfit, but distances along it from afar would be wrong by several per cent.
    """
    middle = (pieces[:, 1] + pieces[:, 3]) / 2.0
    one, other = pieces[:, 1] - pieces[:, 0], pieces[:, 3] - pieces[:, 0]
    swapped = _dot(other, other) > _dot(one, one)
    one[swapped], other[swapped] = other[swapped], one[swapped].copy()
    long, length = _unit(one)
    aside, width = _unit(other - long * _dot(other, long)[:, None])
    line = width == 0.0
    aside[line] = _unit(_across(long[line]))[0]
    normal = _unit(cross(long, aside))[0]
    halves = np.column_stack([length, width]) / 2.0
    return np.stack([_function(axis, middle) for axis in (normal, long, aside)], axis=1), halves


def _triangles(pieces: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear functions (n, 7, 4): along the normal, out of each edge, along each edge; half the edges (n, 3)."""
    normal = _unit(cross(pieces[:, 1] - pieces[:, 0], pieces[:, 2] - pieces[:, 0]))[0]
    out, along, halves = [], [], []
    for corner in range(3):
        first, second = pieces[:, corner], pieces[:, (corner + 1) % 3]
        edge, length = _unit(second - first)
        out.append(_function(cross(edge, normal), first))
        along.append(_function(edge, (first + second) / 2.0))
        halves.append(length / 2.0)
    return np.stack([_function(normal, pieces[:, 0]), *out, *along], axis=1), np.stack(halves, axis=1)


def _unit(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vectors of length one (n, 3), east where there is no direction, and the lengths (n,)."""
    length = np.sqrt(_dot(vectors, vectors))
    none = length == 0.0
    unit = vectors / np.where(none, 1.0, length)[:, None]
    unit[none] = (1.0, 0.0, 0.0)
    return unit, length


def _across(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Some direction at right angles to each (n, 3)."""
    axis = np.eye(3)[np.argmin(np.abs(unit), axis=1)] if len(unit) else unit
    return cross(unit, axis)


def _function(direction: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far points (x, y, z, 1) are along a direction from an origin (n, 4)."""
    return np.column_stack([direction, -_dot(direction, origin)])

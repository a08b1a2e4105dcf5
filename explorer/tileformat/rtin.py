"""Triangles over a grid of heights, fewer where it is flat, with a bound on how far they are off.

Right-triangulated irregular networks (Evans, Kirkpatrick, Townsend 2001): a square of 2^k cells is cut along a
diagonal, and every triangle from the middle of its longest side to the corner opposite, over and over. Leaving out a
cut moves the surface by a tent as high as the middle is off; so the heights of all tents that are left out, one inside
the other, add up to a bound that holds for every point. Squares whose diagonals run by turns (by column plus row) nest
in the same pattern in squares twice as large, so that bounds of levels of detail add up, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class _Level:
    """Triangles of one size, as rows of vertices of the grid: ends of the longest side, corner opposite, middle."""

    a: IntArray
    b: IntArray
    c: IntArray
    middle: IntArray


@lru_cache(maxsize=16)
def _levels(cells: int, is_falling: bool) -> tuple[_Level, ...]:
    """All triangles of a square of so many cells, the two largest first; the last are not cut any more."""
    side = cells + 1
    if is_falling:  # the diagonal from the north-west to the south-east
        a, b = np.array([[0, 0], [cells, cells]]), np.array([[cells, cells], [0, 0]])
        c = np.array([[0, cells], [cells, 0]])
    else:
        a, b = np.array([[0, cells], [cells, 0]]), np.array([[cells, 0], [0, cells]])
        c = np.array([[cells, cells], [0, 0]])
    found = []
    while True:
        middle = (a + b) // 2
        found.append(_Level(*(p[:, 0] * side + p[:, 1] for p in (a, b, c, middle))))
        if int(np.abs(a - b).max(axis=1).min()) == 1 and int(np.abs(a - b).sum(axis=1).min()) == 2:
            return tuple(found)
        # the halves: from the corner opposite and an end; the middle is their corner opposite
        a, b, c = np.concatenate([c, b]), np.concatenate([a, c]), np.concatenate([middle, middle])


def bounds_of_cuts(heights: FloatArray, *, is_falling: bool) -> FloatArray:
    """How far the surface may be off anywhere if it is not cut at a vertex, nor at any below it. Same shape. [m]

    `heights` (2^k + 1, 2^k + 1), row 0 in the north; NaN where there is no ground: next to it everything is cut.
    """
    flat = heights.reshape(-1).astype(np.float64)
    bounds = np.zeros(len(flat))
    levels = _levels(len(heights) - 1, is_falling)
    below: _Level | None = None
    for level in reversed(levels[:-1]):
        with np.errstate(invalid="ignore"):
            tent = np.abs(flat[level.middle] - (flat[level.a] + flat[level.b]) / 2.0)
        tent[np.isnan(tent)] = np.inf
        n = len(level.a)
        if below is not None:
            deepest = np.maximum(bounds[below.middle[:n]], bounds[below.middle[n:]])
            tent = tent + deepest
        else:
            tent[np.isnan(flat[level.c])] = np.inf
        np.maximum.at(bounds, level.middle, tent)
        below = level
    return bounds.reshape(heights.shape)


def triangles_within(bounds: FloatArray, tolerance: float, *, is_falling: bool) -> NDArray[np.uint32]:
    """Triangles (m, 3) of the coarsest surface whose bound is within a tolerance, counter-clockwise from above.

    Vertices are numbered row by row. Neighbours fit: where one is cut on a side, so is the other.
    """
    flat = bounds.reshape(-1)
    levels = _levels(len(bounds) - 1, is_falling)
    chosen = np.array([0, 1])
    kept = []
    for number, level in enumerate(levels):
        is_last = number == len(levels) - 1
        cut = np.zeros(len(chosen), bool) if is_last else flat[level.middle[chosen]] > tolerance
        done = chosen[~cut]
        kept.append(np.column_stack([level.a[done], level.b[done], level.c[done]]))
        chosen = np.concatenate([chosen[cut], chosen[cut] + len(level.a)])
    return np.concatenate(kept).astype(np.uint32)


def bound_of_halving(fine: FloatArray, first_column: int = 0, first_row: int = 0) -> FloatArray:
    """How far each cell of a grid of half as many is off the fine one, (rows, columns) of those cells. [m]

    `fine` (2r + 1, 2c + 1); the cells' diagonals run by turns, by column plus row counted from `first_column` and
    `first_row`. A cell next to no ground counts what there is of it.
    """
    corners = fine[::2, ::2]
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    with np.errstate(invalid="ignore"):
        across = np.abs(fine[::2, 1::2] - (corners[:, :-1] + corners[:, 1:]) / 2.0)
        down = np.abs(fine[1::2, ::2] - (corners[:-1] + corners[1:]) / 2.0)
        falling = (corners[:-1, :-1] + corners[1:, 1:]) / 2.0
        rising = (corners[:-1, 1:] + corners[1:, :-1]) / 2.0
        parity = (np.arange(rows)[:, None] + first_row + np.arange(columns) + first_column) % 2
        middle = np.abs(fine[1::2, 1::2] - np.where(parity == 0, falling, rising))
    parts = np.stack([across[:-1], across[1:], down[:, :-1], down[:, 1:], middle])
    return np.asarray(np.nan_to_num(parts, nan=0.0).max(axis=0))

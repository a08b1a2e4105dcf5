"""The way from a tile's frame to the world around some of its vertices: a polynomial, in float32, or each by itself.

Vertices lie by axis, (3, n): numpy then works on long rows. What is moved twice by one chart comes out the same to the
bit: BLAS adds the few products of a column in one order, wherever the column stands among others (alone it may not).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.geo import PolynomialFit
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat.vertex_attributes import NEARLY_UNIT

FARTHEST_M = 4096.0
"""From the middle: beyond, float32 would round too much on the way, and every vertex is moved in float64."""
MOST_OFF_M = 0.0005
"""By which the polynomial may miss the way."""
_LEAST_BEND_M = 2e-5
"""Parts of the polynomial that matter less anywhere are left out; float32 itself rounds by as much at 300 m."""
_FLAT = 1e-30
"""Determinant of a transform that squeezes everything into a plane: normals cannot be turned along."""
_FIRST, _SECOND = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
"""Axes whose products are the quadratic terms: xx, yy, zz, xy, xz, yz."""
_AXIS = np.eye(3)
_STEPS = np.concatenate(
    [
        np.zeros((1, 3)),
        _AXIS,
        -_AXIS,
        _AXIS[_FIRST[3:]] + _AXIS[_SECOND[3:]],
        np.array(
            [np.array(corner) * (1.0 if np.prod(corner) > 0 else 3**-0.5) for corner in product((1, -1), repeat=3)]
        ),
    ]
)
"""Where the way is asked: the middle, both ends of each axis, between the first ends of two; and where the result
is checked: every other corner, and towards the others, where what is bent once more errs most."""
_FITTED, _CHECKED = slice(1, 10), slice(10, 18)


def _terms(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """x, y, z and the six products, (n, 9)."""
    return np.concatenate([steps, steps[:, _FIRST] * steps[:, _SECOND]], axis=1)


_TERMS_OF_PLACES = np.concatenate([np.zeros((9, 1)), np.linalg.inv(_terms(_STEPS[_FITTED])), np.zeros((9, 8))], axis=1)
"""Factors of the terms from how far the places are away: as many places as terms, so the polynomial meets them."""
_TERMS_AND_MISSED = np.concatenate(
    [_TERMS_OF_PLACES, _terms(_STEPS[_CHECKED]) @ _TERMS_OF_PLACES - np.eye(18)[_CHECKED]]
)
"""The same, and by how much the polynomial then misses the places where it is checked."""
_AT_ONCE = 1 << 18
"""Products of two numbers: for more, BLAS wakes threads, which takes longer than to do without them."""
_TINY, _HUGE = 1e-30, 1e30
"""Squared lengths between which a direction can be told."""
UP = np.array([[0.0], [0.0], [1.0]], np.float32)
"""(3, 1)"""


def room_for(positions: NDArray[np.floating]) -> NDArray[np.floating]:
    """Positions (n, 3) by axis in the first rows of (9, n), and room for the six products of axes: see `Chart`."""
    room = np.empty((len(_FIRST) + 3, len(positions)), positions.dtype)
    room[:3] = positions.T
    return room


@dataclass(frozen=True, eq=False)
class Chart:
    """The way from where a file's vertices are to the world, around some of them."""

    middle: tuple[float, float, float]
    """Each a float32: taking it from a float32 rounds once."""
    origin: NDArray[np.float64]
    """(3,) the middle in the world."""
    linear: NDArray[np.float64]
    """(3, 3) how offsets from the middle turn, column vectors."""
    bends: tuple[tuple[int, int, tuple[float, float, float]], ...] | None
    """What products of two axes add to the three of the world; None: the polynomial is not good enough."""
    place: NDArray[np.float64]
    """4x4 to the tileset's root frame."""
    way: WorldFromTileset

    @classmethod
    def around(
        cls, lo: NDArray[np.float64], hi: NDArray[np.float64], place: NDArray[np.float64], way: WorldFromTileset
    ) -> Chart:
        """For what lies between `lo` and `hi`, (3,)."""
        middle = ((lo + hi) * 0.5).astype(np.float32).astype(np.float64)
        reach = np.maximum(hi - middle, middle - lo).tolist()
        least = 1e-3 * max(reach) or 1.0
        sizes = [max(one, least) for one in reach]  # few numbers: numpy would take longer over them
        if isinstance(way, PolynomialFit):
            turn = place[:3, :3]
            origin, linear, squares = way.about(turn @ middle + place[:3, 3], turn)
            is_met = True
        else:
            origin, linear, squares, is_met = _asked(way, middle, np.array(sizes), place)
        is_near = all(
            abs(one) * size <= FARTHEST_M for row in linear.tolist() for one, size in zip(row, sizes, strict=True)
        )
        bends = []
        for a, b, row in zip(_FIRST, _SECOND, squares.tolist(), strict=True):
            least = _LEAST_BEND_M / (sizes[a] * sizes[b])
            x, y, z = (one if abs(one) >= least else 0.0 for one in row)
            if x or y or z:
                bends.append((a, b, (x, y, z)))
        x, y, z = middle.tolist()
        return cls((x, y, z), origin, linear, tuple(bends) if is_near and is_met else None, place, way)

    @cached_property
    def determinant(self) -> float:
        """Of `linear`: negative where it mirrors."""
        (a, b, c), (d, e, f), (g, h, i) = self.linear.tolist()
        return float(a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g))

    def __call__(self, room: NDArray[np.floating]) -> NDArray[np.float32]:
        """Vertices, as by `room_for`, as offsets from `origin`, (3, n); what is given is used up. [m]"""
        if self.bends is None:
            world = self.way(room[:3].T @ self.place[:3, :3].T + self.place[:3, 3])
            return np.ascontiguousarray((world - self.origin).T, np.float32)
        room[:3] -= np.array(self.middle, room.dtype)[:, None]
        matrix = np.empty((3, 3 + len(self.bends)), np.float32)
        matrix[:, :3] = self.linear
        for row, (a, b, factors) in enumerate(self.bends, 3):
            np.multiply(room[a], room[b], out=room[row])
            matrix[:, row] = factors
        return _product(matrix, room[: matrix.shape[1]].astype(np.float32, copy=False))

    def turned(self, normals: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Normals (n, 3) of any length in the world, (3, n), unit; None where the way squeezes everything flat."""
        inverse = _inverse(self.linear, self.determinant)
        if inverse is None:
            return None
        found = _product(inverse.T, np.array(normals.T, order="C"))
        _make_unit(found)
        return found


def _product(matrix: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a (3, k) matrix and (k, n) columns, (3, n); n of about the same size at once, and never one alone."""
    n = columns.shape[1]
    n_parts = -(-n * matrix.size // _AT_ONCE)
    if n_parts < 2:
        return matrix @ columns
    found = np.empty((3, n), np.float32)
    step = -(-n // n_parts)
    for start in range(0, n, step):
        np.matmul(matrix, columns[:, start : start + step], out=found[:, start : start + step])
    return found


def _asked(
    way: WorldFromTileset, middle: NDArray[np.float64], step: NDArray[np.float64], place: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], bool]:
    """As `PolynomialFit.about` gives it, of any way, found at 18 places; and whether it follows well enough."""
    world = way((middle + _STEPS * step) @ place[:3, :3].T + place[:3, 3])
    found = _TERMS_AND_MISSED @ (world - world[0])
    is_met = bool((np.abs(found[9:]) <= MOST_OFF_M).all())
    return world[0], (found[:3] / step[:, None]).T, found[3:9] / (step[_FIRST] * step[_SECOND])[:, None], is_met


def _make_unit(normals: NDArray[np.float32]) -> None:
    """Normals (3, n) made unit, in place; those that are no direction point up."""
    term = np.empty(normals.shape[1], np.float32)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squares = normals[0] * normals[0]
        for k in (1, 2):
            squares += np.multiply(normals[k], normals[k], out=term)
        least, greatest = squares.min(), squares.max()
        if least > 1.0 - NEARLY_UNIT and greatest < 1.0 + NEARLY_UNIT:
            return
        normals /= np.sqrt(squares, out=squares)
    if not (least > _TINY and greatest < _HUGE):
        normals[:, ~np.isfinite(normals).all(axis=0)] = UP


def _inverse(matrix: NDArray[np.float64], determinant: float) -> NDArray[np.float32] | None:
    """Inverse of a 3x3 matrix but for its scale, so that lengths stay where it is the same in all directions.

    None where it is flat. A fifth of the time of LAPACK's way there.
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    if not abs(determinant) > _FLAT:
        return None
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    scale = abs(determinant) ** (1.0 / 3.0)
    return np.array([[scale / determinant * one for one in row] for row in adjugate], np.float32)

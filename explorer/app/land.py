"""How high a city lies: the land beyond its data, and the ground that a view looks at, as the tiles that came tell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera

FloatArray = NDArray[np.float64]
Cells = tuple[FloatArray, NDArray[np.float32]]
"""A tile's centre (3,) and boxes around its parts from there (k, 2, 3), as in `PreparedTile`. [m]"""

_LOWER = 0.02
"""By how much land is lower than the feet of what stands on it: more, and houses float above their shadows. [m]"""
_FEW, _MORE = 2048, 1.125
"""Of so many tiles the land is worked out anew whenever one comes; of more, when there are so many times as many."""
_AT_ONCE, _EVERY = 256, 16
"""Boxes of so many tiles are gathered as soon as others are shown; of more, not in each frame."""
_EVEN = 10.0
"""Where all that is shown begins within so much of the land, the land is what one looks at. [m]"""
_AROUND = 40.0
"""Within so much there is ground: what is lowest there is no roof. [m]"""
_STEPS = np.arange(33) / 32.0
"""Places along the view at which the ground is looked up; the first is below the eye."""
_FARTHEST = 12.0
"""Times as far as the eye is high one looks, within reason. [-]"""


class Land:
    """Heights of what is shown, by the boxes of tiles. Main thread only."""

    def __init__(self, bottom: Callable[[], float], *, is_guessed: bool) -> None:
        """`bottom`: of all of the city, in the world [m]. `is_guessed`: by the tiles that come; else that is the land.

        The boxes that tilesets tell are often far too high; those of the vertices that came are none.
        """
        self.level: float | None = None
        """Of the ground that is guessed, away from all houses: the land is as high as that at its end. [m]"""
        self._bottom, self._is_guessed = bottom, is_guessed
        self._feet: dict[Hashable, float] = {}
        self._n_feet = 0
        self._guess: float | None = None
        self._rows: dict[Hashable, int] = {}
        """Of `_boxes`."""
        self._free: list[int] = []
        self._boxes = np.zeros((0, 2, 3))
        """Least and greatest corners of tiles that are here. [m]"""
        self._cells: dict[int, Cells] = {}
        """By row."""
        self._lowest, self._highest = np.inf, -np.inf
        """Of the ground in all tiles that came. [m]"""
        self._keys: Sequence[Hashable] = ()
        self._gathered: Sequence[Hashable] = ()
        self._until_next = 0
        self._shown = np.zeros(0, np.int64)
        """Rows of what is shown, the smallest on the map first."""
        self._last: tuple[object, float] | None = None
        """What was looked at, from where and of what."""

    @property
    def height(self) -> float:
        """In the world, of the land beyond the data: a little below the lowest built things. [m]"""
        if self.level is not None:
            return self.level
        n = len(self._feet)
        if self._guess is None or n > (self._n_feet if n <= _FEW else self._n_feet * _MORE):
            lowest = np.percentile(list(self._feet.values()), 10.0) if self._feet else self._bottom()
            self._guess, self._n_feet = float(lowest) - _LOWER, n
        return self._guess

    def take(self, key: Hashable, lo: FloatArray, hi: FloatArray, cells: Cells | None = None) -> None:
        """A tile has come: least and greatest world coordinates of what it holds, (3,) [m], and its parts, if known."""
        if not (np.isfinite(lo).all() and np.isfinite(hi).all()):
            return
        self.forget(key)
        if not self._free:
            n = len(self._boxes)
            self._boxes = np.concatenate([self._boxes, np.zeros((max(n, 64), 2, 3))])
            self._free = list(range(len(self._boxes) - 1, n - 1, -1))
        row = self._rows[key] = self._free.pop()
        self._boxes[row] = lo, hi
        self._lowest, highest = min(self._lowest, float(lo[2])), float(lo[2])
        if cells is not None:
            self._cells[row] = cells
            highest = float(cells[0][2] + np.median(cells[1][:, 0, 2]))  # in a plain, most parts have ground
        self._highest = max(self._highest, highest)
        if self._is_guessed:
            self._feet[key] = float(lo[2])

    def forget(self, key: Hashable) -> None:
        """A tile has gone; what it told of the land stays."""
        row = self._rows.pop(key, None)
        if row is not None:
            self._free.append(row)
            self._cells.pop(row, None)
            self._gathered, self._until_next = (), 0
            self._shown = self._shown[self._shown != row]

    def show(self, keys: Sequence[Hashable]) -> None:
        """These are shown, and no others."""
        self._keys = keys

    def looked_at(self, camera: Camera) -> float:
        """Height in the world of the ground in the middle of the picture; of that below the eye, where that is sky. [m]

        In a city that is even, that is the land. Else it is as exact as the foot of the smallest tile that is shown
        there, or of what of it is near.
        """
        land = self.height
        if not self._rows or max(self._highest - land, land - self._lowest) < _EVEN:
            return land
        self._gather()
        asked = (camera, land, self._gathered)
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self._met(camera, land))
        return self._last[1]

    def _met(self, camera: Camera, land: float) -> float:
        eye, forward = np.asarray(camera.position), camera.forward
        above = max(float(eye[2]) - min(self._lowest, land), 2.0)
        reach = min(above / max(-float(forward[2]), 1.0 / _FARTHEST), _FARTHEST * above)
        places = eye + forward * (reach * _STEPS)[:, None]
        ground = self._below(places[:, :2], land)
        met = np.flatnonzero(places[1:, 2] <= ground[1:])
        return float(ground[1 + met[0]] if len(met) else ground[0])

    def _below(self, places: FloatArray, land: float) -> FloatArray:
        """Height of the ground at places on the map (n, 2), (n,). [m]"""
        lo, hi = self._boxes[self._shown, 0, :2], self._boxes[self._shown, 1, :2]
        is_near = ((lo <= places.max(axis=0)) & (hi >= places.min(axis=0))).all(axis=1)
        rows, lo, hi = self._shown[is_near], lo[is_near], hi[is_near]
        ground = np.full(len(places), land)
        if not len(rows):
            return ground
        inside = (places[:, None] >= lo) & (places[:, None] <= hi)
        holds: NDArray[np.bool_] = inside[..., 0] & inside[..., 1]
        first = np.where(holds.any(axis=1), rows[holds.argmax(axis=1)], -1)
        for row in set(first.tolist()) - {-1}:
            here = first == row
            cells = self._cells.get(row)
            ground[here] = self._boxes[row, 0, 2] if cells is None else _foot_around(cells, places[here])
        return ground

    def _gather(self) -> None:
        """Bring the rows after what is shown."""
        self._until_next -= 1
        if self._keys == self._gathered or (self._until_next > 0 and len(self._keys) > _AT_ONCE):
            return
        self._gathered, self._until_next = self._keys, _EVERY
        found = (self._rows.get(key) for key in self._keys)
        rows = np.array([row for row in found if row is not None], np.int64)
        reach = self._boxes[rows, 1, :2] - self._boxes[rows, 0, :2]
        self._shown = rows[np.argsort(reach[:, 0] * reach[:, 1], kind="stable")]


def _foot_around(cells: Cells, places: FloatArray) -> FloatArray:
    """Least heights of a tile's parts around places on the map (n, 2), (n,); of the nearest, where none is near."""
    centre, boxes = cells
    at = places - centre[:2]
    beside = np.maximum(np.maximum(boxes[:, 0, :2] - at[:, None], at[:, None] - boxes[:, 1, :2]), 0.0)
    away = np.hypot(beside[..., 0], beside[..., 1])
    is_near = away <= np.maximum(away.min(axis=1, keepdims=True), _AROUND)
    feet: FloatArray = centre[2] + np.where(is_near, boxes[:, 0, 2], np.inf).min(axis=1)
    return feet

"""How high a city lies: the land beyond its data, and the ground that a view looks at, as the tiles that came tell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera

FloatArray = NDArray[np.float64]

_LOWER = 0.02
"""By how much land is lower than the feet of what stands on it: more, and houses float above their shadows. [m]"""
_FEW, _MORE = 2048, 1.125
"""Of so many tiles the land is worked out anew whenever one comes; of more, when there are so many times as many."""
_AT_ONCE, _EVERY = 256, 16
"""Boxes of so many tiles are gathered as soon as others are shown; of more, not in each frame."""
_EVEN = 10.0
"""Where all that is shown begins within so much of the land, the land is what one looks at. [m]"""
_STEPS = np.arange(1, 33) / 32.0
"""Places along the view at which the ground is looked up."""
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
        self._boxes: dict[Hashable, tuple[FloatArray, FloatArray]] = {}
        self._cells: dict[Hashable, FloatArray] = {}
        self._lowest, self._highest = np.inf, -np.inf
        """Of the feet of all tiles that came, and of their parts. [m]"""
        self._keys: list[Hashable] = []
        self._gathered: list[Hashable] = []
        self._until_next = 0
        self._shown_keys: list[Hashable] = []
        self._shown = np.zeros((0, 2, 3))
        """Least and greatest corners of what is shown, the smallest on the map first. [m]"""

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

    def take(self, key: Hashable, lo: FloatArray, hi: FloatArray, cells: FloatArray | None = None) -> None:
        """A tile has come: least and greatest world coordinates of what it holds, (3,), and of its parts, (k, 2, 3),
        where they are known. [m]
        """
        if not (np.isfinite(lo).all() and np.isfinite(hi).all()):
            return
        self._boxes[key] = (lo, hi)
        highest = float(lo[2])
        if cells is not None:
            self._cells[key] = cells
            highest = float(cells[:, 0, 2].max())
        self._lowest, self._highest = min(self._lowest, float(lo[2])), max(self._highest, highest)
        if self._is_guessed:
            self._feet[key] = float(lo[2])

    def forget(self, key: Hashable) -> None:
        """A tile has gone; what it told of the land stays."""
        self._boxes.pop(key, None)
        self._cells.pop(key, None)

    def show(self, keys: Sequence[Hashable]) -> None:
        """These are shown, and no others."""
        self._keys = list(keys)

    def looked_at(self, camera: Camera) -> float:
        """Height in the world of the ground in the middle of the picture; of that below the eye, where that is sky. [m]

        As exact as the foot of the smallest tile that is shown there, or of the part of it that is nearest.
        """
        land = self.height
        if not self._boxes or max(self._highest - land, land - self._lowest) < _EVEN:
            return land
        self._gather()
        boxes = self._shown
        if not len(boxes):
            return land
        eye, forward = np.asarray(camera.position), camera.forward
        above = max(float(eye[2] - min(boxes[:, 0, 2].min(), land)), 2.0)
        reach = min(above / max(-float(forward[2]), 1.0 / _FARTHEST), _FARTHEST * above)
        places = eye + forward * (reach * _STEPS)[:, None]
        ground = self._below(np.concatenate([eye[None, :2], places[:, :2]]))
        met = np.flatnonzero(places[:, 2] <= ground[1:])
        return float(ground[1 + met[0]] if len(met) else ground[0])

    def _below(self, places: FloatArray) -> FloatArray:
        """Height of the ground at places on the map (n, 2), (n,). [m]"""
        lo, hi = self._shown[:, 0], self._shown[:, 1]
        inside = (places[:, None] >= lo[:, :2]) & (places[:, None] <= hi[:, :2])
        holds: NDArray[np.bool_] = inside[..., 0] & inside[..., 1]
        first = np.where(holds.any(axis=1), holds.argmax(axis=1), -1)
        ground = np.full(len(places), self.height)
        for tile in set(first.tolist()) - {-1}:
            here = first == tile
            cells = self._cells.get(self._shown_keys[tile])
            ground[here] = lo[tile, 2] if cells is None else _foot_of_nearest(cells, places[here])
        return ground

    def _gather(self) -> None:
        """Bring the boxes after what is shown."""
        self._until_next -= 1
        if self._keys == self._gathered or (self._until_next > 0 and len(self._keys) > _AT_ONCE):
            return
        self._gathered, self._until_next = self._keys, _EVERY
        keys = [key for key in self._keys if key in self._boxes]
        boxes = np.array([self._boxes[key] for key in keys]).reshape(-1, 2, 3)
        reach = boxes[:, 1] - boxes[:, 0]
        order = np.argsort(reach[:, 0] * reach[:, 1], kind="stable")
        self._shown, self._shown_keys = boxes[order], [keys[i] for i in order.tolist()]


def _foot_of_nearest(cells: FloatArray, places: FloatArray) -> FloatArray:
    """Least heights of those boxes (k, 2, 3) that are nearest to places on the map (n, 2), (n,)."""
    middle = (cells[:, 0, :2] + cells[:, 1, :2]) / 2.0
    away = ((places[:, None] - middle) ** 2).sum(axis=2)
    feet: FloatArray = cells[away.argmin(axis=1), 0, 2]
    return feet

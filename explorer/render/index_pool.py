"""Indices of many tiles in one array, so that those of some tiles are put together by a few numpy calls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST, _LEAST_DEAD = 4096, 65536


class IndexPool:
    """A run of indices for each slot; runs of tiles that went are closed up when they are half of all."""

    def __init__(self) -> None:
        self._flat = np.zeros(_LEAST, np.uint16)
        self._used = self._dead = 0
        self.start = np.zeros(0, np.int64)
        """(slots,) first index of each run."""
        self.count = np.zeros(0, np.int64)
        """(slots,) indices of each run; 0 for none."""

    def put(self, slots: NDArray[np.int64], count: NDArray[np.int64], indices: NDArray[np.uint16]) -> None:
        """Keep runs, one after the other in `indices`, as those of slots that have none."""
        if not len(slots):
            return
        self._make_room(int(slots.max()) + 1)
        if self._dead > _LEAST_DEAD and 2 * self._dead > self._used:
            self._close_up()
        end = self._used + len(indices)
        if end > len(self._flat):
            larger = np.zeros(max(end, 2 * len(self._flat)), np.uint16)
            larger[: self._used] = self._flat[: self._used]
            self._flat = larger
        self._flat[self._used : end] = indices
        self.start[slots], self.count[slots] = self._used + np.cumsum(count) - count, count
        self._used = end

    def _make_room(self, n_slots: int) -> None:
        if n_slots > len(self.start):
            more = np.zeros(max(n_slots, 2 * len(self.start), 64) - len(self.start), np.int64)
            self.start, self.count = np.concatenate([self.start, more]), np.concatenate([self.count, more])

    def drop(self, slot: int) -> None:
        """Forget the run of a slot."""
        self._dead += int(self.count[slot])
        self.count[slot] = 0

    def taken(self, start: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The indices of these parts of runs, one after the other."""
        before = np.cumsum(count) - count
        rows = np.repeat(start - before, count)
        rows += np.arange(len(rows))
        return self._flat.take(rows)

    def _close_up(self) -> None:
        self._flat = self.taken(self.start, self.count)
        self.start = np.cumsum(self.count) - self.count
        self._used, self._dead = len(self._flat), 0

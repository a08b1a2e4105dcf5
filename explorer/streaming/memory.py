"""Tiles that are here: how much they take, when each was last used, and which go first.

A tile's state says where it is: whoever takes it in, hands it over or drops it here says so there.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.ceiling import Ceiling
from explorer.streaming.columns import of_length
from explorer.streaming.frames import Room
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.states import TileState, TileStates

_NONE = np.zeros(0, np.int64)


class Memory:
    """Prepared and attached tiles of one tileset. Main thread."""

    def __init__(self, states: TileStates, ceiling: Ceiling) -> None:
        n = len(states.of)
        self._states, self._ceiling = states, ceiling
        self.waiting: dict[int, PreparedTile] = {}
        """Prepared, not attached yet."""
        self.used_bytes = 0
        self._in_use_bytes = 0
        self._resident: dict[int, int] = {}
        """Size of each."""
        self._sizes = np.zeros(n)
        self._largest = 0
        self.last_used = np.full(n, -1, np.int64)
        """(n,) the frame in which each tile was looked at last; -1: never."""
        self.frame = 0
        """The present one."""
        self._used_before = self._used_now = _NONE
        self._is_marked = np.zeros(n, bool)

    def __len__(self) -> int:
        return len(self._resident)

    def make_room(self) -> None:
        """There are as many tiles now as there are states."""
        n = len(self._states.of)
        self._sizes, self.last_used = of_length(self._sizes, n), of_length(self.last_used, n, -1)
        self._used_before = self._used_now = _NONE
        self._is_marked = np.zeros(n, bool)

    def take(self, tile: int, prepared: PreparedTile) -> None:
        """A tile has come; where there is no room for it, it is as if it had not."""
        if not self._ceiling.admits(self, prepared.size_bytes):
            self._states.set(tile, TileState.UNLOADED)
            return
        self._states.set(tile, TileState.PREPARED)
        self.waiting[tile] = prepared
        self._resident[tile] = prepared.size_bytes
        self.used_bytes += prepared.size_bytes
        self._sizes[tile] = prepared.size_bytes
        self._largest = max(self._largest, prepared.size_bytes)
        self.last_used[tile] = self.frame + 1  # it came for the frame that is about to begin
        self._in_use_bytes += prepared.size_bytes
        self._tell()

    def hand_over(self, wanted: NDArray[np.int64], room: Room) -> list[tuple[int, PreparedTile]]:
        """Of these rows the prepared ones, most urgent first, as far as the frame has room, for the renderer to copy.

        From now on only their size is known here.
        """
        handed: list[tuple[int, PreparedTile]] = []
        for tile in self._states.among(wanted, TileState.PREPARED).tolist():
            if not room.take(self.waiting[tile]):
                break
            handed.append((tile, self.waiting.pop(tile)))
            self._states.set(tile, TileState.READY)
        return handed

    def forget_attached(self) -> list[int]:
        """What the renderer was given is not here any more. Returns those tiles."""
        attached = [tile for tile in self._resident if self._states.of[tile] == TileState.READY]
        self._forget(attached)
        return attached

    def forget_all(self) -> list[int]:
        """Nothing is here any more. Returns what the renderer was given of it."""
        attached = self.forget_attached()
        self._forget(list(self._resident))
        self._states.reset()
        return attached

    def _forget(self, tiles: Iterable[int]) -> None:
        for tile in tiles:
            self.used_bytes -= self._resident.pop(tile)
            self.waiting.pop(tile, None)
            self._sizes[tile] = 0.0
            self._states.set(tile, TileState.UNLOADED)
        self._tell()

    def drop(self, is_gone: NDArray[np.bool_]) -> list[int]:
        """These rows, (n,), are no tiles any more, or others. Returns what the renderer was given of them."""
        resident = [tile for tile in self._resident if is_gone[tile]]
        attached = [tile for tile in resident if self._states.of[tile] == TileState.READY]
        self._forget(resident)
        self.last_used[is_gone] = -1
        return attached

    def grow(self, tile: int, n_bytes: int) -> None:
        """A tile takes more than when it came; one that is gone does not."""
        if tile in self._resident:
            self._resident[tile] += n_bytes
            self._sizes[tile] += n_bytes
            self.used_bytes += n_bytes
            self._in_use_bytes += n_bytes
            self._tell()

    def use(self, visited: NDArray[np.int64]) -> None:
        """Begin a frame that needs these rows."""
        self.frame += 1
        self._used_before, self._used_now = self._used_now, visited
        self.last_used[visited] = self.frame
        self._in_use_bytes = int(self._sizes[visited].sum())
        self._tell()

    def _tell(self) -> None:
        self._ceiling.tell(self, self.used_bytes, self._in_use_bytes)

    def foresee(self, visited: NDArray[np.int64], n_coming: int) -> bool:
        """The next frames may need these rows: they go after all others. Whether there is room for one more of them.

        `n_coming` are under way. Without that much room, what is fetched ahead would drive out what it was fetched for.
        """
        before = self.frame - 1
        self.last_used[visited] = np.maximum(self.last_used[visited], before)
        self._is_marked[self._used_before] = True
        some = np.concatenate([self._used_before, visited[~self._is_marked[visited]]])
        self._is_marked[self._used_before] = False
        foreseen = float(self._sizes[some[self.last_used[some] == before]].sum())
        needed = self._ceiling.in_use_bytes + foreseen + (n_coming + 1) * self._largest
        return self._ceiling.coarsening == 1.0 and needed <= self._ceiling.limit_bytes

    def let_go(self) -> list[int]:
        """Drop what was used longest ago until the limit is kept; what this frame uses stays.

        Returns what the renderer was given of it.
        """
        attached: list[int] = []
        if not self._ceiling.is_exceeded_by(self):
            return attached
        resident = np.fromiter(self._resident, np.int64, len(self._resident))
        old = resident[self.last_used[resident] < self.frame]
        for tile in old[np.argsort(self.last_used[old], kind="stable")].tolist():
            if not self._ceiling.is_exceeded_by(self):
                break
            if self._states.of[tile] == TileState.READY:
                attached.append(tile)
            self._forget([tile])
        return attached

    def leave(self) -> None:
        """Take part no more."""
        self._ceiling.leave(self)

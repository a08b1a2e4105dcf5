"""Tiles that are here: how much they take, when each was last used, and how coarse a view must be to fit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.prepared import PreparedTile

_COARSEST = 16.0


class Memory:
    """Prepared and attached tiles of one tileset of n tiles. Main thread."""

    def __init__(self, n: int) -> None:
        self.waiting: dict[int, PreparedTile] = {}
        """Prepared, not attached yet."""
        self.used_bytes = 0
        self.coarsening = 1.0
        """Factor on the allowed screen-space error, so that the tiles in use fit."""
        self._too_much: tuple[Camera, ...] = ()
        """The view that did not fit."""
        self._resident: dict[int, int] = {}
        """Size of each."""
        self._sizes = np.zeros(n)
        self._largest = 0
        self._last_used = np.full(n, -1, np.int64)
        self._frame = 0

    @property
    def tiles(self) -> list[int]:
        """All that are prepared or attached."""
        return list(self._resident)

    def keep(self, tile: int, prepared: PreparedTile) -> None:
        """Take a tile that has come."""
        self.waiting[tile] = prepared
        self._resident[tile] = prepared.size_bytes
        self.used_bytes += prepared.size_bytes
        self._sizes[tile] = prepared.size_bytes
        self._largest = max(self._largest, prepared.size_bytes)
        self._last_used[tile] = self._frame + 1  # it came for the frame that is about to begin

    def hand_over(self, tile: int) -> PreparedTile:
        """A tile's arrays, for the renderer to copy: from now on only their size is known here."""
        return self.waiting.pop(tile)

    def forget(self, tiles: Iterable[int]) -> None:
        """These are not here any more."""
        for tile in tiles:
            self.used_bytes -= self._resident.pop(tile)
            self.waiting.pop(tile, None)
            self._sizes[tile] = 0.0

    def grow(self, tile: int, n_bytes: int) -> None:
        """A tile takes more than when it came; one that is gone does not."""
        if tile in self._resident:
            self._resident[tile] += n_bytes
            self._sizes[tile] += n_bytes
            self.used_bytes += n_bytes

    def use(self, visited: NDArray[np.int64]) -> None:
        """Begin a frame that needs these tiles."""
        self._frame += 1
        self._last_used[visited] = self._frame

    def foresee(self, visited: NDArray[np.int64], n_coming: int, budget_bytes: int) -> bool:
        """The next frames may need these tiles: they go after all others. Whether there is room for one more of them.

        `n_coming` are under way. Without that much room, what is fetched ahead would drive out what it was fetched for.
        """
        self._last_used[visited] = np.maximum(self._last_used[visited], self._frame - 1)
        resident = np.fromiter(self._resident, np.int64, len(self._resident))
        needed = float(self._sizes[resident[self._last_used[resident] >= self._frame - 1]].sum())
        return self.coarsening == 1.0 and needed + (n_coming + 1) * self._largest <= budget_bytes

    def let_go(self, budget_bytes: int) -> list[int]:
        """Drop what was used longest ago until the budget is kept; what this frame uses stays. Returns what went."""
        gone: list[int] = []
        if self.used_bytes <= budget_bytes:
            return gone
        resident = np.fromiter(self._resident, np.int64, len(self._resident))
        old = resident[self._last_used[resident] < self._frame]
        for tile in old[np.argsort(self._last_used[old], kind="stable")].tolist():
            if self.used_bytes <= budget_bytes:
                break
            self.forget([tile])
            gone.append(tile)
        return gone

    def fit(self, visited: NDArray[np.int64], cameras: tuple[Camera, ...], budget_bytes: int) -> None:
        """Allow coarser tiles while those in use do not fit, finer ones again once they fit well.

        Finer ones only in another view than the one that did not fit: a still picture must not go to and fro.
        """
        used = float(self._sizes[visited].sum())
        if used > budget_bytes:
            self.coarsening = min(self.coarsening * 1.1, _COARSEST)
            self._too_much = cameras
        elif self.coarsening > 1.0 and cameras != self._too_much and used < 0.5 * budget_bytes:
            self.coarsening = max(self.coarsening / 1.02, 1.0)

    def clear(self) -> None:
        """Let everything go."""
        self._resident.clear()
        self.waiting.clear()
        self.used_bytes = 0
        self._sizes[:] = 0.0

"""Where each tile's content is on its way to the screen, as selection reads it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.columns import of_length


class TileState(IntEnum):
    """Where a tile's content is on its way to the screen."""

    UNLOADED = 0
    LOADING = 1
    """Being fetched, decoded or prepared by a worker."""
    PREPARED = 2
    """Arrays are here; waits for its turn to be attached."""
    READY = 3
    """Attached: can be shown in this frame."""
    WAITING = 4
    """Failed, and is tried again after a while."""
    FAILED = 5
    """Cannot be had; its parent stays."""


class TileStates:
    """Of all n tiles of a tileset. Main thread."""

    def __init__(self, n: int) -> None:
        self.of = np.full(n, TileState.UNLOADED, np.uint8)
        """(n,) of `TileState`."""
        self.version = 0
        """Grows with every change."""

    def set(self, tile: int, state: TileState) -> None:
        """A tile is somewhere else now."""
        self.of[tile] = state
        self.version += 1

    def among(self, tiles: NDArray[np.int64], state: TileState) -> NDArray[np.int64]:
        """Those of the rows that are there, in their order."""
        found: NDArray[np.int64] = tiles[self.of[tiles] == state]
        return found

    def drop(self, is_gone: NDArray[np.bool_]) -> None:
        """Nothing of these rows, (n,), is here."""
        self.of[is_gone] = TileState.UNLOADED
        self.version += 1

    def make_room(self, n: int) -> None:
        """There are n tiles now; those that come on top are not here."""
        self.of = of_length(self.of, n, TileState.UNLOADED)
        self.version += 1

    def reset(self) -> None:
        """Nothing is here."""
        self.of[:] = TileState.UNLOADED
        self.version += 1

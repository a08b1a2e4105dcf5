"""What streaming tells its owner each frame, and what it may take."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.prepared import PreparedTile


@dataclass(frozen=True, slots=True)
class Budgets:
    """What loading may take of a frame and of a server. Memory has a limit of its own (`Ceiling`)."""

    attach_bytes: int = 4 * 1024 * 1024
    """Handed to the renderer in one frame (at least one tile): uploading is what makes frames late."""
    attach_tiles: int = 16
    """Handed over in one frame."""
    attach_small_tiles: int = 256
    """The same of tiles that are soon copied; each takes its share of the frame."""
    loading: int = 6
    """Tiles under way at once; more where many small ones land in a frame."""
    loading_at_first: int = 24
    """After a rest, before any has landed: nobody knows yet how large they are, and workers are waiting."""
    loading_bytes: int = 2 * 1024 * 1024
    """Under way at once, by what those that came take in memory, where that is more tiles than `loading`."""
    stall_secs: float = 45.0
    """A tile under way for longer no longer holds up others."""
    known_tiles: int = 100_000
    """Tiles of parts that were read because somebody looked there; beyond, those of long ago are forgotten."""


_SMALL_BYTES = 32 * 1024
"""So small a tile is soon copied."""


class Room:
    """What is left of one frame for handing tiles to the renderer."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._size, self._share = 0, 0.0

    def take(self, prepared: PreparedTile) -> bool:
        """Whether there is room for one more tile, which is taken then. There always is for the first."""
        budgets = self._budgets
        is_small = prepared.size_bytes <= _SMALL_BYTES
        size = self._size + prepared.size_bytes
        share = self._share + 1.0 / (budgets.attach_small_tiles if is_small else budgets.attach_tiles)
        if self._share and (size > budgets.attach_bytes or share > 1.0 + 1e-9):
            return False
        self._size, self._share = size, share
        return True


@dataclass(frozen=True, eq=False)
class FrameTiles:
    """What the renderer does in one frame: attach, then show `render`, then detach. Rows of the tileset."""

    render: NDArray[np.int64]
    """In view, drawn."""
    beyond: NDArray[np.int64]
    """Resident, out of view, drawn if the camera turned: they cast shadows into the picture."""
    attach: list[tuple[int, PreparedTile]]
    detach: list[int]
    loading: int
    """Tiles that are wanted and not here yet, in flight or waiting."""
    failed: int
    """Tiles that cannot be had."""
    retrying: int = 0
    """Wanted tiles that failed and are tried again in a while; not among `loading`. Those of servers that are
    left alone are here, too."""

    resized: list[tuple[int, float]] = field(default_factory=list)
    """Attached tiles whose points are drawn at so large a share of the size that they came with: more is known now of
    what stands between them."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for this view."""
        return self.loading == 0 and not self.attach


@dataclass
class TileFailure:
    """Why a tile is not drawn."""

    tile: int
    uri: str | None
    sentence: str
    tries: int = 1
    retry_at: float | None = None
    """Clock time of the next try; None: none."""
    is_given_up: bool = False
    """It counts as missing, though it may be asked for again now and then."""

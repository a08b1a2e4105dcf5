"""Parts of a tileset that have come and are not among its tiles yet: a large one takes several in at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.tree import TilesetPart
from explorer.tileformat import Tileset, part_below

_FEW_TILES, _SECS_PER_TILE = 20_000, 1e-6
"""A tileset of more tiles grows so much more seldom: growing takes a tenth of that time. [s]"""


class WaitingParts:
    """Of one tileset, by the tile that stands for each. Main thread only."""

    def __init__(self) -> None:
        self._parts: dict[int, TilesetPart] = {}
        self._next_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, parts: Mapping[int, TilesetPart]) -> None:
        """These have come."""
        self._parts |= parts

    def drop(self, is_gone: NDArray[np.bool_]) -> None:
        """These rows, (n,), are no tiles any more, or others."""
        for tile in [tile for tile in self._parts if is_gone[tile]]:
            del self._parts[tile]

    def due(self, tileset: Tileset, now: float) -> dict[int, TilesetPart]:
        """Those to be taken in now, mostly none or all; each once, though it may have come twice. `now`: [s]"""
        if not self._parts or now < self._next_at:
            return {}
        self._next_at = now + _SECS_PER_TILE * max(len(tileset) - _FEW_TILES, 0)
        parts, self._parts = self._parts, {}
        return {tile: part for tile, part in parts.items() if part_below(tileset, tile) is not None}

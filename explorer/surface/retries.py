"""When files that could not be had are asked for again: at once at first, then after a growing while."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from math import inf

AT_ONCE = 3
"""A file that failed less often in a row is asked for whenever somebody needs it."""
FIRST_REST_SECS, LONGEST_REST_SECS = 1.0, 60.0


class Retries:
    """Of one tileset, by the tile that stands for each file. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: dict[int, int] = {}
        self._not_before: dict[int, float] = {}

    def not_now(self) -> set[int]:
        """Those that are not to be asked for yet, or never again."""
        if not self._not_before:
            return set()
        with self._lock:
            now = self._clock()
            return {tile for tile, until in self._not_before.items() if until > now}

    def failed(self, tile: int, wait_secs: float = 0.0) -> None:
        """A file did not come; its server wants to be left alone for so long. [s]"""
        with self._lock:
            tries = self._tries[tile] = self._tries.get(tile, 0) + 1
            rest = 0.0
            if tries >= AT_ONCE:  # spread, so that what failed together does not come back together
                rest = FIRST_REST_SECS * 2.0 ** min(tries - AT_ONCE, 10)
                rest = min(rest, LONGEST_REST_SECS) * random.uniform(0.75, 1.25)
            self._not_before[tile] = self._clock() + max(rest, wait_secs)

    def give_up(self, tiles: Iterable[int]) -> None:
        """Asking for these again is in vain."""
        with self._lock:
            self._not_before |= dict.fromkeys(tiles, inf)

    def came(self, tile: int) -> None:
        """A file is here."""
        with self._lock:
            self._tries.pop(tile, None)
            self._not_before.pop(tile, None)

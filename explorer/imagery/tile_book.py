"""The tiles of one source: which are here, which are on their way, which cannot be had, and for how long not."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from explorer.errors import ContentError, ExplorerError, FetchError, NotThere, ServerBusy
from explorer.i18n import _
from explorer.imagery.grids import Tile
from explorer.imagery.pictures import Texels
from explorer.imagery.sources import ImageSource
from explorer.jobs import Cancelled, Job, JobRunner, Progress

_FIRST_WAIT_SECS, _LONGEST_WAIT_SECS = 1.0, 60.0
_AT_ONCE = 8
"""Tiles under way: the queue is short when the view changes."""
_NOTHING = 4
"""So many tiles that are not there, and none that is: that is worth a word."""


class TileBook:
    """Main thread only, but for the jobs that it submits."""

    def __init__(self, name: str, source: ImageSource, jobs: JobRunner, clock: Callable[[], float]) -> None:
        self.name = name
        self._source, self._jobs, self._clock = source, jobs, clock
        self._here: OrderedDict[Tile, Texels] = OrderedDict()
        self._holes: set[Tile] = set()
        self._flights: dict[Tile, Job[Texels | None]] = {}
        self._later: dict[Tile, tuple[float, int]] = {}
        """When to ask again, and how often it was asked."""
        self._waits_until = 0.0
        """Of the whole source: its server is down, or asked to be left alone."""
        self._needed: frozenset[Tile] = frozenset()
        self.used_bytes = 0
        self._has_come = False
        self.news: dict[str, str] = {}
        """What went wrong, a sentence for each kind of thing."""
        self.version = 0
        """Grows whenever a tile came."""

    @property
    def n_under_way(self) -> int:
        """Tiles that are being fetched."""
        return len(self._flights)

    def texels(self, tiles: Sequence[Tile]) -> dict[Tile, Texels | None]:
        """Those of these that are here."""
        found: dict[Tile, Texels | None] = {tile: self._here[tile] for tile in tiles if tile in self._here}
        for tile in found:
            self._here.move_to_end(tile)
        return found

    def n_missing(self, tiles: Sequence[Tile]) -> int:
        """How many may still come: neither here nor known to be a hole."""
        return sum(tile not in self._here and tile not in self._holes for tile in tiles)

    def want(self, tiles: Sequence[Tile], budget_bytes: int) -> None:
        """Have these tiles, the most urgent first; what is under way and not among them is not wanted any more."""
        wanted = frozenset(tiles)
        self._needed = wanted
        for tile in [tile for tile in self._flights if tile not in wanted]:
            self._flights.pop(tile).cancel()
        now = self._clock()
        if now >= self._waits_until:
            for tile in tiles:
                if len(self._flights) >= _AT_ONCE:
                    break
                due = self._later.get(tile, (0.0, 0))[0]
                if tile not in self._here and tile not in self._holes and tile not in self._flights and due <= now:
                    self._send(tile)
        self._fit(budget_bytes)

    def retry(self) -> None:
        """Ask again for everything that failed, at once."""
        self._holes.clear()
        self._later.clear()
        self._waits_until = 0.0
        self.news.clear()

    def close(self) -> None:
        """Let go of everything."""
        for job in self._flights.values():
            job.cancel()
        self._flights.clear()
        self._here.clear()
        self.used_bytes = 0

    def _send(self, tile: Tile) -> None:
        source = self._source

        def work(progress: Progress) -> Texels | None:
            progress.check()
            return source.read(tile)

        job = self._jobs.submit(work, name=f"imagery {tile}", when_done=partial(self._land, tile))
        self._flights[tile] = job

    def _land(self, tile: Tile, job: Job[Any]) -> None:
        if self._flights.get(tile) is not job:
            return
        del self._flights[tile]
        error = job.error
        if error is None:
            self._take(tile, job.result())
        elif not isinstance(error, Cancelled):
            self._fail(tile, error)

    def _take(self, tile: Tile, texels: Texels | None) -> None:
        self._later.pop(tile, None)
        self.news.pop("server", None)
        self.version += 1
        if texels is None:
            self._holes.add(tile)
            if not self._has_come and len(self._holes) >= _NOTHING:
                text = _("The imagery “{name}” has none of the tiles that were asked for: is the address right?")
                self.news.setdefault("nothing", text.format(name=self.name))
            return
        self._has_come = True
        self.news.pop("nothing", None)
        self._here[tile] = texels
        self.used_bytes += texels.nbytes

    def _fail(self, tile: Tile, error: BaseException) -> None:
        now = self._clock()
        is_later = isinstance(error, FetchError) and not isinstance(error, NotThere)
        if isinstance(error, ServerBusy):
            self._waits_until = now + error.wait_secs
        if is_later:
            tries = self._later.get(tile, (0.0, 0))[1] + 1
            wait = min(_FIRST_WAIT_SECS * 2.0 ** (tries - 1), _LONGEST_WAIT_SECS) * random.uniform(1.0, 1.3)
            self._later[tile] = (now + wait, tries)
            kind, text = "server", _("The imagery “{name}” is not complete, and is asked for again: {why}")
        else:
            self._holes.add(tile)
            self.version += 1
            is_picture = isinstance(error, ContentError)
            kind, text = ("picture" if is_picture else "refused"), _("A part of the imagery “{name}” is missing: {why}")
        why = error if isinstance(error, ExplorerError) else repr(error)
        self.news.setdefault(kind, text.format(name=self.name, why=why))

    def _fit(self, budget_bytes: int) -> None:
        """Let go of what was used longest ago and is not needed now."""
        if self.used_bytes <= budget_bytes:
            return
        for tile in [tile for tile in self._here if tile not in self._needed]:
            self.used_bytes -= self._here.pop(tile).nbytes
            if self.used_bytes <= budget_bytes:
                return

"""Tiles under way: begun in the order of need, cancelled when no longer wanted, given up when they do not come.

Main thread only, but for the jobs themselves. A server that stalls costs a place in the queue, and after a while not
even that: what was given up and comes after all is as good as if it had come in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Cancelled, Job, JobRunner
from explorer.streaming.fetching import Fetching, TileFetch
from explorer.streaming.frames import Budgets
from explorer.streaming.loading import TileLoader
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.tree import TilesetPart

_MORE_UNDER_WAY, _MOST_UNDER_WAY, _MOST_IN_VAIN = 3, 384, 96
"""Where many small tiles land between two frames, three times as many are sent for, so that no worker waits for one;
where few do, no more than the budget, so that the queue is short when the view changes. What lands with nothing counts
less: a server in trouble is not asked for hundreds at once."""
_FEWER = 0.7
"""From one frame to the next, where fewer land: a frame that took no time is no reason to send for less."""
_NEWEST = 0.1
"""Share of the newest tile in what is taken for the size of one."""


@dataclass(eq=False, slots=True)
class _Flight:
    """A tile under way: being fetched, then a job."""

    started: float
    fetch: TileFetch | None = None
    job: Job[PreparedTile | TilesetPart] | None = None
    _is_cancelled: bool = False

    def is_wanted(self) -> bool:
        """Whether nobody has cancelled it yet, on another thread perhaps."""
        return not self._is_cancelled

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._is_cancelled = True
        if self.fetch is not None:
            self.fetch.progress.cancel()
        if self.job is not None:
            self.job.cancel()


@dataclass(slots=True)
class Landed:
    """What came of flights that ended since the last frame. Tiles by row."""

    come: list[tuple[int, PreparedTile]] = field(default_factory=list)
    parts: dict[int, TilesetPart] = field(default_factory=dict)
    """What turned out to be below tiles that stand for it."""
    failed: list[tuple[int, BaseException]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    def take(self, tile: int, result: PreparedTile | TilesetPart) -> None:
        """Something has come."""
        if isinstance(result, TilesetPart):
            self.parts[tile] = result
        else:
            self.come.append((tile, result))


class Flights:
    """Of one tileset. `budgets.loading` at once, and more where many small ones land."""

    def __init__(self, jobs: JobRunner, loader: TileLoader, budgets: Budgets) -> None:
        self._jobs, self._loader, self._budgets = jobs, loader, budgets
        self._under_way: dict[int, _Flight] = {}
        self._late: dict[int, _Flight] = {}
        """Given up in time; taken all the same if they come."""
        self._landed: list[tuple[int, _Flight, Job[Any]]] = []
        self._at_first = self._at_once = max(budgets.loading, budgets.loading_at_first)
        self._usual_bytes = 0.0
        """Of a tile that came; 0: none has."""
        self._is_closed = False
        self._fetching = Fetching(loader.store)

    def load_by(self, loader: TileLoader) -> None:
        """Load tiles so from now on; those under way come as they were begun."""
        self._loader = loader

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def n_late(self) -> int:
        """How many were given up and may still come."""
        return len(self._late)

    @property
    def n_free(self) -> int:
        """How many more may be begun."""
        return 0 if self._is_closed else max(self._at_once - len(self._under_way), 0)

    def land(self) -> Landed:
        """Take in what workers have finished."""
        landed, self._landed = self._landed, []
        found = Landed()
        if not landed and not self._under_way:
            self._at_once = min(self._at_first, self._most)
            return found
        for tile, flight, job in landed:
            error = job.error
            if self._late.get(tile) is flight:
                del self._late[tile]
                if error is None and tile not in self._under_way:
                    found.take(tile, job.result())
                continue
            if self._under_way.get(tile) is not flight:
                continue  # it was cancelled
            del self._under_way[tile]
            if error is None:
                found.take(tile, job.result())
            elif isinstance(error, Cancelled):
                found.cancelled.append(tile)
            else:
                found.failed.append((tile, error))
        for size in [prepared.size_bytes for _tile, prepared in found.come if not prepared.is_empty]:
            self._usual_bytes += (size - self._usual_bytes) * (_NEWEST if self._usual_bytes else 1.0)
        wished = max(
            self._budgets.loading,
            min(_MORE_UNDER_WAY * len(found.come), _MOST_UNDER_WAY),
            min(_MORE_UNDER_WAY * len(landed), _MOST_IN_VAIN),
            int(_FEWER * self._at_once),
        )
        self._at_once = min(wished, self._most)
        return found

    @property
    def _most(self) -> int:
        """Under way at once, by their size: a burst of large ones would take the processor from several frames."""
        if not self._usual_bytes:
            return _MOST_UNDER_WAY
        return max(self._budgets.loading, int(self._budgets.loading_bytes / self._usual_bytes))

    def overdue(self, now: float) -> list[int]:
        """Tiles that have been under way for too long: from now on others have their places."""
        limit = now - self._budgets.stall_secs
        late = [tile for tile, flight in self._under_way.items() if flight.started < limit]
        for tile in late:
            self._late[tile] = self._under_way.pop(tile)
        return late

    def not_late(self, tiles: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tiles that no worker still waits for: it need not be two."""
        return tiles[~np.isin(tiles, list(self._late))] if self._late else tiles

    def address(self, tile: int) -> str:
        """A tile's content, or what tells what is below it, as its tileset names it; for messages."""
        return self._loader.tileset.address(tile) or ""

    def begin(self, tile: int, now: float) -> None:
        """Send for a tile."""
        loader, flight = self._loader, _Flight(now)
        self._under_way[tile] = flight
        work = partial(self._work_on, tile, flight, loader)
        if loader.must_fetch(tile):
            flight.fetch = self._fetching.ask(partial(loader.addresses, tile), work)
        else:
            work(None)

    def _work_on(self, tile: int, flight: _Flight, loader: TileLoader, fetch: TileFetch | None) -> None:
        """What has come is for a worker now; on any thread."""
        if self._is_closed or not flight.is_wanted():
            return
        flight.job = self._jobs.submit(
            loader.work(tile, fetch), name=f"tile {self.address(tile)}", when_done=partial(self._note, tile, flight)
        )
        if not flight.is_wanted():
            flight.job.cancel()

    def _note(self, tile: int, flight: _Flight, job: Job[Any]) -> None:
        self._landed.append((tile, flight, job))

    def keep_only(self, wanted: Collection[int]) -> list[int]:
        """Cancel the others, and return those that were under way."""
        unwanted = [tile for tile in self._under_way if tile not in wanted]
        for tile in unwanted:
            self._under_way.pop(tile).cancel()
        return unwanted

    def drop(self, is_gone: NDArray[np.bool_]) -> None:
        """These rows, (n,), are no tiles any more, or others: whatever comes for them was meant for what they were."""
        for flights in (self._under_way, self._late):
            for tile in [tile for tile in flights if is_gone[tile]]:
                flights.pop(tile).cancel()

    def late_but(self, wanted: Collection[int]) -> list[int]:
        """Tiles that are late, and not among these."""
        return [tile for tile in self._late if tile not in wanted]

    def forget_late(self, tiles: Iterable[int]) -> None:
        """Cancel these for good."""
        for tile in tiles:
            self._late.pop(tile).cancel()

    def close(self) -> None:
        """Cancel everything; nothing is begun any more."""
        self._is_closed = True
        self._fetching.close()
        self.keep_only(())
        self.forget_late(list(self._late))
        self._landed.clear()

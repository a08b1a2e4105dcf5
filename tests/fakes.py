"""Fakes that stand in for what is outside: a store of bytes, a renderer, workers and a clock. None patches anything."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any, TypeVar

from explorer.errors import FetchError
from explorer.jobs import Job, Progress, WhenDone, Work

T = TypeVar("T")


class NeverAnswers(Exception):
    """Raised inside a fake job whose server stalls; `StepJobs` then leaves the job unfinished for ever."""


class FakeClock:
    """A clock that stands still until it is told to go on. Call it for the time. [s]"""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def go_on(self, secs: float) -> None:
        """Let time pass."""
        self.now += secs

    sleep = go_on


class FakeStore:
    """A store whose files are bytes in a dictionary, by address below the root.

    `fail(name, times)` lets the next reads of a file fail, `stall(name)` never answers; `reads` lists what was read.
    """

    def __init__(self, files: dict[str, bytes], root_uri: str = "city/tileset.json") -> None:
        self.files = dict(files)
        self.root_uri = root_uri
        self.reads: list[str] = []
        self._failing: dict[str, int] = {}
        self._stalled: set[str] = set()

    def fail(self, name: str, times: int = 1_000_000) -> None:
        """The next `times` reads of a file raise FetchError."""
        self._failing[name] = times

    def stall(self, name: str) -> None:
        """Reads of a file never come back."""
        self._stalled.add(name)

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(base_uri), relative))

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        name = posixpath.relpath(uri, posixpath.dirname(self.root_uri))
        self.reads.append(name)
        if name in self._stalled:
            raise NeverAnswers(name)
        if self._failing.get(name, 0) > 0:
            self._failing[name] -= 1
            raise FetchError(f"The server answered 500. [{uri}]")
        if name not in self.files:
            raise FetchError(f"The file is not there. [{uri}]")
        return self.files[name]

    def close(self) -> None:
        """Nothing to let go of."""


class StepJobs:
    """Workers that do one job each time they are told to: `run()` for all, `run(1)` for the oldest."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Job[Any], Work[Any], WhenDone | None]] = []
        self.stalled: list[str] = []
        self._finished: list[tuple[Job[Any], WhenDone]] = []

    def submit(self, work: Work[T], *, name: str, when_done: WhenDone | None = None) -> Job[T]:
        """See `JobRunner.submit`."""
        job: Job[T] = Job(name, Progress())
        self.waiting.append((job, work, when_done))
        return job

    def run(self, n: int | None = None) -> int:
        """Do the oldest n jobs (all, if None); returns how many there were."""
        now, self.waiting = (self.waiting, []) if n is None else (self.waiting[:n], self.waiting[n:])
        for job, work, when_done in now:
            try:
                job.progress.check()
                job._future.set_result(work(job.progress))
            except NeverAnswers:
                self.stalled.append(job.name)
                continue
            except Exception as error:
                job._future.set_exception(error)
            if when_done is not None:
                self._finished.append((job, when_done))
        return len(now)

    def collect(self, budget_ms: float = 2.0) -> int:
        """See `JobRunner.collect`; the budget is not needed here."""
        del budget_ms
        finished, self._finished = self._finished, []
        for job, when_done in finished:
            when_done(job)
        return len(finished)

    def close(self) -> None:
        """Forget what waits."""
        self.waiting.clear()


class FakeRenderer:
    """Counts what is attached and detached, and refuses what a renderer could not do.

    Give it each frame; at the end `check_released` fails if anything is still attached.
    """

    def __init__(self) -> None:
        self.attached: dict[int, Any] = {}
        self.n_attached = 0
        self.n_detached = 0
        self.shown: frozenset[int] = frozenset()
        self.shares: dict[int, float] = {}
        """At what share of the size that they came with the points of tiles are drawn."""

    def take(self, frame: Any) -> None:
        """Attach, show, detach, as a renderer does with one frame."""
        for tile, prepared in frame.attach:
            assert tile not in self.attached, f"tile {tile} is attached twice"
            self.attached[tile] = prepared
            self.n_attached += 1
            self.shares[tile] = 1.0
        for tile, share in frame.resized:
            assert tile in self.attached, f"tile {tile} is resized and not attached"
            self.shares[tile] = share
        self.shown = frozenset(frame.render.tolist())
        missing = self.shown - self.attached.keys()
        assert not missing, f"tiles {sorted(missing)} are shown and not attached"
        self.detach(frame.detach)
        assert not self.shown & set(frame.detach), "a tile is shown and detached in one frame"

    def detach(self, tiles: Iterable[int]) -> None:
        """Let go of tiles."""
        for tile in tiles:
            assert tile in self.attached, f"tile {tile} is detached and was not attached"
            del self.attached[tile]
            self.n_detached += 1

    def check_released(self) -> None:
        """Fail if anything is still attached."""
        assert not self.attached, f"tiles {sorted(self.attached)} were never detached"
        assert self.n_attached == self.n_detached

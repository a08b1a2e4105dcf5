"""One door to background work: frozen request in, frozen result out.

The main thread submits, goes on, and collects results once per frame under a time budget. Workers never touch the
scenario, the scene graph or the GPU. `InlineJobs` runs everything at once, in the caller's thread, for tests and for
the command line.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

_LONGEST_PAUSE_SECS = 0.05
"""Workers go on by then even if nobody lets them: a main thread that stands still must not stop them."""


class Cancelled(Exception):
    """The user asked to stop; nothing half-done is left behind. Not an error: nothing went wrong."""


class Progress:
    """How far a piece of work is, written by the worker and read by anyone."""

    def __init__(
        self, on_report: Callable[[float, str], None] | None = None, may_go_on: threading.Event | None = None
    ) -> None:
        """`may_go_on`: while it is not set, `check` waits, for a moment at most."""
        self.fraction = 0.0
        self.text = ""
        self._is_stopped = False
        self._on_report = on_report
        self._may_go_on = may_go_on

    def report(self, fraction: float, text: str = "") -> None:
        """Say that `fraction` (0 to 1) is done. Raises `Cancelled` once the work is no longer wanted."""
        self.check()
        self.fraction = min(max(fraction, 0.0), 1.0)
        if text:
            self.text = text
        if self._on_report is not None:
            self._on_report(self.fraction, self.text)

    def check(self) -> None:
        """Raise `Cancelled` if the work is no longer wanted; wait while the main thread is in a hurry."""
        if self._may_go_on is not None and not self._may_go_on.is_set():
            self._may_go_on.wait(_LONGEST_PAUSE_SECS)
        if self.is_cancelled:
            raise Cancelled("Stopped as asked.")

    def cancel(self) -> None:
        """Ask the worker to stop at its next report or check."""
        self._is_stopped = True

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked for the work to stop."""
        return self._is_stopped


@dataclass
class Job(Generic[T]):
    """A piece of work under way."""

    name: str
    progress: Progress
    _future: Future[T] = field(default_factory=Future)

    @property
    def is_done(self) -> bool:
        """Whether it has ended: with a result, an error, or cancelled."""
        return self._future.done()

    def result(self, timeout_secs: float | None = None) -> T:
        """The result, waiting for it; raises what the work raised."""
        return self._future.result(timeout_secs)

    @property
    def error(self) -> BaseException | None:
        """What the work raised, once done."""
        try:
            return self._future.exception(0.0)
        except TimeoutError:
            return None
        except CancelledError:
            return Cancelled("It never began.")

    def cancel(self) -> None:
        """Ask it to stop; a job not yet begun never begins."""
        self.progress.cancel()


Work = Callable[[Progress], T]
WhenDone = Callable[[Job[Any]], None]


class JobRunner(Protocol):
    """What rooms need of background work."""

    def submit(self, work: Work[T], *, name: str, when_done: WhenDone | None = None) -> Job[T]:
        """Run `work(progress)` beside the main thread; `when_done(job)` is called from `collect`."""
        ...

    def collect(self, budget_ms: float = 2.0) -> int:
        """Call the `when_done` of finished jobs on this thread until the budget is spent; returns how many."""
        ...

    def close(self) -> None:
        """Cancel what runs and let the threads end."""
        ...


_current = threading.local()


def stop_if_unwanted() -> None:
    """Raise `Cancelled` in the thread of a job that is no longer wanted; for rooms that wait and know of no job."""
    progress: Progress | None = getattr(_current, "progress", None)
    if progress is not None and progress.is_cancelled:
        raise Cancelled("Stopped as asked.")


def on_behalf(work: Callable[[], T]) -> Callable[[], T]:
    """Work for another thread, in which whoever waits learns when the job of this one is no longer wanted."""
    progress: Progress | None = getattr(_current, "progress", None)

    def run() -> T:
        before, _current.progress = getattr(_current, "progress", None), progress
        try:
            stop_if_unwanted()
            return work()
        finally:
            _current.progress = before

    return run


def run_as(progress: Progress, work: Work[T]) -> T:
    """Do some work on this thread as a job does: whoever waits in it learns when it is no longer wanted."""
    before, _current.progress = getattr(_current, "progress", None), progress
    try:
        progress.check()
        result = work(progress)
        progress.fraction = 1.0
        return result
    finally:
        _current.progress = before


class ThreadJobs:
    """Jobs on a pool of threads.

    Python runs one thread at a time: while workers run its code, each of the main thread's steps waits for its turn. So
    the main thread can ask for a pause while it does its own part of a frame, and let them go on while it draws.
    """

    def __init__(self, n_threads: int = 2) -> None:
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._pool = ThreadPoolExecutor(max_workers=n_threads, thread_name_prefix="job")
        self._finished: deque[tuple[Job[Any], WhenDone]] = deque()
        self._jobs: dict[int, tuple[Job[Any], WhenDone | None]] = {}
        self._numbers = count()

    def submit(self, work: Work[T], *, name: str, when_done: WhenDone | None = None) -> Job[T]:
        """See `JobRunner.submit`."""
        progress = Progress(may_go_on=self._may_go_on)
        job = Job(name, progress, self._pool.submit(run_as, progress, work))
        number = next(self._numbers)
        self._jobs[number] = job, when_done
        # by number: a future keeps what it calls, and would keep the job, itself and its result, in a circle
        job._future.add_done_callback(partial(self._end, number))
        return job

    def _end(self, number: int, future: Future[Any]) -> None:
        job, when_done = self._jobs[number]
        if when_done is not None and not future.cancelled():
            self._finished.append((job, when_done))
        del self._jobs[number]

    def pause(self) -> None:
        """Have workers wait at their next report or check, until `go_on`."""
        self._may_go_on.clear()

    def go_on(self) -> None:
        """Let workers run."""
        self._may_go_on.set()

    @property
    def is_busy(self) -> bool:
        """Whether something runs, waits to run, or waits to be collected."""
        return bool(self._jobs or self._finished)

    def collect(self, budget_ms: float = 2.0) -> int:
        """See `JobRunner.collect`."""
        end = time.perf_counter() + budget_ms / 1000.0
        n = 0
        while self._finished:
            job, when_done = self._finished.popleft()
            when_done(job)
            n += 1
            if time.perf_counter() >= end:
                break
        return n

    def close(self) -> None:
        """See `JobRunner.close`."""
        self.go_on()
        for job, _when_done in list(self._jobs.values()):
            job.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)


class InlineJobs:
    """The twin for tests and the command line: work is done at once, callbacks wait for `collect`."""

    def __init__(self) -> None:
        self._finished: deque[tuple[Job[Any], WhenDone]] = deque()

    def submit(self, work: Work[T], *, name: str, when_done: WhenDone | None = None) -> Job[T]:
        """See `JobRunner.submit`."""
        job: Job[T] = Job(name, Progress())
        try:
            job._future.set_result(run_as(job.progress, work))
        except BaseException as error:  # the edge: the error belongs to whoever asks for the result
            job._future.set_exception(error)
        if when_done is not None:
            self._finished.append((job, when_done))
        return job

    def collect(self, budget_ms: float = 2.0) -> int:
        """See `JobRunner.collect`; the budget is not needed here."""
        del budget_ms
        count = 0
        while self._finished:
            job, when_done = self._finished.popleft()
            when_done(job)
            count += 1
        return count

    def close(self) -> None:
        """Nothing to end."""

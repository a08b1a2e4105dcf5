"""Contents on their way from a server: several at once, each address once, and no worker waits for any of them.

A server answers in a fraction of a second, whatever the file: whoever asks for one after the other waits most of the
time. So threads that do nothing else ask; workers get what has come.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from explorer.jobs import Cancelled, Progress, run_as
from explorer.store import REQUESTS_AT_ONCE, Store


class TileFetch:
    """What a tile waits for."""

    def __init__(self, store: Store, then: Callable[[TileFetch], None]) -> None:
        """`then`: what to do once everything has come, or is known not to; on any thread."""
        self._store = store
        self._then: Callable[[TileFetch], None] | None = then
        self.progress = Progress()
        """By which it can be said that nobody wants it any more."""
        self._answers: dict[str, _Answer] = {}
        self._n_left = 0

    def data(self, address: str) -> bytes:
        """The bytes, once all are here; raises what reading them raised. What was not read is read now."""
        answer = self._answers.get(address)
        if answer is None or isinstance(answer.problem, Cancelled):
            return self._store.read(address)
        if answer.problem is not None:
            raise answer.problem
        return answer.data

    def wait_for(self, answer: _Answer) -> None:
        """One more is needed that is not here; under the lock of `Fetching`."""
        self._answers[answer.address] = answer
        self._n_left += 1

    @property
    def is_waiting(self) -> bool:
        """Whether something has not come yet."""
        return self._n_left > 0

    def has_come(self) -> bool:
        """One more is here; whether it was the last. Under the lock."""
        self._n_left -= 1
        return self._n_left == 0

    def end(self) -> None:
        """Nothing is awaited any more."""
        then, self._then = self._then, None  # it knows whoever waits, who knows this: a circle would keep the bytes
        if then is not None:
            then(self)


class _Answer(Progress):
    """What one address gives; wanted as long as one of those is that asked for it."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.asked: list[TileFetch] = []
        self.data = b""
        self.problem: BaseException | None = None

    @property
    def is_cancelled(self) -> bool:
        """See `Progress`."""
        return all(one.progress.is_cancelled for one in self.asked)


class Fetching:
    """Of one store. The main thread asks; everything else is done by threads that wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: dict[str, _Answer] = {}
        self._lock = threading.Lock()

    def ask(self, addresses: Callable[[], Sequence[str]], then: Callable[[TileFetch], None]) -> TileFetch:
        """Send for what a tile needs; which addresses that are, is found out by the thread that sends."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="fetch")
        fetch = TileFetch(self._store, then)
        self._threads.submit(self._send, fetch, addresses)
        return fetch

    def _send(self, fetch: TileFetch, addresses: Callable[[], Sequence[str]]) -> None:
        mine: list[_Answer] = []
        wanted: Sequence[str] = ()
        if not fetch.progress.is_cancelled:
            with suppress(Exception):  # the edge of a thread: whoever works on the tile finds out what is wrong
                wanted = addresses()
        with self._lock:
            for address in wanted:
                answer = self._under_way.get(address)
                if answer is None:
                    answer = self._under_way[address] = _Answer(address)
                    mine.append(answer)
                answer.asked.append(fetch)
                fetch.wait_for(answer)
            is_all_here = not fetch.is_waiting
        if is_all_here:
            fetch.end()
        for answer in mine:
            self._read(answer)

    def _read(self, answer: _Answer) -> None:
        try:
            answer.data = run_as(answer, lambda _progress: self._store.read(answer.address))
        except BaseException as error:  # the edge of a thread: it belongs to whoever asks for the bytes
            answer.problem = error
        with self._lock:
            del self._under_way[answer.address]
            complete = [fetch for fetch in answer.asked if fetch.has_come()]
            answer.asked.clear()
        for fetch in complete:
            fetch.end()

    def close(self) -> None:
        """Ask for nothing more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

"""Reading the files that tell of tiles side by side: a web server answers eight questions in the time of one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

AT_ONCE = 8


class ReadAhead:
    """Bytes by address, as `read` gives them; those that are expected are under way before they are asked for.

    At most `AT_ONCE` are under way or wait to be fetched from here, so that memory does not grow with what is expected.
    """

    def __init__(self, read: Callable[[str], bytes], workers: ThreadPoolExecutor) -> None:
        self._read = read
        self._workers = workers
        self._expected: deque[str] = deque()
        self._under_way: dict[str, Future[bytes]] = {}

    def __call__(self, address: str) -> bytes:
        """The bytes behind an address; raises what `read` raises."""
        begun = self._under_way.pop(address, None)
        self._go_on()
        return self._read(address) if begun is None else begun.result()

    def expect(self, addresses: Sequence[str]) -> None:
        """Say what will be asked for, in this order."""
        self._expected.extend(addresses)
        self._go_on()

    def _go_on(self) -> None:
        while self._expected and len(self._under_way) < AT_ONCE:
            address = self._expected.popleft()
            self._under_way[address] = self._workers.submit(self._read, address)


@contextmanager
def reading_ahead(read: Callable[[str], bytes]) -> Iterator[ReadAhead]:
    """A `ReadAhead` whose threads end with the block."""
    workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tileset")
    try:
        yield ReadAhead(read, workers)
    finally:
        workers.shutdown(wait=False, cancel_futures=True)

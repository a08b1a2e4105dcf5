"""How much one server is asked: so many requests at once, none while it asks to be left alone or does not answer."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from explorer.jobs import stop_if_unwanted

REQUESTS_AT_ONCE = 6
"""Requests to one server at a time, as browsers do over HTTP/1.1."""
FAILURES_IN_A_ROW = 3
"""After so many files in vain, one after the other, a server counts as down."""
FIRST_REST_SECS, LONGEST_REST_SECS = 1.0, 30.0
LONGEST_ASKED_SECS = 600.0
"""A server that asks to be left alone for longer is asked again after this."""


class Server:
    """One server, for all who ask it. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(REQUESTS_AT_ONCE)
        self._failures = self._rests = 0
        self._is_tried = False
        """Somebody asks whether the rest may end."""
        self._rests_until = self._asked_until = 0.0
        self.reason = ""
        """What went wrong last."""

    def wait_secs(self, *, is_urgent: bool = False) -> float:
        """For how long nobody should ask; 0: now.

        Of those who ask after a rest, one learns 0 and tries for all. `is_urgent`: somebody waits for the answer; only
        a server that asked to be left alone is.
        """
        with self._lock:
            now = self._clock()
            if now < self._asked_until:
                return self._asked_until - now
            if is_urgent or not self._rests:
                return 0.0
            if now < self._rests_until:
                return self._rests_until - now
            self._is_tried = True
            self._rests_until = now + _rest_secs(self._rests)
            return 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places of those who ask at once; waits for it."""
        while not self._places.acquire(timeout=0.25):
            stop_if_unwanted()
        try:
            yield
        finally:
            self._places.release()

    def answered(self) -> None:
        """It works."""
        if self._failures or self._rests:
            with self._lock:
                self._failures = self._rests = 0
                self._rests_until = 0.0

    def failed(self, reason: str) -> None:
        """A file was not to be had, for all tries."""
        with self._lock:
            self.reason = reason
            self._failures += 1
            if self._is_tried if self._rests else self._failures >= FAILURES_IN_A_ROW:
                self._rests, self._is_tried = self._rests + 1, False
                self._rests_until = self._clock() + _rest_secs(self._rests)

    def leave_alone(self, secs: float, reason: str) -> None:
        """It asked for a pause (Retry-After)."""
        with self._lock:
            self.reason = reason
            until = self._clock() + min(max(secs, 0.0), LONGEST_ASKED_SECS)
            self._asked_until = max(self._asked_until, until)


def _rest_secs(rests: int) -> float:
    # Spread, so that programs that lost a server together do not come back together.
    return float(min(FIRST_REST_SECS * 2.0 ** min(rests - 1, 10), LONGEST_REST_SECS) * random.uniform(0.75, 1.25))

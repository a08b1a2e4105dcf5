"""How the C library hands out memory to this process."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one_heap() -> None:
    """Have all threads share one heap, before any thread starts; where the C library is not glibc, nothing.

    glibc gives threads heaps of their own, and what one thread freed serves no other: the arrays of tiles, made on
    workers and freed on the main thread, would take a few per cent more than they need, for good.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # musl has no mallopt
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)

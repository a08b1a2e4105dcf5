"""How the C library hands out memory to this process, and takes it back. Only glibc is told; others need no telling."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one_heap() -> None:
    """Have all threads share one heap, before any thread starts.

    glibc gives threads heaps of their own, and what one thread freed serves no other: the arrays of tiles, made on
    workers and freed on the main thread, would take a few per cent more than they need, for good.
    """
    _call("mallopt", _ARENA_MAX, 1)


def give_back_freed() -> None:
    """Return what was freed to the system: some milliseconds, for when nobody waits.

    A software rasteriser asks for aligned blocks, which glibc does not put where the last ones were: picture buffers
    that are made anew (another tier, another size of the window) would let the heap grow by their size each time.
    """
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # musl has neither
            getattr(ctypes.CDLL(None), name)(*arguments)

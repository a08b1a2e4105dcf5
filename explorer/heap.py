"""When memory is looked through and given back: while nobody waits. Of the C libraries only glibc needs telling."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

_FEW, _AT_ONCE = 4000, 1000
_PATIENCE_SECS, _BREATH_SECS = 1.0, 0.002
_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one_heap() -> None:
    """Have all threads share one heap, before any thread starts.

    glibc gives threads heaps of their own, and what one thread freed serves no other: the arrays of tiles, made on
    workers and freed on the main thread, would take a few per cent more than they need, for good.
    """
    _call("mallopt", _ARENA_MAX, 1)


def collect_when_asked() -> None:
    """Have Python look through all that it holds only in `collect`: among 10,000 tiles that takes 40 to 60 ms.

    Things that refer to each other in a circle are rare; all others are freed at once, without looking.
    """
    young, middle, _old = gc.get_threshold()
    gc.set_threshold(young, middle, 1 << 30)


def collect() -> None:
    """Free what refers to itself in a circle, now."""
    gc.collect()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Work that makes very many small objects without cycles: looking through them again and again takes longest.

    Afterwards they count as old, or the first look at what is new would go through all of them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def let_go_later(things: list[Any]) -> None:
    """Free what only this list still holds, a little at a time, once whoever waits for what was made of it has it.

    Freeing some hundred thousand small objects at once keeps every thread waiting for 50 to 100 ms. Things are freed in
    their order: what others hold together must come before those.
    """
    if len(things) <= _FEW:
        things.clear()
        return
    things.reverse()
    Thread(target=_let_go, args=(things,), name="let go", daemon=True).start()


def _let_go(things: list[Any]) -> None:
    time.sleep(_PATIENCE_SECS)
    while things:
        del things[-_AT_ONCE:]
        time.sleep(_BREATH_SECS)


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

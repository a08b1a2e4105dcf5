"""Opening a tileset: of a large one the first levels at once, so that there is something to see, and then all of it.

A tileset.json of 100,000 tiles takes half a second to read. What a first picture needs stands near its root.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from hashlib import sha256
from threading import Lock, Thread

import numpy as np

from explorer.store import HttpStore, Store
from explorer.streaming.reading_ahead import reading_ahead
from explorer.streaming.tree import TileTree
from explorer.tileformat import Budget, Tileset, read_first_levels, read_tileset

AT_FIRST = 8
"""External tilesets and subtrees that are read before anything is drawn: a server answers so many at once. The
others are read as the view needs them."""
_PATIENCE_SECS = 0.3
"""So long the rest of a tileset waits for the first picture."""


class OpenTileset:
    """A tileset as far as it is read; the rest is read once somebody asks for it. Thread-safe."""

    def __init__(self, first: Tileset, read_on: Callable[[], Tileset] | None = None, sha256: str = "") -> None:
        """`read_on`: reads all of it; None: `first` is all. Where `first` says what is left (`Tileset.unread`), who
        streams it reads that part by part.
        """
        self.first = first
        """What could be had at once."""
        self.sha256 = sha256
        """Of its tileset.json, hexadecimal; "": not known."""
        self.is_first_all = read_on is None
        """Whether nothing else is to come."""
        self._read_on = read_on
        self._rest: Future[Tileset] = Future()
        self._lock = Lock()
        if read_on is None:
            self._rest.set_result(first)

    def whole(self) -> Tileset:
        """All of it, waiting for it. Raises what reading the rest raised: whoever needs all is not given a part."""
        self.begin()
        return self._rest.result()

    def begin(self) -> None:
        """Read the rest, on another thread; so that Python's threads do not wait for each other, not before it must."""
        with self._lock:
            read_on, self._read_on = self._read_on, None
        if read_on is not None:
            Thread(target=self._read, args=(read_on,), name="tileset", daemon=True).start()

    def _read(self, read_on: Callable[[], Tileset]) -> None:
        try:
            self._rest.set_result(read_on())
        except BaseException as error:  # the edge of a thread: it belongs to whoever asks for all
            self._rest.set_exception(error)

    def when_read(self, then: Callable[[], None]) -> None:
        """Call this on another thread, once all of it is read or known not to be had."""
        if self._rest.done():
            Thread(target=then, name="tileset", daemon=True).start()
        else:
            self._rest.add_done_callback(lambda _rest: then())


def load_tileset(store: Store) -> Tileset:
    """The tileset at a store's root, with all external tilesets and subtrees below it.

    Raises FetchError or TilesetError where the root itself cannot be used.
    """
    return _read(store, store.read(store.root_uri))


def open_tileset(store: Store) -> OpenTileset:
    """The same as soon as there is something to show. Raises as `load_tileset`."""
    data = store.read(store.root_uri)
    digest = sha256(data).hexdigest()
    first = read_first_levels(data, store.root_uri)
    if first is None:
        first = _read(store, data, Budget(files=AT_FIRST))
        if not first.unread:
            return OpenTileset(first, sha256=digest)
    return OpenTileset(first, partial(_read, store, data), digest)


def _read(store: Store, data: bytes, budget: Budget | None = None) -> Tileset:
    root = store.root_uri

    def read(relative: str) -> bytes:
        return store.read(store.resolve(root, relative))

    if not isinstance(store, HttpStore):
        return read_tileset(data, root, read, budget=budget)
    with reading_ahead(read) as ahead:
        return read_tileset(data, root, ahead, expect=ahead.expect, budget=budget)


class Growth:
    """The rest of a tileset on its way to who streams it."""

    def __init__(self, opened: OpenTileset, bring: Callable[[Tileset], TileTree], now: float) -> None:
        """`bring`: its boxes to the world, on another thread. `now`: [s]"""
        self.is_awaited = not (opened.is_first_all or opened.first.unread)
        self._opened, self._bring, self._since = opened, bring, now
        self._has_begun = False
        self._come: tuple[Tileset, TileTree] | None = None
        self.problems: tuple[str, ...] = ()
        """Why it could not be had; what is drawn stays then."""

    def follow(self, has_picture: bool, now: float) -> tuple[Tileset, TileTree] | None:
        """All of the tileset and its tree; once, as soon as they are here. None: nothing new.

        The first picture comes first, if it does not keep the rest waiting for long.
        """
        if not self.is_awaited:
            return None
        if not self._has_begun and (has_picture or now - self._since > _PATIENCE_SECS):
            self._has_begun = True
            self._opened.when_read(self._take)
            self._opened.begin()
        come, self._come = self._come, None
        if come is not None or self.problems:
            self.is_awaited = False
        return come

    def _take(self) -> None:
        try:
            whole = self._opened.whole()
            self._come = whole, self._bring(whole)
        except Exception as error:  # the edge of a thread: what is drawn stays, and says why it is not more
            self.problems = (str(error),)


def begins_with(whole: Tileset, first: Tileset) -> bool:
    """Whether the rows of `first` are the first rows of the whole: the same tiles at the same places."""
    n = len(first)
    return (
        len(whole) >= n
        and tuple(whole.content_uri[:n]) == tuple(first.content_uri)
        and np.array_equal(whole.parent[:n], first.parent)
        and np.array_equal(whole.transform[:n], first.transform)
    )

"""What is known of a tileset's tiles, and reading on where somebody asks for more.

Of a tileset of many files only those are read that tell of tiles where the question is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import DataError, FetchError, NotThere, ServerBusy, TilesetError
from explorer.geo import CompoundCrs, PolynomialFit, WorldFrame, boxes_to_world, fit_world_from
from explorer.i18n import _
from explorer.jobs import on_behalf, stop_if_unwanted
from explorer.store import REQUESTS_AT_ONCE, Store
from explorer.surface.retries import Retries
from explorer.tileformat import Tileset, may_be_tileset, read_part, standing_for_parts, with_parts
from explorer.tileformat.tileset_uris import TILE_KINDS
from explorer.tileformat.tileset_walk import MAX_EXTERNAL

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Meets = Callable[[FloatArray, FloatArray], BoolArray]
"""Which boxes, (n, 3) least and (n, 3) greatest world coordinates, a question is about. [m]"""

KNOWN_TILES, KNOWN_FILES = 100_000, MAX_EXTERNAL // 2
"""So many tiles and files of one tileset may be known, or twice as many as one question needs."""
BOX_MARGIN = 0.5
"""Boxes of foreign tiles are not always as large as what is in them. [m]"""
_LOOK_UP_SECS = 0.1
"""So often whoever waits asks whether the question is still wanted."""


@dataclass(frozen=True, eq=False)
class KnownTiles:
    """n tiles. Those that are read later come behind them."""

    tileset: Tileset
    lo: FloatArray
    """(n, 3) least world coordinates of the tiles' boxes. [m]"""
    hi: FloatArray
    """(n, 3) greatest world coordinates of the tiles' boxes. [m]"""
    _wanted: dict[float, BoolArray] = field(default_factory=dict)

    @cached_property
    def doubtful(self) -> frozenset[int]:
        """Tiles whose contents may be tilesets of their own, by their addresses."""
        said = ((tile, uri) for tile, uri in enumerate(self.tileset.content_uri) if uri is not None)
        # most say what they are, and are told apart at once
        return frozenset(
            tile for tile, uri in said if not uri.endswith(TILE_KINDS) and may_be_tileset(self.tileset, tile)
        )

    def wanted(self, max_error: float) -> BoolArray:
        """(n,) tiles whose contents together are all the data at this largest error, and those that stand for parts
        which were not read. [m]

        With `max_error` 0 these are the leaves, and on the way every tile whose children add to it.
        """
        found = self._wanted.get(max_error)
        if found is None:
            found = _wanted(self.tileset, max_error)
            if max_error == 0.0:
                self._wanted[max_error] = found
        return found


class FoundTile(NamedTuple):
    """A tile that a question is about. It can be read however much is forgotten meanwhile."""

    of: TilesOnDemand
    row: int

    @property
    def lo(self) -> FloatArray:
        """(3,) least world coordinates of its box. [m]"""
        return np.asarray(self.of.now.lo[self.row])

    @property
    def hi(self) -> FloatArray:
        """(3,) greatest world coordinates of its box. [m]"""
        return np.asarray(self.of.now.hi[self.row])

    @property
    def is_unread(self) -> bool:
        """Whether it stands for a part that was not read."""
        return self.row in self.of.now.tileset.unread

    @property
    def key(self) -> Hashable:
        """Equal for what has equal triangles, also where rows were given anew."""
        tileset, row = self.of.now.tileset, self.row
        return tuple(tileset.contents(row)), tileset.transform[row].tobytes(), tileset.centre[row].tobytes()


class TilesOnDemand:
    """The tiles of one tileset. Thread-safe: who asks for parts that another is reading waits for them.

    Whoever's question is no longer wanted stops waiting, on whatever it is: `Cancelled`.
    """

    def __init__(
        self,
        frame: WorldFrame,
        store: Store,
        tileset: Tileset,
        source_crs: CompoundCrs | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._frame, self._store, self._crs, self._clock = frame, store, source_crs, clock
        self._fit: PolynomialFit | None = (
            None if source_crs is None else fit_world_from(frame, source_crs, tileset.box(0))
        )
        self._lock = threading.Lock()
        self._first = KnownTiles(tileset, *self._bounds(tileset))
        self.now = self._first
        """What is known so far."""
        self.problems: dict[int, str] = {}
        """Why parts could not be read, by the tile that stands for each."""
        self._retries = Retries(clock)
        self._at_hand: dict[str, bytes] = {}
        """Files that have come and are to be read next, by address."""
        self.looked_into: set[int] = set()
        """Tiles of which is known whether they are tilesets of their own."""
        self.n_files = 0
        """That were read for it."""
        self._n_now = 0
        """Of these for the question that is being answered."""

    def anew(self) -> TilesOnDemand:
        """The same tileset, of which no more is known than at first."""
        return TilesOnDemand(self._frame, self._store, self._first.tileset, self._crs, self._clock)

    def where(self, meets: Meets, max_error: float = 0.0) -> KnownTiles:
        """With everything read that the question is about, at this largest error, as far as it can be had. [m]"""
        known = self.now
        if not self._to_read(known, meets, max_error, self._retries.not_now()):
            return known  # without waiting for what others have read elsewhere
        with self._alone():
            tried, self._n_now = self._retries.not_now(), 0
            while True:
                known = self.now
                wanted = self._to_read(known, meets, max_error, tried)
                if not wanted:
                    return known
                tried.update(wanted)
                self._read(known, wanted)

    def leave(self, tile: int, data: bytes) -> None:
        """The content of a tile is a tileset of its own, to be read when somebody asks for what is there.

        `data`: its bytes, which need not be fetched again.
        """
        with self._alone():
            known = self.now
            self.now = KnownTiles(standing_for_parts(known.tileset, [tile]), known.lo, known.hi)
            part = self.now.tileset.unread.get(tile)
            if part is not None:
                self._at_hand[part.address] = data

    @contextmanager
    def _alone(self) -> Iterator[None]:
        while not self._lock.acquire(timeout=_LOOK_UP_SECS):
            stop_if_unwanted()
        try:
            yield
        finally:
            self._lock.release()

    @staticmethod
    def _to_read(known: KnownTiles, meets: Meets, max_error: float, tried: set[int]) -> list[int]:
        """Tiles that stand for what the question is about, but for those that were tried."""
        if not known.tileset.unread:
            return []
        unread = np.zeros(len(known.tileset), bool)
        unread[[tile for tile in known.tileset.unread if tile not in tried]] = True
        return [int(tile) for tile in np.flatnonzero(unread & known.wanted(max_error) & meets(known.lo, known.hi))]

    def _read(self, known: KnownTiles, tiles: list[int]) -> None:
        parts = self._parts(known.tileset, tiles)
        come = {tile: part for tile, part in parts.items() if isinstance(part, Tileset)}
        self.problems |= {tile: part for tile, part in parts.items() if isinstance(part, str)}
        if not come:
            return
        self.n_files, self._n_now = self.n_files + len(come), self._n_now + len(come)
        try:
            tileset = with_parts(known.tileset, come)
        except TilesetError as problem:  # more tiles than can be kept
            self.problems |= dict.fromkeys(come, str(problem))
            self._retries.give_up(come)
            return
        bounds = [self._bounds(part) for part in come.values()]
        self.now = KnownTiles(
            tileset,
            np.concatenate([known.lo, *(lo for lo, _hi in bounds)]),
            np.concatenate([known.hi, *(hi for _lo, hi in bounds)]),
        )

    def _parts(self, tileset: Tileset, tiles: list[int]) -> dict[int, Tileset | str]:
        """What hangs below each of the tiles, or why it cannot be had."""
        threads = ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="surface")
        try:
            asked: dict[int, Future[Tileset | str]] = {
                tile: threads.submit(on_behalf(partial(self._part, tileset, tile))) for tile in tiles
            }
            while wait(asked.values(), _LOOK_UP_SECS).not_done:
                stop_if_unwanted()
            return {tile: future.result() for tile, future in asked.items()}
        finally:  # a server that does not answer holds up nobody who no longer wants it to
            threads.shutdown(wait=False, cancel_futures=True)

    def _part(self, tileset: Tileset, tile: int) -> Tileset | str:
        """What hangs below a tile, or why it cannot be had."""
        if self._n_now > MAX_EXTERNAL:
            return _("The tileset is of more than {n} files; the others are not read.").format(n=MAX_EXTERNAL)
        try:
            part = read_part(tileset, tile, partial(self._bytes, tileset.base_uri))
        except (FetchError, DataError) as problem:
            if not isinstance(problem, FetchError) or isinstance(problem, NotThere):
                self._retries.give_up([tile])
            else:
                self._retries.failed(tile, problem.wait_secs if isinstance(problem, ServerBusy) else 0.0)
            return str(problem)
        self._retries.came(tile)
        return part

    def _bytes(self, base: str, name: str) -> bytes:
        data = self._at_hand.pop(name, None)
        return self._store.read(self._store.resolve(base, name)) if data is None else data

    def _bounds(self, tileset: Tileset) -> tuple[FloatArray, FloatArray]:
        centres, half_axes = boxes_to_world(self._frame, tileset.centre, tileset.half_axes, self._fit)
        reach = np.abs(half_axes).sum(axis=1) + BOX_MARGIN
        return centres - reach, centres + reach


def _wanted(tileset: Tileset, max_error: float) -> BoolArray:
    has_content = np.array([uri is not None for uri in tileset.content_uri], dtype=np.bool_)
    stop = (tileset.child_count == 0) | (has_content & (tileset.geometric_error <= max_error) & (max_error > 0.0))
    reached = np.zeros(len(tileset), dtype=np.bool_)
    reached[tileset.parent < 0] = True
    for level in range(1, int(tileset.level.max(initial=0)) + 1):
        rows = np.flatnonzero(tileset.level == level)
        above = tileset.parent[rows]
        reached[rows] = reached[above] & ~stop[above]
    has_content[list(tileset.unread)] = True
    wanted: BoolArray = reached & has_content & (stop | (tileset.refine == 1))
    return wanted

"""A tileset on its way to the screen: each frame says what to draw, loads what is missing, lets go of what is not used.

Main thread only, but for the jobs it submits. Nothing here blocks: a server that stalls costs a place in the queue, and
after a while not even that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import FetchError
from explorer.geo import Camera, CompoundCrs, WorldFrame
from explorer.i18n import _
from explorer.jobs import Cancelled, Job, JobRunner
from explorer.store import ArchiveStore, FolderStore, Store
from explorer.streaming.failures import Failures
from explorer.streaming.frames import Budgets, FrameTiles, TileFailure
from explorer.streaming.loading import TileLoader
from explorer.streaming.memory import Memory
from explorer.streaming.placing import Placing
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.selection import Selection, Selector
from explorer.streaming.tree import TileState, WorldFromTileset, world_tree
from explorer.tileformat import Tileset


@dataclass
class _Flight:
    """A tile under way."""

    job: Job[PreparedTile]
    started: float


@dataclass
class _Landed:
    tile: int
    job: Job[Any]


_SMALL_BYTES, _SMALL_COUNTS = 32 * 1024, 0.25
"""So small a tile is soon copied, and counts as a part of one."""
_MORE_UNDER_WAY, _MOST_UNDER_WAY = 3, 96
"""Where many small tiles land between two frames, three times as many are sent for, so that no worker waits for one;
where few do, no more than the budget, so that the queue is short when the view changes."""


class TilesetRuntime:
    """Streams one tileset.

    Parameters
    ----------
    jobs
        Runs the loading. Whoever owns it calls `jobs.collect()` once a frame before `update`; give streaming a runner
        of its own, so that a server that stalls never holds up other work.
    max_screen_space_error
        [px]
    must_refine
        Tiles that are refined wherever they are in view (`refine_towards`).
    source_crs, world_from_tileset
        See `world_tree`.
    finish
        What is left to do with a tile on its worker, once it is prepared.

    Raises
    ------
    CrsError
        The tileset is not in ECEF and no other way to the world is given.
    """

    def __init__(
        self,
        store: Store,
        tileset: Tileset,
        frame: WorldFrame,
        jobs: JobRunner,
        *,
        max_screen_space_error: float = 16.0,
        budgets: Budgets | None = None,
        must_refine: frozenset[int] = frozenset(),
        source_crs: CompoundCrs | None = None,
        world_from_tileset: WorldFromTileset | None = None,
        clock: Callable[[], float] = time.monotonic,
        with_edges: bool = True,
        finish: Callable[[PreparedTile], PreparedTile] | None = None,
    ) -> None:
        self.tileset = tileset
        self.tree = world_tree(tileset, frame, source_crs=source_crs, world_from_tileset=world_from_tileset)
        self.max_screen_space_error = max_screen_space_error
        self.budgets = budgets or Budgets()
        placing = Placing(frame, source_crs=source_crs, world_from_tileset=world_from_tileset)
        self._loader = TileLoader(store, tileset, self.tree, placing, with_edges, finish)
        # A file that is not on the disk will not come by waiting.
        self._failures = Failures(store, tileset, not isinstance(store, (FolderStore, ArchiveStore)))
        self._jobs = jobs
        self._clock = clock
        n = len(tileset)
        self._state = np.full(n, TileState.UNLOADED, np.uint8)
        self._memory = Memory(n)
        self._flights: dict[int, _Flight] = {}
        self._landed: list[_Landed] = []
        self._at_once = self.budgets.loading
        self._late: dict[int, Job[PreparedTile]] = {}
        """Given up in time; taken all the same if they come."""
        self._selector = Selector(self.tree)
        self._selection: Selection | None = None
        self._selection_key: object = None
        self._version = 0
        self._is_closed = False
        self._must_refine: NDArray[np.bool_] | None = None
        self.set_must_refine(must_refine)

    @property
    def resident_bytes(self) -> int:
        """Memory taken by prepared and attached tiles."""
        return self._memory.used_bytes

    @property
    def n_resident(self) -> int:
        """Tiles that are prepared or attached."""
        return len(self._memory.tiles)

    @property
    def coarsening(self) -> float:
        """Factor on the allowed screen-space error, so that memory suffices; 1: not needed."""
        return self._memory.coarsening

    @property
    def failures(self) -> list[TileFailure]:
        """Tiles that could not be had so far, those that are tried again included."""
        return self._failures.tiles

    @property
    def diagnostics(self) -> tuple[str, ...]:
        """What was odd about the tileset and what could not be drawn, a sentence for each thing that went wrong."""
        return (*self.tileset.diagnostics, *self._failures.sentences())

    @property
    def news(self) -> dict[str, str]:
        """The same to be told as it happens: by what went wrong, a sentence that holds however many tiles follow."""
        return {**{sentence: sentence for sentence in self.tileset.diagnostics}, **self._failures.news()}

    def prepared(self, tile: int) -> PreparedTile | None:
        """A tile that waits to be attached; the renderer has what is attached."""
        return self._memory.waiting.get(tile)

    def set_must_refine(self, tiles: frozenset[int]) -> None:
        """Refine these tiles wherever they are in view, from the next frame on."""
        mask = np.zeros(len(self.tileset), bool)
        mask[[tile for tile in tiles if 0 <= tile < len(mask)]] = True
        self._must_refine = mask if mask.any() else None
        self._version += 1

    def retry_failed(self) -> None:
        """Ask again for everything that failed, as when the network is back."""
        for tile in self._failures.clear():
            if self._state[tile] in (TileState.WAITING, TileState.FAILED):
                self._set_state(tile, TileState.UNLOADED)

    def grow(self, tile: int, n_bytes: int) -> None:
        """A tile takes so much more memory than when it came: its photograph was made sharper."""
        self._memory.grow(tile, n_bytes)

    def begin_anew(self) -> None:
        """Whoever draws has lost every tile that it was given: those that are wanted are loaded again."""
        lost = [tile for tile in self._memory.tiles if self._state[tile] == TileState.READY]
        self._memory.forget(lost)
        for tile in lost:
            self._set_state(tile, TileState.UNLOADED)

    def update(self, cameras: Sequence[Camera]) -> FrameTiles:
        """One frame: takes in what workers have finished, selects, starts and cancels loads, lets go of old tiles."""
        now = self._clock()
        self._take_in(now)
        self._wake_retries(now)
        # what the last view still waits for comes first: then one selection a frame is enough
        attach = [] if self._selection is None else self._attach(self._selection)
        selection = self._select(cameras)
        if not attach:
            attach = self._attach(selection)
            if attach:
                selection = self._select(cameras)
        self._memory.use(selection.visited)
        self._cancel_unwanted(selection)
        self._start_loads(selection, now)
        detach = self._evict()
        self._memory.fit(selection.visited, tuple(cameras), self.budgets.resident_bytes)
        retrying = int((self._state[selection.load] == TileState.WAITING).sum())
        unloaded = selection.load[self._state[selection.load] == TileState.UNLOADED]
        paused = len(unloaded) - len(self._failures.may_be_asked(unloaded, now))
        loading = len(selection.load) - retrying - paused
        failed = self._failures.n_given_up
        if paused and self._failures.is_hopeless(now):
            failed += paused
        else:
            retrying += paused
        return FrameTiles(selection.render, selection.beyond, attach, detach, loading, failed, retrying)

    def close(self) -> list[int]:
        """Cancel all loads and let go of everything; returns the tiles that the renderer must detach."""
        self._is_closed = True
        for flight in self._flights.values():
            flight.job.cancel()
        for job in self._late.values():
            job.cancel()
        self._flights.clear()
        self._late.clear()
        self._landed.clear()
        attached = [tile for tile in self._memory.tiles if self._state[tile] == TileState.READY]
        self._memory.clear()
        self._state[:] = TileState.UNLOADED
        self._version += 1
        return attached

    def _select(self, cameras: Sequence[Camera]) -> Selection:
        allowed = self.max_screen_space_error * self._memory.coarsening
        key = (tuple(cameras), self._version, allowed)
        if self._selection is None or key != self._selection_key:
            self._selection = self._selector.select(
                cameras,
                self._state,
                max_screen_space_error=allowed,
                must_refine=self._must_refine,
            )
            self._selection_key = key
        return self._selection

    def _set_state(self, tile: int, state: TileState) -> None:
        self._state[tile] = state
        self._version += 1

    def _take_in(self, now: float) -> None:
        landed, self._landed = self._landed, []
        kept: list[tuple[int, PreparedTile]] = []
        self._at_once = max(self.budgets.loading, min(_MORE_UNDER_WAY * len(landed), _MOST_UNDER_WAY))
        for arrival in landed:
            if self._late.get(arrival.tile) is arrival.job:
                self._take_late(arrival, kept)
                continue
            flight = self._flights.get(arrival.tile)
            if flight is None or flight.job is not arrival.job:
                continue  # it was cancelled
            del self._flights[arrival.tile]
            error = arrival.job.error
            if error is None:
                kept.append((arrival.tile, arrival.job.result()))
            elif isinstance(error, Cancelled):
                self._set_state(arrival.tile, TileState.UNLOADED)
            else:
                self._fail(arrival.tile, error, now)
        for tile, prepared in kept:
            self._keep(tile, prepared, now)
        having = [(tile, prepared) for tile, prepared in kept if not prepared.is_empty]
        if having and self.tree.grow_each(
            [tile for tile, _prepared in having],
            np.array([prepared.lo for _tile, prepared in having]),
            np.array([prepared.hi for _tile, prepared in having]),
        ):
            self._selector.boxes_grew()

    def _take_late(self, arrival: _Landed, kept: list[tuple[int, PreparedTile]]) -> None:
        """What was given up and has come after all is as good as if it had come in time."""
        del self._late[arrival.tile]
        if arrival.job.error is None and arrival.tile not in self._flights:
            kept.append((arrival.tile, arrival.job.result()))

    def _keep(self, tile: int, prepared: PreparedTile, now: float) -> None:
        self._memory.keep(tile, prepared)
        self._failures.take(tile)
        self._failures.has_come(tile, now)
        self._set_state(tile, TileState.PREPARED)

    def _fail(self, tile: int, error: BaseException, now: float) -> None:
        self._set_state(tile, self._failures.add(tile, error, now))

    def _wake_retries(self, now: float) -> None:
        for tile in self._failures.due(now):
            if self._state[tile] in (TileState.WAITING, TileState.FAILED):
                self._set_state(tile, TileState.UNLOADED)
        for tile, flight in list(self._flights.items()):
            if now - flight.started > self.budgets.stall_secs:
                self._late[tile] = self._flights.pop(tile).job
                late = _("The tile has not come within {secs:.0f} s. [{uri}]")
                uri = (self.tileset.content_uri[tile] or "").partition("?")[0]
                self._fail(tile, FetchError(late.format(secs=self.budgets.stall_secs, uri=uri)), now)

    def _attach(self, selection: Selection) -> list[tuple[int, PreparedTile]]:
        """Prepared tiles that this view wants, most urgent first, within the frame's budget."""
        attach: list[tuple[int, PreparedTile]] = []
        size, calls = 0, 0.0
        for tile in selection.load[self._state[selection.load] == TileState.PREPARED].tolist():
            prepared = self._memory.waiting[tile]
            over = size + prepared.size_bytes > self.budgets.attach_bytes
            calls += 1.0 if prepared.size_bytes > _SMALL_BYTES else _SMALL_COUNTS
            if attach and (over or calls > self.budgets.attach_tiles):
                break
            attach.append((tile, self._memory.hand_over(tile)))
            size += prepared.size_bytes
            self._set_state(tile, TileState.READY)
        return attach

    def _cancel_unwanted(self, selection: Selection) -> None:
        if not self._flights and not self._late:
            return
        wanted = set(selection.load.tolist())
        for tile in [tile for tile in self._flights if tile not in wanted]:
            self._flights.pop(tile).job.cancel()
            self._set_state(tile, TileState.UNLOADED)
        for tile in [tile for tile in self._late if tile not in wanted and self._state[tile] != TileState.FAILED]:
            self._late.pop(tile).cancel()

    def _start_loads(self, selection: Selection, now: float) -> None:
        free = self._at_once - len(self._flights)
        if free <= 0 or self._is_closed:
            return
        unloaded = selection.load[self._state[selection.load] == TileState.UNLOADED]
        unloaded = self._failures.may_be_asked(unloaded, now)
        if self._late:  # a worker still waits for them: it need not be two
            unloaded = unloaded[~np.isin(unloaded, list(self._late))]
        for tile in unloaded[:free].tolist():
            self._set_state(tile, TileState.LOADING)
            job: Job[PreparedTile] = self._jobs.submit(
                self._loader.work(tile),
                name=f"tile {self.tileset.content_uri[tile]}",
                when_done=partial(self._land, tile),
            )
            self._flights[tile] = _Flight(job, now)

    def _land(self, tile: int, job: Job[Any]) -> None:
        self._landed.append(_Landed(tile, job))

    def _evict(self) -> list[int]:
        """Let go of what was used longest ago until the budget is kept; returns what the renderer must detach."""
        gone = self._memory.let_go(self.budgets.resident_bytes)
        detach = [tile for tile in gone if self._state[tile] == TileState.READY]
        for tile in gone:
            self._set_state(tile, TileState.UNLOADED)
        return detach

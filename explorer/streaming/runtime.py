"""A tileset on its way to the screen: each frame says what to draw, loads what is missing, lets go of what is not used.

Main thread only, but for the jobs it submits. Nothing here blocks. `Choice` tells what the view needs, now and soon,
`Requests` sends for it; what is under way is kept by `Flights`, what is here by `Memory`, what went wrong by
`Failures`. This is the order of a frame, and what changes when there are more tiles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.errors import TilesetError
from explorer.geo import Camera, CompoundCrs, WorldFrame
from explorer.jobs import JobRunner
from explorer.store import ArchiveStore, FolderStore, Store
from explorer.streaming.ceiling import Ceiling
from explorer.streaming.choosing import Choice
from explorer.streaming.failures import Failures
from explorer.streaming.flights import Flights
from explorer.streaming.frames import Budgets, FrameTiles, Room, TileFailure
from explorer.streaming.known_parts import KnownParts
from explorer.streaming.loading import TileLoader
from explorer.streaming.memory import Memory
from explorer.streaming.opening import Growth, OpenTileset, begins_with
from explorer.streaming.placing import Placing
from explorer.streaming.point_sizes import PointSizes
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.requests import Requests
from explorer.streaming.states import TileState, TileStates
from explorer.streaming.tree import TilesetPart, TileTree, WorldFromTileset
from explorer.streaming.waiting_parts import WaitingParts
from explorer.tileformat import Tileset

_NONE = np.zeros(0, np.int64)


class TilesetRuntime:
    """Streams one tileset.

    Parameters
    ----------
    tileset
        Of one that is still being read the first levels are streamed meanwhile.
    jobs
        Runs the loading. Whoever owns it calls `jobs.collect()` once a frame before `update`; give streaming a runner
        of its own, so that a server that stalls never holds up other work.
    max_screen_space_error
        [px]
    must_refine
        Tiles that are refined wherever they are in view (`refine_towards`).
    source_crs, world_from_tileset
        See `world_tree`.
    tree
        What that gives, where a worker has made it already: of 100,000 tiles it takes some frames' time. It stays as
        it is. None: it is made here.
    ceiling
        What this tileset may hold together with others that have the same one.
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
        tileset: Tileset | OpenTileset,
        frame: WorldFrame,
        jobs: JobRunner,
        *,
        max_screen_space_error: float = 16.0,
        budgets: Budgets | None = None,
        ceiling: Ceiling | None = None,
        must_refine: frozenset[int] = frozenset(),
        source_crs: CompoundCrs | None = None,
        world_from_tileset: WorldFromTileset | None = None,
        tree: TileTree | None = None,
        clock: Callable[[], float] = time.monotonic,
        with_edges: bool = True,
        finish: Callable[[PreparedTile], PreparedTile] | None = None,
    ) -> None:
        opened = tileset if isinstance(tileset, OpenTileset) else OpenTileset(tileset)
        self.tileset = first = opened.first
        placing = Placing(frame, source_crs=source_crs, world_from_tileset=world_from_tileset)
        self.tree = (placing.tree(first) if tree is None else tree).to_grow()
        self.max_screen_space_error = max_screen_space_error
        self.budgets = budgets or Budgets()
        self.ceiling = ceiling or Ceiling()
        self._loader = TileLoader(store, first, self.tree, placing, with_edges, finish)
        # A file that is not on the disk will not come by waiting.
        self._failures = Failures(store, first, not isinstance(store, (FolderStore, ArchiveStore)))
        self._clock = clock
        self._states = TileStates(len(first))
        self._memory = Memory(self._states, self.ceiling)
        self._flights = Flights(jobs, self._loader, self.budgets)
        self._requests = Requests(self._flights, self._failures, self._states, self.budgets.stall_secs)
        self._choice = Choice(self.tree, self._states, must_refine)
        self._growth = Growth(opened, placing.tree, clock())
        self._parts, self._known = WaitingParts(), KnownParts(first, self.tree, self.budgets.known_tiles)
        self._point_sizes = PointSizes()

    @property
    def resident_bytes(self) -> int:
        """Memory taken by prepared and attached tiles."""
        return self._memory.used_bytes

    @property
    def n_resident(self) -> int:
        """Tiles that are prepared or attached."""
        return len(self._memory)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._flights) or bool(self._parts) or self._growth.is_awaited

    @property
    def coarsening(self) -> float:
        """Factor on the allowed screen-space error, so that memory suffices; 1: not needed."""
        return self.ceiling.coarsening

    @property
    def failures(self) -> list[TileFailure]:
        """Tiles that could not be had so far, those that are tried again included."""
        return self._failures.tiles

    @property
    def diagnostics(self) -> tuple[str, ...]:
        """What was odd about the tileset and what could not be drawn, a sentence for each thing that went wrong."""
        return (*self.tileset.diagnostics, *self._growth.problems, *self._failures.sentences())

    @property
    def news(self) -> dict[str, str]:
        """The same to be told as it happens: by what went wrong, a sentence that holds however many tiles follow."""
        return {text: text for text in (*self.tileset.diagnostics, *self._growth.problems)} | self._failures.news()

    def prepared(self, tile: int) -> PreparedTile | None:
        """A tile that waits to be attached; the renderer has what is attached."""
        return self._memory.waiting.get(tile)

    def set_must_refine(self, tiles: frozenset[int]) -> None:
        """Refine these tiles wherever they are in view, from the next frame on."""
        self._choice.set_must_refine(tiles)

    def retry_failed(self) -> None:
        """Ask again for everything that failed, as when the network is back."""
        self._requests.ask_again(self._failures.clear())

    def grow(self, tile: int, n_bytes: int) -> None:
        """A tile takes so much more memory than when it came: its photograph was made sharper."""
        self._memory.grow(tile, n_bytes)

    def begin_anew(self) -> None:
        """Whoever draws has lost every tile that it was given: those that are wanted are loaded again."""
        self._memory.forget_attached()

    def update(self, cameras: Sequence[Camera]) -> FrameTiles:
        """One frame: takes in what workers have finished, selects, starts and cancels loads, lets go of old tiles."""
        now = self._clock()
        gone = self._grow(now)
        self._take_in(now)
        self._requests.ask_again(self._failures.due(now))
        self._requests.give_up_overdue(now)
        room = Room(self.budgets)
        # what the last view still waits for comes first: then one selection a frame is enough, mostly
        last = self._choice.last
        attach = [] if last is None else self._hand_over(last.load, room)
        selection = self._choice.select(cameras, self._allowed_px)
        come = self._hand_over(selection.load, room)
        if come:
            selection = self._choice.select(cameras, self._allowed_px)
        self._memory.use(selection.visited)
        ahead = self._foresee(cameras, now)
        attach += come + self._hand_over(ahead, room)
        no_room = _NONE
        if self.ceiling.is_full(tuple(cameras)):
            self._requests.cancel_all_but(_NONE)
            no_room = self._states.among(selection.load, TileState.UNLOADED)
            unloaded = _NONE
        else:
            unloaded = self._requests.send(selection.load, ahead, now)
        detach = gone + self._memory.let_go() + self._forget_parts()
        self.ceiling.fit(self._memory, tuple(cameras))
        loading, failed, retrying = self._requests.missing(selection.load, unloaded, now)
        lacking = len(no_room)
        loading += self._growth.is_awaited - lacking
        failed += lacking
        resized = self._point_sizes.changed(self._states, self._loader)
        return FrameTiles(selection.render, selection.beyond, attach, detach, loading, failed, retrying, resized)

    def close(self) -> list[int]:
        """Cancel all loads and let go of everything; returns the tiles that the renderer must detach."""
        self._flights.close()
        attached = self._memory.forget_all()
        self._memory.leave()
        return attached

    # -- the rest of the tileset ---------------------------------------------------------------------------------------

    def _grow(self, now: float) -> list[int]:
        """Go on with all of the tileset, where it has come; returns what must be detached for it: mostly nothing."""
        come = self._growth.follow(has_picture=len(self._memory) > 0, now=now)
        if come is None:
            return []
        gone: list[int] = []
        tileset, tree = come[0], come[1].to_grow()
        if begins_with(tileset, self.tileset):
            tree.hold_what(self.tree)
        else:  # rows mean other tiles now
            self._flights.drop(np.ones(len(self._states.of), bool))
            self._failures.clear()
            self._parts = WaitingParts()
            gone = self._memory.forget_all()
        self._known = KnownParts(tileset, tree, self.budgets.known_tiles)
        self._go_on_with(tileset, tree)
        self._choice.begin_anew(tree)
        return gone

    def _take_parts(self, parts: dict[int, TilesetPart], now: float) -> None:
        """Go on with what turned out to be below some tiles."""
        for tile in parts:
            self._failures.take(tile)
            self._failures.has_come(tile, now)
        try:
            self._known.take(parts)
        except TilesetError as error:  # there are more tiles than can be kept
            for tile in parts:
                self._states.set(tile, self._failures.add(tile, error, now))
            return
        self._go_on_with(self._known.tileset, self._known.tree)
        for tile in parts:
            self._states.set(tile, TileState.UNLOADED)
            self._memory.last_used[self.tileset.first_child[tile]] = self._memory.frame  # somebody wanted it just now
        self._choice.take_parts(self.tree, list(parts))

    def _forget_parts(self) -> list[int]:
        """Know less of the tileset where too much is known; returns what must be detached for it."""
        is_gone = self._known.forget(self._states, self._memory.last_used, self._memory.frame)
        if is_gone is None:
            return []
        attached = self._memory.drop(is_gone)
        for keeper in (self._flights, self._parts, self._failures, self._states):
            keeper.drop(is_gone)
        self._go_on_with(self._known.tileset, self._known.tree)
        self._choice.forget(self.tree, is_gone)
        return attached

    def _go_on_with(self, tileset: Tileset, tree: TileTree) -> None:
        """There are more tiles, or fewer; the others keep their rows."""
        self.tileset, self.tree = tileset, tree
        self._states.make_room(len(tileset))
        self._memory.make_room()
        self._failures.take_all(tileset)
        self._loader = replace(self._loader, tileset=tileset, tree=tree)
        self._flights.load_by(self._loader)
        self._point_sizes.tileset_changed()

    def _hand_over(self, wanted: NDArray[np.int64], room: Room) -> list[tuple[int, PreparedTile]]:
        """Of these the prepared ones, most urgent first, as far as there is room, as the renderer is to have them."""
        handed = self._memory.hand_over(wanted, room)
        return [(tile, self._point_sizes.handed_over(tile, prepared, self._loader)) for tile, prepared in handed]

    # -- choosing ------------------------------------------------------------------------------------------------------

    @property
    def _allowed_px(self) -> float:
        return self.max_screen_space_error * self.ceiling.coarsening

    def _foresee(self, cameras: Sequence[Camera], now: float) -> NDArray[np.int64]:
        """Tiles that the view in a moment will ask for, most urgent first, as far as there is room for them."""
        ahead = self._choice.look_ahead(cameras, self._allowed_px, now)
        if ahead is None or not self._memory.foresee(ahead.visited, len(self._flights)):
            return _NONE
        return ahead.load

    # -- what has come -------------------------------------------------------------------------------------------------

    def _take_in(self, now: float) -> None:
        landed = self._flights.land()
        for tile in landed.cancelled:
            self._states.set(tile, TileState.UNLOADED)
        for tile, error in landed.failed:
            has_come = self.tree.child_count[tile] > 0 and not self.tree.has_content[tile]  # by an earlier flight
            self._states.set(tile, TileState.UNLOADED if has_come else self._failures.add(tile, error, now))
        self._parts.add(landed.parts)
        if due := self._parts.due(self.tileset, now):
            self._take_parts(due, now)
        for tile, prepared in landed.come:
            self._failures.take(tile)
            self._failures.has_come(tile, now)
            self._memory.take(tile, prepared)
        self._choice.grow_boxes({tile: prepared for tile, prepared in landed.come if not prepared.is_empty})

"""Keeps a walker's surroundings solid: reads the finest tiles around him beside the main thread."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable
from functools import partial
from typing import NamedTuple

import numpy as np

from explorer.jobs import Job, JobRunner, Progress
from explorer.navigation.collision import CollisionWorld
from explorer.navigation.collision_tile import CollisionTile
from explorer.surface.model import SurfaceModel
from explorer.surface.triangles import Area

SQUARE_METRES = 64.0
NEAR_METRES = 120.0
"""Squares closer than this are loaded. [m]"""
FAR_METRES = 250.0
"""Squares further than this are let go. [m]"""
RETRY_SECS = 5.0
"""A square that could not be read whole is tried again after this. [s]"""
TOLD_AFTER = 2
"""Tries after which it is said why a square stays closed. [-]"""


class _Square(NamedTuple):
    i: int
    j: int

    @property
    def area(self) -> Area:
        return (
            self.i * SQUARE_METRES,
            self.j * SQUARE_METRES,
            (self.i + 1) * SQUARE_METRES,
            (self.j + 1) * SQUARE_METRES,
        )

    def distance(self, x: float, y: float) -> float:
        west, south, east, north = self.area
        return float(np.hypot(max(west - x, 0.0, x - east), max(south - y, 0.0, y - north)))


class CollisionFeed:
    """Squares of 64 m from a `SurfaceModel` into a `CollisionWorld`; main thread, apart from the reading.

    A square is announced as soon as the walker comes near and he cannot enter it before it is there: one square holds
    everything that any tileset, the variant and the estimated ground have there, so nothing appears around him later.
    A square that cannot be read whole stays announced: it has a border, never a wall less, and is tried again.
    """

    def __init__(
        self,
        model: SurfaceModel,
        world: CollisionWorld,
        jobs: JobRunner,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._world = world
        self._jobs = jobs
        self._running: dict[_Square, Job[CollisionTile]] = {}
        self._loaded: set[_Square] = set()
        self._failed: dict[_Square, float] = {}
        """When each is tried again. [s]"""
        self._clock = clock
        self._tries: Counter[_Square] = Counter()
        self._problems: dict[str, bool] = {}
        """Why squares stay closed, and whether it was told."""

    def update(self, x: float, y: float) -> None:
        """Load what is near a position of the world and let go what is far. Cheap; call it every frame."""
        reach = int(np.ceil(NEAR_METRES / SQUARE_METRES))
        here = _Square(int(np.floor(x / SQUARE_METRES)), int(np.floor(y / SQUARE_METRES)))
        near = [
            square
            for square in (
                _Square(here.i + di, here.j + dj) for di in range(-reach, reach + 1) for dj in range(-reach, reach + 1)
            )
            if square.distance(x, y) <= NEAR_METRES
        ]
        for square in sorted(near, key=lambda one: one.distance(x, y)):
            is_known = square in self._running or square in self._loaded
            if not is_known and self._failed.get(square, 0.0) <= self._clock():
                self._start(square)
        for square in [one for one in self._known() if one.distance(x, y) > FAR_METRES]:
            self._let_go(square)

    def is_ready(self, x: float, y: float) -> bool:
        """Whether the square under a position is there."""
        return _Square(int(np.floor(x / SQUARE_METRES)), int(np.floor(y / SQUARE_METRES))) in self._loaded

    @property
    def is_loading(self) -> bool:
        """Whether a square is being read."""
        return bool(self._running)

    def set_model(self, model: SurfaceModel) -> None:
        """Another variant: every square is read again, the nearest first at the next `update`."""
        self.clear()
        self._model = model

    def clear(self) -> None:
        """Let everything go."""
        for square in self._known():
            self._let_go(square)

    def _known(self) -> list[_Square]:
        return [*self._loaded, *self._running, *self._failed]

    def _start(self, square: _Square) -> None:
        self._failed.pop(square, None)
        west, south, east, north = square.area
        self._world.expect_tile(_key(square), (west, south), (east, north))
        self._running[square] = self._jobs.submit(
            partial(_read_square, self._model, square.area),
            name="walking",
            when_done=partial(self._finished, square),
        )

    def _finished(self, square: _Square, job: Job[CollisionTile]) -> None:
        if self._running.get(square) is not job:
            return  # let go in the meantime
        del self._running[square]
        if job.error is None:
            self._loaded.add(square)
            self._world.add_prepared(_key(square), job.result())
        else:  # it stays expected, so nobody walks there
            self._failed[square] = self._clock() + RETRY_SECS
            self._tries[square] += 1
            if self._tries[square] == TOLD_AFTER:
                self._problems.setdefault(str(job.error), False)

    def take_problems(self) -> list[str]:
        """Why squares near the walker stay closed though they were tried again: sentences not yet taken."""
        new = [sentence for sentence, is_told in self._problems.items() if not is_told]
        self._problems.update(dict.fromkeys(new, True))
        return new

    def _let_go(self, square: _Square) -> None:
        job = self._running.pop(square, None)
        if job is not None:
            job.cancel()
        self._loaded.discard(square)
        self._failed.pop(square, None)
        self._world.remove_tile(_key(square))


def _key(square: _Square) -> Hashable:
    return ("square", square.i, square.j)


def _read_square(model: SurfaceModel, area: Area, progress: Progress) -> CollisionTile:
    soup = model.triangles(area, must_be_whole=True, progress=progress)
    return CollisionTile(soup.world, soup.surface_class)

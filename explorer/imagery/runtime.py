"""Imagery on its way to the screen: plans squares for the view, fetches what they need, has them made on workers.

Main thread only, but for the jobs that it submits. A frame costs some hundred microseconds; nothing here blocks.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from explorer.errors import CrsError
from explorer.geo import Camera, WorldFrame
from explorer.imagery.clipmap import Square, View, planned_squares
from explorer.imagery.composing import Composed, compose
from explorer.imagery.grids import Tile
from explorer.imagery.layer_tiles import LayerTiles, ShownLayer
from explorer.imagery.tile_book import TileBook
from explorer.imagery.warp import Warp
from explorer.jobs import Cancelled, Job, JobRunner, Progress

Box = tuple[float, float, float, float]
"""West, south, east, north on the scene's map. [m]"""
BUDGET_BYTES = 96 << 20
"""Tiles kept in memory, all sources together."""
_PAUSE_SECS = 0.12
"""Between two handings over: each costs a frame some milliseconds."""


class ImageryRuntime:
    """All imagery layers of a scene.

    `fetching` runs what may wait for servers, `making` what makes squares: a server that stalls holds up no square.
    """

    def __init__(
        self,
        frame: WorldFrame,
        fetching: JobRunner,
        making: JobRunner,
        *,
        side: int = 512,
        budget_bytes: int = BUDGET_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._frame, self._fetching, self._making, self._clock = frame, fetching, making, clock
        self.side = side
        """Texels of a square's side; a multiple of `CELL`. Another takes effect with the next plan."""
        self.waits_for_all = False
        """Make squares once all that can be had is there, for pictures: each making costs a worker half a second."""
        self._budget = budget_bytes
        self._layers: list[LayerTiles] = []
        self._squares: dict[int, Square] = {}
        self._planned_key: object = None
        self._planned: tuple[list[Square], list[list[Tile]]] = ([], [])
        self._job: Job[Composed] | None = None
        self._wanted_key: object = None
        """What squares the last frame wanted, of which tiles."""
        self._asked_key: object = None
        """The same of those that are made, or being made."""
        self._made: Composed | None = None
        self._handed_at = -math.inf
        self._version = 0
        self._missing = 0

    # -- what is shown ---------------------------------------------------------------------------------------------

    def set_layers(self, layers: Sequence[ShownLayer], city: Box | None = None) -> list[str]:
        """Draw these, the lowest first; tiles of layers that stay are kept. Returns a sentence for each that cannot be.

        A source without a way to the scene's map is left out. `city`: a source that covers nothing of it is told of.
        """
        known = {(layer.shown.id, id(layer.shown.source)): layer for layer in self._layers}
        kept: list[LayerTiles] = []
        problems: list[str] = []
        for shown in layers:
            layer = known.pop((shown.id, id(shown.source)), None)
            if layer is None:
                try:
                    layer = self._opened(shown)
                except CrsError as error:
                    problems.append(str(error))
                    continue
                layer.is_elsewhere = city is not None and not layer.meets(*city)
            layer.shown = shown
            kept.append(layer)
        for layer in known.values():
            layer.book.close()
        self._layers = kept
        self._version += 1
        return problems

    def _opened(self, shown: ShownLayer) -> LayerTiles:
        warp = Warp.between(self._frame, shown.source.grid.crs)
        metres = warp.pixel_metres(*self._frame.origin[:2])
        book = TileBook(shown.name, shown.source, self._fetching, self._clock)
        return LayerTiles(shown, warp, book, metres if math.isfinite(metres) else 1.0)

    @property
    def has_layers(self) -> bool:
        """Whether anything is to be drawn."""
        return bool(self._layers)

    @property
    def is_busy(self) -> bool:
        """Whether something is still on its way."""
        return self.has_layers and (self.is_making or self._missing > 0)

    @property
    def is_making(self) -> bool:
        """Whether squares are being made, or wait to be handed over."""
        return self._job is not None or self._made is not None or self._asked_key != self._wanted_key

    @property
    def loading(self) -> int:
        """Tiles that the view still waits for, those that failed for now included."""
        return self._missing

    @property
    def n_under_way(self) -> int:
        """Tiles that are being fetched now."""
        return sum(layer.book.n_under_way for layer in self._layers)

    @property
    def used_bytes(self) -> int:
        """Memory of tiles and squares."""
        pages = sum(page.texels.nbytes for layer in self._layers for page in layer.pages.values())
        return pages + sum(layer.book.used_bytes for layer in self._layers)

    @property
    def news(self) -> dict[str, str]:
        """What went wrong: a sentence for each layer and kind of thing."""
        return {f"{layer.shown.id} {kind}": text for layer in self._layers for kind, text in layer.news.items()}

    # -- frames ----------------------------------------------------------------------------------------------------

    def update(self, camera: Camera, ground: float, reach: float) -> Composed | None:
        """One frame; what is new to be drawn, if anything.

        `ground`: height of the ground below the camera in the world; `reach`: how far there is something to cover. [m]
        """
        if not self._layers:
            return None
        squares, wanted = self._plan(camera, ground, reach)
        self._missing = sum(layer.book.n_missing(tiles) for layer, tiles in zip(self._layers, wanted, strict=True))
        share = self._budget // len(self._layers)
        for layer, tiles in zip(self._layers, wanted, strict=True):
            layer.book.want(tiles, share)
        self._make(squares)
        return self._hand_over()

    def _plan(self, camera: Camera, ground: float, reach: float) -> tuple[list[Square], list[list[Tile]]]:
        """The squares of a view, and the tiles that each layer should have for it; a view at rest is planned once."""
        key = (camera, ground, reach, self.side, self._version)
        if key != self._planned_key:
            view = self._view(camera, ground, reach)
            base = min(layer.finest() for layer in self._layers)
            squares = planned_squares(view, base, self.side, self._squares)
            self._squares = {square.level: square for square in squares}
            self._planned_key = key
            self._planned = squares, [layer.wanted(squares, view) for layer in self._layers]
        return self._planned

    def _view(self, camera: Camera, ground: float, reach: float) -> View:
        x, y, z = camera.position
        return View(camera, x + self._frame.origin[0], y + self._frame.origin[1], z - ground, reach)

    def _make(self, squares: Sequence[Square]) -> None:
        """Have the squares made where anything about them is new."""
        key = (self._version, tuple(squares), tuple(layer.book.version for layer in self._layers))
        self._wanted_key = key
        if self._job is not None or self._made is not None or key == self._asked_key:
            return
        if self.waits_for_all and self._missing:
            return
        self._asked_key = key
        requests = [layer.request(squares) for layer in self._layers]

        def work(progress: Progress) -> Composed:
            return compose(squares, requests, progress)

        self._job = self._making.submit(work, name="imagery", when_done=self._done)

    def _done(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        if job.error is None:
            self._made = job.result()
        elif not isinstance(job.error, Cancelled):
            raise job.error

    def _hand_over(self) -> Composed | None:
        now = self._clock()
        if self._made is None or now - self._handed_at < _PAUSE_SECS:
            return None
        made, self._made, self._handed_at = self._made, None, now
        for layer in self._layers:
            layer.pages = made.pages.get(layer.shown.id, layer.pages)
        return made

    def retry_failed(self) -> None:
        """Ask again for every tile that failed."""
        for layer in self._layers:
            layer.book.retry()

    def close(self) -> None:
        """Let go of everything."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        for layer in self._layers:
            layer.book.close()
        self._layers, self._made = [], None

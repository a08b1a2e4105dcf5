"""A flight over a city whose server may go wrong, with what each frame costs: what tests of bad servers share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.jobs import ThreadJobs
from explorer.store import HttpStore, WebAccess
from explorer.streaming import (
    Budgets,
    FrameTiles,
    TilesetRuntime,
    load_tileset,
)
from tests.fakes import FakeRenderer
from tests.specimens import at_home
from tests.store.web import Asked, Reply, WebServer, serving

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
_MOST_CALLS, _MOST_CALLS_OF_MANY = 2000, 10_000
"""Functions that a frame may call: about half a millisecond, and where thousands of tiles fail at once two."""
Bad = Callable[[Asked], Reply]


class Flight:
    """A server, a store, workers, a runtime and a renderer; the server may go wrong."""

    def __init__(self, files: dict[str, bytes], web: WebAccess | None = None, timeout_secs: float = 2.0) -> None:
        self.files, self.bad = files, None  # type: dict[str, bytes], Bad | None
        self._stack = ExitStack()
        self.server: WebServer = self._stack.enter_context(serving(self._answer))
        self.store = HttpStore(
            f"{self.server.base}/tileset.json", web=web, timeout_secs=timeout_secs, first_wait_secs=0.01
        )
        self.jobs = ThreadJobs(3)
        self.calls: list[int] = []
        """How many functions each frame called, in its thread: what it cost, whatever else the machine did."""
        self.renderer = FakeRenderer()
        self.tileset = load_tileset(self.store)
        self.runtime = TilesetRuntime(
            self.store, self.tileset, FRAME, self.jobs, world_from_tileset=at_home, budgets=Budgets(stall_secs=1.0)
        )

    def _answer(self, asked: Asked) -> Reply:
        name = asked.name.lstrip("/")
        if self.bad is not None and name != "tileset.json":
            return self.bad(asked)
        return Reply(self.files[name]) if name in self.files else Reply(status=404)

    def frame(self, camera: Camera) -> FrameTiles:
        """One frame."""
        frames: list[FrameTiles] = []
        self.calls.append(calls_of(lambda: frames.append(self._frame(camera))))
        return frames[0]

    def _frame(self, camera: Camera) -> FrameTiles:
        self.jobs.collect()
        frame = self.runtime.update([camera])
        self.renderer.take(frame)
        return frame

    def until(self, camera: Camera, is_so: Callable[[], Any], secs: float = 20.0) -> None:
        """Frames until something is so; the picture never loses what it had."""
        end = time.monotonic() + secs
        while not is_so():
            assert time.monotonic() < end, (self.names(), self.runtime.diagnostics)
            had = bool(self.renderer.shown)
            self.frame(camera)
            assert self.renderer.shown or not had, "the picture went"
            time.sleep(0.005)

    def names(self) -> set[str]:
        """The tiles that are shown, by name."""
        return {str(self.tileset.content_uri[tile]).removesuffix(".glb") for tile in self.renderer.shown}

    def close(self) -> None:
        """End everything."""
        most = _MOST_CALLS if len(self.tileset) < 100 else _MOST_CALLS_OF_MANY
        assert max(self.calls, default=0) < most, "whatever the server does, a frame costs as little"
        self.runtime.close()
        self.jobs.close()
        self.store.close()
        self._stack.close()


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls, in this thread."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def down(_asked: Asked) -> Reply:
    return Reply(status=503)

"""Waiting until a view is complete: for pictures without a window."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from explorer.geo import Camera
from explorer.jobs import JobRunner
from explorer.streaming.frames import FrameTiles
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.runtime import TilesetRuntime


@dataclass
class Settled:
    """A view with everything loaded: what a headless picture draws."""

    frame: FrameTiles
    tiles: dict[int, PreparedTile] = field(default_factory=dict)
    """All attached tiles by row."""
    timed_out: bool = False


def wait_until_idle(
    runtime: TilesetRuntime,
    cameras: Sequence[Camera],
    jobs: JobRunner,
    *,
    timeout_secs: float = 60.0,
    on_frame: Callable[[FrameTiles], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Settled:
    """Run frames until the view is complete, or the time is over: for pictures without a window.

    `on_frame` gets every frame's attach and detach lists. Tiles that failed do not count as missing; those that wait
    to be tried again do.
    """
    end = clock() + timeout_secs
    settled = Settled(runtime.update(cameras))
    while True:
        frame = settled.frame
        settled.tiles.update(frame.attach)
        for tile in frame.detach:
            settled.tiles.pop(tile, None)
        if on_frame is not None:
            on_frame(frame)
        if frame.is_settled and not frame.retrying:
            return settled
        if clock() >= end:
            settled.timed_out = True
            return settled
        if jobs.collect(20.0) == 0 and not frame.attach:
            sleep(0.002)
        settled.frame = runtime.update(cameras)

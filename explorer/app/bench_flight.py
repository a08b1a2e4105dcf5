"""One flight of a measurement: frames with what they took and drew, and their place in the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from explorer.app.bench_meter import summary
from explorer.geo import Camera


@dataclass(frozen=True)
class Stats:
    """What one frame drew and what is held."""

    triangles: int = 0
    draws: int = 0
    visible: int = 0
    loaded: int = 0
    pending: int = 0
    bytes: int = 0

    def record(self) -> dict[str, int]:
        """As the comparison writes it."""
        return asdict(self)


@dataclass(frozen=True)
class Frame:
    """One drawn frame."""

    begin: float
    """On the clock of `time.perf_counter()`. [s]"""
    work_ms: float
    """From its start to the end of the read-back."""
    select_ms: float
    """Of that: selection, with what streaming does beside it."""
    cpu_ms: float
    """Of all threads."""
    stats: Stats
    is_idle: bool
    """Nothing that the view needs is on its way."""


class Flight:
    """Draws each camera once, in order, without a pause."""

    def __init__(self, draw: Callable[[Camera], Frame], cameras: Sequence[Camera]) -> None:
        self._draw, self._cameras = draw, cameras
        self._frames: list[Frame] = []
        self._pauses: set[int] = set()
        self._paused_s = 0.0
        self._wall_s = 0.0

    def fly(self, *, pause_after: int | None = None, pause: Callable[[], None] = lambda: None) -> None:
        """Draw all frames; `pause` runs once, after frame `pause_after`, and is no part of any interval."""
        begin = time.perf_counter()
        for i, camera in enumerate(self._cameras):
            self._frames.append(self._draw(camera))
            if i == pause_after:
                before = time.perf_counter()
                pause()
                self._paused_s += time.perf_counter() - before
                self._pauses.add(i)
        self._wall_s = time.perf_counter() - begin - self._paused_s

    def record(self) -> dict[str, Any]:
        """`cold` or `warm` of the record."""
        frames = self._frames
        work = [frame.work_ms for frame in frames]
        interval = [
            (after.begin - frame.begin) * 1000.0
            for i, (frame, after) in enumerate(pairwise(frames))
            if i not in self._pauses
        ]
        triangles = [frame.stats.triangles for frame in frames]
        return {
            "work": summary(work),
            "interval": summary(interval),
            "triangles": summary(triangles),
            "draws": summary([frame.stats.draws for frame in frames]),
            "visible": summary([frame.stats.visible for frame in frames]),
            "select": summary([frame.select_ms for frame in frames]),
            "cpu": summary([frame.cpu_ms for frame in frames]),
            "wall_s": round(self._wall_s, 3),
            "pending_frames": sum(not frame.is_idle for frame in frames),
            "series": {
                "tri": triangles,
                "work": [round(value, 2) for value in work],
                "interval": [round(value, 2) for value in interval],
            },
        }

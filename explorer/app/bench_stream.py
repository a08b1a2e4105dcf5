"""`citiverse bench stream`: fly a camera path over a tileset as other viewers do, and write down what it took.

The steps, the clock and the names of the figures are those of the comparison (`citiverse-camera-path-1`): start, load,
cold flight, settle, warm flight, stills. A frame is: take in what workers finished, pose, select, attach, draw, and
read back one pixel of the finished picture. Figures only, no judgement.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer import __version__
from explorer.app.bench_flight import Flight, Frame, Stats
from explorer.app.bench_looks import FloorLook, FullLook, Look
from explorer.app.bench_meter import Meter, summary
from explorer.app.bench_path import CameraPath
from explorer.app.bench_store import CountingStore
from explorer.app.folders import copies_folder
from explorer.app.web import open_source
from explorer.geo import Camera, CompoundCrs, WorldFrame
from explorer.heap import collect, collect_when_asked
from explorer.jobs import Job, ThreadJobs
from explorer.render import TIERS, make_engine
from explorer.store import Store, get_ready_to_connect
from explorer.streaming import OpenTileset, TilesetRuntime, TileTree, open_tileset, world_tree
from explorer.streaming.columns import of_length

LookName = Literal["bench", "full", "office", "standard", "presentation"]
"""The floor's, the program's own in the machine's tier, or in this one."""
PEER = "citiverse"
LOAD_SECS, SETTLE_SECS, STILL_SECS = 60.0, 30.0, 20.0
IDLE_FRAMES, STILL_FRAMES = 5, 12
_COLLECT_MS = 2.0
_LISTEN_SECS = 1.0 / 60.0
"""So long a window waits for something to draw before it looks again."""
_N_WORKERS = 2
_ANYWHERE = WorldFrame(CompoundCrs("EPSG:32631"), (0.0, 0.0, 0.0))
"""Not asked: the way to the world is given."""


@dataclass(frozen=True)
class StreamBench:
    """What to measure."""

    location: str
    path: CameraPath
    look: LookName = "bench"
    stride: int = 1
    round: int = 0
    shots: Path | None = None
    """Folder for pictures between the steps; None: none are kept."""


class _Run:
    """One run over one tileset; owns window, workers and tiles."""

    def __init__(self, what: StreamBench) -> None:
        self._what = what
        self.cameras = what.path.flown(what.stride)
        first = self.cameras[0]
        self.engine = make_engine(offscreen=True, size=(first.width, first.height), vsync=False, copies=copies_folder())
        self.look: Look = (
            FloorLook(self.engine, first, what.path.far)
            if what.look == "bench"
            else FullLook(self.engine, first, TIERS.get(what.look))
        )
        self._jobs = ThreadJobs(_N_WORKERS)
        self.store: CountingStore | None = None
        self.runtime: TilesetRuntime | None = None
        self._opening: Job[tuple[OpenTileset, TileTree]] | None = None
        self._n_triangles: NDArray[np.int64] = np.zeros(0, np.int64)
        self.look.pose(first)
        self.look.draw()
        get_ready_to_connect()  # as the window does before anybody asks

    def request(self) -> None:
        """Say where the tileset is; from now on frames load it."""
        self.store = CountingStore(open_source(self._what.location, with_cache=False))
        store = self.store
        self._opening = self._jobs.submit(lambda progress: self._opened(store), name="tileset")

    def _opened(self, store: Store) -> tuple[OpenTileset, TileTree]:
        opened = open_tileset(store)
        return opened, world_tree(opened.first, _ANYWHERE, world_from_tileset=self._what.path.to_world)

    def frame(self, camera: Camera) -> Frame:
        """Draw one frame."""
        cpu = time.process_time()
        begin = time.perf_counter()
        self._jobs.pause()
        self._jobs.collect(_COLLECT_MS)
        if self.runtime is None:
            self._begin_streaming()
        self.look.pose(camera)
        tiles, select_ms = None, 0.0
        if self.runtime is not None:
            before = time.perf_counter()
            tiles = self.runtime.update([camera])
            select_ms = (time.perf_counter() - before) * 1000.0
            self.look.take(tiles)
        self.look.follow()
        self._jobs.go_on()
        self.look.draw()
        work = (time.perf_counter() - begin) * 1000.0
        cpu_ms = (time.process_time() - cpu) * 1000.0
        if tiles is None or self.runtime is None:
            return Frame(begin, work, select_ms, cpu_ms, Stats(), is_idle=False)
        if len(self._n_triangles) < len(self.runtime.tileset):  # there is more of it now
            self._n_triangles = of_length(self._n_triangles, len(self.runtime.tileset))
        for tile, prepared in tiles.attach:
            self._n_triangles[tile] = prepared.n_triangles
        stats = Stats(
            triangles=int(self._n_triangles[tiles.render].sum()),
            draws=self.look.draws(),
            visible=len(tiles.render),
            loaded=self.runtime.n_resident,
            pending=tiles.loading + tiles.retrying,
            bytes=self.runtime.resident_bytes,
        )
        return Frame(begin, work, select_ms, cpu_ms, stats, is_idle=tiles.is_settled and tiles.retrying == 0)

    def _begin_streaming(self) -> None:
        if self._opening is None or self.store is None:
            return
        self._jobs.go_on()
        try:
            opened, tree = self._opening.result(_LISTEN_SECS)
        except TimeoutError:
            return
        path = self._what.path
        self.runtime = TilesetRuntime(
            self.store,
            opened,
            _ANYWHERE,
            self._jobs,
            max_screen_space_error=path.max_error_px,
            world_from_tileset=path.to_world,
            tree=tree,
            with_edges=self._what.look != "bench",
            finish=self.look.packed,
        )

    def keep_picture(self, name: str) -> None:
        """Write the last picture, where pictures are wanted."""
        if self._what.shots is not None:
            from PIL import Image

            self._what.shots.mkdir(parents=True, exist_ok=True)
            Image.fromarray(self.look.pixels()).save(self._what.shots / f"{PEER}-{self._what.look}_{name}.png")

    def close(self) -> None:
        """Give everything back."""
        self._jobs.close()
        if self.runtime is not None:
            self.runtime.close()
        self.look.close()
        self.engine.close()
        if self.store is not None:
            self.store.close()


def run_stream(what: StreamBench, progress: Callable[[str], None] = lambda step: None) -> dict[str, Any]:
    """Measure once. One run per process: start-up is part of it, and there is one graphics context.

    Raises `FetchError` or `TilesetError` where the tileset cannot be opened, `DisplayError` without OpenGL.
    """
    meter = Meter()
    collect_when_asked()
    t: dict[str, float | None] = {"script_ms": round(meter.ms(), 1)}
    run = None
    try:
        run = _Run(what)
        t["context_ms"] = round(meter.ms(), 1)
        record: dict[str, Any] = {
            "peer": PEER if what.look == "bench" else f"{PEER}-{what.look}",
            "size": what.path.name.removeprefix("path_"),
            "round": what.round,
            "version": f"citiverse-explorer {__version__}",
            "settings": f"look {what.look}, {_N_WORKERS} workers, stride {what.stride}",
            "renderer": run.engine.renderer_name,
            "samples": run.look.samples,
            "canvas": [run.cameras[0].width, run.cameras[0].height],
            "gl": "headless",
            "latency": 0,
            "sse": what.path.max_error_px,
            "t": t,
        }
        _fly(run, record, t, meter, progress)
        record |= meter.figures()
        return record
    finally:
        meter.close()
        if run is not None:
            run.close()


def _fly(
    run: _Run, record: dict[str, Any], t: dict[str, float | None], meter: Meter, progress: Callable[[str], None]
) -> None:
    progress("load")
    record["load_frames"], record["start"] = _load(run, t, meter, record)
    run.keep_picture("start")
    collect()  # as the window's loop does when nobody moves
    progress("cold")
    cold = Flight(run.frame, run.cameras)
    middle = len(run.cameras) >> 1
    cold.fly(pause_after=middle, pause=lambda: run.keep_picture("cold-middle"))
    record["cold"] = cold.record()
    progress("settle")
    record["end"] = _settle(run, t, record)
    run.keep_picture("end")
    progress("warm")
    warm = Flight(run.frame, run.cameras)
    warm.fly()
    record["warm"] = warm.record()
    progress("still")
    record["still"] = {str(i): _still(run, i) for i in dict.fromkeys((0, middle, len(run.cameras) - 1))}
    assert run.store is not None
    assert run.runtime is not None
    record["requests"] = {"n": run.store.n, "bytes": run.store.n_bytes}
    record["log"] = list(run.runtime.diagnostics)


def _load(
    run: _Run, t: dict[str, float | None], meter: Meter, record: dict[str, Any]
) -> tuple[dict[str, float], dict[str, int]]:
    t["request_ms"] = round(meter.ms(), 1)
    begin = time.perf_counter()
    run.request()
    t["first_tile_ms"] = t["idle_ms"] = None
    work, ends, n_idle = [], [], 0
    while n_idle < IDLE_FRAMES:
        frame = run.frame(run.cameras[0])
        end = (time.perf_counter() - begin) * 1000.0
        work.append(frame.work_ms)
        ends.append(end)
        if frame.stats.triangles and t["first_tile_ms"] is None:
            t["first_tile_ms"] = round(end, 1)
        n_idle = n_idle + 1 if frame.is_idle and frame.stats.triangles else 0
        if end > LOAD_SECS * 1000.0:
            record["timeout"] = "load"
            break
    else:
        t["idle_ms"] = round(ends[-IDLE_FRAMES], 1)
    return summary(work), frame.stats.record()


def _settle(run: _Run, t: dict[str, float | None], record: dict[str, Any]) -> dict[str, int]:
    begin = time.perf_counter()
    while True:
        frame = run.frame(run.cameras[-1])
        took = time.perf_counter() - begin
        if frame.is_idle:
            break
        if took > SETTLE_SECS:
            record.setdefault("timeout", "settle")
            break
    t["settle_ms"] = round(took * 1000.0, 1)
    return frame.stats.record()


def _still(run: _Run, at: int) -> dict[str, Any]:
    begin = time.perf_counter()
    work: list[float] = []
    while len(work) < STILL_FRAMES:
        frame = run.frame(run.cameras[at])
        is_late = time.perf_counter() - begin > STILL_SECS
        work = [*work, frame.work_ms] if frame.is_idle or is_late else []
        if is_late:
            break
    run.keep_picture(f"still-{at}")
    return {**frame.stats.record(), "work": summary(work)}

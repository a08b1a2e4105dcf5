"""Frame time of the built-in town at places where people stand, and which pass of the picture takes how much of it.

Each view is drawn `--frames` times in `--rounds` rounds; a frame ends with a read-back of one pixel, and within a
round all ways to draw take turns, so that what else the machine does meets all alike. The share of a pass is what the
frame takes less without it: instances ("trees"; the town's are parts of its tiles), lines, sky and land, the copy into
the window, and what is worked out from the finished picture; "tiles" is the rest. "shadow" is what drawing the shadow
maps anew adds to a frame that does so. CPU is of all threads. `--walk` goes along the longest street and tells how long
frames take with the shadow maps that this asks for; `--program` draws the street with the whole program around it, and
tells what panels take.
Run: python -m tests.bench.views [TILESET] [--tier office] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.app.finding import open_place
from explorer.app.tile_layers import TileLayers
from explorer.geo import Camera
from explorer.jobs import ThreadJobs
from explorer.render import TIERS, CityRenderer, Engine, make_engine
from tests.bench.frame_time import OnePixel, views_of
from tests.bench.town_views import town_views

SUN = (-0.45, -0.64, 0.62)
SUN_ELEVATION_DEG = 38.0
_NODES = {
    "trees": ("**/instances",),
    "lines": ("**/edges", "**/details"),
    "sky": ("sky", "sky below", "sun", "land"),
}
_BUFFERS = {"post": ("occlusion", "finish")}
WITHOUT = ("trees", "lines", "sky", "window", "post")
"""Passes that can be left out."""


class Bench:
    """The renderer with a town in it, and ways to leave a pass out."""

    def __init__(self, what: str | None, *, width: int, height: int, tier: str) -> None:
        self.place = open_place(what)
        self.jobs = ThreadJobs(2)
        self.engine: Engine = make_engine(offscreen=True, size=(width, height), vsync=False)
        self.renderer = CityRenderer(self.engine, width=width, height=height, tier=TIERS[tier])
        self.tiles = TileLayers(self.place, self.jobs, max_screen_space_error=TIERS[tier].error_px)
        self.pixel = OnePixel(self.engine)
        views = town_views if what is None else views_of
        self.views: dict[str, Camera] = views(self.place, width, height)
        self._n_suns = 0

    def look(self, camera: Camera) -> None:
        """Stand there with every tile and shadow map as they are to be."""
        self.tiles.load_all(self.renderer, camera)
        self.renderer.set_land(self.tiles.land.height)
        self.renderer.set_sun(SUN, SUN_ELEVATION_DEG)
        self.renderer.set_camera(camera)
        for _ in range(4):
            self.renderer.render()
        self.pixel.of(self.renderer.picture)

    def frame(self) -> tuple[float, float]:
        """Draw one to its last pixel: wall and CPU time. [ms]"""
        wall, cpu = time.perf_counter(), time.process_time()
        self.renderer.redraw()
        return (time.perf_counter() - wall) * 1000.0, (time.process_time() - cpu) * 1000.0

    def shadow_frame(self) -> tuple[float, float]:
        """A frame that draws every shadow map, too, because the sun has moved a little."""
        self._n_suns += 1
        self.renderer.set_sun((SUN[0], SUN[1], SUN[2] + 0.001 * (self._n_suns % 2)), SUN_ELEVATION_DEG)
        return self.frame()

    @contextmanager
    def without(self, what: str) -> Iterator[bool]:
        """Leave a pass out; whether there is any."""
        found = [node for path in _NODES.get(what, ()) for node in self.renderer.scene.find_all_matches(path)]
        nodes = [node for node in found if not node.is_hidden()]
        outputs = self._outputs(what)
        for node in nodes:
            node.hide()
        for output in outputs:
            output.set_active(False)
        yield bool(nodes or outputs)
        for node in nodes:
            node.show()
        for output in outputs:
            output.set_active(True)

    def _outputs(self, what: str) -> list[Any]:
        if what == "window":
            return [self.engine.window]
        names = _BUFFERS.get(what, ())
        return [one for one in self.engine.base.graphics_engine.get_windows() if one.get_name() in names]

    def measure(self, camera: Camera, *, frames: int, rounds: int, with_passes: bool) -> dict[str, float]:
        """One row: milliseconds a frame, and what the passes take of them."""
        self.look(camera)
        times: dict[str, list[tuple[float, float]]] = {}
        ways = ["whole", *(("shadow", *WITHOUT) if with_passes else ())]
        for _ in range(rounds):
            for way in ways:
                draw = self.shadow_frame if way == "shadow" else self.frame
                with self.without(way) as is_any:
                    if is_any or way not in WITHOUT:
                        draw()
                        times.setdefault(way, []).extend(draw() for _ in range(frames))
        whole = np.array(times["whole"])
        row = {"triangles": float(self.renderer.shown_triangles)}
        row |= {"median_ms": float(np.median(whole[:, 0])), "p95_ms": float(np.percentile(whole[:, 0], 95.0))}
        row["cpu_ms"] = _cpu(whole)
        for way in ways[1:]:
            less = _cpu(np.array(times[way])) - row["cpu_ms"] if way in times else 0.0
            row[way] = less if way == "shadow" else max(-less, 0.0) if way in times else 0.0
        if with_passes:
            row["tiles"] = row["cpu_ms"] - sum(row[way] for way in WITHOUT)
        return row

    def close(self) -> None:
        """Give everything back."""
        self.tiles.close()
        self.renderer.close()
        self.jobs.close()
        self.engine.close()

    def walk(self, n_frames: int, metres_a_frame: float) -> dict[str, float]:
        """Frames of a walk along the longest street: the middle one, and those that draw a shadow map. [ms]"""
        start = self.views["longest street"]
        self.look(start)
        windows = self.engine.base.graphics_engine.get_windows()
        maps = [one for one in windows if one.get_name().startswith("shadow")]
        plain: list[float] = []
        with_map: list[float] = []
        for i in range(1, n_frames + 1):
            x, y, z = start.position
            ahead = metres_a_frame * i * start.forward
            self.renderer.set_camera(replace(start, position=(x + float(ahead[0]), y + float(ahead[1]), z)))
            wall = time.perf_counter()
            is_new = self.renderer.prepare_frame()
            is_drawn = any(one.is_active() for one in maps)
            self.engine.base.graphics_engine.render_frame()
            assert is_new
            (with_map if is_drawn else plain).append((time.perf_counter() - wall) * 1000.0)
        median = float(np.median(plain))
        worst = max(with_map, default=0.0)
        return {"median_ms": median, "n_maps": float(len(with_map)), "map_ms": float(np.median(with_map or [0.0])),
                "worst_in_frames": worst / median}  # fmt: skip


def program_ms(size: tuple[int, int], *, frames: int) -> dict[str, float]:
    """CPU of a frame of the whole program: the loop's own work, drawing, and how much of drawing is panels. [ms]"""
    from tests.app.driver import Driver

    engine = make_engine(offscreen=True, size=size, vsync=False)
    driver = Driver(engine)
    driver.app.opener.open_town()
    driver.wait(lambda: driver.app.place is not None)
    driver.settle()
    panels = next(
        region.get_camera().get_top()
        for region in engine.window.get_active_display_regions()
        if not region.get_camera().is_empty() and region.get_camera().get_name() == "interface"
    )
    times: dict[str, list[float]] = {"turn": [], "draw": [], "draw without panels": []}
    for i in range(3 * frames):
        driver.app.renderer.needs_redraw = True
        start = time.process_time()
        driver.app.frame(1.0 / 30.0)
        turned = time.process_time()
        is_bare = i % 2 == 1
        if is_bare:
            panels.hide()
        engine.base.task_mgr.step()
        driver.app.renderer.finish()
        panels.show()
        times["turn"].append(turned - start)
        times["draw without panels" if is_bare else "draw"].append(time.process_time() - turned)
    return {name: float(np.median(some)) * 1000.0 for name, some in times.items()}


def _cpu(times: NDArray[np.float64]) -> float:
    return float(np.median(times[:, 1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tileset", nargs="?", help="the built-in town if left out")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--tier", choices=list(TIERS), default="office")
    parser.add_argument("--view", action="append", help="these alone, again for another")
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--whole", action="store_true", help="do not look at the passes")
    parser.add_argument("--walk", action="store_true", help="walk, instead of standing")
    parser.add_argument("--program", action="store_true", help="the whole program, instead of the picture alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    if options.program:
        print({name: round(ms, 1) for name, ms in program_ms((width, height), frames=options.frames * 4).items()})
        return 0
    bench = Bench(options.tileset, width=width, height=height, tier=options.tier)
    if options.walk:
        print({name: round(value, 2) for name, value in bench.walk(40 * options.frames, 0.12).items()})
        bench.close()
        return 0
    rows: dict[str, dict[str, float]] = {}
    passes = () if options.whole else ("tiles", *WITHOUT, "shadow")
    columns = ("median_ms", "p95_ms", "cpu_ms", *passes)
    print(f"{'':22} {'triangles':>9}", *(f"{column:>9}" for column in columns))
    for name, camera in bench.views.items():
        if options.view and name not in options.view:
            continue
        row = bench.measure(camera, frames=options.frames, rounds=options.rounds, with_passes=not options.whole)
        rows[name] = row
        print(f"{name:22} {row['triangles']:9.0f}", *(f"{row[column]:9.1f}" for column in columns), flush=True)
    print("passes: CPU ms of a frame; shadow: more in a frame that draws the shadow maps anew")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))
    bench.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Frames of somebody walking, with and without leaving out the tiles that others hide.

    python -m tests.bench.walking FOLDER_OF_A_TILESET [--places 12] [--steps 20] [--json FILE]

Places and directions are drawn from the roads around the middle of the city. At each the walker takes steps of 7 cm;
every step is drawn both ways in turns, each frame ended by reading one pixel back. Then the walker stands still, and
both pictures are compared pixel by pixel: what is left out must not show.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.app.finding import open_place
from explorer.app.picture import view_camera
from explorer.geo import Camera
from explorer.jobs import ThreadJobs
from explorer.render import CityRenderer, make_engine
from explorer.streaming import FrameTiles, TilesetRuntime, wait_until_idle
from explorer.tileformat.surface_class import SurfaceClass
from tests.bench.frame_time import OnePixel

_EYE_M, _STEP_M, _SEED = 1.65, 0.07, 7


class Walk:
    """A city on screen, and somebody in its streets."""

    def __init__(self, folder: Path) -> None:
        self.place = open_place(str(folder))
        self.engine = make_engine(offscreen=True, size=(64, 64), vsync=False)
        self.renderer = CityRenderer(self.engine, width=1280, height=720)
        self.renderer.set_land(float(self.place.city_bounds()[0][2]) + 0.5)
        self.renderer.set_sun((-0.45, -0.64, 0.62), 38.0)
        self.jobs = ThreadJobs(2)
        layer = self.place.layers[0]
        self.runtime = TilesetRuntime(
            layer.store, layer.tileset, self.place.frame, self.jobs, max_screen_space_error=self.renderer.tier.error_px
        )  # not packed by workers: it is asked where roads are
        self.roads: list[Any] = []
        self._pixel = OnePixel(self.engine)
        self._pixel.of(self.renderer.picture)

    def settle(self, camera: Camera) -> None:
        """Load what is in view, and show it."""
        shown = wait_until_idle(self.runtime, [camera], self.jobs, on_frame=self._take).frame
        self.renderer.show_tiles([*shown.render, *shown.beyond])

    def _take(self, frame: FrameTiles) -> None:
        for key, tile in frame.attach:
            self.renderer.attach_tile(key, self.renderer.packed(tile))
            for mesh in tile.meshes:
                kind = mesh.surface_class[mesh.triangles[:, 0]]  # type: ignore[attr-defined]
                road = mesh.triangles[kind == SurfaceClass.ROAD]  # type: ignore[attr-defined]
                self.roads.append(tile.centre + mesh.positions[road].mean(axis=1))  # type: ignore[attr-defined]
        for key in frame.detach:
            self.renderer.detach_tile(key)

    def cameras(self, n: int) -> list[Camera]:
        """Walkers' eyes on roads near the middle."""
        start = view_camera(self.place, "walker", 1280, 720)
        self.settle(start)
        roads = np.concatenate(self.roads)
        roads = roads[np.linalg.norm(roads[:, :2] - start.position[:2], axis=1) < 400.0]
        random = np.random.default_rng(_SEED)
        chosen = roads[random.integers(0, len(roads), n)] + (0.0, 0.0, _EYE_M)
        headings = random.uniform(0.0, 360.0, n)
        return [
            replace(start, position=(x, y, z), heading_deg=float(heading), pitch_deg=0.0)
            for (x, y, z), heading in zip(chosen.tolist(), headings, strict=True)
        ]

    def frame_ms(self, camera: Camera, *, leaves_out: bool) -> tuple[float, float]:
        """One frame, until its last pixel: by the clock, and of all the processor's cores together."""
        begin, cpu = time.perf_counter(), time.process_time()
        self.renderer.leaves_out_hidden = leaves_out
        self.renderer.set_camera(camera)
        self.renderer.redraw()
        return (time.perf_counter() - begin) * 1e3, (time.process_time() - cpu) * 1e3

    def measure(self, camera: Camera, n_steps: int) -> dict[str, Any]:
        """Walk from here; medians of both ways, and what is the same in the end."""
        self.settle(camera)
        took: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for leaves_out in (False, True) * 2:  # a few steps one way, then the other
            for step in range(n_steps + 3):
                x, y, z = camera.position
                at = _STEP_M * step * np.asarray(camera.forward)
                here = replace(camera, position=(x + float(at[0]), y + float(at[1]), z))
                ms = self.frame_ms(here, leaves_out=leaves_out)
                if step >= 3:  # the shadow map and the first depth are not every frame's
                    took[leaves_out].append(ms)
        for _ in range(3):
            self.frame_ms(here, leaves_out=True)
        n_left_out = self.renderer.n_hidden_tiles
        picture = self.renderer.pixels().astype(int)
        self.renderer.leaves_out_hidden = False
        self.renderer.render()
        different = int((np.abs(self.renderer.pixels() - picture).max(axis=2) > 0).sum())
        (all_ms, all_cpu), (some_ms, some_cpu) = (np.median(took[kind], axis=0).tolist() for kind in (False, True))
        return {
            "all_ms": round(all_ms, 2),
            "left_out_ms": round(some_ms, 2),
            "ratio": round(some_ms / all_ms, 3),
            "cpu_ratio": round(some_cpu / all_cpu, 3),
            "tiles_left_out": n_left_out,
            "pixels_different": different,
        }


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tileset", type=Path)
    parser.add_argument("--places", type=int, default=12)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    walk = Walk(options.tileset)
    records = [walk.measure(camera, options.steps) for camera in walk.cameras(options.places)]
    for record in records:
        print("  ".join(f"{key} {value}" for key, value in record.items()))
    for name in ("ratio", "cpu_ratio"):
        print("median", name, round(float(np.median([record[name] for record in records])), 3))
    if options.json:
        options.json.write_text(json.dumps(records, indent=2))


if __name__ == "__main__":
    main()

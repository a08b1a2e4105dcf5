"""A long flight over a country of which only what is looked at is read: what is known of it, and what that takes.

    python -m tests.bench.country [--frames 3000] [--known 100000 1000000000] [--json FILE]

The made country is an implicit quadtree of 260 km with subtrees of five levels and houses every 64 m. The camera flies
150 m above it, 15 m a frame, and turns now and then. Each limit on known tiles (`Budgets.known_tiles`) is tried in a
process of its own; resident size is without what was there before the flight and what the tiles hold by the ledger.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.streaming import Budgets, Ceiling, TilesetRuntime, open_tileset
from tests.fakes import FakeRenderer, FakeStore, StepJobs
from tests.specimens import at_home, block_glb
from tests.tileformat.subtrees import implicit_tileset, subtree

SIDE, LEVELS, SUBTREE_LEVELS = 262_144.0, 13, 5
HEIGHT, SPEED = 150.0, 15.0
_LIMIT_BYTES = 64 * 1024 * 1024


class Country(FakeStore):
    """Files that are made when they are asked for."""

    def __init__(self) -> None:
        half = SIDE / 2.0
        tileset = implicit_tileset(
            levels=SUBTREE_LEVELS,
            available=LEVELS,
            content="{level}_{x}_{y}.glb",
            error=SIDE / 8.0,
            boundingVolume={"box": [0, 0, 20, half, 0, 0, 0, half, 0, 0, 0, 20]},
        )
        super().__init__({"tileset.json": tileset})
        self._all = subtree(1, [1], 1)
        self._last = subtree(1, [1], 0)

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        name = uri.rpartition("/")[2]
        if name == "tileset.json":
            return self.files[name]
        level, x, y = map(int, name.partition(".")[0].split("_"))
        if name.endswith(".subtree"):
            return self._all if level + SUBTREE_LEVELS < LEVELS else self._last
        side = SIDE / 2.0**level
        at = (x + 0.5) * side - SIDE / 2.0, (y + 0.5) * side - SIDE / 2.0, 15.0
        return block_glb(name, at, (side * 0.4, side * 0.4, 30.0))


def resident_mb() -> float:
    """Of this process. [MB]"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024.0


def fly(n_frames: int, known_tiles: int) -> dict[str, Any]:
    """One flight."""
    store, jobs, chance = Country(), StepJobs(), random.Random(7)
    runtime = TilesetRuntime(
        store,
        open_tileset(store),
        WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0)),
        jobs,
        world_from_tileset=at_home,
        budgets=Budgets(known_tiles=known_tiles),
        ceiling=Ceiling(_LIMIT_BYTES),
    )
    renderer, east, north, heading, took = FakeRenderer(), 0.0, 0.0, 30.0, []
    before = 0.0
    for i in range(n_frames):
        heading += chance.uniform(-6.0, 6.0)
        east += SPEED * math.sin(math.radians(heading))
        north += SPEED * math.cos(math.radians(heading))
        if max(abs(east), abs(north)) > 0.45 * SIDE:
            heading += 90.0
        camera = Camera((east, north, HEIGHT), heading_deg=heading % 360.0, pitch_deg=-20.0)
        jobs.run()
        jobs.collect()
        store.reads.clear()
        begin = time.perf_counter()
        frame = runtime.update([camera])
        took.append((time.perf_counter() - begin) * 1e3)
        renderer.take(frame)
        if i == 50:
            before = resident_mb() - runtime.resident_bytes / 2**20
    took.sort()
    return {
        "known_tiles_limit": known_tiles,
        "frames": n_frames,
        "rows": len(runtime.tileset),
        "grown_mb": round(resident_mb() - runtime.resident_bytes / 2**20 - before, 1),
        "frame_ms": [round(took[int(q * len(took))], 2) for q in (0.5, 0.95, 0.99)] + [round(took[-1], 1)],
        "shown": len(renderer.shown),
    }


def main() -> None:
    """Fly with each limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--known", type=int, nargs="*", default=[100_000, 1_000_000_000])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if len(options.known) == 1:
        records = [fly(options.frames, options.known[0])]
        print(json.dumps(records[0]), flush=True)
    else:
        records = []
        for known in options.known:
            command = [sys.executable, "-m", "tests.bench.country", "--frames", str(options.frames)]
            told = subprocess.run([*command, "--known", str(known)], check=True, capture_output=True, text=True).stdout
            print(told, end="", flush=True)
            records.append(json.loads(told))
    if options.json:
        options.json.write_text(json.dumps(records, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

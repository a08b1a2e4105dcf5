"""How long choosing tiles takes along a moving camera, and opening a flat tileset. Figures, never judgements.

    python -m tests.bench.selection [--tiles 1000 10000 100000] [--flat 80000] [--frames 300] [--json FILE]

The made city is a quadtree of 60 m leaves. The camera flies over it at 120 m with another pose in every frame, so that
nothing is remembered; what a frame asks for is there in the next.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from explorer.geo import Camera
from explorer.streaming import Selector, TileState, TileTree
from explorer.tileformat import Tileset, read_tileset

LEAF_METRES = 60.0
WARM_UP = 20
"""Frames at the start that are not counted: the first ones ask for everything."""


def _tile(x: float, y: float, size: float, error: float) -> dict[str, Any]:
    box = [x + size / 2, y + size / 2, 15.0, size / 2, 0.0, 0.0, 0.0, size / 2, 0.0, 0.0, 0.0, 15.0]
    return {"boundingVolume": {"box": box}, "geometricError": error, "content": {"uri": f"{x:.0f}_{y:.0f}_{size:.0f}"}}


def quadtree(n: int) -> bytes:
    """A tileset.json of about n tiles: every tile is cut into four until there are as many."""
    size = LEAF_METRES
    while (4.0 * (size / LEAF_METRES) ** 2 - 1.0) / 3.0 < n:
        size *= 2.0
    root = _tile(-size / 2, -size / 2, size, size / 16)
    queue, count = [(root, -size / 2, -size / 2, size)], 1
    for parent, x, y, whole in queue:
        if whole <= LEAF_METRES or count + 4 > n:
            parent["geometricError"] = 0.0
            continue
        half = whole / 2
        parent["children"] = []
        for dx, dy in ((0.0, 0.0), (half, 0.0), (0.0, half), (half, half)):
            child = _tile(x + dx, y + dy, half, half / 16)
            parent["children"].append(child)
            queue.append((child, x + dx, y + dy, half))
        count += 4
    return _document(root, "REPLACE")


def flat(n: int) -> bytes:
    """A tileset.json with all n tiles right below the root, as simple exporters write them."""
    side = int(np.ceil(np.sqrt(n)))
    whole = side * LEAF_METRES
    root = _tile(-whole / 2, -whole / 2, whole, 500.0)
    del root["content"]
    root["children"] = [
        _tile((i % side) * LEAF_METRES - whole / 2, (i // side) * LEAF_METRES - whole / 2, LEAF_METRES, 0.0)
        for i in range(n)
    ]
    return _document(root, "ADD")


def _document(root: dict[str, Any], refine: str) -> bytes:
    document = {"asset": {"version": "1.1"}, "geometricError": 1000.0, "root": {**root, "refine": refine}}
    return json.dumps(document).encode()


def _path(tree: TileTree, frames: int) -> list[Camera]:
    """A bend through the middle half of the city, looking ahead and a little down."""
    reach = float(tree.half_lengths[0, 0]) / 2.0
    cameras = []
    for step in np.linspace(-1.0, 1.0, frames):
        position = (reach * float(step), reach * float(np.sin(2.0 * step)) / 2.0, 120.0)
        cameras.append(
            Camera(position, heading_deg=90.0 + 30.0 * float(step), pitch_deg=-12.0, width=1920, height=1080)
        )
    return cameras


def measure(name: str, data: bytes, frames: int) -> dict[str, Any]:
    """Open a tileset and fly over it; times in milliseconds, those of selection on the processor's clock."""
    start = time.perf_counter()
    tileset: Tileset = read_tileset(data, "tileset.json")
    opened = time.perf_counter()
    tree = TileTree.from_boxes(tileset, tileset.centre, tileset.half_axes)
    ready = time.perf_counter()
    state = np.full(len(tree), TileState.UNLOADED, np.uint8)
    selector = Selector(tree)
    took, drawn = [], []
    for camera in _path(tree, frames + WARM_UP):
        before = time.thread_time()  # what others do on the machine does not count
        selection = selector.select([camera], state)
        took.append((time.thread_time() - before) * 1e3)
        state[selection.load] = TileState.READY
        drawn.append(len(selection.render))
    counted = np.array(took[WARM_UP:])
    return {
        "tileset": name,
        "tiles": len(tree),
        "json_mb": round(len(data) / 1e6, 1),
        "opening_ms": round((opened - start) * 1e3, 1),
        "arrays_ms": round((ready - opened) * 1e3, 1),
        "drawn_median": int(np.median(drawn[WARM_UP:])),
        "selection_ms_median": round(float(np.median(counted)), 3),
        "selection_ms_p95": round(float(np.percentile(counted, 95.0)), 3),
        "selection_ms_max": round(float(counted.max()), 3),
    }


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--flat", type=int, default=80_000, help="tiles of the flat tileset; 0 leaves it out")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    figures = [measure(f"quadtree {n}", quadtree(n), options.frames) for n in options.tiles]
    if options.flat:
        figures.append(measure(f"flat {options.flat}", flat(options.flat), options.frames))
    for row in figures:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps({"machine": platform.platform(), "figures": figures}, indent=1))


if __name__ == "__main__":
    main()

"""From a new style to the frame that has it, for 100,000 features: working out, filling and sending, drawing.

A made-up town of boxes, each a feature with a measure (with gaps), a year and a use, in tiles that are drawn by
themselves ("large") or share pages ("small"); near by, where few are drawn and the frame is short, and all of it at
once. Each figure is the best of `--repeat` turns that go from one style to another and back, because other work on the
machine only ever adds; a frame ends with a read-back of the picture. Working out and filling are the thread's own time.
Run: python -m tests.bench.styling [--features 100000] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from explorer.geo import Camera
from explorer.layers.styling import Attributes, read_style
from explorer.render import TIERS, CityRenderer, LayerStyle, make_engine, packed_tile
from explorer.streaming import PreparedTile, prepare_tile
from explorer.tileformat import FeatureTable, Mesh, TileContent

_USES = ("wonen", "winkel", "kantoor", "industrie", "school", None)
_STEP_M = 14.0
_FACES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
_HALVES = np.array([[[0, 1, 2]], [[0, 2, 3]]])
_CORNERS = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])


def styles() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Two styles of each way to say one; a turn changes from the one to the other."""

    def classes(colours: tuple[str, ...]) -> dict[str, Any]:
        rows = [[f"${{use}} === '{use}'", f"color('{c}')"] for use, c in zip(_USES[:5], colours, strict=True)]
        return {"color": {"conditions": [*rows, ["true", "color('#dcdcdc')"]]}}

    def steps(first: int) -> dict[str, Any]:
        rows = [[f"${{height}} >= {bound}", f"color('#{bound:02x}80{first:02x}')"] for bound in range(80, 0, -10)]
        return {"color": {"conditions": [*rows, ["${height} === null", "color('#dcdcdc')"]]}}

    okabe = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2")
    ramp = "mix(color('{}'), color('{}'), clamp(${{height}} / 90.0, 0.0, 1.0))"
    return {
        "classes": (classes(okabe), classes(okabe[::-1])),
        "steps": (steps(0), steps(200)),
        "ramp": ({"color": ramp.format("yellow", "red")}, {"color": ramp.format("white", "blue")}),
        "show": ({"show": "${year} > 1950 && ${use} !== 'school'"}, {"show": "${year} <= 1950"}),
    }


def town(n_tiles: int, each: int) -> list[tuple[Any, PreparedTile]]:
    """Tiles of boxes on a grid, packed as workers pack them."""
    rng = np.random.default_rng(1)
    side, across = int(np.ceil(np.sqrt(each))), int(np.ceil(np.sqrt(n_tiles)))
    tiles = []
    for number in range(n_tiles):
        place = np.arange(each)
        corner = np.stack([place % side, place // side], axis=1) + np.array([number % across, number // across]) * side
        heights = rng.gamma(4.0, 5.0, each)
        foot = np.column_stack([corner * _STEP_M, np.zeros(each)])
        size = np.column_stack([np.full((each, 2), 10.0), heights])
        corners = foot[:, None] + _CORNERS[None] * size[:, None]
        positions = corners[:, _FACES].reshape(-1, 3)
        corner_of = np.arange(each * 6)[:, None] * 4
        triangles = np.concatenate([corner_of + half for half in _HALVES]).astype(np.uint32)
        features = np.repeat(np.arange(each), 24).astype(np.uint32)
        columns: dict[str, list[Any]] = {
            "height": [None if one < 8.0 else round(one, 2) for one in heights.tolist()],
            "year": rng.integers(1600, 2026, each).tolist(),
            "use": [_USES[one] for one in rng.integers(0, len(_USES), each)],
        }
        ids = tuple(f"{number}-{row}" for row in range(each))
        content = TileContent((Mesh(positions, triangles, feature_index=features),), FeatureTable(ids, columns))
        tile = prepare_tile(content, np.eye(4), lambda points: points, with_edges=False)
        tiles.append((("town", number), packed_tile(tile)))
    return tiles


def best(work: Callable[[], Any], repeat: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Least time of some turns. [ms]"""
    times = []
    for _ in range(repeat):
        start = clock()
        work()
        times.append((clock() - start) * 1e3)
    return min(times)


def measure(renderer: CityRenderer, tables: list[FeatureTable], repeat: int) -> list[dict[str, Any]]:
    """Figures of each way to say a style, for the view that is set."""
    attributes = Attributes(tables)

    def frame() -> None:
        renderer.redraw()
        renderer.finish()

    found = []
    for name, pair in styles().items():
        one, other = (LayerStyle(read_style(plain)) for plain in pair)
        renderer.set_layer_styles({"town": other})
        frame()
        ordinary = best(frame, repeat)
        work_out = best(lambda one=one: one.style.looks(attributes), repeat, time.thread_time)  # type: ignore[misc]
        fill, draw, total = [], [], []
        for turn in range(repeat):
            start, at_work = time.perf_counter(), time.thread_time()
            renderer.set_layer_styles({"town": (one, other)[turn % 2]})
            fill.append((time.thread_time() - at_work) * 1e3)
            middle = time.perf_counter()
            frame()
            draw.append((time.perf_counter() - middle) * 1e3)
            total.append((time.perf_counter() - start) * 1e3)
        found.append(
            {
                "style": name,
                "work out ms": round(work_out, 2),
                "fill ms": round(min(fill) - work_out, 2),
                "send and draw ms": round(min(draw), 2),
                "total ms": round(min(total), 2),
                "ordinary frame ms": round(ordinary, 2),
                "ratio": round(min(total) / ordinary, 2),
            }
        )
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--tier", choices=TIERS, default="office")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    engine = make_engine(offscreen=True, size=(1280, 720), vsync=False)
    records = []
    for kind, each in (("large", 1000), ("small", 40)):
        tiles = town(max(options.features // each, 1), each)
        renderer = CityRenderer(engine, tier=TIERS[options.tier])
        for key, tile in tiles:
            renderer.attach_tile(key, tile)
        renderer.show_tiles([key for key, _tile in tiles])
        reach = float(max(tile.hi[0] for _key, tile in tiles))
        start = time.thread_time()
        first = read_style(styles()["steps"][0])
        first.looks(Attributes([tile.features for _key, tile in tiles]))
        print(f"{kind}: {len(tiles)} tiles, {len(tiles) * each} features; first style with a new attribute "
              f"{(time.thread_time() - start) * 1e3:.1f} ms to work out")  # fmt: skip
        views = {
            "near by": Camera((reach / 2.0, reach / 2.0, 90.0), 0.0, -75.0, width=1280, height=720),
            "all": Camera((reach / 2.0, -0.3 * reach, 0.7 * reach), 0.0, -45.0, width=1280, height=720),
        }
        for view, camera in views.items():
            renderer.set_camera(camera)
            for record in measure(renderer, [tile.features for _key, tile in tiles], options.repeat):
                records.append({"tiles": kind, "view": view, **record})
                print("  ", json.dumps(records[-1]))
        renderer.close()
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))
    engine.close()


if __name__ == "__main__":
    main()

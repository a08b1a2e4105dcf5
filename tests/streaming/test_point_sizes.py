"""Points of a cloud of many files: however late it is known what stands between them, they are as large as if it were
known from the start.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.streaming.prepare_points import levels_added
from explorer.tileformat import Budget, GrowingTileset, read_part, read_tileset
from tests.specimens import tile_json, tileset_json
from tests.streaming.test_reading_on_demand import Visit, whole
from tests.tileformat.test_implicit import reader
from tests.tiles_of_bytes import pnts

LEVELS = 4
NEAR = Camera((0.0, -40.0, 10.0), heading_deg=0.0, pitch_deg=-10.0)
FAR = Camera((0.0, -4000.0, 60.0), heading_deg=0.0)


def nested_cloud(ending: str = ".json") -> dict[str, bytes]:
    """A cloud of points; each level adds to the one above, and has a file of its own."""
    box = {"box": [0, 0, 5, 20, 0, 0, 0, 20, 0, 0, 0, 5]}
    files: dict[str, bytes] = {}
    for level in range(LEVELS):
        steps = np.linspace(-20.0, 20.0, 2 ** (level + 2))
        places = np.stack(np.meshgrid(steps, steps, [5.0]), axis=-1).reshape(-1, 3).astype(np.float32)
        files[f"{level}.pnts"] = pnts({"POINTS_LENGTH": len(places)}, POSITION=places)
        root: dict[str, Any] = {
            "boundingVolume": box, "geometricError": 8.0 / 2**level, "refine": "ADD",
            "content": {"uri": f"{level}.pnts"},
        }  # fmt: skip
        if level + 1 < LEVELS:
            below = {
                "boundingVolume": box,
                "geometricError": 8.0 / 2**level,
                "content": {"uri": f"{level + 1}{ending}"},
            }
            root["children"] = [below]
        files[f"{level}{ending}"] = tileset_json(root)
    files["tileset.json"] = files.pop(f"0{ending}")
    return files


def sizes(visit: Visit) -> dict[str, float]:
    """By content, how large the points are that the renderer draws. [m]"""
    found = {}
    for tile in visit.renderer.shown:
        (points,) = visit.renderer.attached[tile].points
        found[str(visit.runtime.tileset.content_uri[tile])] = points.size_m * visit.renderer.shares[tile]
    return found


@pytest.mark.parametrize("ending", [".json", ""])
def test_points_are_as_large_as_if_all_had_been_known_from_the_start(ending: str) -> None:
    visit, at_once = Visit(nested_cloud(ending), 0), whole(nested_cloud())
    visit.settle(FAR)
    (coarse,) = sizes(visit).values()
    visit.settle(NEAR, run=1)
    at_once.settle(NEAR)
    assert sizes(visit) == pytest.approx(sizes(at_once)) and len(sizes(visit)) == LEVELS
    assert sizes(visit)["0.pnts"] < 0.6 * coarse
    assert visit.renderer.n_attached == LEVELS, "nothing was loaded anew"


def test_what_is_let_go_and_comes_again_has_the_right_size() -> None:
    visit = Visit(nested_cloud(), 0)
    visit.settle(FAR)
    visit.settle(NEAR)
    expected = sizes(visit)
    visit.runtime.begin_anew()
    visit.renderer.detach(list(visit.renderer.attached))
    visit.settle(NEAR)
    assert sizes(visit) == pytest.approx(expected)


def test_a_tileset_that_does_not_grow_resizes_nothing() -> None:
    visit = whole(nested_cloud())
    for camera in (FAR, NEAR, FAR):
        visit.settle(camera)
        assert visit.frame(camera).resized == []
    assert levels_added(visit.runtime.tileset)[0] == LEVELS - 1


def test_a_worker_may_look_while_tiles_come_that_it_does_not_know_of() -> None:
    """Rows of a forgotten part are another's by then, which hangs below a tile that came later still."""
    files = {"tileset.json": tileset_json({**tile_json("r.pnts", 9.0), "refine": "ADD", "children": []})}
    root = json.loads(files["tileset.json"])["root"]
    root["children"] = [tile_json(f"{name}.json", 4.0) for name in "abc"]
    files["tileset.json"] = tileset_json(root)
    for name in ("a", "b", "c", "d"):
        below = [] if name != "c" else [tile_json("d.json", 2.0)]
        files[f"{name}.json"] = tileset_json({**tile_json(f"{name}.pnts", 2.0), "children": below})
    resolve = reader(files)
    growing = GrowingTileset(read_tileset(files["tileset.json"], "t", resolve, budget=Budget(files=0)))
    a, b, c = sorted(growing.tileset.unread)
    stood_for, first = growing.tileset.unread[a], len(growing.tileset)
    growing.take({a: read_part(growing.tileset, a, resolve)})
    growing.take({b: read_part(growing.tileset, b, resolve)})
    growing.give_up({a: stood_for}, [range(first, first + 1)])
    seen_by_worker = growing.tileset
    growing.take({c: read_part(growing.tileset, c, resolve)})
    (d,) = set(growing.tileset.unread) - {a}
    assert d >= len(seen_by_worker)
    growing.take({d: read_part(growing.tileset, d, resolve)}, {d: first})
    levels_added(growing.tileset)
    assert len(levels_added(seen_by_worker)) == len(seen_by_worker)

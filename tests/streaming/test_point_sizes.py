"""Points of a cloud of many files: however late it is known what stands between them, they are as large as if it were
known from the start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.streaming.prepare_points import levels_added
from tests.specimens import tileset_json
from tests.streaming.test_reading_on_demand import Visit, whole
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

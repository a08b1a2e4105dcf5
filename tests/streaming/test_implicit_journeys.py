"""A camera over implicit tilesets with parts missing: the rest draws, and nothing leaves a hole."""

from __future__ import annotations

from tests.specimens import block_glb
from tests.streaming.journey import NEAR, Journey
from tests.tileformat.subtrees import implicit_tileset, subtree

PLACES = [(x, y) for y in range(2) for x in range(2)]


def city(refine: str = "REPLACE") -> dict[str, bytes]:
    """A root and its quarters, each topmost in a subtree of its own; each tile is one block that bears its name."""
    files = {
        "tileset.json": implicit_tileset(levels=1, available=2, content="{level}_{x}_{y}.glb", refine=refine),
        "s/0_0_0.subtree": subtree(1, [1], 1),
        "0_0_0.glb": block_glb("0_0_0", (0.0, 0.0, 10.0), (90.0, 90.0, 20.0)),
    }
    for x, y in PLACES:
        files[f"s/1_{x}_{y}.subtree"] = subtree(1, [1])
        files[f"1_{x}_{y}.glb"] = block_glb(f"1_{x}_{y}", (50.0 * x - 25, 50.0 * y - 25, 10.0), (40.0, 40.0, 20.0))
    return files


QUARTERS = {f"1_{x}_{y}" for x, y in PLACES}


def test_an_implicit_city_settles_on_its_finest_tiles() -> None:
    journey = Journey(city())
    journey.settle(NEAR)
    assert journey.names() == QUARTERS
    journey = Journey(city("ADD"))
    journey.settle(NEAR)
    assert journey.names() == QUARTERS | {"0_0_0"}


def test_a_missing_subtree_does_not_cost_a_content_that_is_there() -> None:
    files = city()
    del files["s/1_1_0.subtree"]
    journey = Journey(files)
    journey.settle(NEAR)
    assert journey.names() == QUARTERS
    assert any("s/1_1_0.subtree" in sentence for sentence in journey.runtime.diagnostics)


def test_a_missing_subtree_without_content_leaves_the_tile_above_where_it_replaces() -> None:
    files = city()
    del files["s/1_1_0.subtree"], files["1_1_0.glb"]
    journey = Journey(files)
    journey.clock.go_on(100.0)
    for _n in range(20):
        journey.frame(NEAR)
        journey.clock.go_on(10.0)
    assert journey.names() == {"0_0_0"}
    files = {**city("ADD")}
    del files["s/1_1_0.subtree"], files["1_1_0.glb"]
    journey = Journey(files)
    for _n in range(20):
        journey.frame(NEAR)
        journey.clock.go_on(10.0)
    assert journey.names() == (QUARTERS | {"0_0_0"}) - {"1_1_0"}

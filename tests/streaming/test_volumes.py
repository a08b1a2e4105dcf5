"""Content volumes and viewer request volumes: what is drawn, loaded and refined because of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.store import open_store
from explorer.streaming import TileState, TileTree, load_tileset, select_tiles, world_tree
from explorer.streaming.selection import Selection
from explorer.tileformat import Tileset, read_tileset
from tests.specimens import at_home, tile_json, tileset_json

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
NEAR = Camera((0.0, -250.0, 60.0), heading_deg=0.0, pitch_deg=-10.0)
INSIDE = Camera((0.0, -120.0, 10.0), heading_deg=0.0)


def tree_of(root: dict[str, Any]) -> tuple[Tileset, TileTree]:
    tileset = read_tileset(tileset_json(root), "t")
    return tileset, world_tree(tileset, FRAME, world_from_tileset=at_home)


def chosen(tree: TileTree, camera: Camera, *ready: int) -> Selection:
    state = np.full(len(tree), TileState.UNLOADED, np.uint8)
    state[list(ready)] = TileState.READY
    return select_tiles(tree, [camera], state)


def around(x: float, y: float, half: float) -> dict[str, list[float]]:
    return {"box": [x, y, 10, half, 0, 0, 0, half, 0, 0, 0, 10]}


BESIDE = Camera((40.0, 0.0, 10.0), heading_deg=90.0)
"""In the tile of 100 m, looking away from its west."""


def test_a_tile_whose_content_is_out_of_view_is_drawn_for_its_shadow_alone() -> None:
    root = tile_json(None, 0.0, refine="ADD", content={"uri": "a.glb", "boundingVolume": around(-30, 0, 10)})
    tileset, tree = tree_of(root)
    assert tileset.content_volumes.tile.tolist() == [0]
    assert chosen(tree, NEAR, 0).render.tolist() == [0]
    away = chosen(tree, BESIDE, 0)
    assert (away.render.tolist(), away.beyond.tolist()) == ([], [0])
    assert away.visited.tolist() == [0]  # kept, and refined as before
    del root["content"]["boundingVolume"]
    assert chosen(tree_of(root)[1], BESIDE, 0).render.tolist() == [0]


def test_a_content_volume_that_is_too_small_grows_with_what_came() -> None:
    root = tile_json(None, 0.0, refine="ADD", content={"uri": "a.glb", "boundingVolume": around(-30, 0, 10)})
    _tileset, tree = tree_of(root)
    tree.grow(0, np.array([-40.0, -10.0, 0.0]), np.array([90.0, 10.0, 20.0]))
    assert chosen(tree, BESIDE, 0).render.tolist() == [0]


def test_refinement_asks_the_tile_and_not_its_content() -> None:
    child = tile_json("b.glb")
    content = {"uri": "a.glb", "boundingVolume": around(-30, 0, 10)}
    _tileset, tree = tree_of(tile_json(None, 50.0, refine="REPLACE", content=content, children=[child]))
    assert chosen(tree, BESIDE, 0).load.tolist() == [1]


def test_volumes_of_several_contents_are_joined_where_each_has_one() -> None:
    contents: list[dict[str, Any]] = [
        {"uri": "a.glb", "boundingVolume": around(-30, 0, 10)},
        {"uri": "b.glb", "boundingVolume": {"sphere": [30, 0, 10, 5]}},
    ]
    tileset, _tree = tree_of(tile_json(None, 0.0, refine="ADD", contents=contents))
    box = tileset.content_volumes
    np.testing.assert_allclose(box.centre[0] - np.abs(box.half_axes[0]).sum(axis=0), [-40, -10, 0])
    np.testing.assert_allclose(box.centre[0] + np.abs(box.half_axes[0]).sum(axis=0), [35, 10, 20])
    silent = copy.deepcopy(contents)
    del silent[1]["boundingVolume"]
    assert len(tree_of(tile_json(None, 0.0, refine="ADD", contents=silent))[0].content_volumes) == 0


@pytest.mark.parametrize("refine", ["ADD", "REPLACE"])
def test_a_tile_is_considered_only_from_within_its_request_volume(refine: str) -> None:
    #   r - a (from within 150 m) - aa
    a = tile_json("a.glb", 40.0, viewerRequestVolume=around(0, 0, 150), children=[tile_json("aa.glb")])
    _tileset, tree = tree_of(tile_json("r.glb", 60.0, refine=refine, children=[a]))
    outside = chosen(tree, NEAR, 0, 1, 2)
    assert (outside.render.tolist(), outside.beyond.tolist(), outside.load.tolist()) == ([0], [], [])
    assert chosen(tree, NEAR, 0).load.tolist() == []
    inside = chosen(tree, INSIDE, 0, 1, 2)
    assert set(inside.render.tolist()) == ({0, 1, 2} if refine == "ADD" else {2})
    assert chosen(tree, INSIDE, 0).load.tolist()[0] == 1


def test_any_of_several_cameras_may_be_inside() -> None:
    _tileset, tree = tree_of(tile_json("r.glb", refine="ADD", viewerRequestVolume=around(0, 0, 150)))
    state = np.full(1, TileState.READY, np.uint8)
    assert select_tiles(tree, [NEAR], state).render.tolist() == []
    assert select_tiles(tree, [NEAR, INSIDE], state).render.tolist() == [0]


def test_a_sphere_is_round() -> None:
    _tileset, tree = tree_of(tile_json("r.glb", refine="ADD", viewerRequestVolume={"sphere": [0, 0, 10, 100]}))
    corner = Camera((-80.0, -80.0, 10.0), heading_deg=45.0)  # in the box around the ball, 113 m from its middle
    near = Camera((-70.0, -70.0, 10.0), heading_deg=45.0)
    assert chosen(tree, corner, 0).render.tolist() == []
    assert chosen(tree, near, 0).render.tolist() == [0]


def test_a_request_volume_that_makes_no_sense_is_told() -> None:
    tileset, tree = tree_of(tile_json("r.glb", refine="ADD", viewerRequestVolume={"box": [1, 2]}))
    assert any("request volume" in sentence for sentence in tileset.diagnostics)
    assert chosen(tree, NEAR, 0).render.tolist() == [0]


def test_the_published_request_volume_opens_fifteen_metres_from_its_points(shared_data: Path) -> None:
    folder = shared_data / "3dtiles" / "samples-1.0" / "TilesetWithRequestVolume"
    tileset = load_tileset(open_store(folder))
    frame = WorldFrame(parse_crs("EPSG:32618+ellipsoidal"), (447784.0, 4432657.0, 0.0))
    tree = world_tree(tileset, frame)
    (points,) = tileset.request_volumes.tile.tolist()
    middle = tree.centre[points]
    seen: list[bool] = []
    for metres in (14.0, 16.0):
        camera = Camera(tuple(middle - [0.0, metres, 0.0]), heading_deg=0.0)
        seen.append(points in select_tiles(tree, [camera], np.full(len(tree), TileState.READY, np.uint8)).visited)
    request = tree.request
    assert request is not None
    assert request.hold(np.array([points]), middle - [0.0, 14.0, 0.0]).tolist() == [True]
    assert request.hold(np.array([points]), middle - [0.0, 16.0, 0.0]).tolist() == [False]
    assert seen == [True, True]  # looked at either way, so that it is kept


def test_a_tree_that_grows_leaves_the_one_it_was_made_of_as_it_was() -> None:
    root = tile_json("root.glb", 50.0)
    root["content"]["boundingVolume"] = around(0, 0, 50)
    _tileset, tree = tree_of(root)
    assert tree.content is not None
    before, content_before = tree.half_lengths.copy(), tree.content.half_axes.copy()
    own = tree.to_grow()
    assert own.content is not None and own.grow(0, np.full(3, -900.0), np.full(3, 900.0))
    assert (own.half_lengths[0] > before[0]).all() and own.content.half_axes[0].max() > content_before.max()
    np.testing.assert_array_equal(tree.half_lengths, before)
    np.testing.assert_array_equal(tree.content.half_axes, content_before)

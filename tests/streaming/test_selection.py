"""Selection: which tiles a frame draws and asks for. Trees are drawn in `tests.specimens`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.geo import Camera
from explorer.streaming import Selector, TileState, TileTree, select_tiles
from explorer.streaming.selection import Selection
from explorer.tileformat import Tileset, read_tileset
from tests.bench.selection import quadtree
from tests.specimens import four_leaf_city, three_level_city, tile_json, tileset_json

NEAR = Camera((0.0, -250.0, 60.0), heading_deg=0.0, pitch_deg=-10.0)
FAR = Camera((0.0, -6000.0, 60.0), heading_deg=0.0)
AWAY = Camera((0.0, -250.0, 60.0), heading_deg=180.0)


def tree_of(tileset: Tileset) -> TileTree:
    return TileTree.from_boxes(tileset, tileset.centre, tileset.half_axes)


def city() -> TileTree:
    return tree_of(read_tileset(four_leaf_city()["tileset.json"], "tileset.json"))


def states(tree: TileTree, ready: list[int], **others: list[int]) -> np.ndarray:
    state = np.full(len(tree), TileState.UNLOADED, np.uint8)
    state[ready] = TileState.READY
    for name, tiles in others.items():
        state[tiles] = TileState[name.upper()]
    return state


def drawn(selection: Selection) -> set[int]:
    return set(selection.render.tolist())


def test_nothing_is_drawn_and_the_root_is_asked_for_first() -> None:
    tree = city()
    selection = select_tiles(tree, [NEAR], states(tree, []))
    assert drawn(selection) == set()
    assert selection.load.tolist()[0] == 0


def test_far_away_the_root_is_enough() -> None:
    tree = city()
    selection = select_tiles(tree, [FAR], states(tree, [0]))
    assert drawn(selection) == {0}
    assert selection.load.tolist() == []


def test_the_threshold_is_that_of_all_3d_tiles_viewers() -> None:
    # error * height / (2 tan(fov / 2) * distance) > 16: here at a distance of 32 * 623.54 / 16 = 1247.08 m.
    tree = city()
    refine_at = 32.0 * 720.0 / (2.0 * np.tan(np.radians(30.0))) / 16.0
    for offset, children in ((0.5, False), (-0.5, True)):
        camera = Camera((0.0, -200.0 - refine_at - offset, 10.0))
        selection = select_tiles(tree, [camera], states(tree, [0]))
        assert (len(selection.load) > 0) is children


def test_the_parent_stays_until_all_children_are_ready() -> None:
    #       root*          * ready
    #     /  |  |  \
    #    a*  b* c*  d
    tree = city()
    selection = select_tiles(tree, [NEAR], states(tree, [0, 1, 2, 3]))
    assert drawn(selection) == {0}
    assert selection.load.tolist() == [4]


def test_ready_children_take_the_place_of_their_parent() -> None:
    tree = city()
    selection = select_tiles(tree, [NEAR], states(tree, [0, 1, 2, 3, 4]))
    assert drawn(selection) == {1, 2, 3, 4}
    assert selection.load.tolist() == []


def test_children_out_of_view_are_loaded_too_after_those_in_view() -> None:
    # Looking along the western edge to the north: b and d, in the east, are out of view.
    tree = city()
    camera = Camera((-190.0, -150.0, 5.0), heading_deg=-20.0, fov_y_deg=40.0)
    selection = select_tiles(tree, [camera], states(tree, [0]))
    assert set(selection.load.tolist()) == {1, 2, 3, 4}
    assert set(selection.load.tolist()[-2:]) == {2, 4}


def test_a_failed_child_keeps_its_parent() -> None:
    tree = city()
    selection = select_tiles(tree, [NEAR], states(tree, [0, 1, 2, 3], failed=[4]))
    assert drawn(selection) == {0}
    assert selection.load.tolist() == []


def test_a_failed_parent_is_passed_through() -> None:
    tree = city()
    selection = select_tiles(tree, [FAR], states(tree, [1, 2, 3, 4], failed=[0]))
    assert drawn(selection) == {1, 2, 3, 4}


def test_what_is_out_of_view_is_not_drawn_and_not_loaded() -> None:
    tree = city()
    selection = select_tiles(tree, [AWAY], states(tree, [0, 1, 2, 3, 4]))
    assert drawn(selection) == set()
    assert selection.load.tolist() == []
    assert selection.beyond.tolist() == [0]


def test_the_root_of_a_deep_tree_is_drawn_where_nothing_below_it_is_ready() -> None:
    #            root*
    #       /    |   |    \
    #      a     b*  c*    d*       a's leaves are ready, a's siblings' are not
    #   ////
    #   aa* ab* ac* ad*
    tileset = read_tileset(three_level_city()["tileset.json"], "tileset.json")
    tree = tree_of(tileset)
    close = Camera((-100.0, -210.0, 30.0), heading_deg=10.0)
    state = states(tree, [0, 2, 3, 4, *tileset.children(1)])
    selection = select_tiles(tree, [close], state)
    assert drawn(selection) <= {2, 3, 4, *tileset.children(1)}
    assert set(tileset.children(1)) & drawn(selection)


def test_added_children_are_drawn_beside_their_parent_as_they_come() -> None:
    #   root* (ADD)
    #   /        \
    #  a*         b
    root = tile_json("root.glb", 50.0, refine="ADD", children=[tile_json("a.glb"), tile_json("b.glb")])
    tree = tree_of(read_tileset(tileset_json(root), "t"))
    selection = select_tiles(tree, [Camera((0.0, -80.0, 10.0))], states(tree, [0, 1]))
    assert drawn(selection) == {0, 1}
    assert selection.load.tolist() == [2]


def test_a_tile_without_content_passes_its_children_through() -> None:
    #   root (no content, error 0)
    #   /        \
    #  a*         b*
    root = tile_json(None, 0.0, refine="REPLACE", children=[tile_json("a.glb"), tile_json("b.glb")])
    tree = tree_of(read_tileset(tileset_json(root), "t"))
    selection = select_tiles(tree, [Camera((0.0, -80.0, 10.0))], states(tree, [1, 2]))
    assert drawn(selection) == {1, 2}


def test_a_replaced_parent_waits_for_what_is_below_a_child_without_content() -> None:
    #     root*
    #    /     \
    #   (no)    b*       the child without content stands for a
    #    |
    #    a
    middle = tile_json(None, 0.0, children=[tile_json("a.glb")])
    root = tile_json("root.glb", 50.0, refine="REPLACE", children=[middle, tile_json("b.glb")])
    tree = tree_of(read_tileset(tileset_json(root), "t"))
    camera = Camera((0.0, -80.0, 10.0))
    selection = select_tiles(tree, [camera], states(tree, [0, 2]))
    assert drawn(selection) == {0}
    assert selection.load.tolist() == [3]
    assert drawn(select_tiles(tree, [camera], states(tree, [0, 2, 3]))) == {2, 3}


def test_tiles_that_must_be_refined_are_refined_however_far_they_are() -> None:
    tree = city()
    must = np.zeros(len(tree), bool)
    must[0] = True
    selection = select_tiles(tree, [FAR], states(tree, [0, 1, 2, 3, 4]), must_refine=must)
    assert drawn(selection) == {1, 2, 3, 4}


def test_a_second_camera_adds_what_it_sees() -> None:
    tree = city()
    selection = select_tiles(tree, [AWAY, NEAR], states(tree, [0, 1, 2, 3, 4]))
    assert drawn(selection) == {1, 2, 3, 4}


def test_the_coarsest_is_asked_for_before_the_finest() -> None:
    tileset = read_tileset(three_level_city()["tileset.json"], "tileset.json")
    tree = tree_of(tileset)
    selection = select_tiles(tree, [Camera((0.0, -210.0, 40.0))], states(tree, []))
    levels = tileset.level[selection.load]
    assert levels[0] == 0
    assert (np.diff(levels[: int((levels < 2).sum())]) >= 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_every_visible_place_is_covered_exactly_once_whatever_is_ready(seed: int) -> None:
    # With the root ready and random others: no leaf in view has two drawn tiles above it, and none has none.
    tileset = read_tileset(three_level_city()["tileset.json"], "tileset.json")
    tree = tree_of(tileset)
    rng = np.random.default_rng(seed)
    ready = [0, *np.flatnonzero(rng.random(len(tree)) < 0.7).tolist()]
    camera = Camera((rng.uniform(-150, 150), -250.0, rng.uniform(5, 90)), rng.uniform(-30, 30), -10.0)
    selection = select_tiles(tree, [camera], states(tree, ready))
    covered = drawn(selection) | set(selection.beyond.tolist())
    for leaf in np.flatnonzero(tree.child_count == 0).tolist():
        chain = [leaf]
        while tree.parent[chain[-1]] >= 0:
            chain.append(int(tree.parent[chain[-1]]))
        assert len(covered.intersection(chain)) == 1


def test_a_box_without_thickness_is_seen_and_can_grow() -> None:
    flat = tile_json("a.glb", refine="ADD")
    flat["boundingVolume"] = {"box": [0, 0, 0, 50, 0, 0, 0, 50, 0, 0, 0, 0]}
    tree = tree_of(read_tileset(tileset_json(flat), "t"))
    assert drawn(select_tiles(tree, [Camera((0.0, -100.0, 5.0))], states(tree, [0]))) == {0}
    assert tree.grow(0, np.array([-50.0, -50.0, 0.0]), np.array([50.0, 50.0, 30.0]))
    assert tree.bounds(0)[1][2] >= 30.0


@pytest.mark.parametrize("heading", [0.0, 77.0, 200.0])
def test_a_flat_tileset_draws_and_asks_for_what_the_same_tiles_in_groups_do(heading: float) -> None:
    def leaf(i: int) -> dict[str, object]:
        x, y = (i % 60 - 30) * 20.0, (i // 60 - 30) * 20.0
        return {**tile_json(f"{i}.glb"), "boundingVolume": {"box": [x, y, 5, 9, 4, 0, -4, 9, 0, 0, 0, 5 + i % 7]}}

    big = {"box": [0, 0, 10, 700, 0, 0, 0, 700, 0, 0, 0, 20]}
    leaves = [leaf(i) for i in range(3600)]
    groups = [
        {"boundingVolume": big, "geometricError": 500.0, "children": leaves[start : start + 900]}
        for start in range(0, 3600, 900)
    ]
    found = []
    for children in (leaves, groups):
        root = {"boundingVolume": big, "geometricError": 500.0, "refine": "ADD", "children": children}
        tileset = read_tileset(tileset_json(root), "t")
        tree = tree_of(tileset)
        ready = [row for row in range(len(tree)) if (uri := tileset.content_uri[row]) and int(uri[:-4]) % 3]
        selection = select_tiles(tree, [Camera((30.0, -40.0, 40.0), heading, -15.0)], states(tree, ready))
        found.append([[tileset.content_uri[row] for row in rows] for rows in (selection.render, selection.load)])
    (flat_drawn, flat_asked), (drawn_in_groups, asked_in_groups) = found
    assert sorted(flat_drawn) == sorted(drawn_in_groups)
    assert 100 < len(flat_drawn) < 2000
    assert set(flat_asked) == set(asked_in_groups)


def test_the_eye_inside_a_slanting_box_is_at_no_distance_from_it() -> None:
    # Turned by 45 degrees, then stretched ten times towards the east: the half axes are no longer square.
    turn = np.eye(4)
    turn[:2, :2] = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2.0)
    child = tile_json("child.glb", transform=turn.T.ravel().tolist())
    stretch = np.diag([10.0, 1.0, 1.0, 1.0]).ravel().tolist()
    tileset = read_tileset(tileset_json(tile_json(None, 9.0, refine="ADD", transform=stretch, children=[child])), "t")
    tree = tree_of(tileset)
    for east, north in ((0.9, 0.9), (0.9, -0.9), (-0.9, 0.9), (-0.9, -0.9)):
        inside = tileset.centre[1] + east * tileset.half_axes[1, 0] + north * tileset.half_axes[1, 1]
        outside = np.maximum(np.abs(tree.axes[1] @ (inside - tree.centre[1])) - tree.half_lengths[1], 0.0)
        assert np.linalg.norm(outside) < 1e-9
    assert np.allclose(tree.axes[1] @ tree.axes[1].T, np.eye(3))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_a_flight_chooses_in_each_frame_what_the_frame_by_itself_would(seed: int) -> None:
    tree = tree_of(read_tileset(quadtree(1500), "t"))
    rng = np.random.default_rng(seed)
    state = np.full(len(tree), TileState.UNLOADED, np.uint8)
    selector = Selector(tree)
    must = np.zeros(len(tree), bool)
    x, y, heading = [*rng.uniform(-800.0, 800.0, 2).tolist(), float(rng.uniform(0.0, 360.0))]
    for _frame in range(40):
        x, y, heading = (
            x + float(rng.normal(0, 60.0)),
            y + float(rng.normal(0, 60.0)),
            heading + float(rng.normal(0, 30)),
        )
        cameras = [Camera((x, y, float(rng.uniform(5.0, 900.0))), heading, float(rng.uniform(-60.0, 10.0)))]
        if rng.random() < 0.2:
            cameras.append(Camera((y, x, 100.0), heading + 90.0, -20.0))
        must[rng.integers(0, len(tree))] ^= True
        if rng.random() < 0.1 and tree.grow(
            int(rng.integers(1, len(tree))), np.array([x, y, 0.0]), np.array([x, y, 50.0])
        ):
            selector.boxes_grew()
        kept = selector.select(cameras, state, must_refine=must)
        alone = select_tiles(tree, cameras, state, must_refine=must)
        for name in ("render", "beyond", "load", "visited"):
            assert set(getattr(kept, name).tolist()) == set(getattr(alone, name).tolist()), name
        assert kept.load.tolist() == alone.load.tolist()
        some = rng.permutation(alone.load)[: 1 + len(alone.load) // 2]
        state[some] = rng.choice([TileState.READY, TileState.READY, TileState.LOADING, TileState.FAILED], len(some))
        state[rng.integers(0, len(tree), 20)] = TileState.UNLOADED

"""Implicit tilesets: which tiles they have, and where those are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.geo import region_box
from explorer.tileformat import REPLACE, read_tileset
from explorer.tileformat.morton import morton_coordinates, morton_numbers
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import (
    SubtreeMaker,
    check_order,
    implicit,
    implicit_tileset,
    opened,
    packed,
    reader,
    subtree,
)


@given(st.lists(st.lists(st.integers(0, 2**20 - 1), min_size=3, max_size=3), max_size=20), st.sampled_from([2, 3]))
def test_morton_numbers_hold_the_digits_of_coordinates_in_turn(places: list[list[int]], dimensions: int) -> None:
    coordinates = np.array(places, np.int64).reshape(-1, 3)[:, :dimensions]
    numbers = morton_numbers(coordinates)
    np.testing.assert_array_equal(morton_coordinates(numbers, dimensions), coordinates)
    for number, place in zip(numbers.tolist(), coordinates.tolist(), strict=True):
        digits = [f"{value:020b}" for value in reversed(place)]  # z, y, x from the highest digit down
        assert int("".join("".join(turn) for turn in zip(*digits, strict=True)), 2) == number


def test_a_full_quadtree_needs_no_bits() -> None:
    tileset = opened(implicit_tileset(levels=2, available=4), s0_0_0=subtree(1, [1], 1), **_all_below(subtree(1, [1])))
    assert np.bincount(tileset.level).tolist() == [1, 4, 16, 64]
    assert tileset.content_uri[:6] == ("c/0_0_0.glb", "c/1_0_0.glb", "c/1_1_0.glb", "c/1_0_1.glb", "c/1_1_1.glb",
                                       "c/2_0_0.glb")  # fmt: skip
    assert tileset.geometric_error[[0, 1, 5, 84]].tolist() == [64.0, 32.0, 16.0, 8.0]
    assert set(tileset.refine.tolist()) == {REPLACE}
    assert tileset.diagnostics == ()
    check_order(tileset)
    last = tileset.content_uri.index("c/3_7_0.glb")  # the south-eastern corner of 100 m
    np.testing.assert_allclose(tileset.centre[last], [50 - 6.25, -50 + 6.25, 10])
    np.testing.assert_allclose(tileset.half_axes[last], np.diag([6.25, 6.25, 10.0]))


def _all_below(data: bytes) -> dict[str, bytes]:
    return {f"s2_{x}_{y}": data for x in range(4) for y in range(4)}


def test_an_octree_halves_heights_too() -> None:
    bits = [1, *[0] * 7, 1]  # of the root's eight children the last: east, north, above
    tileset = opened(
        implicit_tileset(scheme="OCTREE", content="{level}/{x}/{y}/{z}.glb"), s0_0_0_0=subtree(bits, [bits])
    )
    assert tileset.content_uri == ("0/0/0/0.glb", "1/1/1/1.glb")
    np.testing.assert_allclose(tileset.centre[1], [25, 25, 15])
    np.testing.assert_allclose(tileset.half_axes[1], np.diag([25.0, 25.0, 5.0]))


def test_a_region_is_divided_in_degrees_and_not_moved() -> None:
    region = [0.08, 0.9, 0.0802, 0.9002, 0.0, 100.0]
    move = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5000, 0, 0, 1]
    data = implicit_tileset(boundingVolume={"region": region}, transform=move)
    tileset = opened(data, s0_0_0=subtree([1, 0, 1, 0, 0], [[1, 0, 1, 0, 0]]))
    box = region_box([0.0801, 0.9, 0.0802, 0.9001, 0.0, 100.0])
    np.testing.assert_allclose(tileset.centre[1], box.centre, atol=1e-6)
    np.testing.assert_allclose(tileset.half_axes[1], box.half_axes, atol=1e-6)
    np.testing.assert_allclose(tileset.transform[:, :3, 3], [[5000, 0, 0]] * 2)


def test_a_transform_moves_all_tiles_below() -> None:
    double = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 100, 0, 0, 1]
    tileset = opened(implicit_tileset(transform=double), s0_0_0=subtree(1, [1]))
    np.testing.assert_allclose(tileset.centre[1], [100 - 50, -50, 20])
    assert tileset.geometric_error.tolist() == [128.0, 64.0, 64.0, 64.0, 64.0]
    np.testing.assert_allclose(tileset.transform[4][:3, 3], [100, 0, 0])


def test_the_older_spelling_of_3d_tiles_1_0_is_read() -> None:
    maker = SubtreeMaker()
    maker.document |= {
        "tileAvailability": {"bufferView": maker.view(packed([1, 1, 0, 0, 1]))},
        "contentAvailability": {"bufferView": maker.view(packed([0, 1, 0, 0, 1]))},
        "childSubtreeAvailability": {"constant": 0},
    }
    tiling = {
        "subdivisionScheme": "QUADTREE",
        "subtreeLevels": 2,
        "maximumLevel": 1,
        "subtrees": {"uri": "s/{level}_{x}_{y}.subtree"},
    }
    root = tile_json("c/{level}_{x}_{y}.glb", 8.0, refine="ADD", extensions={"3DTILES_implicit_tiling": tiling})
    data = tileset_json(root, "1.0", extensionsRequired=["3DTILES_implicit_tiling"])
    tileset = opened(data, s0_0_0=maker.bytes())
    assert tileset.content_uri == (None, "c/1_0_0.glb", "c/1_1_1.glb")
    assert tileset.diagnostics == ()


def test_implicit_tiling_in_a_file_that_says_1_0_is_read_and_told() -> None:
    data = tileset_json(implicit(), "1.0")
    tileset = opened(data, s0_0_0=subtree(1, [1]))
    assert len(tileset) == 5
    assert any("says 3D Tiles 1.0" in sentence for sentence in tileset.diagnostics)


def test_bits_may_lie_in_a_file_of_their_own_and_the_subtree_may_be_json() -> None:
    document = {
        "buffers": [{"uri": "bits.bin", "byteLength": 9}],
        "bufferViews": [{"buffer": 0, "byteOffset": 8, "byteLength": 1}],
        "tileAvailability": {"bitstream": 0},
        "contentAvailability": [{"bitstream": 0}],
        "childSubtreeAvailability": {"constant": 0},
    }
    files = {"east/s/0_0_0.subtree": json.dumps(document).encode(), "east/s/bits.bin": bytes(8) + packed([1, 0, 0, 1])}
    files["east/tileset.json"] = implicit_tileset()
    root = tile_json("east/tileset.json", 100.0, refine="ADD")
    tileset = read_tileset(tileset_json(root), "t", reader(files))
    assert tileset.content_uri == (None, "east/c/0_0_0.glb", "east/c/1_0_1.glb")
    assert tileset.documents == ("east/tileset.json", "east/s/0_0_0.subtree", "east/s/bits.bin")


def test_each_of_several_contents_is_available_by_itself() -> None:
    contents = [{"uri": "a_{level}_{x}_{y}.glb"}, {"uri": "b_{level}_{x}_{y}.glb"}]
    for spelling in ({"contents": contents}, {"extensions": {"3DTILES_multiple_contents": {"contents": contents}}}):
        tileset = opened(
            implicit_tileset(content=None, **spelling), s0_0_0=subtree(1, [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0]])
        )
        assert [tileset.contents(row) for row in range(5)] == [
            ("a_0_0_0.glb", "b_0_0_0.glb"),
            ("a_1_0_0.glb",),
            ("b_1_1_0.glb",),
            (),
            (),
        ]


def test_what_is_below_the_lowest_available_level_is_left_out() -> None:
    tileset = opened(implicit_tileset(levels=3, available=2), s0_0_0=subtree([1] * 21, [1], 1))
    assert np.bincount(tileset.level).tolist() == [1, 4]
    assert tileset.documents == ("s/0_0_0.subtree",)


@given(
    st.sampled_from([2, 3]),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_as_many_tiles_are_read_as_bits_lead_to(dimensions: int, levels: int, random: Any) -> None:
    branches = 1 << dimensions
    n = sum(branches**level for level in range(levels))
    bits = [1] + [int(random.random() < 0.6) for _node in range(n - 1)]
    contents = [int(random.random() < 0.5) for _node in range(n)]
    reached = {0}
    for node in range(1, n):  # in a full tree of b branches the parent of node k is (k - 1) // b
        if bits[node] and (node - 1) // branches in reached:
            reached.add(node)
    scheme = "QUADTREE" if dimensions == 2 else "OCTREE"
    data = implicit_tileset(scheme=scheme, levels=levels, available=levels)
    name = "s0_0_0" if dimensions == 2 else "s0_0_0_0"
    tileset = opened(data, **{name: subtree(bits, [contents])})
    assert len(tileset) == len(reached)
    assert sum(uri is not None for uri in tileset.content_uri) == sum(contents[node] for node in reached)
    assert bool(tileset.diagnostics) == (sum(bits) > len(reached))
    check_order(tileset)


# -- implicit tiles among explicit ones -------------------------------------------------------------------------------


def test_implicit_and_explicit_tiles_stand_in_one_tree() -> None:
    #   r - a (implicit: 5) - external below its last tile
    #     \ b - bb
    outer = tileset_json(tile_json("z.glb", 1.0), asset={"version": "1.0", "gltfUpAxis": "Z"})
    a = implicit(content="{level}_{x}_{y}.json", refine="ADD")
    b = tile_json("b.glb", 5.0, children=[tile_json("bb.glb")])
    files = {"s/0_0_0.subtree": subtree(1, [[0, 0, 0, 0, 1]]), "1_1_1.json": outer}
    tileset = read_tileset(tileset_json(tile_json("r.glb", 99.0, refine="ADD", children=[a, b])), "t", reader(files))
    check_order(tileset)
    assert np.bincount(tileset.level).tolist() == [1, 2, 5, 1]
    assert tileset.diagnostics == ()
    below = tileset.content_uri.index("z.glb")
    assert tileset.level[below] == 3
    np.testing.assert_allclose(tileset.centre[int(tileset.parent[below])], [25, 25, 10])
    assert [tileset.up_axis_of(row) for row in (0, below)] == ["Y", "Z"]


def test_external_tilesets_have_an_up_axis_of_their_own() -> None:
    files = {
        "x/t.json": tileset_json(tile_json("x.glb", 1.0, children=[tile_json("y/t.json")]), asset=_asset("X")),
        "x/y/t.json": tileset_json(tile_json("../y.glb"), asset=_asset(None)),
    }
    root = tile_json("z.glb", 9.0, refine="ADD", children=[tile_json("x/t.json", 5.0)])
    tileset = read_tileset(tileset_json(root, asset=_asset("Z")), "t", reader(files))
    ups = {uri: tileset.up_axis_of(row) for row, uri in enumerate(tileset.content_uri) if uri}
    assert ups == {"z.glb": "Z", "x/x.glb": "X", "x/y.glb": "Y"}


def _asset(up: str | None) -> dict[str, str]:
    return {"version": "1.0"} | ({} if up is None else {"gltfUpAxis": up})

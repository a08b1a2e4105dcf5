"""Reading tilesets: trees, transforms, external tilesets, and what is wrong with them. Trees are drawn in place."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.errors import FetchError, TilesetError
from explorer.geo import geodetic_from_ecef
from explorer.tileformat import ADD, REPLACE, read_tileset
from explorer.tileformat.tileset_uris import join_uri
from tests.specimens import tile_json, tileset_json


def test_children_lie_side_by_side_behind_their_parents() -> None:
    #        r
    #      /   \
    #     a     b
    #    / \    |
    #   aa  ab  ba
    a = tile_json("a", 5.0, children=[tile_json("aa"), tile_json("ab")])
    b = tile_json("b", 5.0, children=[tile_json("ba")])
    tileset = read_tileset(tileset_json(tile_json("r", 10.0, refine="REPLACE", children=[a, b])), "t")
    assert tileset.content_uri == ("r", "a", "b", "aa", "ab", "ba")
    assert tileset.parent.tolist() == [-1, 0, 0, 1, 1, 2]
    assert [list(tileset.children(i)) for i in range(6)] == [[1, 2], [3, 4], [5], [], [], []]
    assert tileset.level.tolist() == [0, 1, 1, 2, 2, 2]


def test_refinement_is_inherited_until_it_changes() -> None:
    #   r ADD - a - aa REPLACE - aaa
    deepest = tile_json("aaa")
    a = tile_json("a", 5.0, children=[tile_json("aa", 2.0, refine="replace", children=[deepest])])
    tileset = read_tileset(tileset_json(tile_json("r", 10.0, refine="ADD", children=[a])), "t")
    assert tileset.refine.tolist() == [ADD, ADD, REPLACE, REPLACE]


def test_transforms_add_up_and_move_boxes_but_not_regions() -> None:
    move = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 100, 0, 0, 1]
    region = tile_json("c", transform=move)
    region["boundingVolume"] = {"region": [0.07, 0.9, 0.0701, 0.9001, 0, 10]}
    root = tile_json("r", 9.0, transform=move, refine="ADD", children=[tile_json("a", transform=move), region])
    tileset = read_tileset(tileset_json(root), "t")
    np.testing.assert_allclose(tileset.centre[:2], [[100, 0, 10], [200, 0, 10]])
    lon, lat, _height = geodetic_from_ecef(tileset.centre[2:])[0]
    assert (lon, lat) == (pytest.approx(np.degrees(0.07005)), pytest.approx(np.degrees(0.90005)))
    np.testing.assert_allclose(tileset.transform[2][:3, 3], [200, 0, 0])


def test_a_transform_that_stretches_stretches_the_error() -> None:
    double = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
    tileset = read_tileset(tileset_json(tile_json("r", 10.0, refine="ADD", transform=double)), "t")
    assert tileset.geometric_error.tolist() == [20.0]


def test_a_sphere_becomes_the_box_around_it() -> None:
    root = tile_json("r", refine="ADD")
    root["boundingVolume"] = {"sphere": [1, 2, 3, 4]}
    tileset = read_tileset(tileset_json(root), "t")
    np.testing.assert_allclose(tileset.half_axes[0], np.eye(3) * 4)


def test_external_tilesets_are_hung_below_the_tile_that_names_them() -> None:
    #   r - (east/tileset.json: e - east/deep/x.json: x)
    inner = tileset_json(tile_json("x.glb", refine="ADD"))
    outer = tileset_json(tile_json("e.glb", 5.0, refine="ADD", children=[tile_json("deep/x.json", 1.0)]))
    files = {"east/tileset.json": outer, "east/deep/x.json": inner}
    root = tile_json("east/tileset.json", 10.0, refine="REPLACE", children=[tile_json("r.glb")])
    tileset = read_tileset(tileset_json(root), "t", files.__getitem__)
    assert tileset.content_uri == (None, "east/e.glb", "r.glb", None, "east/deep/x.glb")
    assert tileset.diagnostics == ()


@pytest.mark.parametrize(
    ("problem", "says"), [(FetchError("gone"), "gone"), (b"{", "not valid JSON"), (b"[]", "JSON object")]
)
def test_an_external_tileset_that_cannot_be_had_is_left_out(problem: Any, says: str) -> None:
    def resolve(uri: str) -> bytes:
        if isinstance(problem, Exception):
            raise problem
        return bytes(problem)

    root = tile_json("east.json", 10.0, refine="REPLACE", children=[tile_json("a.glb")])
    tileset = read_tileset(tileset_json(root), "t", resolve)
    assert tileset.content_uri == (None, "a.glb")
    assert any(says in sentence for sentence in tileset.diagnostics)


def test_a_tileset_that_contains_itself_ends() -> None:
    again = tileset_json(tile_json("again.json", 10.0, refine="ADD", children=[tile_json("a.glb")]))
    tileset = read_tileset(again, "t", lambda uri: again)
    assert "a.glb" in tileset.content_uri
    assert any("nested in itself" in sentence for sentence in tileset.diagnostics)


def test_a_root_that_names_itself_is_not_read_again() -> None:
    itself = tileset_json(tile_json("tileset.json", 10.0, refine="ADD", children=[tile_json("a.glb")]))
    tileset = read_tileset(itself, "https://x.org/city/tileset.json?key=1", lambda uri: itself)
    assert tileset.content_uri == (None, "a.glb")
    assert any("nested in itself" in sentence for sentence in tileset.diagnostics)


def test_addresses_are_joined_without_leaving_the_web() -> None:
    assert join_uri("", "a.glb") == "a.glb"
    assert join_uri("east/tileset.json", "../a.glb?k=1") == "a.glb?k=1"
    assert join_uri("east/tileset.json", "../../a.glb") == "../a.glb"
    assert join_uri("east/tileset.json", "https://x.org/a.glb") == "https://x.org/a.glb"
    assert join_uri("https://x.org/b/t.json", "a.glb") == "https://x.org/b/a.glb"


def test_the_separators_of_windows_are_read_as_browsers_read_them() -> None:
    assert join_uri("", "east\\a.glb") == "east/a.glb"
    assert join_uri("east\\sub\\tileset.json", "..\\a.glb?k=a\\b") == "east/a.glb?k=a\\b"
    assert join_uri("https://x.org/b/t.json", "c\\a.glb") == "https://x.org/b/c/a.glb"
    assert "s=1" not in join_uri("https://x.org/b/t.json?s=1", "\\\\y.org\\a.glb"), "another server's"
    inner = tileset_json(tile_json("a.glb", refine="ADD"))
    root = tile_json("Data\\Tile 1\\tileset.json", 10.0, refine="REPLACE")
    tileset = read_tileset(tileset_json(root), "t", {"Data/Tile 1/tileset.json": inner}.__getitem__)
    assert tileset.content_uri == (None, "Data/Tile 1/a.glb")


def test_fields_that_are_null_are_as_if_they_were_not_there() -> None:
    """So do writers in C# and Java write what they leave out."""
    ball = {"box": None, "region": None, "sphere": [0, 0, 0, 9]}
    names = ("children", "transform", "contents", "viewerRequestVolume", "implicitTiling", "extensions", "extras")
    root = tile_json(None, refine="ADD") | dict.fromkeys(names) | {"boundingVolume": ball}
    root["content"] = {"uri": "a.glb", "url": None, "boundingVolume": None}
    document = tileset_json(root, extensionsUsed=None, extensionsRequired=None, properties=None)
    tileset = read_tileset(document, "t")
    assert tileset.content_uri == ("a.glb",) and tileset.diagnostics == ()
    np.testing.assert_allclose(np.abs(tileset.half_axes[0]).max(axis=1), 9.0)


@pytest.mark.parametrize("version", [1.0, 1, 1.1])
def test_a_version_that_is_a_number_is_read_as_one(version: float) -> None:
    root = tile_json("a.glb", refine="ADD")
    assert read_tileset(tileset_json(root, version), "t").content_uri == ("a.glb",)


def test_several_contents_of_a_tile_are_kept() -> None:
    root = tile_json(None, refine="ADD", contents=[{"uri": "a.glb"}, {"uri": "b.glb"}])
    tileset = read_tileset(tileset_json(root), "t")
    assert tileset.contents(0) == ("a.glb", "b.glb")


def test_the_older_spelling_of_an_address_is_read() -> None:
    root = tile_json(None, refine="ADD", content={"url": "a.b3dm"})
    assert read_tileset(tileset_json(root, "0.0"), "t").content_uri == ("a.b3dm",)


@pytest.mark.parametrize("volume", [{"box": [0, 0, 0, "x"]}, {"region": [1e308, 0.6, -1.3, 0.7, 0, 1]}])
def test_a_broken_tile_is_left_out_and_its_place_is_named(volume: dict[str, Any]) -> None:
    bad = tile_json("bad.glb", children=[tile_json("below.glb")])
    bad["boundingVolume"] = volume
    root = tile_json("r.glb", 10.0, refine="ADD", children=[tile_json("a.glb"), bad, 7, tile_json("b.glb")])
    tileset = read_tileset(tileset_json(root), "city/tileset.json")
    assert tileset.content_uri == ("r.glb", "a.glb", "b.glb")
    assert list(tileset.children(0)) == [1, 2]
    assert "children[1]" in tileset.diagnostics[0]
    assert "city/tileset.json" in tileset.diagnostics[0]
    assert "children[2]" in tileset.diagnostics[1]


@pytest.mark.parametrize(
    "change",
    [
        {"geometricError": "x"},
        {"geometricError": -1},
        {"transform": [1, 2]},
        {"transform": [None] * 16},
        {"refine": 5},
        {"children": 3},
        {"content": {"uri": 5}},
        {"content": []},
        {"contents": [None, {}]},
    ],
)
def test_odd_values_become_diagnostics(change: dict[str, Any]) -> None:
    child = tile_json("a.glb") | change
    tileset = read_tileset(tileset_json(tile_json("r", 10.0, refine="ADD", children=[child])), "t")
    assert len(tileset) == 2
    assert len(tileset.diagnostics) >= 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not valid JSON"),
        (b'{"asset": {"version": "1.1"}, "ro', "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "JSON object"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b'{"asset": {"version": true}}', "version True"),
        (b"{}", "no asset.version"),
        (b'{"asset": {"version": "2.0"}}', "version 2.0"),
        (b'{"asset": {"version": "1.1"}}', "no root tile"),
        (b'{"asset": {"version": "1.1"}, "root": {}}', "bounding volume"),
        (b'{"asset": {"version": "1.1"}, "extensionsRequired": ["X_y"], "root": {}}', "X_y"),
    ],
)
def test_what_is_no_tileset_is_refused_with_its_address(data: bytes, says: str) -> None:
    with pytest.raises(TilesetError, match=says) as caught:
        read_tileset(data, "city/tileset.json")
    assert "city/tileset.json" in str(caught.value)


@pytest.mark.parametrize("name", ["3DTILES_draco_point_compression", "3DTILES_batch_table_hierarchy"])
def test_an_extension_of_contents_that_are_read_may_be_required(name: str) -> None:
    """As the point clouds of Cesium ion say."""
    data = tileset_json(tile_json("points.pnts"), "1.0", extensionsUsed=[name], extensionsRequired=[name])
    assert list(read_tileset(data, "tileset.json").content_uri) == ["points.pnts"]


@pytest.mark.parametrize(
    ("tile", "says"),
    [
        (tile_json("lines.vctr"), "vctr"),
    ],
)
def test_what_this_version_cannot_read_is_named(tile: dict[str, Any], says: str) -> None:
    with pytest.raises(TilesetError, match=f"needs {says}, which this version cannot read"):
        read_tileset(tileset_json(tile | {"refine": "ADD"}), "t")
    both = tile_json(None, 5.0, refine="ADD", children=[tile, tile_json("a.glb")])
    tileset = read_tileset(tileset_json(both), "t")
    assert tileset.content_uri == (None, None, "a.glb")
    assert any(says in sentence for sentence in tileset.diagnostics)


def test_a_deep_chain_of_tiles_is_read() -> None:
    root = tile_json("leaf.glb")
    for _n in range(150):
        root = tile_json(None, 1.0, children=[root])
    tileset = read_tileset(json.dumps(json.loads(tileset_json(root | {"refine": "ADD"}))).encode(), "t")
    assert int(tileset.level.max()) == 150


def test_extensions_that_are_no_object_do_not_cost_the_tileset() -> None:
    child = tile_json("a.glb") | {"extensions": None}
    root = tile_json("r.glb", 5.0, refine="REPLACE", children=[child]) | {"extensions": 5}
    assert read_tileset(tileset_json(root), "t").content_uri == ("r.glb", "a.glb")


def test_a_geometric_error_of_four_hundred_digits_is_not_taken() -> None:
    tile = tile_json("a.glb", refine="ADD") | {"geometricError": 10**400}
    tileset = read_tileset(tileset_json(tile), "t")
    assert np.isfinite(tileset.geometric_error).all()
    assert any("no usable geometric error" in sentence for sentence in tileset.diagnostics)

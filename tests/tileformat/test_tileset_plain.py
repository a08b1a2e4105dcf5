"""A tileset read all at once is the same, to the last field, as one that is walked through tile by tile."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import TilesetError
from explorer.tileformat import Tileset, read_tileset
from explorer.tileformat.tileset_plain import read_plain
from explorer.tileformat.tileset_volumes import TileVolumes
from tests.specimens import tile_json, tileset_json

NUMBERS = st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6)
BOXES = st.fixed_dictionaries({"box": st.lists(NUMBERS, min_size=12, max_size=12)})
REGIONS = st.tuples(st.floats(-3.0, 3.0), st.floats(-1.4, 1.4), st.floats(0.0, 90.0)).map(
    lambda at: {"region": [at[0], at[1], at[0] + 0.001, at[1] + 0.001, 0.0, at[2]]}
)
URIS = st.sampled_from(
    ["a.glb", "b/c.b3dm", "./d.glb", "b/../e.glb", "http://x.example//f.glb", "T.GLB?v=1", "/g.pnts"]
)
CONTENTS = st.fixed_dictionaries({"uri": URIS}, optional={"boundingVolume": BOXES | REGIONS, "extras": st.none()})
OF_1_0 = st.fixed_dictionaries({"url": URIS})
TRANSFORMS = st.lists(st.floats(-2.0, 2.0), min_size=16, max_size=16)


def tiles(children: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"boundingVolume": BOXES | REGIONS, "geometricError": st.floats(0.0, 1e6) | st.integers(0, 1000)},
        optional={
            "refine": st.sampled_from(["ADD", "REPLACE"]),
            "content": CONTENTS | OF_1_0,
            "transform": TRANSFORMS,
            "children": children,
            "metadata": st.just({"class": "tile"}),
        },
    )


TREES = st.recursive(tiles(st.just([])), lambda below: tiles(st.lists(below, max_size=4)), max_leaves=12)


def walked(document: dict[str, Any]) -> Tileset:
    """The same tileset, but for a member that makes a tile no plain one and says nothing."""
    data = json.dumps({**document, "root": {**document["root"], "extensions": {}}}).encode()
    assert read_plain(data) is None
    return read_tileset(data, "t/tileset.json")


def assert_same(one: Any, other: Any) -> None:
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, TileVolumes):
            assert_same(mine, theirs)
        elif isinstance(mine, np.ndarray):
            assert mine.dtype == theirs.dtype, field.name
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-6, err_msg=field.name)
        else:
            assert mine == theirs, field.name


@given(TREES, st.sampled_from(["ADD", "REPLACE"]), st.sampled_from([None, "Z"]))
def test_all_at_once_or_tile_by_tile_is_the_same(root: dict[str, Any], refine: str, up: str | None) -> None:
    asset = {"version": "1.0", **({"gltfUpAxis": up} if up else {})}
    document = {"asset": asset, "geometricError": 9.0, "root": {**root, "refine": refine}}
    data = json.dumps(document).encode()
    assert read_plain(data) is not None
    assert_same(read_tileset(data, "t/tileset.json"), walked(document))


def test_published_tilesets_are_the_same_both_ways(shared_data: Path) -> None:
    n_plain = 0
    for path in sorted((shared_data / "3dtiles").rglob("tileset.json")):
        data = path.read_bytes()
        if read_plain(data) is None:
            continue
        n_plain += 1
        assert_same(read_tileset(data, "t/tileset.json"), walked(json.loads(data)))
    assert n_plain >= 5


@pytest.mark.parametrize(
    "odd",
    [
        {"geometricError": -1.0},
        {"geometricError": "5"},
        {"refine": "replace"},
        {"refine": "MAYBE"},
        {"boundingVolume": {"sphere": [0, 0, 0, 5]}},
        {"boundingVolume": {"box": [0] * 11}},
        {"boundingVolume": {"box": [1e300] * 12}},
        {"boundingVolume": {}},
        {"transform": [1.0] * 15},
        {"transform": [1e200] * 16},
        {"content": {}},
        {"content": {"uri": ""}},
        {"content": {"uri": "deeper/tileset.JSON?x=1"}},
        {"content": {"uri": "a.vctr"}},
        {"content": {"uri": "a.glb", "boundingVolume": None}},
        {"contents": [{"uri": "a.glb"}]},
        {"children": 3},
        {"children": [None]},
        {"viewerRequestVolume": {"sphere": [0, 0, 0, 5]}},
        {"implicitTiling": {}},
    ],
    ids=str,
)
def test_what_is_not_plain_or_not_sound_is_walked_through(odd: dict[str, Any]) -> None:
    child = tile_json("c.glb") | odd
    data = tileset_json(tile_json("r.glb", 10.0, refine="REPLACE", children=[child, tile_json("d.glb")]))
    assert read_plain(data) is None
    assert "d.glb" in read_tileset(data, "t").content_uri  # and what is sound is there


@pytest.mark.parametrize(
    "odd", [{"uri": None, "url": "a.glb"}, {"uri": "", "url": "a.glb"}, {"uri": "a.glb", "url": ""}]
)
def test_an_address_that_is_empty_is_none_both_ways(odd: dict[str, Any]) -> None:
    document = json.loads(
        tileset_json(tile_json("r.glb", refine="ADD", children=[tile_json("c.glb") | {"content": odd}]))
    )
    data = json.dumps(document).encode()
    assert read_plain(data) is not None
    assert read_tileset(data, "t/tileset.json").content_uri == ("r.glb", "a.glb")
    assert_same(read_tileset(data, "t/tileset.json"), walked(document))


def test_versions_and_needs_are_looked_at_all_the_same() -> None:
    root = tile_json("r.glb", refine="ADD")
    for data in (tileset_json(root, "2.0"), tileset_json(root, extensionsRequired=["MAXAR_nobody_reads"])):
        assert read_plain(data) is not None
        with pytest.raises(TilesetError, match=r"version|MAXAR"):
            read_tileset(data, "t")

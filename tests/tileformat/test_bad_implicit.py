"""Implicit tilesets that are wrong, or have no end: what is said of them, and what is drawn all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.errors import TilesetError
from explorer.tileformat import read_tileset
from explorer.tileformat.implicit_rows import Budget
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import (
    implicit,
    implicit_tileset,
    opened,
    subtree,
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "not there"),
        (b"", "not a subtree"),
        (b"subt", "inside its header"),
        (subtree(1, [1])[:40], "cut off"),
        (b"subt\2\0\0\0" + bytes(16), "version 2"),
        (b"{", "not valid JSON"),
        (b"{}", "tileAvailability"),
        (subtree([1, 1], [1]), None),
        (b'{"tileAvailability": {"bitstream": 0}}', "bufferViews"),
        (b'{"tileAvailability": {"constant": 7}}', "neither"),
        (subtree(0, [1]), "topmost"),
    ],
)
def test_a_subtree_that_cannot_be_used_leaves_its_topmost_tile(data: bytes | None, says: str | None) -> None:
    files = {"s0_0_0": subtree(1, [1], [1, *[0] * 15])} | ({} if data is None else {"s2_0_0": data})
    tileset = opened(implicit_tileset(levels=2, available=4), **files)
    if says is None:
        assert tileset.diagnostics == ()
        return
    assert any(says in sentence for sentence in tileset.diagnostics)
    assert len(tileset) == 6
    assert tileset.content_uri[5] == "c/2_0_0.glb"  # it may be there; if not, the tile above stays
    with pytest.raises(TilesetError, match=says):
        opened(implicit_tileset(), **({} if data is None else {"s0_0_0": data}))


@pytest.mark.parametrize(
    "change",
    [
        {"subdivisionScheme": "BINARY"},
        {"subtreeLevels": 0},
        {"subtreeLevels": True},
        {"availableLevels": "6"},
        {"subtrees": {}},
        {"subtrees": {"uri": "s" * 5000}},
    ],
)
def test_a_tiling_that_makes_no_sense_is_said(change: dict[str, Any]) -> None:
    root = implicit()
    root["implicitTiling"] |= change
    with pytest.raises(TilesetError, match="implicit tiling"):
        opened(tileset_json(root), s0_0_0=subtree(1, [1]))
    both = tile_json("r.glb", 99.0, refine="ADD", children=[root])
    assert opened(tileset_json(both)).content_uri == ("r.glb",)


def test_a_few_bytes_that_promise_millions_of_tiles_are_not_believed() -> None:
    deep = implicit_tileset(levels=40, available=40)
    with pytest.raises(TilesetError, match="more than can be read"):
        opened(deep, s0_0_0=subtree(1, [1], 1))
    wide = implicit_tileset(levels=11, available=11)
    with pytest.raises(TilesetError, match="more implicit tiles"):
        opened(wide, s0_0_0=subtree(1, [1], 1))


def test_subtrees_without_end_are_read_up_to_a_limit() -> None:
    asked: list[str] = []
    every = subtree(1, [1], 1)

    def resolve(uri: str) -> bytes:
        asked.append(uri)
        return every

    tileset = read_tileset(implicit_tileset(levels=2, available=40), "t", resolve, budget=Budget(subtrees=100))
    assert len(asked) <= 101
    assert any("more subtrees than can be read" in sentence for sentence in tileset.diagnostics)
    assert np.bincount(tileset.level)[:4].tolist() == [1, 4, 16, 64]  # coarse levels are whole


def test_tiles_without_end_are_kept_up_to_a_limit() -> None:
    tileset = read_tileset(
        implicit_tileset(levels=2, available=40), "t", lambda uri: subtree(1, [1], 1), budget=Budget(50, tiles=20)
    )
    assert any("more implicit tiles than can be kept" in sentence for sentence in tileset.diagnostics)
    assert np.bincount(tileset.level)[:3].tolist() == [1, 4, 16]
    assert len(tileset) <= 20 + 50


def test_endless_addresses_are_kept_up_to_a_limit() -> None:
    data = implicit_tileset(content="x" * 900 + "{level}{x}{y}.glb")
    tileset = read_tileset(data, "t", lambda uri: subtree(1, [1]), budget=Budget(letters=4000))
    assert set(tileset.content_uri) == {None}
    assert any("longer than can be kept" in sentence for sentence in tileset.diagnostics)

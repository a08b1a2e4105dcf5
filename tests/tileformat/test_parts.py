"""Tilesets that are left for later: read part by part, in any order, they are what they are read at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import FetchError, TilesetError
from explorer.tileformat import Budget, Tileset, read_part, read_tileset, with_parts
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import implicit, implicit_tileset, subtree
from tests.tileformat.test_implicit import reader

Resolve = Callable[[str], bytes]


def left(files: dict[str, bytes], n_files: int) -> Tileset:
    """A tileset of which so many further files are read."""
    return read_tileset(files["tileset.json"], "t", reader(files), budget=Budget(files=n_files))


def check_rows(tileset: Tileset) -> None:
    """Parents come before their children, which lie side by side; and no tile is anybody's child twice."""
    assert tileset.parent[0] == -1 and (tileset.parent[1:] < np.arange(1, len(tileset))).all()
    for row in range(len(tileset)):
        assert tileset.parent[list(tileset.children(row))].tolist() == [row] * int(tileset.child_count[row])
    assert int(tileset.child_count.sum()) == len(tileset) - 1
    assert (tileset.level[1:] == tileset.level[tileset.parent[1:]] + 1).all()


def told(tileset: Tileset, row: int) -> Hashable:
    """All that is known of a tile but where its row is."""
    numbers = np.concatenate(
        [tileset.transform[row].ravel(), tileset.centre[row], np.abs(tileset.half_axes[row]).sum(axis=0)]
    )
    volumes = []
    for some in (tileset.content_volumes, tileset.request_volumes):
        at = np.flatnonzero(some.tile == row)
        volumes.append(tuple(some.centre[at].round(6).ravel().tolist()))
    return (
        tuple(numbers.round(6).tolist()),
        round(float(tileset.geometric_error[row]), 6),
        int(tileset.refine[row]),
        tileset.contents(row),
        tileset.up_axis_of(row) if tileset.contents(row) else "",
        *volumes,
    )


def tree_of(tileset: Tileset, stood_for: set[int]) -> Any:
    """The tiles as nested tuples, in whatever order siblings came; tiles that only stood for parts are passed over."""

    def of(row: int) -> list[Any]:
        below = [found for child in tileset.children(row) for found in of(child)]
        return below if row in stood_for else [(told(tileset, row), tuple(sorted(below, key=repr)))]

    return of(0)


class Publisher:
    """Makes up tilesets that name each other, in every way that they may."""

    def __init__(self, chance: random.Random, *, has_regions: bool = True) -> None:
        """`has_regions`: some tiles are far away from those above and below them, which is read and never seen."""
        self.chance, self.has_regions = chance, has_regions
        self.files: dict[str, bytes] = {}
        self.n = 0

    def name(self, ending: str) -> str:
        self.n += 1
        return f"{self.n}{ending}"

    def tileset(self, depth: int) -> bytes:
        more: dict[str, Any] = {"asset": {"version": "1.1", "gltfUpAxis": self.chance.choice("XYZ")}}
        return tileset_json(self.tile(depth), **more)

    def tile(self, depth: int) -> dict[str, Any]:
        chance = self.chance
        if depth and chance.random() < 0.2:
            return self.implicit(depth)
        tile = tile_json(self.name(".glb") if chance.random() < 0.7 else None, float(chance.randint(1, 99)))
        if chance.random() < 0.3:
            tile["refine"] = chance.choice(["ADD", "REPLACE"])
        if chance.random() < 0.3:
            turn = np.diag([1.0, 1.0, 1.0, 1.0])
            turn[:3, :3] = np.linalg.qr(np.array([[chance.gauss(0, 1) for _ in "xyz"] for _ in "xyz"]))[0] * 1.5
            turn[:3, 3] = [chance.randint(-99, 99) for _ in "xyz"]
            tile["transform"] = turn.T.ravel().tolist()
        if self.has_regions and chance.random() < 0.2:
            west = chance.random()
            tile["boundingVolume"] = {"region": [west, 0.5, west + 1e-4, 0.5001, 0.0, 50.0]}
        if chance.random() < 0.1:
            del tile["geometricError"]
        if chance.random() < 0.2:
            tile["viewerRequestVolume"] = {"box": [0, 0, 0, 999, 0, 0, 0, 999, 0, 0, 0, 999]}
        if not depth:
            return tile
        for _ in range(chance.randint(0, 2)):
            self.hang_external(tile, depth)
        tile["children"] = [self.tile(depth - 1) for _ in range(chance.randint(0, 3))]
        return tile

    def hang_external(self, tile: dict[str, Any], depth: int) -> None:
        name = self.name(".json")
        self.files[name] = self.tileset(depth - 1)
        contents = tile.setdefault("contents", [tile.pop("content")] if "content" in tile else [])
        contents.append({"uri": name})

    def implicit(self, depth: int) -> dict[str, Any]:
        name = self.name("")
        tile = implicit(levels=2, available=6, content=f"i{name}/{{level}}_{{x}}_{{y}}.glb", refine="ADD")
        tile["implicitTiling"]["subtrees"]["uri"] = f"s{name}/{{level}}_{{x}}_{{y}}.subtree"
        if self.chance.random() < 0.5:
            tile["transform"] = [2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, 2.0, 0, 10.0, 20.0, 30.0, 1.0]
        self.subtree(f"s{name}", 0, 0, 0)
        return tile

    def subtree(self, folder: str, level: int, x: int, y: int) -> None:
        bits = [1, *(self.chance.randint(0, 1) for _ in range(4))]
        children = [bits[1 + i // 4] * (level < 4) * (self.chance.random() < 0.3) for i in range(16)]
        self.files[f"{folder}/{level}_{x}_{y}.subtree"] = subtree(bits, [bits], children)
        for i in np.flatnonzero(children).tolist():
            column = (i & 1) | ((i >> 1) & 2)
            row = ((i >> 1) & 1) | ((i >> 2) & 2)
            self.subtree(folder, level + 2, 4 * x + column, 4 * y + row)


@given(st.integers(0, 10**6), st.integers(0, 6))
def test_parts_in_any_order_are_the_whole(seed: int, n_files: int) -> None:
    publisher = Publisher(random.Random(seed))
    publisher.files["tileset.json"] = publisher.tileset(3)
    resolve = reader(publisher.files)
    whole = read_tileset(publisher.files["tileset.json"], "t", resolve)
    first = left(publisher.files, n_files)
    stood_for: set[int] = set()
    tileset, order = first, random.Random(seed)
    while tileset.unread:
        some = order.sample(sorted(tileset.unread), order.randint(1, len(tileset.unread)))
        stood_for.update(some)
        tileset = with_parts(tileset, {tile: read_part(tileset, tile, resolve) for tile in some})
        check_rows(tileset)
    assert tree_of(tileset, stood_for) == tree_of(whole, set())
    assert len(tileset) == len(whole) + len(stood_for)
    assert set(tileset.documents) == set(whole.documents)
    for name in ("centre", "transform", "content_uri", "refine"):  # the first rows are those of before
        before, after = getattr(first, name), getattr(tileset, name)
        assert np.array_equal(np.asarray(before, object), np.asarray(after[: len(first)], object)), name


def test_what_a_file_is_asked_with_is_not_told() -> None:
    files = {"tileset.json": tileset_json(tile_json("a.json?key=secret", 9.0)), "a.json?key=secret": b"{"}
    tileset = left(files, 0)
    (tile,) = tileset.unread
    with pytest.raises(TilesetError, match=r"a\.json") as told:
        read_part(tileset, tile, reader(files))
    assert "secret" not in str(told.value)


def test_a_part_that_cannot_be_had_now_may_be_asked_for_again() -> None:
    files = {"tileset.json": implicit_tileset(levels=1, available=2), "s/0_0_0.subtree": subtree(1, [1], 1)}
    tileset = left(files, 1)
    tile = next(iter(tileset.unread))
    with pytest.raises(FetchError):
        read_part(tileset, tile, reader(files))
    name = tileset.address(tile)
    assert name is not None
    part = read_part(tileset, tile, reader(files | {name: subtree(1, [1])}))
    assert len(part) == 1 and part.contents(0)


def test_there_are_no_more_tiles_than_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"tileset.json": tileset_json(tile_json("a.json", 9.0)), "a.json": tileset_json(tile_json("a.glb"))}
    tileset = left(files, 0)
    (tile,) = tileset.unread
    part = read_part(tileset, tile, reader(files))
    monkeypatch.setattr("explorer.tileformat.tileset_joining.MAX_TILES", 2)
    with pytest.raises(TilesetError, match="more than 2 tiles"):
        with_parts(tileset, {tile: part})


def test_letters_that_cannot_be_read_are_told_of_in_a_part_that_comes_later() -> None:
    nested = tileset_json(tile_json("a.glb"), copyright="M?nchen").replace(b"M?nchen", b"M\xfcnchen")
    files = {"tileset.json": tileset_json(tile_json("nested.json", refine="ADD")), "nested.json": nested}
    tileset = left(files, 0)
    (tile,) = tileset.unread
    (said,) = read_part(tileset, tile, reader(files)).diagnostics
    assert "UTF-8" in said and "nested.json" in said

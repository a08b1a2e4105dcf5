"""Files that tell of tiles are read side by side where each answer takes its time."""

from __future__ import annotations

import threading

import pytest

from explorer.errors import FetchError
from explorer.streaming.reading_ahead import AT_ONCE, reading_ahead
from explorer.tileformat import read_tileset
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import implicit_tileset, subtree


def test_what_is_expected_is_read_at_the_same_time() -> None:
    together = threading.Barrier(AT_ONCE)

    def read(address: str) -> bytes:
        together.wait(20.0)  # raises unless eight wait here at once
        return address.encode()

    names = [str(n) for n in range(2 * AT_ONCE)]
    with reading_ahead(read) as ahead:
        ahead.expect(names)
        assert [ahead(name) for name in names] == [name.encode() for name in names]


def test_what_fails_fails_where_it_is_asked_for_and_no_file_is_read_twice() -> None:
    asked: list[str] = []

    def read(address: str) -> bytes:
        asked.append(address)
        if address == "b":
            raise FetchError("gone")
        return address.encode()

    with reading_ahead(read) as ahead:
        ahead.expect(["a", "b", "c"])
        assert ahead("a") == b"a"
        with pytest.raises(FetchError, match="gone"):
            ahead("b")
        assert (ahead("c"), ahead("unexpected")) == (b"c", b"unexpected")
    assert sorted(asked) == ["a", "b", "c", "unexpected"]


def test_subtrees_and_external_tilesets_are_told_before_they_are_asked_for() -> None:
    expected: list[str] = []
    asked: list[str] = []
    every = subtree(1, [1], 1)
    root = tile_json(
        None, 9.0, refine="ADD", children=[tile_json(f"{n}/tileset.json", 5.0) for n in ("a", "b")]
    )  # fmt: skip

    def resolve(uri: str) -> bytes:
        asked.append(uri)
        return every if uri.endswith("subtree") else implicit_tileset(levels=2, available=4)

    tileset = read_tileset(tileset_json(root), "t", resolve, expect=expected.extend)
    assert len(asked) == 2 + 2 * 17
    assert set(asked) - set(expected) == {"a/s/0_0_0.subtree", "b/s/0_0_0.subtree"}  # the topmost follow at once
    assert len(expected) == len(set(expected)) == len(asked) - 2
    assert len(tileset) == 3 + 2 * 85

"""Parts that are taken out of a tileset again: their tiles stand for them, and the rows are for others."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.tileformat import GrowingTileset, Tileset, read_part, read_tileset
from explorer.tileformat.unread import UnreadPart
from tests.tileformat.test_implicit import reader
from tests.tileformat.test_parts import Publisher, left, told, tree_of


def reached(tileset: Tileset) -> np.ndarray:
    """(n,) rows that the root leads to."""
    found, waiting = np.zeros(len(tileset), bool), [0]
    while waiting:
        row = waiting.pop()
        assert not found[row], "no tile is anybody's child twice"
        found[row] = True
        children = list(tileset.children(row))
        assert tileset.parent[children].tolist() == [row] * len(children)
        assert tileset.level[children].tolist() == [tileset.level[row] + 1] * len(children)
        waiting += children
    return found


class Reading:
    """A tileset of which parts are read and forgotten by chance."""

    def __init__(self, seed: int, n_files: int) -> None:
        self.chance = random.Random(seed)
        publisher = Publisher(random.Random(seed))
        publisher.files["tileset.json"] = publisher.tileset(3)
        self.resolve = reader(publisher.files)
        self.whole = read_tileset(publisher.files["tileset.json"], "t", self.resolve)
        self.growing = GrowingTileset(left(publisher.files, n_files))
        self.known: dict[int, tuple[UnreadPart, range]] = {}
        self.free: list[range] = []

    @property
    def tileset(self) -> Tileset:
        return self.growing.tileset

    def read_on(self, n: int) -> None:
        """Read some parts, and put them where others have been as far as they fit."""
        some = self.chance.sample(sorted(self.tileset.unread), min(n, len(self.tileset.unread)))
        parts = {tile: read_part(self.tileset, tile, self.resolve) for tile in some}
        stood_for, places = {tile: self.tileset.unread[tile] for tile in some}, {}
        for tile, part in parts.items():
            fitting = [rows for rows in self.free if len(rows) >= len(part)]
            if fitting:
                rows = self.chance.choice(fitting)
                self.free.remove(rows)
                self.free.append(range(rows.start + len(part), rows.stop))
                places[tile] = rows.start
        self.growing.take(parts, places)
        for tile, part in parts.items():
            first = int(self.tileset.first_child[tile])
            assert first == places.get(tile, first)
            self.known[tile] = stood_for[tile], range(first, first + len(part))

    def forget(self, n: int) -> None:
        """Give some parts up, and all that are nested in them."""
        going = set(self.chance.sample(sorted(self.known), min(n, len(self.known))))
        for _depth in range(20):
            rows = {row for top in going for row in self.known[top][1]}
            going |= rows & self.known.keys()
        gone = {top: self.known.pop(top) for top in sorted(going)}
        if gone:
            self.growing.give_up(
                {top: part for top, (part, _r) in gone.items()}, [rows for _part, rows in gone.values()]
            )
            self.free += [rows for _part, rows in gone.values()]


@given(st.integers(0, 10**6), st.integers(0, 6))
@settings(max_examples=60)
def test_what_is_read_again_after_it_was_given_up_is_what_it_was(seed: int, n_files: int) -> None:
    reading = Reading(seed, n_files)
    first, of_first = reading.tileset, [told(reading.tileset, row) for row in range(len(reading.tileset))]
    for _n in range(12):
        reading.read_on(reading.chance.randint(1, 4))
        is_tile, before = reached(reading.tileset), reading.tileset
        known = {row: told(before, row) for row in np.flatnonzero(is_tile).tolist()}
        reading.forget(reading.chance.randint(0, 3))
        after, stays = reading.tileset, reached(reading.tileset)
        assert not (stays & ~is_tile).any() and len(after) == len(before)
        for row in np.flatnonzero(stays).tolist():
            assert row in after.unread or told(after, row) == known[row]
            assert row in after.unread or told(before, row) == known[row], "who was given it before is told the same"
        nothing = set(np.flatnonzero(~stays).tolist())
        assert not any(after.content_uri[row] for row in nothing)
        assert not nothing & {*after.unread, *after.entered, *after.more_contents}
        assert not nothing & {*after.content_volumes.tile.tolist(), *after.request_volumes.tile.tolist()}
        assert len(set(after.documents)) == len(after.documents)
        assert len(set(after.diagnostics)) == len(after.diagnostics)
    while reading.tileset.unread:
        reading.read_on(3)
    assert int(reached(reading.tileset).sum()) == len(reading.whole) + len(reading.known)
    assert tree_of(reading.tileset, set(reading.known)) == tree_of(reading.whole, set())
    assert set(reading.tileset.documents) == set(reading.whole.documents)
    assert [told(first, row) for row in range(len(first))] == of_first, "what it began with is never changed"

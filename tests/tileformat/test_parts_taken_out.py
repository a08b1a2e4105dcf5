"""Parts that are taken out of a tileset again: their tiles stand for them, and the rows are for others."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.streaming.known_parts import KnownParts
from explorer.streaming.states import TileStates
from explorer.tileformat import Tileset, read_part, read_tileset, with_parts, without_parts
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

    def __init__(self, seed: int, n_files: int, most: int) -> None:
        self.chance = random.Random(seed)
        publisher = Publisher(random.Random(seed))
        publisher.files["tileset.json"] = publisher.tileset(3)
        self.resolve = reader(publisher.files)
        self.whole = read_tileset(publisher.files["tileset.json"], "t", self.resolve)
        self.tileset = left(publisher.files, n_files)
        self.known = KnownParts(most)
        self.stood_for: set[int] = set()
        self.frame = 0

    def read_on(self, n: int) -> int:
        """Read some parts; of how many tiles."""
        some = self.chance.sample(sorted(self.tileset.unread), min(n, len(self.tileset.unread)))
        parts = {tile: read_part(self.tileset, tile, self.resolve) for tile in some}
        grown = with_parts(self.tileset, parts, self.known.rows_left(parts))
        self.known.take(self.tileset, parts, grown)
        self.tileset = grown
        self.stood_for.update(some)
        return sum(len(part) for part in parts.values())

    def forget(self) -> None:
        n, ages = len(self.tileset), np.zeros(len(self.tileset), np.int64)
        ages[0] = 9
        for row in np.argsort(self.tileset.level, kind="stable").tolist():  # who looks at a tile looks at those above
            if row:
                ages[row] = self.chance.randint(0, int(ages[self.tileset.parent[row]]))
        self.frame += 1000
        tops = self.known.to_forget(TileStates(n), ages, self.frame)
        known = self.known.forget(tops)
        self.tileset = without_parts(
            self.tileset, {top: one.part for top, one in known.items()}, [one.rows for one in known.values()]
        )
        self.stood_for.difference_update(tops)


@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 60))
@settings(max_examples=60)
def test_what_is_read_again_after_it_was_forgotten_is_what_it_was(seed: int, n_files: int, most: int) -> None:
    reading = Reading(seed, n_files, most)
    first = reading.tileset
    for _n in range(12):
        reading.read_on(reading.chance.randint(1, 4))
        is_tile = reached(reading.tileset)
        before, rows = reading.tileset, np.flatnonzero(is_tile)
        reading.forget()
        after, stays = reading.tileset, reached(reading.tileset)
        assert not (stays & ~is_tile).any() and len(after) == len(before)
        for row in rows[stays[rows] & (after.child_count[rows] == before.child_count[rows])].tolist():
            assert told(after, row) == told(before, row)
        nothing = ~stays
        assert not any(after.content_uri[row] for row in np.flatnonzero(nothing).tolist())
        assert not set(np.flatnonzero(nothing).tolist()) & {*after.unread, *after.entered, *after.more_contents}
        assert len(set(after.documents)) == len(after.documents)
    while reading.tileset.unread:
        reading.read_on(3)
    assert int(reached(reading.tileset).sum()) == len(reading.whole) + len(reading.stood_for)
    assert tree_of(reading.tileset, reading.stood_for) == tree_of(reading.whole, set())
    assert reading.tileset.content_uri[: len(first)] == first.content_uri


@given(st.integers(0, 10**6))
@settings(max_examples=30)
def test_however_long_one_reads_and_forgets_there_are_no_more_rows(seed: int) -> None:
    reading = Reading(seed, 0, most=0)
    n_first, most_at_once = len(reading.tileset), 0
    for _n in range(30):
        most_at_once = max(most_at_once, reading.read_on(2))
        reading.forget()
        assert reading.known.n_tiles == 0 and not reading.stood_for, "all can be forgotten where nothing need stay"
        assert len(reading.tileset) <= n_first + 2 * most_at_once, "rows are used again"

"""Parts of a tileset that were read because somebody looked there: where their tiles are, and which are forgotten.

A flight over a country, or a week at a workshop's table, reads on and on, and every tile that is known takes some
hundred bytes, whether or not anything of it is here. So beyond a number of tiles the parts that were looked at longest
ago are forgotten: tiles stand for them again, and who comes back has their files read once more, mostly from this
computer's disk. Their rows are for the parts that come next; no row of another tile changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.states import TileState, TileStates
from explorer.streaming.tree import TilesetPart, TileTree
from explorer.tileformat import Tileset, part_below, with_parts, without_parts
from explorer.tileformat.unread import UnreadPart

_REST_FRAMES = 60
"""What was looked at in these last ones stays: what is seen, what will be in a moment, and a camera that turns back."""
_KEPT = 0.75
"""Of the tiles that there may be, so many stay when some must go: for choosing begins anew then."""


@dataclass(frozen=True, slots=True)
class KnownPart:
    """A part that was read."""

    part: UnreadPart
    """How to read it again."""
    rows: range
    """Of its tiles. Those of parts nested in it are not among them."""
    above: int | None
    """The tile that stands for the part in which it is nested; None: none that was read later."""


class KnownParts:
    """Of one tileset, by the tile that stands for each. Main thread only."""

    def __init__(self, most_tiles: int) -> None:
        self._most = most_tiles
        self._next_look = 0
        """The frame in which something may have become old enough to go."""
        self._known: dict[int, KnownPart] = {}
        self._n_below: Counter[int] = Counter()
        """How many parts are nested right in one, by what stands for it."""
        self._left: list[range] = []
        """Rows of parts that were forgotten, ascending, none touching another."""
        self.n_tiles = 0
        """In all parts."""

    def grown(self, tileset: Tileset, tree: TileTree, parts: Mapping[int, TilesetPart]) -> tuple[Tileset, TileTree]:
        """A tileset and its tree with what has come of it, by the tiles that stood for that.

        Raises TilesetError where there would be more tiles than can be kept.
        """
        tilesets = {tile: part.tileset for tile, part in parts.items()}
        more = with_parts(tileset, tilesets, self.rows_left(tilesets))
        self.take(tileset, tilesets, more)
        return more, tree.with_parts(more, {tile: part.tree for tile, part in parts.items()})

    def shrunk(
        self, tileset: Tileset, tree: TileTree, states: TileStates, last_used: NDArray[np.int64], frame: int
    ) -> tuple[Tileset, TileTree, NDArray[np.int64]] | None:
        """The same without what is to be forgotten, and the rows that are no tiles any more; None: nothing is.

        As `to_forget`.
        """
        tops = self.to_forget(states, last_used, frame)
        if not tops:
            return None
        parts = self.forget(tops)
        rows = [known.rows for known in parts.values()]
        less = without_parts(tileset, {tile: known.part for tile, known in parts.items()}, rows)
        return less, tree.without_parts(less, tops, rows), np.concatenate([np.arange(r.start, r.stop) for r in rows])

    def rows_left(self, parts: Mapping[int, Tileset]) -> dict[int, int]:
        """The first of as many rows that others have left, for those of the parts for which there are any."""
        left, found = list(self._left), dict[int, int]()
        for tile, part in parts.items():
            fitting = [some for some in left if len(some) >= len(part)]
            if fitting:
                found[tile] = min(fitting, key=len).start
                left = _without(left, range(found[tile], found[tile] + len(part)))
        return found

    def take(self, before: Tileset, parts: Mapping[int, Tileset], after: Tileset) -> None:
        """A tileset has grown by parts (`explorer.tileformat.with_parts`)."""
        for tile, part in parts.items():
            stood_for, first = part_below(before, tile), int(after.first_child[tile])
            assert stood_for is not None
            above = self._part_of(tile, before)
            self._known[tile] = KnownPart(stood_for, range(first, first + len(part)), above)
            self._left = _without(self._left, self._known[tile].rows)
            self.n_tiles += len(part)
            if above is not None:
                self._n_below[above] += 1

    def _part_of(self, tile: int, tileset: Tileset) -> int | None:
        above = int(tileset.parent[tile])
        while above >= 0 and above not in self._known:
            above = int(tileset.parent[above])
        return above if above >= 0 else None

    def to_forget(self, states: TileStates, last_used: NDArray[np.int64], frame: int) -> list[int]:
        """Tiles that are to stand for their parts again, because too many are known; mostly none.

        `last_used`: (n,) the frame in which each tile was looked at, of which `frame` is the present one.
        """
        if self.n_tiles <= self._most or frame < self._next_look:
            return []
        self._next_look = frame + _REST_FRAMES
        tops = list(self._known)
        looked_at = last_used[[known.rows.start for known in self._known.values()]]
        old = np.flatnonzero(looked_at < frame - _REST_FRAMES).tolist()
        # what is nested was looked at no later than what it is nested in, and so goes before it
        old.sort(key=lambda i: (looked_at[i], -self._depth(tops[i])))
        found: list[int] = []
        n_tiles, n_below = self.n_tiles, self._n_below.copy()
        for tile in (tops[i] for i in old):
            if n_tiles <= _KEPT * self._most:
                break
            known = self._known[tile]
            if n_below[tile] or (states.of[known.rows.start : known.rows.stop] == TileState.LOADING).any():
                continue
            found.append(tile)
            n_tiles -= len(known.rows)
            if known.above is not None:
                n_below[known.above] -= 1
        return found

    def _depth(self, tile: int) -> int:
        depth = 0
        above = self._known[tile].above
        while above is not None:
            depth, above = depth + 1, self._known[above].above
        return depth

    def forget(self, tiles: Iterable[int]) -> dict[int, KnownPart]:
        """These stand for their parts again. Returns those parts."""
        gone = {tile: self._known.pop(tile) for tile in tiles}
        for tile, known in gone.items():
            self.n_tiles -= len(known.rows)
            self._n_below.pop(tile, None)
            if known.above is not None and known.above not in gone:
                self._n_below[known.above] -= 1
            self._left = _with(self._left, known.rows)
        return gone


def _without(left: list[range], taken: range) -> list[range]:
    """Ranges less one that lies in one of them, or in none."""
    found: list[range] = []
    for some in left:
        if some.start <= taken.start and taken.stop <= some.stop:
            parts = (range(some.start, taken.start), range(taken.stop, some.stop))
            found += [part for part in parts if len(part)]
        else:
            found.append(some)
    return found


def _with(left: list[range], more: range) -> list[range]:
    """Ranges and one more, those that touch as one."""
    found: list[range] = []
    for some in sorted([*left, more], key=lambda rows: rows.start):
        if found and found[-1].stop == some.start:
            found[-1] = range(found[-1].start, some.stop)
        else:
            found.append(some)
    return found

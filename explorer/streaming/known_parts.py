"""Parts of a tileset that were read because somebody looked there: where their tiles are, and which are forgotten.

A flight over a country, or a week at a workshop's table, reads on and on, and every tile that is known takes some
hundred bytes, whether or not anything of it is here. So beyond a number of tiles the parts that were looked at longest
ago are forgotten: tiles stand for them again, and who comes back has their files read once more, mostly from this
computer's disk. Their rows are for the parts that come next; no row of another tile changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.growing_tree import GrowingTree
from explorer.streaming.states import TileState, TileStates
from explorer.streaming.tree import TilesetPart, TileTree
from explorer.tileformat import GrowingTileset, Tileset, part_below
from explorer.tileformat.unread import UnreadPart

_REST_FRAMES = 60
"""What was looked at in these last ones stays: what is seen, what will be in a moment, and a camera that turns back."""
_KEPT = 0.75
"""Of the tiles that there may be, so many stay when some must go: for choosing begins anew then."""
_TIMES_IN_USE = 2.0
"""Where a view needs parts of many tiles, there may be so many times as many; else it would read the same ones anew
again and again."""
_AT_ONCE, _PARTS_AT_ONCE = 20_000, 200
"""Tiles and parts that go in one frame, about: more would be seen."""
_LOOK_AGAIN = 15
"""Frames until more goes, where more should."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A part that was read."""

    part: UnreadPart
    """How to read it again."""
    rows: range
    """Of its tiles. Those of parts nested in it are not among them."""
    above: int | None
    """The tile that stands for the part in which it is nested; None: none that was read later."""
    depth: int
    """In how many parts it is nested."""


class KnownParts:
    """Of one tileset, by the tile that stands for each. Main thread only."""

    def __init__(self, tileset: Tileset, tree: TileTree, most_tiles: int) -> None:
        self._tileset, self._tree = GrowingTileset(tileset), GrowingTree(tree)
        self._most = most_tiles
        self._is_short = False
        """Fewer went than should."""
        self._next_look = 0
        """The frame in which something may have become old enough to go."""
        self._known: dict[int, _Known] = {}
        self._n_below: Counter[int] = Counter()
        """How many parts are nested right in one, by what stands for it."""
        self._left: list[range] = []
        """Rows of parts that were forgotten, ascending, none touching another."""
        self.n_tiles = 0
        """In all parts."""

    @property
    def tileset(self) -> Tileset:
        """With all that is known."""
        return self._tileset.tileset

    @property
    def tree(self) -> TileTree:
        """Of that tileset."""
        return self._tree.tree

    def take(self, parts: Mapping[int, TilesetPart]) -> None:
        """Know what has come, by the tiles that stood for it.

        Raises TilesetError where there would be more tiles than can be kept.
        """
        stood_for = {tile: part_below(self.tileset, tile) for tile in parts}
        above = {tile: self._part_of(tile) for tile in parts}
        tilesets = {tile: part.tileset for tile, part in parts.items()}
        self._tileset.take(tilesets, self._rows_left(tilesets))
        self._tree.take({tile: part.tree for tile, part in parts.items()}, self.tileset)
        for tile, part in tilesets.items():
            first, stood = int(self.tileset.first_child[tile]), stood_for[tile]
            assert stood is not None
            outer = above[tile]
            depth = 0 if outer is None else self._known[outer].depth + 1
            self._known[tile] = _Known(stood, range(first, first + len(part)), outer, depth)
            self._left = _without(self._left, self._known[tile].rows)
            self.n_tiles += len(part)
            if outer is not None:
                self._n_below[outer] += 1

    def forget(self, states: TileStates, last_used: NDArray[np.int64], frame: int) -> NDArray[np.bool_] | None:
        """Forget what was looked at longest ago, where too much is known; None: nothing was, as mostly.

        Returns which rows, (n,), are no tiles any more.

        `last_used`: (n,) the frame in which each tile was looked at, of which `frame` is the present one.
        """
        tops = self._to_forget(states, last_used, frame)
        if not tops:
            return None
        gone = {tile: self._known.pop(tile) for tile in tops}
        rows = [known.rows for known in gone.values()]
        self._tileset.give_up({tile: known.part for tile, known in gone.items()}, rows)
        self._tree.give_up(tops, rows, self.tileset)
        for tile, known in gone.items():
            self.n_tiles -= len(known.rows)
            self._n_below.pop(tile, None)
            if known.above is not None and known.above not in gone:
                self._n_below[known.above] -= 1
        self._left = _merged([*self._left, *rows])
        is_gone = np.zeros(len(states.of), bool)
        for some in rows:
            is_gone[some.start : some.stop] = True
        return is_gone

    def _rows_left(self, parts: Mapping[int, Tileset]) -> dict[int, int]:
        """The first of as many rows that others have left, for those of the parts for which there are any."""
        left, found = list(self._left), dict[int, int]()
        for tile, part in parts.items():
            fitting = [some for some in left if len(some) >= len(part)]
            if fitting:
                found[tile] = min(fitting, key=len).start
                left = _without(left, range(found[tile], found[tile] + len(part)))
        return found

    def _part_of(self, tile: int) -> int | None:
        parent = self.tileset.parent
        above = int(parent[tile])
        while above >= 0 and above not in self._known:
            above = int(parent[above])
        return above if above >= 0 else None

    def _to_forget(self, states: TileStates, last_used: NDArray[np.int64], frame: int) -> list[int]:
        """Tiles that are to stand for their parts again."""
        if self.n_tiles <= self._most or frame < self._next_look:
            return []
        self._next_look = frame + _REST_FRAMES
        tops = list(self._known)
        looked_at = last_used[[known.rows.start for known in self._known.values()]]
        is_old = looked_at < frame - _REST_FRAMES
        sizes = np.array([len(known.rows) for known in self._known.values()])
        most = max(self._most, _TIMES_IN_USE * float(sizes[~is_old].sum()))
        if self.n_tiles <= most and not self._is_short:
            return []
        depth = np.array([known.depth for known in self._known.values()])
        # what is nested was looked at no later than what it is nested in, and so goes before it
        old = [tops[i] for i in np.lexsort((-depth, looked_at)).tolist() if is_old[i]]
        found: list[int] = []
        n_tiles, n_below = self.n_tiles, self._n_below.copy()
        for tile in old:
            if n_tiles <= _KEPT * most or self.n_tiles - n_tiles >= _AT_ONCE or len(found) >= _PARTS_AT_ONCE:
                break
            known = self._known[tile]
            if n_below[tile] or (states.of[known.rows.start : known.rows.stop] == TileState.LOADING).any():
                continue
            found.append(tile)
            n_tiles -= len(known.rows)
            if known.above is not None:
                n_below[known.above] -= 1
        self._is_short = n_tiles > _KEPT * most and bool(found)
        if self._is_short:
            self._next_look = frame + _LOOK_AGAIN
        return found


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


def _merged(left: list[range]) -> list[range]:
    """Ranges ascending, those that touch as one."""
    found: list[range] = []
    for some in sorted(left, key=lambda rows: rows.start):
        if found and found[-1].stop == some.start:
            found[-1] = range(found[-1].start, some.stop)
        else:
            found.append(some)
    return found

"""Which tiles of a tileset the view of a frame needs, and which the view in a moment will ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.foresight import LookAhead
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.selection import Selection, Selector
from explorer.streaming.states import TileStates
from explorer.streaming.tree import TileTree


class Choice:
    """Of one tileset. A view at rest, over tiles that stay where they are, is chosen for once."""

    def __init__(self, tree: TileTree, states: TileStates, must_refine: frozenset[int] = frozenset()) -> None:
        self._states, self._must_refine = states, must_refine
        self.last: Selection | None = None
        """What was chosen last, for whatever view that was."""
        self.begin_anew(tree)

    def begin_anew(self, tree: TileTree) -> None:
        """Choose from another tree, whose states stand where those of the one before stood."""
        self._tree = tree
        self._selector, self._look_ahead = Selector(tree), LookAhead(tree)
        self.last = None
        self.set_must_refine(self._must_refine)

    def take_parts(self, tree: TileTree, tiles: Sequence[int]) -> None:
        """Go on with a tree that has more tiles, below these; there are states for all of them."""
        self._tree = tree
        self._selector.take_parts(tree, tiles)
        self._look_ahead.take_parts(tree, tiles)
        self.set_must_refine(self._must_refine)

    def forget(self, tree: TileTree, is_gone: NDArray[np.bool_]) -> None:
        """Go on with a tree of which these rows, (n,), are no tiles any more."""
        self._tree, self._selector, self.last = tree, Selector(tree), None
        self._look_ahead.forget(tree, is_gone)

    def set_must_refine(self, tiles: frozenset[int]) -> None:
        """Refine these tiles wherever they are in view."""
        mask = np.zeros(len(self._states.of), bool)
        mask[[tile for tile in tiles if 0 <= tile < len(mask)]] = True
        self._must_refine, self._refined = tiles, mask if mask.any() else None
        self._key: object = None

    def select(self, cameras: Sequence[Camera], allowed_px: float) -> Selection:
        """What cameras need, at this screen-space error. [px]"""
        key = (tuple(cameras), self._states.version, allowed_px)
        if self.last is None or key != self._key:
            self.last = self._selector.select(
                cameras, self._states.of, max_screen_space_error=allowed_px, must_refine=self._refined
            )
            self._key = key
        return self.last

    def look_ahead(self, cameras: Sequence[Camera], allowed_px: float, now: float) -> Selection | None:
        """What they will need in a moment, see `LookAhead.look`."""
        return self._look_ahead.look(
            cameras, self._states.of, now, max_screen_space_error=allowed_px, must_refine=self._refined
        )

    def grow_boxes(self, come: Mapping[int, PreparedTile]) -> None:
        """What came may reach beyond the boxes of its tiles: choose by larger ones then."""
        if not come:
            return
        lo, hi = np.array([one.lo for one in come.values()]), np.array([one.hi for one in come.values()])
        if self._tree.grow_each(list(come), lo, hi):
            self._selector.boxes_grew()
            self._look_ahead.boxes_grew()

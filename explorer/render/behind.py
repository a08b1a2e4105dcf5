"""Which of the tiles that are shown are left out of the picture, because others hide them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Set

import numpy as np
from numpy.typing import NDArray

from explorer.render.gathered import Gathering
from explorer.render.page import GatheredTile
from explorer.render.tile_view import TileView

Sees = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""Of boxes, least and greatest corners (n, 3) in the world: which are in view (n,), and which of those can be seen."""


class Behind:
    """Of one view's tiles. `views`, `gathering`: where they are; read, not kept.

    Tiles with points or lines are never left out: dots and ribbons have a width on screen, and stand out of all boxes.
    """

    def __init__(self, views: Mapping[Hashable, TileView | GatheredTile], gathering: Gathering) -> None:
        self._views, self._gathering = views, gathering
        self._keys: set[Hashable] = set()
        self._boxes: tuple[list[Hashable], NDArray[np.float64], NDArray[np.int64]] | None = None
        """Tiles that are shown and may be left out, the boxes of all (k, 2, 3), and whose each is (k,); None: something
        has changed."""

    def __len__(self) -> int:
        return len(self._keys)

    def forget(self, key: Hashable) -> None:
        """This tile is gone, or another view of it has come."""
        self._keys.discard(key)
        self._boxes = None

    def others_are_shown(self) -> None:
        """Look at the tiles anew."""
        self._boxes = None

    def hide(self, shown: Set[Hashable], sees: Sees | None) -> int:
        """Leave out what cannot be seen, None: nothing; returns how many triangles in view that spares."""
        behind = self._found(shown, sees)
        if behind != self._keys:
            for key in behind ^ self._keys:
                view = self._views[key]
                if isinstance(view, TileView):
                    view.hide_behind(key in behind)
            self._keys = behind
            some = (self._views[key] for key in behind)
            self._gathering.hide_behind([view for view in some if isinstance(view, GatheredTile)])
        return sum(self._views[key].n_triangles for key in behind)

    def would_show(self, shown: Set[Hashable], sees: Sees) -> bool:
        """Whether anything that is left out now would not be by this test."""
        return bool(self._keys - self._found(shown, sees))

    def _found(self, shown: Set[Hashable], sees: Sees | None) -> set[Hashable]:
        """Of all that are shown, those in view that cannot be seen."""
        if sees is None:
            return set()
        if self._boxes is None:
            keys = [key for key in shown if self._views[key].stays_in_boxes]
            boxes = [self._views[key].boxes for key in keys]
            owner = np.repeat(np.arange(len(keys)), [len(some) for some in boxes])
            self._boxes = keys, np.concatenate([np.zeros((0, 2, 3)), *boxes]), owner
        keys, boxes_of_all, owner = self._boxes
        in_view, seen = sees(boxes_of_all[:, 0], boxes_of_all[:, 1])
        is_behind = np.bincount(owner, in_view, len(keys)) > 0
        is_behind &= np.bincount(owner, seen, len(keys)) == 0
        return {keys[i] for i in np.flatnonzero(is_behind).tolist()}

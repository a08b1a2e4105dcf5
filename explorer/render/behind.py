"""Which of the tiles that are shown are left out of the picture, whole or in patches, because others hide them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.render.gathered import Gathering
from explorer.render.page import GatheredTile
from explorer.render.tile_view import TileView

Sees = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""Of boxes, least and greatest corners (n, 3) in the world: which are in view (n,), and which of those can be seen."""
_WHOLE = -1
"""Stands for all of a tile where others are numbers of patches."""
_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Of all that may be left out: m tiles and patches, which lie in k boxes."""

    what: list[tuple[Hashable, int]]
    """(m,) tile, and number of the patch or `_WHOLE`."""
    boxes: NDArray[np.float64]
    """(k, 2, 3)"""
    owner: NDArray[np.int64]
    """(k,) whose each box is."""


class Behind:
    """Of one view's tiles. `views`, `gathering`: where they are; read, not kept.

    Tiles with points or lines are never left out: dots and ribbons have a width on screen, and stand out of all boxes.
    """

    def __init__(self, views: Mapping[Hashable, TileView | GatheredTile], gathering: Gathering) -> None:
        self._views, self._gathering = views, gathering
        self._hidden: dict[Hashable, frozenset[int]] = {}
        """Patches of each tile, or `_WHOLE`, that are left out."""
        self._boxes: _Boxes | None = None
        """Of what is shown; None: that has changed."""

    def __len__(self) -> int:
        """Tiles of which something is left out."""
        return len(self._hidden)

    def forget(self, key: Hashable) -> None:
        """This tile is gone, or another view of it has come."""
        self._hidden.pop(key, None)
        self._boxes = None

    def others_are_shown(self) -> None:
        """Look at the tiles anew."""
        self._boxes = None

    def hide(self, shown: Set[Hashable], sees: Sees | None) -> int:
        """Leave out what cannot be seen, None: nothing; returns how many triangles in view that spares."""
        hidden = self._found(shown, sees)
        gathered: list[GatheredTile] = []
        n_spared = 0
        for key in self._hidden.keys() | hidden.keys():
            view, before, now = self._views[key], self._hidden.get(key, _NOTHING), hidden.get(key, _NOTHING)
            if isinstance(view, GatheredTile):
                if now:
                    gathered.append(view)
            elif now != before:
                _leave_out(view, now)
            n_spared += _n_triangles(view, now)
        if hidden.keys() != self._hidden.keys():
            self._gathering.hide_behind(gathered)
        self._hidden = hidden
        return n_spared

    def would_show(self, shown: Set[Hashable], sees: Sees) -> bool:
        """Whether anything that is left out now would not be by this test."""
        found = self._found(shown, sees)
        return any(now - found.get(key, _NOTHING) for key, now in self._hidden.items())

    def _found(self, shown: Set[Hashable], sees: Sees | None) -> dict[Hashable, frozenset[int]]:
        """Of all that is shown, what is in view and cannot be seen."""
        if sees is None:
            return {}
        if self._boxes is None:
            self._boxes = self._boxes_of(shown)
        what, boxes, owner = self._boxes.what, self._boxes.boxes, self._boxes.owner
        in_view, seen = sees(boxes[:, 0], boxes[:, 1])
        is_behind = np.bincount(owner, in_view, len(what)) > 0
        is_behind &= np.bincount(owner, seen, len(what)) == 0
        found: dict[Hashable, set[int]] = {}
        for i in np.flatnonzero(is_behind).tolist():
            key, part = what[i]
            found.setdefault(key, set()).add(part)
        return {key: frozenset(parts) for key, parts in found.items()}

    def _boxes_of(self, shown: Set[Hashable]) -> _Boxes:
        what: list[tuple[Hashable, int]] = []
        boxes, count = [np.zeros((0, 2, 3))], []
        for key in shown:
            view = self._views[key]
            if not view.stays_in_boxes:
                continue
            what.append((key, _WHOLE))
            boxes.append(view.boxes)
            count.append(len(view.boxes))
            patches = view.patches if isinstance(view, TileView) else None
            if patches is not None:
                what += [(key, i) for i in range(len(patches.boxes))]
                boxes.append(patches.boxes)
                count += [1] * len(patches.boxes)
        return _Boxes(what, np.concatenate(boxes), np.repeat(np.arange(len(what)), count))


def _leave_out(view: TileView, parts: frozenset[int]) -> None:
    view.hide_behind(_WHOLE in parts)
    if view.patches is not None:
        view.patches.hide(parts - {_WHOLE})


def _n_triangles(view: TileView | GatheredTile, parts: frozenset[int]) -> int:
    """How many of a tile's triangles these parts have."""
    if _WHOLE in parts:
        return view.n_triangles
    patches = view.patches if isinstance(view, TileView) else None
    return int(patches.n_triangles[list(parts)].sum()) if patches is not None and parts else 0

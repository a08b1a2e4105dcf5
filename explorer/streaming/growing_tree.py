"""The tree of a tileset that grows and shrinks in place: what a part costs goes with the part, not with the tileset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.tree import TileTree
from explorer.streaming.volumes import WorldVolumes
from explorer.tileformat import GrowingArray, Tileset

_COLUMNS = ("centre", "axes", "half_lengths", "adds", "has_content")


class GrowingTree:
    """Goes with a `GrowingTileset`, and as that one shares its memory with every `tree` that it gave out before."""

    def __init__(self, tree: TileTree) -> None:
        self.tree = tree
        self._columns: dict[str, GrowingArray[Any]] = {name: GrowingArray(getattr(tree, name)) for name in _COLUMNS}
        self._content, self._request = _Volumes(tree.content), _Volumes(tree.request)

    def take(self, parts: Mapping[int, TileTree], tileset: Tileset) -> None:
        """Put in what turned out to hang below some tiles. `tileset`: the one that has taken the same parts."""
        for tile, tree in parts.items():
            first = int(tileset.first_child[tile])
            for name, column in self._columns.items():
                column.put(first, getattr(tree, name))
            for volumes, some in ((self._content, tree.content), (self._request, tree.request)):
                volumes.put(first, len(tree), some)
        self._columns["has_content"].rows[list(parts)] = False
        self._show(tileset)

    def give_up(self, tops: Sequence[int], rows: Sequence[range], tileset: Tileset) -> None:
        """Have tiles stand for parts again. `tileset`: the one that has given up the same parts."""
        gone = np.concatenate([np.arange(some.start, some.stop) for some in rows])
        has_content = self._columns["has_content"].rows
        has_content[list(tops)] = True
        has_content[gone] = False
        for volumes in (self._content, self._request):
            volumes.give_up(gone)
        self._show(tileset)

    def _show(self, tileset: Tileset) -> None:
        n = len(tileset)
        self.tree = replace(
            self.tree,
            **{name: column.rows for name, column in self._columns.items()},
            geometric_error=tileset.geometric_error,
            parent=tileset.parent,
            first_child=tileset.first_child,
            child_count=tileset.child_count,
            content=self._content.of(n),
            request=self._request.of(n),
        )


class _Volumes:
    """Volumes of some tiles; nothing is kept while no tile has any."""

    def __init__(self, volumes: WorldVolumes | None) -> None:
        self._slot: GrowingArray[np.int32] | None = None
        self._columns: list[GrowingArray[Any]] = []
        if volumes is not None:
            self._begin(volumes.slot, volumes)

    def _begin(self, slot: NDArray[np.int32], volumes: WorldVolumes) -> None:
        self._slot = GrowingArray(slot)
        self._columns = [GrowingArray(column) for column in _columns_of(volumes)]

    def put(self, first: int, n: int, part: WorldVolumes | None) -> None:
        """Take in those of n tiles from row `first` on."""
        if part is None and self._slot is None:
            return
        if self._slot is None:
            assert part is not None
            self._slot = GrowingArray(np.full(first, -1, np.int32))
            self._columns = [GrowingArray(column[:0]) for column in _columns_of(part)]
        self._fill_up(first)
        slot = np.full(n, -1, np.int32) if part is None else part.slot
        n_slots = len(self._columns[0].rows)
        self._slot.put(first, np.where(slot < 0, -1, slot + n_slots))
        if part is not None:
            for column, some in zip(self._columns, _columns_of(part), strict=True):
                column.put(n_slots, some)

    def _fill_up(self, n: int) -> None:
        assert self._slot is not None
        lacking = n - len(self._slot.rows)
        if lacking > 0:
            self._slot.put(n - lacking, np.full(lacking, -1, np.int32))

    def give_up(self, tiles: NDArray[np.int64]) -> None:
        """Let go of those of some tiles."""
        if self._slot is None:
            return
        slot = self._slot.rows
        stays = np.ones(len(self._columns[0].rows), bool)
        mine = slot[tiles[tiles < len(slot)]]
        stays[mine[mine >= 0]] = False
        if stays.all():
            return
        number = np.append(np.where(stays, np.cumsum(stays) - 1, -1), -1).astype(np.int32)  # the last is of no volume
        self._slot = GrowingArray(number[slot])
        for column in self._columns:
            column.keep(stays)

    def of(self, n: int) -> WorldVolumes | None:
        """Those of n tiles."""
        if self._slot is None:
            return None
        self._fill_up(n)
        return WorldVolumes(self._slot.rows, *(column.rows for column in self._columns))


def _columns_of(volumes: WorldVolumes) -> tuple[NDArray[Any], ...]:
    return volumes.centre, volumes.half_axes, volumes.is_ball, volumes.shares

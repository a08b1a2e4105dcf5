"""Volumes that only some tiles have, in the world: where their contents are, and from where they may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat import TileVolumes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WorldVolumes:
    """Volumes of m tiles out of n, world frame."""

    slot: NDArray[np.int32]
    """(n,) which volume a tile has; -1 for none."""
    centre: FloatArray
    """(m, 3) [m]"""
    half_axes: FloatArray
    """(m, 3, 3) rows."""
    is_ball: NDArray[np.bool_]
    shares: FloatArray
    """(m, 3, 3) brings offsets from the middle to parts of the half axes, which may slant: `offset @ shares`."""

    @classmethod
    def of(
        cls, volumes: TileVolumes, n: int, way: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    ) -> WorldVolumes | None:
        """The volumes of a tileset of n tiles, brought over by `way`; None where no tile has one."""
        if not len(volumes):
            return None
        slot = np.full(n, -1, np.int32)
        slot[volumes.tile] = np.arange(len(volumes))
        centre, half_axes = way(volumes.centre, volumes.half_axes)
        shares = np.asarray(np.linalg.pinv(half_axes), np.float64)
        return cls(slot, centre, half_axes, volumes.is_ball, shares)

    def __len__(self) -> int:
        return len(self.centre)

    def seen(self, tiles: NDArray[np.int64], normals: FloatArray, offsets: FloatArray) -> NDArray[np.bool_]:
        """Whether each of these tiles' volumes is inside planes (normals (3, p), offsets (p,)); True without one."""
        seen = np.ones(len(tiles), bool)
        having = np.flatnonzero(self.slot[tiles] >= 0)
        if len(having):
            slots = self.slot[tiles[having]]
            reach = np.abs(self.half_axes[slots] @ normals).sum(axis=1)
            seen[having] = (self.centre[slots] @ normals + offsets + reach).min(axis=1) >= 0.0
        return seen

    def hold(self, tiles: NDArray[np.int64], position: FloatArray) -> NDArray[np.bool_]:
        """Whether each of these tiles' volumes holds a point (3,); True for those without one."""
        inside = np.ones(len(tiles), bool)
        having = np.flatnonzero(self.slot[tiles] >= 0)
        if len(having):
            slots = self.slot[tiles[having]]
            share = np.einsum("ni,nij->nj", position - self.centre[slots], self.shares[slots])
            far = np.where(self.is_ball[slots], np.linalg.norm(share, axis=1), np.abs(share).max(axis=1))
            inside[having] = far <= 1.0
        return inside

    def to_grow(self) -> WorldVolumes:
        """The same volumes, which can be made larger without changing these."""
        return replace(self, centre=self.centre.copy(), half_axes=self.half_axes.copy())

    def grow(self, tile: int, lo: FloatArray, hi: FloatArray) -> None:
        """Make a tile's volume, where it has one, hold what the tile turned out to hold."""
        slot = int(self.slot[tile])
        if slot < 0:
            return
        reach = np.abs(self.half_axes[slot]).sum(axis=0)
        own_lo, own_hi = self.centre[slot] - reach, self.centre[slot] + reach
        if (lo < own_lo).any() or (hi > own_hi).any():
            lo, hi = np.minimum(lo, own_lo), np.maximum(hi, own_hi)
            self.centre[slot] = (lo + hi) / 2.0
            self.half_axes[slot] = np.diag((hi - lo) / 2.0)

    def without(self, tiles: NDArray[np.int64]) -> WorldVolumes | None:
        """Without those of some tiles; None: no other has any."""
        stays = np.ones(len(self), bool)
        mine = self.slot[tiles]
        stays[mine[mine >= 0]] = False
        if not stays.any():
            return None
        number = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
        slot = np.where(self.slot < 0, -1, number[self.slot]).astype(np.int32)
        return WorldVolumes(slot, self.centre[stays], self.half_axes[stays], self.is_ball[stays], self.shares[stays])


def joined_volumes(
    own: WorldVolumes | None, parts: Sequence[WorldVolumes | None], firsts: Sequence[int], n: int
) -> WorldVolumes | None:
    """The volumes of a tree's tiles, and of those of its parts, which begin at these rows of n; None: none has any."""
    having = [volumes for volumes in (own, *parts) if volumes is not None]
    if not having:
        return None
    slot = np.full(n, -1, np.int32)
    n_slots = 0
    for volumes, first in zip((own, *parts), (0, *firsts), strict=True):
        if volumes is not None:
            mine = volumes.slot
            slot[first : first + len(mine)] = np.where(mine < 0, -1, mine + n_slots)
            n_slots += len(volumes)
    return WorldVolumes(
        slot,
        np.concatenate([one.centre for one in having]),
        np.concatenate([one.half_axes for one in having]),
        np.concatenate([one.is_ball for one in having]),
        np.concatenate([one.shares for one in having]),
    )

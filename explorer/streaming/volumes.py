"""Volumes that only some tiles have, in the world: where their contents are, and from where they may be asked for."""

from __future__ import annotations

from collections.abc import Callable
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

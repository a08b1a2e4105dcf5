"""Tiles that show the same content at different places: prepared once, then moved as a whole.

What a tile's arrays hold are offsets from its centre. Where a content stands turned and bent as it does elsewhere, they
are the same to less than a float32 tells, and only the centre differs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.prepared import PreparedTile
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import TileContent

MOST_OFF_M = 0.0001
"""By which the corners of two places may differ, once they are moved onto each other: what stands there is the same."""
LARGEST_BYTES = 512 * 1024
"""Of a tile that is kept: what is repeated is small."""
MOST_BYTES = 8 * 1024 * 1024
_LEAST_M = 1.0
"""Half the side of the smallest box that is looked at: a point has no directions that could turn."""
_CORNERS = np.array([(0, 0, 0), *product((-1, 1), repeat=3)], np.float64)

How = tuple[float, bool]
"""What else a prepared tile depends on: geometric error, and whether finer ones take its place."""


@dataclass(frozen=True, eq=False)
class _Kept:
    content: TileContent
    """Held, so that its identity is nobody else's."""
    box: NDArray[np.float64]
    """(9, 3) middle and corners of what its meshes fill, in the tile's frame. [m]"""
    world: NDArray[np.float64]
    """(9, 3) the same where it was prepared for."""
    tile: PreparedTile


class Repeats:
    """The tiles made last of contents that came before. Thread-safe; tiles are never changed."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._used_bytes = 0
        self._kept: OrderedDict[tuple[int, How], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def prepared(
        self,
        content: TileContent,
        transform: NDArray[np.float64],
        way: WorldFromTileset,
        how: How,
        prepare: Callable[[], PreparedTile],
    ) -> PreparedTile:
        """What `prepare` gives for this content, at this place; from an earlier one where that comes to the same.

        `transform` is 4x4, the tile's frame to the tileset's root frame, and `way` leads on to the world.
        """
        if content.instances or content.points or content.lines:
            return prepare()
        key = (id(content), how)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        box = _box_of(content) if kept is None else kept.box
        if box is None:
            return prepare()
        world = way(box @ transform[:3, :3].T + transform[:3, 3])
        if kept is not None:
            away = world - kept.world
            if np.abs(away - away[0]).max() <= MOST_OFF_M:
                return _moved(kept.tile, away[0])
        tile = prepare()
        if kept is None and tile.size_bytes <= LARGEST_BYTES:
            self._keep(key, _Kept(content, box, world, tile))
        return tile

    def _keep(self, key: tuple[int, How], kept: _Kept) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = kept
            self._used_bytes += kept.tile.size_bytes
            while self._used_bytes > self._most_bytes:
                _key, gone = self._kept.popitem(last=False)
                self._used_bytes -= gone.tile.size_bytes


def _moved(tile: PreparedTile, by: NDArray[np.float64]) -> PreparedTile:
    return replace(tile, centre=tile.centre + by, lo=tile.lo + by, hi=tile.hi + by)


def _box_of(content: TileContent) -> NDArray[np.float64] | None:
    """As in `_Kept`; None where there is nothing, or numbers are broken."""
    corners = []
    for mesh in content.meshes:
        if len(mesh.triangles):
            lo, hi = mesh.positions.min(axis=0).astype(np.float64), mesh.positions.max(axis=0).astype(np.float64)
            places = (lo + hi) / 2.0 + _CORNERS * (hi - lo) / 2.0
            place = mesh.placement
            corners.append(places if place is None else places @ place[:3, :3].T + place[:3, 3])
    if not corners:
        return None
    every = np.concatenate(corners)
    lo, hi = every.min(axis=0), every.max(axis=0)
    if not (np.isfinite(lo).all() and np.isfinite(hi).all()):
        return None
    return np.asarray((lo + hi) / 2.0 + _CORNERS * np.maximum((hi - lo) / 2.0, _LEAST_M))

"""The part of the city that a walker can bump into: the finest triangles of the tiles around, and the gaps between."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import floor

import numpy as np
from numpy.typing import NDArray

from explorer.navigation.collision_cell import CollisionCell, Support
from explorer.navigation.collision_tile import CollisionTile

FloatArray = NDArray[np.float64]
Rectangle = tuple[float, float, float, float]

CELL_METRES = 2.0
"""Making a cell takes about 1 ms, asking it microseconds: larger ones are made less often and hold more. [m]"""
REACH_METRES = 0.8
"""Obstacles are known this far around a cell: the greatest radius of a walker and one substep. [m]"""
MAX_CELLS = 20_000
"""Cells kept; they are made again when needed. About 5 kB each."""


class CollisionWorld:
    """Triangles by tile, and which tiles are still missing.

    A tile is announced with `expect_tile` (its box alone), comes with `add_tile` and goes with `remove_tile`. Nobody
    may walk where an announced tile has not come yet. Cells of a few square metres are made when a walker gets there
    and kept until a tile above them changes.
    """

    def __init__(self) -> None:
        self._tiles: dict[Hashable, CollisionTile] = {}
        self._expected: dict[Hashable, Rectangle] = {}
        self._cells: dict[tuple[int, int], CollisionCell] = {}
        self._asked: dict[tuple[float, float, float], Support | None] = {}
        self.version = 0
        """Goes up with every change."""

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._tiles

    @property
    def expected(self) -> frozenset[Hashable]:
        """Keys of the tiles that are announced and not here."""
        return frozenset(self._expected)

    @property
    def is_unclassified(self) -> bool:
        """Whether no tile says which of its surfaces are ground: then roofs and ground cannot be told apart."""
        return not any(tile.has_ground for tile in self._tiles.values())

    def expect_tile(self, key: Hashable, lo: Sequence[float], hi: Sequence[float]) -> None:
        """Say that a tile will bring triangles between two corners of the world (2 or 3 coordinates). [m]"""
        if key not in self._tiles:
            self._expected[key] = (float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1]))
            self._forget(self._expected[key])

    def add_tile(self, key: Hashable, positions: FloatArray, surface_class: NDArray[np.uint8] | None = None) -> None:
        """Take the triangles (m, 3, 3) of a tile in world metres and their classes (m,); a known key is replaced."""
        self.add_prepared(key, CollisionTile(positions, surface_class))

    def add_prepared(self, key: Hashable, tile: CollisionTile) -> None:
        """Take a tile whose grid was made elsewhere, in a worker say."""
        self.remove_tile(key)
        self._tiles[key] = tile
        self._forget((float(tile.lo[0]), float(tile.lo[1]), float(tile.hi[0]), float(tile.hi[1])))

    def remove_tile(self, key: Hashable) -> None:
        """Let a tile go, loaded or only announced; an unknown key is nothing."""
        expected = self._expected.pop(key, None)
        if expected is not None:
            self._forget(expected)
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self._forget((float(tile.lo[0]), float(tile.lo[1]), float(tile.hi[0]), float(tile.hi[1])))

    def _forget(self, box: Rectangle) -> None:
        self.version += 1
        self._asked.clear()
        margin = CELL_METRES + REACH_METRES
        x0, y0, x1, y1 = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
        stale = [key for key in self._cells if x0 <= key[0] * CELL_METRES <= x1 and y0 <= key[1] * CELL_METRES <= y1]
        for key in stale:
            del self._cells[key]

    def cell(self, x: float, y: float) -> CollisionCell:
        """The square around a position."""
        key = (floor(x / CELL_METRES), floor(y / CELL_METRES))
        cell = self._cells.get(key)
        if cell is None:
            if len(self._cells) >= MAX_CELLS:
                self._cells.clear()
            x0, y0 = key[0] * CELL_METRES, key[1] * CELL_METRES
            cell = CollisionCell(
                tuple(self._tiles.values()), x0, y0, CELL_METRES, REACH_METRES, self._is_missing(x0, y0)
            )
            self._cells[key] = cell
        return cell

    def _is_missing(self, x0: float, y0: float) -> bool:
        far, near = CELL_METRES + REACH_METRES, REACH_METRES
        return any(
            box[0] <= x0 + far and box[2] >= x0 - near and box[1] <= y0 + far and box[3] >= y0 - near
            for box in self._expected.values()
        )

    def is_pending(self, x: float, y: float) -> bool:
        """Whether a tile that has not come yet may still put something here."""
        return self.cell(x, y).is_pending

    def support(self, x: float, y: float, ceiling: float) -> Support | None:
        """The highest surface at a position that is not above `ceiling`; None where there is none. [m]"""
        key = (x, y, ceiling)
        if key in self._asked:  # a step asks twice for where it ends, and the next one again
            return self._asked[key]
        if len(self._asked) >= 64:
            self._asked.clear()
        found = self._asked[key] = self.cell(x, y).support(x, y, ceiling)
        return found

    def support_above(self, x: float, y: float, height: float) -> Support | None:
        """The lowest surface at a position that is above `height`; None where there is none. [m]"""
        return self.cell(x, y).support_above(x, y, height)

    def ground_height(self, x: float, y: float) -> float | None:
        """Height of the highest surface at a position, roofs included; None where nothing is known. [m]"""
        top = self.support(x, y, float("inf"))
        return None if top is None else top.height

"""The way from a tileset to the world for one tile at a time: fits are made once for a neighbourhood and shared."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, MapTransform, OrientedBox, PolynomialFit, WorldFrame, fit_world_from
from explorer.streaming.tree import TileTree, WorldFromTileset, world_tree
from explorer.tileformat import Tileset

CELL_M = 2000.0
"""Tiles smaller than this share the fit of a cell. Over the cell and its rim it errs by less than 1 mm, most of it from
the grid of a datum shift, which is not smooth."""
_HEIGHTS = (-200.0, 600.0)
"""Heights, from the cells' zero, that a shared fit is made for. [m]"""


class Placing:
    """Gives each tile its way to the world. Thread-safe: workers ask it.

    `source_crs` None means ECEF; `world_from_tileset` replaces all fitting.
    """

    def __init__(
        self,
        frame: WorldFrame,
        *,
        source_crs: CompoundCrs | None = None,
        world_from_tileset: WorldFromTileset | None = None,
    ) -> None:
        self._frame = frame
        self._source_crs = source_crs
        self._way = world_from_tileset
        self._lock = threading.Lock()
        self._fits: dict[tuple[int, int], PolynomialFit] = {}

    def tree(self, tileset: Tileset) -> TileTree:
        """A tileset's boxes in the world, or those of a part of it. Raises CrsError as `world_tree`."""
        return world_tree(tileset, self._frame, source_crs=self._source_crs, world_from_tileset=self._way)

    def way(self, root_box: OrientedBox, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> WorldFromTileset:
        """The way for a tile with this box in the root frame, and these least and greatest world coordinates.

        Raises CrsError where the tile lies outside the CRS's reach.
        """
        if self._way is not None:
            return self._way
        if self._source_crs is not None:
            lo, hi = root_box.bounds()  # cells are those of the tileset's own map then
        size = float((hi - lo)[:2].max())
        inside = lo[2] >= _HEIGHTS[0] and hi[2] <= _HEIGHTS[1]
        if size > CELL_M or not inside:
            return fit_world_from(self._frame, self._source_crs, root_box)
        middle = (lo + hi) / 2.0
        cell = (int(middle[0] // CELL_M), int(middle[1] // CELL_M))
        with self._lock:
            found = self._fits.get(cell)
            if found is None:
                found = self._fits[cell] = fit_world_from(self._frame, self._source_crs, self._cell_box(cell))
        return found

    def _cell_box(self, cell: tuple[int, int]) -> OrientedBox:
        """Box of a cell with half a cell around it, in the tileset's coordinates."""
        transform: MapTransform = self._frame.transform
        middle = np.array([(cell[0] + 0.5) * CELL_M, (cell[1] + 0.5) * CELL_M, sum(_HEIGHTS) / 2.0])
        reach = np.diag([CELL_M, CELL_M, (_HEIGHTS[1] - _HEIGHTS[0]) / 2.0])
        if self._source_crs is not None:
            return OrientedBox(middle, reach)
        points = transform.to_ecef(self._frame.to_map(np.concatenate([middle[None], middle + reach, middle - reach])))
        return OrientedBox(points[0], (points[1:4] - points[4:7]) / 2.0)

"""A tile cut into cells of the map, each with its own heights: what of a tile may be seen is told far better by a
hundred small boxes than by the one around all of it, whose church tower stands over everybody's roof.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.render.extents import extents
from explorer.streaming import PreparedMesh, PreparedTile

CELLS = 16
"""Along the longer side of a tile. [-]"""
_LEAST_M = 4.0
"""No cell is smaller. [m]"""


def with_cells(tile: PreparedTile) -> PreparedTile:
    """The tile with `PreparedTile.cells`; before it is packed. 0.1 ms for 1,000 triangles."""
    if tile.points or tile.lines:
        return tile
    meshes = [mesh for mesh in tile.meshes if isinstance(mesh, PreparedMesh) and mesh.n_triangles]
    patches = [np.stack([one.lo, one.hi], axis=1) for one in tile.instances]
    reach = [extents(mesh.positions, mesh.triangles) for mesh in meshes]
    boxes = []
    if reach:
        lo, hi = (np.concatenate(some, axis=1).T for some in zip(*reach, strict=True))
        boxes = [_Grid(lo, hi).boxes()]
    return replace(tile, cells=np.concatenate([*boxes, *patches]).astype(np.float32)) if boxes or patches else tile


class _Grid:
    """Least and greatest heights of triangles in each cell of the map that their boxes touch."""

    def __init__(self, lo: NDArray[np.float32], hi: NDArray[np.float32]) -> None:
        """`lo`, `hi`: (m, 3) of the triangles."""
        self._start = lo[:, :2].min(axis=0)
        reach = hi[:, :2].max(axis=0) - self._start
        self._side = max(float(reach.max()) / CELLS, _LEAST_M)
        self._shape = np.floor(reach / self._side).astype(np.int64) + 1
        self._low = np.full(self._shape, np.inf, np.float32)
        self._high = np.full(self._shape, -np.inf, np.float32)
        first = ((lo[:, :2] - self._start) / self._side).astype(np.int64)
        last = np.minimum(((hi[:, :2] - self._start) / self._side).astype(np.int64), self._shape - 1)
        is_small = (last - first <= 1).all(axis=1)
        self._add_small(first[is_small], last[is_small], lo[is_small, 2], hi[is_small, 2])
        large = np.flatnonzero(~is_small)
        for i, (x, y), (x_end, y_end) in zip(large.tolist(), first[large].tolist(), last[large].tolist(), strict=True):
            part = np.s_[x : x_end + 1, y : y_end + 1]
            np.minimum(self._low[part], lo[i, 2], out=self._low[part])
            np.maximum(self._high[part], hi[i, 2], out=self._high[part])

    def _add_small(
        self,
        first: NDArray[np.int64],
        last: NDArray[np.int64],
        low: NDArray[np.float32],
        high: NDArray[np.float32],
    ) -> None:
        """Triangles over at most two cells each way: those of their four corners."""
        crosses = last > first
        for east in (False, True):
            for north in (False, True):
                some = np.flatnonzero((crosses[:, 0] | (not east)) & (crosses[:, 1] | (not north)))
                x, y = first[some, 0] + east, first[some, 1] + north
                flat = x * self._shape[1] + y
                np.minimum.at(self._low.reshape(-1), flat, low[some])
                np.maximum.at(self._high.reshape(-1), flat, high[some])

    def boxes(self) -> NDArray[np.float32]:
        """Of the cells that hold anything."""
        cells = np.argwhere(np.isfinite(self._low))
        found = np.empty((len(cells), 2, 3), np.float32)
        found[:, 0, :2] = self._start + cells * self._side
        found[:, 1, :2] = self._start + (cells + 1) * self._side
        found[:, 0, 2], found[:, 1, 2] = self._low[tuple(cells.T)], self._high[tuple(cells.T)]
        return found

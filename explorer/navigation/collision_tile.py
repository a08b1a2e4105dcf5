"""The triangles of one tile, sorted into a coarse grid so that the few under a square metre are found at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.navigation.ground_classes import IS_GROUND
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

GRID_METRES = 8.0
LARGE_CELLS = 1024
"""A triangle over more cells than this is looked at every time instead of being listed in each."""
PASSABLE = (int(SurfaceClass.TREE),)
"""Crowns of trees do not stop anyone; trunks do."""
MIN_AREA = 1e-9
"""Twice the area below which a triangle is nothing. [m²]"""


class CollisionTile:
    """A tile's triangles as float64 with a grid of 8 m over them (compressed sparse rows)."""

    def __init__(self, positions: FloatArray, surface_class: NDArray[np.uint8] | None = None) -> None:
        triangles = np.asarray(positions, dtype=np.float64).reshape(-1, 3, 3)
        classes = np.zeros(len(triangles), np.uint8) if surface_class is None else np.asarray(surface_class, np.uint8)
        normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        length = np.linalg.norm(normals, axis=1)
        keep = np.isfinite(length) & (length > MIN_AREA) & ~np.isin(classes, PASSABLE)
        self.triangles = triangles[keep]
        """(m, 3, 3) world [m]"""
        self.surface_class = classes[keep]
        self.has_ground = bool(IS_GROUND[self.surface_class].any())
        self.up = np.abs(normals[keep, 2]) / length[keep]
        """(m,) |vertical part| of the unit normal: 1 = level, 0 = a wall."""
        empty = len(self.triangles) == 0
        self.lo: FloatArray = np.full(3, np.inf) if empty else self.triangles.min(axis=(0, 1))
        self.hi: FloatArray = np.full(3, -np.inf) if empty else self.triangles.max(axis=(0, 1))
        self._sort()

    def _sort(self) -> None:
        lo, hi = self.triangles[:, :, :2].min(axis=1), self.triangles[:, :, :2].max(axis=1)
        first = np.floor(lo / GRID_METRES).astype(np.int64)
        count = np.floor(hi / GRID_METRES).astype(np.int64) - first + 1
        n_cells = count[:, 0] * count[:, 1]
        large = n_cells > LARGE_CELLS
        self._large = np.flatnonzero(large)
        small = np.flatnonzero(~large)
        self._origin = first[small].min(axis=0) if len(small) else np.zeros(2, np.int64)
        last = (first + count)[small].max(axis=0) if len(small) else np.zeros(2, np.int64)
        self._shape = last - self._origin
        index = np.repeat(small, n_cells[small])
        within = np.arange(len(index)) - np.repeat(np.cumsum(n_cells[small]) - n_cells[small], n_cells[small])
        row, column = np.divmod(within, np.repeat(count[small, 0], n_cells[small]))
        cell_x = first[index, 0] + column - self._origin[0]
        cell_y = first[index, 1] + row - self._origin[1]
        cell = cell_y * self._shape[0] + cell_x
        order = np.argsort(cell, kind="stable")
        self._members = index[order]
        self._starts = np.searchsorted(cell[order], np.arange(int(self._shape[0] * self._shape[1]) + 1))

    def near(self, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.int64]:
        """(k,) rows of the triangles whose outline, seen from above, overlaps a rectangle's. [m]"""
        if x0 > self.hi[0] or x1 < self.lo[0] or y0 > self.hi[1] or y1 < self.lo[1]:
            return np.zeros(0, np.int64)
        columns, rows = int(self._shape[0]), int(self._shape[1])
        c0 = max(int(np.floor(x0 / GRID_METRES)) - int(self._origin[0]), 0)
        c1 = min(int(np.floor(x1 / GRID_METRES)) - int(self._origin[0]), columns - 1)
        r0 = max(int(np.floor(y0 / GRID_METRES)) - int(self._origin[1]), 0)
        r1 = min(int(np.floor(y1 / GRID_METRES)) - int(self._origin[1]), rows - 1)
        found = [self._large]
        for row in range(r0, r1 + 1):
            if c0 <= c1:
                start, end = self._starts[row * columns + c0], self._starts[row * columns + c1 + 1]
                found.append(self._members[start:end])
        index = np.unique(np.concatenate(found))
        return index[overlaps(self.triangles[index], x0, y0, x1, y1)]


def overlaps(triangles: FloatArray, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.bool_]:
    """Which triangles, seen from above, overlap a rectangle: the separating axis test, exact, touching counts."""
    flat = triangles[:, :, :2]
    lo, hi = flat.min(axis=1), flat.max(axis=1)
    hit: NDArray[np.bool_] = (lo[:, 0] <= x1) & (hi[:, 0] >= x0) & (lo[:, 1] <= y1) & (hi[:, 1] >= y0)
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    edges = np.roll(flat, -1, axis=1) - flat
    normals = np.stack([-edges[:, :, 1], edges[:, :, 0]], axis=2)
    own = np.einsum("mek,mvk->mev", normals, flat)
    box = np.einsum("mek,ck->mec", normals, corners)
    apart = (own.max(axis=2) < box.min(axis=2)) | (own.min(axis=2) > box.max(axis=2))
    result: NDArray[np.bool_] = hit & ~apart.any(axis=1)
    return result

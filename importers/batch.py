"""Meshes of many features as a few long arrays, so that numpy treats a city at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.model import LodMesh

GROUND_CLASSES = (
    SurfaceClass.TERRAIN,
    SurfaceClass.WATER,
    SurfaceClass.ROAD,
    SurfaceClass.PAVING,
    SurfaceClass.GREEN,
    SurfaceClass.BARE,
    SurfaceClass.RAIL,
)
"""Surfaces whose triangles are pieces of something smooth, so that corners at one place are one vertex."""


@dataclass(frozen=True, slots=True)
class MeshBatch:
    """Triangles of f features, in rows: feature i has vertices `vertex_start[i]:vertex_start[i+1]`, and so on."""

    positions: NDArray[np.float64]
    """(n, 3) map coordinates [m]."""
    triangles: NDArray[np.int64]
    """(m, 3) rows of `positions`."""
    surface: NDArray[np.uint8]
    """(m,) `SurfaceClass`."""
    vertex_start: NDArray[np.int64]
    """(f + 1,)"""
    triangle_start: NDArray[np.int64]
    """(f + 1,)"""

    def __len__(self) -> int:
        return len(self.vertex_start) - 1

    @property
    def vertex_counts(self) -> NDArray[np.int64]:
        """(f,)"""
        return np.diff(self.vertex_start)

    @property
    def triangle_counts(self) -> NDArray[np.int64]:
        """(f,)"""
        return np.diff(self.triangle_start)

    @property
    def feature_of_vertex(self) -> NDArray[np.int64]:
        """(n,)"""
        return np.repeat(np.arange(len(self)), self.vertex_counts)

    @property
    def feature_of_triangle(self) -> NDArray[np.int64]:
        """(m,)"""
        return np.repeat(np.arange(len(self)), self.triangle_counts)

    def take(self, rows: NDArray[np.int64]) -> MeshBatch:
        """The batch of these features (rows) alone, in this order."""
        vertices, vertex_start = ranges(self.vertex_start, rows)
        triangles, triangle_start = ranges(self.triangle_start, rows)
        shift = np.repeat(vertex_start[:-1] - self.vertex_start[rows], np.diff(triangle_start))
        return MeshBatch(
            self.positions[vertices],
            self.triangles[triangles] + shift[:, None],
            self.surface[triangles],
            vertex_start,
            triangle_start,
        )

    def between(self, first: int, end: int) -> MeshBatch:
        """The batch of the features `first` to `end`, without the last; positions and surfaces are not copied."""
        v0, v1 = int(self.vertex_start[first]), int(self.vertex_start[end])
        t0, t1 = int(self.triangle_start[first]), int(self.triangle_start[end])
        return MeshBatch(
            self.positions[v0:v1],
            self.triangles[t0:t1] - v0,
            self.surface[t0:t1],
            self.vertex_start[first : end + 1] - v0,
            self.triangle_start[first : end + 1] - t0,
        )


def runs(counts: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """First and end of runs of rows whose `counts` (f,) add up to about `most`: what one pass works on."""
    group = (np.cumsum(counts) - counts) // most
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(counts) else np.zeros(0, np.int64)
    return list(zip(first.tolist(), [*first[1:].tolist(), len(counts)], strict=True))


def ranges(start: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All numbers in `start[row]:start[row + 1]` for each row, one after another, and where each row's begin."""
    counts = start[rows + 1] - start[rows]
    ends = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    numbers = np.arange(ends[-1]) + np.repeat(start[rows] - ends[:-1], counts)
    return numbers, ends


def batch_of(meshes: Sequence[LodMesh | None]) -> MeshBatch:
    """One row per mesh; None is an empty row."""
    there = [mesh for mesh in meshes if mesh is not None]
    n_vertices = [0 if mesh is None else len(mesh.positions) for mesh in meshes]
    n_triangles = [0 if mesh is None else len(mesh.triangles) for mesh in meshes]
    vertex_start = np.concatenate(([0], np.cumsum(n_vertices))).astype(np.int64)
    triangle_start = np.concatenate(([0], np.cumsum(n_triangles))).astype(np.int64)
    if not there:
        nothing = np.zeros((0, 3))
        return MeshBatch(nothing, nothing.astype(np.int64), np.zeros(0, np.uint8), vertex_start, triangle_start)
    triangles = np.concatenate([mesh.triangles for mesh in there]).astype(np.int64)
    triangles += np.repeat(vertex_start[:-1], n_triangles)[:, None]
    return MeshBatch(
        np.concatenate([mesh.positions for mesh in there]).astype(np.float64, copy=False),
        triangles,
        np.concatenate([mesh.surface for mesh in there]).astype(np.uint8, copy=False),
        vertex_start,
        triangle_start,
    )


def concatenate(batches: Sequence[MeshBatch]) -> MeshBatch:
    """The rows of all batches, one after another."""
    vertex_counts = np.concatenate([batch.vertex_counts for batch in batches])
    triangle_counts = np.concatenate([batch.triangle_counts for batch in batches])
    shift = np.cumsum([0] + [len(batch.positions) for batch in batches])
    return MeshBatch(
        np.concatenate([batch.positions for batch in batches]),
        np.concatenate([batch.triangles + n for batch, n in zip(batches, shift.tolist(), strict=False)]),
        np.concatenate([batch.surface for batch in batches]),
        np.concatenate(([0], np.cumsum(vertex_counts))).astype(np.int64),
        np.concatenate(([0], np.cumsum(triangle_counts))).astype(np.int64),
    )


def triangle_vectors(batch: MeshBatch) -> NDArray[np.float64]:
    """Area vectors (m, 3), twice as long as the area: along the normal. [m²]"""
    a = batch.positions[batch.triangles[:, 0]]
    return cross(batch.positions[batch.triangles[:, 1]] - a, batch.positions[batch.triangles[:, 2]] - a)


def cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vector products (n, 3), in half the time of numpy's own."""
    product = np.empty_like(one)
    for axis, (second, third) in enumerate(((1, 2), (2, 0), (0, 1))):
        product[:, axis] = one[:, second] * other[:, third] - one[:, third] * other[:, second]
    return product

"""Meshes of many features as a few long arrays, so that numpy treats a city at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.vertices import unique_rows
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

_SMOOTH_COSINE = 0.9
"""Faces that meet at less than about 25° share a normal. [-]"""
_SMOOTHEST = np.full(256, _SMOOTH_COSINE)
_SMOOTHEST[[int(one) for one in GROUND_CLASSES]] = 0.5
_SMOOTHEST[int(SurfaceClass.TREE)] = -2.0
"""The same by surface class: ground keeps an edge from 60° on (kerbs, quays), a tree has none."""
_WELD = 1e-3
"""Corners of the ground closer than this are one. [m]"""


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
        """The batch of these features alone, in this order."""
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
    a, b, c = (batch.positions[batch.triangles[:, corner]] for corner in range(3))
    vectors: NDArray[np.float64] = np.cross(b - a, c - a)
    return vectors


@dataclass(frozen=True, slots=True)
class ShadedBatch:
    """A batch whose vertices are ready for drawing: one normal and one class each."""

    mesh: MeshBatch
    normals: NDArray[np.float32]
    """(n, 3) unit, along easting, northing, height."""
    surface: NDArray[np.uint8]
    """(n,) `SurfaceClass`."""


def shade(batch: MeshBatch) -> ShadedBatch:
    """Vertices with normals: smooth where faces meet gently, apart at edges and where the surface class changes.

    Trees are round everywhere and ground nearly so: softer to see, and a half to a quarter of the vertices. Their
    corners are welded first. Triangles without area are dropped, vertices keep their feature.
    """
    batch = _weld_soft(batch)
    vectors = triangle_vectors(batch)
    length = np.linalg.norm(vectors, axis=1)
    keep = length > 1e-7
    if not keep.all():
        counts = np.bincount(batch.feature_of_triangle[keep], minlength=len(batch))
        start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        batch = MeshBatch(batch.positions, batch.triangles[keep], batch.surface[keep], batch.vertex_start, start)
        vectors, length = vectors[keep], length[keep]
    unit = vectors / length[:, None]
    n = len(batch.positions)
    corner = batch.triangles.ravel()
    mean = np.stack([np.bincount(corner, np.repeat(vectors[:, axis], 3), n) for axis in range(3)], axis=1)
    size = np.linalg.norm(mean, axis=1, keepdims=True)
    mean = np.divide(mean, size, out=np.zeros_like(mean), where=size > 0)
    surface = np.zeros(n, np.uint8)
    corner_surface = np.repeat(batch.surface, 3)
    surface[corner] = corner_surface
    corner_unit = np.repeat(unit, 3, axis=0)
    apart = np.einsum("ij,ij->i", corner_unit, mean[corner]) < _SMOOTHEST[corner_surface]
    apart |= surface[corner] != corner_surface
    sharp = np.zeros(n, bool)
    sharp[corner[apart]] = True
    own = sharp[corner] & (apart | (_SMOOTHEST[corner_surface] == _SMOOTH_COSINE))
    return _split(batch, own, corner, corner_unit, corner_surface, mean, surface)


def _split(
    batch: MeshBatch,
    own: NDArray[np.bool_],
    corner: NDArray[np.int64],
    corner_unit: NDArray[np.float64],
    corner_surface: NDArray[np.uint8],
    mean: NDArray[np.float64],
    surface: NDArray[np.uint8],
) -> ShadedBatch:
    """Give corners that want their `own` normal a vertex for each direction and class; drop vertices nothing uses."""
    n = len(batch.positions)
    split, place = _alike(corner, corner_unit, corner_surface, np.flatnonzero(own))
    key = corner.copy()
    key[own] = n + place
    used = np.zeros(n + len(split), bool)
    used[key] = True
    source = np.concatenate([np.arange(n), corner[split]])
    normals = np.concatenate([mean, corner_unit[split]])
    classes = np.concatenate([surface, corner_surface[split]])
    rows = np.flatnonzero(used)
    feature = batch.feature_of_vertex[source[rows]]
    order = np.argsort(feature, kind="stable")
    rows, feature = rows[order], feature[order]
    new_row = np.zeros(len(used), np.int64)
    new_row[rows] = np.arange(len(rows))
    counts = np.bincount(feature, minlength=len(batch))
    mesh = MeshBatch(
        batch.positions[source[rows]],
        new_row[key].reshape(-1, 3),
        batch.surface,
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        batch.triangle_start,
    )
    return ShadedBatch(mesh, normals[rows].astype(np.float32), classes[rows])


def _alike(
    corner: NDArray[np.int64], unit: NDArray[np.float64], surface: NDArray[np.uint8], chosen: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of the chosen corners, one for each vertex, direction and class, and for each corner which of them it is."""
    rows = np.empty((len(chosen), 3), np.uint32)
    rows[:, 0] = corner[chosen]
    direction = np.round((unit[chosen] + 1.0) * 500.0).astype(np.uint32)
    rows[:, 1] = direction[:, 0] | (direction[:, 1] << 10) | (direction[:, 2] << 20)
    rows[:, 2] = surface[chosen]
    first, place = unique_rows(rows)
    return chosen[first], place


def _weld_soft(batch: MeshBatch) -> MeshBatch:
    """Make equal corners of the triangles of ground and trees one vertex, within each feature."""
    ground = np.isin(batch.surface, [*(int(one) for one in GROUND_CLASSES), int(SurfaceClass.TREE)])
    if not ground.any():
        return batch
    corners = np.unique(batch.triangles[ground])
    other = np.zeros(len(batch.positions), bool)
    other[batch.triangles[~ground].ravel()] = True
    corners = corners[~other[corners]]
    grid = np.round((batch.positions[corners] - batch.positions[corners].min(axis=0)) / _WELD).astype(np.int64)
    keys = (batch.feature_of_vertex[corners], grid[:, 2], grid[:, 1], grid[:, 0])
    order = np.lexsort(keys[::-1])
    differs = np.ones(len(order), bool)
    differs[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    group = np.cumsum(differs) - 1
    first = np.full(int(differs.sum()), len(batch.positions))
    np.minimum.at(first, group, corners[order])
    target = np.arange(len(batch.positions))
    target[corners[order]] = first[group]
    return MeshBatch(batch.positions, target[batch.triangles], batch.surface, batch.vertex_start, batch.triangle_start)

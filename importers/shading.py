"""Normals for what is drawn: smooth where faces meet gently, apart at edges and where the surface class changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.vertices import unique_rows
from importers.batch import GROUND_CLASSES, MeshBatch, concatenate, runs, triangle_vectors

_SMOOTH_COSINE = 0.9
"""Faces that meet at less than about 25° share a normal. [-]"""
_SMOOTHEST = np.full(256, _SMOOTH_COSINE)
_SMOOTHEST[[int(one) for one in GROUND_CLASSES]] = 0.5
_SMOOTHEST[int(SurfaceClass.TREE)] = -2.0
"""The same by surface class: ground keeps an edge from 60° on (kerbs, quays), a tree has none."""
_WELD = 1e-3
"""Corners of the ground closer than this are one. [m]"""
_AT_ONCE = 100_000
"""Triangles that are shaded in one pass: it needs some hundred bytes for each. [-]"""


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
    pieces = [_shade_piece(batch.between(first, end)) for first, end in runs(batch.triangle_counts, _AT_ONCE)]
    return join_shaded(pieces) if pieces else _shade_piece(batch)


def join_shaded(pieces: Sequence[ShadedBatch]) -> ShadedBatch:
    """The rows of all pieces, one after another."""
    if len(pieces) == 1:
        return pieces[0]
    return ShadedBatch(
        concatenate([piece.mesh for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.surface for piece in pieces]),
    )


def spread_rows(shaded: ShadedBatch, rows: NDArray[np.int64], n_features: int) -> ShadedBatch:
    """The same with its rows at `rows` (ascending) of a batch of `n_features`; the others are empty."""
    mesh = shaded.mesh
    starts = []
    for counts in (mesh.vertex_counts, mesh.triangle_counts):
        spread = np.zeros(n_features + 1, np.int64)
        spread[rows + 1] = counts
        starts.append(np.cumsum(spread))
    whole = MeshBatch(mesh.positions, mesh.triangles, mesh.surface, starts[0], starts[1])
    return ShadedBatch(whole, shaded.normals, shaded.surface)


def _shade_piece(batch: MeshBatch) -> ShadedBatch:
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
    soft = np.zeros(len(batch.positions), bool)
    soft[batch.triangles[ground].ravel()] = True
    soft[batch.triangles[~ground].ravel()] = False
    corners = np.flatnonzero(soft)
    if not len(corners):
        return batch
    grid = np.round((batch.positions[corners] - batch.positions[corners].min(axis=0)) / _WELD).astype(np.int64)
    words = np.column_stack([batch.feature_of_vertex[corners], grid]).astype(np.uint64)
    first, group = unique_rows(words)
    target = np.arange(len(batch.positions))
    target[corners] = corners[first][group]
    return MeshBatch(batch.positions, target[batch.triangles], batch.surface, batch.vertex_start, batch.triangle_start)

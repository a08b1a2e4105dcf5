"""Coarser ways to draw each feature: the source's own, prisms over outlines, octahedra for trees, simpler ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.batch import MeshBatch, batch_of
from importers.footprints import footprints_of
from importers.ground import GroundOutlines
from importers.height_bounds import HeightField
from importers.model import CityFeature
from importers.prisms import boxes, gather_pieces, prisms, roof_heights, simplified

_TOLERANCES = (0.3, 1.5)
"""How much outlines of prisms are simplified. [m]"""
_GROUND = ((2.0, 20.0), (2.0, None))
"""Border tolerance and spacing of inner points of coarser ground; None: no inner points. [m]"""


def source_levels(features: Sequence[CityFeature]) -> list[MeshBatch]:
    """The source's own coarser levels: its last but one, its last but two …"""
    depth = max((len(feature.meshes) for feature in features), default=0)
    return [
        batch_of([feature.meshes[-1 - step] if len(feature.meshes) > step else None for feature in features])
        for step in range(1, depth)
    ]


def prism_levels(
    features: Sequence[CityFeature],
    fine: MeshBatch,
    vectors: NDArray[np.float64],
    size: NDArray[np.float64],
    is_something_else: NDArray[np.bool_],
) -> list[MeshBatch]:
    """Prisms over the outline, more and more simplified, and last over a rectangle.

    `vectors` as of `triangle_vectors`; of n features the `size` (n, 3) of their boxes [m] and whether each
    `is_something_else` (n,), which gets no prism.
    """
    n = len(features)
    is_building, main = surfaces_of(fine, vectors)
    base, top = roof_heights(fine)
    solid = (size[:, 2] > 0.5) & np.isfinite(top) & (top > base + 0.2)
    rows = np.flatnonzero(solid & ~is_something_else & (fine.triangle_counts > 12))
    found = footprints_of(features, fine, rows, vectors)
    rows = np.array(sorted(found), np.int64)
    if not len(rows):
        return []
    shapes = np.array([found[row] for row in rows.tolist()], object)
    outlines = [simplified(shapes, tolerance) for tolerance in _TOLERANCES]
    outlines.append(boxes(shapes))
    result = []
    for outline in outlines:
        good = shapely.area(outline) > 0.05
        batch = prisms(n, rows[good], outline[good], base[rows[good]], top[rows[good]])
        of = batch.feature_of_triangle
        surface = np.where(is_building[of], batch.surface, main[of])
        result.append(replace(batch, surface=surface))
    return result


def tree_levels(fine: MeshBatch, rows: NDArray[np.int64]) -> list[MeshBatch]:
    """Trees (rows of features) as octahedra around their crowns."""
    if not len(rows):
        return []
    crown = fine.surface == SurfaceClass.TREE
    n = len(fine)
    lo, hi = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    of = fine.feature_of_triangle[crown]
    first = np.flatnonzero(np.append(True, of[1:] != of[:-1])[: len(of)])
    if len(first):
        corners = fine.positions[fine.triangles[crown].ravel()]
        lo[of[first]] = np.minimum.reduceat(corners, 3 * first)
        hi[of[first]] = np.maximum.reduceat(corners, 3 * first)
    rows = rows[np.isfinite(lo[rows]).all(axis=1)]
    middle, half = (lo[rows] + hi[rows]) / 2.0, (hi[rows] - lo[rows]) / 2.0
    positions = middle[:, None] + half[:, None] * _OCTAHEDRON
    triangles = np.arange(len(rows))[:, None, None] * 6 + _OCTAHEDRON_FACES
    k = len(rows)
    piece = (positions.reshape(-1, 3), triangles.reshape(-1, 3), np.repeat(np.arange(k), 6), np.repeat(np.arange(k), 8))
    return [gather_pieces(n, rows, [(*piece, SurfaceClass.TREE)])]


_OCTAHEDRON = np.array([(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], float)
_OCTAHEDRON_FACES = np.array([(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (1, 0, 5), (2, 1, 5), (3, 2, 5), (0, 3, 5)])


def surfaces_of(batch: MeshBatch, vectors: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Whether each feature has roofs and walls of its own (f,), and the class that covers most of it (f,)."""
    area = np.linalg.norm(vectors, axis=1)
    n, classes = len(batch), len(SurfaceClass)
    table = np.bincount(batch.feature_of_triangle * classes + batch.surface, area, n * classes).reshape(n, classes)
    is_building = (table[:, SurfaceClass.WALL] > 0) & (table[:, SurfaceClass.ROOF] > 0)
    return is_building, table.argmax(axis=1).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class GroundHeights:
    """The finest ground as heights over the map."""

    rows: NDArray[np.int64]
    """(g,) features, ascending."""
    field: HeightField
    """Of those g."""

    def of(self, rows: NDArray[np.int64]) -> HeightField:
        """The field of some of the features alone."""
        return self.field.take(np.searchsorted(self.rows, rows))


def ground_levels(
    fine: MeshBatch, rows: NDArray[np.int64], vectors: NDArray[np.float64]
) -> tuple[list[MeshBatch], GroundHeights | None]:
    """The ground with simpler borders and fewer inner points, and the heights of the finest."""
    if not len(rows):
        return [], None
    _is_building, main = surfaces_of(fine, vectors)
    outlines = GroundOutlines(fine, rows, vectors)
    if not len(outlines.rows):
        return [], None
    result = []
    for tolerance, spacing in _GROUND:
        batch = outlines.simplified(tolerance, spacing)
        result.append(replace(batch, surface=main[batch.feature_of_triangle]))
    return result, GroundHeights(outlines.rows, HeightField(fine.take(outlines.rows), outlines.shapes))

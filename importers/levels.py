"""What stands for each feature in coarser tiles, how wrong it is, and which of it a tile takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.jobs import Progress
from explorer.tileformat.surface_class import SurfaceClass
from importers.batch import GROUND_CLASSES, MeshBatch, ShadedBatch, batch_of, shade, triangle_vectors
from importers.deviation import GOOD_ENOUGH, deviations
from importers.distances import NearTriangles
from importers.footprints import footprints_of
from importers.ground import GroundOutlines
from importers.height_bounds import HeightField, height_bounds
from importers.model import CityFeature
from importers.prisms import boxes, gather_pieces, prisms, roof_heights, simplified

FINEST = 0
"""Candidate number of a feature's own finest mesh."""
DROPPED = -1
_TOLERANCES = (0.3, 1.5)
"""How much outlines of prisms are simplified. [m]"""
_GROUND = ((2.0, 20.0), (2.0, None))
"""Border tolerance and spacing of inner points of coarser ground; None: no inner points. [m]"""
_CLEARLY_LESS = 0.85
_LEAST_BUDGET = 2.0
"""Coarser tiles need not be better than this. [m]"""
_BUDGET_OF_SIZE = 1.0 / 128.0
"""A tile of this size is drawn when it is some hundred pixels wide; its budget is then a few pixels. [-]"""
_GROWTH = 1.4
_THREADS = min(os.cpu_count() or 1, 4)
"""Candidates measured at once: each takes some memory. [-]"""
_DROP = 0.6
"""Features may be left out when smaller than this times the budget: a city of holes is worse than a coarse one. [-]"""


@dataclass(slots=True)
class Levels:
    """Candidates for f features: number 0 is the finest, the others are coarser ways to draw the same feature."""

    candidates: list[ShadedBatch]
    errors: NDArray[np.float64]
    """(c, f) bound of the deviation from the finest mesh, infinite where there is no such candidate. [m]"""
    vertices: NDArray[np.int64]
    """(c, f)"""
    centre: NDArray[np.float64]
    """(f, 3) middle of the bounds."""
    half: NDArray[np.float64]
    """(f, 3) half the bounds."""
    is_ground: NDArray[np.bool_]
    """(f,) features that are the ground, which may not be left out: there would be a hole."""


@dataclass(slots=True)
class Choice:
    """What one tile draws."""

    rows: NDArray[np.int64]
    """Features, ascending."""
    candidate: NDArray[np.int64]
    """Candidate number of each, or `DROPPED`."""
    error: float = 0.0
    """Bound of the tile's deviation from the finest data, both ways. [m]"""


def build_levels(features: Sequence[CityFeature], progress: Progress) -> Levels:
    """All candidates of features that have meshes, with their measured errors."""
    fine_batch = batch_of([feature.meshes[-1] for feature in features])
    fine = shade(fine_batch)
    vectors = triangle_vectors(fine.mesh)
    lo, hi = _bounds(fine.mesh)
    ground = np.isin(fine.mesh.surface, [int(one) for one in GROUND_CLASSES])
    area = np.linalg.norm(vectors, axis=1)
    of = fine.mesh.feature_of_triangle
    n = len(features)
    is_ground = np.bincount(of, area * ground, n) > 0.5 * np.bincount(of, area, n)
    progress.report(0.3)
    candidates = [fine]
    errors = [np.where(fine.mesh.triangle_counts > 0, 0.0, np.inf)]
    main = _surfaces_of(fine.mesh, vectors)[1]
    is_tree = np.isin(main, (SurfaceClass.TREE, SurfaceClass.TRUNK))
    diagonal = np.linalg.norm(hi - lo, axis=1)
    good_enough = np.where(is_tree, diagonal / 3.0, np.where(is_ground, diagonal / 60.0, 0.0))
    good_enough = np.maximum(good_enough, GOOD_ENOUGH)
    fewest = fine.mesh.triangle_counts.astype(np.float64)
    not_solid = is_ground | is_tree
    with ThreadPoolExecutor(_THREADS) as pool:  # geometry libraries and numpy let other threads run meanwhile
        ground_levels = pool.submit(_ground_levels, fine.mesh, np.flatnonzero(is_ground), vectors)
        coarser = _source_levels(features)
        coarser += _prism_levels(features, fine.mesh, vectors, hi - lo, not_solid)
        coarser += _tree_levels(fine.mesh, np.flatnonzero(is_tree))
        measured = [pool.submit(_measured, *job, fine.mesh, good_enough, None) for job in _worth(coarser, fewest)]
        ground_coarser, areas = ground_levels.result()
        jobs = _worth(ground_coarser, fewest)
        measured += [pool.submit(_measured, *job, fine.mesh, good_enough, areas) for job in jobs]
        for one in measured:
            progress.report(min(0.3 + 0.1 * len(candidates), 0.8))
            shaded, found = one.result()
            candidates.append(shaded)
            errors.append(found)
    vertices = np.stack([shaded.mesh.vertex_counts for shaded in candidates])
    return Levels(candidates, np.stack(errors), vertices, (lo + hi) / 2.0, (hi - lo) / 2.0, is_ground)


def _worth(coarser: Sequence[MeshBatch], fewest: NDArray[np.float64]) -> list[tuple[MeshBatch, NDArray[np.int64]]]:
    """Batches and the features in them that have clearly less to draw than what comes before, in `fewest` (f,)."""
    jobs = []
    for batch in coarser:
        rows = np.flatnonzero((batch.triangle_counts < _CLEARLY_LESS * fewest) & (batch.triangle_counts > 0))
        if len(rows):
            fewest[rows] = batch.triangle_counts[rows]
            jobs.append((batch, rows))
    return jobs


def _measured(
    batch: MeshBatch,
    rows: NDArray[np.int64],
    fine: MeshBatch,
    good_enough: NDArray[np.float64],
    areas: NDArray[Any] | None,
) -> tuple[ShadedBatch, NDArray[np.float64]]:
    """A candidate ready for drawing, and the bound of its deviation where it is for `rows`, else infinite (f,)."""
    one, other = batch.take(rows), fine.take(rows)
    known = None
    if areas is not None:
        over, under = HeightField(one), HeightField(other, areas[rows])
        known = height_bounds(over, under), height_bounds(under, over)
    found = np.full(len(fine), np.inf)
    found[rows] = deviations(one, other, good_enough[rows], known)
    return shade(batch), found


def _bounds(batch: MeshBatch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = len(batch)
    lo, hi = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    filled = np.flatnonzero(batch.vertex_counts > 0)
    if len(filled):
        lo[filled] = np.minimum.reduceat(batch.positions, batch.vertex_start[filled])
        hi[filled] = np.maximum.reduceat(batch.positions, batch.vertex_start[filled])
    empty = batch.vertex_counts == 0
    lo[empty] = hi[empty] = 0.0
    return lo, hi


def _source_levels(features: Sequence[CityFeature]) -> list[MeshBatch]:
    """The source's own coarser levels: its last but one, its last but two …"""
    depth = max((len(feature.meshes) for feature in features), default=0)
    return [
        batch_of([feature.meshes[-1 - step] if len(feature.meshes) > step else None for feature in features])
        for step in range(1, depth)
    ]


def _prism_levels(
    features: Sequence[CityFeature],
    fine: MeshBatch,
    vectors: NDArray[np.float64],
    size: NDArray[np.float64],
    is_something_else: NDArray[np.bool_],
) -> list[MeshBatch]:
    """Prisms over the outline, more and more simplified, and last over a rectangle."""
    n = len(features)
    is_building, main = _surfaces_of(fine, vectors)
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


def _tree_levels(fine: MeshBatch, rows: NDArray[np.int64]) -> list[MeshBatch]:
    """Trees as octahedra around their crowns."""
    if not len(rows):
        return []
    crown = fine.surface == SurfaceClass.TREE
    n = len(fine)
    lo, hi = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    corner = fine.triangles[crown].ravel()
    of = np.repeat(fine.feature_of_triangle[crown], 3)
    np.minimum.at(lo, of, fine.positions[corner])
    np.maximum.at(hi, of, fine.positions[corner])
    rows = rows[np.isfinite(lo[rows]).all(axis=1)]
    middle, half = (lo[rows] + hi[rows]) / 2.0, (hi[rows] - lo[rows]) / 2.0
    positions = middle[:, None] + half[:, None] * _OCTAHEDRON
    triangles = np.arange(len(rows))[:, None, None] * 6 + _OCTAHEDRON_FACES
    k = len(rows)
    piece = (positions.reshape(-1, 3), triangles.reshape(-1, 3), np.repeat(np.arange(k), 6), np.repeat(np.arange(k), 8))
    return [gather_pieces(n, rows, [(*piece, SurfaceClass.TREE)])]


_OCTAHEDRON = np.array([(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], float)
_OCTAHEDRON_FACES = np.array([(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (1, 0, 5), (2, 1, 5), (3, 2, 5), (0, 3, 5)])


def _surfaces_of(batch: MeshBatch, vectors: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Whether each feature has roofs and walls of its own (f,), and the class that covers most of it (f,)."""
    area = np.linalg.norm(vectors, axis=1)
    n, classes = len(batch), len(SurfaceClass)
    table = np.bincount(batch.feature_of_triangle * classes + batch.surface, area, n * classes).reshape(n, classes)
    is_building = (table[:, SurfaceClass.WALL] > 0) & (table[:, SurfaceClass.ROOF] > 0)
    return is_building, table.argmax(axis=1).astype(np.uint8)


def _ground_levels(
    fine: MeshBatch, rows: NDArray[np.int64], vectors: NDArray[np.float64]
) -> tuple[list[MeshBatch], NDArray[Any]]:
    """The ground with simpler borders and fewer inner points, and the area that each feature covers (f,)."""
    areas = np.full(len(fine), None, object)
    if not len(rows):
        return [], areas
    _is_building, main = _surfaces_of(fine, vectors)
    outlines = GroundOutlines(fine, rows, vectors)
    areas[outlines.rows] = outlines.shapes
    if not len(outlines.rows):
        return [], areas
    result = []
    for tolerance, spacing in _GROUND:
        batch = outlines.simplified(tolerance, spacing)
        result.append(replace(batch, surface=main[batch.feature_of_triangle]))
    return result, areas


def choose(levels: Levels, rows: NDArray[np.int64], size: float, max_vertices: int) -> Choice:
    """What a tile of this size [m] draws for its features: the lightest that its error budget allows.

    The budget grows until no more than `max_vertices` are left, or nothing more can be gained. Features smaller than
    the budget may be left out, the smallest first and no more than need be, unless they would be missed from farther
    away than that.
    """
    budget = max(_LEAST_BUDGET, size * _BUDGET_OF_SIZE)
    errors, vertices = levels.errors[:, rows], levels.vertices[:, rows]
    diagonal = 2.0 * np.linalg.norm(levels.half[rows], axis=1)
    column = np.arange(len(rows))
    while True:
        candidate = np.argmin(np.where(errors <= budget, vertices, np.iinfo(np.int64).max), axis=0)
        drawn = vertices[candidate, column]
        small = (diagonal <= _DROP * budget) & ~levels.is_ground[rows]
        if int(drawn[~small].sum()) <= max_vertices or budget > size:
            break
        budget *= _GROWTH
    small = _smallest(small, diagonal, drawn, int(drawn.sum()) - max_vertices)
    error = errors[candidate, column]
    if small.any() and not small.all():
        cost = np.maximum(_drop_costs(levels, rows, candidate, small), diagonal[small])
        leave_out = np.flatnonzero(small)[cost <= 1.5 * budget]
        error[leave_out] = cost[cost <= 1.5 * budget]
        candidate[leave_out] = DROPPED
    return Choice(rows, candidate, float(error.max(initial=0.0)))


def _smallest(
    small: NDArray[np.bool_], diagonal: NDArray[np.float64], drawn: NDArray[np.int64], too_many: int
) -> NDArray[np.bool_]:
    """Of the features that may be left out, the smallest that bring `too_many` vertices down to none (r,)."""
    order = np.flatnonzero(small)[np.argsort(diagonal[small], kind="stable")]
    saved = np.cumsum(drawn[order])
    chosen = np.zeros(len(small), bool)
    if too_many > 0:
        chosen[order[: int(np.searchsorted(saved, too_many)) + 1]] = True
    return chosen


def _drop_costs(
    levels: Levels, rows: NDArray[np.int64], candidate: NDArray[np.int64], small: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """How far each small feature reaches from what is kept: by its bounds' corners, so a bound for all of it. [m]"""
    kept = []
    for number in np.unique(candidate[~small]).tolist():
        mesh = levels.candidates[number].mesh.take(rows[~small & (candidate == number)])
        kept.append(mesh.positions[mesh.triangles])
    near = NearTriangles(np.concatenate(kept), _DROP_SPACING)
    centre, half = levels.centre[rows[small]], levels.half[rows[small]]
    found = near.of(centre)
    worst = np.zeros(found.shape)
    for sign in _CORNERS:
        np.maximum(worst, near.distances(centre + half * sign, found), out=worst)
    costs: NDArray[np.float64] = worst.min(axis=1)
    return costs


_DROP_SPACING = 8.0
"""Samples by which what is kept is found: a tile drops what is metres large, over ground that is wider. [m]"""
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])

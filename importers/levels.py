"""What stands for each feature in coarser tiles, and how wrong it is at most."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Progress
from explorer.tileformat.surface_class import SurfaceClass
from importers.batch import GROUND_CLASSES, MeshBatch, batch_of, runs, triangle_vectors
from importers.coarser import GroundHeights, ground_levels, prism_levels, source_levels, surfaces_of, tree_levels
from importers.deviation import GOOD_ENOUGH, deviations
from importers.height_bounds import HeightField, height_bounds
from importers.model import CityFeature
from importers.shading import ShadedBatch, join_shaded, shade, spread_rows

FINEST = 0
"""Candidate number of a feature's own finest mesh."""
_CLEARLY_LESS = 0.85
THREADS = min(os.cpu_count() or 1, 4)
"""Pieces measured at once. [-]"""
_TOLD_EVERY_SECS = 0.2
_AT_ONCE = 60_000
"""Finest triangles that are measured in one piece: memory stays the same however large the city. [-]"""


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


def build_levels(features: Sequence[CityFeature], progress: Progress) -> Levels:
    """All candidates of features that have meshes, with their measured errors."""
    fine = shade(batch_of([feature.meshes[-1] for feature in features]))
    vectors = triangle_vectors(fine.mesh)
    lo, hi = _bounds(fine.mesh)
    is_ground, is_tree = _kinds(fine.mesh, vectors)
    progress.report(0.1)
    diagonal = np.linalg.norm(hi - lo, axis=1)
    good_enough = np.where(is_tree, diagonal / 3.0, np.where(is_ground, diagonal / 60.0, 0.0))
    measuring = _Measuring(fine.mesh, np.maximum(good_enough, GOOD_ENOUGH))
    with ThreadPoolExecutor(THREADS) as pool:  # geometry libraries and numpy let other threads run meanwhile
        ground = pool.submit(ground_levels, fine.mesh, np.flatnonzero(is_ground), vectors)
        for batch in source_levels(features):
            measuring.submit(pool, batch, None)
        for batch in prism_levels(features, fine.mesh, vectors, hi - lo, is_ground | is_tree):
            measuring.submit(pool, batch, None)
        for batch in tree_levels(fine.mesh, np.flatnonzero(is_tree)):
            measuring.submit(pool, batch, None)
        try:
            measuring.wait(progress, ground)
            coarser, heights = ground.result()
            for batch in coarser:
                measuring.submit(pool, batch, heights)
            measuring.wait(progress)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        candidates, errors = measuring.collect()
    candidates = [fine, *candidates]
    errors = [np.where(fine.mesh.triangle_counts > 0, 0.0, np.inf), *errors]
    vertices = np.stack([shaded.mesh.vertex_counts for shaded in candidates])
    return Levels(candidates, np.stack(errors), vertices, (lo + hi) / 2.0, (hi - lo) / 2.0, is_ground)


def _kinds(fine: MeshBatch, vectors: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which features are ground, and which are trees (f,)."""
    ground = np.isin(fine.surface, [int(one) for one in GROUND_CLASSES])
    area, of, n = np.linalg.norm(vectors, axis=1), fine.feature_of_triangle, len(fine)
    is_ground = np.bincount(of, area * ground, n) > 0.5 * np.bincount(of, area, n)
    return is_ground, np.isin(surfaces_of(fine, vectors)[1], (SurfaceClass.TREE, SurfaceClass.TRUNK))


_Piece = Future[tuple[ShadedBatch, NDArray[np.float64]]]


class _Measuring:
    """Candidates on their way to being measured, a piece of the city at a time."""

    def __init__(self, fine: MeshBatch, good_enough: NDArray[np.float64]) -> None:
        self._fine, self._good_enough = fine, good_enough
        self._fewest = fine.triangle_counts.astype(np.float64)
        self._jobs: list[tuple[NDArray[np.int64], list[_Piece]]] = []
        self._told = 0.0

    def submit(self, pool: ThreadPoolExecutor, batch: MeshBatch, heights: GroundHeights | None) -> None:
        """Measure the features that have clearly less to draw here than in what came before.

        `heights`: for ground alone.
        """
        rows = np.flatnonzero((batch.triangle_counts < _CLEARLY_LESS * self._fewest) & (batch.triangle_counts > 0))
        if not len(rows):
            return
        self._fewest[rows] = batch.triangle_counts[rows]
        pieces = [
            pool.submit(_measured, batch, rows[first:end], self._fine, self._good_enough, heights)
            for first, end in runs(self._fine.triangle_counts[rows], _AT_ONCE)
        ]
        self._jobs.append((rows, pieces))

    def wait(self, progress: Progress, other: Future[Any] | None = None) -> None:
        """Until `other` is there, or everything that was submitted; tells meanwhile how far it is."""
        pieces = [piece for _rows, some in self._jobs for piece in some]
        while other is None or not other.done():
            left = [piece for piece in pieces if not piece.done()]
            self._told = max(self._told, 1.0 - len(left) / (len(pieces) + 1))
            progress.report(0.1 + 0.9 * self._told * (1.0 if other is None else 0.5))
            if other is None and not left:
                return
            wait(left if other is None else [*left, other], _TOLD_EVERY_SECS, FIRST_COMPLETED)

    def collect(self) -> tuple[list[ShadedBatch], list[NDArray[np.float64]]]:
        """Candidates ready for drawing, and bounds of their deviation, infinite where they are of no use (f,)."""
        candidates, errors = [], []
        for rows, pieces in self._jobs:
            found = np.full(len(self._fine), np.inf)
            shaded = [piece.result() for piece in pieces]
            found[rows] = np.concatenate([bounds for _shaded, bounds in shaded])
            candidates.append(spread_rows(join_shaded([one for one, _bounds in shaded]), rows, len(self._fine)))
            errors.append(found)
        return candidates, errors


def _measured(
    batch: MeshBatch,
    rows: NDArray[np.int64],
    fine: MeshBatch,
    good_enough: NDArray[np.float64],
    heights: GroundHeights | None,
) -> tuple[ShadedBatch, NDArray[np.float64]]:
    """The candidate of `rows` alone, ready for drawing, and the bounds of its deviation there. [m]"""
    one, other = batch.take(rows), fine.take(rows)
    known = None
    if heights is not None:
        over, under = HeightField(one), heights.of(rows)
        known = height_bounds(over, under), height_bounds(under, over)
    return shade(one), deviations(one, other, good_enough[rows], known)


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

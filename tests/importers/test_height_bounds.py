"""Bounds of the ground's deviation without a search: never below what samples show, and near it where they cover."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from importers.batch import MeshBatch, batch_of
from importers.distances import NearTriangles, samples_on
from importers.height_bounds import HeightField, height_bounds
from importers.model import LodMesh
from importers.spatial import delaunay


def ground(points: NDArray[np.float64], heights: NDArray[np.float64]) -> MeshBatch:
    """One feature: the points' Delaunay triangles, facing up."""
    triangles = delaunay(points, np.zeros(len(points), np.int64))[0]
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    ahead, aside = b - a, c - a
    down = ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0] < 0
    triangles[down] = triangles[down][:, ::-1]
    positions = np.column_stack([points, heights])
    return batch_of([LodMesh(1, positions, triangles.astype(np.int32), np.full(len(triangles), 4, np.uint8))])


def hills(points: NDArray[np.float64]) -> NDArray[np.float64]:
    waves: NDArray[np.float64] = 3.0 * np.sin(points[:, 0] / 11.0) * np.cos(points[:, 1] / 17.0) + 0.1 * points[:, 0]
    return waves


def square(count: int, seed: int, edge: float = 100.0) -> NDArray[np.float64]:
    corners = np.array([[0.0, 0], [edge, 0], [edge, edge], [0, edge]])
    return np.concatenate([corners, np.random.default_rng(seed).uniform(0, edge, (count, 2))])


@pytest.mark.parametrize(("few", "edge"), [(30, 100.0), (30, 101.5), (200, 98.7)])
def test_no_sample_of_a_bounded_triangle_is_farther_away_than_its_bound(few: int, edge: float) -> None:
    fine_points, coarse_points = square(900, 1), square(few, 2, edge)
    fine, coarse = ground(fine_points, hills(fine_points)), ground(coarse_points, hills(coarse_points))
    for source, target in ((fine, coarse), (coarse, fine)):
        bounds = height_bounds(HeightField(source), HeightField(target))
        near = NearTriangles(target.positions[target.triangles], 0.5)
        corners = source.positions[source.triangles]
        bounded = np.flatnonzero(np.isfinite(bounds))
        assert len(bounded) > 0.8 * len(bounds)
        for triangle in bounded[:: max(len(bounded) // 60, 1)]:
            assert near.nearest(samples_on(corners[triangle][None], 1.0)).max() <= bounds[triangle] + 1e-6


def test_the_same_ground_cut_otherwise_is_close_to_itself() -> None:
    one, other = square(200, 5), square(200, 6)
    bounds = height_bounds(HeightField(ground(one, one @ [0.1, 0.2])), HeightField(ground(other, other @ [0.1, 0.2])))
    assert bounds.max() < 0.1


def test_ground_that_is_not_over_the_target_has_no_bound() -> None:
    points = square(20, 3)
    here, there = ground(points, points[:, 0] * 0.0), ground(points + 500.0, points[:, 0] * 0.0)
    assert np.isinf(height_bounds(HeightField(here), HeightField(there))).all()


def test_what_leaves_the_target_s_area_is_bounded_from_farther_off() -> None:
    points = square(0, 0)
    whole = ground(points, np.zeros(4))
    inset = np.array([shapely.box(1.0, 1.0, 99.0, 99.0)], object)
    bounds = height_bounds(HeightField(whole), HeightField(whole, inset))
    assert (bounds >= 1.0).all()
    assert (bounds <= 2.5).all()

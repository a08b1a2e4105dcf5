"""Measured deviations: exact where the answer is known, a bound everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.batch import MeshBatch, batch_of
from importers.deviation import GOOD_ENOUGH, deviations, one_way_deviations
from importers.distances import NearTriangles, TriangleTable, samples_on
from importers.model import LodMesh


def mesh(triangles: NDArray[np.float64]) -> MeshBatch:
    """A batch of one feature with these triangles (m, 3, 3)."""
    n = len(triangles)
    return batch_of(
        [LodMesh(1, triangles.reshape(-1, 3), np.arange(3 * n, dtype=np.int32).reshape(-1, 3), np.ones(n, np.uint8))]
    )


def rectangle(width: float, depth: float, height: float, pieces: int = 1) -> NDArray[np.float64]:
    found = []
    for i in range(pieces):
        x0, x1 = width * i / pieces, width * (i + 1) / pieces
        a, b, c, d = (x0, 0, height), (x1, 0, height), (x1, depth, height), (x0, depth, height)
        found += [[a, b, c], [a, c, d]]
    return np.array(found, float)


def test_distance_from_a_triangle_at_face_edge_and_corner() -> None:
    table = TriangleTable(np.array([[[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]]))
    points = np.array([[1.0, 1, 2], [2, -3, 0], [-3, -4, 0], [4, 4, 0], [1, 1, 0]])
    expected = [2.0, 3.0, 5.0, np.sqrt(8), 0.0]
    assert table.distances(points, np.zeros(5, np.int64)) == pytest.approx(expected, abs=1e-6)


def test_distance_from_a_triangle_without_area_is_that_from_its_longest_edge() -> None:
    table = TriangleTable(np.array([[[0.0, 0, 0], [4, 0, 0], [2, 0, 0]]]))
    assert table.distances(np.array([[2.0, 3, 0]]), np.zeros(1, np.int64)) == pytest.approx([3.0])


def test_the_same_surface_cut_otherwise_is_close_to_itself() -> None:
    assert deviations(mesh(rectangle(10, 10, 0, 7)), mesh(rectangle(10, 10, 0)))[0] <= GOOD_ENOUGH


def test_a_lifted_roof_deviates_by_its_lift() -> None:
    found = deviations(mesh(rectangle(10, 10, 5)), mesh(rectangle(10, 10, 8)))[0]
    assert 3.0 <= found <= 3.0 * 1.15 + 0.25


def test_a_missing_half_deviates_by_its_width_one_way_only() -> None:
    half, whole = mesh(rectangle(5, 10, 0)), mesh(rectangle(10, 10, 0))
    assert one_way_deviations(half, whole)[0] <= GOOD_ENOUGH
    assert 5.0 <= one_way_deviations(whole, half)[0] <= 6.0


def test_features_are_measured_apart() -> None:
    near, far = rectangle(4, 4, 0), rectangle(4, 4, 9)
    meshes = [mesh(near), mesh(far)]
    one = MeshBatch(
        np.concatenate([one.positions for one in meshes]),
        np.concatenate([meshes[0].triangles, meshes[1].triangles + 6]),
        np.ones(4, np.uint8),
        np.array([0, 6, 12]),
        np.array([0, 2, 4]),
    )
    other = MeshBatch(
        one.positions + np.array([0, 0, 2.0]), one.triangles, one.surface, one.vertex_start, one.triangle_start
    )
    assert deviations(one, other) == pytest.approx([2.0, 2.0], abs=0.6)


def test_nothing_is_infinitely_far_from_something() -> None:
    empty = batch_of([None])
    assert deviations(empty, mesh(rectangle(1, 1, 0)))[0] == np.inf
    assert deviations(empty, empty)[0] == 0.0


@pytest.mark.parametrize("count", [12, 400])
def test_no_sample_is_farther_away_than_the_bound(count: int) -> None:
    random = np.random.default_rng(7)
    one = random.uniform(0, 20, (count, 1, 3)) + random.uniform(-3, 3, (count, 3, 3))
    other = random.uniform(0, 20, (count, 1, 3)) + random.uniform(-3, 3, (count, 3, 3))
    bound = one_way_deviations(mesh(one), mesh(other))[0]
    table = TriangleTable(other)
    points = samples_on(one, 0.8)[:3000]
    exact = np.array(
        [table.distances(np.repeat(point[None], count, axis=0), np.arange(count)).min() for point in points]
    )
    assert exact.max() <= bound
    assert bound <= exact.max() * 1.5 + 1.0


def test_the_search_tree_never_understates_a_distance() -> None:
    random = np.random.default_rng(3)
    triangles = random.uniform(0, 50, (200, 1, 3)) + random.uniform(-2, 2, (200, 3, 3))
    points = random.uniform(0, 50, (100, 3))
    found = NearTriangles(triangles, 0.5).nearest(points)
    table = TriangleTable(triangles)
    exact = np.array([table.distances(np.repeat(p[None], 200, axis=0), np.arange(200)).min() for p in points])
    assert (found >= exact - 1e-6).all()
    assert found == pytest.approx(exact, abs=0.5)

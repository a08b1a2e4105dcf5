"""The farthest of many points from a surface: exact where it matters, whatever samples on the surface suggest."""

from __future__ import annotations

import numpy as np
import pytest

from importers.distances import NearTriangles, TriangleTable, farthest, thinned

UNKNOWN = np.full(1, np.inf)


def exact_distances(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    table, rows = TriangleTable(triangles), np.arange(len(triangles))
    return np.array([table.distances(np.repeat(point[None], len(rows), axis=0), rows).min() for point in points])


@pytest.mark.parametrize("height", [4.0, -0.8])
def test_the_farthest_point_is_measured_exactly_where_samples_mislead(height: float) -> None:
    # One long triangle among many small ones: the samples next to the point are all of the small ones.
    rng = np.random.default_rng(4)
    at = rng.uniform(-1.0, 1.0, (400, 3)) * (3.0, 3.0, 0.1) + (0.0, 0.0, height)
    small = at[:, None] + rng.uniform(-0.05, 0.05, (400, 3, 3))
    long = np.array([[(-300.0, -300.0, 0.0), (300.0, -300.0, 0.0), (0.0, 400.0, 0.0)]])
    near = NearTriangles(np.concatenate([small, long]), 100.0)
    for count in (1, 500):  # few points are compared with all triangles, for many there is a search tree
        points = np.repeat(np.array([(0.0, 0.0, 1.5)]), count, axis=0)
        assert near.nearest(points)[0] > 2.0
        assert farthest(points, [near], np.repeat(UNKNOWN, count), 0.0) == pytest.approx(1.5)
        assert farthest(points, [near], np.repeat(UNKNOWN, count), 5.0) >= 1.5 - 1e-9


@pytest.mark.parametrize("count", [5, 3000])
@pytest.mark.parametrize("slack", [0.0, 0.7, np.inf])
def test_a_surface_in_parts_is_as_far_as_it_is_in_one(count: int, slack: float) -> None:
    """`slack`: by how much more than the distances what is known of them may be."""
    rng = np.random.default_rng(count)
    triangles = rng.uniform(0, 60, (400, 1, 3)) + rng.uniform(-3, 3, (400, 3, 3))
    parts = [NearTriangles(some) for some in np.array_split(triangles[np.argsort(triangles[:, 0, 0])], 7)]
    points = rng.uniform(-5, 65, (count, 3))
    exact = exact_distances(points, triangles)
    at_most = exact + slack * rng.uniform(0, 1, count) if np.isfinite(slack) else np.full(count, np.inf)
    assert farthest(points, parts, at_most, 0.0) == pytest.approx(exact.max())
    assert farthest(points, parts, at_most, exact.max() + 1.0) >= exact.max() - 1e-9
    assert farthest(points, parts, at_most, 0.0, at_least=exact.max() + 1.0) == exact.max() + 1.0


def test_the_farthest_is_found_wherever_it_is_among_points_of_which_as_much_is_known() -> None:
    ground = np.array([[(-9.0, -9.0, 0.0), (9.0, -9.0, 0.0), (0.0, 9.0, 0.0)]])
    for place in (0, 100, 199):
        points = np.array([(0.0, 0.0, 0.1)] * 200)
        points[place, 2] = 0.7
        assert farthest(points, [NearTriangles(ground)], np.full(200, 0.9), 0.0) == pytest.approx(0.7)


def test_of_points_close_together_one_is_kept() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 10, (2000, 3))
    kept = thinned(points, 1.5)
    assert len(kept) <= 7**3
    away = np.linalg.norm(points[:, None] - kept, axis=2).min(axis=1)
    assert away.max() <= 1.5 * 3**0.5

"""Neighbours on the map: nearest points, what hangs together, triangles without holes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from importers import spatial
from importers.spatial import NearestOnMap, delaunay, joined


def test_the_nearest_point_is_one_of_the_same_feature() -> None:
    points = np.array([[0.0, 0], [10, 0], [0.1, 0], [50, 0]])
    nearest = NearestOnMap(points, np.array([0, 0, 1, 1]))
    places = np.array([[0.2, 0.0], [0.2, 0.0], [9.0, 1.0]])
    assert nearest.of(places, np.array([0, 1, 0])).tolist() == [0, 2, 1]
    assert nearest.of(np.zeros((0, 2)), np.zeros(0, np.int64)).tolist() == []


def test_what_hangs_together_has_the_lowest_label() -> None:
    one, other = np.array([7, 5, 3, 1]), np.array([5, 3, 1, 0])
    assert joined(9, one, other).tolist() == [0, 0, 2, 0, 4, 0, 6, 0, 8]
    none = np.zeros(0, np.int64)
    assert joined(3, none, none).tolist() == [0, 1, 2]


def test_a_long_shuffled_chain_hangs_together() -> None:
    order = np.random.default_rng(4).permutation(2000)
    assert (joined(2000, order[:-1], order[1:]) == 0).all()


def test_triangles_cover_each_feature_s_hull_and_use_its_points_alone() -> None:
    random = np.random.default_rng(5)
    points = np.concatenate(
        [random.uniform(0, 50, (60, 2)), random.uniform(20, 90, (7, 2)), [[0.0, 0], [1, 1], [2, 2]]]
    )
    feature = np.repeat([2, 3, 8], [60, 7, 3])
    triangles, of = delaunay(points, feature)
    assert (feature[triangles] == of[:, None]).all()
    assert (np.diff(of) >= 0).all()
    assert set(of.tolist()) == {2, 3}, "three points on a line have no triangle"
    for one in (2, 3):
        hull = shapely.convex_hull(shapely.MultiPoint(points[feature == one]))
        area = shapely.area(shapely.polygons(points[triangles[of == one]])).sum()
        assert area == pytest.approx(hull.area, rel=1e-9)


def test_what_geos_leaves_out_is_triangulated_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spatial, "_COVERED", 2.0)  # no triangulation covers as much: every feature is done again
    points = np.random.default_rng(6).uniform(0, 50, (40, 2))
    feature = np.repeat([0, 1], 20)
    triangles, of = delaunay(points, feature)
    assert (feature[triangles] == of[:, None]).all()
    for one in (0, 1):
        hull = shapely.convex_hull(shapely.MultiPoint(points[feature == one]))
        assert shapely.area(shapely.polygons(points[triangles[of == one]])).sum() == pytest.approx(hull.area, rel=1e-9)

"""Polygons into triangles: area and winding are kept whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from importers.triangulation import Faces, Triangulation, triangulate


def split(*polygons: list[list[tuple[float, ...]]]) -> Triangulation:
    """Triangles of polygons given as rings of points."""
    faces, vertices = Faces(), []
    for rings in polygons:
        numbered = []
        for ring in rings:
            numbered.append(list(range(len(vertices), len(vertices) + len(ring))))
            vertices += [(*point, 0.0)[:3] for point in ring]
        faces.add(numbered)
    return triangulate(np.array(vertices, float), faces)


def area_vector(done: Triangulation) -> NDArray[np.float64]:
    a, b, c = (done.positions[done.triangles[:, corner]] for corner in range(3))
    total: NDArray[np.float64] = np.cross(b - a, c - a).sum(axis=0) / 2
    return total


SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]


def test_a_square_is_two_triangles_wound_as_it_is() -> None:
    done = split([SQUARE])
    assert len(done.triangles) == 2
    assert area_vector(done) == pytest.approx([0, 0, 16])


def test_a_clockwise_square_faces_down() -> None:
    assert area_vector(split([SQUARE[::-1]])) == pytest.approx([0, 0, -16])


def test_a_dart_is_cut_along_its_inner_diagonal() -> None:
    done = split([[(0.0, 0.0), (4.0, 2.0), (0.0, 4.0), (1.0, 2.0)]])
    a, b, c = (done.positions[done.triangles[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert area_vector(done)[2] == pytest.approx(6.0)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_hole_is_left_open_however_it_is_wound(turn: int) -> None:
    hole = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0)][::turn]
    assert area_vector(split([SQUARE, hole]))[2] == pytest.approx(15.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_concave_wall_keeps_its_normal(axis: int) -> None:
    flat = [(0.0, 0.0), (6.0, 0.0), (6.0, 2.0), (2.0, 2.0), (2.0, 6.0), (0.0, 6.0)]
    ring = [tuple(np.insert(np.array(point), axis, 3.0).tolist()) for point in flat]
    done = split([ring])
    newell = sum(np.cross(p, q) for p, q in zip(np.array(ring), np.roll(np.array(ring), -1, axis=0), strict=True)) / 2
    assert area_vector(done) == pytest.approx(newell)


def test_a_broken_face_does_not_take_its_neighbours_along() -> None:
    done = split([SQUARE], [[(0.0, 0.0), (1.0, 0.0)]], [SQUARE])
    assert [problem[0] for problem in done.problems] == [1]
    assert sorted(set(done.face_of_triangle.tolist())) == [0, 2]


def test_nothing_gives_nothing() -> None:
    assert len(triangulate(np.zeros((0, 3)), Faces()).triangles) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=14))
def test_any_valid_polygon_keeps_its_area(points: list[tuple[int, int]]) -> None:
    polygon = shapely.Polygon(points)
    if not polygon.is_valid or polygon.area < 0.1:
        return
    done = split([[(float(x), float(y)) for x, y in points]])
    a, b, c = (done.positions[done.triangles[:, corner]] for corner in range(3))
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(polygon.area, rel=0.01)

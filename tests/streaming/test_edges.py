"""Which lines are drawn along a mesh: creases and borders, each once, and no seams of triangles."""

from __future__ import annotations

from math import cos, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.streaming.edges import CREASE_DEG, crease_edges
from explorer.tileformat import SurfaceClass
from tests.specimens import box_mesh


def edge_set(positions: np.ndarray, edges: np.ndarray) -> set[frozenset[tuple[float, ...]]]:
    return {frozenset(map(tuple, np.round(positions[pair], 3).tolist())) for pair in edges}


def test_a_block_has_twelve_edges_and_no_diagonal() -> None:
    mesh = box_mesh((0, 0, 0), (2, 2, 2))
    edges = crease_edges(mesh.positions.astype(np.float32), mesh.triangles)
    found = edge_set(mesh.positions, edges)
    assert len(edges) == len(found) == 12
    assert all(np.linalg.norm(np.subtract(*map(np.array, pair))) == 2.0 for pair in found)


def test_faces_that_are_written_twice_to_be_seen_from_both_sides_have_the_edges_of_one() -> None:
    mesh = box_mesh((0.0, 0.0, 10.0), (10.0, 10.0, 20.0))
    positions = mesh.positions.astype(np.float32)
    turned = np.concatenate([mesh.triangles, mesh.triangles[:, [0, 2, 1]]])
    apart = np.concatenate([mesh.triangles, mesh.triangles[:, [2, 1, 0]] + np.uint32(len(positions))])
    assert len(crease_edges(positions, turned)) == 12
    assert len(crease_edges(np.concatenate([positions, positions]), apart)) == 12


def test_a_face_that_is_wound_the_wrong_way_makes_no_edge_of_a_seam() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    for second in ([0, 2, 3], [0, 3, 2]):
        edges = crease_edges(square, np.array([[0, 1, 2], second], np.uint32))
        assert len(edges) == 4


@pytest.mark.parametrize(("rise", "n"), [(0.1, 4), (1.0, 5)])
def test_a_crease_is_an_edge_only_where_it_is_sharp(rise: float, n: int) -> None:
    roof = np.array([[0, 0, 0], [1, 0, rise], [1, 1, rise], [0, 1, 0], [2, 0, 0], [2, 1, 0]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2]], np.uint32)
    assert len(crease_edges(roof, triangles)) == n + 2


def test_ground_and_trees_have_no_edges() -> None:
    mesh = box_mesh((0, 0, 0), (2, 2, 2))
    positions = mesh.positions.astype(np.float32)
    for surface in (SurfaceClass.TERRAIN, SurfaceClass.WATER, SurfaceClass.ROAD, SurfaceClass.TREE):
        assert len(crease_edges(positions, mesh.triangles, np.full(24, surface, np.uint8))) == 0
    assert len(crease_edges(positions, mesh.triangles, np.full(24, SurfaceClass.BRIDGE, np.uint8))) == 12


def test_edges_of_nothing_are_none() -> None:
    flat = np.zeros((3, 3), np.float32)
    assert crease_edges(flat, np.array([[0, 1, 2]], np.uint32)).shape == (0, 2)
    assert crease_edges(flat, np.zeros((0, 3), np.uint32)).shape == (0, 2)


def test_a_lone_face_that_is_written_twice_has_its_border() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    twice = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], np.uint32)
    assert len(crease_edges(square, twice)) == 4


def by_hand(positions: np.ndarray, triangles: np.ndarray) -> set[frozenset[tuple[float, ...]]]:
    """Face by face and edge by edge: what `crease_edges` does for whole arrays."""
    at: dict[frozenset[tuple[float, ...]], list[tuple[np.ndarray, bool]]] = {}
    seen = set()
    for triangle in triangles:
        corners = [tuple(map(float, positions[row])) for row in triangle]
        normal = np.cross(np.subtract(corners[1], corners[0]), np.subtract(corners[2], corners[0]))
        if len(set(corners)) < 3 or np.linalg.norm(normal) == 0.0 or frozenset(corners) in seen:
            continue
        seen.add(frozenset(corners))
        for k in range(3):
            a, b = corners[k], corners[(k + 1) % 3]
            at.setdefault(frozenset((a, b)), []).append((normal / np.linalg.norm(normal), a < b))
    drawn = set()
    for edge, faces in at.items():
        (first, runs), *others = faces
        agreements = [float(first @ normal) * (-1.0 if along == runs else 1.0) for normal, along in others]
        if not others or min(agreements) < cos(radians(CREASE_DEG)):
            drawn.add(edge)
    return drawn


@given(
    st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=3, max_size=12),
    st.lists(st.tuples(*[st.integers(0, 11)] * 3), max_size=24),
)
def test_the_lines_of_any_mesh_are_those_of_looking_at_each_edge(
    corners: list[tuple[int, int, int]], faces: list[tuple[int, int, int]]
) -> None:
    """Corners at the same place, faces that are none, written twice, wound either way, many at one edge."""
    positions = np.array(corners, np.float32)
    triangles = np.array(faces, np.uint32).reshape(-1, 3) % np.uint32(len(corners))
    edges = crease_edges(positions, triangles)
    found = edge_set(positions, edges)
    assert found == by_hand(positions, triangles)
    assert len(found) == len(edges), "each once"

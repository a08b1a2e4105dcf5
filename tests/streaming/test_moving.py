"""From where a file has its vertices to the world: as exact as the way itself, in float32 about a middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import CompoundCrs, MapTransform, OrientedBox, WorldFrame, enu_matrix, fit_world_from_ecef
from explorer.streaming.chart import MOST_OFF_M
from explorer.streaming.moving import Moved, moved_meshes
from explorer.tileformat import FeatureTable, Mesh, TileContent, decode_content, encode_glb
from tests.specimens import at_home, box_mesh

RD = CompoundCrs("EPSG:28992", "EPSG:5709")
DELFSHAVEN = np.array([90500.0, 436500.0, 5.0])


def world_of(moved: Moved) -> np.ndarray:
    return moved.origin + moved.offsets.T


def scattered(reach: float, n: int = 300, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).uniform((-reach, -reach, -5.0), (reach, reach, 90.0), (n, 3)).astype(np.float32)


def cloud_of(positions: np.ndarray, **more: object) -> Mesh:
    triangles = np.arange(len(positions) // 3 * 3, dtype=np.uint32).reshape(-1, 3)
    normals = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (len(positions), 1))
    return replace(Mesh(positions, triangles, normals), **more)  # type: ignore[arg-type]


def on_the_globe(reach: float) -> tuple[np.ndarray, WorldFrame, Callable[[np.ndarray], np.ndarray]]:
    """A tile's transform in Delfshaven, the frame, and the way for all within reach."""
    transform = MapTransform(RD)
    lon, lat = transform.to_lonlat([DELFSHAVEN[:2]])[0]
    place = enu_matrix(lon, lat)
    place[:3, 3] = transform.to_ecef([DELFSHAVEN])[0]
    frame = WorldFrame(RD, (90000.0, 436000.0, 0.0))
    box = OrientedBox.from_bounds((-reach, -reach, -10), (reach, reach, 100)).transformed(place)
    return place, frame, fit_world_from_ecef(frame, box)


@pytest.mark.parametrize("reach", [60.0, 500.0, 1500.0])
def test_vertices_go_where_the_way_says_and_back_to_the_source(reach: float) -> None:
    place, frame, way = on_the_globe(reach)
    positions = scattered(reach)
    (moved,) = moved_meshes([cloud_of(positions, placement=np.eye(4))], place, way)
    ecef = positions.astype(np.float64) @ place[:3, :3].T + place[:3, 3]
    found = world_of(moved)
    np.testing.assert_allclose(found, way(ecef), atol=MOST_OFF_M + 1e-6 * reach)
    back = MapTransform(RD).to_ecef(frame.to_map(found))
    assert np.linalg.norm(back - ecef, axis=1).max() < 0.002


def test_a_way_that_no_polynomial_follows_is_taken_vertex_by_vertex() -> None:
    def wavy(points: np.ndarray) -> np.ndarray:
        return np.asarray(points + 0.2 * np.sin(points[:, [1, 2, 0]] / 7.0))

    positions = scattered(60.0)
    (moved,) = moved_meshes([cloud_of(positions)], np.eye(4), wavy)
    np.testing.assert_allclose(world_of(moved), wavy(positions.astype(np.float64)), atol=2e-5)


def test_a_country_is_not_rounded_on_the_way() -> None:
    positions = scattered(60.0).astype(np.float64) * 1000.0
    (moved,) = moved_meshes([cloud_of(positions)], np.eye(4), at_home)
    np.testing.assert_allclose(world_of(moved), positions, rtol=6e-8, atol=0.004)


def test_what_stands_far_from_zero_is_not_rounded_before_its_middle_is_taken_off() -> None:
    positions = scattered(60.0) + np.array([4.0e6, -3.0e5, 5.0e6])
    (moved,) = moved_meshes([cloud_of(positions)], np.eye(4), at_home)
    np.testing.assert_allclose(world_of(moved), positions, rtol=0.0, atol=2e-5)


@pytest.mark.parametrize("n", [333, 60_000])
def test_what_two_meshes_of_a_file_share_stays_together_to_the_bit(n: int) -> None:
    place, _frame, way = on_the_globe(200.0)
    positions = scattered(200.0, n)
    whole = cloud_of(positions, placement=np.eye(4))
    for first, last in ((100, 250), (7, 10), (1, n - 1), (n - 40, n)):
        part = cloud_of(positions[first : last - (last - first) % 3], placement=np.eye(4))
        one, other = moved_meshes([whole, part], place, way)
        assert np.array_equal(one.origin, other.origin)
        assert np.array_equal(one.offsets[:, first : first + other.offsets.shape[1]], other.offsets)


@pytest.mark.parametrize("stray", [0, 150, 299])
def test_vertices_far_away_that_no_triangle_uses_spoil_nothing(stray: int) -> None:
    positions = scattered(50.0)
    mesh = cloud_of(positions)
    used = np.setdiff1d(np.arange(300), [stray])[:297].astype(np.uint32)
    positions[stray] = 6.4e6
    (moved,) = moved_meshes([replace(mesh, triangles=used.reshape(-1, 3))], np.eye(4), at_home)
    lo, hi = moved.bounds()
    assert np.abs([lo, hi]).max() < 95.0
    np.testing.assert_allclose(world_of(moved)[used], positions[used], atol=1e-5)
    assert positions[stray, 0] == np.float32(6.4e6)  # the file's own numbers are left alone


def test_what_is_left_as_stored_lands_where_what_was_placed_does() -> None:
    mesh = replace(box_mesh((5.0, 2.0, 10.0), (10.0, 8.0, 20.0)), surface_class=None)
    data = encode_glb(TileContent((mesh,), FeatureTable(("a",), {})))
    stored, placed = decode_content(data, "x", as_stored=True), decode_content(data, "x")
    assert stored.meshes[0].placement is not None
    assert placed.meshes[0].placement is None
    mirrored = np.diag([-1.0, 1.0, 1.0, 1.0])
    for transform in (np.eye(4), mirrored):
        (one,), (other,) = (moved_meshes(content.meshes, transform, at_home) for content in (stored, placed))
        np.testing.assert_allclose(world_of(one), world_of(other), atol=1e-5)
        np.testing.assert_allclose(one.normals, other.normals, atol=1e-5)
        assert np.array_equal(one.mesh.triangles, other.mesh.triangles)


@pytest.mark.parametrize("scale", [(0.01, 0.01, 0.01), (3.0, 1.0, 0.5)])
def test_normals_stay_across_their_faces_and_unit_however_a_file_is_scaled(scale: tuple[float, ...]) -> None:
    slope = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 100.0], [0.0, 100.0, 0.0]], np.float32)
    across = np.array([-1.0, 0.0, 1.0]) / np.sqrt(2.0)
    mesh = cloud_of(slope, normals=np.tile(across.astype(np.float32), (3, 1)), placement=np.diag([*scale, 1.0]))
    (moved,) = moved_meshes([mesh], np.eye(4), at_home)
    a, b, c = moved.offsets.T
    face = np.cross(b - a, c - a)
    np.testing.assert_allclose(moved.normals.T, np.tile(face / np.linalg.norm(face), (3, 1)), atol=1e-3)


def test_normals_that_are_no_direction_point_up() -> None:
    normals = np.array([[np.nan, 0.0, 0.0], [0.0, 0.0, 0.0], [5.0, 0.0, 0.0]], np.float32)
    mesh = cloud_of(scattered(5.0, 3), normals=normals, placement=np.eye(4))
    (moved,) = moved_meshes([mesh], np.eye(4), at_home)
    assert moved.normals.T.tolist() == [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]

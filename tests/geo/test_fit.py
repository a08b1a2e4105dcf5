"""The polynomial that stands in for the projection around a tile."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import CrsError
from explorer.geo import (
    CompoundCrs,
    MapTransform,
    OrientedBox,
    WorldFrame,
    boxes_to_world,
    enu_matrix,
    fit_ecef_from_map,
    fit_world_from,
    fit_world_from_ecef,
    parse_crs,
    region_box,
)

UTM = CompoundCrs("EPSG:32631")
RD_NAP = CompoundCrs("EPSG:28992", "EPSG:5709")
ORIGIN = (594_000.0, 5_762_000.0, 40.0)


def points_in(low: np.ndarray, high: np.ndarray, n: int = 400) -> np.ndarray:
    return np.random.default_rng(3).uniform(low, high, (n, 3))


@pytest.mark.parametrize(("size", "millimetres"), [(1_000.0, 0.001), (4_000.0, 0.055), (16_000.0, 3.5)])
def test_the_fit_to_ecef_is_as_good_as_published(size: float, millimetres: float) -> None:
    # published as 0.001, 0.05 and 3 mm, rounded; it differs a little from place to place
    transform = MapTransform(UTM)
    low = np.array(ORIGIN)
    high = low + np.array([size, size, 100.0])
    fit = fit_ecef_from_map(transform, low, high)
    points = points_in(low, high)
    error = np.linalg.norm(fit(points) - transform.to_ecef(points), axis=1).max()
    assert error * 1000.0 < millimetres
    assert fit.max_error * 1000.0 < millimetres


@pytest.mark.parametrize(("size", "millimetres"), [(1_000.0, 0.001), (4_000.0, 0.06)])
def test_the_fit_from_ecef_is_as_good(size: float, millimetres: float) -> None:
    frame = WorldFrame(UTM, ORIGIN)
    lon, lat = frame.lonlat
    box = OrientedBox.from_bounds([-size / 2, -size / 2, -50.0], [size / 2, size / 2, 50.0]).transformed(
        enu_matrix(lon, lat, 60.0)
    )
    fit = fit_world_from_ecef(frame, box)
    inside = box.centre + points_in(-np.ones(3), np.ones(3)) @ box.half_axes
    exact = frame.to_world(frame.transform.from_ecef(inside))
    error = np.linalg.norm(fit(inside) - exact, axis=1).max()
    assert error * 1000.0 < millimetres
    assert error <= fit.max_error * 1.5 + 1e-8


def test_with_the_dutch_grids_a_tile_of_a_kilometre_is_good_to_a_fifth_of_a_millimetre() -> None:
    # the official grids are bilinear, with a bend at every cell edge that no polynomial follows
    transform = MapTransform(RD_NAP)
    low = np.array([85_000.0, 446_500.0, -5.0])
    fit = fit_ecef_from_map(transform, low, low + np.array([1_000.0, 1_000.0, 100.0]))
    assert fit.max_error < 0.0002


def test_a_turned_box_is_held_as_a_whole() -> None:
    frame = WorldFrame(UTM, ORIGIN)
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    centre = enu_matrix(*frame.lonlat, 100.0)[:3, 3]
    box = OrientedBox(centre, turned * 200.0)
    fit = fit_world_from_ecef(frame, box)
    exact = frame.to_world(frame.transform.from_ecef(box.corners()))
    assert np.abs(fit(box.corners()) - exact).max() < 1e-5


def test_a_flat_tile_is_fitted_too() -> None:
    transform = MapTransform(UTM)
    low = np.array(ORIGIN)
    fit = fit_ecef_from_map(transform, low, low + np.array([100.0, 100.0, 0.0]))
    assert fit.max_error < 1e-7


def test_the_matrix_of_the_fit_touches_it() -> None:
    transform = MapTransform(UTM)
    low = np.array(ORIGIN)
    fit = fit_ecef_from_map(transform, low, low + 300.0)
    point = low + np.array([120.0, 30.0, 60.0])
    matrix = fit.matrix_at(point)
    beside = point + np.array([0.5, -0.5, 0.25])
    assert (matrix @ np.append(point, 1.0))[:3] == pytest.approx(fit(point[None])[0], abs=1e-7)
    assert np.linalg.norm((matrix @ np.append(beside, 1.0))[:3] - fit(beside[None])[0]) < 1e-6


def test_a_tileset_in_web_mercator_lands_where_it_belongs() -> None:
    frame = WorldFrame(RD_NAP, (92_000.0, 436_000.0, 0.0))
    web = parse_crs("EPSG:3857", "ellipsoidal")
    lonlat = frame.transform.to_lonlat([[92_500.0, 436_700.0]])
    x, y = MapTransform(web).from_lonlat(lonlat)[0]
    box = OrientedBox.from_bounds([x - 500, y - 500, 40.0], [x + 500, y + 500, 120.0])
    world = fit_world_from(frame, web, box)(np.array([[x, y, 43.5]]))[0]
    assert world[:2] == pytest.approx([500.0, 700.0], abs=0.01)
    assert world[2] == pytest.approx(0.0, abs=0.5)


def test_a_tileset_in_the_scenes_own_crs_is_only_shifted() -> None:
    frame = WorldFrame(RD_NAP, (92_000.0, 436_000.0, 1.0))
    box = OrientedBox.from_bounds([92_100.0, 436_100.0, 0.0], [92_200.0, 436_200.0, 30.0])
    assert fit_world_from(frame, RD_NAP, box)([[92_150.0, 436_150.0, 3.0]])[0] == pytest.approx([150, 150, 2], abs=1e-6)


def test_a_tileset_off_the_globe_is_asked_about() -> None:
    frame = WorldFrame(RD_NAP, (92_000.0, 436_000.0, 0.0))
    box = OrientedBox.from_bounds([484_000, 6_780_000, 0], [488_000, 6_784_000, 50])
    with pytest.raises(CrsError, match="not in earth-centred"):
        fit_world_from(frame, None, box)


def test_boxes_in_the_world_hold_what_they_held_on_the_globe() -> None:
    frame = WorldFrame(UTM, ORIGIN)
    lon, lat = np.radians(frame.lonlat)
    small = region_box([lon, lat, lon + 1e-4, lat + 1e-4, 0.0, 100.0])
    city = region_box([lon - 0.003, lat - 0.003, lon + 0.003, lat + 0.003, -20.0, 200.0])
    country = region_box([lon - 0.03, lat - 0.03, lon + 0.03, lat + 0.03, -20.0, 400.0])
    boxes = [small, city, country]
    centres, axes = boxes_to_world(frame, np.array([b.centre for b in boxes]), np.array([b.half_axes for b in boxes]))
    for box, centre, half_axes in zip(boxes, centres, axes, strict=True):
        inside = box.centre + points_in(-np.ones(3), np.ones(3)) @ box.half_axes
        world = frame.to_world(frame.transform.from_ecef(inside))
        along = np.linalg.solve(half_axes.T, (world - centre).T)
        assert np.abs(along).max() <= 1.0 + 1e-9
    assert np.linalg.norm(axes[0], axis=1).max() < 1.1 * np.linalg.norm(small.half_axes, axis=1).max()


@pytest.mark.parametrize("reach", [8_000.0, 40_000.0])
def test_many_boxes_of_a_city_are_brought_over_together_and_still_hold_what_they_held(reach: float) -> None:
    frame = WorldFrame(RD_NAP, (140_000.0, 456_000.0, 0.0))
    places = np.random.default_rng(3).uniform((-reach, -reach, -5.0), (reach, reach, 90.0), (400, 3))
    middles = frame.transform.to_ecef(frame.to_map(places))
    sides = np.random.default_rng(4).uniform(1.0, 200.0, (400, 3, 1)) * enu_matrix(*frame.lonlat)[:3, :3].T
    sides[0] *= 30.0  # a root's
    centres, axes = boxes_to_world(frame, middles, sides)
    one_by_one = [boxes_to_world(frame, middles[i : i + 1], sides[i : i + 1]) for i in range(0, 400, 40)]
    for k, (centre, half_axes) in enumerate(one_by_one):
        np.testing.assert_allclose(centres[40 * k], centre[0], atol=0.05)
        np.testing.assert_allclose(axes[40 * k], half_axes[0], atol=0.1)
    corners = middles[:, None] + points_in(-np.ones(3), np.ones(3)) @ sides
    world = frame.to_world(frame.transform.from_ecef(corners.reshape(-1, 3))).reshape(corners.shape)
    along = np.einsum("nki,nij->nkj", world - centres[:, None], np.linalg.inv(axes))
    assert np.abs(along).max() <= 1.0 + 1e-9


def test_a_root_box_beyond_the_dutch_grid_is_still_brought_over() -> None:
    frame = WorldFrame(RD_NAP, (85_000.0, 446_500.0, 0.0))
    europe = region_box([np.radians(-10.0), np.radians(40.0), np.radians(25.0), np.radians(60.0), 0.0, 2000.0])
    centres, axes = boxes_to_world(frame, europe.centre[None], europe.half_axes[None])
    assert np.isfinite(centres).all()
    assert np.linalg.norm(axes[0], axis=1).max() > 1e6


@pytest.mark.parametrize("n", [20, 400], ids=["each", "by one fit"])
@pytest.mark.parametrize("size", [300.0, 5_000.0, 20_000.0])
def test_boxes_hold_their_corners_in_a_map_whose_scale_grows(size: float, n: int) -> None:
    """Web Mercator: 5 km from the middle of a box its parallels are metres longer, at its corners alone."""
    frame = WorldFrame(CompoundCrs("EPSG:3857"), (500_000.0, 6_800_000.0, 0.0))
    random = np.random.default_rng(2)
    boxes = []
    for lon, lat, turn in zip(
        random.uniform(4.0, 5.0, n), random.uniform(51.0, 52.0, n), random.uniform(0.0, 3.0, n), strict=True
    ):
        c, s = np.cos(turn), np.sin(turn)
        axes = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) * [[size], [size * 0.7], [30.0]]
        boxes.append((enu_matrix(lon, lat, 20.0)[:3, 3], axes @ enu_matrix(lon, lat)[:3, :3].T))
    centres, half_axes = (np.array(some) for some in zip(*boxes, strict=True))
    inside = np.concatenate([random.uniform(-1.0, 1.0, (40, 3)), random.choice([-1.0, 1.0], (20, 3))])
    points = centres[:, None] + inside @ half_axes
    world = frame.to_world(frame.transform.from_ecef(points.reshape(-1, 3))).reshape(points.shape)
    world_centres, world_axes = boxes_to_world(frame, centres, half_axes)
    shares = (world - world_centres[:, None]) @ np.linalg.inv(world_axes)
    lengths = np.linalg.norm(world_axes, axis=2)
    assert ((np.abs(shares) - 1.0) * lengths[:, None]).max() < 0.05
    assert (lengths < 1.7 * np.linalg.norm(half_axes, axis=2) + 5e-5 * size**2 / 10.0 + 1.0).all()


@pytest.mark.parametrize("turn", [np.eye(3), np.diag([-2.0, 0.5, 1.0]), enu_matrix(4.5, 51.9)[:3, :3]])
def test_the_polynomial_about_another_point_and_in_other_axes_is_the_same(turn: np.ndarray) -> None:
    transform = MapTransform(UTM)
    low = np.array(ORIGIN)
    fit = fit_ecef_from_map(transform, low, low + np.array([2_000.0, 2_000.0, 100.0]))
    point = low + np.array([300.0, 1_500.0, 20.0])
    value, linear, squares = fit.about(point, turn)
    x, y, z = away = points_in(np.full(3, -400.0), np.full(3, 400.0)).T
    found = value[:, None] + linear @ away + squares.T @ np.stack([x * x, y * y, z * z, x * y, x * z, y * z])
    np.testing.assert_allclose(found.T, fit(point + away.T @ turn.T), atol=1e-6)

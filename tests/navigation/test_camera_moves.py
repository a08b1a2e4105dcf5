"""Orbiting, flying, framing, flights: the same on every machine, and never under the ground."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.geo.camera import Camera
from explorer.navigation import CameraFlight, FlyState, FlyWish, OrbitState, Sides, frame_bounds

CAMERA = Camera((0.0, -200.0, 150.0), heading_deg=10.0, pitch_deg=-40.0)


def _pixel(camera: Camera, point: tuple[float, float, float]) -> np.ndarray:
    return camera.project(np.array([point]))[0, :2]


def _settled(state: OrbitState) -> OrbitState:
    for _ in range(120):
        state = state.step(1 / 30)
    return state


@pytest.mark.parametrize("aspect", [(1280, 720), (400, 1200), (2560, 300)])
@pytest.mark.parametrize("pitch", [-89.0, -35.0, -12.0])
def test_a_framed_box_fits_the_picture_whatever_its_shape_and_touches_its_margin(
    aspect: tuple[int, int], pitch: float
) -> None:
    lo, hi = (-300.0, -50.0, 0.0), (500.0, 90.0, 60.0)
    camera = frame_bounds(replace(CAMERA, width=aspect[0], height=aspect[1], pitch_deg=pitch), lo, hi, margin=0.08)
    corners = np.array(list(product(*zip(lo, hi, strict=True))))
    pixels = camera.project(corners)
    share = pixels[:, :2] / np.array(aspect)
    assert (pixels[:, 2] > 0).all()
    assert share.min() >= 0.08 - 1e-9
    assert share.max() <= 0.92 + 1e-9
    width, height = share.max(axis=0) - share.min(axis=0)
    assert max(width, height) == pytest.approx(0.84, abs=0.01)


@pytest.mark.parametrize("aspect", [(1280, 720), (700, 900)])
def test_what_panels_cover_is_left_free_and_the_rest_is_filled(aspect: tuple[int, int]) -> None:
    lo, hi = (-300.0, -50.0, 0.0), (500.0, 90.0, 60.0)
    covered = Sides(left=0.3, bottom=0.15, top=0.1)
    start = replace(CAMERA, width=aspect[0], height=aspect[1], pitch_deg=-32.0)
    camera = frame_bounds(start, lo, hi, margin=0.05, covered=covered)
    seen = camera.project(np.array(list(product(*zip(lo, hi, strict=True)))))[:, :2] / np.array(aspect)
    (west, north), (east, south) = seen.min(axis=0), seen.max(axis=0)
    gaps = west - 0.3, 1.0 - east, north - 0.1, 0.85 - south
    assert min(gaps) == pytest.approx(0.05, abs=1e-3)
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-3)
    assert gaps[2] == pytest.approx(gaps[3], abs=1e-3)


def test_a_window_full_of_panels_still_shows_what_is_framed() -> None:
    lo, hi = (-300.0, -50.0, 0.0), (500.0, 90.0, 60.0)
    camera = frame_bounds(replace(CAMERA, pitch_deg=-32.0), lo, hi, covered=Sides(0.6, 0.5, 0.6, 0.5))
    seen = camera.project(np.array(list(product(*zip(lo, hi, strict=True)))))
    assert (seen[:, 2] > 0).all()
    assert (seen[:, :2] >= 0.0).all() and (seen[:, :2] <= (camera.width, camera.height)).all()


def test_framing_from_eye_level_looks_down_from_above() -> None:
    camera = frame_bounds(replace(CAMERA, pitch_deg=2.0), (0, 0, 0), (50, 50, 10))
    assert camera.pitch_deg == -35.0
    assert camera.position[2] > 10.0


def test_turning_keeps_the_pivot_in_its_place_in_the_picture() -> None:
    pivot = (30.0, 40.0, 5.0)
    before = _pixel(CAMERA, pivot)
    state = OrbitState.from_camera(CAMERA, pivot).turned(70.0, -15.0)
    for _ in range(40):
        state = state.step(1 / 60)
        assert _pixel(state.camera(CAMERA), pivot) == pytest.approx(before, abs=1e-6)
    assert state.camera(CAMERA).heading_deg == pytest.approx(80.0, abs=0.1)


def test_zooming_keeps_the_point_under_the_pointer_and_goes_the_wanted_share_of_the_way() -> None:
    point = (60.0, -20.0, 0.0)
    state = _settled(OrbitState.from_camera(CAMERA).zoomed(0.5, point))
    assert _pixel(state.camera(CAMERA), point) == pytest.approx(_pixel(CAMERA, point), abs=1e-6)
    assert np.linalg.norm(np.subtract(state.position, point)) == pytest.approx(
        0.5 * np.linalg.norm(np.subtract(CAMERA.position, point)), rel=1e-6
    )


def test_zooming_in_for_ever_stops_in_front_of_the_point() -> None:
    state = OrbitState.from_camera(CAMERA)
    for _ in range(100):
        state = state.zoomed(0.7, (0.0, 0.0, 0.0))
    assert np.linalg.norm(state.goal_position) >= 3.0 - 1e-9


def test_a_dragged_point_of_the_ground_comes_under_the_pointer() -> None:
    grabbed = (20.0, 10.0, 3.0)
    state = _settled(OrbitState.from_camera(CAMERA).dragged(CAMERA, grabbed, 900.0, 500.0))
    assert _pixel(state.camera(CAMERA), grabbed) == pytest.approx([900.0, 500.0], abs=1e-3)


def test_dragging_towards_the_horizon_moves_nothing() -> None:
    level = replace(CAMERA, pitch_deg=0.0)
    state = OrbitState.from_camera(level)
    assert state.dragged(level, (0.0, 0.0, 0.0), 640.0, 100.0) == state


def test_orbiting_never_goes_under_a_hill() -> None:
    state = OrbitState.from_camera(CAMERA, (0.0, 0.0, 0.0)).turned(0.0, 54.0).zoomed(0.05)
    for _ in range(200):
        state = state.step(1 / 30, lambda _x, _y: 25.0)
        assert state.position[2] >= 27.0 - 1e-9


@pytest.mark.parametrize("n", [1, 7, 60])
def test_a_gesture_ends_in_the_same_place_at_every_frame_rate(n: int) -> None:
    state = OrbitState.from_camera(CAMERA, (0.0, 0.0, 0.0)).turned(40.0, 10.0).zoomed(0.6)
    flying = FlyState.from_camera(CAMERA)
    for _ in range(n):
        state = state.step(0.2 / n)
        flying = flying.step(FlyWish(forward=1.0, right=0.5), 0.2 / n, lambda _x, _y: -1e6)
    whole = OrbitState.from_camera(CAMERA, (0.0, 0.0, 0.0)).turned(40.0, 10.0).zoomed(0.6).step(0.2)
    flown = FlyState.from_camera(CAMERA).step(FlyWish(forward=1.0, right=0.5), 0.2, lambda _x, _y: -1e6)
    assert state.position == pytest.approx(whole.position, abs=1e-9)
    assert flying.position == pytest.approx(flown.position, abs=1e-9)


def test_a_long_stall_throws_nobody_across_the_city() -> None:
    flown = FlyState.from_camera(CAMERA).step(FlyWish(forward=1.0), 3600.0)
    assert np.linalg.norm(np.subtract(flown.position, CAMERA.position)) < 0.25 * 800.0


def test_flying_is_faster_higher_up_and_stays_above_the_ground() -> None:
    low = FlyState((0.0, 0.0, 10.0), pitch_deg=-30.0)
    high = FlyState((0.0, 0.0, 500.0))
    for _ in range(100):
        low, high = (one.step(FlyWish(forward=1.0), 0.1, lambda _x, _y: 2.0) for one in (low, high))
    assert low.position[2] == pytest.approx(3.0)
    assert np.linalg.norm(high.velocity) > 10 * np.linalg.norm(low.velocity[:2])


def test_a_flight_begins_and_ends_where_it_should_and_turns_the_short_way() -> None:
    end = replace(CAMERA, position=(50.0, 0.0, 1.7), heading_deg=350.0, pitch_deg=0.0)
    flight = CameraFlight.between(replace(CAMERA, heading_deg=20.0), end)
    assert flight.at(0.0).position == CAMERA.position
    assert flight.at(flight.duration_secs) == end
    assert flight.at(flight.duration_secs / 2.0).heading_deg == pytest.approx(5.0)
    assert flight.duration_secs <= 0.2


def test_less_motion_means_no_flight_at_all() -> None:
    end = replace(CAMERA, position=(5000.0, 0.0, 100.0))
    assert CameraFlight.between(CAMERA, end, less_motion=True).at(0.0) == end


def test_over_unknown_ground_one_flies_as_fast_above_high_land_as_above_low() -> None:
    wish = FlyWish(forward=1.0)
    low, high = (
        FlyState.from_camera(replace(CAMERA, position=(0.0, 0.0, land + 300.0))).step(wish, 0.2, land=land)
        for land in (0.0, 500.0)
    )
    assert np.subtract(high.position, low.position) == pytest.approx((0.0, 0.0, 500.0))


def test_the_picture_comes_to_rest_soon_after_a_pan() -> None:
    state = OrbitState.from_camera(CAMERA).panned((150.0, 120.0, 0.0)).turned(25.0, -8.0).zoomed(0.7)
    steps = 0
    while (after := state.step(1 / 30)) != state:
        assert _pixel(after.camera(CAMERA), state.goal_pivot) is not None
        state, steps = after, steps + 1
    assert 10 < steps < 45, "it glides, and ends within one and a half seconds"
    goal = state.goal_position
    assert state.position == pytest.approx(goal, abs=1e-9)

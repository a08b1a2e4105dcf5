"""The camera as data."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.geo import Camera

NORTHWARD = Camera((10.0, 20.0, 30.0), heading_deg=0.0, pitch_deg=0.0, width=800, height=600)


def test_heading_is_clockwise_from_north_and_pitch_is_upwards() -> None:
    assert NORTHWARD.forward == pytest.approx([0.0, 1.0, 0.0])
    assert Camera((0.0, 0.0, 0.0), heading_deg=90.0).forward == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    assert Camera((0.0, 0.0, 0.0), pitch_deg=-90.0).forward == pytest.approx([0.0, 0.0, -1.0], abs=1e-12)


def test_right_up_and_forward_make_a_right_handed_frame() -> None:
    camera = Camera((0.0, 0.0, 0.0), heading_deg=37.0, pitch_deg=-20.0)
    assert np.cross(camera.right, camera.forward) == pytest.approx(camera.up)
    assert camera.right[2] == 0.0
    assert np.linalg.norm(camera.up) == pytest.approx(1.0)


def test_the_middle_of_the_picture_looks_straight_ahead() -> None:
    origin, direction = NORTHWARD.ray(400.0, 300.0)
    assert origin.tolist() == [10.0, 20.0, 30.0]
    assert direction == pytest.approx(NORTHWARD.forward)


def test_a_ray_through_a_pixel_projects_back_to_it() -> None:
    camera = Camera((5.0, 6.0, 7.0), heading_deg=123.0, pitch_deg=-33.0, width=800, height=600)
    for pixel in ((0.0, 0.0), (799.0, 10.0), (123.0, 456.0)):
        origin, direction = camera.ray(*pixel)
        found = camera.project((origin + 250.0 * direction)[None])[0]
        assert found[:2] == pytest.approx(pixel, abs=1e-6)
        assert found[2] > 0.0


def test_what_is_behind_has_no_positive_depth() -> None:
    assert NORTHWARD.project(np.array([[10.0, -100.0, 30.0]]))[0, 2] < 0.0


def test_the_frustum_holds_what_is_in_the_picture_and_nothing_else() -> None:
    planes = NORTHWARD.frustum_planes()

    def inside(point: tuple[float, float, float]) -> bool:
        return bool((planes @ np.array([*point, 1.0]) >= 0.0).all())

    assert inside((10.0, 120.0, 30.0))
    assert not inside((10.0, -80.0, 30.0))
    assert not inside((510.0, 120.0, 30.0))
    assert not inside((10.0, 120.0, 530.0))


def test_the_error_in_pixels_is_that_of_the_formula() -> None:
    camera = Camera((0.0, 0.0, 0.0), fov_y_deg=90.0, height=1000)
    assert camera.sse_factor == pytest.approx(500.0)  # tan 45° = 1: a metre at a metre fills half the height


def test_a_camera_turned_towards_a_point_sees_it_in_the_middle() -> None:
    camera = NORTHWARD.looking_at((200.0, -50.0, 3.0))
    assert camera.project(np.array([[200.0, -50.0, 3.0]]))[0, :2] == pytest.approx([400.0, 300.0], abs=1e-6)


def test_looking_straight_down_keeps_the_heading() -> None:
    camera = Camera((0.0, 0.0, 100.0), heading_deg=45.0).looking_at((0.0, 0.0, 0.0))
    assert camera.heading_deg == 45.0
    assert camera.pitch_deg == pytest.approx(-90.0)

"""Lines and points of the tools: seen where they are said to be, replaced by name, gone when cleared."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render import Engine
from tests.render.scenery import City, Levels, above, block, opened, pixels_of, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 80.0)
WAY = np.array([[-30.0, -10.0, 0.2], [30.0, -10.0, 0.2]])
RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


@pytest.fixture
def field(city: City) -> City:
    """Bare ground."""
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)))
    return city


def _red(picture: Levels) -> np.ndarray:
    return np.asarray((picture[..., 0] > 200.0) & (picture[..., 1] < 60.0))


def test_a_line_runs_from_end_to_end_and_is_as_wide_as_asked(field: City) -> None:
    for width in (1.0, 4.0):
        field.renderer.lines.set_line("way", WAY, RED, width=width)
        red = _red(field.look(CAMERA))
        rows, columns = np.nonzero(red)
        (left, row), (right, _) = pixels_of(CAMERA, tuple(WAY[0]), tuple(WAY[1]))
        assert (columns.min(), columns.max()) == pytest.approx((left, right), abs=2)
        assert rows.mean() == pytest.approx(row, abs=1.5)
        assert np.median(red.sum(axis=0)[left + 3 : right - 3]) == pytest.approx(width, abs=1.0)


def test_a_picture_that_will_be_shrunk_has_lines_as_much_wider(gl_engine: Engine) -> None:
    with opened(gl_engine, pixel_scale=3.0) as city:
        city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)))
        city.renderer.lines.set_line("way", WAY, RED, width=2.0)
        assert np.median(_red(city.look(CAMERA)).sum(axis=0)[40:120]) == pytest.approx(6.0, abs=1.0)


def test_a_line_set_again_moves_and_a_cleared_one_is_gone(field: City) -> None:
    before = field.look(CAMERA)
    field.renderer.lines.set_line("way", WAY, RED)
    field.renderer.lines.set_line("way", WAY + np.array([0.0, 20.0, 0.0]), RED)
    rows, _ = np.nonzero(_red(field.look(CAMERA)))
    assert rows.max() < 60
    field.renderer.lines.clear("way")
    field.renderer.lines.clear("unknown")
    assert np.array_equal(field.look(CAMERA), before)


def test_a_line_of_one_point_and_no_points_are_nothing(field: City) -> None:
    before = field.look(CAMERA)
    field.renderer.lines.set_line("way", WAY, RED)
    field.renderer.lines.set_line("way", WAY[:1], RED)
    field.renderer.lines.set_points("samples", np.zeros((0, 3)), np.zeros((0, 4), np.uint8))
    assert np.array_equal(field.look(CAMERA), before)


def test_points_have_their_own_colours_and_size(field: City) -> None:
    points = np.array([[-20.0, 0.0, 0.2], [20.0, 0.0, 0.2]])
    field.renderer.lines.set_points("samples", points, np.array([RED, BLUE], np.uint8), size=6.0)
    picture = field.look(CAMERA)
    red, blue = field.colour_at(CAMERA, *map(tuple, points), picture=picture)
    assert red[0] > 200.0 > 60.0 > red[2] and blue[2] > 200.0 > 60.0 > blue[0]
    assert _red(picture).sum() == pytest.approx(36, abs=12)


def test_a_house_covers_lines_behind_it_and_lines_cast_no_shadow_and_are_not_picked(field: City) -> None:
    camera = towards((0.0, -80.0, 20.0), (0.0, 0.0, 5.0))
    bare = field.look(camera)
    field.renderer.lines.set_line("mast", np.array([[0.0, 20.0, 0.0], [0.0, 20.0, 8.0]]), RED, width=3.0)
    changed = np.abs(field.look(camera) - bare).max(axis=-1) > 2.0
    assert changed.any() and np.ptp(np.nonzero(changed)[1]) < 6, "a line and no shadow beside it"
    x, y, _depth = camera.project(np.array([[0.0, 20.0, 6.0]]))[0]
    found = field.renderer.pick(float(x), float(y))
    assert found is None or found.position[2] < 0.1
    field.build(block((0.0, 0.0), (20.0, 10.0, 15.0)), ids=("house",), key="house")
    assert not _red(field.look(camera)).any()

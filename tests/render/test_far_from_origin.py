"""A city far from the scene's origin looks as one at the origin, and stands still while the camera moves."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render import Engine
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, above, block, moved, opened, pixels_of, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

FAR = (31_000.0, -26_000.0, 12.0)
"""40 km away. [m]"""
EYE = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0))


def _furnish(city: City) -> None:
    houses = [block((20.0 * i - 30.0, 3.0 * i), (12.0, 16.0, 8.0 + 3.0 * i), i) for i in range(4)]
    city.build(sheet((0.0, 0.0, 0.0), (300.0, 300.0)), *houses, ids=tuple("abcd"), with_edges=True)
    city.propose(block((-10.0, -30.0), (10.0, 10.0, 9.0)))
    city.renderer.lines.set_line(
        "way", np.array([(-40.0, -30.0, 0.5), (40.0, -30.0, 0.5)]) + np.asarray(city.at), (255, 0, 255, 255), width=3.0
    )


def test_the_picture_does_not_know_how_far_the_origin_is(gl_engine: Engine) -> None:
    pictures = []
    for at in ((0.0, 0.0, 0.0), FAR):
        with opened(gl_engine, at=at) as city:
            _furnish(city)
            pictures.append(city.look(EYE))
    off = np.abs(pictures[0] - pictures[1])
    assert off.mean() < 1.0
    assert np.mean(off.max(axis=-1) > 12.0) < 0.01


def test_a_flight_of_40_km_and_back_leaves_the_picture_as_it_was(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _furnish(city)
        before = city.look(EYE)
        city.look(moved(EYE, FAR))
        after = city.look(EYE)
    assert np.abs(after - before).mean() < 0.1


def test_ripples_on_the_water_stay_when_the_origin_follows_the_camera(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.build(sheet((900.0, 0.0, 0.0), (400.0, 400.0), SurfaceClass.WATER, parts=8))
        low = towards((880.0, -30.0, 6.0), (900.0, 0.0, 0.0))
        before = city.look(low)
        assert before.std() > 1.0
        city.look(moved(low, (1500.0, 0.0, 0.0)))  # the origin follows, and stays there on the way back
        after = city.look(low)
    assert np.abs(after - before).max() < 6.0


def _corner(picture: Levels) -> float:
    """Where the roof ends in the middle row, to a fraction of a pixel."""
    row = picture[60, :, 0]
    share = (row - row[0]) / (row[-1] - row[0])
    return float((1.0 - np.clip(share, 0.0, 1.0)).sum())


def test_nothing_jitters_when_the_camera_moves_by_millimetres(gl_engine: Engine) -> None:
    with opened(gl_engine, at=FAR) as city:
        city.build(sheet((0.0, 0.0, 0.0), (300.0, 300.0)), block((5.0, 0.0), (10.0, 10.0, 5.0)), ids=("a",))
        city.renderer.set_shadows(False)
        close = above(0.0, 0.0, 0.16, height=7.0)
        ends = [_corner(city.look(moved(close, (step * 0.002 - 0.009, 0.0, 0.0)))) for step in range(10)]
    # a pixel is 0.3 mm of the roof: its edge runs to the left in equal steps
    metres = np.array(ends) * (0.16 / 160.0) * (2.0 / 7.0)
    assert np.abs(metres - metres[0] + 0.002 * np.arange(10)).max() < 0.001


def test_overlays_and_lines_move_with_the_city(gl_engine: Engine) -> None:
    with opened(gl_engine, at=FAR) as city:
        _furnish(city)
        camera = above(0.0, 0.0, 120.0)
        picture = city.look(camera)
        column, row = pixels_of(camera, (20.0, -30.0, 0.5))[0]
        red, green, blue = picture[row - 1 : row + 2, column].reshape(-1, 3).T
        assert (red - green).max() > 80.0 and (blue - green).max() > 80.0

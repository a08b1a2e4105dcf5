"""A result draped over the ground lies where its raster says, and leaves no trace when it is taken off."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render import Engine, OverlayDrape
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, Point, above, block, opened, sheet

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 120.0)
RED, BLUE = np.array([255.0, 0.0, 0.0]), np.array([0.0, 0.0, 255.0])
NAN = float("nan")
RASTER = np.array([[1.0, 0.0, 0.0], [NAN, 1.0, 0.0]], np.float32)
"""North row first, over 60 m by 40 m: nothing about it is symmetric."""
CELLS = {(-20.0, 10.0): 1.0, (0.0, 10.0): 0.0, (20.0, 10.0): 0.0, (-20.0, -10.0): NAN, (0.0, -10.0): 1.0}


def _drape(at: Point = (0.0, 0.0, 0.0), **more: float) -> OverlayDrape:
    legend = np.zeros((256, 3), np.uint8)
    legend[:, 0], legend[:, 2] = np.arange(256), 255 - np.arange(256)
    x, y, _z = at
    return OverlayDrape(RASTER, (x - 30.0, y - 20.0, x + 30.0, y + 20.0), legend, 0.0, 1.0, **more)


def _town(city: City) -> None:
    house = block((20.0, -10.0), (10.0, 10.0, 6.0))
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), house, ids=("house",), with_edges=True)


def _is_like(colour: Levels, wanted: Levels) -> bool:
    return bool(colour @ wanted / 255.0 > colour @ (255.0 - wanted) / 510.0 + 80.0)


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), (31_000.0, -26_000.0, 12.0)], ids=["at the origin", "40 km away"])
def test_each_cell_has_its_colour_at_its_place(at: Point, gl_engine: Engine) -> None:
    with opened(gl_engine, at=at) as city:
        _town(city)
        plain = city.look(CAMERA)
        city.renderer.set_overlay(_drape(at))
        draped = city.look(CAMERA)
        for (x, y), value in CELLS.items():
            (colour,) = city.colour_at(CAMERA, (x, y, 0.0), picture=draped)
            (bare,) = city.colour_at(CAMERA, (x, y, 0.0), picture=plain)
            assert _is_like(colour, RED) == (value == 1.0), (x, y)
            assert _is_like(colour, BLUE) == (value == 0.0), (x, y)
            if np.isnan(value):
                assert np.ptp(colour) < np.ptp(bare) < 80.0, "no answer: the ground itself, greyed"


def test_it_ends_at_the_edges_of_its_raster(city: City) -> None:
    _town(city)
    city.renderer.set_overlay(_drape())
    inside = [(-29.0, 19.0, 0.0), (29.0, 19.0, 0.0), (9.0, -19.0, 0.0)]
    outside = [(-31.0, 19.0, 0.0), (29.0, 21.0, 0.0), (9.0, -21.0, 0.0), (31.0, 0.0, 0.0)]
    painted = np.ptp(city.colour_at(CAMERA, *inside, *outside), axis=1) > 100.0
    assert painted.tolist() == [True] * 3 + [False] * 4


def test_it_paints_the_ground_and_leaves_roofs(city: City) -> None:
    _town(city)
    city.renderer.set_overlay(_drape())
    roof, ground = city.colour_at(CAMERA, (20.0, -10.0, 6.0), (28.0, -18.0, 0.0))
    assert not _is_like(roof, BLUE) and _is_like(ground, BLUE)


def test_the_city_steps_back_into_grey_but_proposals_do_not(city: City) -> None:
    _town(city)
    city.propose(block((-20.0, -30.0), (10.0, 10.0, 6.0)))
    spots = [(20.0, -10.0, 6.0), (50.0, 30.0, 0.0), (-20.0, -30.0, 6.0)]
    before = np.ptp(city.colour_at(CAMERA, *spots), axis=1)
    city.renderer.set_overlay(_drape())
    after = np.ptp(city.colour_at(CAMERA, *spots), axis=1)
    assert (after[:2] < before[:2]).all()
    assert after[2] == pytest.approx(before[2], abs=2.0)


def test_taking_it_off_gives_the_same_picture_to_the_byte(city: City) -> None:
    _town(city)
    city.build(sheet((0.0, 60.0, 0.1), (60.0, 60.0), SurfaceClass.WATER), key="pond")
    before = city.look(CAMERA)
    city.renderer.set_overlay(_drape())
    assert not np.array_equal(city.look(CAMERA), before)
    city.renderer.set_overlay(None)
    assert np.array_equal(city.look(CAMERA), before)


def test_it_lies_on_the_land_where_the_data_has_no_ground(city: City) -> None:
    city.build(block((20.0, -10.0), (10.0, 10.0, 6.0)), ids=("house",))
    before = city.look(CAMERA)
    city.renderer.set_overlay(_drape())
    colours = city.colour_at(CAMERA, (-20.0, 10.0, 0.0), (0.0, 10.0, 0.0), (-20.0, -10.0, 0.0), (0.0, 40.0, 0.0))
    assert _is_like(colours[0], RED) and _is_like(colours[1], BLUE)
    assert (np.ptp(colours[2:], axis=1) < 20.0).all(), "no answer, and beyond the raster: land, greyed"
    city.renderer.set_overlay(None)
    assert np.array_equal(city.look(CAMERA), before)


def test_tiles_that_come_under_an_overlay_wear_it(city: City) -> None:
    city.renderer.set_overlay(_drape())
    bare = city.look(CAMERA)
    _town(city)
    (colour,) = city.colour_at(CAMERA, (0.0, 10.0, 0.0))
    assert _is_like(colour, BLUE) and not np.array_equal(city.look(CAMERA), bare)


def test_opacity_lets_the_ground_through(city: City) -> None:
    _town(city)
    spread = []
    for opacity in (0.2, 0.9):
        city.renderer.set_overlay(_drape(opacity=opacity))
        spread.append(np.ptp(city.colour_at(CAMERA, (0.0, 10.0, 0.0))))
    assert spread[0] < spread[1] - 60.0


def test_values_beyond_the_legend_take_its_ends(city: City) -> None:
    _town(city)
    drape = _drape()
    wide = OverlayDrape(
        np.where(RASTER > 0.5, np.float32(9.0), np.float32(-9.0)), drape.bounds, drape.colours, 0.0, 1.0
    )
    city.renderer.set_overlay(wide)
    high, low = city.colour_at(CAMERA, (-20.0, 10.0, 0.0), (0.0, 10.0, 0.0))
    assert _is_like(high, RED) and _is_like(low, BLUE)

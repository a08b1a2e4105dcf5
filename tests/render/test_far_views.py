"""A city from far: walls, roofs, land and shade are told apart, near as from kilometres away."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, block, luma, sheet, sun_at, towards

pytestmark = pytest.mark.xdist_group("gl")

WALL, ROOF, LAND = (0.0, -20.0, 15.0), (10.0, 0.0, 30.0), (0.0, -60.0, 0.0)
SHADE_OF_LAND, SHADE_OF_WALL = (35.0, 15.0, 0.0), (20.0, -10.0, 15.0)


def _seen_from(city: City, distance_m: float) -> Levels:
    """A house of 40 m in the afternoon, always as large in the picture: levels of wall, roof, land and of shade."""
    eye = (0.5 * distance_m, -0.67 * distance_m, 0.55 * distance_m)
    camera = towards(eye, (0.0, 0.0, 0.0), fov=float(np.degrees(2.0 * np.arctan(90.0 / distance_m))))
    return city.colour_at(camera, WALL, ROOF, LAND, SHADE_OF_LAND, SHADE_OF_WALL)


@pytest.mark.parametrize("has_ground", [False, True])
@pytest.mark.parametrize("distance_m", [300.0, 3000.0])
def test_walls_roofs_land_and_shade_are_told_apart(distance_m: float, has_ground: bool, city: City) -> None:
    """In the afternoon sun from the south-west; without ground of its own a city stands on a board."""
    city.build(block((0.0, 0.0), (40.0, 40.0, 30.0)), ids=("house",))
    if has_ground:
        city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), key="ground")
    city.renderer.set_sun(*sun_at(235.0, 45.0))
    city.renderer.set_edges(0.0)
    wall, roof, land, shade_of_land, shade_of_wall = _seen_from(city, distance_m)
    light = [float(luma(one)) for one in (wall, land, shade_of_wall, shade_of_land)]
    assert all(more > less + 13.0 for more, less in pairwise(light)), light
    assert luma(land) > luma(shade_of_land) + 55.0
    assert luma(wall) > luma(roof) + 20.0
    assert np.abs(roof - land).max() > 12.0


def test_the_air_of_a_clear_day_takes_little_of_a_city_three_kilometres_away(city: City) -> None:
    city.build(block((0.0, 0.0), (40.0, 40.0, 30.0)), ids=("house",))
    city.renderer.set_sun(*sun_at(235.0, 45.0))
    city.renderer.set_edges(0.0)
    near, far = (_seen_from(city, distance_m) for distance_m in (300.0, 3000.0))
    assert np.ptp(luma(far)) > 0.8 * np.ptp(luma(near))


def test_air_gets_thicker_little_by_little_as_the_sun_sinks(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (9000.0, 9000.0), SurfaceClass.TREE, parts=8))
    camera = towards((0.0, -4000.0, 30.0), (0.0, 0.0, 0.0))
    lights = []
    for elevation in np.arange(12.0, 0.0, -0.5):
        city.renderer.set_sun(*sun_at(180.0, float(elevation)))
        lights.append(city.colour_at(camera, (0.0, 0.0, 0.0))[0])
    assert np.abs(np.diff(lights, axis=0)).max() < 6.0


def test_far_land_goes_over_into_the_air_without_steps(city: City) -> None:
    picture = city.look(towards((0.0, 0.0, 900.0), (0.0, 4000.0, 0.0)))
    spread = np.ptp(picture[60:110, :, 1], axis=1)
    assert spread.max() <= 2.0
    assert (spread > 0.0).mean() > 0.9, "eight bits show"

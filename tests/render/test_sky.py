"""Sky, sun, night and water."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, above, block, luma, sheet, sun_at, towards

pytestmark = pytest.mark.xdist_group("gl")


def _level(heading: float, pitch: float = 15.0, height: float = 30.0) -> Camera:
    return Camera((0.0, 0.0, height), heading_deg=heading, pitch_deg=pitch, width=160, height=120)


def test_haze_lies_low_so_a_city_from_above_keeps_its_colours(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (9000.0, 9000.0), SurfaceClass.TREE, parts=8))
    spot = (0.0, 0.0, 0.0)
    near = city.colour_at(above(0.0, 0.0, 20.0), spot)[0]
    from_street = city.colour_at(towards((0.0, -4000.0, 30.0), spot), spot)[0]
    from_high = city.colour_at(towards((0.0, -2646.0, 3000.0), spot), spot)[0]  # 4 km away, too
    assert np.abs(from_high - near).max() < 0.6 * np.abs(from_street - near).max()


@pytest.mark.parametrize(("azimuth", "elevation"), [(180.0, 15.0), (110.0, 25.0), (265.0, 4.0)])
def test_the_disc_of_the_sun_is_where_the_sun_is(azimuth: float, elevation: float, city: City) -> None:
    direction, _ = sun_at(azimuth, elevation)
    city.renderer.set_sun(direction, elevation)
    camera = _level(azimuth - 12.0)
    light = luma(city.look(camera))
    rows, columns = np.nonzero(light > light.max() - 2.0)
    wanted = camera.project(np.asarray(camera.position) + 1000.0 * direction[None])[0]
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx(wanted[:2], abs=1.0)
    assert light.max() > 225.0
    away = luma(city.look(_level(azimuth + 180.0)))
    assert away[:50].max() < light.max() - 10.0


def test_a_house_covers_the_sun(city: City) -> None:
    direction, elevation = sun_at(180.0, 15.0)
    city.renderer.set_sun(direction, elevation)
    camera = _level(180.0)
    open_sky = luma(city.look(camera))
    city.build(block((0.0, -40.0), (60.0, 10.0, 80.0)), ids=("tower",))
    x, y, _ = camera.project(np.asarray(camera.position) + 1000.0 * direction[None])[0]
    assert luma(city.look(camera))[int(y), int(x)] < open_sky[int(y), int(x)] - 60.0


def test_after_dusk_no_sun_is_drawn(city: City) -> None:
    city.renderer.set_sun(*sun_at(180.0, -8.0))
    columns = luma(city.look(_level(180.0)))[:40]
    assert np.ptp(columns, axis=1).max() <= 4.0, "the sky has a bright spot"  # its levels are dithered


def test_the_sky_is_lighter_at_the_horizon_than_above_and_golden_when_the_sun_is_low(city: City) -> None:
    sky = city.look(_level(0.0, pitch=30.0))
    assert luma(sky)[100].mean() > luma(sky)[5].mean() + 15.0
    assert sky[5, :, 2].mean() > sky[5, :, 0].mean() + 20.0
    city.renderer.set_sun(*sun_at(270.0, 2.0))
    low = city.look(_level(270.0, pitch=5.0))
    horizon = low[55:65].reshape(-1, 3).mean(axis=0)
    assert horizon[0] > horizon[2]


def test_night_is_dark_but_legible(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), block((0.0, 0.0), (20.0, 20.0, 12.0)), ids=("house",))
    camera = towards((-30.0, -45.0, 25.0), (0.0, 0.0, 5.0))
    spots = [(-3.0, -10.0, 6.0), (-10.0, 3.0, 6.0), (0.0, 0.0, 12.0), (-20.0, -10.0, 0.0)]
    day = luma(city.colour_at(camera, *spots))
    city.renderer.set_sun(*sun_at(0.0, -30.0))
    night = luma(city.colour_at(camera, *spots))
    assert (night < 0.6 * day).all()
    assert night.min() > 20.0
    wall, _other, roof, ground = night
    assert roof > wall + 5.0
    assert abs(roof - ground) > 4.0


def test_water_mirrors_the_sky_at_a_grazing_look_and_shows_itself_from_above(city: City) -> None:
    city.build(sheet((0.0, 400.0, 0.0), (800.0, 1000.0), SurfaceClass.WATER, parts=8))
    grazing = _level(0.0, pitch=0.0, height=3.0)
    seen = city.look(grazing)
    water, sky = seen[66:72].reshape(-1, 3).mean(axis=0), seen[48:54].reshape(-1, 3).mean(axis=0)
    assert np.abs(water - sky).max() < 35.0
    below = city.look(above(0.0, 300.0, 50.0)).reshape(-1, 3).mean(axis=0)
    assert np.abs(below - sky).max() > np.abs(water - sky).max() + 30.0
    city.renderer.set_sun(*sun_at(180.0, -30.0))
    assert luma(city.look(grazing)[66:72].reshape(-1, 3).mean(axis=0)) < 0.5 * luma(water)


def test_the_sun_glints_on_water_but_not_in_the_shade(city: City) -> None:
    city.renderer.set_sun(*sun_at(180.0, 20.0))
    city.build(sheet((0.0, -100.0, 0.0), (800.0, 800.0), SurfaceClass.WATER, parts=8))
    mirrored = (0.0, -30.0 / np.tan(np.radians(20.0)), 0.0)
    camera = towards((0.0, 0.0, 30.0), mirrored)

    def middle() -> float:
        return float(luma(city.look(camera))[55:65, 70:90].mean())

    glint = middle()
    city.build(block((0.0, -130.0), (60.0, 10.0, 60.0)), ids=("tower",), key="tower")
    assert middle() < glint - 30.0
    city.renderer.show_tiles(["tile"])
    city.renderer.set_sun(*sun_at(90.0, 20.0))
    assert middle() < glint - 15.0


def test_the_land_beyond_is_not_seen_from_below(city: City) -> None:
    city.renderer.set_land(50.0)
    from_below = city.look(_level(0.0, pitch=45.0))
    city.renderer.set_land(-50.0)
    assert np.abs(from_below - city.look(_level(0.0, pitch=45.0))).max() <= 1.0


def test_a_model_without_ground_stands_on_a_board_and_data_with_ground_in_grass(city: City) -> None:
    camera = above(100.0, 0.0, 40.0)
    city.build(block((0.0, 0.0), (20.0, 20.0, 12.0)), ids=("house",))
    board = city.look(camera).reshape(-1, 3).mean(axis=0)
    city.build(sheet((0.0, 0.0, 0.0), (60.0, 60.0)), key="ground")
    land = city.look(camera).reshape(-1, 3).mean(axis=0)
    assert land[1] > land[0] and board[0] > board[1]
    city.renderer.detach_tile("ground")
    assert np.array_equal(city.look(camera).reshape(-1, 3).mean(axis=0), board)

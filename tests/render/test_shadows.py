"""The sun's shadow falls where it does in the world, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.render import OFFICE, Engine, Tier
from explorer.render.tiers import CASCADES
from explorer.tileformat import SurfaceClass
from tests.render.scenery import (
    NOON,
    City,
    Levels,
    above,
    block,
    ground_of,
    luma,
    opened,
    pixels_of,
    sheet,
    sun_at,
    texel,
    towards,
)

pytestmark = pytest.mark.xdist_group("gl")

TEXEL = texel(322.6)
"""Of the map for a camera 200 m up that looks down. [m]"""
DARKER = 25.0
"""What shade takes at least from the ground at noon. [levels]"""


def _darkened(city: City, camera: Camera) -> Levels:
    """How much darker each pixel is for the shadows."""
    city.renderer.set_shadows(False)
    bright = city.look(camera)
    city.renderer.set_shadows(True)
    return np.asarray(luma(bright) - luma(city.look(camera)))


def _tower(city: City, height: float = 20.0) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, 0.0), (20.0, 20.0, height)), ids=("tower",))


def test_at_noon_the_shadow_falls_north_and_in_the_evening_east(city: City) -> None:
    _tower(city)
    camera = above(0.0, 0.0, 100.0)
    sides = {"north": (0.0, 18.0, 0.0), "east": (18.0, 0.0, 0.0), "south": (0.0, -18.0, 0.0), "west": (-18.0, 0.0, 0.0)}
    for azimuth, side in ((180.0, "north"), (270.0, "east"), (90.0, "west")):
        city.renderer.set_sun(*sun_at(azimuth, 45.0))
        dark = _darkened(city, camera)
        shaded = {name for name, at in sides.items() if dark[tuple(pixels_of(camera, at)[0][::-1])] > DARKER}
        assert shaded == {side}, azimuth


@pytest.mark.parametrize("elevation", [20.0, 45.0, 65.0])
@pytest.mark.parametrize("how", [{}, {"tier": OFFICE}], ids=["soft", "hard"])
def test_a_shadow_is_as_long_as_the_sun_is_low(elevation: float, how: dict[str, Tier], gl_engine: Engine) -> None:
    with opened(gl_engine, **how) as city:
        _tower(city)
        city.renderer.set_sun(*sun_at(180.0, elevation))
        length = 20.0 / np.tan(np.radians(elevation))
        camera = above(0.0, 10.0 + length, 12.0)
        dark = _darkened(city, camera)[:, 80]
        north = ground_of(camera)[:, 80, 1]
        end = north[dark > dark.max() / 2.0].max()
        assert dark.max() > DARKER * 0.5
        assert end == pytest.approx(10.0 + length, abs=2.0 * TEXEL)


def test_maps_inside_each_other_put_the_shadow_in_the_same_place_without_a_gap(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=replace(OFFICE, shadow_px=4096, shadow_shares=CASCADES)) as city:
        _tower(city, height=75.0)
        camera = above(0.0, 0.0, 240.0)
        light = luma(city.look(camera))[:, 80]
        north = ground_of(camera)[:, 80, 1]
        shade = north[(light < light[0] - DARKER) & (north > 18.0)]
        assert shade.max() == pytest.approx(85.0, abs=2.0)
        assert np.ptp(np.diff(shade)) < 0.01, "a gap in the shade where one map ends and the next goes on"


def test_the_land_beyond_the_data_takes_shadows_too(city: City) -> None:
    city.build(block((0.0, 0.0), (20.0, 20.0, 20.0)), ids=("tower",))
    dark = _darkened(city, above(0.0, 20.0, 12.0))
    assert dark.min() > DARKER


def test_there_is_no_shadow_while_shadows_are_off_or_the_sun_is_down(city: City) -> None:
    _tower(city)
    camera = above(0.0, 0.0, 100.0)
    shaded, lit = (0.0, 20.0, 0.0), (0.0, -20.0, 0.0)
    city.renderer.set_shadows(False)
    north, south = city.colour_at(camera, shaded, lit)
    assert np.abs(north - south).max() <= 1.0
    city.renderer.set_shadows(True)
    north, south = city.colour_at(camera, shaded, lit)
    assert luma(south - north) > DARKER
    city.renderer.set_sun(*sun_at(180.0, -3.0))
    north, south = city.colour_at(camera, shaded, lit)
    assert np.abs(north - south).max() <= 1.0


@pytest.mark.parametrize("how", [{}, {"tier": OFFICE}], ids=["soft", "hard"])
@pytest.mark.parametrize(("azimuth", "elevation"), [(180.0, 45.0), (135.0, 12.0), (95.0, 30.0), (200.0, 75.0)])
def test_what_the_sun_reaches_is_lit_to_the_last_pixel(
    azimuth: float, elevation: float, how: dict[str, Tier], gl_engine: Engine
) -> None:
    with opened(gl_engine, **how) as city:
        wall = block((0.0, 50.0), (160.0, 20.0, 30.0))
        city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), wall, ids=("wall",))
        city.renderer.set_sun(*sun_at(azimuth, elevation))
        for camera in (towards((10.0, -40.0, 30.0), (0.0, 40.0, 8.0)), towards((-20.0, 20.0, 1.7), (0.0, 40.0, 2.0))):
            dark = _darkened(city, camera)
            assert np.mean(np.abs(dark) > 1.0) < 0.01, "specks of shade"
            assert np.abs(dark).max() < 4.0, "shade that is seen"


@pytest.mark.parametrize("how", [{}, {"tier": OFFICE}], ids=["soft", "hard"])
@pytest.mark.parametrize("azimuth", [192.0, 200.0])
def test_thin_slabs_put_no_beads_of_shade_on_a_wall_that_the_sun_runs_along(
    azimuth: float, how: dict[str, Tier], gl_engine: Engine
) -> None:
    with opened(gl_engine, **how) as city:
        slabs = [block((0.0, 0.0), (21.0, 21.0, 0.3), ground=3.0 * floor) for floor in range(1, 16)]
        tower = block((0.0, 0.0), (20.0, 20.0, 48.0))
        city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), tower, *slabs, ids=("tower",))
        city.renderer.set_sun(*sun_at(azimuth, 55.0))
        camera = towards((-60.0, -30.0, 40.0), (-10.0, 0.0, 24.0), fov=20.0)  # its western wall alone
        dark = _darkened(city, camera)
        assert np.abs(np.diff(dark, axis=1)).mean() < 1.0  # from pixel to pixel; 1.3 to 2.5 with beads


@pytest.mark.parametrize("azimuth", [191.0, 197.0, 213.0])
def test_the_edge_of_a_shadow_is_straight_and_crisp(azimuth: float, gl_engine: Engine) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _tower(city)
        city.renderer.set_sun(*sun_at(azimuth, 45.0))
        way, width = np.radians(azimuth - 180.0), 8.0
        camera = above(20.0 * np.sin(way), 10.0 + 20.0 * np.cos(way), width)  # the shadow of the roof's northern edge
        dark = _darkened(city, camera)
        shade = np.clip(dark / np.median(dark[dark > DARKER]), 0.0, 1.0)
        metre_px = camera.width / width
        texel_px = texel(322.6, OFFICE.shadow_px) * metre_px
        edge, columns = shade.sum(axis=0), np.arange(camera.width)
        off_line = edge - np.polyval(np.polyfit(columns, edge, 1), columns)
        assert np.sqrt(np.mean(off_line**2)) < 0.25 * texel_px  # 0.27 to 0.35 with stairs
        assert ((shade > 0.1) & (shade < 0.9)).sum(axis=0).mean() < texel_px  # 1.2 when the hardware blends alone


def _edge_on_the_ground(city: City, camera: Camera) -> Levels:
    """Where sun becomes shade, (n, 2) easting and northing, one place for each column of the picture. [m]"""
    dark, ground = _darkened(city, camera), ground_of(camera)
    shade, found = np.clip(dark / np.median(dark[dark > DARKER]), 0.0, 1.0), []
    for column in range(camera.width):
        line = shade[:, column]
        for row in np.flatnonzero((line[1:] > 0.5) != (line[:-1] > 0.5)):
            share = (0.5 - line[row]) / (line[row + 1] - line[row])
            found.append(ground[row, column, :2] * (1.0 - share) + ground[row + 1, column, :2] * share)
    return np.array(found)


@pytest.mark.parametrize("azimuth", [191.0, 197.0, 213.0])
def test_at_the_feet_of_the_viewer_the_edge_is_as_straight_as_a_finer_map_makes_it(
    azimuth: float, gl_engine: Engine
) -> None:
    size = (640, 360)
    with opened(gl_engine, tier=OFFICE, size=size) as city:
        city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, 0.0), (80.0, 20.0, 20.0)), ids=("house",))
        city.renderer.set_sun(*sun_at(azimuth, 45.0))
        way = np.radians(azimuth - 180.0)
        on_edge = np.array([20.0 * np.sin(way), 10.0 + 20.0 * np.cos(way), 0.0])  # shade of the roof's northern edge
        eye, wide = on_edge + np.array([2.4, 3.2, 1.7]), texel(160.0, OFFICE.shadow_px)
        places = _edge_on_the_ground(city, towards(tuple(eye), tuple(on_edge), fov=30.0, size=size))
        line = np.polyfit(*places.T, 1)
        assert np.polyval(line, on_edge[0]) == pytest.approx(on_edge[1], abs=3.0 * wide)
        off_line = places[:, 1] - np.polyval(line, places[:, 0])
        assert np.sqrt(np.mean(off_line**2)) < 0.1 * wide  # 0.14 to 0.22 without the near map


@pytest.mark.parametrize("how", [{}, {"tier": OFFICE}], ids=["soft", "hard"])
@pytest.mark.parametrize("elevation", [25.0, 50.0, 70.0])
def test_the_shade_begins_at_the_foot_of_the_wall(elevation: float, how: dict[str, Tier], gl_engine: Engine) -> None:
    with opened(gl_engine, **how) as city:
        city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, -10.0), (100.0, 20.0, 30.0)), ids=("wall",))
        city.renderer.set_sun(*sun_at(180.0, elevation))
        camera = towards((5.0, 60.0, 25.0), (0.0, 6.0, 0.0), fov=12.0)
        dark = _darkened(city, camera)
        north = ground_of(camera)[..., 1]
        foot = (north > 0.02) & (north < min(30.0 / np.tan(np.radians(elevation)) - 2.0 * TEXEL, 8.0))
        assert foot.sum() > 1000
        assert dark[foot].min() > 0.95 * np.median(dark[foot]) > 10.0


def test_a_shadow_falls_on_roofs_and_walls_as_on_the_ground(city: City) -> None:
    city.build(
        sheet((0.0, 0.0, 0.0), (600.0, 600.0)),
        block((0.0, 0.0), (20.0, 20.0, 30.0)),
        block((0.0, 30.0), (20.0, 20.0, 10.0), 1),
        ids=("high", "low"),
    )
    city.renderer.set_sun(*sun_at(180.0, 30.0))
    dark = _darkened(city, above(0.0, 30.0, 12.0))
    assert dark.min() > DARKER


def test_a_sheet_of_water_takes_a_shadow(city: City) -> None:
    city.build(
        sheet((0.0, 0.0, 0.0), (600.0, 600.0), SurfaceClass.WATER), block((0.0, 0.0), (20.0, 20.0, 20.0)), ids=("quay",)
    )
    camera = above(0.0, 0.0, 100.0)
    north, south = city.colour_at(camera, (0.0, 20.0, 0.0), (0.0, -20.0, 0.0))
    assert luma(south - north) > DARKER / 2.0


@pytest.mark.parametrize("how", [{"tier": OFFICE}, {}], ids=["hard", "soft"])
def test_shadows_on_a_hill_are_as_fine_as_at_the_foot_of_it(how: dict[str, Tier], gl_engine: Engine) -> None:
    """The land beyond lies 300 m lower: maps that reach down to it would be coarse at the viewer's feet."""
    pictures = []
    for at in (0.0, 300.0):
        with opened(gl_engine, size=(320, 180), at=(0.0, 0.0, at), **how) as city:
            city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, 0.0), (30.0, 20.0, 12.0)), ids=("house",))
            city.renderer.set_land(0.0)
            city.renderer.set_ground(at)
            city.renderer.set_sun(*sun_at(200.0, 40.0))
            pictures.append(city.look(towards((-14.0, 26.0, 1.7), (0.0, 14.0, 0.0), size=(320, 180), fov=60.0)))
    below_sky = slice(70, 180)
    assert (np.abs(luma(pictures[0]) - luma(pictures[1]))[below_sky] > 12.0).mean() < 0.01


def test_the_shadow_stays_where_it_is_while_the_camera_moves(city: City) -> None:
    _tower(city)
    city.renderer.set_sun(*NOON)
    ends = []
    for x in (0.0, 7.3, 31.0, 90.0):
        camera = towards((x, 190.0, 200.0), (0.0, 30.0, 0.0), fov=6.0)
        dark = _darkened(city, camera)
        ground = ground_of(camera)
        inside = (np.abs(ground[..., 0]) < 2.0) & (dark > dark.max() / 2.0)
        ends.append(ground[..., 1][inside].max())
    assert np.ptp(ends) < 2.0 * TEXEL

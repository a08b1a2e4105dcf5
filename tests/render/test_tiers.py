"""Each tier's picture, what it leaves out where it does not ask, and changing from one to another in an open window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.render import OFFICE, PRESENTATION, STANDARD, TIERS, Engine, Tier, abilities, measure
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, block, opened, sheet, sun_at, towards

pytestmark = pytest.mark.xdist_group("gl")

EYE = towards((-40.0, -60.0, 30.0), (0.0, 0.0, 0.0))
CORNER = Camera((-9.0, -6.0, 3.0), heading_deg=50.0, pitch_deg=-14.0, width=160, height=120)


def _street(city: City) -> None:
    city.build(
        sheet((0.0, 0.0, 0.0), (200.0, 200.0)),
        block((0.0, 6.0), (30.0, 4.0, 12.0)),
        block((8.0, 0.0), (4.0, 16.0, 12.0)),
        ids=("a", "b"),
    )
    city.renderer.set_sun(*sun_at(220.0, 40.0))


@pytest.fixture(params=list(TIERS.values()), ids=list(TIERS))
def tier(request: pytest.FixtureRequest) -> Tier:
    return request.param


def _look(engine: Engine, tier: Tier, camera: Camera = EYE) -> Levels:
    with opened(engine, tier=tier) as city:
        _street(city)
        return city.look(camera)


def test_every_tier_draws_the_same_city(gl_engine: Engine, tier: Tier) -> None:
    plain = _look(gl_engine, OFFICE)
    off = np.abs(_look(gl_engine, tier).astype(float) - plain)
    assert off.mean() < 6.0, "light, shade and colours are those of the plain picture, but for corners and rims"
    assert np.median(off) < 2.0


def test_corners_are_darker_where_a_tier_asks_for_occlusion(gl_engine: Engine) -> None:
    for tier in (STANDARD, PRESENTATION):
        with_it = _look(gl_engine, tier, CORNER).astype(float).mean(axis=2)
        without = _look(gl_engine, replace(tier, occlusion_rays=0), CORNER).astype(float).mean(axis=2)
        taken = without - with_it
        assert taken.max() > 8.0, "the corner"
        assert np.percentile(taken, 5) > -1.5, "nothing is lighter"
        assert np.median(taken) < 4.0, "open ground keeps its light"


def test_samples_smooth_the_edges(gl_engine: Engine) -> None:
    def steps(levels: Levels) -> int:
        return len(np.unique(levels[20:60].reshape(-1, 3), axis=0))

    plain = replace(STANDARD, samples=0, occlusion_rays=0)
    assert steps(_look(gl_engine, replace(plain, samples=4))) > 1.3 * steps(_look(gl_engine, plain))


def test_another_tier_shows_from_the_next_frame_on_and_back(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _street(city)
        before = city.look(CORNER)
        city.renderer.set_tier(PRESENTATION)
        assert city.renderer.needs_redraw
        fine = city.look(CORNER)
        city.renderer.set_tier(OFFICE)
        after = city.look(CORNER)
    assert np.array_equal(before, after)
    assert np.abs(fine.astype(float) - before).mean() > 0.3
    assert np.array_equal(fine, _look(gl_engine, PRESENTATION, CORNER)), "as if it had been so from the start"


def test_office_has_no_pass_after_the_city(gl_engine: Engine) -> None:
    graphics = gl_engine.base.graphics_engine
    with opened(gl_engine, tier=OFFICE):
        names = {graphics.get_window(i).get_name() for i in range(graphics.get_num_windows())}
    assert not names & {"occlusion", "finish"}
    with opened(gl_engine, tier=STANDARD):
        names = {graphics.get_window(i).get_name() for i in range(graphics.get_num_windows())}
    assert names >= {"occlusion", "finish"}


def test_the_probe_leaves_nothing_behind(gl_engine: Engine) -> None:
    graphics = gl_engine.base.graphics_engine
    before = graphics.get_num_windows()
    assert measure(gl_engine) > 0.0
    assert abilities(gl_engine).samples >= 0
    assert graphics.get_num_windows() == before


def test_glass_answers_the_sky_more_the_flatter_one_looks_at_it(gl_engine: Engine, tier: Tier) -> None:
    def wall(kind: SurfaceClass, eye: tuple[float, float, float]) -> Levels:
        mesh = block((0.0, 30.0), (60.0, 2.0, 20.0))
        with opened(gl_engine, tier=tier) as city:
            city.build(replace(mesh, surface_class=np.full(len(mesh.positions), int(kind), np.uint8)), ids=("a",))
            city.renderer.set_sun(*sun_at(0.0, 40.0))  # behind it: sky alone
            return city.colour_at(towards(eye, (0.0, 29.0, 12.0)), (0.0, 29.0, 12.0))[0]

    ahead, aslant = (0.0, -20.0, 2.0), (26.0, 26.0, 2.0)
    gains = {kind: wall(kind, aslant)[2] - wall(kind, ahead)[2] for kind in (SurfaceClass.WINDOW, SurfaceClass.WALL)}
    assert gains[SurfaceClass.WINDOW] > 15.0
    assert abs(gains[SurfaceClass.WALL]) < 15.0
    assert wall(SurfaceClass.WINDOW, ahead)[2] < wall(SurfaceClass.WALL, ahead)[2], "a room is dark behind it"


def test_the_sky_has_no_steps_where_a_tier_has_time_for_it(gl_engine: Engine) -> None:
    up = Camera((0.0, 0.0, 2.0), pitch_deg=12.0, fov_y_deg=12.0, width=160, height=120)
    with opened(gl_engine, tier=PRESENTATION) as city:
        fine = city.look(up)
        city.renderer.set_tier(OFFICE)
        plain = city.look(up)
    assert np.abs(fine - plain).max() <= 1.0
    assert len(np.unique(fine[60], axis=0)) > len(np.unique(plain[60], axis=0))

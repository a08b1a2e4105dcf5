"""Shadow maps while the camera moves: shade stays where it is, and a map waits no longer than it may."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import OrbitState
from explorer.render import OFFICE, Engine
from tests.render.scenery import (
    City,
    above,
    block,
    luma,
    opened,
    sheet,
    sun_at,
    towards,
)

pytestmark = pytest.mark.xdist_group("gl")

DARKER = 25.0
"""What shade takes at least from the ground at noon. [levels]"""


def _tower(city: City, height: float = 20.0) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, 0.0), (20.0, 20.0, height)), ids=("tower",))


def test_shade_stays_whole_while_the_viewer_walks_and_the_near_map_follows(gl_engine: Engine) -> None:
    size = (320, 180)
    with opened(gl_engine, tier=OFFICE, size=size) as city:
        city.build(sheet((0.0, 0.0, 0.0), (600.0, 600.0)), block((0.0, 0.0), (200.0, 20.0, 20.0)), ids=("house",))
        city.renderer.set_sun(*sun_at(180.0, 45.0))
        maps = city.renderer._light._shadows._maps
        shares, near_alone = [], 0
        for step in range(24):
            eye = (-20.0 + 0.9 * step, 34.0, 1.7)
            city.renderer.set_camera(towards(eye, (eye[0] + 10.0, 30.0, 0.0), size=size))
            city.renderer.redraw()
            near_alone += maps[0]._near.is_drawn_now and not maps[0]._wide.is_drawn_now
            ground = luma(city.renderer.pixels())[100:]
            shares.append(float((ground < (ground.min() + ground.max()) / 2.0).mean()))
        assert near_alone >= 2
        assert min(shares) > 0.1 and np.ptp(shares) < 0.05


def test_office_lets_its_shadow_map_wait_while_the_camera_moves_and_not_longer(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _tower(city)
        renderer = city.renderer
        graphics = gl_engine.base.graphics_engine
        buffer = next(one for one in graphics.get_windows() if one.get_name() == "shadow 0")
        renderer.render()
        drawn = 0
        for i in range(1, 23):
            renderer.set_camera(above(3.0 * i, 0.0, 240.0))
            renderer.prepare_frame()
            drawn += buffer.is_active()
        assert drawn <= 3
        while renderer.prepare_frame():  # at rest
            last = bool(buffer.is_active())
        assert last, "the frame after the last move has its map"
        assert not renderer.needs_redraw


def test_who_looks_around_a_little_keeps_the_map_until_he_rests(gl_engine: Engine) -> None:
    """Office: the map reaches beyond what is looked at, and drawing it takes as long as two frames."""
    with opened(gl_engine, tier=OFFICE) as city:
        _tower(city)
        renderer = city.renderer
        buffer = next(one for one in gl_engine.base.graphics_engine.get_windows() if one.get_name() == "shadow 0")
        renderer.render()
        drawn = []
        for step in range(40):
            renderer.set_camera(towards((0.0, -300.0, 150.0), (1.5 * step, 0.0, 0.0)))
            renderer.advance(0.05)
            renderer.prepare_frame()
            drawn.append(buffer.is_active())
        assert not any(drawn[15:])
        rested = []
        for _frame in range(4):
            renderer.advance(0.05)
            renderer.prepare_frame()
            rested.append(buffer.is_active())
        assert rested.index(True) >= 2 and sum(rested) == 1
        assert not renderer.needs_redraw


def test_shadows_follow_soon_after_a_pan_has_come_to_rest(gl_engine: Engine) -> None:
    """Who lets go of the city sees it glide on for a while, slower and slower."""
    with opened(gl_engine, tier=OFFICE) as city:
        _tower(city)
        renderer = city.renderer
        buffer = next(one for one in gl_engine.base.graphics_engine.get_windows() if one.get_name() == "shadow 0")
        renderer.set_camera(towards((0.0, -300.0, 150.0), (0.0, 0.0, 0.0)))
        renderer.render()
        state = OrbitState.from_camera(renderer.camera).panned((60.0, 40.0, 0.0))
        drawn = []
        for _frame in range(45):
            state = state.step(1.0 / 30.0)
            renderer.set_camera(state.camera(renderer.camera))
            renderer.advance(1.0 / 30.0)
            renderer.prepare_frame()
            drawn.append(bool(buffer.is_active()))
        last = len(drawn) - drawn[::-1].index(True)
        assert last < 30, "within a second"
        assert not renderer.needs_redraw


def test_what_is_far_from_the_last_map_does_not_wait_for_its_own(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _tower(city)
        renderer = city.renderer
        buffer = next(one for one in gl_engine.base.graphics_engine.get_windows() if one.get_name() == "shadow 0")
        renderer.render()
        renderer.set_camera(above(5000.0, 0.0, 240.0))
        renderer.prepare_frame()
        assert buffer.is_active()

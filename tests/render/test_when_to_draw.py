"""What did not change is not drawn again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.render import CityRenderer, Engine
from tests.render.scenery import PLAIN

pytestmark = pytest.mark.xdist_group("gl")


@pytest.fixture
def renderer(gl_engine: Engine) -> Iterator[CityRenderer]:
    made = CityRenderer(gl_engine, width=96, height=64, tier=PLAIN)
    made.set_camera(Camera((0.0, -50.0, 30.0), pitch_deg=-20.0, width=96, height=64))
    yield made
    made.close()


def test_a_second_frame_of_the_same_view_draws_nothing(renderer: CityRenderer) -> None:
    assert renderer.prepare_frame()
    assert not renderer.prepare_frame()


def test_every_change_that_shows_draws_again(renderer: CityRenderer) -> None:
    changes = {
        "camera": lambda: renderer.set_camera(replace(renderer.camera, heading_deg=20.0)),
        "sun": lambda: renderer.set_sun((0.6, 0.0, 0.8), 53.0),
        "land": lambda: renderer.set_land(-3.0),
        "shadows": lambda: renderer.set_shadows(False),
        "edges": lambda: renderer.set_edges(0.3),
        "line": lambda: renderer.lines.set_line("way", np.array([[0.0, 0, 0], [5, 0, 0]]), (255, 0, 0, 255)),
        "no line": lambda: renderer.lines.clear("way"),
        "size": lambda: renderer.resize(80, 60),
    }
    renderer.prepare_frame()
    for name, change in changes.items():
        change()
        assert renderer.prepare_frame(), name
        assert not renderer.prepare_frame(), name


def test_saying_the_same_again_draws_nothing(renderer: CityRenderer) -> None:
    renderer.prepare_frame()
    renderer.set_camera(renderer.camera)
    renderer.set_land(0.0)
    renderer.set_shadows(True)
    renderer.show_tiles([])
    renderer.set_hidden_features(frozenset())
    renderer.set_proposals([])
    assert not renderer.prepare_frame()


def test_the_picture_stays_while_nothing_is_drawn(renderer: CityRenderer, gl_engine: Engine) -> None:
    before = renderer.screenshot()
    renderer.prepare_frame()
    gl_engine.base.graphics_engine.render_frame()
    assert not renderer.prepare_frame()
    gl_engine.base.graphics_engine.render_frame()
    assert np.array_equal(renderer.pixels(), before)

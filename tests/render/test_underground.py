"""From below, the ground is a veil: what stands on it shows, and nothing is black."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render import Engine
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, block, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

UP = towards((0.0, -30.0, -20.0), (0.0, 0.0, 0.0))
DOWN = towards((0.0, -30.0, 20.0), (0.0, 0.0, 0.0))


def _furnish(city: City) -> None:
    city.build(
        sheet((0.0, 0.0, 0.0), (300.0, 300.0), SurfaceClass.GREEN),
        block((0.0, 0.0), (16.0, 16.0, 8.0), ground=0.5),
        ids=("house",),
    )


def _picked(city: City) -> str | None:
    found = city.renderer.pick(80.5, 60.5)
    return None if found is None else found.feature_id


def test_a_house_is_seen_and_picked_through_the_ground_from_below(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _furnish(city)
        closed = city.look(UP)
        assert _picked(city) is None
        city.renderer.set_underground(True)
        veiled = city.look(UP)
        assert np.abs(veiled[50:70, 70:90] - closed[50:70, 70:90]).mean() > 4.0
        assert _picked(city) == "house"
        assert veiled.min(axis=-1).min() > 20.0, "nothing is black"


def test_from_above_the_ground_is_as_it_was(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _furnish(city)
        before = city.look(DOWN)
        city.renderer.set_underground(True)
        assert np.abs(city.look(DOWN) - before).max() < 1.0


def test_below_the_land_there_is_sky_to_all_sides(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.renderer.set_underground(True)
        for target in ((0.0, 0.0, -40.0), (0.0, 40.0, -20.0), (1.0, -30.0, -200.0)):
            picture = city.look(towards((0.0, -30.0, -20.0), target))
            assert picture.min() > 60.0

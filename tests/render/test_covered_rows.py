"""Below opaque bars of the window nothing is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from tests.render.scenery import SIZE, City, above, block, sheet

pytestmark = pytest.mark.xdist_group("gl")


def test_rows_below_panels_are_not_drawn_until_they_come_to_light_and_pictures_have_them(city: City) -> None:
    renderer, camera = city.renderer, above(0.0, 0.0, 60.0)
    city.build(block((0.0, 0.0), (50.0, 40.0, 10.0)))
    whole = city.look(camera)
    renderer.set_covered_rows(30, 20)
    renderer.redraw()
    part = renderer.pixels().astype(float)
    assert np.array_equal(part[20:-30], whole[20:-30])
    assert np.abs(part[:17] - whole[:17]).max() > 5.0 and np.abs(part[-27:] - whole[-27:]).max() > 5.0
    assert np.array_equal(renderer.screenshot(), whole)
    renderer.redraw()
    renderer.set_covered_rows(0, 0)
    assert renderer.needs_redraw
    renderer.redraw()
    assert np.array_equal(renderer.pixels(), whole)


def test_covered_rows_outlive_another_size_and_cover_no_shadow(city: City) -> None:
    renderer, camera = city.renderer, above(0.0, 0.0, 60.0)
    city.build(sheet((0.0, 0.0, 0.0), (80.0, 80.0)), block((0.0, 0.0), (10.0, 10.0, 10.0)))
    renderer.set_covered_rows(30, 20)
    renderer.set_camera(camera)
    for size in ((200, 150), SIZE):
        renderer.resize(*size)
        renderer.redraw()
        renderer.redraw()
    part = renderer.pixels().astype(float)
    assert np.array_equal(part[20:-30], city.look(camera)[20:-30])

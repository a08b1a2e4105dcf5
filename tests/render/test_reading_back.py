"""A picture that is read back stays what it was, and so does what is drawn after it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render import OFFICE, STANDARD, Tier
from explorer.render.engine import Engine
from tests.render.scenery import PLAIN, block, opened, towards

EYE = towards((0.0, -40.0, 10.0), (0.0, 0.0, 3.0))


@pytest.mark.xdist_group("gl")
@pytest.mark.parametrize("tier", [PLAIN, OFFICE, STANDARD], ids=["plain", "office", "standard"])
def test_what_was_read_is_not_drawn_over_the_next_frame(gl_engine: Engine, tier: Tier) -> None:
    """A scene is saved with its picture; then one thing changes, and one frame shows it."""
    with opened(gl_engine, tier=tier) as city:
        city.build(block((0.0, 0.0), (8.0, 4.0, 6.0)))
        saved = city.look(EYE)
        city.renderer.set_land(-3.0)
        while city.renderer.prepare_frame():
            gl_engine.base.graphics_engine.render_frame()
        drawn = city.renderer.pixels()
        assert (drawn != saved).any()
        np.testing.assert_array_equal(city.renderer.screenshot(), drawn)

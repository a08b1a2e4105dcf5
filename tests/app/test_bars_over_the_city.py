"""The bars hide a part of the city, which is not drawn meanwhile, and is there when they go."""

from __future__ import annotations

import numpy as np
import pytest

from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


def test_putting_the_panels_away_shows_all_of_the_city_at_once(opened: Driver) -> None:
    app = opened.app
    app.change_settings(tier="office")
    opened.rest()
    opened.step(4)
    whole = opened.picture()
    app.renderer.redraw()
    bottom, top = app.ui.covered_rows
    assert bottom > 50 and top > 40
    assert not np.array_equal(app.renderer.pixels()[-bottom:], whole[-bottom:])
    app.view.panels_visible = False
    try:
        opened.step(1)
        assert np.array_equal(app.renderer.pixels(), whole)
    finally:
        app.view.panels_visible = True

"""Edge lines are of one width on the screen, from near by and from afar, and in a picture that is drawn larger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.render import OFFICE, STANDARD, Engine, Tier
from tests.render.scenery import PLAIN, Levels, block, luma, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")


def _line_px(engine: Engine, distance: float, tier: Tier, pixel_scale: int = 1) -> float:
    """Width of the upright edge between two walls of equal light, in pixels of the picture that people see."""
    size = (160 * pixel_scale, 120 * pixel_scale)
    pictures: list[Levels] = []
    for with_edges in (True, False):
        with opened(engine, size=size, tier=tier, pixel_scale=pixel_scale) as city:
            wall = block((0.0, 0.0), (40.0, 40.0, 40.0))
            city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), wall, ids=("a",), with_edges=with_edges)
            city.renderer.set_shadows(False)
            city.renderer.set_edges(1.0)
            along = distance / np.sqrt(2.0) + 20.0
            pictures.append(luma(city.look(towards((-along, -along, 20.0), (-20.0, -20.0, 20.0), fov=30.0, size=size))))
    row = size[1] // 2
    darker = np.clip(pictures[1][row] - pictures[0][row], 0.0, None)
    middle = darker[size[0] // 2 - 6 * pixel_scale : size[0] // 2 + 6 * pixel_scale]
    assert middle.max() > 10.0, "there is a line"
    return float(middle.sum() / middle.max()) / pixel_scale


@pytest.mark.parametrize("tier", [OFFICE, replace(STANDARD, shadow_shares=(1.0,))], ids=["office", "standard"])
def test_a_line_is_as_wide_from_afar_as_from_near_by(gl_engine: Engine, tier: Tier) -> None:
    widths = [_line_px(gl_engine, distance, tier) for distance in (15.0, 60.0, 200.0)]
    assert max(widths) - min(widths) < 0.4
    assert 0.8 < widths[0] < 2.2


def test_in_a_picture_that_is_shrunk_it_is_as_wide(gl_engine: Engine) -> None:
    plain, large = _line_px(gl_engine, 40.0, PLAIN), _line_px(gl_engine, 40.0, PLAIN, pixel_scale=2)
    assert large == pytest.approx(plain, abs=0.4)

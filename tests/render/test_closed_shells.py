"""Closed shells are drawn without their back faces, and nobody outside can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import Camera, plane_cut
from explorer.render import Engine
from tests.render.scenery import NOON, Levels, block, luma, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

OUTSIDE = towards((-40.0, -60.0, 30.0), (0.0, 0.0, 5.0))
INSIDE = towards((0.0, 0.0, 5.0), (20.0, 30.0, 5.0))
"""From within the house."""


def _picture(engine: Engine, camera: Camera, *, is_closed: bool, is_cut: bool = False) -> Levels:
    with opened(engine) as city:
        house = replace(block((0.0, 0.0), (16.0, 16.0, 12.0)), is_closed=is_closed)
        ground = sheet((0.0, 0.0, -0.1), (400.0, 400.0), parts=40)  # too many corners for a page that tiles share
        city.build(ground, house, ids=("house",))
        city.renderer.set_sun(*NOON)
        if is_cut:
            city.renderer.set_section(plane_cut((0.0, 0.0, 6.0), (0.0, 0.0, 1.0)))
        return city.look(camera)


def test_from_outside_house_and_shadow_are_the_same(gl_engine: Engine) -> None:
    closed, any_ = (_picture(gl_engine, OUTSIDE, is_closed=is_closed) for is_closed in (True, False))
    assert np.ptp(luma(closed)) > 60.0
    differs = np.abs(closed - any_).max(axis=2) > 2.0
    assert differs.mean() < 0.005
    # but for specks of back faces along the outline, which shine through where lines make faces lean away
    assert not (differs[1:, 1:] & differs[:-1, 1:] & differs[1:, :-1] & differs[:-1, :-1]).any()


def test_from_inside_only_what_is_not_known_to_be_closed_is_in_the_way(gl_engine: Engine) -> None:
    closed, any_ = (_picture(gl_engine, INSIDE, is_closed=is_closed) for is_closed in (True, False))
    assert np.abs(closed - any_).max(axis=2).mean() > 20.0


def test_a_section_shows_the_inside_of_a_closed_house_as_of_any(gl_engine: Engine) -> None:
    closed, any_ = (_picture(gl_engine, OUTSIDE, is_closed=is_closed, is_cut=True) for is_closed in (True, False))
    whole = _picture(gl_engine, OUTSIDE, is_closed=True)
    assert (np.abs(closed - whole).max(axis=2) > 10.0).mean() > 0.005, "it is cut"
    assert (np.abs(closed - any_).max(axis=2) > 2.0).mean() < 0.001

"""Hidden, selected and hovered features: in the picture, in their shadow and under the pointer; and only they."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.render import OFFICE
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, above, block, ground_of, luma, moved, pixels_of, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 120.0)
LEFT, RIGHT = (-30.0, 0.0, 10.0), (30.0, 0.0, 10.0)
ROUNDING = 1.0
"""Of 255: a small tile with a styled feature leaves its page, and float32 rounds otherwise there."""


@pytest.fixture
def pair(city: City) -> City:
    """Two equal blocks, west and east, with lines along their creases, on the ground."""
    houses = (block((-30.0, 0.0), (20.0, 20.0, 10.0), 0), block((30.0, 0.0), (20.0, 20.0, 10.0), 1))
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), *houses, ids=("west", "east"), with_edges=True)
    return city


def _picked(city: City, x: float, y: float) -> str | None:
    column, row = pixels_of(CAMERA, (x, y, 0.0))[0]
    found = city.renderer.pick(column + 0.5, row + 0.5)
    assert found is not None
    return found.feature_id


def test_a_hidden_feature_leaves_no_trace_and_comes_back_whole(pair: City) -> None:
    before = pair.look(CAMERA)
    assert _picked(pair, -30.0, 0.0) == "west"
    pair.renderer.set_hidden_features(frozenset({"west"}))
    without = pair.look(CAMERA)
    west = ground_of(CAMERA)[..., 0] < 0.0
    assert np.ptp(without[west], axis=0).max() <= 2.0, "roof, lines or shadow are left"
    assert np.abs(without[~west] - before[~west]).max() <= ROUNDING
    assert _picked(pair, -30.0, 0.0) is None
    assert _picked(pair, 30.0, 0.0) == "east"
    pair.renderer.set_hidden_features(frozenset())
    assert np.array_equal(pair.look(CAMERA), before)
    assert _picked(pair, -30.0, 0.0) == "west"


def test_a_feature_is_hidden_in_tiles_that_come_later_too(city: City) -> None:
    city.renderer.set_hidden_features(frozenset({"west"}))
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)))
    bare = city.look(CAMERA)
    city.build(block((-30.0, 0.0), (20.0, 20.0, 10.0)), ids=("west",), key="late", with_edges=True)
    assert np.array_equal(city.look(CAMERA), bare)


@pytest.mark.parametrize("how", ["selected", "hovered"])
def test_a_highlighted_feature_turns_blue_and_nothing_else_changes(pair: City, how: str) -> None:
    before = pair.look(CAMERA)
    pair.renderer.set_highlight(**{"selected": frozenset(), "hovered": frozenset(), how: frozenset({"east"})})
    after = pair.look(CAMERA)
    (was,), (now,) = (pair.colour_at(CAMERA, RIGHT, picture=picture) for picture in (before, after))
    assert now[2] - now[0] > was[2] - was[0] + 12.0
    x, y = np.moveaxis(ground_of(CAMERA), -1, 0)
    changed = np.abs(after - before).max(axis=-1) > ROUNDING
    house = (np.abs(x - 31.0) < 14.0) & (np.abs(y) < 14.0)
    assert changed[(np.abs(x - 30.0) < 9.0) & (np.abs(y) < 9.0)].all()
    assert not changed[~house].any()
    pair.renderer.set_highlight(frozenset())
    assert np.array_equal(pair.look(CAMERA), before)


def test_a_selected_feature_stands_out_more_than_a_hovered_one(pair: City) -> None:
    pair.renderer.set_highlight(frozenset({"west"}), frozenset({"east"}))
    west, east = pair.colour_at(CAMERA, LEFT, RIGHT)
    assert west[2] - west[0] > east[2] - east[0] + 10.0


def test_hiding_and_selecting_at_once_hides(pair: City) -> None:
    pair.renderer.set_hidden_features(frozenset({"west"}))
    hidden = pair.look(CAMERA)
    pair.renderer.set_highlight(frozenset({"west"}))
    assert np.array_equal(pair.look(CAMERA), hidden)


def test_the_feet_of_walls_and_trees_are_darker_than_their_tops(city: City) -> None:
    wall = block((-15.0, 0.0), (20.0, 20.0, 12.0), 0)
    crown = block((15.0, 0.0), (20.0, 20.0, 12.0), 1)
    tree = replace(crown, surface_class=np.full(len(crown.positions), int(SurfaceClass.TREE), np.uint8))
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), wall, tree, ids=("house", "tree"))
    camera = towards((0.0, 80.0, 6.0), (0.0, 10.0, 6.0))
    for x in (-15.0, 15.0):
        foot, middle, top = luma(city.colour_at(camera, *((x, 10.0, z) for z in (0.6, 6.0, 11.4))))
        assert foot + 5.0 < middle < top - 2.0


@pytest.mark.parametrize("has_hidden", [False, True])
def test_lines_darken_creases_end_by_distance_and_can_be_turned_off(city: City, has_hidden: bool) -> None:
    """Small tiles share a page until a feature of theirs is hidden: lines are the same in one and by themselves."""
    house, shed = block((0.0, 0.0), (20.0, 20.0, 10.0), 0), block((100.0, 0.0), (5.0, 5.0, 3.0), 1)
    city.build(house, shed, ids=("house", "shed"), with_edges=True)
    city.renderer.set_shadows(False)
    if has_hidden:
        city.renderer.set_hidden_features(frozenset({"shed"}))

    def lines(distance: float) -> float:
        camera = towards((0.0, -distance * 0.8, distance * 0.6), (0.0, 0.0, 5.0), fov=2000.0 / distance)
        city.renderer.set_edges(0.62)
        drawn = city.look(camera)
        city.renderer.set_edges(0.0)
        return float((luma(city.look(camera)) - luma(drawn)).max())

    near, middle, far, farthest = lines(60.0), lines(500.0), lines(1200.0), lines(1800.0)
    assert near > 60.0
    assert 5.0 < far < middle < near
    assert farthest == 0.0
    city.renderer.set_tier(replace(city.renderer.tier, line_reach=OFFICE.line_reach))
    assert 5.0 < lines(500.0) <= middle
    assert lines(1200.0) == 0.0


def test_short_lines_end_sooner_than_long_ones(city: City) -> None:
    stub = block((0.0, 0.0), (1.0, 1.0, 1.0))
    city.build(sheet((0.0, 0.0, 0.0), (4000.0, 4000.0)), stub, ids=("chimney",), with_edges=True)
    city.renderer.set_shadows(False)
    seen = []
    for distance in (30.0, 300.0):
        camera = towards((0.0, -distance * 0.8, distance * 0.6), (0.0, 0.0, 0.5), fov=100.0 / distance)
        city.renderer.set_edges(0.62)
        drawn = city.look(camera)
        city.renderer.set_edges(0.0)
        seen.append(float((luma(city.look(camera)) - luma(drawn)).max()))
    assert seen[0] > 40.0
    assert seen[1] == 0.0


def test_lines_of_a_hidden_or_far_tile_leave_no_trace_when_the_camera_comes_back(pair: City) -> None:
    before = pair.look(CAMERA)
    pair.look(moved(CAMERA, (1500.0, 0.0, 0.0)))
    assert np.array_equal(pair.look(CAMERA), before)

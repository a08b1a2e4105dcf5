"""Walking while tiles are missing, come or go, and when something is built over who walks."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import block, slab
from tests.navigation.walking import DT, EAST, GROUND, classes_of, walk, world_of


def test_without_ground_the_height_is_held_and_nobody_walks_into_the_unknown() -> None:
    walker, world = Walker(), CollisionWorld()
    state = walk(world, WalkState(1.0, 2.0, 7.0, EAST), 5.0, walker=walker)
    assert (state.x, state.y, state.z) == (1.0, 2.0, 7.0)
    assert state.is_held


def test_ground_that_comes_above_the_feet_lifts_the_walker_onto_it() -> None:
    world = CollisionWorld()
    state = walk(world, WalkState(0, 0, -7.0, EAST), 0.5)
    world.add_tile("late", GROUND)
    state = walk(world, state, 0.5)
    assert state.z == 0.0
    assert not state.is_held


def test_nobody_enters_a_tile_that_has_not_come_yet_and_everybody_when_it_has() -> None:
    world = world_of(GROUND)
    world.expect_tile("houses", (10, -50), (40, 50))
    state = walk(world, WalkState(0, 0, 0, EAST), 15.0)
    assert 5.0 < state.x < 10.0
    world.add_tile("houses", block(20, -5, 30, 5, 0, 9))
    assert walk(world, state, 15.0).x == pytest.approx(19.7, abs=0.002)


def test_a_tile_taken_from_under_the_walker_lets_nobody_fall() -> None:
    world = world_of(GROUND)
    state = walk(world, WalkState(0, 0, 0, EAST), 1.0)
    world.remove_tile(0)
    world.expect_tile(0, (-50, -50), (50, 50))
    assert walk(world, state, 5.0).z == 0.0


def test_the_little_figure_lands_on_open_ground_beside_the_house_it_was_dropped_on() -> None:
    world = world_of(GROUND)
    house = block(-4, -4, 4, 4, 0, 8)
    world.add_tile("house", house, classes_of(house, SurfaceClass.ROOF))
    state = Walker().placed(0.0, 0.0, world)
    assert state is not None
    assert state.z == 0.0
    assert max(abs(state.x), abs(state.y)) >= 4.3 - 0.002


def test_nobody_is_placed_where_nothing_is_known() -> None:
    assert Walker().placed(0.0, 0.0, CollisionWorld()) is None


def test_a_building_put_over_the_walker_leaves_him_outside_and_free_to_go() -> None:
    world = world_of(GROUND)
    state = walk(world, WalkState(0, 0, 0, EAST), 1.0)
    house = block(-6, -4, 8, 4, 0, 9)
    # the surroundings are read again, as for another variant
    world.remove_tile(0)
    world.expect_tile("new", (-50, -50), (50, 50))
    state = walk(world, state, 0.5)
    assert state.is_held
    world.add_tile(
        "new",
        np.concatenate([GROUND, house]),
        np.concatenate([classes_of(GROUND, SurfaceClass.TERRAIN), classes_of(house, SurfaceClass.ROOF)]),
    )
    state = walk(world, state, DT)
    assert not state.is_held
    assert not (-6.0 < state.x < 8.0 and -4.0 < state.y < 4.0)
    assert state.z == pytest.approx(0.0)
    gone = max(
        np.hypot(there.x - state.x, there.y - state.y)
        for there in (walk(world, state, 3.0, WalkWish(forward=f, right=r)) for f, r in ((1, 0), (-1, 0), (0, 1)))
    )
    assert gone > 3.0


def test_in_the_middle_of_a_building_too_large_to_leave_one_is_put_on_its_roof() -> None:
    hall = block(-60, -60, 60, 60, 0, 12)
    world = CollisionWorld()
    parts = np.concatenate([slab(-90, -90, 90, 90), hall])
    world.add_tile(0, parts, np.where(np.arange(len(parts)) < 2, SurfaceClass.TERRAIN, SurfaceClass.ROOF).astype("u1"))
    state = Walker().placed(0.0, 0.0, world)
    assert state is not None
    assert state.z == pytest.approx(12.0)
    assert walk(world, state, 3.0).y > 3.0


def test_under_a_bridge_one_stays_when_the_ground_comes_again() -> None:
    world = world_of(GROUND, slab(-3, -20, 3, 20, 5.0), kind=SurfaceClass.BRIDGE)
    held = WalkState(0.0, 0.0, 0.0, EAST, is_held=True)
    after = walk(world, held, DT, WalkWish())
    assert (after.x, after.y, after.z, after.is_held) == (0.0, 0.0, 0.0, False)


def test_who_is_held_waits_for_all_of_the_ground_and_steps_aside_of_what_was_built_on_him() -> None:
    world = world_of(GROUND)
    walker, state = Walker(), WalkState(0.0, 0.0, 0.0, EAST, is_held=True)
    world.expect_tile("beside", (-8, -8), (8, 8))
    state = walker.step(state, WalkWish(), DT, world)
    assert state.is_held, "let go on ground over which something may still come"
    house = block(-5, -5, 5, 5, -1, 9)
    world.add_tile("beside", house, classes_of(house, SurfaceClass.WALL))
    state = walker.step(state, WalkWish(), DT, world)
    assert not state.is_held
    assert max(abs(state.x), abs(state.y)) > 5.0 and state.z == pytest.approx(0.0)

"""Walking: what carries, what stops, and what is climbed."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import block, slab, wall
from tests.navigation.walking import AHEAD, DT, EAST, GROUND, classes_of, walk, world_of


def test_walking_reaches_its_speed_gently_and_keeps_it() -> None:
    world = world_of(GROUND)
    first = walk(world, WalkState(0, 0, 0, EAST), DT)
    later = walk(world, first, 2.0)
    assert 0.0 < first.velocity[0] < 0.8
    assert later.velocity[0] == pytest.approx(1.6, abs=1e-3)
    assert later.x == pytest.approx(1.6 * 2.0, rel=0.05)


def test_a_wall_stops_the_body_at_its_radius() -> None:
    state = walk(world_of(GROUND, wall(3, -5, 3, 5, 0, 4)), WalkState(0, 0.1, 0, EAST), 5.0)
    assert state.x == pytest.approx(2.7, abs=0.002)
    assert state.velocity[0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("speed", [5.0, 50.0, 400.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_no_wall_is_too_thin_for_any_speed_from_either_side(speed: float, side: float) -> None:
    world = world_of(GROUND, wall(0, -5, 0, 5, 0, 4))
    walker = Walker(fast_speed=speed)
    state = WalkState(-2.0 * side, 0.1, 0, EAST * side)
    state = walk(world, state, 3.0, WalkWish(forward=1.0, fast=True), walker)
    assert state.x * side <= -0.299


def test_one_slides_along_a_wall() -> None:
    state = walk(world_of(GROUND, wall(3, -50, 3, 50, 0, 4)), WalkState(2.0, 0, 0, 45.0), 5.0)
    assert state.x == pytest.approx(2.7, abs=0.002)
    assert state.y > 4.0


def test_one_does_not_fit_through_a_gap_narrower_than_the_body_but_through_a_wider_one() -> None:
    for gap, fits in ((0.5, False), (0.7, True)):
        world = world_of(GROUND, wall(3, -9, 3, -gap / 2, 0, 4), wall(3, gap / 2, 3, 9, 0, 4))
        assert (walk(world, WalkState(0, 0, 0, EAST), 5.0).x > 4.0) == fits


def test_a_corner_between_two_walls_holds() -> None:
    world = world_of(GROUND, wall(3, -9, 3, 9, 0, 4), wall(-9, 2, 9, 2, 0, 4))
    state = walk(world, WalkState(0, 0, 0, 50.0), 10.0)
    assert state.x <= 2.7 + 0.002
    assert state.y <= 1.7 + 0.002


def test_kerbs_are_climbed_and_taken_down_again() -> None:
    world = world_of(GROUND, block(2, -5, 6, 5, 0, 0.15))
    up = walk(world, WalkState(0, 0, 0, EAST), 2.0)
    assert up.z == pytest.approx(0.15)
    down = walk(world, up, 4.0)
    assert down.x > 6.0
    assert down.z == pytest.approx(0.0)


@pytest.mark.parametrize(("height", "climbs"), [(0.49, True), (0.7, False)])
def test_a_step_of_half_a_metre_is_climbed_and_a_higher_one_is_a_wall(height: float, climbs: bool) -> None:
    state = walk(world_of(GROUND, block(2, -5, 9, 5, 0, height)), WalkState(0, 0, 0, EAST), 3.0)
    assert (state.z > 0.4) == climbs
    assert climbs or state.x == pytest.approx(1.7, abs=0.002)


def test_stairs_are_climbed() -> None:
    stairs = [block(2 + 0.28 * i, -2, 12, 2, 0, 0.17 * (i + 1)) for i in range(12)]
    state = walk(world_of(GROUND, *stairs), WalkState(0, 0, 0, EAST), 5.0)
    assert state.z == pytest.approx(12 * 0.17)


def test_the_eye_moves_smoothly_over_stairs_and_never_through_the_ground() -> None:
    stairs = [block(2 + 0.28 * i, -2, 12, 2, 0, 0.17 * (i + 1)) for i in range(12)]
    world, walker, state = world_of(GROUND, *stairs), Walker(), WalkState(0, 0, 0, EAST)
    jumps = []
    for _ in range(150):
        after = walker.step(state, AHEAD, DT, world)
        jumps.append(walker.eye(after)[2] - walker.eye(state)[2])
        assert walker.eye(after)[2] > after.z + 1.2
        state = after
    assert max(jumps) < 0.12


@pytest.mark.parametrize(("slope_deg", "climbs"), [(30.0, True), (48.0, True), (60.0, False)])
def test_slopes_are_climbed_up_to_fifty_degrees(slope_deg: float, climbs: bool) -> None:
    rise = float(np.tan(np.radians(slope_deg))) * 5.0
    state = walk(world_of(GROUND, slab(2, -5, 7, 5, 0.0, rise)), WalkState(0, 0, 0, EAST), 3.0)
    assert (state.z > 1.0) == climbs


def test_nobody_gets_trapped_on_a_steep_bank_above_water() -> None:
    world = world_of(slab(-50, -50, 0, 50), slab(0, -50, 1, 50, 0.0, -1.7))
    water = slab(0.2, -50, 50, 50, -0.6)
    world.add_tile("water", water, classes_of(water, SurfaceClass.WATER))
    state = walk(world, WalkState(-3, 0, 0, EAST), 5.0)
    assert state.x <= 0.01
    assert walk(world, state, 3.0, WalkWish(forward=-1.0)).x < -2.0


def test_a_sloped_kerb_is_a_step_not_a_slope() -> None:
    world = world_of(slab(-50, -50, 0, 50), slab(0, -50, 0.06, 50, 0.0, 0.15), slab(0.06, -50, 50, 50, 0.15))
    up = walk(world, WalkState(-2, 0, 0, EAST), 3.0)
    assert up.z == pytest.approx(0.15)
    assert walk(world, up, 4.0, WalkWish(forward=-1.0)).z == 0.0


def test_one_falls_off_a_roof_with_gravity_and_lands_on_the_ground() -> None:
    world = world_of(GROUND, block(-3, -3, 3, 3, 0, 5))
    walker, state = Walker(), WalkState(2.5, 0, 5.0, EAST)
    heights = []
    for _ in range(120):
        state = walker.step(state, AHEAD, DT, world)
        heights.append(state.z)
    falling = [z for z in heights if 0.0 < z < 5.0]
    assert len(falling) * DT == pytest.approx((2 * 5.0 / 9.81) ** 0.5, abs=0.15)
    assert state.z == 0.0


def test_something_at_head_height_stops_and_something_higher_does_not() -> None:
    for height, stops in ((1.5, True), (2.5, False)):
        world = world_of(GROUND, slab(3, -5, 6, 5, height))
        assert (walk(world, WalkState(0, 0, 0, EAST), 6.0).x < 3.0) == stops


def test_a_bridge_is_walked_over_and_under() -> None:
    world = world_of(GROUND, slab(-20, -2, 20, 2, 4.0))
    assert walk(world, WalkState(-10, 0, 4.0, EAST), 5.0).z == 4.0
    assert walk(world, WalkState(0, -9, 0.0, 0.0), 12.0).z == 0.0


def test_nobody_walks_from_land_into_water_but_out_of_it() -> None:
    world = world_of(slab(-50, -50, 0, 50))
    water = slab(0, -50, 50, 50, -0.2)
    world.add_tile("water", water, classes_of(water, SurfaceClass.WATER))
    assert walk(world, WalkState(-3, 0, 0, EAST), 5.0).x <= 0.02
    assert walk(world, WalkState(3, 0, -0.2, -EAST), 5.0).x < -1.0


def test_one_walks_along_a_quay_when_pushing_towards_the_water() -> None:
    world = world_of(slab(-50, -50, 0, 50))
    assert walk(world, WalkState(-3, 0, 0, 60.0), 6.0).y > 3.0


def test_nobody_leaves_the_edge_of_the_data() -> None:
    state = walk(world_of(GROUND), WalkState(48, 0, 0, EAST), 5.0)
    assert state.x <= 50.0
    assert state.z == 0.0


def test_cracks_between_tiles_swallow_nobody() -> None:
    world = world_of(slab(-50, -50, 0, 50), slab(0.05, -50, 50, 50))
    state = walk(world, WalkState(-2, 0, 0, EAST), 4.0)
    assert state.x > 3.0
    assert state.z == 0.0


def test_crowns_of_trees_let_people_through_and_trunks_do_not() -> None:
    for kind, passes in ((SurfaceClass.TREE, True), (SurfaceClass.TRUNK, False)):
        world = world_of(GROUND)
        tree = block(3, -5, 4, 5, 0.6, 6)
        world.add_tile("tree", tree, classes_of(tree, kind))
        assert (walk(world, WalkState(0, 0, 0, EAST), 6.0).x > 5.0) == passes


def test_a_hole_deeper_than_thirty_metres_is_no_ground() -> None:
    world = world_of(slab(-50, -50, 0, 50), slab(0, -50, 50, 50, -40.0))
    assert walk(world, WalkState(-2, 0, 0, EAST), 5.0).z == 0.0


@pytest.mark.parametrize("eye", [1.65, 1.1, 1.2, 2.0])
def test_the_eye_is_as_high_as_asked(eye: float) -> None:
    walker = Walker(eye_height=eye)
    assert walker.eye(walk(world_of(GROUND), WalkState(0, 0, 0), 1.0, walker=walker))[2] == pytest.approx(eye)


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), 100.0])
def test_odd_time_steps_do_no_harm(dt: float) -> None:
    world = world_of(GROUND, wall(3, -5, 3, 5, 0, 4))
    state = Walker().step(WalkState(0, 0, 0, EAST), AHEAD, dt, world)
    assert 0.0 <= state.x <= 2.7
    assert state.z == 0.0


def test_broken_triangles_are_nothing() -> None:
    bad = np.array([[[0, 0, 0], [0, 0, 0], [1, 1, 1]], [[np.nan, 0, 0], [1, 0, 0], [0, 1, 0]]], dtype=float)
    world = world_of(GROUND, bad, np.zeros((0, 3, 3)))
    assert walk(world, WalkState(-1, 0.1, 0, EAST), 2.0).x > 1.0


@pytest.mark.parametrize("dt", [1 / 240, 1 / 30, 0.25])
def test_corners_gaps_and_kerbs_are_the_same_at_any_frame_rate(dt: float) -> None:
    walker = Walker()

    def walked(world: CollisionWorld, state: WalkState, secs: float) -> WalkState:
        for _ in range(round(secs / dt)):
            state = walker.step(state, WalkWish(forward=1.0, fast=True), dt, world)
        return state

    corner = world_of(GROUND, wall(3, -5, 3, 3, 0, 4), wall(-5, 3, 3, 3, 0, 4))
    held = walked(corner, WalkState(0, 0, 0, 45.0), 4.0)
    assert (held.x, held.y) == pytest.approx((2.7, 2.7), abs=0.003)
    narrow = world_of(GROUND, wall(3, -5, 3, -0.28, 0, 4), wall(3, 0.28, 3, 5, 0, 4))
    assert walked(narrow, WalkState(0, 0, 0, EAST), 4.0).x < 3.0
    wide = world_of(GROUND, wall(3, -5, 3, -0.34, 0, 4), wall(3, 0.34, 3, 5, 0, 4))
    assert walked(wide, WalkState(0, 0, 0, EAST), 4.0).x > 6.0
    kerb = world_of(GROUND, block(3, -5, 6, 5, 0, 0.5))
    assert walked(kerb, WalkState(0, 0, 0, EAST), 1.0).z == pytest.approx(0.5)
    beyond = walked(kerb, WalkState(0, 0, 0, EAST), 4.0)
    assert beyond.x > 8.0
    assert beyond.z == pytest.approx(0.0)

"""Walking: what carries, what stops, what is climbed, and what happens while tiles are missing."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import FloatArray, block, slab, wall

EAST = 90.0
DT = 1 / 30
AHEAD = WalkWish(forward=1.0)


def _classes(positions: FloatArray, kind: SurfaceClass) -> np.ndarray:
    return np.full(len(positions), kind, np.uint8)


def _world(*parts: FloatArray, kind: SurfaceClass = SurfaceClass.TERRAIN) -> CollisionWorld:
    world = CollisionWorld()
    for number, part in enumerate(parts):
        world.add_tile(number, part, _classes(part, kind))
    return world


def _walk(
    world: CollisionWorld, state: WalkState, secs: float, wish: WalkWish = AHEAD, walker: Walker | None = None
) -> WalkState:
    walker = walker or Walker()
    for _ in range(round(secs / DT)):
        state = walker.step(state, wish, DT, world)
    return state


GROUND = slab(-50, -50, 50, 50)


def test_walking_reaches_its_speed_gently_and_keeps_it() -> None:
    world = _world(GROUND)
    first = _walk(world, WalkState(0, 0, 0, EAST), DT)
    later = _walk(world, first, 2.0)
    assert 0.0 < first.velocity[0] < 0.8
    assert later.velocity[0] == pytest.approx(1.6, abs=1e-3)
    assert later.x == pytest.approx(1.6 * 2.0, rel=0.05)


def test_a_wall_stops_the_body_at_its_radius() -> None:
    state = _walk(_world(GROUND, wall(3, -5, 3, 5, 0, 4)), WalkState(0, 0.1, 0, EAST), 5.0)
    assert state.x == pytest.approx(2.7, abs=0.002)
    assert state.velocity[0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("speed", [5.0, 50.0, 400.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_no_wall_is_too_thin_for_any_speed_from_either_side(speed: float, side: float) -> None:
    world = _world(GROUND, wall(0, -5, 0, 5, 0, 4))
    walker = Walker(fast_speed=speed)
    state = WalkState(-2.0 * side, 0.1, 0, EAST * side)
    state = _walk(world, state, 3.0, WalkWish(forward=1.0, fast=True), walker)
    assert state.x * side <= -0.299


def test_one_slides_along_a_wall() -> None:
    state = _walk(_world(GROUND, wall(3, -50, 3, 50, 0, 4)), WalkState(2.0, 0, 0, 45.0), 5.0)
    assert state.x == pytest.approx(2.7, abs=0.002)
    assert state.y > 4.0


def test_one_does_not_fit_through_a_gap_narrower_than_the_body_but_through_a_wider_one() -> None:
    for gap, fits in ((0.5, False), (0.7, True)):
        world = _world(GROUND, wall(3, -9, 3, -gap / 2, 0, 4), wall(3, gap / 2, 3, 9, 0, 4))
        assert (_walk(world, WalkState(0, 0, 0, EAST), 5.0).x > 4.0) == fits


def test_a_corner_between_two_walls_holds() -> None:
    world = _world(GROUND, wall(3, -9, 3, 9, 0, 4), wall(-9, 2, 9, 2, 0, 4))
    state = _walk(world, WalkState(0, 0, 0, 50.0), 10.0)
    assert state.x <= 2.7 + 0.002
    assert state.y <= 1.7 + 0.002


def test_kerbs_are_climbed_and_taken_down_again() -> None:
    world = _world(GROUND, block(2, -5, 6, 5, 0, 0.15))
    up = _walk(world, WalkState(0, 0, 0, EAST), 2.0)
    assert up.z == pytest.approx(0.15)
    down = _walk(world, up, 4.0)
    assert down.x > 6.0
    assert down.z == pytest.approx(0.0)


@pytest.mark.parametrize(("height", "climbs"), [(0.49, True), (0.7, False)])
def test_a_step_of_half_a_metre_is_climbed_and_a_higher_one_is_a_wall(height: float, climbs: bool) -> None:
    state = _walk(_world(GROUND, block(2, -5, 9, 5, 0, height)), WalkState(0, 0, 0, EAST), 3.0)
    assert (state.z > 0.4) == climbs
    assert climbs or state.x == pytest.approx(1.7, abs=0.002)


def test_stairs_are_climbed() -> None:
    stairs = [block(2 + 0.28 * i, -2, 12, 2, 0, 0.17 * (i + 1)) for i in range(12)]
    state = _walk(_world(GROUND, *stairs), WalkState(0, 0, 0, EAST), 5.0)
    assert state.z == pytest.approx(12 * 0.17)


def test_the_eye_moves_smoothly_over_stairs_and_never_through_the_ground() -> None:
    stairs = [block(2 + 0.28 * i, -2, 12, 2, 0, 0.17 * (i + 1)) for i in range(12)]
    world, walker, state = _world(GROUND, *stairs), Walker(), WalkState(0, 0, 0, EAST)
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
    state = _walk(_world(GROUND, slab(2, -5, 7, 5, 0.0, rise)), WalkState(0, 0, 0, EAST), 3.0)
    assert (state.z > 1.0) == climbs


def test_nobody_gets_trapped_on_a_steep_bank_above_water() -> None:
    world = _world(slab(-50, -50, 0, 50), slab(0, -50, 1, 50, 0.0, -1.7))
    water = slab(0.2, -50, 50, 50, -0.6)
    world.add_tile("water", water, _classes(water, SurfaceClass.WATER))
    state = _walk(world, WalkState(-3, 0, 0, EAST), 5.0)
    assert state.x <= 0.01
    assert _walk(world, state, 3.0, WalkWish(forward=-1.0)).x < -2.0


def test_a_sloped_kerb_is_a_step_not_a_slope() -> None:
    world = _world(slab(-50, -50, 0, 50), slab(0, -50, 0.06, 50, 0.0, 0.15), slab(0.06, -50, 50, 50, 0.15))
    up = _walk(world, WalkState(-2, 0, 0, EAST), 3.0)
    assert up.z == pytest.approx(0.15)
    assert _walk(world, up, 4.0, WalkWish(forward=-1.0)).z == 0.0


def test_one_falls_off_a_roof_with_gravity_and_lands_on_the_ground() -> None:
    world = _world(GROUND, block(-3, -3, 3, 3, 0, 5))
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
        world = _world(GROUND, slab(3, -5, 6, 5, height))
        assert (_walk(world, WalkState(0, 0, 0, EAST), 6.0).x < 3.0) == stops


def test_a_bridge_is_walked_over_and_under() -> None:
    world = _world(GROUND, slab(-20, -2, 20, 2, 4.0))
    assert _walk(world, WalkState(-10, 0, 4.0, EAST), 5.0).z == 4.0
    assert _walk(world, WalkState(0, -9, 0.0, 0.0), 12.0).z == 0.0


def test_nobody_walks_from_land_into_water_but_out_of_it() -> None:
    world = _world(slab(-50, -50, 0, 50))
    water = slab(0, -50, 50, 50, -0.2)
    world.add_tile("water", water, _classes(water, SurfaceClass.WATER))
    assert _walk(world, WalkState(-3, 0, 0, EAST), 5.0).x <= 0.02
    assert _walk(world, WalkState(3, 0, -0.2, -EAST), 5.0).x < -1.0


def test_one_walks_along_a_quay_when_pushing_towards_the_water() -> None:
    world = _world(slab(-50, -50, 0, 50))
    assert _walk(world, WalkState(-3, 0, 0, 60.0), 6.0).y > 3.0


def test_nobody_leaves_the_edge_of_the_data() -> None:
    state = _walk(_world(GROUND), WalkState(48, 0, 0, EAST), 5.0)
    assert state.x <= 50.0
    assert state.z == 0.0


def test_cracks_between_tiles_swallow_nobody() -> None:
    world = _world(slab(-50, -50, 0, 50), slab(0.05, -50, 50, 50))
    state = _walk(world, WalkState(-2, 0, 0, EAST), 4.0)
    assert state.x > 3.0
    assert state.z == 0.0


def test_crowns_of_trees_let_people_through_and_trunks_do_not() -> None:
    for kind, passes in ((SurfaceClass.TREE, True), (SurfaceClass.TRUNK, False)):
        world = _world(GROUND)
        tree = block(3, -5, 4, 5, 0.6, 6)
        world.add_tile("tree", tree, _classes(tree, kind))
        assert (_walk(world, WalkState(0, 0, 0, EAST), 6.0).x > 5.0) == passes


def test_without_ground_the_height_is_held_and_nobody_walks_into_the_unknown() -> None:
    walker, world = Walker(), CollisionWorld()
    state = _walk(world, WalkState(1.0, 2.0, 7.0, EAST), 5.0, walker=walker)
    assert (state.x, state.y, state.z) == (1.0, 2.0, 7.0)
    assert state.is_held


def test_ground_that_comes_above_the_feet_lifts_the_walker_onto_it() -> None:
    world = CollisionWorld()
    state = _walk(world, WalkState(0, 0, -7.0, EAST), 0.5)
    world.add_tile("late", GROUND)
    state = _walk(world, state, 0.5)
    assert state.z == 0.0
    assert not state.is_held


def test_nobody_enters_a_tile_that_has_not_come_yet_and_everybody_when_it_has() -> None:
    world = _world(GROUND)
    world.expect_tile("houses", (10, -50), (40, 50))
    state = _walk(world, WalkState(0, 0, 0, EAST), 15.0)
    assert 5.0 < state.x < 10.0
    world.add_tile("houses", block(20, -5, 30, 5, 0, 9))
    assert _walk(world, state, 15.0).x == pytest.approx(19.7, abs=0.002)


def test_a_tile_taken_from_under_the_walker_lets_nobody_fall() -> None:
    world = _world(GROUND)
    state = _walk(world, WalkState(0, 0, 0, EAST), 1.0)
    world.remove_tile(0)
    world.expect_tile(0, (-50, -50), (50, 50))
    assert _walk(world, state, 5.0).z == 0.0


def test_a_hole_deeper_than_thirty_metres_is_no_ground() -> None:
    world = _world(slab(-50, -50, 0, 50), slab(0, -50, 50, 50, -40.0))
    assert _walk(world, WalkState(-2, 0, 0, EAST), 5.0).z == 0.0


def test_the_little_figure_lands_on_open_ground_beside_the_house_it_was_dropped_on() -> None:
    world = _world(GROUND)
    house = block(-4, -4, 4, 4, 0, 8)
    world.add_tile("house", house, _classes(house, SurfaceClass.ROOF))
    state = Walker().placed(0.0, 0.0, world)
    assert state is not None
    assert state.z == 0.0
    assert max(abs(state.x), abs(state.y)) >= 4.3 - 0.002


def test_nobody_is_placed_where_nothing_is_known() -> None:
    assert Walker().placed(0.0, 0.0, CollisionWorld()) is None


@pytest.mark.parametrize("eye", [1.65, 1.1, 1.2, 2.0])
def test_the_eye_is_as_high_as_asked(eye: float) -> None:
    walker = Walker(eye_height=eye)
    assert walker.eye(_walk(_world(GROUND), WalkState(0, 0, 0), 1.0, walker=walker))[2] == pytest.approx(eye)


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), 100.0])
def test_odd_time_steps_do_no_harm(dt: float) -> None:
    world = _world(GROUND, wall(3, -5, 3, 5, 0, 4))
    state = Walker().step(WalkState(0, 0, 0, EAST), AHEAD, dt, world)
    assert 0.0 <= state.x <= 2.7
    assert state.z == 0.0


def test_broken_triangles_are_nothing() -> None:
    bad = np.array([[[0, 0, 0], [0, 0, 0], [1, 1, 1]], [[np.nan, 0, 0], [1, 0, 0], [0, 1, 0]]], dtype=float)
    world = _world(GROUND, bad, np.zeros((0, 3, 3)))
    assert _walk(world, WalkState(-1, 0.1, 0, EAST), 2.0).x > 1.0


@pytest.mark.parametrize("dt", [1 / 240, 1 / 30, 0.25])
def test_corners_gaps_and_kerbs_are_the_same_at_any_frame_rate(dt: float) -> None:
    walker = Walker()

    def walked(world: CollisionWorld, state: WalkState, secs: float) -> WalkState:
        for _ in range(round(secs / dt)):
            state = walker.step(state, WalkWish(forward=1.0, fast=True), dt, world)
        return state

    corner = _world(GROUND, wall(3, -5, 3, 3, 0, 4), wall(-5, 3, 3, 3, 0, 4))
    held = walked(corner, WalkState(0, 0, 0, 45.0), 4.0)
    assert (held.x, held.y) == pytest.approx((2.7, 2.7), abs=0.003)
    narrow = _world(GROUND, wall(3, -5, 3, -0.28, 0, 4), wall(3, 0.28, 3, 5, 0, 4))
    assert walked(narrow, WalkState(0, 0, 0, EAST), 4.0).x < 3.0
    wide = _world(GROUND, wall(3, -5, 3, -0.34, 0, 4), wall(3, 0.34, 3, 5, 0, 4))
    assert walked(wide, WalkState(0, 0, 0, EAST), 4.0).x > 6.0
    kerb = _world(GROUND, block(3, -5, 6, 5, 0, 0.5))
    assert walked(kerb, WalkState(0, 0, 0, EAST), 1.0).z == pytest.approx(0.5)
    beyond = walked(kerb, WalkState(0, 0, 0, EAST), 4.0)
    assert beyond.x > 8.0
    assert beyond.z == pytest.approx(0.0)


def test_a_building_put_over_the_walker_leaves_him_outside_and_free_to_go() -> None:
    world = _world(GROUND)
    state = _walk(world, WalkState(0, 0, 0, EAST), 1.0)
    house = block(-6, -4, 8, 4, 0, 9)
    # the surroundings are read again, as for another variant
    world.remove_tile(0)
    world.expect_tile("new", (-50, -50), (50, 50))
    state = _walk(world, state, 0.5)
    assert state.is_held
    world.add_tile(
        "new",
        np.concatenate([GROUND, house]),
        np.concatenate([_classes(GROUND, SurfaceClass.TERRAIN), _classes(house, SurfaceClass.ROOF)]),
    )
    state = _walk(world, state, DT)
    assert not state.is_held
    assert not (-6.0 < state.x < 8.0 and -4.0 < state.y < 4.0)
    assert state.z == pytest.approx(0.0)
    gone = max(
        np.hypot(there.x - state.x, there.y - state.y)
        for there in (_walk(world, state, 3.0, WalkWish(forward=f, right=r)) for f, r in ((1, 0), (-1, 0), (0, 1)))
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
    assert _walk(world, state, 3.0).y > 3.0


def test_under_a_bridge_one_stays_when_the_ground_comes_again() -> None:
    world = _world(GROUND, slab(-3, -20, 3, 20, 5.0), kind=SurfaceClass.BRIDGE)
    held = WalkState(0.0, 0.0, 0.0, EAST, is_held=True)
    after = _walk(world, held, DT, WalkWish())
    assert (after.x, after.y, after.z, after.is_held) == (0.0, 0.0, 0.0, False)


def test_who_is_held_waits_for_all_of_the_ground_and_steps_aside_of_what_was_built_on_him() -> None:
    world = _world(GROUND)
    walker, state = Walker(), WalkState(0.0, 0.0, 0.0, EAST, is_held=True)
    world.expect_tile("beside", (-8, -8), (8, 8))
    state = walker.step(state, WalkWish(), DT, world)
    assert state.is_held, "let go on ground over which something may still come"
    house = block(-5, -5, 5, 5, -1, 9)
    world.add_tile("beside", house, _classes(house, SurfaceClass.WALL))
    state = walker.step(state, WalkWish(), DT, world)
    assert not state.is_held
    assert max(abs(state.x), abs(state.y)) > 5.0 and state.z == pytest.approx(0.0)

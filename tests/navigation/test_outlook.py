"""Somebody who comes down into a street looks along it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker, WalkState
from explorer.navigation.outlook import freest_heading, room_ahead
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import slab, wall

GROUND = slab(-60, -60, 60, 60)


def street() -> CollisionWorld:
    """A street that runs north, 8 m wide, with a wall to the east and one to the west."""
    world = CollisionWorld()
    world.add_tile("ground", GROUND, np.full(len(GROUND), SurfaceClass.TERRAIN, np.uint8))
    for x in (-4.0, 4.0):
        side = wall(x, -60, x, 60, 0, 9)
        world.add_tile(x, side, np.full(len(side), SurfaceClass.WALL, np.uint8))
    return world


@pytest.mark.parametrize(("wished", "seen"), [(80.0, 5.0), (100.0, 175.0), (265.0, 175.0), (280.0, 355.0)])
def test_who_faces_a_wall_is_turned_along_the_street_the_short_way(wished: float, seen: float) -> None:
    state = WalkState(0.0, 0.0, 0.0, wished)
    assert freest_heading(Walker(), state, street()) == pytest.approx(seen, abs=10.0)


def test_who_has_room_ahead_is_not_turned() -> None:
    assert freest_heading(Walker(), WalkState(0.0, 0.0, 0.0, 3.0), street()) == 3.0


def test_a_wall_between_two_paces_is_not_stepped_over() -> None:
    assert room_ahead(Walker(), WalkState(0.0, 0.0, 0.0, 90.0), 90.0, street()) < 4.0


def test_what_is_not_known_yet_is_no_room() -> None:
    world = street()
    world.expect_tile("coming", (-10.0, 10.0), (10.0, 60.0))
    assert room_ahead(Walker(), WalkState(0.0, 0.0, 0.0, 0.0), 0.0, world) < 10.0
    assert freest_heading(Walker(), WalkState(0.0, 0.0, 0.0, 20.0), world) == pytest.approx(170.0, abs=20.0)

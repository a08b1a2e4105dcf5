"""Somebody who walks about for tests, and worlds to walk in."""

from __future__ import annotations

import numpy as np

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import FloatArray, slab

EAST = 90.0
DT = 1 / 30
AHEAD = WalkWish(forward=1.0)
GROUND = slab(-50, -50, 50, 50)


def classes_of(positions: FloatArray, kind: SurfaceClass) -> np.ndarray:
    """One class for all triangles, (n,) uint8."""
    return np.full(len(positions), kind, np.uint8)


def world_of(*parts: FloatArray, kind: SurfaceClass = SurfaceClass.TERRAIN) -> CollisionWorld:
    """A world of these tiles, numbered from 0."""
    world = CollisionWorld()
    for number, part in enumerate(parts):
        world.add_tile(number, part, classes_of(part, kind))
    return world


def walk(
    world: CollisionWorld, state: WalkState, secs: float, wish: WalkWish = AHEAD, walker: Walker | None = None
) -> WalkState:
    """Where somebody is who walked for so long."""
    walker = walker or Walker()
    for _ in range(round(secs / DT)):
        state = walker.step(state, wish, DT, world)
    return state

"""Where a walker begins to stand: on open ground with room for the body, never in a house that is there (or new)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import cos, radians, sin, tau
from typing import Protocol

from explorer.navigation.collision import CollisionWorld
from explorer.navigation.walk_state import WalkState

MAX_DISTANCE = 40.0
"""Open ground is looked for this far around. [m]"""


class Body(Protocol):
    """What arriving asks of a walker."""

    @property
    def max_slope_deg(self) -> float:
        """Steeper ground is nothing to arrive on. [degrees]"""
        ...

    @property
    def step_height(self) -> float:
        """What the body climbs. [m]"""
        ...

    def is_clear(self, x: float, y: float, z: float, ground: CollisionWorld) -> bool:
        """Whether the body, with its feet at `z`, touches nothing there."""
        ...


def placed(
    body: Body, x: float, y: float, ground: CollisionWorld, max_distance: float, heading_deg: float
) -> WalkState | None:
    """Standing on open ground at a position or as near to it as there is room; None if there is none.

    Open ground has nothing above it: nobody is dropped into a house, under a bridge or into water unless there is
    nothing else within `max_distance`. Missing tiles count as no room, so ask again once they have come.
    """
    for is_choosy in (True, False):
        for dx, dy in _spiral(max_distance if is_choosy else 0.0):
            height = _room_at(body, x + dx, y + dy, ground, is_choosy)
            if height is not None:
                # plain floats: numpy's would make every step three times as slow
                return WalkState(float(x + dx), float(y + dy), float(height), heading_deg)
    return None


def settled(body: Body, state: WalkState, ground: CollisionWorld) -> WalkState:
    """A walker who was held, now that the ground is there: where he was, or beside what has been built over him."""
    top = ground.support(state.x, state.y, float("inf"))
    is_covered = top is not None and not top.is_ground and top.height > state.z + body.step_height
    if not is_covered or ground.is_unclassified:
        return replace(state, is_held=False)
    found = placed(body, state.x, state.y, ground, MAX_DISTANCE, state.heading_deg)
    # without room, what is around has not come yet: asked again at the next step
    return state if found is None else replace(found, pitch_deg=state.pitch_deg)


def _room_at(body: Body, x: float, y: float, ground: CollisionWorld, is_choosy: bool) -> float | None:
    top = None if ground.is_pending(x, y) else ground.support(x, y, float("inf"))
    if top is None or (is_choosy and (top.is_water or not (top.is_ground or ground.is_unclassified))):
        return None
    if is_choosy and top.up < cos(radians(body.max_slope_deg)):
        return None
    return top.height if body.is_clear(x, y, top.height, ground) else None


def _spiral(max_distance: float) -> Iterator[tuple[float, float]]:
    """Offsets outwards from the middle, about a metre apart. [m]"""
    yield 0.0, 0.0
    for ring in range(1, int(max_distance) + 1):
        n = max(8, 6 * ring)
        for index in range(n):
            yield ring * cos(tau * index / n), ring * sin(tau * index / n)

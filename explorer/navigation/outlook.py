"""Which way somebody looks who comes down into a street: along it, not at the wall in front of his nose."""

from __future__ import annotations

from math import cos, hypot, radians, sin

from explorer.navigation.arriving import Body
from explorer.navigation.collision import CollisionWorld
from explorer.navigation.walk_state import WalkState

ENOUGH = 12.0
"""With so much room ahead nobody is turned. [m]"""
FAR = 40.0
"""Further than this one direction is as good as another. [m]"""
_PACE = 0.5
"""Less than the body is wide, so that no wall stands between two paces. [m]"""
_TURNS_DEG = tuple(float(turn) for turn in range(-180, 180, 15))
_METRES_A_DEGREE = 0.05
"""What a degree of turning must win, so that of two streets the one more ahead is taken."""


def freest_heading(body: Body, state: WalkState, ground: CollisionWorld) -> float:
    """The wished heading where it has room, otherwise the one near it with the most room ahead. [degrees]"""
    if room_ahead(body, state, state.heading_deg, ground) >= ENOUGH:
        return state.heading_deg
    worth = {
        turn: room_ahead(body, state, state.heading_deg + turn, ground) - _METRES_A_DEGREE * abs(turn)
        for turn in _TURNS_DEG
    }
    best = max(sorted(worth, key=abs), key=worth.__getitem__)
    return (state.heading_deg + best) % 360.0


def room_ahead(body: Body, state: WalkState, heading_deg: float, ground: CollisionWorld) -> float:
    """How far the body could go straight on, as far as the ground is known; water and walls end it. [m]"""
    s, c = sin(radians(heading_deg)), cos(radians(heading_deg))
    x, y, z = state.x, state.y, state.z
    while hypot(x - state.x, y - state.y) < FAR - _PACE / 2.0:
        to_x, to_y = x + _PACE * s, y + _PACE * c
        if ground.is_pending(to_x, to_y):
            break
        found = ground.support(to_x, to_y, z + body.step_height)
        if found is None or found.is_water or not body.is_clear(to_x, to_y, found.height, ground):
            break
        x, y, z = to_x, to_y, found.height
    return hypot(x - state.x, y - state.y)

"""A disc among obstacles: pushed out of them, moved between them, or clear of them.

The disc is an upright body of a radius between two heights, `low` and `high`, seen from above. [m]
"""

from __future__ import annotations

from math import hypot

from explorer.navigation.collision import CollisionWorld
from explorer.navigation.planar import closest_point, segment_meets

MAX_SLIDE = 0.25
"""A substep that would have to be pushed further than this is refused. [m]"""
TOUCH = 1e-3
"""Closer to a wall than the radius by less than this still counts as clear. [m]"""
MAX_PUSHES = 8
"""A corner takes two, a narrow passage a few more; what takes longer is a place without room."""


def freed(
    x: float, y: float, radius: float, low: float, high: float, ground: CollisionWorld
) -> tuple[float, float] | None:
    """The position pushed out of everything, the deepest first; None if that does not succeed nearby."""
    start_x, start_y = x, y
    for _ in range(MAX_PUSHES):
        deepest, push_x, push_y = TOUCH, 0.0, 0.0
        for x0, y0, x1, y1, polygon in ground.cell(x, y).obstacles(low, high):
            if x - x1 > radius or x0 - x > radius or y - y1 > radius or y0 - y > radius:
                continue
            distance, near_x, near_y = closest_point(x, y, polygon)
            depth = radius - distance
            if depth > deepest:
                if distance < 1e-9:
                    return None
                deepest = depth
                push_x, push_y = (x - near_x) / distance * depth, (y - near_y) / distance * depth
        if deepest <= TOUCH:
            return x, y
        x, y = x + push_x, y + push_y
        if hypot(x - start_x, y - start_y) > MAX_SLIDE:
            return None
    return None


def is_way_free(x: float, y: float, to_x: float, to_y: float, low: float, high: float, ground: CollisionWorld) -> bool:
    """Whether nothing lies on the short way from one place to another."""
    if hypot(to_x - x, to_y - y) > MAX_SLIDE:
        return False
    return not any(
        segment_meets(x, y, to_x, to_y, obstacle.polygon)
        for obstacle in ground.cell(to_x, to_y).obstacles(low, high)
        if min(x, to_x) <= obstacle.x1
        and max(x, to_x) >= obstacle.x0
        and min(y, to_y) <= obstacle.y1
        and max(y, to_y) >= obstacle.y0
    )


def is_clear(x: float, y: float, radius: float, low: float, high: float, ground: CollisionWorld) -> bool:
    """Whether a body at a place touches nothing."""
    reach = radius - TOUCH
    return not any(
        closest_point(x, y, polygon)[0] < reach
        for x0, y0, x1, y1, polygon in ground.cell(x, y).obstacles(low, high)
        if x - x1 < reach and x0 - x < reach and y - y1 < reach and y0 - y < reach
    )

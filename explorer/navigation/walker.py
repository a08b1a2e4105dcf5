"""Walking: a body with weight that stands on surfaces, climbs kerbs and stairs, and slides along walls.

The body is an upright cylinder that begins a step's height above the feet, so kerbs and stairs pass below it::

        ___
       |   |  <- top: above the eye, with room for the eye's smoothing
       | o |  <- eye
       |___|  <- knee: feet + step height
         |    <- nothing here collides: what is below the knee is stepped onto
       --+--  <- feet: on the highest surface not above the knee

A move is taken in substeps of at most 0.1 m, a third of the radius. Each ends with the cylinder clear of everything
between knee and top, both at the old and at the new height of the feet, on a known surface; otherwise it is not taken.
As the path of the axis is never longer than the free disc around its ends, it cannot pass a wall however thin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, cos, exp, hypot, radians, sin

from explorer.geo.camera import Camera
from explorer.navigation.arriving import placed, settled
from explorer.navigation.bumping import freed, is_clear, is_way_free
from explorer.navigation.collision import CollisionWorld
from explorer.navigation.collision_cell import BAND_METRES, Support
from explorer.navigation.easing import capped_dt, eased_velocity
from explorer.navigation.walk_state import WalkState, WalkWish

ADULT_EYE = 1.65
"""Eye height. [m]"""
GRAVITY = 9.81
TERMINAL_SPEED = 20.0
SUBSTEP = 0.1
FALL_SUBSTEP = 0.2
MAX_EYE_LAG = 0.35
"""The eye follows the feet smoothly over stairs, at most this far behind. [m]"""
DETOURS_DEG = (0.0, 30.0, -30.0, 60.0, -60.0, 80.0, -80.0)
"""Directions tried when the straight one is refused: one slides along a quay or the edge of the known world, too."""
FOOT_RADIUS = 0.2
FOOT_RING = tuple((FOOT_RADIUS * cos(radians(a)), FOOT_RADIUS * sin(radians(a))) for a in range(0, 360, 45))
"""Where else a foot finds hold when there is a crack right below. [m]"""
MAX_MISSED = 2
"""So many of the eight may be without hold."""


@dataclass(frozen=True, slots=True)
class Walker:
    """A body: how tall, how wide, what it can climb, how fast it goes. [m, degrees, m/s]"""

    eye_height: float = ADULT_EYE
    radius: float = 0.3
    step_height: float = 0.5
    max_slope_deg: float = 50.0
    speed: float = 1.6
    fast_speed: float = 5.0
    max_fall: float = 30.0
    """Deeper than this nothing counts as ground: the walker is held instead. [m]"""

    @property
    def top(self) -> float:
        """Height of the body above the feet. [m]"""
        return max(1.8, self.eye_height + MAX_EYE_LAG + 0.15)

    def eye(self, state: WalkState) -> tuple[float, float, float]:
        """Where the eye is in the world. [m]"""
        return state.x, state.y, state.z + self.eye_height + state.eye_lag

    def camera(self, state: WalkState, like: Camera) -> Camera:
        """What the walker sees, with the lens and viewport of `like`."""
        return replace(like, position=self.eye(state), heading_deg=state.heading_deg % 360.0, pitch_deg=state.pitch_deg)

    def knee(self, z: float) -> float:
        """Height up to which feet at `z` can step: the step height, rounded up to a band's edge. [m]"""
        return ceil((z + self.step_height) / BAND_METRES - 1e-6) * BAND_METRES

    # -- one step -----------------------------------------------------------------------------------------------

    def step(self, state: WalkState, wish: WalkWish, dt: float, ground: CollisionWorld) -> WalkState:
        """The state after `dt` seconds in the world `ground`."""
        dt = capped_dt(dt)
        heading = state.heading_deg + wish.turn_deg
        pitch = min(max(state.pitch_deg + wish.look_deg, -85.0), 85.0)
        state = self._grounded(replace(state, heading_deg=heading, pitch_deg=pitch), ground)
        if dt == 0.0:
            return state
        if state.is_held and ground.is_pending(state.x, state.y):
            return replace(state, velocity=(0.0, 0.0), fall_speed=0.0)
        (vx, way_x), (vy, way_y) = (
            eased_velocity(v, goal, 10.0, dt)
            for v, goal in zip(state.velocity, self._wished(wish, heading), strict=True)
        )
        moved = self._moved(state.going((vx, vy), state.eye_lag), way_x, way_y, ground)
        gone = hypot(moved.x - state.x, moved.y - state.y)
        if gone < 0.5 * hypot(way_x, way_y):  # a wall takes the speed that leads into it
            moved = moved.going(((moved.x - state.x) / dt, (moved.y - state.y) / dt), moved.eye_lag)
        fallen = self._fallen(moved, dt, ground)
        return fallen.going(fallen.velocity, self._eye_lag(state, fallen, dt))

    def _wished(self, wish: WalkWish, heading_deg: float) -> tuple[float, float]:
        """Velocity that the wish asks for. [m/s]"""
        forward, right = wish.forward, wish.right
        length = max(hypot(forward, right), 1.0)
        speed = (self.fast_speed if wish.fast else self.speed) / length
        s, c = sin(radians(heading_deg)), cos(radians(heading_deg))
        return (s * forward + c * right) * speed, (c * forward - s * right) * speed

    def _eye_lag(self, before: WalkState, after: WalkState, dt: float) -> float:
        """The eye stays where it was and follows quickly; a fall is followed at once."""
        is_falling = after.fall_speed > 0.0 or before.fall_speed > 0.0
        jump = 0.0 if is_falling else before.z - after.z
        lag = (before.eye_lag + jump) * exp(-12.0 * dt)
        return min(max(lag, -MAX_EYE_LAG), MAX_EYE_LAG)

    # -- arriving -----------------------------------------------------------------------------------------------

    def placed(
        self, x: float, y: float, ground: CollisionWorld, *, max_distance: float = 40.0, heading_deg: float = 0.0
    ) -> WalkState | None:
        """Standing on open ground at a position or as near to it as there is room; None if there is none.

        Open ground has nothing above it: nobody is dropped into a house, under a bridge or into water unless there is
        nothing else within `max_distance`. Missing tiles count as no room, so ask again once they have come.
        """
        return placed(self, x, y, ground, max_distance, heading_deg)

    def is_clear(self, x: float, y: float, z: float, ground: CollisionWorld) -> bool:
        """Whether the body, with its feet at `z`, touches nothing there."""
        return is_clear(x, y, self.radius, self.knee(z), z + self.top, ground)

    # -- standing -----------------------------------------------------------------------------------------------

    def support(self, x: float, y: float, z: float, ground: CollisionWorld) -> Support | None:
        """What carries feet that come from height `z`: under the axis, or around it where there is a crack."""
        knee = self.knee(z)
        found = ground.support(x, y, knee)
        if found is None or found.height < z - self.step_height:
            hold = self._hold_around(x, y, z - self.step_height, knee, ground)
            if hold is not None:
                return hold
        if found is not None and found.height < z - self.max_fall:
            return None
        return found

    def _hold_around(self, x: float, y: float, low: float, knee: float, ground: CollisionWorld) -> Support | None:
        """What holds a foot over a crack: ground on most sides, which the edge of a roof or of the data has not."""
        lowest: Support | None = None
        missed = 0
        for dx, dy in FOOT_RING:
            found = ground.support(x + dx, y + dy, knee)
            if found is None or found.height < low:
                missed += 1
                if missed > MAX_MISSED:
                    return None
            elif lowest is None or found.height < lowest.height:
                lowest = found
        return lowest

    def _grounded(self, state: WalkState, ground: CollisionWorld) -> WalkState:
        """Held where no ground is known, in the open once all of it came, lifted where it came above the feet."""
        if state.is_held and ground.is_pending(state.x, state.y):
            return state  # there is ground, perhaps, but not yet what has been built on it
        if self.support(state.x, state.y, state.z, ground) is not None:
            return settled(self, state, ground) if state.is_held else state
        held = replace(state, is_held=True, fall_speed=0.0)
        if ground.is_pending(state.x, state.y):
            return held
        above = ground.support_above(state.x, state.y, state.z)
        if above is not None and self.is_clear(state.x, state.y, above.height, ground):
            return replace(held, z=above.height, is_held=False)
        return held

    def _fallen(self, state: WalkState, dt: float, ground: CollisionWorld) -> WalkState:
        """Gravity, down to what carries; a body that gets wedged on the way rests there."""
        support = self.support(state.x, state.y, state.z, ground)
        if support is None:
            return replace(state, is_held=True, fall_speed=0.0)
        if support.height >= state.z:
            return state.at(state.x, state.y, support.height)
        speed = min(state.fall_speed + GRAVITY * dt, TERMINAL_SPEED)
        x, y, z, left = state.x, state.y, state.z, speed * dt
        while left > 1e-9:  # less would not change a float of this size, for ever
            lower = max(z - min(left, FALL_SUBSTEP), support.height)
            free = self._freed(x, y, lower, ground)
            below = None if free is None else self.support(*free, lower, ground)
            if free is None or below is None or not self._may_slide(x, y, *free, lower, ground):
                return state.at(x, y, z)
            left -= z - lower
            (x, y), z, support = free, lower, below
            if support.height >= z:
                return state.at(x, y, max(z, support.height))
        return state.at(x, y, z, fall_speed=speed)

    # -- moving -------------------------------------------------------------------------------------------------

    def _moved(self, state: WalkState, way_x: float, way_y: float, ground: CollisionWorld) -> WalkState:
        """Gone level by (way_x, way_y) as far as the city lets it."""
        n_steps = ceil(hypot(way_x, way_y) / SUBSTEP)
        if n_steps == 0 or hypot(way_x, way_y) < 1e-6:
            return state
        dx, dy = way_x / n_steps, way_y / n_steps
        for _ in range(n_steps):
            taken = self._substep(state, dx, dy, ground)
            if taken is None:
                return state
            state = taken
        return state

    def _substep(self, state: WalkState, dx: float, dy: float, ground: CollisionWorld) -> WalkState | None:
        for angle in DETOURS_DEG:
            share = cos(radians(angle))
            turn_x, turn_y = share, sin(radians(angle))
            way_x, way_y = (dx * turn_x - dy * turn_y) * share, (dx * turn_y + dy * turn_x) * share
            taken = self._tried(state, state.x + way_x, state.y + way_y, ground)
            if taken is not None:
                return taken
        return None

    def _tried(self, state: WalkState, x: float, y: float, ground: CollisionWorld) -> WalkState | None:
        """The state at (x, y) or where walls push from there; None if a walker cannot get there."""
        if ground.is_pending(x, y):
            return None
        free = self._freed(x, y, state.z, ground)
        if free is None or not self._may_slide(state.x, state.y, *free, state.z, ground):
            return None
        x, y = free
        support = None if ground.is_pending(x, y) else self.support(x, y, state.z, ground)
        if support is None or not self._may_stand(state, x, y, support, ground):
            return None
        if self._is_brink(state, x, y, ground):
            return None
        if support.height < state.z - self.step_height:  # over an edge: gravity does the rest
            return state.at(x, y, state.z, fall_speed=state.fall_speed)
        if self.is_clear(x, y, support.height, ground):
            z = support.height if state.fall_speed == 0.0 else max(support.height, state.z)
            return state.at(x, y, z, fall_speed=state.fall_speed)
        # lower ground with something beside it that the knee was above: stay up, gravity pushes it clear
        return state.at(x, y, state.z, fall_speed=state.fall_speed) if support.height < state.z else None

    def _is_brink(self, state: WalkState, x: float, y: float, ground: CollisionWorld) -> bool:
        """Whether half a foot further on there is nothing known to stand on: the edge of the data."""
        dx, dy = x - state.x, y - state.y
        length = hypot(dx, dy)
        if length < 1e-9:
            return False
        knee = self.knee(state.z)
        return all(
            ground.support(x + dx * share / length, y + dy * share / length, knee) is None
            for share in (FOOT_RADIUS / 2.0, FOOT_RADIUS)
        )

    def _may_stand(self, state: WalkState, x: float, y: float, support: Support, ground: CollisionWorld) -> bool:
        """Nobody steps from land into water, or onto what is too steep, up or down; who is there already may leave.

        A steep strip with a firm place behind it (a sloped kerb) is a step, not a slope.
        """
        least_up = cos(radians(self.max_slope_deg))
        if not support.is_water and support.up >= least_up:
            return True
        here = self.support(state.x, state.y, state.z, ground)
        if support.is_water:
            return here is None or here.is_water
        if here is None or here.up < least_up:
            return True
        share = self.radius / max(hypot(x - state.x, y - state.y), 1e-9)
        ahead = ground.support(x + (x - state.x) * share, y + (y - state.y) * share, self.knee(state.z))
        is_firm = ahead is not None and ahead.up >= least_up and not ahead.is_water
        return is_firm and ahead is not None and ahead.height >= state.z - self.step_height

    # -- bumping ------------------------------------------------------------------------------------------------

    def _freed(self, x: float, y: float, z: float, ground: CollisionWorld) -> tuple[float, float] | None:
        return freed(x, y, self.radius, self.knee(z), z + self.top, ground)

    def _may_slide(self, x: float, y: float, to_x: float, to_y: float, z: float, ground: CollisionWorld) -> bool:
        return is_way_free(x, y, to_x, to_y, self.knee(z), z + self.top, ground)

"""The viewer's way through the city: one camera, three ways of moving, and flights between poses.

The rig takes gestures (already free of pixels of any device) and time, and gives the next `Camera`. It keeps the
navigation state of the mode that is on; a change of mode starts from where the camera is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.navigation import (
    NOTHING_COVERED,
    CameraFlight,
    CollisionWorld,
    FlyState,
    FlyWish,
    OrbitState,
    Sides,
    Walker,
    WalkState,
    WalkWish,
    frame_bounds,
    freest_heading,
)
from explorer.navigation.orbit import MAX_PITCH_BELOW_DEG, MAX_PITCH_DEG

Corner = Sequence[float] | NDArray[np.float64]

ORBIT, FLY, WALK = "orbit", "fly", "walk"
DEGREES_PER_PIXEL = 0.22
ZOOM_PER_STEP = 0.82


@dataclass(frozen=True, slots=True)
class MoveWish:
    """What keys, sticks and thumb pads ask for in this frame: directions in [-1, 1], turns in degrees."""

    forward: float = 0.0
    right: float = 0.0
    up: float = 0.0
    turn_deg: float = 0.0
    look_deg: float = 0.0
    fast: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.forward or self.right or self.up or self.turn_deg or self.look_deg)


class CameraRig:
    """Holds the camera and moves it. Main thread only."""

    def __init__(self, camera: Camera, ground: CollisionWorld, walker: Walker | None = None) -> None:
        self.camera = camera
        self.mode = ORBIT
        self.ground = ground
        self.walker = walker or Walker()
        self._orbit = OrbitState.from_camera(camera)
        self._fly = FlyState.from_camera(camera)
        self._walk: WalkState | None = None
        self._flight: CameraFlight | None = None
        self._flown_secs = 0.0
        self._grabbed: tuple[float, float, float] | None = None
        self._looks_along = False
        self._walks_after = False
        """Whether the flight ends on foot."""
        self._first_pitch = 0.0
        """How far up whoever begins to walk looks. [degrees]"""
        self.land = 0.0
        """Height in the world of the land, for where no ground is known: it says how fast one flies. [m]"""
        self.goes_below = False
        """Whether orbiting and flying may go below the ground."""

    # -- modes ----------------------------------------------------------------------------------------------------

    def set_mode(self, mode: str, *, looks_along: bool = False) -> None:
        """Orbit, fly or walk on from here. Walking begins on the ground below, as soon as it is known.

        `looks_along`: whoever would begin to walk in front of a wall is turned to where there is room.
        """
        if mode not in (ORBIT, FLY, WALK):
            raise ValueError(f"no such way of moving: {mode}")
        self.mode = mode
        self._flight = None
        self._start_here()
        self._looks_along, self._first_pitch = looks_along, 0.0

    def walk_at(self, x: float, y: float, heading_deg: float | None = None) -> bool:
        """Stand on open ground at or near a position of the world; False where there is no room."""
        heading = self.camera.heading_deg if heading_deg is None else heading_deg
        state = self.walker.placed(x, y, self.ground, heading_deg=heading)
        if state is None:
            return False
        self.mode, self._walk, self._flight = WALK, state, None
        return True

    @property
    def is_waiting_for_ground(self) -> bool:
        """Whether somebody wants to walk and there is no ground known to stand on yet."""
        return self.mode == WALK and (self._walk is None or self._walk.is_held)

    def _start_here(self) -> None:
        self._grabbed = None
        self._orbit = OrbitState.from_camera(self.camera)
        self._fly = FlyState.from_camera(self.camera)
        self._walk = None
        self._looks_along = False

    # -- gestures -------------------------------------------------------------------------------------------------

    def set_camera(self, camera: Camera) -> None:
        """Be there at once."""
        self.camera = camera
        self._flight = None
        self._start_here()

    def fly_to(self, camera: Camera, *, less_motion: bool = False, walks: bool = False) -> None:
        """Go there by a short flight; orbiting goes on from its end, or walking."""
        goal = replace(camera, width=self.camera.width, height=self.camera.height)
        if self.mode == WALK:
            self.mode = ORBIT
        self._flight = CameraFlight.between(self.camera, goal, less_motion=less_motion)
        self._flown_secs = 0.0
        self._walks_after = walks

    def frame(self, lo: Corner, hi: Corner, *, covered: Sides = NOTHING_COVERED, less_motion: bool = False) -> None:
        """Fly so that a box of the world fits the picture, or what of it is not `covered` (`frame_bounds`)."""
        self.fly_to(frame_bounds(self.camera, lo, hi, covered=covered), less_motion=less_motion)

    def face_north(self) -> None:
        """Turn so that grid north is up."""
        self.fly_to(replace(self.camera, heading_deg=0.0))

    def resize(self, width: int, height: int) -> None:
        """The viewport has another size."""
        self.camera = replace(self.camera, width=max(width, 1), height=max(height, 1))

    def grab(self, point: Sequence[float] | None) -> None:
        """A drag begins on this point of the world."""
        self._grabbed = None if point is None else (float(point[0]), float(point[1]), float(point[2]))
        if self._grabbed is not None and self.mode == ORBIT:
            self._orbit = self._orbit.with_pivot(self._grabbed)

    def drag_turn(self, dx_px: float, dy_px: float) -> None:
        """Turn the view (fly, walk) or the city (orbit) by a drag."""
        self._end_flight()
        if self.mode == ORBIT:
            highest = MAX_PITCH_BELOW_DEG if self.goes_below else MAX_PITCH_DEG
            self._orbit = self._orbit.turned(dx_px * DEGREES_PER_PIXEL, -dy_px * DEGREES_PER_PIXEL, highest)
        else:
            self.look(dx_px * DEGREES_PER_PIXEL * 0.6, -dy_px * DEGREES_PER_PIXEL * 0.6)

    def drag_pan(self, x_px: float, y_px: float) -> None:
        """Take the grabbed point along with the pointer; only orbiting pans."""
        self._end_flight()
        if self.mode == ORBIT and self._grabbed is not None:
            self._orbit = self._orbit.dragged(self.camera, self._grabbed, x_px, y_px)

    def zoom(self, steps: float, point: Sequence[float] | None) -> None:
        """Closer to (positive steps) or away from the point under the pointer."""
        self._end_flight()
        if self.mode == ORBIT:
            self._orbit = self._orbit.zoomed(ZOOM_PER_STEP**steps, point)
        elif self.mode == FLY and point is not None:
            share = 1.0 - ZOOM_PER_STEP**steps
            at = tuple(p + (q - p) * share for p, q in zip(self._fly.position, point, strict=True))
            self._fly = replace(self._fly, position=(at[0], at[1], at[2]))

    def look(self, turn_deg: float, look_deg: float) -> None:
        """Turn the head."""
        if self.mode == FLY:
            self._fly = self._fly.step(FlyWish(turn_deg=turn_deg, look_deg=look_deg), 0.0)
        elif self.mode == WALK and self._walk is not None:
            self._walk = self.walker.step(self._walk, WalkWish(turn_deg=turn_deg, look_deg=look_deg), 0.0, self.ground)

    # -- time -----------------------------------------------------------------------------------------------------

    def step(self, dt: float, wish: MoveWish) -> Camera:
        """The camera after `dt` seconds of wanting `wish`."""
        if self._flight is not None:
            self._flown_secs += dt
            self.camera = self._fitted(self._flight.at(self._flown_secs))
            walks = self._walks_after and self._flight.is_over(self._flown_secs)
            if self._flight.is_over(self._flown_secs) or not wish.is_idle:
                self._end_flight()
            if walks:
                self.set_mode(WALK)
                self._first_pitch = self.camera.pitch_deg
        elif self.mode == ORBIT:
            self._step_orbit(dt, wish)
        elif self.mode == FLY:
            self._step_fly(dt, wish)
        else:
            self._step_walk(dt, wish)
        return self.camera

    def _fitted(self, camera: Camera) -> Camera:
        return replace(camera, width=self.camera.width, height=self.camera.height)

    def _end_flight(self) -> None:
        if self._flight is not None:
            self._flight = None
            self._start_here()

    def _ground_below(self, x: float, y: float) -> float | None:
        return self.ground.ground_height(x, y)

    def _step_orbit(self, dt: float, wish: MoveWish) -> None:
        if not wish.is_idle:
            below = self._ground_below(*self.camera.position[:2])
            reach = max(self.camera.position[2] - (self.land if below is None else below), 20.0)
            speed = 0.9 * reach * dt * (3.0 if wish.fast else 1.0)
            ahead, side = self.camera.forward[:2], self.camera.right[:2]
            length = float((ahead @ ahead) ** 0.5) or 1.0
            move = (ahead / length * wish.forward + side * wish.right) * speed
            self._orbit = self._orbit.panned((float(move[0]), float(move[1]), wish.up * speed))
            highest = MAX_PITCH_BELOW_DEG if self.goes_below else MAX_PITCH_DEG
            self._orbit = self._orbit.turned(wish.turn_deg, wish.look_deg, highest)
        self._orbit = self._orbit.step(dt, None if self.goes_below else self._ground_below)
        self.camera = self._orbit.camera(self.camera)

    def _step_fly(self, dt: float, wish: MoveWish) -> None:
        fly_wish = FlyWish(wish.forward, wish.right, wish.up, wish.turn_deg, wish.look_deg, wish.fast)
        self._fly = self._fly.step(fly_wish, dt, None if self.goes_below else self._ground_below, land=self.land)
        self.camera = self._fly.camera(self.camera)

    def _step_walk(self, dt: float, wish: MoveWish) -> None:
        if self._walk is None:
            x, y, _z = self.camera.position
            self._walk = self.walker.placed(x, y, self.ground, heading_deg=self.camera.heading_deg)
            if self._walk is None:
                return
            self._walk = replace(self._walk, pitch_deg=self._first_pitch)
            if self._looks_along:
                heading = freest_heading(self.walker, self._walk, self.ground)
                self._walk = replace(self._walk, heading_deg=heading)
        walk_wish = WalkWish(wish.forward, wish.right, wish.turn_deg, wish.look_deg, wish.fast)
        self._walk = self.walker.step(self._walk, walk_wish, dt, self.ground)
        self.camera = self.walker.camera(self._walk, self.camera)

    @property
    def standing_on(self) -> tuple[float, float, float] | None:
        """Where the walker's feet are in the world; None when nobody walks."""
        return None if self._walk is None or self.mode != WALK else (self._walk.x, self._walk.y, self._walk.z)

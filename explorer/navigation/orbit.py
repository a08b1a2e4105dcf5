"""Orbiting: turn around, zoom to, and drag along what is under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.geo.camera import Camera
from explorer.navigation.easing import capped_dt, remaining
from explorer.navigation.fly import GroundHeight

FloatArray = NDArray[np.float64]
Point = tuple[float, float, float]

RATE = 14.0
"""How quickly the goal is reached: after 0.2 s 6 % of the way is left. [1/s]"""
MIN_DISTANCE = 3.0
MAX_DISTANCE = 60_000.0
_UNSEEN_SHARE, _UNSEEN_DEG = 1e-4, 0.005
"""Of the distance, and of a turn: a tenth of a pixel."""
MIN_PITCH_DEG, MAX_PITCH_DEG = -89.9, 15.0
MAX_PITCH_BELOW_DEG = 89.0
"""Where the eye may go below the ground."""
CLEARANCE = 2.0
"""An orbiting camera stays this far above the ground. [m]"""


def _point(values: FloatArray) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _axes(heading_deg: float, pitch_deg: float) -> FloatArray:
    """Rows: right, forward, up of a view."""
    view = Camera((0.0, 0.0, 0.0), heading_deg, pitch_deg)
    return np.stack([view.right, view.forward, view.up])


@dataclass(frozen=True, slots=True)
class OrbitState:
    """A camera held by its pivot: position = pivot + offset in the camera's own axes (right, forward, up).

    Turning keeps the offset, so the pivot stays where it is in the picture. Every gesture changes the goal at once and
    `step` brings what is seen after it.
    """

    pivot: Point
    offset: Point
    heading_deg: float
    pitch_deg: float
    goal_pivot: Point
    goal_offset: Point
    goal_heading_deg: float
    goal_pitch_deg: float

    @classmethod
    def from_camera(cls, camera: Camera, pivot: Sequence[float] | None = None) -> OrbitState:
        """Orbit on from where a camera is; without a pivot it is 100 m ahead in the middle of the picture."""
        position = np.asarray(camera.position)
        point = position + 100.0 * camera.forward if pivot is None else np.asarray(pivot, dtype=np.float64)
        offset = _point(_axes(camera.heading_deg, camera.pitch_deg) @ (position - point))
        at, heading, pitch = _point(point), camera.heading_deg, camera.pitch_deg
        return cls(at, offset, heading, pitch, at, offset, heading, pitch)

    @property
    def position(self) -> Point:
        """Where the camera is now, in the world. [m]"""
        return _point(np.asarray(self.pivot) + np.asarray(self.offset) @ _axes(self.heading_deg, self.pitch_deg))

    @property
    def goal_position(self) -> Point:
        """Where the camera is going. [m]"""
        axes = _axes(self.goal_heading_deg, self.goal_pitch_deg)
        return _point(np.asarray(self.goal_pivot) + np.asarray(self.goal_offset) @ axes)

    def camera(self, like: Camera) -> Camera:
        """A camera here, with the lens and viewport of `like`."""
        return replace(like, position=self.position, heading_deg=self.heading_deg % 360.0, pitch_deg=self.pitch_deg)

    def with_pivot(self, pivot: Sequence[float]) -> OrbitState:
        """The same picture and the same goal, held by another point of the world (what is under the pointer)."""
        point = np.asarray(pivot, dtype=np.float64)
        now = _axes(self.heading_deg, self.pitch_deg) @ (np.asarray(self.position) - point)
        goal = _axes(self.goal_heading_deg, self.goal_pitch_deg) @ (np.asarray(self.goal_position) - point)
        at = _point(point)
        return replace(self, pivot=at, goal_pivot=at, offset=_point(now), goal_offset=_point(goal))

    def turned(self, heading_deg: float, pitch_deg: float, highest_deg: float = MAX_PITCH_DEG) -> OrbitState:
        """Turned around the pivot by these angles (clockwise from above, upwards), at most so far up. [degrees]"""
        pitch = min(max(self.goal_pitch_deg + pitch_deg, MIN_PITCH_DEG), max(highest_deg, self.goal_pitch_deg))
        return replace(self, goal_heading_deg=self.goal_heading_deg + heading_deg, goal_pitch_deg=pitch)

    def zoomed(self, factor: float, point: Sequence[float] | None = None) -> OrbitState:
        """`factor` times as far from `point` (the one under the pointer), which keeps its place in the picture."""
        state = self if point is None else self.with_pivot(point)
        length = float(np.linalg.norm(state.goal_offset)) or 1.0
        wanted = min(max(length * factor, min(MIN_DISTANCE, length)), max(MAX_DISTANCE, length))
        return replace(state, goal_offset=_point(np.asarray(state.goal_offset) * (wanted / length)))

    def panned(self, delta: Sequence[float]) -> OrbitState:
        """Moved by a vector of the world. [m]"""
        return replace(self, goal_pivot=_point(np.asarray(self.goal_pivot) + np.asarray(delta, dtype=np.float64)))

    def dragged(self, lens: Camera, grabbed: Sequence[float], x_px: float, y_px: float) -> OrbitState:
        """Moved level so that the grabbed point of the world comes under the pixel; `lens` gives lens and viewport."""
        view = replace(
            lens, position=self.goal_position, heading_deg=self.goal_heading_deg, pitch_deg=self.goal_pitch_deg
        )
        origin, direction = view.ray(x_px, y_px)
        point = np.asarray(grabbed, dtype=np.float64)
        drop = point[2] - origin[2]
        # towards the horizon the level plane is endless: such a pointer moves nothing
        if drop * direction[2] <= 0.0 or abs(direction[2]) < 0.02:
            return self
        under = origin + direction * (drop / direction[2])
        return self.panned((point[0] - under[0], point[1] - under[1], 0.0))

    def step(self, dt: float, ground: GroundHeight | None = None, *, rate: float = RATE) -> OrbitState:
        """The state after `dt` seconds; never closer to the ground than `CLEARANCE` where the ground is known.

        It arrives once what is left to go is less than can be seen, so that the picture comes to rest.
        """
        left = 0.0 if self._has_arrived else remaining(rate, capped_dt(dt))

        def towards(value: Point, goal: Point) -> Point:
            return _point(np.asarray(goal) + (np.asarray(value) - np.asarray(goal)) * left)

        turn = self.heading_deg - self.goal_heading_deg  # not wrapped: a spin of more than half a turn stays one
        state = replace(
            self,
            pivot=towards(self.pivot, self.goal_pivot),
            offset=towards(self.offset, self.goal_offset),
            heading_deg=self.goal_heading_deg + turn * left,
            pitch_deg=self.goal_pitch_deg + (self.pitch_deg - self.goal_pitch_deg) * left,
        )
        return state if ground is None else state._lifted(ground)

    @property
    def _has_arrived(self) -> bool:
        reach = _UNSEEN_SHARE * float(np.linalg.norm(self.goal_offset))
        return (
            abs(self.heading_deg - self.goal_heading_deg) < _UNSEEN_DEG
            and abs(self.pitch_deg - self.goal_pitch_deg) < _UNSEEN_DEG
            and float(np.abs(np.subtract(self.pivot, self.goal_pivot)).max()) < reach
            and float(np.abs(np.subtract(self.offset, self.goal_offset)).max()) < reach
        )

    def _lifted(self, ground: GroundHeight) -> OrbitState:
        """Above the ground, both where it is seen and where it is going."""

        def missing(position: Point) -> float:
            below = ground(position[0], position[1])
            return 0.0 if below is None else max(below + CLEARANCE - position[2], 0.0)

        now, goal = missing(self.position), missing(self.goal_position)
        if now == 0.0 and goal == 0.0:
            return self
        pivot, goal_pivot = self.pivot, self.goal_pivot
        return replace(
            self,
            pivot=(pivot[0], pivot[1], pivot[2] + now),
            goal_pivot=(goal_pivot[0], goal_pivot[1], goal_pivot[2] + goal),
        )

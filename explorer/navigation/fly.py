"""Flying: keys give the direction, the mouse the view, the height the speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import hypot

from explorer.geo.camera import Camera
from explorer.navigation.easing import capped_dt, eased_velocity

GroundHeight = Callable[[float, float], float | None]
"""Ground height at a world position, None where it is not known. [m]"""

MIN_CLEARANCE = 1.0
"""A flying camera stays this far above the ground. [m]"""


@dataclass(frozen=True, slots=True)
class FlyWish:
    """What the user wants in this step: directions in [-1, 1], turns in degrees since the last step."""

    forward: float = 0.0
    right: float = 0.0
    up: float = 0.0
    turn_deg: float = 0.0
    look_deg: float = 0.0
    fast: bool = False


@dataclass(frozen=True, slots=True)
class FlyState:
    """Pose and velocity of a flying viewer in the world. [m, degrees, m/s]"""

    position: tuple[float, float, float]
    heading_deg: float = 0.0
    pitch_deg: float = 0.0
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def from_camera(cls, camera: Camera) -> FlyState:
        """Fly on from where a camera is."""
        return cls(camera.position, camera.heading_deg, camera.pitch_deg)

    def camera(self, like: Camera) -> Camera:
        """A camera here, with the lens and viewport of `like`."""
        return replace(like, position=self.position, heading_deg=self.heading_deg % 360.0, pitch_deg=self.pitch_deg)

    def step(
        self,
        wish: FlyWish,
        dt: float,
        ground: GroundHeight | None = None,
        *,
        land: float = 0.0,
        rate: float = 8.0,
        fast_factor: float = 4.0,
    ) -> FlyState:
        """The state after `dt` seconds. `rate` (1/s) says how quickly the wished velocity is reached.

        The speed is 0.8 times the height above the ground per second, from 3 to 800 m/s: the picture passes by equally
        fast at every height. Where the ground is not known, the height of the `land` stands in. [m]
        """
        dt = capped_dt(dt)
        heading = self.heading_deg + wish.turn_deg
        pitch = min(max(self.pitch_deg + wish.look_deg, -89.0), 89.0)
        view = Camera(self.position, heading, pitch)
        forward, right = view.forward, view.right
        wished = forward * wish.forward + right * wish.right
        wished[2] += wish.up
        length = hypot(*wished)
        if length > 1.0:
            wished = wished / length
        below = ground(self.position[0], self.position[1]) if ground else None
        height = self.position[2] - (below if below is not None else land)
        speed = min(max(0.8 * height, 3.0), 800.0) * (fast_factor if wish.fast else 1.0)
        pairs = [eased_velocity(v, float(w) * speed, rate, dt) for v, w in zip(self.velocity, wished, strict=True)]
        x, y, z = (p + way for p, (_, way) in zip(self.position, pairs, strict=True))
        velocity = (pairs[0][0], pairs[1][0], pairs[2][0])
        floor = ground(x, y) if ground else None
        if floor is not None and z < floor + MIN_CLEARANCE:
            z, velocity = floor + MIN_CLEARANCE, (velocity[0], velocity[1], max(velocity[2], 0.0))
        return FlyState((x, y, z), heading % 360.0, pitch, velocity)

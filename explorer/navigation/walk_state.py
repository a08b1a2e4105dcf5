"""What a walker wants and where he is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalkWish:
    """What the user wants in this step: directions in [-1, 1], turns in degrees since the last step."""

    forward: float = 0.0
    right: float = 0.0
    turn_deg: float = 0.0
    look_deg: float = 0.0
    fast: bool = False


@dataclass(frozen=True, slots=True)
class WalkState:
    """Where a walker's feet are, how he moves and where he looks. [m, m/s, degrees; world]"""

    x: float
    y: float
    z: float
    heading_deg: float = 0.0
    pitch_deg: float = 0.0
    velocity: tuple[float, float] = (0.0, 0.0)
    fall_speed: float = 0.0
    eye_lag: float = 0.0
    """How far the eye is above (or, negative, below) its place over the feet while it follows. [m]"""
    is_held: bool = False
    """No ground is known here (a tile is missing): the height is kept until it comes."""

    def at(self, x: float, y: float, z: float, *, fall_speed: float = 0.0) -> WalkState:
        """The same walker elsewhere; `dataclasses.replace` takes 10 µs, a good part of a step."""
        return WalkState(
            x, y, z, self.heading_deg, self.pitch_deg, self.velocity, fall_speed, self.eye_lag, self.is_held
        )

    def going(self, velocity: tuple[float, float], eye_lag: float) -> WalkState:
        """The same place with another velocity and eye."""
        return WalkState(
            self.x, self.y, self.z, self.heading_deg, self.pitch_deg, velocity, self.fall_speed, eye_lag, self.is_held
        )

"""From one camera to another, so that people see where they went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import dist

from explorer.geo.camera import Camera
from explorer.navigation.easing import smootherstep, wrapped_degrees

SHORT_SECS = 0.2
"""Motion that explains lasts no longer than this: who waits for it is not shown more. [s]"""


@dataclass(frozen=True, slots=True)
class CameraFlight:
    """A flight between two poses; `at(t)` is pure, so any frame rate sees the same path.

    With `arc` above 0 the path rises by that share of its horizontal length, which keeps long flights above the roofs.
    A user who asks for less motion gets `duration_secs=0`: the flight is over at once.
    """

    start: Camera
    end: Camera
    duration_secs: float = SHORT_SECS
    arc: float = 0.0

    def is_over(self, elapsed_secs: float) -> bool:
        """Whether the goal is reached after this time."""
        return elapsed_secs >= self.duration_secs

    def at(self, elapsed_secs: float) -> Camera:
        """The camera after this time, with the goal's lens and viewport. [s]"""
        if self.is_over(elapsed_secs):
            return self.end
        share = smootherstep(elapsed_secs / self.duration_secs)
        start, end = self.start, self.end
        x, y, z = (a + (b - a) * share for a, b in zip(start.position, end.position, strict=True))
        z += self.arc * dist(start.position[:2], end.position[:2]) * 4.0 * share * (1.0 - share)
        heading = start.heading_deg + wrapped_degrees(end.heading_deg - start.heading_deg) * share
        return replace(
            end,
            position=(x, y, z),
            heading_deg=heading % 360.0,
            pitch_deg=start.pitch_deg + (end.pitch_deg - start.pitch_deg) * share,
            fov_y_deg=start.fov_y_deg + (end.fov_y_deg - start.fov_y_deg) * share,
        )

    @classmethod
    def between(cls, start: Camera, end: Camera, *, less_motion: bool = False) -> CameraFlight:
        """A flight as the program makes it: 0.2 s nearby, up to 1.2 s and in an arc across the city."""
        if less_motion:
            return cls(start, end, 0.0)
        length = dist(start.position, end.position)
        if length < 300.0:
            return cls(start, end, SHORT_SECS)
        return cls(start, end, min(SHORT_SECS + length / 3000.0, 1.2), arc=0.15)

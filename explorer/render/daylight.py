"""What the sun's height does to sun, sky and haze: a few colours, interpolated. Linear RGB, our own exposure.

Chosen by eye on rendered pictures to keep a white model white at noon, golden low, blue at dusk, and legible at night.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

# elevation [deg]: sun, zenith, horizon, bounce
_KEYS: tuple[tuple[float, Colour, Colour, Colour, Colour], ...] = (
    (-18.0, (0.0, 0.0, 0.0), (0.048, 0.060, 0.100), (0.066, 0.076, 0.108), (0.024, 0.024, 0.029)),
    (-6.0, (0.0, 0.0, 0.0), (0.070, 0.105, 0.220), (0.260, 0.230, 0.270), (0.060, 0.060, 0.070)),
    (0.0, (0.22, 0.085, 0.030), (0.140, 0.210, 0.400), (0.640, 0.480, 0.380), (0.120, 0.110, 0.105)),
    (6.0, (1.05, 0.60, 0.27), (0.200, 0.320, 0.560), (0.720, 0.650, 0.580), (0.240, 0.215, 0.190)),
    (20.0, (1.36, 1.11, 0.82), (0.220, 0.380, 0.680), (0.700, 0.760, 0.830), (0.440, 0.392, 0.330)),
    (60.0, (1.42, 1.29, 1.09), (0.210, 0.390, 0.730), (0.680, 0.780, 0.890), (0.540, 0.484, 0.412)),
    (90.0, (1.42, 1.31, 1.12), (0.200, 0.380, 0.730), (0.680, 0.780, 0.890), (0.540, 0.484, 0.412)),
)


@dataclass(frozen=True, slots=True)
class Daylight:
    """Light of one moment; all linear RGB."""

    sun: Colour
    zenith: Colour
    horizon: Colour
    bounce: Colour


def daylight(elevation_deg: float) -> Daylight:
    """The light at this height of the sun above the horizon. [degrees]"""
    heights = [key[0] for key in _KEYS]

    def at(column: int) -> Colour:
        table = np.array([key[column] for key in _KEYS])
        red, green, blue = (float(np.interp(elevation_deg, heights, table[:, c])) for c in range(3))
        return red, green, blue

    return Daylight(at(1), at(2), at(3), at(4))

"""What the sun's height does to sun, sky and haze: a few colours, interpolated. Linear RGB, our own exposure.

Chosen by eye on rendered pictures to keep a white model white at noon, golden low, blue at dusk, and legible at night.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

# elevation [deg]: sun, zenith, horizon, what the sky sends down on level ground, bounce
_Key = tuple[float, Colour, Colour, Colour, Colour, Colour]
_KEYS: tuple[_Key, ...] = (
    (-18.0, (0.0, 0.0, 0.0), (0.05, 0.06, 0.10), (0.066, 0.076, 0.108), (0.08, 0.093, 0.14), (0.015, 0.0155, 0.02)),
    (-6.0, (0.0, 0.0, 0.0), (0.08, 0.12, 0.25), (0.29, 0.25, 0.29), (0.27, 0.297, 0.42), (0.105, 0.105, 0.126)),
    (0.0, (0.26, 0.10, 0.035), (0.16, 0.24, 0.44), (0.64, 0.49, 0.40), (0.58, 0.60, 0.73), (0.26, 0.245, 0.255)),
    (6.0, (1.30, 0.80, 0.42), (0.19, 0.31, 0.55), (0.69, 0.65, 0.61), (0.46, 0.51, 0.64), (0.30, 0.275, 0.255)),
    (20.0, (1.56, 1.28, 0.95), (0.20, 0.36, 0.65), (0.64, 0.715, 0.80), (0.415, 0.487, 0.60), (0.46, 0.42, 0.365)),
    (60.0, (1.60, 1.48, 1.30), (0.19, 0.37, 0.70), (0.61, 0.715, 0.83), (0.415, 0.487, 0.60), (0.56, 0.51, 0.45)),
    (90.0, (1.60, 1.49, 1.33), (0.18, 0.36, 0.70), (0.61, 0.715, 0.83), (0.415, 0.487, 0.60), (0.56, 0.51, 0.45)),
)
_LOW_SUN_DEG, _VISIBILITY_M = (0.0, 12.0), (35_000.0, 75_000.0)


@dataclass(frozen=True, slots=True)
class Daylight:
    """Light of one moment; all linear RGB."""

    sun: Colour
    zenith: Colour
    horizon: Colour
    sky: Colour
    """What the sky sends down on level ground."""
    bounce: Colour
    visibility: float
    """How far away the air leaves a fiftieth of contrast: a very clear day, mist when the sun is low. [m]"""


def daylight(elevation_deg: float) -> Daylight:
    """The light at this height of the sun above the horizon. [degrees]"""
    heights = [key[0] for key in _KEYS]

    def at(column: int) -> Colour:
        table = np.array([key[column] for key in _KEYS])
        red, green, blue = (float(np.interp(elevation_deg, heights, table[:, c])) for c in range(3))
        return red, green, blue

    visibility = float(np.interp(elevation_deg, _LOW_SUN_DEG, _VISIBILITY_M))
    return Daylight(at(1), at(2), at(3), at(4), at(5), visibility)

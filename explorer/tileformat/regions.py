"""Regions of 3D Tiles as files have them: in degrees, or with two ends exchanged. They are put right with a word."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

_MOST_LON, _MOST_LAT = 2.0 * math.pi + 0.1, math.pi / 2.0 + 1e-6
"""Sound angles: some count longitudes from 0 to 2π, and end a little beyond at Greenwich. [radians]"""


def are_sound(regions: NDArray[np.float64]) -> bool:
    """Whether of regions (n, 6) nothing has to be put right."""
    west, south, east, north, low, high = regions.T
    across = np.where(east < west, east + 2.0 * np.pi, east) - west
    lon, lat = np.abs(regions[:, [0, 2]]), np.abs(regions[:, [1, 3]])
    is_ordered = (south <= north) & (low <= high) & ((west <= east) | (across <= np.pi))
    return bool(is_ordered.all() and (lon <= _MOST_LON).all() and (lat <= _MOST_LAT).all())


def sound_region(region: Sequence[float]) -> tuple[list[float], str]:
    """West, south, east, north [radians] and two heights [m] as the standard has them; a sentence where they were not.

    Raises ValueError where the numbers are no angles, in radians or in degrees.
    """
    west, south, east, north, low, high = map(float, region)
    said = ""
    if max(abs(west), abs(east)) > _MOST_LON or max(abs(south), abs(north)) > _MOST_LAT:
        if max(abs(west), abs(east)) > 360.0 or max(abs(south), abs(north)) > 90.0:
            raise ValueError("a region needs angles")
        west, south, east, north = (math.radians(angle) for angle in (west, south, east, north))
        said = _("The region of a tile is in degrees, where radians are due; it is read as degrees.")
    is_turned = west > east and east + 2.0 * math.pi - west > math.pi  # across the date line it would be half the Earth
    if is_turned or south > north or low > high:
        west, east = (east, west) if is_turned else (west, east)
        south, north, low, high = min(south, north), max(south, north), min(low, high), max(low, high)
        said = said or _("The region of a tile ends before it begins; its ends are exchanged.")
    return [west, south, east, north, low, high], said

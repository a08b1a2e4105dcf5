"""Which surfaces around an area may throw their shadow into it: by each one's own height, so that a tower counts from
afar where a house does not.
"""

from __future__ import annotations

from math import radians, tan

import numpy as np
from numpy.typing import NDArray

from explorer.surface.triangles import Area, TriangleSoup

FloatArray = NDArray[np.float64]

LOWEST_SUN_DEG = 0.5
"""What stands around an area is complete for every sun at least this high. A lower one, in the first and last minutes
of a day, may shine past what is too far away for this height. [degrees]"""
MAX_MARGIN = 20_000.0
"""Further away the Earth's own curve, which rays know nothing of, hides more than 30 m of everything. [m]"""


def rectangle_distance(lo: FloatArray, hi: FloatArray, area: Area) -> FloatArray:
    """How far rectangles with these corners, (n, 2+), are from an area, from above: (n,) [m], 0 where they meet."""
    west, south, east, north = area
    across = np.maximum(np.maximum(west - hi[:, 0], lo[:, 0] - east), 0.0)
    along = np.maximum(np.maximum(south - hi[:, 1], lo[:, 1] - north), 0.0)
    return np.asarray(np.hypot(across, along), dtype=np.float64)


def reaches_into(distance: FloatArray, top: FloatArray, lowest: float) -> NDArray[np.bool_]:
    """Whether what is `top` high at a distance (n,) shades any point at `lowest` or above, for the lowest sun."""
    shadow = np.maximum(top - lowest, 0.0) / tan(radians(LOWEST_SUN_DEG))
    return np.asarray((distance <= shadow) & (distance <= MAX_MARGIN))


def shading(soup: TriangleSoup, area: Area, lowest: float) -> TriangleSoup:
    """The triangles of a soup that are over an area or may throw a shadow into it."""
    if not len(soup):
        return soup
    lo, hi = soup.positions.min(axis=1) + soup.origin, soup.positions.max(axis=1) + soup.origin
    distance = rectangle_distance(lo, hi, area)
    keep = (distance <= 0.0) | reaches_into(distance, hi[:, 2], lowest)
    return soup if bool(keep.all()) else soup.taken(keep)

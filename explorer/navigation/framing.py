"""Standing where a box fills the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.geo.camera import Camera

LEVEL_PITCH_DEG = -10.0
"""Above this pitch one would look along the streets and see only the first houses. [degrees]"""
FRAMING_PITCH_DEG = -35.0


def frame_bounds(
    camera: Camera,
    lo: Sequence[float] | NDArray[np.float64],
    hi: Sequence[float] | NDArray[np.float64],
    *,
    pitch_deg: float | None = None,
    margin: float = 0.08,
    min_distance: float = 10.0,
) -> Camera:
    """The camera moved so that the box from `lo` to `hi` just fits the picture, whatever its aspect.

    Heading and lens stay. The pitch stays too if it looks down by 10° or more, otherwise it becomes -35°.

    Parameters
    ----------
    lo, hi
        Opposite corners of the box in the world. [m]
    pitch_deg
        Pitch to look with. [degrees]
    margin
        Share of the picture left free on each side. [-]
    min_distance
        Closest distance to the box's centre. [m]

    Notes
    -----
    With the corners in the camera's axes (x right, y up, z forward, from the box's centre) a corner is inside the
    horizontal planes if ``|x - ox| <= (d + z) tan_x``; both planes touching gives offset and distance in closed form,
    the same for the vertical ones, and the greater distance is taken.
    """
    if pitch_deg is None:
        pitch_deg = camera.pitch_deg if camera.pitch_deg <= LEVEL_PITCH_DEG else FRAMING_PITCH_DEG
    turned = replace(camera, pitch_deg=pitch_deg)
    low, high = np.minimum(lo, hi).astype(np.float64), np.maximum(lo, hi).astype(np.float64)
    centre = (low + high) / 2.0
    corners = np.array(list(product(*zip(low, high, strict=True)))) - centre
    axes = np.stack([turned.right, turned.up, turned.forward])
    x, y, z = axes @ corners.T
    tan_x, tan_y = (tangent * (1.0 - 2.0 * margin) for tangent in turned.tan_half_fov)
    right, left = np.max(x / tan_x - z), np.max(-x / tan_x - z)
    top, bottom = np.max(y / tan_y - z), np.max(-y / tan_y - z)
    distance = max((right + left) / 2.0, (top + bottom) / 2.0, float(-z.min()) + turned.near, min_distance)
    offset = np.array([tan_x * (right - left) / 2.0, tan_y * (top - bottom) / 2.0, -distance])
    position = centre + offset @ axes
    return replace(turned, position=(float(position[0]), float(position[1]), float(position[2])))

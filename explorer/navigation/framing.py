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
    """The camera moved so that the box from `lo` to `hi` (3,) [m] just fits the picture, whatever its aspect.

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

    """
    low, high = np.minimum(lo, hi).astype(np.float64), np.maximum(lo, hi).astype(np.float64)
    corners = np.array(list(product(*zip(low, high, strict=True))))
    return frame_points(camera, corners, pitch_deg=pitch_deg, margin=margin, min_distance=min_distance)


def frame_points(
    camera: Camera,
    points: NDArray[np.float64],
    *,
    pitch_deg: float | None = None,
    margin: float = 0.08,
    min_distance: float = 10.0,
) -> Camera:
    """The camera moved so that all points (n, 3) of the world just fit the picture, in its middle.

    Parameters as in `frame_bounds`.

    Notes
    -----
    With the points in the camera's axes (x right, y up, z forward, from their middle) a point is inside the
    horizontal planes if ``|x - ox| <= (d + z) tan_x``; both planes touching gives the distance in closed form, the same
    for the vertical ones, and the greater distance is taken. The axis that has room left is then centred in pixels.
    """
    if pitch_deg is None:
        pitch_deg = camera.pitch_deg if camera.pitch_deg <= LEVEL_PITCH_DEG else FRAMING_PITCH_DEG
    turned = replace(camera, pitch_deg=pitch_deg)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    axes = np.stack([turned.right, turned.up, turned.forward])
    x, y, z = axes @ (points - centre).T
    tan_x, tan_y = (tangent * (1.0 - 2.0 * margin) for tangent in turned.tan_half_fov)
    spans = [(np.max(v / tan - z) + np.max(-v / tan - z)) / 2.0 for v, tan in ((x, tan_x), (y, tan_y))]
    distance = float(max(*spans, float(-z.min()) + turned.near, min_distance))
    offset = np.array([_centred(x, distance + z), _centred(y, distance + z), -distance])
    position = centre + offset @ axes
    return replace(turned, position=(float(position[0]), float(position[1]), float(position[2])))


def _centred(across: NDArray[np.float64], depth: NDArray[np.float64]) -> float:
    """The offset from which the outermost of `across` are seen equally far from the middle, by halving. [m]"""
    low, high = float(across.min()), float(across.max())
    for _step in range(48):
        middle = (low + high) / 2.0
        seen = (across - middle) / depth
        if seen.max() + seen.min() > 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0

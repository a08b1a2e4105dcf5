"""Standing where a box fills the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.geo.camera import Camera

LEVEL_PITCH_DEG = -10.0
"""Above this pitch one would look along the streets and see only the first houses. [degrees]"""
FRAMING_PITCH_DEG = -35.0
CLOSEST_M = 3.5
"""From which all of a place is shown at least: some who try the program open a model of a metre. [m]"""
_MOST_COVERED = 0.8


class Sides(NamedTuple):
    """Shares of a picture along its edges. [-]"""

    left: float = 0.0
    bottom: float = 0.0
    right: float = 0.0
    top: float = 0.0


NOTHING_COVERED = Sides()


def frame_bounds(
    camera: Camera,
    lo: Sequence[float] | NDArray[np.float64],
    hi: Sequence[float] | NDArray[np.float64],
    *,
    pitch_deg: float | None = None,
    margin: float = 0.08,
    covered: Sides = NOTHING_COVERED,
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
    covered
        Shares of the picture that something lies over, panels of a window: the rest is fitted. [-]
    min_distance
        Closest distance to the box's centre. [m]

    """
    low, high = np.minimum(lo, hi).astype(np.float64), np.maximum(lo, hi).astype(np.float64)
    corners = np.array(list(product(*zip(low, high, strict=True))))
    return frame_points(camera, corners, pitch_deg=pitch_deg, margin=margin, covered=covered, min_distance=min_distance)


def frame_points(
    camera: Camera,
    points: NDArray[np.float64],
    *,
    pitch_deg: float | None = None,
    margin: float = 0.08,
    covered: Sides = NOTHING_COVERED,
    min_distance: float = 10.0,
) -> Camera:
    """The camera moved so that all points (n, 3) of the world just fit the picture, in the middle of what is free.

    Parameters as in `frame_bounds`.

    Notes
    -----
    With the points in the camera's axes (x right, y up, z forward, from their middle) a point is between the free
    part's left and right edges, whose tangents are a and b, if ``a (d + z) <= x - ox <= b (d + z)``; both edges touched
    gives the distance d in closed form, the same for the upper and the lower one, and the greater distance is taken.
    The axis that has room left is then centred in pixels.
    """
    if pitch_deg is None:
        pitch_deg = camera.pitch_deg if camera.pitch_deg <= LEVEL_PITCH_DEG else FRAMING_PITCH_DEG
    turned = replace(camera, pitch_deg=pitch_deg)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    axes = np.stack([turned.right, turned.up, turned.forward])
    x, y, z = axes @ (points - centre).T
    tan_x, tan_y = turned.tan_half_fov
    edges_x = _edges(tan_x, covered.left + margin, covered.right + margin)
    edges_y = _edges(tan_y, covered.bottom + margin, covered.top + margin)
    spans = [((v - b * z).max() - (v - a * z).min()) / (b - a) for v, (a, b) in ((x, edges_x), (y, edges_y))]
    distance = float(max(*spans, float(-z.min()) + turned.near, min_distance))
    offset = np.array([_centred(x, distance + z, edges_x), _centred(y, distance + z, edges_y), -distance])
    position = centre + offset @ axes
    return replace(turned, position=(float(position[0]), float(position[1]), float(position[2])))


def _edges(tangent: float, low_share: float, high_share: float) -> tuple[float, float]:
    """Tangents of the free part's two edges along an axis; a fifth of the picture stays free whatever covers it."""
    taken = low_share + high_share
    shrink = min(1.0, _MOST_COVERED / taken) if taken > 0.0 else 1.0
    return tangent * (2.0 * low_share * shrink - 1.0), tangent * (1.0 - 2.0 * high_share * shrink)


def _centred(across: NDArray[np.float64], depth: NDArray[np.float64], edges: tuple[float, float]) -> float:
    """The offset from which the outermost of `across` are seen equally far from two edges, by halving. [m]"""
    low, high = float((across - edges[1] * depth).min()), float((across - edges[0] * depth).max())
    for _step in range(48):
        middle = (low + high) / 2.0
        seen = (across - middle) / depth
        if seen.max() + seen.min() > edges[0] + edges[1]:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0

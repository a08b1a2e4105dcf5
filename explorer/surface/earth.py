"""The ground in a section: a surface without a body becomes earth below its line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.geo.cutting import clipped
from explorer.surface.slicing import GRID

FloatArray = NDArray[np.float64]

WATER_DEPTH = 1.2
"""Water is drawn as a band of this depth, a sign for water: data does not say how deep it is. [m]"""
_THINNEST, _THICKEST, _SHARE = 4.0, 25.0, 0.02
"""The earth is drawn so far below the lowest ground: least, most, and as a share of the profile's length. [m]"""
_NO_FLOOR = -9e4
"""Faces that reach farther down have no floor. [m]"""
_GAP = 2.0
"""Gaps in the ground narrower than this are how surveys meet; wider ones are filled below buildings alone. [m]"""


def earth_below(segments: FloatArray, on_water: NDArray[np.bool_], buildings: Any, outline: Any) -> tuple[Any, Any]:
    """Earth and water below a profile, as shapely geometries.

    Parameters
    ----------
    segments
        (k, 2, 2) pieces of the ground along a face's right and up. [m]
    on_water
        (k,) which of them are water.
    buildings
        Area of what stands in the ground: no earth is there, and the ground below it is made up from that beside it.
    outline
        The face's, or None.
    """
    nothing = shapely.Polygon()
    keep = np.abs(segments[:, 0, 0] - segments[:, 1, 0]) > GRID / 10.0
    segments, on_water = segments[keep], on_water[keep]
    if not len(segments):
        return nothing, nothing
    segments = np.where(segments[:, :1, :1] > segments[:, 1:, :1], segments[:, ::-1], segments)
    bottom = _bottom(segments, outline)
    below = _filled_gaps(segments, buildings)
    earth = _quads(np.concatenate([segments, below]), bottom)
    water = nothing
    if on_water.any():
        wet = segments[on_water]
        water = shapely.union_all(_shapes(wet, wet[:, :, 1] - WATER_DEPTH))
        dry = np.concatenate([segments[~on_water], below])
        if len(dry):  # a bridge's ramp or a quay that reaches below the water's line stays earth
            water = shapely.difference(water, _quads(dry, bottom))
    earth = shapely.difference(shapely.difference(earth, water), buildings)
    return earth, shapely.difference(water, buildings)


def _bottom(segments: FloatArray, outline: Any) -> float:
    """Where the earth ends. [m]"""
    u = segments[:, :, 0]
    depth = min(max(_SHARE * float(u.max() - u.min()), _THINNEST), _THICKEST)
    bottom = float(segments[:, :, 1].min()) - depth
    floor = -math.inf if outline is None else float(outline.bounds[1])
    return floor if floor > _NO_FLOOR else bottom  # who gives a floor sees the earth down to it


def _shapes(segments: FloatArray, bottom: FloatArray | float) -> Any:
    low = segments[:, ::-1].copy()
    low[:, :, 1] = bottom if isinstance(bottom, float) else bottom[:, ::-1]
    return shapely.make_valid(shapely.polygons(np.concatenate([segments, low], axis=1)))


def _quads(segments: FloatArray, bottom: float) -> Any:
    high = np.maximum(segments[:, :, 1], bottom)
    segments = np.stack([segments[:, :, 0], high], axis=-1)
    return shapely.union_all(_shapes(segments, bottom), grid_size=GRID)


def _filled_gaps(segments: FloatArray, buildings: Any) -> FloatArray:
    """Straight ground across gaps that are narrow, or that a building stands in."""
    order = np.argsort(segments[:, 0, 0], kind="stable")
    start, end = segments[order, 0], segments[order, 1]
    reach = np.maximum.accumulate(end[:, 0])
    last = np.maximum.accumulate(np.where(end[:, 0] >= reach, np.arange(len(end)), 0))
    gaps = np.flatnonzero(start[1:, 0] > reach[:-1] + GRID)
    found = np.stack([end[last[gaps]], start[gaps + 1]], axis=1)
    if not len(found):
        return np.zeros((0, 2, 2))
    width = found[:, 1, 0] - found[:, 0, 0]
    is_built = np.zeros(len(found), bool)
    if not buildings.is_empty:
        for part in shapely.get_parts(buildings):
            lo, _v, hi, _w = part.bounds
            is_built |= (np.minimum(hi, found[:, 1, 0]) - np.maximum(lo, found[:, 0, 0])) > 0.3 * width
    return np.asarray(found[(width < _GAP) | is_built])


def sheet_below(corners: FloatArray, upwards: float) -> Any:
    """Where ground (m, 3, 3), along a level face's right, up and normal, lies above it: earth, seen in plan.

    `upwards`: 1 where the normal rises, else -1.
    """
    heights = corners[:, :, 2] * upwards
    is_above = heights > 0.0
    whole = shapely.polygons(corners[is_above.all(axis=1)][:, :, :2])
    met = np.flatnonzero(is_above.any(axis=1) & ~is_above.all(axis=1))
    rings = [clipped(corners[i, :, :2], -heights[i]) for i in met.tolist()]
    parts = np.array([shapely.Polygon(ring) for ring in rings if len(ring) >= 3], dtype=object)
    # without a grid: much faster, and the triangles of a ground hardly overlap
    return shapely.union_all(shapely.make_valid(np.concatenate([whole, parts])))

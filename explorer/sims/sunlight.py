"""Direct sunlight at points: hours of it over a day, and shade at one instant.

Pure geometry: a point is in the sun when the sun stands above the horizon and the way to it is free. Clouds, the
sun's width (half a degree), and light through leaves or glass are left out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Occluded = Callable[[FloatArray, FloatArray], BoolArray]
"""`occluded(origins (n, 3), directions (n, 3)) -> (n,)`: whether anything stands in the way of each ray."""

METHOD = "Ray casting to the centre of the sun's disc"
BATCH = 1 << 18
"""Rays asked at once; memory alone depends on it, since every ray is answered by itself."""


def sun_hours(
    occluded: Occluded,
    positions: FloatArray,
    normals: FloatArray | None,
    vectors: FloatArray,
    minutes: FloatArray,
    *,
    report: Callable[[float], None] | None = None,
    batch: int = BATCH,
) -> FloatArray:
    """Hours of direct sun at each point: the steps in which the sun is up, before the surface, and not hidden.

    Parameters
    ----------
    occluded
        What blocks a ray; asked only about rays that could count.
    positions : shape (n, 3)
        Points in the world, slightly off the surface they belong to. NaN: no surface here. [m]
    normals : shape (n, 3) or None
        Outward unit normals of facades; None for open ground, which sees the whole sky.
    vectors : shape (k, 3)
        Unit vectors to the sun in the world, with apparent elevation (`sun_vectors`).
    minutes : shape (k,)
        Length of each step. [min]
    report
        Called with the fraction done after each step; may raise to stop.
    batch
        Most rays asked at once.

    Returns
    -------
    hours : shape (n,), float64
        NaN where there is no surface. The same for every way of splitting the points. [h]
    """
    known = _known(positions)
    total = np.zeros(len(positions))
    up = np.flatnonzero(vectors[:, 2] > 0.0)
    for done, step in enumerate(up):
        lit = _lit(occluded, positions, normals, known, vectors[step], batch)
        total[lit] += minutes[step]
        if report is not None:
            report((done + 1) / len(up))
    return np.where(known, total / 60.0, np.nan)


def shadow_mask(
    occluded: Occluded, positions: FloatArray, normals: FloatArray | None, vector: FloatArray
) -> FloatArray:
    """1 where a point lies in shade, 0 where the sun reaches it, NaN where there is no surface; shape (n,), float64.

    Arguments as for `sun_hours`; `vector` (3,) leads to the sun. After sunset everything lies in shade.
    """
    known = _known(positions)
    if vector[2] <= 0.0:
        return np.where(known, 1.0, np.nan)
    lit = _lit(occluded, positions, normals, known, vector)
    return np.where(known, np.where(lit, 0.0, 1.0), np.nan)


def _known(positions: FloatArray) -> BoolArray:
    return np.asarray(np.isfinite(positions).all(axis=1), dtype=np.bool_)


def _lit(
    occluded: Occluded,
    positions: FloatArray,
    normals: FloatArray | None,
    known: BoolArray,
    vector: FloatArray,
    batch: int = BATCH,
) -> BoolArray:
    """Which points the sun at `vector` reaches, shape (n,)."""
    candidates = known if normals is None else known & (normals @ vector > 0.0)
    rows = np.flatnonzero(candidates)
    lit = np.zeros(len(positions), dtype=np.bool_)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        directions = np.ascontiguousarray(np.broadcast_to(vector, (len(part), 3)))
        lit[part] = ~occluded(positions[part], directions)
    return lit

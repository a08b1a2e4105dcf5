"""Measures of polygons and triangles in a plane, for the triangulation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def following_corners(ring: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the next corner along each corner's ring. `ring` (n,) is sorted."""
    n = len(ring)
    following = np.arange(1, n + 1)
    if n == 0:
        return following
    last = np.append(ring[1:] != ring[:-1], True)
    first = np.append(True, ring[1:] != ring[:-1])
    following[last] = np.flatnonzero(first)
    return following


def doubled_areas(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.float64]:
    """Twice the signed areas of triangles (m, 3) of points (n, 2): (m,)."""
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    areas: NDArray[np.float64] = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return areas


def polygon_area(points: NDArray[np.float64], ends: NDArray[np.uint32]) -> float:
    """Area of an outline less its holes (n, 2). [m²]"""
    following = np.arange(1, len(points) + 1)
    starts = np.concatenate(([0], ends[:-1])).astype(np.int64)
    following[ends.astype(np.int64) - 1] = starts
    cross = points[:, 0] * points[following, 1] - points[:, 1] * points[following, 0]
    areas = np.abs(np.add.reduceat(cross, starts)) * 0.5
    return float(areas[0] - areas[1:].sum())


def snap_to(
    solid: NDArray[np.float64],
    flat: NDArray[np.float64],
    points: NDArray[np.float64],
    local: NDArray[np.float64],
    drop: int,
) -> None:
    """Give corners that the repair kept their own height back, where the polygon was not quite planar."""
    distance = np.abs(flat[:, None, :] - local[None, :, :]).sum(axis=2)
    nearest = np.argmin(distance, axis=1)
    same = distance[np.arange(len(flat)), nearest] < 1e-9
    solid[same, drop] = points[nearest[same], drop]

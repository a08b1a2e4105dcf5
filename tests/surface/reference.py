"""Rays against triangles in float64, one by one: what the fast way must agree with.

Möller and Trumbore, "Fast, minimum storage ray-triangle intersection", Journal of Graphics Tools 2(1), 1997.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def first_hit(origins: FloatArray, directions: FloatArray, triangles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distance to the first triangle (n,), inf for none; and how narrowly the decision was made (n,).

    The narrowness is the smallest distance [m, roughly] of any ray from an edge of a triangle it meets the plane of: a
    ray within rounding of an edge may be decided either way.
    """
    nearest = np.full(len(origins), np.inf)
    narrow = np.full(len(origins), np.inf)
    for a, b, c in triangles:
        ab, ac = b - a, c - a
        p = np.cross(directions, ac)
        determinant = p @ ab
        with np.errstate(divide="ignore", invalid="ignore"):
            s = origins - a
            u = np.einsum("ij,ij->i", s, p) / determinant
            q = np.cross(s, ab)
            v = np.einsum("ij,ij->i", directions, q) / determinant
            t = (q @ ac) / determinant
        hit = (determinant != 0.0) & (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (t >= 0.0)
        nearest[hit] = np.minimum(nearest[hit], t[hit])
        size = min(np.linalg.norm(ab), np.linalg.norm(ac), np.linalg.norm(b - c))
        margin = np.nanmin(np.abs([u, v, 1.0 - u - v]), axis=0) * size
        narrow = np.fmin(narrow, np.where(t >= -0.01, np.maximum(margin, 0.0), np.inf))
        narrow = np.fmin(narrow, np.abs(t))
    return nearest, narrow

"""Small cities of triangles for walkers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def slab(x0: float, y0: float, x1: float, y1: float, z: float = 0.0, rise: float = 0.0) -> FloatArray:
    """A rectangle of two triangles, level at z, or rising eastwards by `rise` in all."""
    a, b, c, d = [x0, y0, z], [x1, y0, z + rise], [x1, y1, z + rise], [x0, y1, z]
    return np.array([[a, b, c], [a, c, d]])


def wall(ax: float, ay: float, bx: float, by: float, low: float, high: float) -> FloatArray:
    """An upright rectangle over a line."""
    a, b, c, d = [ax, ay, low], [bx, by, low], [bx, by, high], [ax, ay, high]
    return np.array([[a, b, c], [a, c, d]])


def block(x0: float, y0: float, x1: float, y1: float, low: float, high: float) -> FloatArray:
    """Four walls and a lid."""
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    sides = [wall(*ring[i], *ring[(i + 1) % 4], low, high) for i in range(4)]
    return np.concatenate([*sides, slab(x0, y0, x1, y1, high)])

"""Boxes around each of many triangles or lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def extents(
    positions: NDArray[np.float32], corners: NDArray[np.unsignedinteger]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least and greatest coordinates, (3, m), of what has these rows of `positions` (n, 3) for corners, (m, 2 or 3).

    Axis by axis: numpy takes several times as long to find the least of three along an axis of three.
    """
    columns = [np.ascontiguousarray(corners[:, k]) for k in range(corners.shape[1])]
    least, greatest = np.empty((3, len(corners)), np.float32), np.empty((3, len(corners)), np.float32)
    for axis in range(3):
        values = np.ascontiguousarray(positions[:, axis])
        first, second, *more = [values.take(column) for column in columns]
        np.minimum(first, second, out=least[axis])
        np.maximum(first, second, out=greatest[axis])
        for other in more:
            np.minimum(least[axis], other, out=least[axis])
            np.maximum(greatest[axis], other, out=greatest[axis])
    return least, greatest

"""The one door to scipy's search trees, loaded when first needed: scipy takes half a second to import."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def search_tree(points: NDArray[np.float64]) -> Any:
    """A k-d tree over points (n, d)."""
    from scipy.spatial import cKDTree

    return cKDTree(points, balanced_tree=False)


def delaunay(points: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Delaunay triangles (m, 3) of points (n, 2); None where they are too few or on one line."""
    from scipy.spatial import Delaunay, QhullError

    try:
        triangles: NDArray[np.int64] = Delaunay(points).simplices.astype(np.int64)
    except (QhullError, ValueError):
        return None
    return triangles

"""A plane polygon with holes into triangles, without new corners."""

from __future__ import annotations

from typing import Any

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray


def triangulated(polygon: Any) -> NDArray[np.float64]:
    """Counter-clockwise triangles (m, 3, 2) of a shapely polygon."""
    rings = [np.asarray(ring.coords)[:-1, :2] for ring in (polygon.exterior, *polygon.interiors)]
    points = np.concatenate(rings).astype(np.float64)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    faces = points[mapbox_earcut.triangulate_float64(points, ends).astype(np.int64).reshape(-1, 3)]
    a, b = faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]
    is_clockwise = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 0.0
    faces[is_clockwise] = faces[is_clockwise][:, ::-1]
    return np.ascontiguousarray(faces)

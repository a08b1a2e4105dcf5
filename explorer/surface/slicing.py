"""Triangles cut by a plane, and the areas that the cut of a solid fills, closed or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FloatArray = NDArray[np.float64]

GRID = 0.001
"""Ends of lines nearer than this are one. [m]"""
_WOUND = 0.45
"""A place that a cut runs around by more than this share of a full turn is inside of the solid."""


def slice_triangles(corners: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Where triangles meet a plane.

    Parameters
    ----------
    corners
        (m, 3, 3) along a face's right, up and normal. [m]

    Returns
    -------
    segments
        (k, 2, 2) along right and up; the solid lies to their left where triangles are wound outwards. [m]
    rows
        (k,) the triangle of each.

    What lies in the plane itself counts as being in front of it. Triangles that share an edge meet the plane in exactly
    the same point of it, whichever way round each has it.
    """
    is_front = corners[:, :, 2] >= 0.0
    rows = np.flatnonzero(is_front.any(axis=1) & ~is_front.all(axis=1))
    met, front = corners[rows], is_front[rows]
    lone_is_front = front.sum(axis=1) == 1
    lone = np.argmax(front == lone_is_front[:, None], axis=1)
    pick = np.arange(len(rows))
    apex, one, two = (met[pick, (lone + i) % 3] for i in range(3))
    ends = np.stack([_crossing(apex, one), _crossing(apex, two)], axis=1)
    # walking so that the outside is on the right: by which side the lone corner is on
    ends[~lone_is_front] = ends[~lone_is_front][:, ::-1]
    return ends, rows


def _crossing(a: FloatArray, b: FloatArray) -> FloatArray:
    """Where the way from a to b meets height 0, (k, 2); the same bits for the way back."""
    differs = a != b
    first = np.argmax(differs, axis=1)
    rows = np.arange(len(a))
    is_swapped = a[rows, first] > b[rows, first]
    low, high = np.where(is_swapped[:, None], b, a), np.where(is_swapped[:, None], a, b)
    share = low[:, 2] / (low[:, 2] - high[:, 2])
    return np.asarray(low[:, :2] + share[:, None] * (high[:, :2] - low[:, :2]))


def filled(segments: FloatArray) -> Any:
    """What the cut of a solid fills: a shapely polygon or several, empty where there is no area.

    `segments` (k, 2, 2) as of `slice_triangles`, in any order. Solids that lack a floor or have a gap are closed by the
    straight line between the loose ends of each piece; what still is no ring fills nothing, so that nothing bleeds.
    """
    keep = (np.abs(segments[:, 0] - segments[:, 1]) > GRID / 10.0).any(axis=1)
    segments = segments[keep]
    if len(segments) < 2:
        return shapely.Polygon()
    noded = shapely.union_all(shapely.linestrings(segments), grid_size=GRID)
    pieces = [np.asarray(line.coords) for line in shapely.get_parts(noded)]
    missing = _closing(pieces)
    if len(missing):
        pieces = [np.asarray(line.coords) for line in shapely.get_parts(
            shapely.union_all([noded, *shapely.linestrings(missing)], grid_size=GRID))]  # fmt: skip
    faces = shapely.get_parts(shapely.polygonize([shapely.LineString(piece) for piece in pieces]))
    faces = faces[shapely.area(faces) > GRID]
    if not len(faces):
        return shapely.Polygon()
    at = shapely.get_coordinates(shapely.point_on_surface(faces))
    whole = np.concatenate([segments, missing])
    is_solid = (np.abs(_winding(at, segments)) > _WOUND) | _is_odd(at, whole)
    return shapely.union_all(faces[is_solid])


def _closing(pieces: list[FloatArray]) -> FloatArray:
    """Straight lines (k, 2, 2) between the loose ends of what hangs together."""
    ends = np.array([[piece[0], piece[-1]] for piece in pieces])
    nodes, number, count = np.unique(
        np.round(ends.reshape(-1, 2) / GRID).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    number = number.reshape(-1, 2)
    loose = np.flatnonzero(count == 1)
    if len(loose) < 2:
        return np.zeros((0, 2, 2))
    graph = coo_array((np.ones(len(number)), (number[:, 0], number[:, 1])), shape=(len(nodes), len(nodes)))
    _n, component = connected_components(graph, directed=False)
    found = []
    for one in np.unique(component[loose]).tolist():
        mine = nodes[loose[component[loose] == one]] * GRID
        mine = mine[np.lexsort((mine[:, 1], mine[:, 0]))]
        found += [mine[i : i + 2] for i in range(0, len(mine) - 1, 2)]
    return np.array(found).reshape(-1, 2, 2)


def _winding(points: FloatArray, segments: FloatArray) -> FloatArray:
    """How often the segments, taken together, run around each point: 1 inside of one solid; with gaps, about that."""
    a = segments[None, :, 0] - points[:, None]
    b = segments[None, :, 1] - points[:, None]
    cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.asarray(np.arctan2(cross, (a * b).sum(axis=-1)).sum(axis=1) / (2.0 * np.pi))


def _is_odd(points: FloatArray, segments: FloatArray) -> NDArray[np.bool_]:
    """Whether a ray to the right meets the segments an odd number of times: for solids that are wound anyhow."""
    a, b = segments[None, :, 0], segments[None, :, 1]
    x, y = points[:, None, 0], points[:, None, 1]
    crosses = (a[..., 1] > y) != (b[..., 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[..., 0] + (y - a[..., 1]) * (b[..., 0] - a[..., 0]) / (b[..., 1] - a[..., 1])
    return np.asarray((crosses & (x < at)).sum(axis=1) % 2 == 1)

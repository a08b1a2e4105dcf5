"""Triangles cut by a plane, and the areas that the cut of a solid fills, closed or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

GRID = 0.001
"""Ends of lines nearer than this are one. [m]"""
_UPRIGHT = 0.3
"""Loose ends that stand less than this beside one another are ends of a wall that is missing. [m]"""
_MOST_LOOSE = 400
"""A cut with more loose ends is of no solid."""
_AT_ONCE = 1_000_000
"""Pairs of points and segments that are looked at together, for memory's sake."""
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
    parts = np.array_split(at, 1 + len(at) * len(whole) // _AT_ONCE)
    is_solid = np.concatenate([_is_solid(some, segments, whole) for some in parts])
    return shapely.union_all(faces[is_solid])


def _is_solid(points: FloatArray, segments: FloatArray, whole: FloatArray) -> NDArray[np.bool_]:
    """Which points are inside; `whole`: the segments and what closes them."""
    is_wound = np.abs(_winding(points, segments)) > _WOUND
    return np.asarray(is_wound | _is_odd(points, whole) | _is_covered(points, segments))


def _closing(pieces: list[FloatArray]) -> FloatArray:
    """Straight lines (k, 2, 2) between loose ends: upright ones for walls that are missing, then floors."""
    ends = np.array([[piece[0], piece[-1]] for piece in pieces])
    nodes, number, count = np.unique(
        np.round(ends.reshape(-1, 2) / GRID).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    number = number.reshape(-1, 2)
    loose = np.flatnonzero(count == 1)
    if not 2 <= len(loose) <= _MOST_LOOSE:
        return np.zeros((0, 2, 2))
    places = np.asarray(nodes * GRID, np.float64)
    walls = _walls(loose, places, _components(number, len(nodes)))
    joined = np.concatenate([number, walls])
    left = np.setdiff1d(loose, walls)
    component = _components(joined, len(nodes))
    found = [places[pair] for pair in walls]
    for one in np.unique(component[left]).tolist():
        mine = places[left[component[left] == one]]
        mine = mine[np.lexsort((mine[:, 1], mine[:, 0]))]
        found += [mine[i : i + 2] for i in range(len(mine) - 1)]  # inner walls end there, too
    return np.array(found).reshape(-1, 2, 2)


def _components(links: NDArray[np.integer[Any]], n: int) -> NDArray[np.int32]:
    from scipy.sparse import coo_array  # a third of a second of imports, which a start does not need
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(n, n))
    _n, component = connected_components(graph, directed=False)
    return np.asarray(component, np.int32)


def _walls(loose: NDArray[np.intp], at: FloatArray, component: NDArray[np.int32]) -> NDArray[np.intp]:
    """Pairs (k, 2) of loose ends of different pieces that stand over one another: houses without party walls."""
    here = at[loose]
    aside = np.abs(here[:, None, 0] - here[None, :, 0])
    apart = aside + 1e-3 * np.abs(here[:, None, 1] - here[None, :, 1])
    can = (aside < _UPRIGHT) & (component[loose][:, None] != component[loose][None, :])
    first, second = np.nonzero(np.triu(can))
    found, used = [], set[int]()
    for i in np.argsort(apart[first, second], kind="stable").tolist():
        a, b = int(first[i]), int(second[i])
        if a not in used and b not in used:
            used |= {a, b}
            found.append((loose[a], loose[b]))
    return np.array(found, np.intp).reshape(-1, 2)


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


def _is_covered(points: FloatArray, segments: FloatArray) -> NDArray[np.bool_]:
    """Whether the first segment upwards of each point has its solid on the point's side: a roof, seen from within."""
    a, b = segments[None, :, 0], segments[None, :, 1]
    x, y = points[:, None, 0], points[:, None, 1]
    crosses = (a[..., 0] > x) != (b[..., 0] > x)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[..., 1] + (x - a[..., 0]) * (b[..., 1] - a[..., 1]) / (b[..., 0] - a[..., 0])
    height = np.where(crosses & (at > y), at, np.inf)
    first = height.argmin(axis=1)
    rows = np.arange(len(points))
    # the solid is to the left: below what leads to the left
    leads_left = segments[first, 1, 0] < segments[first, 0, 0]
    return np.asarray(np.isfinite(height[rows, first]) & leads_left)

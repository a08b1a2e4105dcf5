"""Points to ask at: a regular raster on the ground, regular points on facades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import SimulationError
from explorer.i18n import _
from explorer.surface.rays import LIFT, RayCaster
from explorer.surface.triangles import Area, TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

FACADE_CLASSES = (SurfaceClass.WALL, SurfaceClass.WINDOW, SurfaceClass.DOOR)
STEEP = 0.7
"""A roof or wall triangle counts as facade if its unit normal rises less than this (steeper than 45°)."""
PARTY_WALL = 0.3
"""A facade with another building's wall closer than this in front of it is a party wall and gets no points. [m]"""
OVERHANG = 1.5
"""A wall with its own building's roof over it this far in front, too, stands within: it is no facade. [m]"""
MAX_POINTS = 5_000_000


@dataclass(frozen=True, eq=False)
class FacadeSamples:
    """n points on facades."""

    points: FloatArray
    """(n, 3) in the world, on the facade. [m]"""
    normals: FloatArray
    """(n, 3) unit, outwards."""
    feature_index: NDArray[np.int32]
    """(n,) row of `features`, -1 for none."""
    features: tuple[str, ...]
    areas: FloatArray
    """(n,) area of facade that a point stands for. [m²]"""

    def __len__(self) -> int:
        return len(self.points)

    @property
    def feature_ids(self) -> list[str | None]:
        """The feature id of every point, None for none."""
        return [self.features[i] if i >= 0 else None for i in self.feature_index.tolist()]


def ground_samples(caster: RayCaster, area: Area, resolution: float, *, outdoors_only: bool = True) -> FloatArray:
    """Middles of the cells of a raster on the ground: (rows, cols, 3), row 0 in the north. [m]

    The height is NaN where there is no ground and, with `outdoors_only`, inside buildings. The raster begins at the
    area's north-west corner; its last row and column may reach beyond the area by less than a cell.
    """
    west, south, east, north = area
    # 1e-9: an area of exactly 10 m at 0.1 m must not become 101 columns by rounding
    columns = max(int(np.ceil((east - west) / resolution - 1e-9)), 1)
    rows = max(int(np.ceil((north - south) / resolution - 1e-9)), 1)
    x = west + (np.arange(columns) + 0.5) * resolution
    y = north - (np.arange(rows) + 0.5) * resolution
    points = np.empty((rows, columns, 3))
    points[:, :, 0], points[:, :, 1] = x[None, :], y[:, None]
    flat = points.reshape(-1, 3)
    flat[:, 2] = caster.ground_height(flat[:, :2])
    if outdoors_only:
        known = np.flatnonzero(np.isfinite(flat[:, 2]))
        flat[known[caster.inside_building(flat[known] + [0.0, 0.0, LIFT])], 2] = np.nan
    return points


def facade_samples(caster: RayCaster, area: Area, spacing: float) -> FacadeSamples:
    """Points on the facades in an area, `spacing` apart across and up each of them, at least one a facade.

    A facade is all wall triangles of one feature in one plane (same normal to 1 %, same place to 2 cm). Points below
    the ground, inside a building, or with another wall within 0.3 m in front (party walls) are left out.
    Raises `SimulationError` when there would be more than 5 million.
    """
    soup = _facades(caster.soup, area)
    if not len(soup):
        none = np.zeros((0, 3))
        return FacadeSamples(none, none, np.zeros(0, np.int32), soup.features, np.zeros(0))
    normals = soup.normals
    group, n_groups = _planes(soup, normals)
    first = np.zeros(n_groups, np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    across = np.stack([-normals[first, 1], normals[first, 0], np.zeros(n_groups)], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    up = np.cross(normals[first], across)
    u = np.einsum("mck,mk->mc", soup.positions, across[group])
    v = np.einsum("mck,mk->mc", soup.positions, up[group])
    triangle, uv, weight = _lattice(u, v, group, n_groups, spacing)
    points = _placed(soup, triangle, u, v, uv)
    samples = FacadeSamples(points, normals[triangle], soup.feature_index[triangle], soup.features, weight)
    return _open_to_the_air(caster, samples, area)


def _facades(soup: TriangleSoup, area: Area) -> TriangleSoup:
    near = soup.over(area)
    is_wall = np.isin(near.surface_class, [int(kind) for kind in FACADE_CLASSES])
    return near.taken(is_wall & (np.abs(near.normals[:, 2]) < STEEP))


def _planes(soup: TriangleSoup, normals: FloatArray) -> tuple[NDArray[np.int64], int]:
    """Facade number of every triangle (m,), and how many there are."""
    distance = np.einsum("mk,mk->m", soup.positions.mean(axis=1), normals)
    key = np.column_stack([soup.feature_index, np.round(normals * 100.0), np.round(distance / 0.02)])
    unique, inverse = np.unique(key.astype(np.int64), axis=0, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64), len(unique)


def _lattice(
    u: FloatArray, v: FloatArray, group: NDArray[np.int64], n_groups: int, spacing: float
) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    """Lattice points of each facade that lie in its triangles: triangle (k,), (u, v) (k, 2) and area (k,)."""
    u0, v0 = np.full(n_groups, np.inf), np.full(n_groups, np.inf)
    np.minimum.at(u0, group, u.min(axis=1))
    np.minimum.at(v0, group, v.min(axis=1))
    columns, column0 = _lattice_range(u, u0[group], spacing)
    rows, row0 = _lattice_range(v, v0[group], spacing)
    count = columns * rows
    if count.sum() > MAX_POINTS:
        raise SimulationError(
            _("The facades here would get {n:,} points, more than {most:,}: choose a coarser resolution.").format(
                n=int(count.sum()), most=MAX_POINTS
            )
        )
    triangle = np.repeat(np.arange(len(group)), count)
    within = np.arange(len(triangle)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(within, np.maximum(columns[triangle], 1))
    i, j = column0[triangle] + column, row0[triangle] + row
    uv = np.column_stack([u0[group[triangle]] + (i + 0.5) * spacing, v0[group[triangle]] + (j + 0.5) * spacing])
    inside = _contains(u[triangle], v[triangle], uv)
    triangle, uv, i, j = triangle[inside], uv[inside], i[inside], j[inside]
    # a point on the edge between two triangles of a facade counts once
    _keys, once = np.unique(np.column_stack([group[triangle], i, j]), axis=0, return_index=True)
    once.sort()
    triangle, uv = triangle[once], uv[once]
    return _with_small_facades(u, v, group, n_groups, triangle, uv)


def _lattice_range(
    values: FloatArray, start: FloatArray, spacing: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many lattice lines cross triangles, and the first of them."""
    low = np.ceil((values.min(axis=1) - start) / spacing - 0.5 - 1e-9).astype(np.int64)
    high = np.floor((values.max(axis=1) - start) / spacing - 0.5 + 1e-9).astype(np.int64)
    return np.maximum(high - low + 1, 0), low


def _contains(u: FloatArray, v: FloatArray, uv: FloatArray) -> NDArray[np.bool_]:
    """Whether points lie in or on their triangles."""
    sides = []
    for a in range(3):
        b = (a + 1) % 3
        sides.append((u[:, b] - u[:, a]) * (uv[:, 1] - v[:, a]) - (v[:, b] - v[:, a]) * (uv[:, 0] - u[:, a]))
    side = np.stack(sides)
    return np.asarray((side >= -1e-9).all(axis=0) | (side <= 1e-9).all(axis=0))


def _with_small_facades(
    u: FloatArray,
    v: FloatArray,
    group: NDArray[np.int64],
    n_groups: int,
    triangle: NDArray[np.int64],
    uv: FloatArray,
) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    """A facade between the lattice points gets the middle of its largest triangle; every point gets its area."""
    size = np.abs((u[:, 1] - u[:, 0]) * (v[:, 2] - v[:, 0]) - (u[:, 2] - u[:, 0]) * (v[:, 1] - v[:, 0])) / 2.0
    area = np.bincount(group, size, n_groups)
    n_points = np.bincount(group[triangle], minlength=n_groups)
    largest = np.zeros(n_groups, np.int64)
    order = np.argsort(size, kind="stable")
    largest[group[order]] = order
    more = largest[n_points == 0]
    triangle = np.concatenate([triangle, more])
    uv = np.concatenate([uv, np.column_stack([u[more].mean(axis=1), v[more].mean(axis=1)])])
    return triangle, uv, area[group[triangle]] / np.maximum(n_points, 1)[group[triangle]]


def _placed(
    soup: TriangleSoup, triangle: NDArray[np.int64], u: FloatArray, v: FloatArray, uv: FloatArray
) -> FloatArray:
    """World positions of (u, v) on their triangles: exact by barycentric weights."""
    a, b, c = (np.column_stack([u[triangle, k], v[triangle, k]]) for k in range(3))
    whole = _cross(b - a, c - a)
    w_b, w_c = _cross(uv - a, c - a) / whole, _cross(b - a, uv - a) / whole
    first, second, third = (soup.positions[triangle, k] for k in range(3))
    points = first + w_b[:, None] * (second - first) + w_c[:, None] * (third - first)
    return np.asarray(points + np.asarray(soup.origin))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    result: FloatArray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return result


def _open_to_the_air(caster: RayCaster, samples: FacadeSamples, area: Area) -> FacadeSamples:
    points = samples.points + LIFT * samples.normals
    west, south, east, north = area
    keep = (points[:, 0] >= west) & (points[:, 0] <= east) & (points[:, 1] >= south) & (points[:, 1] <= north)
    distances, _rows = caster.first_hit(points, samples.normals)
    keep &= distances > PARTY_WALL
    # an own roof that hangs over is no reason, one that goes on is; a building over the point that is another's is, too
    keep &= ~caster.inside_building(points, own=samples.feature_index)
    covered = np.flatnonzero(keep & caster.inside_building(points, low_room=0.0))
    further = points[covered] + OVERHANG * samples.normals[covered]
    keep[covered[caster.inside_building(further, low_room=0.0)]] = False
    ground = caster.ground_height(points[:, :2])
    keep &= ~(ground > points[:, 2])
    return FacadeSamples(
        samples.points[keep], samples.normals[keep], samples.feature_index[keep], samples.features, samples.areas[keep]
    )

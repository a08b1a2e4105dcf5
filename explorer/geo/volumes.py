"""Bounding volumes of 3D Tiles as oriented boxes: box, region and sphere become one kind of thing. float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.geo.ellipsoid import ecef_from_geodetic

FloatArray = NDArray[np.float64]

_SIGNS = np.array([[x, y, z] for z in (-1.0, 1.0) for y in (-1.0, 1.0) for x in (-1.0, 1.0)])


@dataclass(frozen=True, eq=False)
class OrientedBox:
    """A box in space: centre (3,) and half axes (3, 3), whose ROWS are vectors from the centre to three faces. [m]

    Half axes need not be at right angles: a box brought through an affine map may be sheared.
    """

    centre: FloatArray
    half_axes: FloatArray

    def corners(self) -> FloatArray:
        """The eight corners, shape (8, 3)."""
        return self.centre + _SIGNS @ self.half_axes

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest coordinates of the corners, two arrays (3,)."""
        reach = np.abs(self.half_axes).sum(axis=0)
        return self.centre - reach, self.centre + reach

    def transformed(self, matrix: ArrayLike) -> OrientedBox:
        """The box after a 4x4 affine matrix (column vectors)."""
        m = np.asarray(matrix, dtype=np.float64)
        return OrientedBox(m[:3, :3] @ self.centre + m[:3, 3], self.half_axes @ m[:3, :3].T)

    @property
    def radius(self) -> float:
        """Distance from the centre to the farthest corner."""
        return float(np.linalg.norm(_SIGNS @ self.half_axes, axis=1).max())

    @classmethod
    def from_points(cls, points: ArrayLike) -> OrientedBox:
        """The axis-aligned box around points (n, 3). Raises `ValueError` when there are none."""
        array = np.asarray(points, dtype=np.float64)
        if array.ndim != 2 or len(array) == 0:
            raise ValueError("a box needs at least one point, shape (n, 3)")
        return cls.from_bounds(array.min(axis=0), array.max(axis=0))

    @classmethod
    def from_bounds(cls, lo: ArrayLike, hi: ArrayLike) -> OrientedBox:
        """The axis-aligned box between two corners (3,)."""
        low, high = np.asarray(lo, dtype=np.float64), np.asarray(hi, dtype=np.float64)
        return cls((low + high) / 2.0, np.diag((high - low) / 2.0))

    @classmethod
    def from_tiles_box(cls, numbers: Sequence[float]) -> OrientedBox:
        """From the twelve numbers of 3D Tiles' `boundingVolume.box`. Raises `ValueError` when there are not twelve."""
        array = np.asarray(numbers, dtype=np.float64)
        if array.shape != (12,) or not np.isfinite(array).all():
            raise ValueError("a box needs twelve finite numbers")
        return cls(array[:3].copy(), array[3:].reshape(3, 3).copy())

    def to_list12(self) -> list[float]:
        """The twelve numbers of 3D Tiles' `boundingVolume.box`."""
        return [float(value) for value in np.concatenate([self.centre, self.half_axes.ravel()])]


def sphere_box(numbers: Sequence[float]) -> OrientedBox:
    """The box around 3D Tiles' `boundingVolume.sphere` (x, y, z, radius)."""
    array = np.asarray(numbers, dtype=np.float64)
    if array.shape != (4,) or not np.isfinite(array).all() or array[3] < 0.0:
        raise ValueError("a sphere needs four finite numbers, the radius not negative")
    return OrientedBox(array[:3].copy(), np.eye(3) * array[3])


def region_corners(region: Sequence[float]) -> FloatArray:
    """Points on and in 3D Tiles' `boundingVolume.region`, in ECEF, shape (n, 3): their hull holds its surface's shape.

    The region is west, south, east, north [radians] and least and greatest ellipsoidal height [m]. A 5x5 net at both
    heights is given, not the eight corners alone, because a region bulges between them.
    """
    points: FloatArray = _region_points(_six(region)[None])[0]
    return points


def _six(region: Sequence[float]) -> FloatArray:
    array = np.asarray(region, dtype=np.float64)
    if array.shape != (6,) or not np.isfinite(array).all():
        raise ValueError("a region needs six finite numbers")
    return array


def region_box(region: Sequence[float]) -> OrientedBox:
    """The box around 3D Tiles' `boundingVolume.region`, in ECEF, along east, north and up at its middle.

    Up to a few degrees across it is tight; for continents it is large and safe. Raises `ValueError` when there are not
    six finite numbers.
    """
    centre, half_axes = region_boxes(_six(region)[None])
    return OrientedBox(centre[0], half_axes[0])


def region_boxes(regions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The boxes around many regions (n, 6) of finite numbers: centres (n, 3) and half axes (n, 3, 3), rows, in ECEF."""
    n = len(regions)
    centre, half_axes = np.empty((n, 3)), np.empty((n, 3, 3))
    for start in range(0, n, _REGIONS_AT_ONCE):
        part = slice(start, start + _REGIONS_AT_ONCE)
        centre[part], half_axes[part] = _region_boxes(regions[part])
    return centre, half_axes


_REGIONS_AT_ONCE = 4096
"""50 points each: what is worked on stays near the processor."""


def _region_points(regions: FloatArray) -> FloatArray:
    """5x5 points at both heights of regions (n, 6), in ECEF: (n, 50, 3)."""
    west, south, east, north, low, high = regions.T
    east = np.where(east < west, east + 2.0 * np.pi, east)  # across the date line
    steps = np.linspace(0.0, 1.0, 5)
    grid = np.empty((len(regions), 5, 5, 2, 3))
    grid[..., 0] = np.degrees(west[:, None] + (east - west)[:, None] * steps)[:, :, None, None]
    grid[..., 1] = np.degrees(south[:, None] + (north - south)[:, None] * steps)[:, None, :, None]
    grid[..., 2] = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1)[:, None, None, :]
    return ecef_from_geodetic(grid.reshape(-1, 3)).reshape(len(regions), 50, 3)


def _region_boxes(regions: FloatArray) -> tuple[FloatArray, FloatArray]:
    west, south, east, north = regions[:, :4].T
    east = np.where(east < west, east + 2.0 * np.pi, east)
    points = _region_points(regions)
    axes = east_north_up((west + east) / 2.0, (south + north) / 2.0)
    # along a meridian the arcs have the Earth's radius, along a parallel that of the longest one, so that what lies
    # around a pole is no larger than it is
    widest = np.where(south * north < 0.0, 1.0, np.maximum(np.abs(np.cos(south)), np.abs(np.cos(north))))
    return boxes_around(points, axes, widest * rise(east - west) + rise(north - south))


def boxes_around(points: FloatArray, axes: FloatArray, rises: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes along axes (n, 3, 3) around 5x5 points at two heights of parts of the Earth's surface, (n, 50, 3).

    `rises` (n,): between the points the surface rises by so much of the Earth's radius. Centres and half axes.
    """
    origin = points[:, 24]
    local = (points - origin[:, None]) @ axes.transpose(0, 2, 1)
    least, most = local.min(axis=1), local.max(axis=1)
    half = (most - least) / 2.0 + 6.4e6 * rises[:, None]
    centre = origin + (((least + most) / 2.0)[:, None, :] @ axes)[:, 0]
    return centre, axes * half[:, :, None]


def rise(across: FloatArray) -> FloatArray:
    """How far an arc of a quarter of these angles rises over its chord at most, for a radius of 1."""
    return np.asarray(1.0 - np.cos(np.minimum(np.abs(across) / 8.0, np.pi / 2.0)))


def east_north_up(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """(n, 3, 3) rows: unit vectors east, north and up at longitudes and latitudes [radians], in ECEF."""
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    zero = np.zeros_like(lon)
    east = np.stack([-sin_lon, cos_lon, zero], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return np.stack([east, north, up], axis=1)


def looks_like_ecef(box: OrientedBox) -> bool:
    """Whether a root volume can be in ECEF: near the Earth's surface, or so large that it holds the Earth's middle.

    The ellipsoid's radius lies between 6356.8 and 6378.1 km; mines, mountains and wide boxes whose centre sinks below
    the ground need the margin. Projected coordinates of this length exist (Web Mercator at 57 degrees of longitude
    on the equator): a third axis then holds a height, so all of the length is in two axes and z is small, which ECEF
    knows at the equator alone; such a place must be told by its CRS.
    """
    distance, radius = float(np.linalg.norm(box.centre)), box.radius
    if radius > 5.0e6:
        return True
    sagging = radius * radius / (2.0 * 6.378e6)
    return 6_345_000.0 - sagging - radius <= distance <= 6_390_000.0 + radius and distance > 5.0e6

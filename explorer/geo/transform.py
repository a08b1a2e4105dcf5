"""The exact way between map coordinates and the globe, point by point. For a tile's vertices use `fit`."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.errors import CrsError
from explorer.geo.crs import CompoundCrs, load_crs
from explorer.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from explorer.geo.heights import Route, find_route, horizontal_transformer, horizontal_warning
from explorer.i18n import _

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class MapTransform:
    """Easting, northing, height of one compound CRS to and from ECEF and longitude, latitude. Thread-safe.

    Raises `CrsError` at once when heights could only be guessed.
    """

    def __init__(self, crs: CompoundCrs, *, height_offset: float | None = None) -> None:
        self.crs = crs
        self.height_offset = height_offset
        self.heights: Route = find_route(crs, height_offset)

    def to_geodetic(self, enh: ArrayLike) -> FloatArray:
        """Longitude, latitude [degrees] and ellipsoidal height [m] of map points (n, 3).

        Raises `CrsError` where a point lies outside what the CRS or its grids cover.
        """
        points = _points(enh, 3)
        return self._checked(points, self.heights.to_geodetic(points), _("map position"))

    def from_geodetic(self, lonlath: ArrayLike) -> FloatArray:
        """Map coordinates of longitude, latitude [degrees] and ellipsoidal height [m], shape (n, 3)."""
        points = _points(lonlath, 3)
        return self._checked(points, self.heights.from_geodetic(points), _("longitude, latitude"))

    def to_ecef(self, enh: ArrayLike) -> FloatArray:
        """Earth-centred coordinates of map points (n, 3). [m]"""
        return ecef_from_geodetic(self.to_geodetic(enh))

    def from_ecef(self, xyz: ArrayLike) -> FloatArray:
        """Map coordinates of earth-centred points (n, 3). [m]"""
        return self.from_geodetic(geodetic_from_ecef(_points(xyz, 3)))

    def to_lonlat(self, en: ArrayLike) -> FloatArray:
        """Longitude, latitude [degrees] of eastings, northings (n, 2)."""
        return self.to_geodetic(_with_zero(_points(en, 2)))[:, :2]

    def from_lonlat(self, lonlat: ArrayLike) -> FloatArray:
        """Easting, northing of longitudes, latitudes [degrees] (n, 2). [m]"""
        return self.from_geodetic(_with_zero(_points(lonlat, 2)))[:, :2]

    def area_contains(self, en: ArrayLike) -> BoolArray:
        """Which of the points (n, 2), easting and northing, lie in the area that the CRS is made for.

        A CRS without a stated area contains everything that it can convert.
        """
        points = _points(en, 2)
        lonlat = self._lonlat_or_nan(points)
        finite = np.asarray(np.isfinite(lonlat).all(axis=1), dtype=np.bool_)
        area = load_crs(self.crs.horizontal).area_of_use
        if area is None:
            return finite
        lon, lat = np.where(finite[:, None], lonlat, 0.0).T
        in_lat = (lat >= area.south) & (lat <= area.north)
        if area.west <= area.east:
            in_lon = (lon >= area.west) & (lon <= area.east)
        else:  # across the date line
            in_lon = (lon >= area.west) | (lon <= area.east)
        return np.asarray(finite & in_lat & in_lon)

    def explain_area(self, en: ArrayLike) -> str | None:
        """Why these points (n, 2) do not fit the CRS, in a sentence; None when they do.

        Tells swapped axes from a wrong CRS: if exchanging the two numbers brings the points home, it says so.
        """
        points = _points(en, 2)
        inside = self.area_contains(points)
        if inside.all():
            return None
        first = points[np.flatnonzero(~inside)[0]]
        crs = load_crs(self.crs.horizontal)
        area = crs.area_of_use
        where = area.name.strip(". ") if area is not None else self.crs.horizontal
        values = {"e": first[0], "n": first[1], "crs": self.crs.horizontal, "name": crs.name, "where": where}
        if self.area_contains(points[:, ::-1]).all():
            return _(
                "Easting {e:.1f}, northing {n:.1f} is outside the area of {crs} ({name}: {where}); "
                "with the two exchanged it is inside. The axes seem to be swapped: write easting first."
            ).format(**values)
        if bool((np.abs(points[:, 0]) <= 360.0).all() and (np.abs(points[:, 1]) <= 90.0).all()):
            return _(
                "{e:.6f}, {n:.6f} looks like degrees, but {crs} ({name}) counts in metres. "
                "Say which system the data is in."
            ).format(**values)
        return _(
            "Easting {e:.1f}, northing {n:.1f} is outside the area of {crs} ({name}: {where}). "
            "Check which coordinate system the data is in."
        ).format(**values)

    @property
    def warning(self) -> str | None:
        """A sentence for people when a missing grid makes positions less exact than they could be; else None."""
        return horizontal_warning(self.crs.horizontal)

    @cached_property
    def area_of_use(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the CRS's area of use [degrees]; None if it states none."""
        area = load_crs(self.crs.horizontal).area_of_use
        return None if area is None else (area.west, area.south, area.east, area.north)

    def _lonlat_or_nan(self, en: FloatArray) -> FloatArray:
        # By PROJ in two dimensions: it reaches beyond the height grids, so that swapped axes can be told.
        lon, lat = horizontal_transformer(self.crs.horizontal).transform(en[:, 0], en[:, 1])
        lonlat = np.stack([lon, lat], axis=1)
        return np.where(np.isfinite(lonlat), lonlat, np.nan)

    def _checked(self, given: FloatArray, found: FloatArray, kind: str) -> FloatArray:
        bad = ~np.isfinite(found).all(axis=1)
        if bad.any():
            first = given[np.flatnonzero(bad)[0]]
            raise CrsError(
                _("{kind} {x:.6g}, {y:.6g} is outside what {crs} covers ({heights}).").format(
                    kind=kind[:1].upper() + kind[1:],
                    x=first[0],
                    y=first[1],
                    crs=self.crs.identifier,
                    heights=self.heights.name,
                )
            )
        return np.ascontiguousarray(found)


MOST_STRETCH = 0.02
"""A map that is further from true lengths would spoil every shadow and every area. [-]"""


def stretch(transform: MapTransform, easting: float, northing: float) -> float:
    """How many metres of the map a metre on the ground has at a place, where it has most. [-]

    A city's own map has 0.999 to 1.001 of them; Web Mercator 1.6 in the Netherlands. The world takes lengths across and
    heights for the same metres, so a frame is only good where this is close to 1.
    """
    reach = 50.0
    ends = [(reach, 0.0), (-reach, 0.0), (0.0, reach), (0.0, -reach)]
    west_east_south_north = transform.to_ecef([[easting + e, northing + n, 0.0] for e, n in ends])
    east, north = np.diff(west_east_south_north.reshape(2, 2, 3), axis=1)[:, 0]
    return float(max(2.0 * reach / np.linalg.norm(east), 2.0 * reach / np.linalg.norm(north)))


def _points(values: ArrayLike, width: int) -> FloatArray:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != width:
        raise ValueError(f"expected an array of shape (n, {width}), got {points.shape}")
    return points


def _with_zero(points: FloatArray) -> FloatArray:
    return np.column_stack([points, np.zeros(len(points))])


def extent_of_use(horizontal: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the area that a CRS is for, in its own unit; None where nobody says which that is."""
    area = load_crs(horizontal).area_of_use
    if area is None:
        return None
    found = horizontal_transformer(horizontal).transform_bounds(*area.bounds, direction="INVERSE")
    west, south, east, north = (float(edge) for edge in found)
    return (west, south, east, north) if np.isfinite(found).all() else None

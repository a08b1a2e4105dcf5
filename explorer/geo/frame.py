"""The world frame: a compound CRS and the scene's origin in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.geo.crs import CompoundCrs
from explorer.geo.transform import MapTransform

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class WorldFrame:
    """World coordinates are easting, northing, height in `crs` minus `origin`, in metres, Z up."""

    crs: CompoundCrs
    origin: tuple[float, float, float]
    """Easting, northing, height of the world's zero. [m]"""
    height_offset: float | None = None
    """What somebody typed where no geoid is installed: H_ellipsoidal = H + offset. [m]"""

    def to_map(self, world: ArrayLike) -> FloatArray:
        """Map coordinates of world points (…, 3)."""
        return np.add(np.asarray(world, dtype=np.float64), self.origin, dtype=np.float64)

    def to_world(self, enh: ArrayLike) -> FloatArray:
        """World coordinates of map points (…, 3)."""
        return np.subtract(np.asarray(enh, dtype=np.float64), self.origin, dtype=np.float64)

    @property
    def transform(self) -> MapTransform:
        """The exact way between the map and the globe; shared by all frames of the same CRS."""
        return _map_transform(self.crs, self.height_offset)

    @property
    def lonlat(self) -> tuple[float, float]:
        """Longitude and latitude of the origin. [degrees]"""
        return _lonlat(self)

    @property
    def grid_convergence_deg(self) -> float:
        """Angle at the origin from true north to grid north, clockwise positive. [degrees]

        A direction with true azimuth `a` has the azimuth `a - grid_convergence_deg` on the map.
        """
        return _grid_convergence(self)


@lru_cache(maxsize=32)
def _map_transform(crs: CompoundCrs, height_offset: float | None) -> MapTransform:
    return MapTransform(crs, height_offset=height_offset)


@lru_cache(maxsize=64)
def _lonlat(frame: WorldFrame) -> tuple[float, float]:
    lon, lat = frame.transform.to_lonlat([frame.origin[:2]])[0]
    return float(lon), float(lat)


@lru_cache(maxsize=64)
def _grid_convergence(frame: WorldFrame) -> float:
    # Where the map's north leads on the globe: two points 200 m apart. Better than 1e-5 degrees, for every
    # projection alike, while PROJ's own factors leave out datum changes and need the projection alone.
    easting, northing = frame.origin[:2]
    south, north = frame.transform.to_geodetic([[easting, northing - 100.0, 0.0], [easting, northing + 100.0, 0.0]])
    lat = np.radians((south[1] + north[1]) / 2.0)
    d_lon, d_lat = np.radians(north[0] - south[0]), np.radians(north[1] - south[1])
    # Ratio of the radii of curvature: a degree of longitude and one of latitude are not measured alike.
    e2 = 0.00669437999014
    ratio = (1.0 - e2 * np.sin(lat) ** 2) / (1.0 - e2)
    return float(np.degrees(np.arctan2(d_lon * np.cos(lat) * ratio, d_lat)))

"""The WGS 84 ellipsoid: geocentric (ECEF), geodetic and local east-north-up coordinates. float64 throughout."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SEMI_MAJOR_AXIS = 6_378_137.0
"""WGS 84. [m]"""
FLATTENING = 1.0 / 298.257223563
"""WGS 84. [-]"""
SEMI_MINOR_AXIS = SEMI_MAJOR_AXIS * (1.0 - FLATTENING)
ECCENTRICITY_SQUARED = FLATTENING * (2.0 - FLATTENING)


def ecef_from_geodetic(lonlath: ArrayLike) -> FloatArray:
    """Earth-centred earth-fixed coordinates of longitude, latitude [degrees] and ellipsoidal height [m].

    `lonlath` has shape (n, 3); so has the result. [m]
    """
    points = np.asarray(lonlath, dtype=np.float64)
    lon, lat, height = np.radians(points[..., 0]), np.radians(points[..., 1]), points[..., 2]
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    prime_vertical = SEMI_MAJOR_AXIS / np.sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat**2)
    return np.stack(
        [
            (prime_vertical + height) * cos_lat * np.cos(lon),
            (prime_vertical + height) * cos_lat * np.sin(lon),
            (prime_vertical * (1.0 - ECCENTRICITY_SQUARED) + height) * sin_lat,
        ],
        axis=-1,
    )


def geodetic_from_ecef(xyz: ArrayLike) -> FloatArray:
    """Longitude, latitude [degrees] and ellipsoidal height [m] of ECEF points, shape (n, 3).

    Bowring's start and fixed-point steps on the latitude; within 1e-9 m from 10 km below to 1000 km above the ground.

    References
    ----------
    .. [1] B. R. Bowring, "Transformation from spatial to geographical coordinates", Survey Review XXIII, 1976.
    """
    points = np.asarray(xyz, dtype=np.float64)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    across = np.hypot(x, y)
    second_eccentricity_squared = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED)
    beta = np.arctan2(z * SEMI_MAJOR_AXIS, across * SEMI_MINOR_AXIS)
    lat = np.zeros_like(beta)
    for _step in range(3):
        lat = np.arctan2(
            z + second_eccentricity_squared * SEMI_MINOR_AXIS * np.sin(beta) ** 3,
            across - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS * np.cos(beta) ** 3,
        )
        beta = np.arctan2((1.0 - FLATTENING) * np.sin(lat), np.cos(lat))
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    # This form of the height is stable at the poles and at the equator alike.
    height = across * cos_lat + z * sin_lat - SEMI_MAJOR_AXIS * np.sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat**2)
    return np.stack([np.degrees(np.arctan2(y, x)), np.degrees(lat), height], axis=-1)


def enu_matrix(lon_deg: float, lat_deg: float, height: float = 0.0) -> FloatArray:
    """The 4x4 matrix that brings east-north-up offsets at a place to ECEF; column vectors, metres."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    matrix = np.eye(4)
    matrix[:3, 0] = [-sin_lon, cos_lon, 0.0]
    matrix[:3, 1] = [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat]
    matrix[:3, 2] = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
    matrix[:3, 3] = ecef_from_geodetic([[lon_deg, lat_deg, height]])[0]
    return matrix

"""Reference cases re-derived here, so that they are tested without the shared folder, and makers of obstacles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from explorer.sims import Occluded

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ShadowCase:
    name: str
    box: tuple[float, float, float, float, float]
    azimuth_deg: float
    elevation_deg: float

    @property
    def vector(self) -> FloatArray:
        azimuth, elevation = np.radians(self.azimuth_deg), np.radians(self.elevation_deg)
        return np.array([np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])

    @property
    def tip(self) -> FloatArray:
        """Where the shadow of an upright edge's top falls, from its foot: h / tan(elevation), away from the sun."""
        azimuth = np.radians(self.azimuth_deg)
        length = self.box[4] / np.tan(np.radians(self.elevation_deg))
        return -length * np.array([np.sin(azimuth), np.cos(azimuth)])

    @property
    def area(self) -> float:
        """Area swept by a rectangle w x d moved by the tip (dx, dy), without the rectangle: w |dy| + d |dx|."""
        width, depth = self.box[2] - self.box[0], self.box[3] - self.box[1]
        return float(width * abs(self.tip[1]) + depth * abs(self.tip[0]))


SHADOWS = (
    ShadowCase("SH-1", (0.0, 0.0, 20.0, 10.0, 30.0), 180.0, 45.0),
    ShadowCase("SH-2", (0.0, 0.0, 20.0, 10.0, 30.0), 135.0, 30.0),
    ShadowCase("SH-3", (0.0, 0.0, 15.0, 15.0, 60.0), 225.0, 20.0),
    ShadowCase("SH-4", (0.0, 0.0, 20.0, 10.0, 30.0), 194.34024, 39.888378),
)


@dataclass(frozen=True)
class HoursCase:
    """One long obstruction: the sun counts while it stands higher than the obstruction's profile angle."""

    name: str
    lat: float
    lon: float
    day: date
    zone: str
    wall_azimuth_deg: float
    profile_deg: float
    direct_h: float
    above_horizon_h: float


HOURS = (
    HoursCase("SUNH-1", 51.5074, -0.1278, date(2025, 3, 21), "UTC", 180.0, 25.0, 12.18, 12.18),
    HoursCase("SUNH-2", 51.5074, -0.1278, date(2025, 6, 21), "UTC", 180.0, 70.0, 10.57, 16.57),
    HoursCase("SUNH-3", 60.1699, 24.9384, date(2025, 3, 21), "Etc/GMT-2", 150.0, 28.0, 7.60, 12.25),
    HoursCase("SUNH-4", 51.5074, -0.1278, date(2025, 10, 21), "UTC", 180.0, 25.0, 4.95, 10.27),
    HoursCase("SUNH-5", 41.3874, 2.1686, date(2025, 12, 21), "Etc/GMT-1", 180.0, 25.0, 1.07, 9.13),
    HoursCase("SUNH-6", 51.9244, 4.4777, date(2025, 3, 21), "Etc/GMT-1", 135.0, 30.0, 8.55, 12.20),
)


def endless_wall(azimuth_deg: float, profile_deg: float) -> Occluded:
    """An endless straight obstruction in direction `azimuth_deg`, seen from the ground under `profile_deg`."""
    outward = np.array([np.sin(np.radians(azimuth_deg)), np.cos(np.radians(azimuth_deg))])

    def occluded(origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        towards = directions[:, :2] @ outward
        profile = np.degrees(np.arctan2(directions[:, 2], towards))
        return np.asarray((towards > 0.0) & (profile <= profile_deg))

    return occluded


def nothing(origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
    """The open field."""
    return np.zeros(len(origins), dtype=np.bool_)

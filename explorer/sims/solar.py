"""Where the sun stands: NREL's Solar Position Algorithm, as `pvlib` implements it.

References
----------
.. [1] I. Reda, A. Andreas, "Solar Position Algorithm for Solar Radiation Applications", NREL/TP-560-34302, 2008.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.errors import SimulationError
from explorer.geo import WorldFrame
from explorer.sims.times import day_bounds, to_datetime64

FloatArray = NDArray[np.float64]

METHOD = "NREL SPA (pvlib)"
STANDARD_PRESSURE = 1013.25
"""[hPa]"""
STANDARD_TEMPERATURE = 12.0
"""[°C]"""
REFRACTION_AT_HORIZON = 0.5667
"""Refraction at sunrise and sunset. [degrees]"""


@dataclass(frozen=True, eq=False)
class SolarPosition:
    """Directions to the middle of the sun's disc as seen from one place, arrays (n,)."""

    apparent_elevation_deg: FloatArray
    """Height above the horizon as it is seen, with refraction. [degrees]"""
    elevation_deg: FloatArray
    """The same without an atmosphere. [degrees]"""
    azimuth_deg: FloatArray
    """Clockwise from TRUE north. [degrees]"""


@dataclass(frozen=True)
class SunTimes:
    """When the sun rises, stands highest and sets, in UTC; NaT where it does not (polar day or night)."""

    sunrise: np.datetime64
    transit: np.datetime64
    sunset: np.datetime64


def solar_position(
    times_utc: ArrayLike,
    lat_deg: float,
    lon_deg: float,
    *,
    elevation: float = 0.0,
    pressure: float = STANDARD_PRESSURE,
    temperature: float = STANDARD_TEMPERATURE,
    delta_t: float | None = None,
) -> SolarPosition:
    """Position of the sun to 0.0003 degrees, years -2000 to 6000.

    Parameters
    ----------
    times_utc : shape (n,), datetime64
        Instants in UTC.
    lat_deg, lon_deg
        Place, WGS 84. [degrees]
    elevation
        Height above sea level, for parallax alone. [m]
    pressure, temperature
        Yearly means, for refraction. [hPa, °C]
    delta_t
        Terrestrial time minus universal time; None: by the polynomials of NASA's eclipse pages. [s]

    Raises
    ------
    SimulationError
        The place is not on the Earth.
    """
    _check_place(lat_deg, lon_deg)
    times = np.atleast_1d(np.asarray(times_utc, dtype="datetime64[us]"))
    if times.ndim != 1:
        raise ValueError("times must be one-dimensional")
    if len(times) == 0:
        nothing = np.zeros(0)
        return SolarPosition(nothing, nothing, nothing)
    unix = times.astype(np.int64) / 1e6
    spa = load_spa()
    shift = _delta_t(times, spa) if delta_t is None else np.full(len(times), float(delta_t))
    result = spa.solar_position_numpy(
        unix, lat_deg, lon_deg, elevation, pressure, temperature, shift, REFRACTION_AT_HORIZON, 1
    )
    # pvlib's docstring names the two elevations the other way round; this is the order that it returns.
    _apparent_zenith, _zenith, apparent_elevation, true_elevation, azimuth = (
        np.asarray(row, dtype=np.float64) for row in list(result)[:5]
    )
    return SolarPosition(apparent_elevation, true_elevation, azimuth)


def sun_vectors(position: SolarPosition, grid_convergence_deg: float = 0.0) -> FloatArray:
    """Unit vectors from the ground to the sun in the world, shape (n, 3): easting, northing, height.

    The map's north is not true north: an azimuth on the map is the true one minus `grid_convergence_deg`
    (`WorldFrame.grid_convergence_deg`). Heights above the horizon are the apparent ones.
    """
    azimuth = np.radians(position.azimuth_deg - grid_convergence_deg)
    height = np.radians(position.apparent_elevation_deg)
    return np.stack([np.sin(azimuth) * np.cos(height), np.cos(azimuth) * np.cos(height), np.sin(height)], axis=1)


def sun_direction(frame: WorldFrame, instant_utc: np.datetime64) -> FloatArray:
    """Unit vector to the sun in the world at one instant, at the scene's origin, shape (3,). Below zero: night.

    Takes 3 ms the first time and nothing after that, so it may be asked in every frame.
    """
    return np.array(_direction(frame, instant_utc))


@lru_cache(maxsize=64)
def _direction(frame: WorldFrame, instant_utc: np.datetime64) -> tuple[float, float, float]:
    lon, lat = frame.lonlat
    position = solar_position(np.array([instant_utc], dtype="datetime64[us]"), lat, lon)
    east, north, up = sun_vectors(position, frame.grid_convergence_deg)[0].tolist()
    return east, north, up


def sunrise_sunset(
    day: date, lat_deg: float, lon_deg: float, time_zone: str = "UTC", *, delta_t: float | None = None
) -> SunTimes:
    """Sunrise, transit and sunset of a civil day: those that belong to the transit within that day.

    Rise and set are when the middle of the disc is 0.8333 degrees below the horizon, as in the NREL report.
    """
    _check_place(lat_deg, lon_deg)
    spa = load_spa()
    start, end = (to_datetime64(instant) for instant in day_bounds(day, time_zone))
    days = np.array([day + timedelta(days=shift) for shift in (-1, 0, 1)], dtype="datetime64[D]")
    unix = days.astype("datetime64[s]").astype(np.float64)
    shift = _delta_t(days.astype("datetime64[us]"), spa) if delta_t is None else np.full(3, float(delta_t))
    with np.errstate(invalid="ignore"):
        transits, rises, sets = spa.transit_sunrise_sunset(unix, lat_deg, lon_deg, shift, 1)
    transits = _instants(transits)
    within = np.flatnonzero((transits >= start) & (transits < end))
    which = int(within[0]) if len(within) else 1
    return SunTimes(_instants(rises)[which], transits[which], _instants(sets)[which])


_NEEDED = ("solar_position_numpy", "transit_sunrise_sunset", "calculate_deltat")


@lru_cache(maxsize=1)
def load_spa() -> Any:
    """pvlib's `spa` module, which needs numpy alone.

    Taken as one file, because `import pvlib` imports pandas and scipy and costs most of a second; where a future
    version no longer allows that, the ordinary import is used.
    """
    package = importlib.util.find_spec("pvlib")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "spa.py"
        spec = importlib.util.spec_from_file_location("citiverse_spa", path) if path.is_file() else None
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except ImportError:
            break
        if all(hasattr(module, name) for name in _NEEDED):
            sys.modules[spec.name] = module
            return module
    from pvlib import spa

    return spa


def _instants(unix: FloatArray) -> NDArray[np.datetime64]:
    known = np.isfinite(unix)
    microseconds = np.round(np.where(known, unix, 0.0) * 1e6).astype(np.int64)
    return np.where(known, microseconds.astype("datetime64[us]"), np.datetime64("NaT", "us"))


def _delta_t(times: NDArray[np.datetime64], spa: Any) -> FloatArray:
    months = times.astype("datetime64[M]").astype(np.int64)
    return np.asarray(spa.calculate_deltat(1970 + months // 12, months % 12 + 1), dtype=np.float64)


def _check_place(lat_deg: float, lon_deg: float) -> None:
    if not (-90.0 <= lat_deg <= 90.0 and -360.0 <= lon_deg <= 360.0):
        raise SimulationError(f"Latitude {lat_deg}, longitude {lon_deg} is not a place on the Earth.")

"""The time zone of a place, by its IANA name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _finder() -> Any:
    from timezonefinder import TimezoneFinder

    return TimezoneFinder(in_memory=False)


@lru_cache(maxsize=256)
def time_zone_at(lon_deg: float, lat_deg: float) -> str:
    """IANA name of the time zone at a place, such as "Europe/Amsterdam"; "Etc/GMT…" at sea, "UTC" as a last resort."""
    lon = (lon_deg + 180.0) % 360.0 - 180.0
    lat = min(max(lat_deg, -90.0), 90.0)
    found = _finder().timezone_at(lng=lon, lat=lat)
    return str(found) if found else "UTC"

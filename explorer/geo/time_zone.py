"""The time zone of a place, by its IANA name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _finder() -> Any:
    with _without_numba():
        from timezonefinder import TimezoneFinder
    return TimezoneFinder(in_memory=False)


@contextmanager
def _without_numba() -> Iterator[None]:
    """timezonefinder compiles itself with numba where that is installed: a second, to find a handful of places.

    Its other way, in C, is there at once. Where numba is loaded already it is left alone.
    """
    if "numba" in sys.modules:
        yield
        return
    sys.modules["numba"] = None  # type: ignore[assignment]  # importing it now fails, as if it were not installed
    try:
        yield
    finally:
        sys.modules.pop("numba", None)


@lru_cache(maxsize=256)
def time_zone_at(lon_deg: float, lat_deg: float) -> str:
    """IANA name of the time zone at a place, such as "Europe/Amsterdam"; "Etc/GMT…" at sea, "UTC" as a last resort."""
    lon = (lon_deg + 180.0) % 360.0 - 180.0
    lat = min(max(lat_deg, -90.0), 90.0)
    found = _finder().timezone_at(lng=lon, lat=lat)
    return str(found) if found else "UTC"

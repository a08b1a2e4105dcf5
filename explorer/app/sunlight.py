"""The sun over a place at the scene's local date and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from explorer.app.places import Place
from explorer.sims import local_instant, sun_direction, sunrise_sunset


@dataclass(frozen=True)
class SunNow:
    """Where the sun stands."""

    direction: NDArray[np.float64]
    """Unit vector to the sun in the world."""
    elevation_deg: float


def sun_now(place: Place, day: str, minute: float) -> SunNow:
    """The sun at a local date (ISO) and minute after midnight."""
    direction = sun_direction(place.frame, local_instant(date.fromisoformat(day), minute, place.time_zone))
    return SunNow(direction, float(np.degrees(np.arcsin(np.clip(direction[2], -1.0, 1.0)))))


def sun_times(place: Place, day: str) -> tuple[float | None, float | None]:
    """Local minutes after midnight of sunrise and sunset; None where the sun does not rise or set."""
    lon, lat = place.frame.lonlat
    times = sunrise_sunset(date.fromisoformat(day), lat, lon, place.time_zone)
    zone = ZoneInfo(place.time_zone)

    def minute(instant: np.datetime64) -> float | None:
        if np.isnat(instant):
            return None
        local = datetime.fromtimestamp(int(instant.astype("datetime64[s]").astype(np.int64)), UTC).astimezone(zone)
        return local.hour * 60.0 + local.minute + local.second / 60.0

    return minute(times.sunrise), minute(times.sunset)

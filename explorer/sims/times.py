"""A civil day in steps: from local midnight to local midnight, with the hours that summer time adds or takes away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from explorer.errors import SimulationError


@dataclass(frozen=True, eq=False)
class DayTimes:
    """The steps of one day. Each step is represented by its middle, so that sums over the day are not shifted."""

    utc: NDArray[np.datetime64]
    """(n,) datetime64[us], the middle of each step."""
    minutes: NDArray[np.float64]
    """(n,) length of each step; they add up to the day: 1380, 1440 or 1500. [min]"""


def load_zone(time_zone: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises `SimulationError` when it is unknown."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SimulationError(
            f"The time zone '{time_zone}' is not known. Use an IANA name such as Europe/Amsterdam."
        ) from error


def day_bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """First and last instant of a civil day, in UTC. Raises `SimulationError` for an unknown time zone or year."""
    zone = load_zone(time_zone)
    _check_year(day)
    start = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    return start, end


def local_instant(day: date, minute_of_day: float, time_zone: str) -> np.datetime64:
    """The instant when a clock on the wall shows `minute_of_day` minutes after midnight, in UTC.

    An hour that the clock skips is read as if it had not been put forward yet; of an hour that comes twice, the
    first is meant.
    """
    zone = load_zone(time_zone)
    _check_year(day)
    wall = datetime.combine(day, time()) + timedelta(minutes=float(minute_of_day))
    return to_datetime64(wall.replace(tzinfo=zone, fold=0).astimezone(UTC))


def local_times(day: date, time_zone: str, step_minutes: float = 10.0) -> DayTimes:
    """Steps of `step_minutes` over one civil day of a time zone; the last one is shorter if they do not fill the day.

    Raises `SimulationError` for an unknown time zone or a step outside 0.1 to 240 minutes.
    """
    if not 0.1 <= step_minutes <= 240.0:
        raise SimulationError(f"The time step is {step_minutes:g} minutes; choose between 0.1 and 240.")
    start, end = day_bounds(day, time_zone)
    total = (end - start).total_seconds() / 60.0
    if total <= 0.0:  # Samoa and Tokelau slept through 30 December 2011 when they crossed the date line
        raise SimulationError(f"{day.isoformat()} did not happen in {time_zone}: the date line was moved across it.")
    edges = np.append(np.arange(0.0, total - 1e-9, step_minutes), total)
    middles = (edges[:-1] + edges[1:]) / 2.0
    utc = to_datetime64(start) + np.round(middles * 60e6).astype("timedelta64[us]")
    return DayTimes(utc, np.diff(edges))


def _check_year(day: date) -> None:
    """The first and the last year that a calendar date can have end within what Python's dates reach."""
    if not date.min.year < day.year < date.max.year:
        raise SimulationError(f"The sun cannot be worked out for the year {day.year}.")


def to_datetime64(instant: datetime) -> np.datetime64:
    """numpy's form of an aware instant, in UTC and microseconds."""
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")

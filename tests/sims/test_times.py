"""Civil days in steps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from explorer.errors import SimulationError
from explorer.sims import local_instant, local_times


@pytest.mark.parametrize(
    ("day", "hours", "first"),
    [
        (date(2025, 7, 1), 24, "2025-06-30T22:00"),
        (date(2025, 3, 30), 23, "2025-03-29T23:00"),
        (date(2025, 10, 26), 25, "2025-10-25T22:00"),
        (date(2025, 1, 1), 24, "2024-12-31T23:00"),
    ],
)
def test_a_day_lasts_from_local_midnight_to_local_midnight(day: date, hours: int, first: str) -> None:
    times = local_times(day, "Europe/Amsterdam", 10.0)
    assert times.minutes.sum() == hours * 60
    assert len(times.utc) == hours * 6
    assert times.utc[0] == np.datetime64(first, "us") + np.timedelta64(5, "m")
    assert np.diff(times.utc).min() == np.diff(times.utc).max() == np.timedelta64(10, "m")


def test_a_step_that_does_not_fill_the_day_ends_in_a_shorter_one() -> None:
    times = local_times(date(2025, 7, 1), "Europe/Amsterdam", 7.0)
    assert times.minutes.sum() == 1440.0
    assert times.minutes[-1] == 5.0
    assert times.utc[-1] == np.datetime64("2025-07-01T21:57:30", "us")


def test_a_minute_of_the_day_is_read_as_the_clock_shows_it() -> None:
    assert local_instant(date(2025, 7, 1), 12 * 60, "Europe/Amsterdam") == np.datetime64("2025-07-01T10:00", "us")
    assert local_instant(date(2025, 1, 1), 12 * 60, "Europe/Amsterdam") == np.datetime64("2025-01-01T11:00", "us")


def test_an_hour_that_comes_twice_means_the_first() -> None:
    assert local_instant(date(2025, 10, 26), 150.0, "Europe/Amsterdam") == np.datetime64("2025-10-26T00:30", "us")


def test_an_hour_that_is_skipped_is_read_before_the_change() -> None:
    assert local_instant(date(2025, 3, 30), 150.0, "Europe/Amsterdam") == np.datetime64("2025-03-30T01:30", "us")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(SimulationError, match="time zone"):
        local_times(date(2025, 7, 1), zone, 10.0)


@pytest.mark.parametrize("step", [0.0, -1.0, 241.0, float("nan")])
def test_a_senseless_step_is_refused(step: float) -> None:
    with pytest.raises(SimulationError, match="time step"):
        local_times(date(2025, 7, 1), "UTC", step)


def test_a_day_that_a_place_skipped_has_no_sun_hours() -> None:
    assert local_times(date(2011, 12, 29), "Pacific/Apia").minutes.sum() == 1440.0
    with pytest.raises(SimulationError, match="2011-12-30 did not happen in Pacific/Apia"):
        local_times(date(2011, 12, 30), "Pacific/Apia")


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_refused_in_our_own_words(day: date) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with pytest.raises(SimulationError, match=f"year {day.year}"):
            local_times(day, zone)
        with pytest.raises(SimulationError, match=f"year {day.year}"):
            local_instant(day, 0.0, zone)

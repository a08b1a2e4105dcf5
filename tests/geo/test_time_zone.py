"""Time zones of places."""

from __future__ import annotations

import pytest

from explorer.geo import time_zone_at


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [(4.48, 51.92, "Europe/Amsterdam"), (-0.13, 51.51, "Europe/London"), (364.48, 51.92, "Europe/Amsterdam")],
)
def test_a_place_has_the_time_zone_of_its_land(lon: float, lat: float, expected: str) -> None:
    assert time_zone_at(lon, lat) == expected


def test_the_open_sea_has_one_too() -> None:
    assert time_zone_at(-40.0, 30.0)

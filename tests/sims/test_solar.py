"""The sun's position against NREL's published figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import SimulationError
from explorer.sims import SolarPosition, solar_position, sun_direction, sun_vectors, sunrise_sunset
from explorer.sims.solar import load_spa
from explorer.sims.times import to_datetime64

GOLDEN = {"lat_deg": 39.742476, "lon_deg": -105.1786}
AIR = {"elevation": 1830.14, "pressure": 820.0, "temperature": 11.0, "delta_t": 67.0}


def at(text: str) -> np.ndarray:
    return np.array([to_datetime64(datetime.fromisoformat(text))])


def seconds_apart(instant: np.datetime64, text: str) -> float:
    expected = to_datetime64(datetime.fromisoformat(text))
    return abs(float((instant - expected) / np.timedelta64(1, "us"))) / 1e6


def test_the_worked_example_of_the_nrel_report_is_met() -> None:
    position = solar_position(at("2003-10-17T12:30:30-07:00"), **GOLDEN, **AIR)
    assert 90.0 - position.apparent_elevation_deg[0] == pytest.approx(50.11162, abs=0.0003)
    assert position.elevation_deg[0] == pytest.approx(39.872046, abs=0.0003)
    assert position.azimuth_deg[0] == pytest.approx(194.340241, abs=0.0003)


def test_the_day_after_is_met_too() -> None:
    position = solar_position(at("2003-10-18T12:30:30-07:00"), **GOLDEN, **AIR)
    assert position.apparent_elevation_deg[0] == pytest.approx(39.52174, abs=0.0005)
    assert position.azimuth_deg[0] == pytest.approx(194.311132, abs=0.0005)


def test_the_incidence_on_a_slope_of_the_report_is_met() -> None:
    # slope 30 degrees, turned 10 degrees from south to the east: surface azimuth 170
    position = solar_position(at("2003-10-17T12:30:30-07:00"), **GOLDEN, **AIR)
    slope, turned = np.radians(30.0), np.radians(180.0 - 10.0)
    normal = np.array([np.sin(turned) * np.sin(slope), np.cos(turned) * np.sin(slope), np.cos(slope)])
    assert np.degrees(np.arccos(sun_vectors(position)[0] @ normal)) == pytest.approx(25.187, abs=0.001)


def test_intermediate_figures_of_the_report_are_met() -> None:
    spa = load_spa()
    day = spa.julian_day(at("2003-10-17T12:30:30-07:00").astype(np.int64)[0] / 1e6)
    ephemeris = spa.julian_ephemeris_day(day, 67.0)
    century = spa.julian_ephemeris_century(ephemeris)
    millennium = spa.julian_ephemeris_millennium(century)
    assert day == pytest.approx(2452930.312847, abs=1e-6)
    assert ephemeris == pytest.approx(2452930.313623, abs=1e-6)
    assert spa.heliocentric_longitude(millennium) % 360.0 == pytest.approx(24.0182616917, abs=1e-9)
    assert spa.heliocentric_latitude(millennium) == pytest.approx(-0.0001011219, abs=1e-9)
    radius = spa.heliocentric_radius_vector(millennium)
    assert radius == pytest.approx(0.9965422974, abs=1e-9)
    angles = (
        spa.mean_elongation, spa.mean_anomaly_sun, spa.mean_anomaly_moon,
        spa.moon_argument_latitude, spa.moon_ascending_longitude,
    )  # fmt: skip
    nutation = np.zeros(2)
    spa.longitude_obliquity_nutation(century, *(angle(century) for angle in angles), nutation)
    assert nutation == pytest.approx([-0.0039984, 0.00166657], abs=1e-7)
    obliquity = spa.true_ecliptic_obliquity(spa.mean_ecliptic_obliquity(millennium), nutation[1])
    assert obliquity == pytest.approx(23.440465, abs=1e-6)
    theta = spa.geocentric_longitude(spa.heliocentric_longitude(millennium))
    beta = spa.geocentric_latitude(spa.heliocentric_latitude(millennium))
    longitude = spa.apparent_sun_longitude(theta, nutation[0], spa.aberration_correction(radius))
    assert longitude == pytest.approx(204.0085519281, abs=1e-9)
    mean_time = spa.mean_sidereal_time(day, spa.julian_century(day))
    sidereal = spa.apparent_sidereal_time(mean_time, nutation[0], obliquity)
    assert sidereal == pytest.approx(318.51191, abs=1e-5)
    alpha = spa.geocentric_sun_right_ascension(longitude, obliquity, beta)
    delta = spa.geocentric_sun_declination(longitude, obliquity, beta)
    assert (alpha, delta) == pytest.approx((202.227408, -9.31434), abs=1e-6)
    hour = spa.local_hour_angle(sidereal, GOLDEN["lon_deg"], alpha)
    assert hour == pytest.approx(11.1059, abs=1e-4)
    u = spa.uterm(GOLDEN["lat_deg"])
    x, y = (term(u, GOLDEN["lat_deg"], AIR["elevation"]) for term in (spa.xterm, spa.yterm))
    parallax = spa.equatorial_horizontal_parallax(radius)
    shift = spa.parallax_sun_right_ascension(x, parallax, hour, delta)
    assert spa.topocentric_sun_right_ascension(alpha, shift) == pytest.approx(202.22704, abs=1e-5)
    assert spa.topocentric_sun_declination(delta, x, y, parallax, shift, hour) == pytest.approx(-9.316179, abs=1e-6)


@pytest.mark.parametrize(
    ("lat", "lon", "day", "zone", "rise", "transit", "set_"),
    [
        (-35.0, 0.0, date(1996, 7, 5), "UTC", "1996-07-05T07:08:15+00:00", "1996-07-05T12:04:36+00:00",
         "1996-07-05T17:01:04+00:00"),
        (39.742476, -105.1786, date(2015, 1, 2), "Etc/GMT+7", "2015-01-02T07:21:55-07:00", "2015-01-02T12:04:45-07:00",
         "2015-01-02T16:47:43-07:00"),
        (39.742476, -105.1786, date(2003, 10, 17), "Etc/GMT+7", "2003-10-17T06:12:43-07:00", None,
         "2003-10-17T17:20:19-07:00"),
    ],
)  # fmt: skip
def test_sunrise_transit_and_sunset_of_the_nrel_calculator_are_met(
    lat: float, lon: float, day: date, zone: str, rise: str, transit: str | None, set_: str
) -> None:
    times = sunrise_sunset(day, lat, lon, zone, delta_t=67.0 if day.year == 2003 else None)
    tolerance = 1.0 if transit is None else 2.0  # the report's example, and the calculator's answers
    assert seconds_apart(times.sunrise, rise) <= tolerance
    assert seconds_apart(times.sunset, set_) <= tolerance
    if transit is not None:
        assert seconds_apart(times.transit, transit) <= 2.0


def test_every_published_case_of_the_shared_folder_is_met(shared_validation: Path) -> None:
    document = json.loads((shared_validation / "sun" / "solar_position_nrel_spa.json").read_text())
    cases: dict[str, dict[str, Any]] = {case["id"]: case for case in document["cases"]}
    for name, tolerance in (("SPA-1", "zenith_deg"), ("SPA-2", "deg")):
        case = cases[name]
        inputs, expected = case["inputs"], case["expected"]
        position = solar_position(
            at(inputs["local_time"]),
            inputs["latitude"],
            inputs["longitude"],
            elevation=inputs["elevation_m"],
            pressure=inputs["pressure_hPa"],
            temperature=inputs["temperature_C"],
            delta_t=inputs["delta_t_s"],
        )
        limit = case["tolerance"][tolerance]
        assert 90.0 - position.apparent_elevation_deg[0] == pytest.approx(
            expected.get("zenith_deg", expected.get("zenith")), abs=limit
        )
        assert position.azimuth_deg[0] == pytest.approx(expected["azimuth_from_north_deg"], abs=limit)
    for name, zone in (("SPA-RS-1", "UTC"), ("SPA-RS-2", "Etc/GMT+7")):
        case = cases[name]
        inputs, expected = case["inputs"], case["expected"]
        times = sunrise_sunset(date.fromisoformat(inputs["date"]), inputs["latitude"], inputs["longitude"], zone)
        offset = "+00:00" if zone == "UTC" else "-07:00"
        for what in ("sunrise", "transit", "sunset"):
            published = f"{inputs['date']}T{expected[what]}{offset}"
            assert seconds_apart(getattr(times, what), published) <= case["tolerance"]["s"]


def test_a_day_far_from_greenwich_has_its_own_sunrise() -> None:
    times = sunrise_sunset(date(2025, 6, 21), -36.85, 174.76, "Pacific/Auckland")
    local = [
        datetime.fromtimestamp(float(t.astype(np.int64)) / 1e6, UTC).strftime("%d")
        for t in (times.sunrise, times.transit, times.sunset)
    ]
    assert local == ["20", "21", "21"]  # UTC dates: the sun rises at 07:34 in New Zealand, 19:34 the day before here
    assert times.sunrise < times.transit < times.sunset


def test_in_polar_day_the_sun_neither_rises_nor_sets() -> None:
    times = sunrise_sunset(date(2025, 6, 21), 78.2, 15.6, "Arctic/Longyearbyen")
    assert np.isnat(times.sunrise)
    assert np.isnat(times.sunset)
    assert not np.isnat(times.transit)


def test_delta_t_is_found_for_old_and_coming_years() -> None:
    with_own, without = (
        solar_position(at("2025-03-21T12:00:00+00:00"), 52.0, 4.4, delta_t=delta_t) for delta_t in (None, 69.2)
    )
    assert with_own.azimuth_deg[0] == pytest.approx(without.azimuth_deg[0], abs=1e-3)


def test_no_times_give_no_positions() -> None:
    assert len(solar_position(np.zeros(0, "datetime64[us]"), 52.0, 4.4).azimuth_deg) == 0


def test_a_place_off_the_earth_is_refused() -> None:
    with pytest.raises(SimulationError, match="not a place"):
        solar_position(at("2025-03-21T12:00:00+00:00"), 95.0, 4.4)


def test_vectors_have_length_one_and_lead_to_the_sun() -> None:
    position = SolarPosition(np.array([0.0, 30.0, 90.0]), np.zeros(3), np.array([90.0, 180.0, 0.0]))
    vectors = sun_vectors(position)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3))
    assert vectors[0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    assert vectors[1] == pytest.approx([0.0, -np.cos(np.radians(30)), 0.5], abs=1e-12)
    assert vectors[2] == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)


def test_on_the_map_the_azimuth_is_the_true_one_less_the_convergence() -> None:
    # Grid north leans 2 degrees to the east of true north: a sun due (true) south stands at 178 degrees on the map.
    position = SolarPosition(np.array([0.0]), np.array([0.0]), np.array([180.0]))
    east, north, _up = sun_vectors(position, 2.0)[0]
    assert np.degrees(np.arctan2(east, north)) % 360.0 == pytest.approx(178.0)


def test_at_solar_noon_the_shadow_falls_along_the_meridian_even_where_the_grid_is_turned() -> None:
    from explorer.geo import WorldFrame, parse_crs

    frame = WorldFrame(parse_crs("EPSG:32631+ellipsoidal"), (780_000.0, 5_760_000.0, 0.0))
    lon, lat = frame.lonlat
    noon = sunrise_sunset(date(2025, 3, 21), lat, lon, "UTC").transit
    vector = sun_direction(frame, noon)
    along = -vector[:2] / np.linalg.norm(vector[:2]) * 1000.0
    shadow_end = frame.transform.to_lonlat([np.array(frame.origin[:2]) + along])[0]
    assert frame.grid_convergence_deg > 3.0
    assert shadow_end[0] == pytest.approx(lon, abs=1e-5)
    assert shadow_end[1] > lat


def test_pvlib_is_not_imported_whole() -> None:
    code = "import sys; from explorer.sims.solar import load_spa; load_spa(); print('pandas' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert answer.stdout.strip() == "False"

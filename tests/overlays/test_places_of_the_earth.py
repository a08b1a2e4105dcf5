"""Whole answers, from place and date to hours, at places where sun and map are odd; against pvlib and closed forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyproj
import pytest

from explorer.geo import WorldFrame, parse_crs
from explorer.overlays import OverlayRequest, OverlayResult, compute_overlay
from explorer.surface import SurfaceModel
from explorer.tileformat import Mesh, SurfaceClass
from tests.overlays.box_surface import Box
from tests.overlays.test_with_surface import ground, solid
from tests.sims.cases import HOURS, HoursCase


def frame_at(lat: float, lon: float) -> WorldFrame:
    """The UTM zone of a place, with the place as the world's zero."""
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    code = (32600 if lat >= 0.0 else 32700) + zone
    east, north = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    return WorldFrame(parse_crs(f"EPSG:{code}+3855"), (east, north, 0.0), 40.0)


def asked(frame: WorldFrame, day: date, half: float = 2.0, **more: object) -> OverlayRequest:
    east, north, _height = frame.origin
    area = (east - half, north - half, east + half, north + half)
    return replace(OverlayRequest("sun_hours", area, day, 10.0, 2.0), **more)  # type: ignore[arg-type]


def run(frame: WorldFrame, request: OverlayRequest, zone: str, *boxes: Box) -> OverlayResult:
    surface = SurfaceModel(frame, (), [ground(3000.0), *(solid(box) for box in boxes)])
    return compute_overlay(request, surface, frame, zone)


def long_wall(frame: WorldFrame, azimuth_deg: float, profile_deg: float) -> Mesh:
    """An upright wall of 40 km, 10 m from the world's zero in a true direction, seen from 0.10 m under an angle."""
    azimuth = np.radians(azimuth_deg - frame.grid_convergence_deg)
    ahead, along = np.array([np.sin(azimuth), np.cos(azimuth)]), np.array([np.cos(azimuth), -np.sin(azimuth)])
    foot, height = 10.0 * ahead, 0.10 + 10.0 * np.tan(np.radians(profile_deg))
    ends = [foot - 20_000.0 * along, foot + 20_000.0 * along]
    corners = np.array([[*ends[0], 0.0], [*ends[1], 0.0], [*ends[1], height], [*ends[0], height]])
    rows = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    return Mesh(corners, rows, surface_class=np.full(4, SurfaceClass.WALL, np.uint8))


def hours_behind_wall(case: HoursCase, step: float) -> float:
    frame = frame_at(case.lat, case.lon)
    wall = long_wall(frame, case.wall_azimuth_deg, case.profile_deg)
    surface = SurfaceModel(frame, (), [ground(300.0), wall])
    request = asked(frame, case.day, 0.05, step_minutes=step, resolution=0.1)
    return float(compute_overlay(request, surface, frame, case.zone).values[0, 0])


@pytest.mark.parametrize("case", HOURS, ids=lambda case: case.name)
@pytest.mark.parametrize(("step", "tolerance"), [(1.0, 0.05), (5.0, 0.17)])
def test_published_hours_behind_an_obstruction_come_out_of_a_map_and_rays(
    case: HoursCase, step: float, tolerance: float
) -> None:
    assert hours_behind_wall(case, step) == pytest.approx(case.direct_h, abs=tolerance)


def test_the_shared_folder_says_the_same_hours(shared_validation: Path) -> None:
    document = json.loads((shared_validation / "sun" / "sun_hours_reference.json").read_text())
    published = {case["id"]: case for case in document["cases"]}
    assert set(published) == {case.name for case in HOURS}
    for case in HOURS:
        expected, limits = published[case.name]["expected"], published[case.name]["tolerance"]
        assert hours_behind_wall(case, 1.0) == pytest.approx(expected["direct_sun_h"], abs=limits["h_at_1min_step"])


PLACES = (
    ("Tromsø", 69.6496, 18.956, "Europe/Oslo"),
    ("Quito", -0.18, -78.47, "America/Guayaquil"),
    ("Ushuaia", -54.8, -68.3, "America/Argentina/Ushuaia"),
    ("Taveuni", -16.85, 179.97, "Pacific/Fiji"),
    ("Apia", -13.83, -171.77, "Pacific/Apia"),
    ("Kiritimati", 1.87, -157.4, "Pacific/Kiritimati"),
)


@pytest.mark.parametrize("day", [date(2025, 3, 21), date(2025, 6, 21), date(2025, 12, 21)], ids=str)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0])
def test_an_open_field_gets_the_sun_that_pvlib_sees_there(place: tuple[str, float, float, str], day: date) -> None:
    import pandas as pd
    from pvlib.solarposition import get_solarposition

    _name, lat, lon, zone = place
    result = run(frame_at(lat, lon), asked(frame_at(lat, lon), day, step_minutes=10.0), zone)
    start = pd.Timestamp(day.isoformat(), tz=zone)
    steps = pd.date_range(start, start + pd.Timedelta(days=1), freq="10min", inclusive="left")
    seen = get_solarposition(steps + pd.Timedelta(minutes=5), lat, lon)["apparent_elevation"].to_numpy()
    assert result.values == pytest.approx((seen > 0.0).sum() / 6.0, abs=1e-3)


def test_where_the_sun_never_sets_it_shines_all_day_and_where_it_never_rises_never() -> None:
    frame = frame_at(69.6496, 18.956)
    assert run(frame, asked(frame, date(2025, 6, 21)), "Europe/Oslo").values == pytest.approx(24.0)
    night = run(frame, asked(frame, date(2025, 12, 21)), "Europe/Oslo", (10.0, 10.0, 20.0, 20.0, 9.0))
    assert night.values.max() == 0.0
    assert night.legend.high >= 1.0
    assert night.summary()["share_at_least_2_h"] == 0.0


@pytest.mark.parametrize(
    ("day", "minutes"), [(date(2025, 3, 30), 1380.0), (date(2025, 10, 26), 1500.0), (date(2025, 7, 1), 1440.0)], ids=str
)
@pytest.mark.parametrize("step", [7.0, 0.5])
def test_days_when_the_clocks_change_lose_and_gain_no_sun(day: date, minutes: float, step: float) -> None:
    frame = frame_at(52.0, 4.36)
    result = run(frame, asked(frame, day, step_minutes=step), "Europe/Amsterdam")
    in_utc = run(frame, asked(frame, day, step_minutes=step), "UTC")
    assert result.provenance["day_minutes"] == minutes
    assert result.values == pytest.approx(float(in_utc.values[0, 0]), abs=0.07 + 2 * step / 60.0)


@pytest.mark.parametrize(
    ("lat", "lon", "zone", "day", "minute"),
    [
        (52.0, 4.36, "Europe/Amsterdam", date(2025, 3, 21), 600.0),
        (-54.8, -68.3, "America/Argentina/Ushuaia", date(2025, 12, 21), 540.0),
        (-16.85, 179.97, "Pacific/Fiji", date(2025, 6, 21), 870.0),
        (69.6496, 18.956, "Europe/Oslo", date(2025, 6, 21), 1320.0),
    ],
)
def test_a_shadow_has_the_size_and_direction_that_pvlib_and_the_map_give(
    lat: float, lon: float, zone: str, day: date, minute: float
) -> None:
    import pandas as pd
    from pvlib.solarposition import get_solarposition

    frame, box = frame_at(lat, lon), (0.0, 0.0, 12.0, 9.0, 6.0)
    result = run(frame, asked(frame, day, 60.0, kind="shadow", minute_of_day=minute, resolution=0.5), zone, box)
    instant = pd.DatetimeIndex([pd.Timestamp(day.isoformat(), tz=zone) + pd.Timedelta(minutes=minute)])
    sun = get_solarposition(instant, lat, lon).iloc[0]
    # true north on this map: where a point a little further north lies
    way = pyproj.Transformer.from_crs(4326, frame.crs.horizontal, always_xy=True)
    (e0, n0), (e1, n1) = way.transform(lon, lat - 1e-4), way.transform(lon, lat + 1e-4)
    azimuth = np.radians(sun["azimuth"]) + np.arctan2(e1 - e0, n1 - n0)
    reach = (box[4] - 0.1) / np.tan(np.radians(sun["apparent_elevation"]))
    tip = -reach * np.array([np.sin(azimuth), np.cos(azimuth)])
    shaded = result.values == 1.0
    assert shaded.sum() * 0.25 == pytest.approx(12.0 * abs(tip[1]) + 9.0 * abs(tip[0]), rel=0.03)
    middle = (result.cell_centres()[shaded] - frame.origin[:2]).mean(axis=0) - [6.0, 4.5]
    sideways = (middle[0] * tip[1] - middle[1] * tip[0]) / (np.hypot(*middle) * np.hypot(*tip))
    assert sideways == pytest.approx(0.0, abs=0.25)
    assert middle @ tip > 0.0

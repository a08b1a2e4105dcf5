"""Hours of sun and shade against closed forms."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import shapely

from explorer.sims import local_times, shadow_mask, solar_position, sun_hours, sun_vectors
from tests.overlays.box_surface import occluded_by_boxes
from tests.sims.cases import HOURS, SHADOWS, HoursCase, ShadowCase, endless_wall, nothing

ORIGIN = np.zeros((1, 3))


def day_of(case: HoursCase, step: float) -> tuple[np.ndarray, np.ndarray]:
    times = local_times(case.day, case.zone, step)
    return sun_vectors(solar_position(times.utc, case.lat, case.lon)), times.minutes


def shade_of(case: ShadowCase, cell: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each cell around the box lies in shade, NaN under it; and the cells' middles."""
    x0, y0, x1, y1, _height = case.box
    low = np.minimum([x0, y0], np.array([x0, y0]) + case.tip) - 5.0
    high = np.maximum([x1, y1], np.array([x1, y1]) + case.tip) + 5.0
    x, y = np.meshgrid(np.arange(low[0], high[0], cell) + cell / 2, np.arange(low[1], high[1], cell) + cell / 2)
    z = np.where((x > x0) & (x < x1) & (y > y0) & (y < y1), np.nan, 0.001)
    positions = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)
    occluded = partial(occluded_by_boxes, (case.box,))
    return shadow_mask(occluded, positions, None, case.vector), positions[:, 0], positions[:, 1]


@pytest.mark.parametrize("case", SHADOWS, ids=lambda case: case.name)
def test_the_shadow_of_a_box_has_the_size_of_the_closed_form(case: ShadowCase) -> None:
    shade, _x, _y = shade_of(case)
    assert np.nansum(shade) * 0.25 == pytest.approx(case.area, rel=0.03)


@pytest.mark.parametrize("case", SHADOWS, ids=lambda case: case.name)
def test_the_shadow_of_a_box_lies_where_the_closed_form_says(case: ShadowCase) -> None:
    shade, x, y = shade_of(case)
    foot = shapely.box(*case.box[:4])
    moved = shapely.affinity.translate(foot, *case.tip)
    swept = shapely.convex_hull(shapely.union(foot, moved))
    points = shapely.points(x, y)
    shaded = shade == 1.0
    lit = shade == 0.0
    assert shapely.contains(swept.buffer(0.5), points[shaded]).all()
    assert not shapely.contains(swept.buffer(-0.5), points[lit]).any()


def test_published_shadow_figures_are_met(shared_validation: Path) -> None:
    document = json.loads((shared_validation / "sun" / "shadow_geometry_analytic.json").read_text())
    published = {case["id"]: case for case in document["cases"]}
    for case in SHADOWS:
        expected, tolerance = published[case.name]["expected"], published[case.name]["tolerance"]
        assert case.tip == pytest.approx(expected["tip_offset_xy_m"], abs=1e-3)
        shade, x, y = shade_of(case)
        swept = shapely.Polygon(expected["shadow_plus_footprint_polygon"])
        shaded = shapely.points(x[shade == 1.0], y[shade == 1.0])
        assert shapely.contains(swept.buffer(0.5), shaded).all()
        assert not shapely.contains(swept.buffer(-0.5), shapely.points(x[shade == 0.0], y[shade == 0.0])).any()
        assert np.nansum(shade) * 0.25 == pytest.approx(
            expected["shadow_area_excluding_footprint_m2"], rel=tolerance["area_pct_at_0p5m_grid"] / 100.0
        )


def test_at_the_equinox_a_wall_shades_the_ground_to_its_north_all_day_or_not_at_all() -> None:
    # Declination 0: the sun's profile angle against an east-west wall is 90 - latitude the whole day long.
    latitude, height = np.radians(52.0), 10.0
    critical = height / np.tan(np.pi / 2.0 - latitude)
    assert critical == pytest.approx(12.7994, abs=1e-4)
    angle = np.radians(np.arange(-80.0, 81.0, 5.0))  # hour angles
    vectors = np.stack([-np.sin(angle), -np.sin(latitude) * np.cos(angle), np.cos(latitude) * np.cos(angle)], axis=1)
    wall = partial(occluded_by_boxes, ((-1e5, -1.0, 1e5, 0.0, height),))
    minutes = np.ones(len(angle))
    for distance, expected in ((critical - 0.2, 0.0), (critical + 0.2, len(angle) / 60.0)):
        position = np.array([[0.0, distance, 0.0]])
        assert sun_hours(wall, position, None, vectors, minutes)[0] == pytest.approx(expected)


def test_a_sun_straight_above_casts_no_shadow() -> None:
    shade, _x, _y = shade_of(ShadowCase("SH-VERT-1", (0.0, 0.0, 20.0, 10.0, 30.0), 0.0, 90.0))
    assert np.nansum(shade) == 0.0


@pytest.mark.parametrize("case", HOURS, ids=lambda case: case.name)
@pytest.mark.parametrize(("step", "tolerance"), [(1.0, 0.05), (5.0, 0.17)])
def test_hours_behind_one_long_obstruction_are_as_published(case: HoursCase, step: float, tolerance: float) -> None:
    vectors, minutes = day_of(case, step)
    wall = endless_wall(case.wall_azimuth_deg, case.profile_deg)
    assert sun_hours(wall, ORIGIN, None, vectors, minutes)[0] == pytest.approx(case.direct_h, abs=tolerance)
    assert sun_hours(nothing, ORIGIN, None, vectors, minutes)[0] == pytest.approx(case.above_horizon_h, abs=tolerance)


def test_the_cases_here_are_those_of_the_shared_folder(shared_validation: Path) -> None:
    document = json.loads((shared_validation / "sun" / "sun_hours_reference.json").read_text())
    published = {case["id"]: case for case in document["cases"]}
    assert set(published) == {case.name for case in HOURS}
    for case in HOURS:
        inputs, expected = published[case.name]["inputs"], published[case.name]["expected"]
        assert (inputs["latitude"], inputs["longitude"], inputs["date"]) == (case.lat, case.lon, case.day.isoformat())
        assert (inputs["wall_azimuth_deg"], inputs["obstruction_profile_angle_deg"]) == (
            case.wall_azimuth_deg,
            case.profile_deg,
        )
        assert (expected["direct_sun_h"], expected["sun_above_horizon_h"]) == (case.direct_h, case.above_horizon_h)


def test_hiding_the_proposal_restores_the_map_bit_for_bit_and_it_changes_nothing_outside_its_shadow() -> None:
    case = HOURS[5]
    vectors, minutes = day_of(case, 30.0)
    existing, proposed = (0.0, 0.0, 20.0, 10.0, 12.0), (40.0, 5.0, 55.0, 20.0, 25.0)
    x, y = np.meshgrid(np.arange(-60.0, 120.0, 4.0), np.arange(-40.0, 120.0, 4.0))
    positions = np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.1)], axis=1)

    def hours(*boxes: tuple[float, float, float, float, float]) -> np.ndarray:
        return sun_hours(partial(occluded_by_boxes, boxes), positions, None, vectors, minutes)

    before, after, restored = hours(existing), hours(existing, proposed), hours(existing)
    assert before.tobytes() == restored.tobytes()
    swept = np.zeros(len(positions), dtype=bool)
    for vector in vectors[vectors[:, 2] > 0.0]:
        swept |= occluded_by_boxes((proposed,), positions, np.broadcast_to(vector, positions.shape))
    changed = before != after
    assert changed.any()
    assert not changed[~swept].any()
    assert (after <= before).all()


def test_a_north_wall_gets_sun_only_in_the_early_and_late_hours_of_summer() -> None:
    june, march = (
        day_of(HoursCase("", 52.0, 4.4, day, "Europe/Amsterdam", 0.0, 0.0, 0.0, 0.0), 1.0)
        for day in (date(2025, 6, 21), date(2025, 12, 21))
    )
    north, south = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, -1.0, 0.0]])
    assert sun_hours(nothing, ORIGIN, north, *march)[0] == 0.0
    in_june = [sun_hours(nothing, ORIGIN, normal, *june)[0] for normal in (north, south)]
    assert in_june[0] > 6.0
    assert sum(in_june) == pytest.approx(sun_hours(nothing, ORIGIN, None, *june)[0], abs=0.02)


def test_points_without_a_surface_have_no_value() -> None:
    vectors, minutes = day_of(HOURS[0], 60.0)
    positions = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, np.nan]])
    asked: list[int] = []

    def occluded(origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        asked.append(len(origins))
        return nothing(origins, directions)

    hours = sun_hours(occluded, positions, None, vectors, minutes)
    assert np.isnan(hours).tolist() == [False, True]
    assert set(asked) == {1}
    assert np.isnan(shadow_mask(occluded, positions, None, vectors[12])).tolist() == [False, True]


def test_at_night_everything_lies_in_shade_and_no_ray_is_asked() -> None:
    def never(origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        raise AssertionError("asked at night")

    assert shadow_mask(never, ORIGIN, None, np.array([0.0, 0.9, -0.1]))[0] == 1.0


def test_batches_do_not_change_a_bit() -> None:
    vectors, minutes = day_of(HOURS[5], 20.0)
    rng = np.random.default_rng(5)
    positions = np.column_stack([rng.uniform(-50, 80, 1000), rng.uniform(-50, 80, 1000), np.full(1000, 0.1)])
    boxes = partial(occluded_by_boxes, ((0.0, 0.0, 20.0, 10.0, 30.0), (30.0, 30.0, 44.0, 40.0, 15.0)))
    whole = sun_hours(boxes, positions, None, vectors, minutes)
    assert sun_hours(boxes, positions, None, vectors, minutes, batch=37).tobytes() == whole.tobytes()
    parts = [sun_hours(boxes, part, None, vectors, minutes) for part in np.array_split(positions, 7)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_progress_is_told_and_can_stop_the_work() -> None:
    vectors, minutes = day_of(HOURS[0], 60.0)
    told: list[float] = []
    sun_hours(nothing, ORIGIN, None, vectors, minutes, report=told.append)
    assert told[-1] == 1.0
    assert told == sorted(told)

    def stop(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sun_hours(nothing, ORIGIN, None, vectors, minutes, report=stop)

"""Overlays on a made place of boxes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from explorer.errors import SimulationError
from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import Cancelled, Progress
from explorer.overlays import OverlayRequest, OverlayResult, compute_overlay, difference, overlay_key
from tests.overlays.box_surface import BoxSurface

E0, N0 = 85_000.0, 446_500.0
FRAME = WorldFrame(parse_crs("EPSG:7415"), (84_900.0, 446_400.0, -0.5))
ZONE = "Europe/Amsterdam"
# The box in the world; the world's zero lies 100 m south-west of the area's corner.
EXISTING = (110.0, 110.0, 130.0, 120.0, 9.0)
PROPOSED = (140.0, 140.0, 160.0, 150.0, 30.0)
BEFORE, AFTER = BoxSurface((EXISTING,), key="before"), BoxSurface((EXISTING, PROPOSED), key="after")
REQUEST = OverlayRequest("sun_hours", (E0, N0, E0 + 100.0, N0 + 120.0), date(2025, 3, 21), 30.0, 4.0)
SHADE = replace(REQUEST, kind="shadow", resolution=1.0, minute_of_day=12.0 * 60 + 50)


def run(request: OverlayRequest = REQUEST, surface: BoxSurface = AFTER) -> OverlayResult:
    return compute_overlay(request, surface, FRAME, ZONE)


def test_the_grid_covers_the_area_from_the_north_west() -> None:
    result = run()
    assert result.values.shape == (30, 25)
    assert result.values.dtype == np.float32
    assert result.bounds == (E0, N0, E0 + 100.0, N0 + 120.0)
    assert result.cell_centres()[0, 0].tolist() == [E0 + 2.0, N0 + 118.0]
    assert result.cell_centres()[-1, -1].tolist() == [E0 + 98.0, N0 + 2.0]


def test_an_area_that_is_no_multiple_of_the_cell_is_widened() -> None:
    result = run(replace(REQUEST, area=(E0, N0, E0 + 10.5, N0 + 9.0), resolution=2.0))
    assert result.values.shape == (5, 6)
    assert result.bounds == (E0, N0, E0 + 12.0, N0 + 10.0)


def test_a_tenth_of_a_metre_divides_a_metre() -> None:
    assert replace(REQUEST, area=(E0 + 0.3, N0, E0 + 10.3, N0 + 1.0), resolution=0.1).shape == (10, 100)


def test_cells_inside_a_building_have_no_value_and_its_north_is_darker_than_its_south() -> None:
    result = run()
    assert result.value_at(E0 + 50.0, N0 + 46.0) is None  # within PROPOSED
    north, south = result.value_at(E0 + 50.0, N0 + 54.0), result.value_at(E0 + 50.0, N0 + 36.0)
    assert north is not None
    assert south is not None
    assert north < 5.0 < south
    assert result.value_at(E0 - 1.0, N0) is None


def test_open_ground_gets_all_the_hours_that_the_sun_is_up() -> None:
    result = run(surface=BoxSurface(key="field"))
    assert np.unique(result.values).size == 1
    assert result.values[0, 0] == pytest.approx(result.provenance["sun_above_horizon_h"], abs=1e-4)
    assert result.values[0, 0] == pytest.approx(12.2, abs=0.5)  # half-hour steps


def test_the_shadow_at_one_minute_falls_away_from_the_sun() -> None:
    result = run(SHADE)
    assert set(np.unique(result.values[np.isfinite(result.values)])) == {0.0, 1.0}
    # near solar noon on 21 March the sun stands 38 degrees high in the south
    assert result.provenance["sun_azimuth_true_deg"] == pytest.approx(180.0, abs=2.0)
    assert result.value_at(E0 + 50.0, N0 + 80.0) == 1.0
    assert result.value_at(E0 + 50.0, N0 + 92.0) == 0.0
    assert result.value_at(E0 + 50.0, N0 + 38.0) == 0.0


def test_at_night_all_of_the_ground_lies_in_shade() -> None:
    assert run(replace(SHADE, minute_of_day=60.0)).summary()["share_shaded"] == 1.0


def test_facades_have_points_with_normals_in_map_coordinates() -> None:
    result = run(replace(REQUEST, receivers="facades", resolution=2.0))
    facades = result.facades
    assert facades is not None
    assert result.values.shape == (len(facades.points),)
    assert facades.points[:, 0].min() >= E0
    assert set(facades.feature_ids) == {"box-0", "box-1"}
    of_tall = np.array([feature_id == "box-1" for feature_id in facades.feature_ids])
    south, north = (of_tall & (facades.normals[:, 1] == sign) for sign in (-1.0, 1.0))
    assert result.values[south].mean() > 10.0
    assert result.values[north].mean() < 1.5
    assert result.value_at(E0, N0) is None
    e, n, h = (float(v) for v in facades.points[south][0])
    assert result.value_at(e + 0.3, n, h - 0.3) == result.values[south][0]
    assert result.value_at(e, n, h + 100.0) is None


def test_the_same_question_has_the_same_answer_bit_for_bit() -> None:
    first, second = run(), run()
    assert first.values.tobytes() == second.values.tobytes()
    assert first.key == second.key
    assert first.provenance == second.provenance


def test_part_of_the_area_has_the_same_values_as_the_whole() -> None:
    whole = run()
    part = run(replace(REQUEST, area=(E0 + 20.0, N0 + 40.0, E0 + 60.0, N0 + 80.0)))
    # the sun is taken at the middle of the area: some tens of metres do not move it
    assert np.array_equal(part.values, whole.values[10:20, 5:15], equal_nan=True)


def test_whole_numbers_and_decimals_ask_the_same_question() -> None:
    whole = replace(REQUEST, area=(85_000, 446_500, 85_100, 446_620), step_minutes=30, resolution=4)
    assert run(whole).key == run().key


def test_the_key_tells_a_result_that_has_gone_stale() -> None:
    result = run()
    assert overlay_key(REQUEST, AFTER, FRAME, ZONE) == result.key
    assert overlay_key(REQUEST, BEFORE, FRAME, ZONE) != result.key
    assert overlay_key(replace(REQUEST, step_minutes=15.0), AFTER, FRAME, ZONE) != result.key
    assert overlay_key(REQUEST, AFTER, FRAME, "UTC") != result.key


def test_the_difference_is_after_minus_before_about_zero() -> None:
    change = difference(run(), run(surface=BEFORE))
    known = change.values[np.isfinite(change.values)]
    assert known.max() == 0.0  # a new building takes sun and gives none
    assert known.min() < -5.0
    assert change.legend.low == -change.legend.high
    assert change.legend.high >= -known.min()
    assert change.legend.table == "diverging"
    assert change.is_difference
    assert change.summary()["share_less"] > 0.1
    assert np.isnan(change.values[np.isnan(run().values)]).all()


def test_nothing_changed_is_no_difference() -> None:
    change = difference(run(), run())
    assert np.nanmax(np.abs(change.values)) == 0.0
    assert change.legend.high == 1.0


def test_the_difference_on_facades_matches_points_by_place() -> None:
    request = replace(REQUEST, receivers="facades", resolution=3.0)
    change = difference(run(request), run(request, BEFORE))
    assert change.facades is not None
    new = np.array([feature_id == "box-1" for feature_id in change.facades.feature_ids])
    assert np.isnan(change.values[new]).all()
    assert np.isfinite(change.values[~new]).all()


def test_results_to_different_questions_are_not_compared() -> None:
    with pytest.raises(SimulationError, match="step_minutes"):
        difference(run(), run(replace(REQUEST, step_minutes=20.0), BEFORE))
    with pytest.raises(SimulationError, match="difference already"):
        difference(difference(run(), run()), run())


def test_variants_may_differ() -> None:
    change = difference(run(replace(REQUEST, variant_id="b")), run(replace(REQUEST, variant_id=None), BEFORE))
    assert change.provenance["variant_before"] is None
    assert change.provenance["variant_id"] == "b"


def test_the_summary_has_the_figures_that_planners_ask_for() -> None:
    summary = run().summary()
    values = run().values
    known = values[np.isfinite(values)]
    assert summary["n_cells"] == 750
    assert summary["n_with_value"] == known.size < 750
    assert summary["mean"] == pytest.approx(known.mean(), rel=1e-5)
    assert (summary["min"], summary["max"]) == (known.min(), known.max())
    assert summary["share_at_least_2_h"] == pytest.approx((known >= 2.0).mean())
    assert summary["area_with_value_m2"] == known.size * 16.0
    assert summary["unit"] == "h/day"
    assert "NREL SPA" in summary["method"]


def test_the_provenance_says_how_it_was_made() -> None:
    provenance = compute_overlay(REQUEST, AFTER, FRAME, ZONE, sources=("3DBAG 2025",)).provenance
    assert provenance["crs"] == "EPSG:28992+5709"
    assert provenance["resolution_m"] == 4.0
    assert provenance["step_minutes"] == 30.0
    assert provenance["time_zone"] == ZONE
    assert provenance["sources"] == ["3DBAG 2025"]
    assert provenance["software"].startswith("citiverse-explorer ")
    assert provenance["grid_convergence_deg"] == pytest.approx(-0.80, abs=0.01)
    assert provenance["limits"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": "noise"}, "no simulation 'noise'"),
        ({"receivers": "roofs"}, "'roofs'"),
        ({"area": (E0, N0, E0, N0 + 10.0)}, "is empty"),
        ({"area": (E0, N0, float("nan"), N0 + 10.0)}, "is empty"),
        ({"area": (-1e308, -1e308, 1e308, 1e308)}, "beyond all maps"),
        ({"resolution": 0.0}, "resolution"),
        ({"step_minutes": 0.0}, "time step"),
        ({"minute_of_day": 1440.0}, "time of day"),
        ({"obstacle_margin": -1.0}, "margin"),
        ({"area": (E0, N0, E0 + 9000.0, N0 + 9000.0), "resolution": 1.0}, "at least 2.25 m"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(SimulationError, match=complaint):
        run(replace(REQUEST, **change))  # type: ignore[arg-type]


def test_an_area_without_facades_is_refused() -> None:
    with pytest.raises(SimulationError, match="no facades"):
        run(replace(REQUEST, receivers="facades"), BoxSurface())


class _NoGround(BoxSurface):
    def ground_samples(self, *args: object, **options: object) -> np.ndarray:
        return np.full((*REQUEST.shape, 3), np.nan)


def test_an_area_without_ground_is_refused() -> None:
    with pytest.raises(SimulationError, match="no ground"):
        run(surface=_NoGround())


def test_progress_only_grows_and_ends_at_one() -> None:
    told: list[float] = []
    compute_overlay(REQUEST, AFTER, FRAME, ZONE, Progress(lambda fraction, text: told.append(fraction)))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_it_can_be_stopped_on_the_way() -> None:
    progress = Progress(lambda fraction, text: progress.cancel() if fraction > 0.5 else None)
    with pytest.raises(Cancelled):
        compute_overlay(REQUEST, AFTER, FRAME, ZONE, progress)


def test_the_day_that_loses_an_hour_is_an_hour_shorter_and_not_its_sun() -> None:
    day = run(replace(REQUEST, date=date(2025, 3, 30)), BoxSurface())
    before = run(replace(REQUEST, date=date(2025, 3, 29)), BoxSurface())
    assert day.provenance["day_minutes"] == 1380.0
    assert day.values[0, 0] == pytest.approx(before.values[0, 0], abs=0.51)

"""Where the viewer is heading is there when they come, and costs those who look elsewhere nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.geo import Camera
from explorer.streaming import Budgets
from explorer.streaming.foresight import AHEAD_SECS, Foresight
from tests.specimens import three_level_city
from tests.streaming.journey import Journey

STEP_SECS = 0.05
START = Camera((0.0, -300.0, 40.0), heading_deg=180.0, pitch_deg=-10.0)


def turning(n: int, by_deg: float = 6.0) -> list[Camera]:
    """A camera with its back to the city that turns round to it."""
    return [replace(START, heading_deg=START.heading_deg + i * by_deg) for i in range(n)]


def fly(journey: Journey, cameras: list[Camera], *, run: int | None = None) -> list[int]:
    """Fly in time; how many tiles each view lacked."""
    lacking = []
    for camera in cameras:
        journey.clock.go_on(STEP_SECS)
        lacking.append(journey.frame(camera, run=run).loading)
    return lacking


def test_what_comes_into_view_by_turning_has_been_asked_for_before() -> None:
    journey = Journey(three_level_city())
    journey.settle(START)
    assert journey.names() == set()
    assert not any(fly(journey, turning(30)))
    assert len(journey.names()) > 3


def test_a_frame_that_catches_up_takes_in_what_lies_ahead_as_well() -> None:
    """Or else it would be caught up with again in the next."""
    journey = Journey(three_level_city(), Budgets(attach_tiles=256))
    journey.settle(START)
    lacking = fly(journey, turning(8, by_deg=24.0))
    assert lacking[3] > 0  # too quick a turn at first
    assert lacking[5:] == [0, 0, 0]


def test_who_turns_at_once_waits() -> None:
    """What the test above would see without foresight."""
    journey = Journey(three_level_city())
    journey.settle(START)
    assert any(fly(journey, [turning(30)[-1]] * 3))


def test_who_stands_still_is_sent_nothing_ahead() -> None:
    journey = Journey(three_level_city())
    journey.settle(START)
    reads = len(journey.store.reads)
    fly(journey, [START] * 20)
    assert len(journey.store.reads) == reads


def test_what_the_view_lacks_comes_before_what_lies_ahead() -> None:
    journey = Journey(three_level_city(), Budgets(loading=2, loading_at_first=2, attach_tiles=100))
    journey.settle(Camera((0.0, -1000.0, 60.0)))
    assert journey.names() == {"a", "b", "c", "d"}
    fly(journey, turning(12), run=0)
    assert len(journey.jobs.waiting) == 2, "as many as may be under way"
    journey.frame(Camera((150.0, 150.0, 60.0), heading_deg=0.0, pitch_deg=-60.0), run=0)
    cancelled = [job.progress.is_cancelled for job, _work, _done in journey.jobs.waiting]
    assert cancelled == [True, True, False, False]


def test_a_full_memory_is_not_filled_ahead_and_nothing_goes_to_and_fro() -> None:
    journey = Journey(three_level_city())
    journey.settle(replace(START, heading_deg=0.0))
    journey.runtime.ceiling.limit_bytes = int(1.05 * journey.runtime.resident_bytes)
    reads = len(journey.store.reads)
    to_and_fro = [replace(START, heading_deg=(i % 20 - 10) * 2.0) for i in range(100)]
    fly(journey, to_and_fro)
    assert len(journey.store.reads) - reads <= 2
    assert journey.runtime.resident_bytes <= journey.runtime.ceiling.limit_bytes


def test_what_was_fetched_ahead_in_vain_is_cancelled() -> None:
    journey = Journey(three_level_city())
    journey.settle(START)
    fly(journey, turning(10), run=0)
    assert journey.jobs.waiting
    reads = len(journey.store.reads)
    fly(journey, [START] * 8, run=0)  # a change of mind
    journey.jobs.run()
    assert len(journey.store.reads) == reads


@pytest.mark.parametrize("heading", [10.0, 358.0])
def test_a_way_goes_on_as_it_went(heading: float) -> None:
    foresight = Foresight()
    for i in range(5):
        camera = Camera((10.0 * i, 0.0, 100.0 - i), heading_deg=(heading + 3.0 * i) % 360.0, pitch_deg=-10.0)
        (*found,) = foresight([camera], 0.1 * i)
    (ahead,) = found
    times = AHEAD_SECS / 0.1
    assert ahead.position == pytest.approx((40.0 + 10.0 * times, 0.0, 96.0 - times))
    assert ahead.heading_deg % 360.0 == pytest.approx((heading + 12.0 + 3.0 * times) % 360.0)
    assert ahead.pitch_deg == pytest.approx(-10.0)


def test_who_was_put_elsewhere_is_heading_nowhere() -> None:
    foresight = Foresight()
    foresight([Camera((0.0, 0.0, 50.0))], 0.0)
    foresight([Camera((1.0, 0.0, 50.0))], 0.1)
    assert foresight([Camera((90_000.0, 0.0, 50.0))], 0.2) == ()


@pytest.mark.parametrize(("heading_deg", "looked_at"), [(-35.0, "a"), (35.0, "b")])
def test_the_middle_of_the_picture_comes_before_its_rim(heading_deg: float, looked_at: str) -> None:
    journey = Journey(three_level_city(), Budgets(loading=1, loading_at_first=1, attach_tiles=100))
    journey.settle(Camera((0.0, -6000.0, 60.0)))
    for _n in range(3):
        journey.frame(Camera((0.0, -260.0, 30.0), heading_deg=heading_deg), run=1)
    assert next(read for read in journey.store.reads if len(read) == len("a.glb")) == f"{looked_at}.glb"

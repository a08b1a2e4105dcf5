"""Journeys of a camera, frame by frame: bytes from a dictionary, workers that wait to be told, a counting renderer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.jobs import InlineJobs, ThreadJobs
from explorer.store import open_store
from explorer.streaming import (
    Budgets,
    TilesetRuntime,
    load_tileset,
    refine_towards,
    wait_until_idle,
)
from tests.fakes import FakeClock, FakeStore
from tests.specimens import at_home, four_leaf_city, three_level_city
from tests.streaming.journey import AWAY, FAR, NEAR, Journey


@pytest.fixture
def journey() -> Iterator[Journey]:
    """A journey through the four-leaf city; at its end everything must have been released."""
    made = Journey()
    yield made
    made.renderer.detach(made.runtime.close())
    made.renderer.check_released()


def test_a_still_camera_comes_to_rest_on_the_finest_tiles_that_it_needs(journey: Journey) -> None:
    journey.settle(NEAR)
    assert journey.names() == {"a", "b", "c", "d"}


def test_coming_nearer_never_leaves_a_hole(journey: Journey) -> None:
    journey.settle(FAR)
    for y in range(-6000, -200, 200):
        journey.frame(Camera((0.0, float(y), 60.0)), run=1)
        assert journey.names() in ({"root"}, {"a", "b", "c", "d"})


def test_turning_away_and_back_finds_everything_where_it_was(journey: Journey) -> None:
    journey.settle(NEAR)
    journey.frame(AWAY)
    assert journey.names() == set()
    reads = len(journey.store.reads)
    journey.frame(NEAR)
    assert journey.names() == {"a", "b", "c", "d"}
    assert len(journey.store.reads) == reads


def test_going_back_shows_the_parent_at_once(journey: Journey) -> None:
    journey.settle(NEAR)
    frame = journey.frame(FAR)
    assert journey.names() == {"root"}
    assert frame.loading == 0


def test_a_fast_flight_never_shows_nothing() -> None:
    journey = Journey(three_level_city(), Budgets(attach_tiles=1, loading=2, loading_at_first=2))
    journey.settle(FAR)
    for step in range(60):
        camera = Camera((-180.0 + 6.0 * step, -260.0 + 3.0 * step, 40.0), heading_deg=0.0, pitch_deg=-15.0)
        journey.frame(camera, run=1)
        assert journey.renderer.shown


def test_the_frame_that_attaches_a_tile_shows_it(journey: Journey) -> None:
    frames = [journey.frame(NEAR) for _n in range(3)]
    first = next(frame for frame in frames if frame.attach)
    assert {tile for tile, _prepared in first.attach} & set(first.render.tolist())


def test_attaching_keeps_to_the_budget_of_a_frame() -> None:
    journey = Journey(budgets=Budgets(attach_tiles=1, attach_small_tiles=4, loading=10))
    journey.frame(NEAR)
    counts = [len(journey.frame(NEAR).attach) for _n in range(8)]
    assert max(counts) == 4, "tiles as small as these have a budget of their own"
    assert sum(counts) == 5


def test_loads_that_left_the_view_are_cancelled(journey: Journey) -> None:
    journey.frame(NEAR)
    waiting = len(journey.jobs.waiting)
    assert waiting > 0
    frame = journey.frame(AWAY, run=0)
    assert frame.loading == 0
    journey.jobs.run()
    assert journey.store.reads == ["tileset.json"]


def test_no_more_loads_are_under_way_than_allowed() -> None:
    journey = Journey(three_level_city(), Budgets(loading=2, loading_at_first=3))
    journey.frame(NEAR, run=0)
    assert len(journey.jobs.waiting) == 3


@pytest.mark.parametrize(("n_bytes", "under_way"), [(1 << 30, 4), (1, 2)])
def test_of_tiles_that_are_large_fewer_are_under_way(n_bytes: int, under_way: int) -> None:
    """They come in bursts otherwise, and take the processor from the frames that are drawn meanwhile."""
    budgets = Budgets(loading=2, loading_at_first=4, loading_bytes=n_bytes)
    journey = Journey(three_level_city(), budgets)
    journey.frame(FAR, run=0)
    journey.settle(FAR)  # now it is known how large one is
    journey.frame(NEAR, run=0)
    assert len(journey.jobs.waiting) == under_way


def test_a_server_error_is_tried_again_after_a_while(journey: Journey) -> None:
    journey.store.fail("d.glb", times=2)
    for _n in range(5):
        journey.frame(NEAR)
    assert journey.names() == {"root"}
    assert journey.store.reads.count("d.glb") == 1
    for secs in (1.0, 2.0):
        journey.clock.go_on(secs)
        journey.frame(NEAR)
        journey.frame(NEAR)
    journey.settle(NEAR)
    assert journey.names() == {"a", "b", "c", "d"}
    assert journey.runtime.failures == []


def test_a_tile_that_is_not_there_keeps_its_parent_and_is_named(journey: Journey) -> None:
    del journey.store.files["d.glb"]
    for _n in range(12):
        frame = journey.frame(NEAR)
        journey.clock.go_on(5.0)
    assert journey.names() == {"root"}
    assert frame.failed == 1
    assert any("d.glb" in sentence for sentence in journey.runtime.diagnostics)
    assert journey.store.reads.count("d.glb") == 4


def test_a_broken_tile_is_not_asked_for_again(journey: Journey) -> None:
    journey.store.files["d.glb"] = journey.store.files["d.glb"][:100]
    for _n in range(6):
        frame = journey.frame(NEAR)
        journey.clock.go_on(100.0)
    assert frame.failed == 1
    assert frame.is_settled
    assert journey.store.reads.count("d.glb") == 1
    assert journey.names() == {"root"}


def test_what_failed_is_asked_for_again_on_request(journey: Journey) -> None:
    good = journey.store.files["d.glb"]
    journey.store.files["d.glb"] = b"nonsense"
    for _n in range(6):
        journey.frame(NEAR)
    journey.store.files["d.glb"] = good
    journey.runtime.retry_failed()
    journey.settle(NEAR)
    assert journey.names() == {"a", "b", "c", "d"}


def test_a_server_that_stalls_holds_nothing_up(journey: Journey) -> None:
    journey.store.stall("d.glb")
    for _n in range(6):
        frame = journey.frame(NEAR)
    assert journey.names() == {"root"}
    assert frame.loading == 1
    journey.clock.go_on(60.0)
    journey.frame(NEAR)
    assert len(journey.runtime.failures) == 1


def test_memory_over_the_budget_is_let_go_and_never_what_is_in_use(journey: Journey) -> None:
    journey.settle(NEAR)
    journey.runtime.ceiling.limit_bytes = int(0.5 * journey.runtime.resident_bytes)
    journey.settle(FAR)
    assert journey.names() == {"root"}
    assert 1 <= len(journey.renderer.attached) < 5
    assert journey.runtime.resident_bytes <= journey.runtime.ceiling.limit_bytes


def test_a_view_that_needs_more_memory_than_there_is_becomes_coarser_and_stays_so() -> None:
    journey = Journey(three_level_city())
    close = Camera((0.0, -210.0, 40.0), pitch_deg=-10.0)
    journey.settle(close)
    fine = len(journey.renderer.shown)
    journey.runtime.ceiling.limit_bytes = int(0.5 * journey.runtime.resident_bytes)
    seen = []
    for _n in range(60):
        journey.frame(close)
        seen.append(journey.renderer.shown)
    assert 0 < len(seen[-1]) < fine
    assert len(set(seen[-20:])) == 1


def test_a_tile_with_a_hidden_feature_is_drawn_itself_even_from_afar() -> None:
    journey = Journey(three_level_city())
    journey.runtime.set_must_refine(refine_towards(journey.tileset, ["ab.glb"]))
    journey.settle(FAR)
    assert journey.names() == {"aa", "ab", "ac", "ad", "b", "c", "d"}
    journey.runtime.set_must_refine(frozenset())
    journey.settle(FAR)
    assert journey.names() == {"root"}


def test_a_picture_without_a_window_waits_for_everything() -> None:
    files = three_level_city()
    store = FakeStore(files)
    frame = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
    for jobs in (InlineJobs(), ThreadJobs(2)):
        runtime = TilesetRuntime(store, load_tileset(store), frame, jobs, world_from_tileset=at_home)
        settled = wait_until_idle(runtime, [NEAR], jobs, timeout_secs=10.0)
        assert not settled.timed_out
        assert set(settled.frame.render.tolist()) <= settled.tiles.keys()
        assert settled.frame.loading == 0
        jobs.close()


def test_waiting_for_a_picture_ends_when_the_server_stalls() -> None:
    journey = Journey()
    journey.store.stall("root.glb")
    clock = FakeClock()
    settled = wait_until_idle(
        journey.runtime, [FAR], journey.jobs, timeout_secs=1.0, clock=clock, sleep=lambda secs: clock.go_on(secs)
    )
    assert settled.timed_out


def test_a_box_that_is_too_small_grows_to_what_the_tile_holds(journey: Journey) -> None:
    journey.runtime.tree.half_lengths[1:] *= 0.5
    journey.settle(NEAR)
    lo, hi = journey.runtime.tree.bounds(1)
    prepared = journey.renderer.attached[1]
    assert (lo <= prepared.lo).all()
    assert (hi >= prepared.hi).all()


def test_arrays_are_kept_until_the_renderer_has_them_and_no_longer(journey: Journey) -> None:
    journey.frame(FAR)
    journey.frame(FAR)
    assert journey.renderer.attached
    held = journey.runtime.resident_bytes
    assert held > 0
    assert all(journey.runtime.prepared(tile) is None for tile in journey.renderer.attached)
    assert journey.runtime.n_resident == len(journey.renderer.attached)


def test_an_update_without_a_camera_draws_nothing(journey: Journey) -> None:
    frame = journey.runtime.update([])
    assert frame.render.tolist() == []
    assert frame.is_settled


def test_a_file_that_is_not_on_the_disk_is_not_waited_for(tmp_path: Path) -> None:
    for name, data in four_leaf_city().items():
        if name != "d.glb":
            (tmp_path / name).write_bytes(data)
    store, jobs = open_store(tmp_path), InlineJobs()
    frame = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
    runtime = TilesetRuntime(store, load_tileset(store), frame, jobs, world_from_tileset=at_home)
    settled = wait_until_idle(runtime, [NEAR], jobs, timeout_secs=10.0)
    assert not settled.timed_out
    assert settled.frame.failed == 1
    assert settled.frame.render.tolist() == [0]

"""What is solid around a walker: squares that are announced, come from workers, and go."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.surface import CollisionFeed, ProposedMesh, SurfaceModel
from tests.fakes import StepJobs
from tests.specimens import box_mesh, four_leaf_city
from tests.surface.test_model import FRAME, _ground, _model, _source


def _fed(model: SurfaceModel) -> tuple[CollisionFeed, CollisionWorld, StepJobs]:
    world, jobs = CollisionWorld(), StepJobs()
    return CollisionFeed(model, world, jobs), world, jobs


def _walked(world: CollisionWorld, state: WalkState, secs: float) -> WalkState:
    for _ in range(round(secs * 30)):
        state = Walker().step(state, WalkWish(forward=1.0), 1 / 30, world)
    return state


def test_nobody_moves_before_the_surroundings_are_there_and_everybody_after() -> None:
    feed, world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    feed.update(5.0, 5.0)
    held = _walked(world, WalkState(5.0, 5.0, 0.0), 1.0)
    assert (held.x, held.y, held.z) == (5.0, 5.0, 0.0)
    jobs.run()
    jobs.collect()
    assert feed.is_ready(5.0, 5.0)
    assert _walked(world, held, 3.0).y > 8.0


def test_the_square_underfoot_is_read_first() -> None:
    feed, _world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    feed.update(5.0, 5.0)
    jobs.run(1)
    jobs.collect()
    assert feed.is_ready(5.0, 5.0)
    assert len(jobs.waiting) > 5


def test_nothing_is_asked_for_twice() -> None:
    feed, _world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    feed.update(5.0, 5.0)
    n = len(jobs.waiting)
    feed.update(6.0, 5.0)
    jobs.run()
    jobs.collect()
    feed.update(6.0, 5.0)
    assert len(jobs.waiting) == 0 < n


def test_what_is_far_is_let_go_and_comes_again() -> None:
    feed, world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    for x in (5.0, 2000.0, 5.0):
        feed.update(x, 5.0)
        jobs.run()
        jobs.collect()
        assert feed.is_ready(x, 5.0)
    assert len(world) < 30


def test_a_square_that_was_let_go_while_it_was_read_does_not_come_late() -> None:
    feed, world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    feed.update(5.0, 5.0)
    feed.clear()
    jobs.run()
    jobs.collect()
    assert len(world) == 0
    assert not world.expected


def test_a_proposed_house_is_solid_and_the_house_it_replaces_is_not() -> None:
    model = _model(four_leaf_city()).with_variant(
        [_ground(), ProposedMesh("new", box_mesh((0.0, 30.0, 5.0), (6.0, 2.0, 10.0)))], frozenset("abcd")
    )
    feed, world, jobs = _fed(model)
    feed.update(0.0, 20.0)
    jobs.run()
    jobs.collect()
    state = _walked(world, WalkState(0.0, 20.0, 0.0), 10.0)
    assert np.isclose(state.y, 28.7, atol=0.002)


def test_another_variant_is_read_anew() -> None:
    feed, world, jobs = _fed(SurfaceModel(FRAME, (), [_ground()]))
    feed.update(5.0, 5.0)
    jobs.run()
    jobs.collect()
    feed.set_model(SurfaceModel(FRAME, (), [_ground(), box_mesh((5.0, 9.0, 5.0), (6.0, 2.0, 10.0))]))
    feed.update(5.0, 5.0)
    assert world.is_pending(5.0, 5.0)
    jobs.run()
    jobs.collect()
    assert np.isclose(_walked(world, WalkState(5.0, 5.0, 0.0), 5.0).y, 7.7, atol=0.002)


def test_a_square_whose_tile_fails_has_a_border_and_opens_when_the_tile_comes() -> None:
    source = _source(four_leaf_city())  # four houses of 180 m, each a tile with its ground
    for tile in "abcd":
        source.store.fail(f"{tile}.glb", 1)  # type: ignore[attr-defined]
    now = [100.0]
    world, jobs = CollisionWorld(), StepJobs()
    feed = CollisionFeed(SurfaceModel(FRAME, [source], [_ground()]), world, jobs, lambda: now[0])

    def tend() -> None:
        feed.update(5.0, 20.0)
        jobs.run()
        jobs.collect()

    tend()
    before = _walked(world, WalkState(5.0, 20.0, 0.0, 90.0), 3.0)
    assert (before.x, before.y, before.z) == (5.0, 20.0, 0.0)
    assert not feed.is_ready(5.0, 20.0)
    tend()  # not asked again at once
    assert not feed.is_ready(5.0, 20.0)
    now[0] += 6.0
    tend()
    assert feed.is_ready(5.0, 20.0)
    # the house is there now, and solid
    assert _walked(world, before, 20.0).x == pytest.approx(9.7, abs=0.01)


def test_why_a_square_stays_closed_is_told_once_and_only_when_it_was_tried_again() -> None:
    source = _source(four_leaf_city())
    source.store.files["a.glb"] = b"not a glb"  # type: ignore[attr-defined]
    now, jobs = [0.0], StepJobs()
    feed = CollisionFeed(SurfaceModel(FRAME, [source], [_ground()]), CollisionWorld(), jobs, clock=lambda: now[0])
    told = []
    for _try in range(4):
        feed.update(-100.0, -100.0)
        jobs.run()
        jobs.collect()
        told.append(feed.take_problems())
        now[0] += 6.0
    assert [len(sentences) for sentences in told] == [0, 1, 0, 0]
    assert "a.glb" in told[1][0]


def test_a_broken_tile_stays_closed_and_the_rest_of_the_city_is_walked() -> None:
    source = _source(four_leaf_city())
    source.store.files["a.glb"] = b"not a glb"  # type: ignore[attr-defined]
    world, jobs = CollisionWorld(), StepJobs()
    feed = CollisionFeed(SurfaceModel(FRAME, [source], [_ground()]), world, jobs)
    feed.update(130.0, 0.0)
    jobs.run()
    jobs.collect()
    assert world.is_pending(-100.0, -100.0) or not feed.is_ready(-100.0, -100.0)
    state = WalkState(130.0, 0.0, 0.0, 270.0)
    for _ in range(120):
        for _ in range(30):
            state = Walker().step(state, WalkWish(forward=1.0), 1 / 30, world)
        feed.update(state.x, state.y)
        jobs.run()
        jobs.collect()
    assert 0.0 <= state.x < 67.0  # up to the border of the first square that the broken tile touches
    assert state.z == 0.0

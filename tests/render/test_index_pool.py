"""Runs of indices by slot: whatever comes and goes, each slot gives back what was put."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.render.index_pool import IndexPool


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 400)), max_size=120))
@settings(deadline=None)
def test_runs_survive_growth_and_closing_up(steps: list[tuple[int, int]]) -> None:
    pool, held = IndexPool(), dict[int, np.ndarray]()
    for number, (slot, n) in enumerate(steps):
        if slot in held:
            pool.drop(slot)
            del held[slot]
        else:
            held[slot] = (np.arange(n) + 7 * number).astype(np.uint16)
            pool.put(np.array([slot]), np.array([n]), held[slot])
    slots = np.array(sorted(held), np.int64)
    wanted = np.concatenate([held[slot] for slot in slots.tolist()]) if len(slots) else np.zeros(0, np.uint16)
    assert (pool.taken(pool.start[slots], pool.count[slots]) == wanted).all()


def test_what_is_dropped_is_closed_up() -> None:
    pool = IndexPool()
    run = np.arange(5000, dtype=np.uint16)
    for turn in range(400):
        pool.put(np.array([0]), np.array([len(run)]), run)
        assert (pool.taken(pool.start[:1], pool.count[:1]) == run).all(), turn
        pool.drop(0)
    assert len(pool._flat) < 60 * len(run)


def test_runs_that_come_together_are_told_apart() -> None:
    pool = IndexPool()
    pool.put(np.array([7, 2, 5]), np.array([3, 0, 2]), np.array([1, 2, 3, 9, 8], np.uint16))
    assert pool.taken(pool.start[[5, 7, 2]], pool.count[[5, 7, 2]]).tolist() == [9, 8, 1, 2, 3]

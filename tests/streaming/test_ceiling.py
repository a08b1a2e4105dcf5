"""A hard limit for memory, whatever is looked at: the picture becomes coarser, evenly, and comes to rest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.streaming import Ceiling
from tests.specimens import three_level_city
from tests.streaming.journey import Journey

HORIZON = Camera((0.0, -215.0, 30.0), heading_deg=0.0, pitch_deg=-3.0)
MOST_FRAMES = 100


def whole_bytes() -> int:
    """What the view towards the horizon takes when nothing limits it."""
    journey = Journey(three_level_city())
    journey.settle(HORIZON)
    return journey.runtime.resident_bytes


@pytest.mark.parametrize("share", [0.9, 0.6, 0.35])
def test_the_limit_holds_in_every_frame_and_the_picture_comes_to_rest(share: float) -> None:
    journey = Journey(three_level_city())
    limit = journey.runtime.ceiling.limit_bytes = int(share * whole_bytes())
    shown = []
    for _n in range(MOST_FRAMES):
        journey.frame(HORIZON)
        assert journey.runtime.resident_bytes <= limit
        shown.append(journey.renderer.shown)
    assert shown[-1]
    assert len(set(shown[-40:])) == 1
    reads = len(journey.store.reads)
    journey.frame(HORIZON)
    assert len(journey.store.reads) == reads, "at rest, nothing is fetched again and again"


def test_a_flight_along_the_limit_does_not_swing() -> None:
    journey = Journey(three_level_city())
    limit = journey.runtime.ceiling.limit_bytes = int(0.6 * whole_bytes())
    factors = []
    for step in range(300):
        camera = Camera((0.1 * step, -215.0, 30.0), heading_deg=0.0, pitch_deg=-3.0)
        journey.frame(camera)
        journey.clock.go_on(0.02)
        assert journey.runtime.resident_bytes <= limit
        factors.append(journey.runtime.coarsening)
    turns = [np.sign(b - a) for a, b in pairwise(factors[50:]) if a != b]
    assert sum(a != b for a, b in pairwise(turns)) <= 2, "up and down and up again"


def test_a_view_that_never_fits_is_not_asked_for_for_ever() -> None:
    journey = Journey(three_level_city())
    journey.runtime.ceiling.limit_bytes = 100
    for _n in range(MOST_FRAMES):
        journey.frame(HORIZON)
    reads = len(journey.store.reads)
    for _n in range(20):
        frame = journey.frame(HORIZON)
    assert len(journey.store.reads) == reads
    assert frame.is_settled, "nobody waits for it"
    assert frame.failed > 0
    assert journey.runtime.resident_bytes <= 100


def test_tilesets_that_share_a_limit_become_coarser_together() -> None:
    limit = Ceiling()
    pair = [Journey(three_level_city(), ceiling=limit) for _n in range(2)]
    limit.limit_bytes = int(1.5 * whole_bytes())
    for _n in range(MOST_FRAMES):
        for journey in pair:
            journey.frame(HORIZON)
        assert sum(journey.runtime.resident_bytes for journey in pair) <= limit.limit_bytes
    assert pair[0].names() == pair[1].names() != set()
    assert pair[0].runtime.coarsening == pair[1].runtime.coarsening > 1.0
    pair[1].renderer.detach(pair[1].runtime.close())
    for step in range(MOST_FRAMES):  # the other has all the room now, once it moves
        pair[0].frame(Camera((0.01 * step, -215.0, 30.0), heading_deg=0.0, pitch_deg=-3.0))
    assert pair[0].runtime.coarsening == 1.0


def test_what_nobody_looks_at_gives_way() -> None:
    limit = Ceiling()
    one, hidden = (Journey(three_level_city(), ceiling=limit) for _n in range(2))
    hidden.settle(HORIZON)
    limit.limit_bytes = int(1.1 * hidden.runtime.resident_bytes)
    for _n in range(MOST_FRAMES):
        one.frame(HORIZON)
        hidden.renderer.detach(hidden.runtime.update([]).detach)
    assert one.runtime.coarsening < 1.5
    assert len(one.names()) >= len(hidden.renderer.attached)

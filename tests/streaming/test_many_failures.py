"""Thousands of tiles that fail at once, and servers that rest: a frame costs no more, and one sentence tells."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from explorer.errors import FetchError, NotThere, ServerBusy
from explorer.jobs import InlineJobs
from explorer.streaming import (
    TilesetRuntime,
    load_tileset,
    selection,
    wait_until_idle,
)
from tests.fakes import FakeClock, FakeStore
from tests.specimens import at_home, four_leaf_city
from tests.streaming.flight import FRAME, Flight, calls_of, down
from tests.streaming.journey import FAR, NEAR

pytestmark = pytest.mark.usefixtures("impatient")

N = 10_000


def wide_city(n: int) -> dict[str, bytes]:
    """A root over so many tiles side by side."""
    files = four_leaf_city()
    document = json.loads(files["tileset.json"])
    leaf = document["root"]["children"][0]
    document["root"]["children"] = [
        {**leaf, "content": {"uri": f"tile{number}.glb"}, "geometricError": 0.0} for number in range(n)
    ]
    return {"tileset.json": json.dumps(document).encode(), "root.glb": files["root.glb"]}


class Nowhere(FakeStore):
    """A store that has the top of a city and says of all else that it is not there."""

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        try:
            return super().read(uri)
        except FetchError as error:
            raise NotThere(str(error)) from error


def counted_selections(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """A list that grows by one whenever tiles are selected."""
    selected: list[None] = []
    select = selection.Selector.select

    def counting(*positional: Any, **named: Any) -> Any:
        selected.append(None)
        return select(*positional, **named)

    monkeypatch.setattr(selection.Selector, "select", counting)
    return selected


def test_ten_thousand_missing_tiles_cost_a_frame_nothing_and_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    store, jobs = Nowhere(wide_city(N)), InlineJobs()
    runtime = TilesetRuntime(store, load_tileset(store), FRAME, jobs, world_from_tileset=at_home)
    for _frame in range(600):
        frame = runtime.update([NEAR])
        jobs.collect()
    assert frame.failed == N and frame.is_settled and frame.render.tolist() == [0]
    assert len(store.reads) == N + 2
    selected = counted_selections(monkeypatch)
    frames = [calls_of(lambda: runtime.update([NEAR])) for _frame in range(20)]
    assert max(frames) < 400 and selected == []
    assert len(runtime.diagnostics) == len(runtime.news) == 1 and f"{N} tiles are missing" in runtime.diagnostics[0]


def test_a_server_that_is_down_is_not_asked_for_each_of_ten_thousand_tiles() -> None:
    flight = Flight(wide_city(N))
    flight.until(FAR, lambda: flight.names() == {"root"})
    flight.bad = down
    flight.until(NEAR, lambda: "left alone" in str(flight.runtime.diagnostics))
    end = time.monotonic() + 2.0
    frames = []
    while time.monotonic() < end:
        flight.frame(NEAR)
        frames.append(flight.calls[-1])
        time.sleep(0.005)
    assert len(flight.server.asked) < 200 and flight.names() == {"root"}
    assert len(flight.runtime.diagnostics) <= 3
    assert sorted(frames)[len(frames) // 2] < 6000, "calls in a frame, those that take in what workers did included"
    flight.close()


class Resting(FakeStore):
    """A store whose server rests, but for the top of the city."""

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        if uri.endswith(("tileset.json", "root.glb")):
            return super().read(uri)
        raise ServerBusy("The server rests. [x]", "", 1.0)


def test_a_picture_is_not_waited_for_while_a_server_rests_and_rests() -> None:
    store, jobs, clock = Resting(four_leaf_city()), InlineJobs(), FakeClock()
    runtime = TilesetRuntime(store, load_tileset(store), FRAME, jobs, world_from_tileset=at_home, clock=clock)
    settled = wait_until_idle(runtime, [NEAR], jobs, timeout_secs=300.0, clock=clock, sleep=lambda _s: clock.go_on(0.1))
    assert not settled.timed_out and 15.0 < clock.now < 60.0
    assert settled.frame.failed == 4 and settled.frame.render.tolist() == [0]
    assert runtime.failures == [] and "left alone" in runtime.diagnostics[0]


def test_news_are_told_once_however_many_follow() -> None:
    flight = Flight(wide_city(30))
    flight.until(FAR, lambda: flight.names() == {"root"})
    keys: set[str] = set()

    def all_failed() -> bool:
        keys.update(flight.runtime.news)
        return flight.frame(NEAR).failed == 30

    flight.until(NEAR, all_failed)
    assert len(keys) == 1
    flight.close()

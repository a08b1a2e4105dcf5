"""Files of a server: several at once, each once; nobody waits for one that does not come; what is unwanted stays."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer.errors import FetchError
from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.jobs import Progress, ThreadJobs
from explorer.store import REQUESTS_AT_ONCE, HttpStore
from explorer.streaming import TilesetRuntime, load_tileset
from explorer.streaming.fetching import Fetching, TileFetch
from explorer.streaming.flights import _Flight
from tests.fakes import FakeRenderer
from tests.specimens import at_home, block_glb, tile_json, tileset_json
from tests.store.web import Asked, Reply, serving

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
ABOVE = Camera((0.0, -900.0, 500.0), heading_deg=0.0, pitch_deg=-30.0)


class Gate:
    """A store that answers an address only once it is let through."""

    root_uri = "http://city.example/tileset.json"

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.let = threading.Event()
        self.bad: set[str] = set()
        self._lock = threading.Lock()

    def read(self, uri: str) -> bytes:
        with self._lock:
            self.reads.append(uri)
        assert self.let.wait(20.0)
        if uri in self.bad:
            raise FetchError(f"It is not there. [{uri}]")
        return uri.encode()

    def resolve(self, base_uri: str, relative: str) -> str:
        return relative

    def close(self) -> None: ...


class Journey:
    """Fetches, and what came of them."""

    def __init__(self) -> None:
        self.store = Gate()
        self.fetching = Fetching(self.store)
        self.ended: list[TileFetch] = []

    def ask(self, *addresses: str) -> TileFetch:
        return self.fetching.ask(lambda: addresses, self.ended.append)

    def until(self, is_so: Callable[[], Any]) -> None:
        end = time.monotonic() + 20.0
        while not is_so():
            assert time.monotonic() < end, (self.store.reads, self.ended)
            time.sleep(0.002)


@pytest.fixture
def journey() -> Journey:
    return Journey()


def test_several_are_asked_for_at_once_and_no_more_than_one_server_is_asked(journey: Journey) -> None:
    fetches = [journey.ask(f"{i}.glb") for i in range(3 * REQUESTS_AT_ONCE)]
    journey.until(lambda: len(journey.store.reads) == REQUESTS_AT_ONCE)
    time.sleep(0.05)
    assert len(journey.store.reads) == REQUESTS_AT_ONCE and not journey.ended
    journey.store.let.set()
    journey.until(lambda: len(journey.ended) == len(fetches))
    assert [fetch.data(f"{i}.glb") for i, fetch in enumerate(fetches)] == [f"{i}.glb".encode() for i in range(18)]
    journey.fetching.close()


def test_an_address_that_many_ask_for_is_read_once_and_a_tile_waits_for_all_of_its_own(journey: Journey) -> None:
    many = [journey.ask("tree.glb") for _ in range(5)]
    both = journey.ask("tree.glb", "house.glb")
    journey.until(lambda: sorted(journey.store.reads) == ["house.glb", "tree.glb"])
    journey.store.let.set()
    journey.until(lambda: len(journey.ended) == 6)
    assert sorted(journey.store.reads) == ["house.glb", "tree.glb"]
    assert {fetch.data("tree.glb") for fetch in (*many, both)} == {b"tree.glb"}
    assert both.data("house.glb") == b"house.glb"
    journey.fetching.close()


def test_nothing_to_ask_for_is_here_at_once_and_a_failure_is_told_to_each(journey: Journey) -> None:
    journey.ask()
    journey.until(lambda: len(journey.ended) == 1)
    journey.store.bad.add("gone.glb")
    journey.store.let.set()
    fetches = [journey.ask("gone.glb", "here.glb"), journey.ask("gone.glb")]
    journey.until(lambda: len(journey.ended) == 3)
    for fetch in fetches:
        with pytest.raises(FetchError, match=r"gone\.glb"):
            fetch.data("gone.glb")
    assert fetches[0].data("here.glb") == b"here.glb"
    journey.fetching.close()


def test_what_is_not_wanted_when_its_turn_comes_is_not_asked_for_and_read_if_it_is_after_all(journey: Journey) -> None:
    first = [journey.ask(f"{i}.glb") for i in range(REQUESTS_AT_ONCE)]
    journey.until(lambda: len(journey.store.reads) == REQUESTS_AT_ONCE)
    unwanted = journey.ask("unwanted.glb")
    unwanted.progress.cancel()
    journey.store.let.set()
    journey.until(lambda: len(journey.ended) == len(first) + 1)
    assert "unwanted.glb" not in journey.store.reads
    assert unwanted.data("unwanted.glb") == b"unwanted.glb"
    journey.fetching.close()


def test_addresses_that_cannot_be_told_leave_it_to_the_work(journey: Journey) -> None:
    def broken() -> list[str]:
        raise RuntimeError("no address")

    journey.store.let.set()
    fetch = journey.fetching.ask(broken, journey.ended.append)
    journey.until(lambda: journey.ended)
    assert journey.ended == [fetch] and not journey.store.reads
    assert fetch.data("house.glb") == b"house.glb" and journey.store.reads == ["house.glb"]
    journey.fetching.close()


def wide(n: int) -> dict[str, bytes]:
    def at(x: float, y: float) -> list[float]:
        return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, 0, 1]

    leaves = [tile_json(f"{i}.glb", transform=at(i % 5 * 50 - 100, i // 5 * 50)) for i in range(n)]
    root = {"boundingVolume": {"box": [0, 100, 10, 400, 0, 0, 0, 400, 0, 0, 0, 20]}, "geometricError": 500.0}
    files = {f"{i}.glb": block_glb(f"{i}", (0, 0, 5), (20, 20, 10)) for i in range(n)}
    return {**files, "tileset.json": tileset_json({**root, "refine": "ADD", "children": leaves})}


def _n_alive(kind: type) -> int:
    return sum(isinstance(one, kind) for one in gc.get_objects())


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
def test_a_slow_server_is_asked_for_several_tiles_at_once_and_one_that_stalls_holds_up_no_other() -> None:
    files, stall = wide(20), threading.Event()

    def answer(asked: Asked) -> Reply:
        name = asked.name.lstrip("/")
        if name == "0.glb":
            stall.wait(20.0)
        elif name != "tileset.json":
            time.sleep(0.05)
        return Reply(files[name])

    with serving(answer) as server:
        store, jobs, renderer = HttpStore(f"{server.base}/tileset.json"), ThreadJobs(1), FakeRenderer()
        runtime = TilesetRuntime(store, load_tileset(store), FRAME, jobs, world_from_tileset=at_home)
        assert not runtime.is_busy
        end = time.monotonic() + 20.0
        while len(renderer.attached) < 19:
            assert time.monotonic() < end, renderer.attached.keys()
            jobs.collect()
            renderer.take(runtime.update([ABOVE]))
            assert len(renderer.attached) == 19 or runtime.is_busy
            time.sleep(0.002)
        assert 3 <= server.most_at_once <= REQUESTS_AT_ONCE
        assert jobs.submit(lambda _progress: "free", name="other").result(5.0) == "free", "no worker waits for it"
        stall.set()
        while len(renderer.attached) < 20:
            assert time.monotonic() < end
            jobs.collect()
            renderer.take(runtime.update([ABOVE]))
        assert sorted(asked.name for asked in server.asked if asked.name != "/tileset.json") == sorted(
            f"/{i}.glb" for i in range(20)
        )
        assert _n_alive(_Flight) == _n_alive(TileFetch) == 0, "what has landed keeps nothing, not even in a circle"
        runtime.close()
        jobs.close()
        store.close()


def test_a_progress_that_several_share_goes_on_as_long_as_one_does(journey: Journey) -> None:
    one, other = journey.ask("a.glb"), journey.ask("a.glb")
    journey.until(lambda: journey.store.reads == ["a.glb"])
    one.progress.cancel()
    journey.store.let.set()
    journey.until(lambda: len(journey.ended) == 2)
    assert other.data("a.glb") == b"a.glb" and isinstance(one.progress, Progress)
    journey.fetching.close()

"""A real server on this machine that is killed, slowed, or talks nonsense, under a runtime with real workers and store:
the picture stays, frames stay cheap, what is missing is said, and all comes back by itself.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import FetchError, NotThere, ServerBusy
from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.jobs import InlineJobs, ThreadJobs
from explorer.store import DiskCache, HttpStore, WebAccess
from explorer.streaming import (
    Budgets,
    FrameTiles,
    TilesetRuntime,
    failures,
    load_tileset,
    loading,
    selection,
    wait_until_idle,
)
from tests.fakes import FakeClock, FakeRenderer, FakeStore
from tests.specimens import at_home, four_leaf_city
from tests.store.web import Asked, Reply, WebServer, serving
from tests.streaming.journey import FAR, NEAR

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
LEAVES = {"a", "b", "c", "d"}
_MOST_CALLS, _MOST_CALLS_OF_MANY = 2000, 10_000
"""Functions that a frame may call: about half a millisecond, and where thousands of tiles fail at once two."""
Bad = Callable[[Asked], Reply]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything as in a city, in less time."""
    monkeypatch.setattr(loading, "FIRST_WAIT_SECS", 0.05)
    monkeypatch.setattr(loading, "SLOW_SECS", 0.3)
    monkeypatch.setattr("explorer.store.servers.FIRST_REST_SECS", 0.05)
    monkeypatch.setattr("explorer.store.servers.LONGEST_REST_SECS", 0.2)


class Flight:
    """A server, a store, workers, a runtime and a renderer; the server may go wrong."""

    def __init__(self, files: dict[str, bytes], web: WebAccess | None = None, timeout_secs: float = 2.0) -> None:
        self.files, self.bad = files, None  # type: dict[str, bytes], Bad | None
        self._stack = ExitStack()
        self.server: WebServer = self._stack.enter_context(serving(self._answer))
        self.store = HttpStore(
            f"{self.server.base}/tileset.json", web=web, timeout_secs=timeout_secs, first_wait_secs=0.01
        )
        self.jobs = ThreadJobs(3)
        self.calls: list[int] = []
        """How many functions each frame called, in its thread: what it cost, whatever else the machine did."""
        self.renderer = FakeRenderer()
        self.tileset = load_tileset(self.store)
        self.runtime = TilesetRuntime(
            self.store, self.tileset, FRAME, self.jobs, world_from_tileset=at_home, budgets=Budgets(stall_secs=1.0)
        )

    def _answer(self, asked: Asked) -> Reply:
        name = asked.name.lstrip("/")
        if self.bad is not None and name != "tileset.json":
            return self.bad(asked)
        return Reply(self.files[name]) if name in self.files else Reply(status=404)

    def frame(self, camera: Camera) -> FrameTiles:
        """One frame."""
        frames: list[FrameTiles] = []
        self.calls.append(calls_of(lambda: frames.append(self._frame(camera))))
        return frames[0]

    def _frame(self, camera: Camera) -> FrameTiles:
        self.jobs.collect()
        frame = self.runtime.update([camera])
        self.renderer.take(frame)
        return frame

    def until(self, camera: Camera, is_so: Callable[[], Any], secs: float = 20.0) -> None:
        """Frames until something is so; the picture never loses what it had."""
        end = time.monotonic() + secs
        while not is_so():
            assert time.monotonic() < end, (self.names(), self.runtime.diagnostics)
            had = bool(self.renderer.shown)
            self.frame(camera)
            assert self.renderer.shown or not had, "the picture went"
            time.sleep(0.005)

    def names(self) -> set[str]:
        """The tiles that are shown, by name."""
        return {str(self.tileset.content_uri[tile]).removesuffix(".glb") for tile in self.renderer.shown}

    def close(self) -> None:
        """End everything."""
        most = _MOST_CALLS if len(self.tileset) < 100 else _MOST_CALLS_OF_MANY
        assert max(self.calls, default=0) < most, "whatever the server does, a frame costs as little"
        self.runtime.close()
        self.jobs.close()
        self.store.close()
        self._stack.close()


@pytest.fixture
def flight() -> Iterator[Flight]:
    flight = Flight(four_leaf_city(), timeout_secs=0.5)
    yield flight
    flight.close()


def _garbage(_asked: Asked) -> Reply:
    return Reply(b"\x00no tile at all" * 50)


def _no_http(_asked: Asked) -> Reply:
    raise ConnectionResetError


def _truncated(_asked: Asked) -> Reply:
    return Reply(bytes(5000), cut_at=700)


def _too_long(_asked: Asked) -> Reply:
    return Reply(four_leaf_city()["a.glb"], headers={"Content-Length": "3"})


def _too_short(_asked: Asked) -> Reply:
    return Reply(four_leaf_city()["a.glb"], headers={"Content-Length": "999999"}, cut_at=10**6)


def _in_circles(asked: Asked) -> Reply:
    return Reply(status=302, headers={"Location": asked.path})


def _down(_asked: Asked) -> Reply:
    return Reply(status=503)


def _too_busy(_asked: Asked) -> Reply:
    return Reply(status=429, headers={"Retry-After": "1"})


def _says_it_is_packed(_asked: Asked) -> Reply:
    return Reply(b"not packed", headers={"Content-Encoding": "gzip"})


MENDED_BY_ITSELF = [_no_http, _truncated, _too_short, _down, _too_busy, _says_it_is_packed]
MENDED_WHEN_ASKED = [_garbage, _too_long, _in_circles]


@pytest.mark.parametrize("bad", MENDED_BY_ITSELF)
def test_the_picture_stays_and_the_rest_comes_once_the_server_is_well(flight: Flight, bad: Bad) -> None:
    flight.until(FAR, lambda: flight.names() == {"root"})
    flight.bad = bad
    flight.until(NEAR, lambda: flight.runtime.diagnostics)
    assert flight.names() == {"root"}
    assert len(flight.runtime.diagnostics) <= 3
    flight.bad = None
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    assert flight.runtime.diagnostics == () and flight.runtime.failures == []


@pytest.mark.parametrize("bad", MENDED_WHEN_ASKED)
def test_what_cannot_mend_keeps_the_picture_and_is_said_once(flight: Flight, bad: Bad) -> None:
    flight.until(FAR, lambda: flight.names() == {"root"})
    flight.bad = bad
    flight.until(NEAR, lambda: flight.frame(NEAR).failed == 4)
    assert flight.names() == {"root"}
    assert len(flight.runtime.diagnostics) == 1 and "4 tiles are missing" in flight.runtime.diagnostics[0]
    flight.bad = None
    flight.runtime.retry_failed()
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    assert flight.runtime.diagnostics == ()


def test_a_server_that_is_killed_and_started_again(flight: Flight) -> None:
    flight.until(FAR, lambda: flight.names() == {"root"})
    port = flight.server.server_port
    flight.server.shutdown()
    flight.server.server_close()
    flight.store.close()  # as a kill closes what was open
    flight.until(NEAR, lambda: "left alone" in str(flight.runtime.diagnostics))
    assert flight.names() == {"root"}
    with serving(flight._answer, port):
        flight.until(NEAR, lambda: flight.names() == LEAVES)
    assert flight.runtime.diagnostics == ()


def test_a_server_that_never_speaks_a_word(flight: Flight) -> None:
    flight.until(FAR, lambda: flight.names() == {"root"})
    port = flight.server.server_port
    flight.server.shutdown()
    flight.server.server_close()
    flight.store.close()
    mute = socket.create_server(("127.0.0.1", port))
    flight.until(NEAR, lambda: flight.runtime.diagnostics)
    assert flight.names() == {"root"}
    mute.close()
    with serving(flight._answer, port):
        flight.until(NEAR, lambda: flight.names() == LEAVES, secs=40.0)


def test_a_slow_server_is_late_and_what_comes_late_is_taken(flight: Flight) -> None:
    flight.until(FAR, lambda: flight.names() == {"root"})
    size = max(len(flight.files[f"{name}.glb"]) for name in LEAVES)
    flight.server.bytes_per_sec = max(int(size / 2.0), 500)
    asked = len(flight.server.asked)
    flight.until(NEAR, lambda: "has not come within 1 s" in str(flight.runtime.diagnostics))
    assert flight.names() == {"root"}
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    assert len(flight.server.asked) - asked == 4, "no tile was asked for twice"


def test_while_the_server_is_down_what_the_disk_has_is_drawn(tmp_path: Path) -> None:
    web = WebAccess(DiskCache(tmp_path / "web.sqlite", 10_000_000))
    flight = Flight(four_leaf_city(), web, timeout_secs=0.5)
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    flight.runtime.close()
    flight.files = {"tileset.json": flight.files["tileset.json"]}
    flight.bad = _down
    for _failure in range(5):
        with pytest.raises(OSError):
            flight.store.read(f"{flight.server.base}/other.glb")
    flight.renderer = FakeRenderer()
    flight.runtime = TilesetRuntime(flight.store, flight.tileset, FRAME, flight.jobs, world_from_tileset=at_home)
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    flight.close()
    assert web.cache is not None
    web.cache.close()


# -- ten thousand ------------------------------------------------------------------------------------------------------


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


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls, in this thread."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


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
    flight.bad = _down
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


def test_a_failure_that_nobody_heard_of_names_no_secret() -> None:
    flight = Flight(four_leaf_city())
    error = RuntimeError("unheard of")
    tileset = replace(flight.tileset, content_uri=("root.glb", "a.glb?session=s3cret", None, None, None))
    kept = failures.Failures(flight.store, tileset, True)
    kept.add(1, error, 0.0)
    assert "a.glb" in kept.sentences()[0] and "s3cret" not in kept.sentences()[0]
    flight.close()

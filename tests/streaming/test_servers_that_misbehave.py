"""A real server on this machine that is killed, slowed, or talks nonsense, under a runtime with real workers and store:
the picture stays, frames stay cheap, what is missing is said, and all comes back by itself.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.store import DiskCache, WebAccess
from explorer.streaming import (
    TilesetRuntime,
    failures,
)
from tests.fakes import FakeRenderer
from tests.specimens import at_home, four_leaf_city
from tests.store.web import Asked, Reply, serving
from tests.streaming.flight import FRAME, Bad, Flight, down
from tests.streaming.journey import FAR, NEAR

pytestmark = pytest.mark.usefixtures("impatient")

LEAVES = {"a", "b", "c", "d"}


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


def _too_busy(_asked: Asked) -> Reply:
    return Reply(status=429, headers={"Retry-After": "1"})


def _says_it_is_packed(_asked: Asked) -> Reply:
    return Reply(b"not packed", headers={"Content-Encoding": "gzip"})


MENDED_BY_ITSELF = [_no_http, _truncated, _too_short, down, _too_busy, _says_it_is_packed]
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
    flight.bad = down
    for _failure in range(5):
        with pytest.raises(OSError):
            flight.store.read(f"{flight.server.base}/other.glb")
    flight.renderer = FakeRenderer()
    flight.runtime = TilesetRuntime(flight.store, flight.tileset, FRAME, flight.jobs, world_from_tileset=at_home)
    flight.until(NEAR, lambda: flight.names() == LEAVES)
    flight.close()
    assert web.cache is not None
    web.cache.close()


def test_a_failure_that_nobody_heard_of_names_no_secret() -> None:
    flight = Flight(four_leaf_city())
    error = RuntimeError("unheard of")
    tileset = replace(flight.tileset, content_uri=("root.glb", "a.glb?session=s3cret", None, None, None))
    kept = failures.Failures(flight.store, tileset, True)
    kept.add(1, error, 0.0)
    assert "a.glb" in kept.sentences()[0] and "s3cret" not in kept.sentences()[0]
    flight.close()

"""Reading from a server through the disk cache: fresh, asked again by tag, offline, and while the server is down."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.errors import FetchError, NotThere
from explorer.store import DiskCache, HttpStore, WebAccess


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        asked = self.server.asked
        asked[self.path] += 1
        if self.headers.get("If-None-Match") == self.server.tag:
            asked["304"] += 1
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        body = self.server.body
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"/fresh": {"Cache-Control": "max-age=600"}, "/secret": {"Cache-Control": "no-store"}}.get(
            self.path, {"ETag": self.server.tag}
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.tag, self.body = '"one"', b"first"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[_Server]:
    server = _Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebAccess]:
    cache = DiskCache(tmp_path / "web.sqlite", 1_000_000)
    yield WebAccess(cache)
    cache.close()


@pytest.fixture
def store(server: _Server, web: WebAccess) -> Iterator[HttpStore]:
    store = HttpStore(f"{server.address}/tileset.json", web=web, sleep=lambda _secs: None)
    yield store
    store.close()


def test_what_is_fresh_is_not_asked_for_again(store: HttpStore, server: _Server) -> None:
    assert [store.read(f"{server.address}/fresh") for _ in range(3)] == [b"first"] * 3
    assert server.asked["/fresh"] == 1


def test_what_is_old_is_asked_for_by_its_tag_and_not_sent_again(store: HttpStore, server: _Server) -> None:
    assert [store.read(f"{server.address}/tagged") for _ in range(3)] == [b"first"] * 3
    assert server.asked["/tagged"] == 3 and server.asked["304"] == 2
    server.tag, server.body = '"two"', b"second"
    assert store.read(f"{server.address}/tagged") == b"second"


def test_what_must_not_be_kept_is_asked_for_each_time(store: HttpStore, server: _Server, web: WebAccess) -> None:
    for _ in range(2):
        store.read(f"{server.address}/secret")
    assert server.asked["/secret"] == 2
    assert web.cache is not None and web.cache.get(f"{server.address}/secret") is None


def test_offline_what_is_kept_is_there_and_nobody_is_asked(store: HttpStore, server: _Server, web: WebAccess) -> None:
    store.read(f"{server.address}/tagged")
    web.is_offline = True
    assert store.read(f"{server.address}/tagged") == b"first"
    with pytest.raises(NotThere, match="offline"):
        store.read(f"{server.address}/never")
    assert server.asked["/tagged"] == 1 and server.asked["/never"] == 0


def test_while_the_server_is_down_what_is_kept_is_shown(store: HttpStore, server: _Server) -> None:
    address = server.address
    store.read(f"{address}/tagged")
    server.shutdown()
    server.server_close()
    store.close()
    assert store.read(f"{address}/tagged") == b"first"
    with pytest.raises(FetchError):
        store.read(f"{address}/never")

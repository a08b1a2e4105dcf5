"""A city on the web: kept while it is seen, and there without the web."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.app import web
from explorer.app.finding import open_place
from explorer.errors import ExplorerError
from explorer.settings import Settings
from explorer.store import is_web_address

pytestmark = pytest.mark.usefixtures("kept_home")


@pytest.fixture
def server(small_town: Path) -> Iterator[ThreadingHTTPServer]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(small_town)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_city_that_was_seen_is_there_without_the_web(server: ThreadingHTTPServer) -> None:
    address = f"http://127.0.0.1:{server.server_port}/"
    assert is_web_address(address)
    seen = open_place(address).surface().content_hash((-100.0, -100.0, 100.0, 100.0))
    server.shutdown()
    server.server_close()
    web.follow_settings(Settings(offline=True))
    again = open_place(address)
    assert again.warnings == []
    assert again.surface().content_hash((-100.0, -100.0, 100.0, 100.0)) == seen


def test_offline_a_city_that_was_never_seen_is_said_to_be_missing(server: ThreadingHTTPServer) -> None:
    web.follow_settings(Settings(offline=True))
    with pytest.raises(ExplorerError, match="offline"):
        open_place(f"http://127.0.0.1:{server.server_port}/")


def test_nothing_is_kept_where_nothing_may_be(server: ThreadingHTTPServer) -> None:
    web.follow_settings(Settings(cache_gb=0.0))
    open_place(f"http://127.0.0.1:{server.server_port}/")
    cache = web.web_access().cache
    assert cache is not None and cache.size_bytes == 0

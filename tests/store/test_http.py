"""Reading from a web server that stumbles, stalls, lies and sends in circles."""

from __future__ import annotations

import gc
import gzip
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from explorer.errors import FetchError, NotThere
from explorer.store import HttpStore


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with self.server.lock:
            self.server.asked[path] += 1
            count = self.server.asked[path]
            self.server.clients.add(self.client_address)
        getattr(self, "send_" + path.strip("/").replace("/", "_"), self.send_missing)(count)

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_missing(self, count: int) -> None:
        self.reply(404, b"not here")

    def send_good(self, count: int) -> None:
        self.reply(200, b"bytes")

    def send_stumbles(self, count: int) -> None:
        self.reply(500 if count < 3 else 200, b"at last" if count >= 3 else b"")

    def send_busy(self, count: int) -> None:
        self.reply(503, b"")

    def send_stalls(self, count: int) -> None:
        if count == 1:
            time.sleep(0.8)
        self.reply(200, b"late")

    def send_drips(self, count: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _byte in range(20):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def send_truncated(self, count: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only a little")
        self.close_connection = True

    def send_circle(self, count: int) -> None:
        self.reply(302, b"", Location="/circle")

    def send_moved(self, count: int) -> None:
        self.reply(301, b"", Location="/good")

    def send_mangled(self, count: int) -> None:
        self.reply(200, b"this is no gzip", **{"Content-Encoding": "gzip"})

    def send_packed(self, count: int) -> None:
        self.reply(200, gzip.compress(b"bytes"))

    def send_bomb(self, count: int) -> None:
        self.reply(200, gzip.compress(bytes(5000)))

    def send_garbage(self, count: int) -> None:
        self.wfile.write(b"\x00\x01 no http at all\r\n\r\n")
        self.close_connection = True

    def send_huge(self, count: int) -> None:
        self.reply(200, b"x" * 5000)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.clients: set[tuple[str, int]] = set()
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        pass

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[_Server]:
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(server: _Server, waits: list[float]) -> Iterator[HttpStore]:
    store = HttpStore(f"{server.base}/good", timeout_secs=10.0, sleep=waits.append)
    yield store
    store.close()


def test_bytes_come_over_one_connection(store: HttpStore, server: _Server) -> None:
    for _time in range(5):
        assert store.read(store.root_uri) == b"bytes"
    assert len(server.clients) == 1


def test_connections_end_with_the_last_who_holds_the_store(server: _Server) -> None:
    store = HttpStore(f"{server.base}/good")
    assert store.read(store.root_uri) == b"bytes"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del store
        gc.collect()
    assert [str(warning.message) for warning in told if "unclosed" in str(warning.message)] == []


def test_a_server_that_stumbles_is_asked_again(store: HttpStore, server: _Server, waits: list[float]) -> None:
    assert store.read(f"{server.base}/stumbles") == b"at last"
    assert server.asked["/stumbles"] == 3
    assert len(waits) == 2
    assert 0.0 < waits[0] <= 0.25 < 0.5 >= waits[1] >= 0.25


def test_after_four_tries_the_server_is_given_up(store: HttpStore, server: _Server, waits: list[float]) -> None:
    with pytest.raises(FetchError, match=r"answered 503\. \[http"):
        store.read(f"{server.base}/busy")
    assert server.asked["/busy"] == 4
    assert len(waits) == 3


def test_what_is_missing_is_not_asked_for_again(store: HttpStore, server: _Server) -> None:
    with pytest.raises(NotThere, match="answered 404"):
        store.read(f"{server.base}/nowhere")
    assert server.asked["/nowhere"] == 1


def test_a_stall_ends_at_the_time_limit_and_is_tried_again(server: _Server, waits: list[float]) -> None:
    store = HttpStore(server.base, timeout_secs=0.3, max_tries=20, sleep=waits.append)
    assert store.read(f"{server.base}/stalls") == b"late"
    assert server.asked["/stalls"] >= 2
    store.close()


def test_a_server_that_drips_does_not_hold_us_for_ever(server: _Server, waits: list[float]) -> None:
    store = HttpStore(server.base, timeout_secs=0.3, max_tries=1, sleep=waits.append)
    with pytest.raises(FetchError, match="did not answer within"):
        store.read(f"{server.base}/drips")
    store.close()


def test_a_truncated_answer_is_never_taken_for_a_whole_one(store: HttpStore, server: _Server) -> None:
    with pytest.raises(FetchError, match="Cannot read from the web"):
        store.read(f"{server.base}/truncated")
    assert server.asked["/truncated"] == 4


def test_a_circle_of_redirects_ends(store: HttpStore, server: _Server) -> None:
    with pytest.raises(FetchError, match="without end"):
        store.read(f"{server.base}/circle")
    assert server.asked["/circle"] <= 7


def test_a_moved_file_is_found(store: HttpStore, server: _Server) -> None:
    assert store.read(f"{server.base}/moved") == b"bytes"


@pytest.mark.parametrize("path", ["mangled", "garbage"])
def test_garbage_is_an_error_and_not_a_crash(store: HttpStore, server: _Server, path: str) -> None:
    with pytest.raises(FetchError):
        store.read(f"{server.base}/{path}")


def test_what_a_plain_server_has_compressed_is_read_as_it_was(store: HttpStore, server: _Server) -> None:
    assert store.read(f"{server.base}/packed") == b"bytes"


@pytest.mark.parametrize("path", ["huge", "bomb"])
def test_a_file_that_is_too_large_is_refused(server: _Server, path: str) -> None:
    store = HttpStore(server.base, max_bytes=1000)
    with pytest.raises(FetchError, match="larger than"):
        store.read(f"{server.base}/{path}")
    store.close()


def test_nobody_at_home_is_said_in_a_sentence(waits: list[float]) -> None:
    store = HttpStore("http://127.0.0.1:9/tileset.json", timeout_secs=0.3, sleep=waits.append)
    with pytest.raises(FetchError, match=r"Cannot read from the web: .*\[http://127.0.0.1:9"):
        store.read(store.root_uri)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(FetchError, match="not a web address"):
        HttpStore("http://example.org:port/").read("http://example.org:port/")


def test_relative_addresses_follow_the_web_and_keep_the_key() -> None:
    store = HttpStore("https://example.org/city/tileset.json?key=abc")
    assert store.resolve(store.root_uri, "tiles/1.glb") == "https://example.org/city/tiles/1.glb?key=abc"
    assert store.resolve(store.root_uri, "/other/1.glb?key=x") == "https://example.org/other/1.glb?key=x"
    assert store.resolve(store.root_uri, "https://cdn.org/1.glb") == "https://cdn.org/1.glb"
    assert store.resolve(store.root_uri, "tiles\\1.glb") == "https://example.org/city/tiles/1.glb?key=abc"
    assert store.resolve(store.root_uri, "\\\\cdn.org\\1.glb") == "https://cdn.org/1.glb"


def test_a_web_tileset_cannot_reach_files_on_this_machine() -> None:
    store = HttpStore("https://example.org/city/tileset.json")
    with pytest.raises(FetchError, match="this kind of address"):
        store.resolve(store.root_uri, "file:///etc/passwd")


def test_an_access_key_is_not_shown_in_the_error(store: HttpStore, server: _Server) -> None:
    with pytest.raises(FetchError) as caught:
        store.read(f"{server.base}/nowhere?key=secret".replace("//", "//user:secret@"))
    assert "secret" not in str(caught.value)
    assert "/nowhere" in str(caught.value)


def test_many_threads_read_at_once(server: _Server) -> None:
    store = HttpStore(server.base, timeout_secs=5.0)
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(store.read(f"{server.base}/good"))) for _number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [b"bytes"] * 8
    store.close()


@pytest.mark.parametrize("broken", ["//[x.json", "http://[x.json", "half \ud800.json"])
def test_a_relative_address_that_is_none_is_refused(server: _Server, broken: str) -> None:
    store = HttpStore(f"{server.base}/tileset.json", max_tries=1)
    with pytest.raises(FetchError) as caught:
        store.read(store.resolve(store.root_uri, broken))
    assert str(caught.value).encode("utf-8")
    store.close()

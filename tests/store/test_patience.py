"""How a server is asked: compressed, in pieces, by a proxy, not too much at once, and not while it wants to be left."""

from __future__ import annotations

import gzip
import random
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import FetchError, NotThere, ServerBusy
from explorer.jobs import Cancelled, Progress, ThreadJobs
from explorer.store import DiskCache, HttpStore, ServerKey, WebAccess, server_of
from explorer.store.decoding import Damaged, TooLarge, decoded
from explorer.store.freshness import retry_after
from explorer.store.servers import FAILURES_IN_A_ROW, LONGEST_REST_SECS, REQUESTS_AT_ONCE, Server
from tests.store.web import Asked, Reply, forwarding, serving

BODY = random.Random(1).randbytes(20_000)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def waits() -> list[float]:
    return []


# -- compression -------------------------------------------------------------------------------------------------------


def _bare(body: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(body) + deflate.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": lambda body: gzip.compress(body[:100]) + gzip.compress(body[100:]),
    "deflate": zlib.compress,
    "Deflate": _bare,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", list(PACKERS))
def test_a_compressed_body_is_asked_for_and_unpacked(stack: ExitStack, encoding: str) -> None:
    packed = PACKERS[encoding](BODY)
    server = stack.enter_context(serving(lambda _asked: Reply(packed, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb")
    assert store.read(store.root_uri) == BODY
    assert server.asked[0].headers["accept-encoding"] == "gzip, deflate"
    store.close()


def test_a_bomb_does_not_unfold(stack: ExitStack) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    server = stack.enter_context(serving(lambda _asked: Reply(bomb, headers={"Content-Encoding": "gzip"})))
    store = HttpStore(f"{server.base}/1.glb", max_bytes=1_000_000)
    with pytest.raises(NotThere, match="larger than 1 MB"):
        store.read(store.root_uri)
    assert len(server.asked) == 1
    store.close()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "nonsense"])
def test_what_was_not_asked_for_is_an_error_that_names_it(stack: ExitStack, encoding: str) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(BODY, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb", max_tries=1)
    with pytest.raises(FetchError, match=encoding):
        store.read(store.root_uri)
    store.close()


def test_what_was_not_asked_for_is_not_asked_for_again(stack: ExitStack) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(BODY, headers={"Content-Encoding": "br"})))
    store = HttpStore(f"{server.base}/1.glb")
    with pytest.raises(NotThere):
        store.read(store.root_uri)
    assert len(server.asked) == 1
    store.close()


@pytest.mark.parametrize("encoding", ["aws-chunked", "utf-8", "gzip,aws-chunked", "aws-chunked, gzip"])
def test_what_stores_of_objects_say_of_bodies_that_are_as_they_are_is_no_packing(
    stack: ExitStack, encoding: str
) -> None:
    body = gzip.compress(BODY) if "gzip" in encoding else BODY
    server = stack.enter_context(serving(lambda _asked: Reply(body, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb", max_tries=1)
    assert store.read(store.root_uri) == BODY
    store.close()


def test_an_answer_that_a_proxy_changed_on_its_way_is_one(stack: ExitStack) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(BODY, 203)))
    store = HttpStore(f"{server.base}/1.glb", max_tries=1)
    assert store.read(store.root_uri) == BODY
    store.close()


@given(st.binary(max_size=2000), st.integers(0, 2000), st.sampled_from(["gzip", "deflate"]))
def test_unpacking_gives_the_body_or_says_that_it_is_damaged(body: bytes, cut: int, encoding: str) -> None:
    packed = PACKERS[encoding](body)
    assert decoded(packed, encoding, len(body)) == body
    if cut < len(packed) - 8:
        with suppress(Damaged):
            assert decoded(packed[:cut], encoding, 10_000) == b"" == packed[:cut]
    if body:
        with pytest.raises(TooLarge):
            decoded(packed, encoding, len(body) - 1)


# -- pieces ------------------------------------------------------------------------------------------------------------


def test_what_came_before_a_connection_broke_is_not_asked_for_again(stack: ExitStack, waits: list[float]) -> None:
    def answer(asked: Asked) -> Reply:
        headers = {"ETag": '"one"', "Accept-Ranges": "bytes"}
        said = asked.headers.get("range")
        if said is None:
            return Reply(BODY, headers=headers, cut_at=15_000)
        assert asked.headers["if-range"] == '"one"'
        start = int(said.removeprefix("bytes=").rstrip("-"))
        headers["Content-Range"] = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
        return Reply(BODY[start:], 206, headers)

    server = stack.enter_context(serving(answer))
    store = HttpStore(f"{server.base}/1.glb", sleep=waits.append)
    assert store.read(store.root_uri) == BODY
    assert server.asked[1].headers["range"] == "bytes=15000-"
    store.close()


@pytest.mark.parametrize("rest", [200, 416, "elsewhere"])
def test_a_server_that_does_not_go_on_is_asked_for_all(stack: ExitStack, waits: list[float], rest: object) -> None:
    def answer(asked: Asked) -> Reply:
        headers = {"ETag": '"one"', "Accept-Ranges": "bytes"}
        if "range" not in asked.headers:
            return Reply(BODY, headers=headers, cut_at=15_000 if len(server.asked) == 1 else None)
        if rest == "elsewhere":
            return Reply(BODY[:10], 206, {**headers, "Content-Range": "bytes 0-9/20000"})
        return Reply(BODY if rest == 200 else b"", 200 if rest == 200 else 416, headers)

    server = stack.enter_context(serving(answer))
    store = HttpStore(f"{server.base}/1.glb", sleep=waits.append)
    assert store.read(store.root_uri) == BODY
    store.close()


def test_a_connection_is_used_again_whatever_was_answered(stack: ExitStack, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.name == "/moved":
            return Reply(b"there", 302, {"Location": "/tagged"})
        if asked.name == "/gone":
            return Reply(b"not here", 404)
        return Reply(status=304) if "if-none-match" in asked.headers else Reply(BODY, headers={"ETag": '"one"'})

    server = stack.enter_context(serving(answer))
    cache = DiskCache(tmp_path / "web.sqlite", 1_000_000)
    store = HttpStore(f"{server.base}/tagged", web=WebAccess(cache))
    for _time in range(3):
        assert store.read(store.root_uri) == store.read(f"{server.base}/moved") == BODY
        with pytest.raises(NotThere):
            store.read(f"{server.base}/gone")
    assert len(server.asked) == 12 and len(server.clients) == 1
    store.close()
    cache.close()


# -- patience ----------------------------------------------------------------------------------------------------------


def test_no_server_is_asked_for_more_at_once_than_browsers_do(stack: ExitStack) -> None:
    def answer(_asked: Asked) -> Reply:
        time.sleep(0.03)
        return Reply(b".")

    server = stack.enter_context(serving(answer))
    web = WebAccess()
    stores = [HttpStore(f"{server.base}/t.json", web=web) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda n=n: stores[n % 2].read(f"{server.base}/{n}"))  # type: ignore[misc]
        for n in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 24 and 1 < server.most_at_once <= REQUESTS_AT_ONCE
    for store in stores:
        store.close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_a_server_asks_for_is_made(stack: ExitStack, waits: list[float], status: int) -> None:
    def answer(_asked: Asked) -> Reply:
        return Reply(b".") if len(server.asked) > 1 else Reply(status=status, headers={"Retry-After": "5"})

    server = stack.enter_context(serving(answer))
    store = HttpStore(f"{server.base}/1.glb", sleep=waits.append)
    assert store.read(store.root_uri) == b"."
    assert waits == [5.0]
    store.close()


def test_a_long_pause_holds_for_all_who_ask_that_server(stack: ExitStack, waits: list[float]) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(status=429, headers={"Retry-After": "120"})))
    web = WebAccess()
    stores = [HttpStore(f"{server.base}/t.json", web=web, sleep=waits.append) for _ in range(2)]
    for store in stores:
        with pytest.raises(ServerBusy, match=r"answered 429; the server is asked again in 1[12]") as caught:
            store.read(store.root_uri)
        assert caught.value.server == server.base and 100.0 < caught.value.wait_secs <= 120.0
        store.close()
    assert len(server.asked) == 1 and waits == []


def test_a_server_that_is_down_rests_and_one_asks_for_all(stack: ExitStack, waits: list[float]) -> None:
    is_up = False

    def answer(_asked: Asked) -> Reply:
        return Reply(b".") if is_up else Reply(status=500)

    server = stack.enter_context(serving(answer))
    web = WebAccess()
    now = [100.0]
    web._servers[server.base] = Server(clock=lambda: now[0])
    store = HttpStore(f"{server.base}/t.json", web=web, max_tries=2, sleep=waits.append)
    for number in range(FAILURES_IN_A_ROW):
        with pytest.raises(FetchError, match="answered 500"):
            store.read(f"{server.base}/{number}")
    asked = len(server.asked)
    for number in range(100):
        with pytest.raises(ServerBusy):
            store.read(f"{server.base}/{number}")
    assert len(server.asked) == asked
    for _rest in range(10):
        now[0] += 1.3 * LONGEST_REST_SECS
        with pytest.raises(FetchError, match="500"):
            store.read(f"{server.base}/1")
    assert len(server.asked) == asked + 20
    is_up = True
    now[0] += 1.3 * LONGEST_REST_SECS
    assert [store.read(f"{server.base}/{number}") for number in range(5)] == [b"."] * 5
    store.close()


def test_who_opens_a_place_does_not_wait_for_a_rest(stack: ExitStack, waits: list[float]) -> None:
    server = stack.enter_context(serving(lambda asked: Reply(b".") if asked.name == "/t.json" else Reply(status=500)))
    store = HttpStore(f"{server.base}/t.json", max_tries=1, sleep=waits.append)
    for number in range(FAILURES_IN_A_ROW):
        with pytest.raises(FetchError):
            store.read(f"{server.base}/{number}")
    assert store.read(store.root_uri) == b"."
    store.close()


def test_rests_grow_and_have_an_end() -> None:
    now = [0.0]
    server = Server(clock=lambda: now[0])
    for _failure in range(FAILURES_IN_A_ROW):
        server.failed("no")
    rests = []
    for _try in range(12):
        rests.append(server.wait_secs())
        now[0] += rests[-1]
        assert server.wait_secs() == 0.0 and server.wait_secs() > 0.0
        server.failed("no")
    assert rests[0] <= 1.25 < rests[3] and all(rest <= 1.25 * LONGEST_REST_SECS for rest in rests)


@pytest.mark.parametrize(
    ("said", "secs"),
    [("7", 7.0), ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0), ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0), ("soon", None)],
)
def test_the_pause_may_be_seconds_or_a_date(said: str, secs: float | None) -> None:
    assert retry_after({"retry-after": said}, 1_767_225_600.0) == secs
    assert retry_after({}, 0.0) is None


def test_a_body_that_nobody_wants_any_more_is_not_read_to_its_end(stack: ExitStack) -> None:
    has_begun = threading.Event()

    def answer(_asked: Asked) -> Reply:
        has_begun.set()
        return Reply(bytes(400_000))

    server = stack.enter_context(serving(answer, bytes_per_sec=20_000))
    store = HttpStore(f"{server.base}/1.glb")
    jobs = ThreadJobs(1)

    def work(_progress: Progress) -> bytes:
        return store.read(store.root_uri)

    job = jobs.submit(work, name="read")
    assert has_begun.wait(10.0)
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(15.0)
    jobs.close()
    store.close()


# -- proxies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["settings", "environment"])
def test_a_proxy_leads_to_servers_that_this_computer_cannot_find(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    seen: list[Asked] = []
    server = stack.enter_context(serving(lambda _asked: Reply(b"behind")))
    proxy = stack.enter_context(serving(forwarding({"tiles.invalid": server.server_port}, seen)))
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    web = WebAccess()
    if way == "settings":
        web.proxy = proxy.base
        web.book.add_key(server_of(proxy.base), ServerKey((("Authorization", "Basic amFuOnB3"),)), keep=False)
    else:
        monkeypatch.setenv("http_proxy", proxy.base)
    store = HttpStore("http://tiles.invalid/t.json", web=web)
    assert store.read(store.root_uri) == b"behind"
    assert seen[0].headers.get("proxy-authorization") == ("Basic amFuOnB3" if way == "settings" else None)
    store.close()


def test_a_server_on_this_computer_needs_no_proxy_of_the_settings(stack: ExitStack) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(b"here")))
    store = HttpStore(f"{server.base}/t.json", web=WebAccess(proxy="http://127.0.0.1:9"))
    assert store.read(store.root_uri) == b"here"
    store.close()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense", "http://[x"])
def test_a_proxy_that_cannot_be_used_is_said_in_a_sentence(proxy: str) -> None:
    store = HttpStore("http://tiles.invalid/t.json", web=WebAccess(proxy=proxy))
    with pytest.raises(FetchError, match="proxy"):
        store.read(store.root_uri)
    store.close()

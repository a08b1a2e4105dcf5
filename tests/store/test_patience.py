"""How a server is asked: not too much at once, and not while it wants to be left."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from explorer.errors import FetchError, ServerBusy
from explorer.jobs import Cancelled, Progress, ThreadJobs
from explorer.store import HttpStore, WebAccess
from explorer.store.freshness import retry_after
from explorer.store.servers import FAILURES_IN_A_ROW, LONGEST_REST_SECS, REQUESTS_AT_ONCE, Server
from tests.store.web import Asked, Reply, serving


def test_no_server_is_asked_for_more_at_once_than_browsers_do(stack: ExitStack) -> None:
    def answer(_asked: Asked) -> Reply:
        time.sleep(0.03)
        return Reply(b".")

    server = stack.enter_context(serving(answer))
    web = WebAccess()
    stores = [HttpStore(f"{server.base}/t.json", web=web) for _ in range(2)]
    threads = [threading.Thread(target=lambda n=n: stores[n % 2].read(f"{server.base}/{n}")) for n in range(24)]
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

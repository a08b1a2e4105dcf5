"""What comes of a server: compressed, in pieces, over one connection; a bomb does not unfold."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import FetchError, NotThere
from explorer.store import DiskCache, HttpStore, WebAccess
from explorer.store.decoding import Damaged, TooLarge, decoded
from tests.store.web import Asked, Reply, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY = random.Random(1).randbytes(20_000)


# -- compression -------------------------------------------------------------------------------------------------------


def _bare(body: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(body) + deflate.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": lambda body: gzip.compress(body[:100]) + gzip.compress(body[100:]),
    "deflate": zlib.compress,
    "Deflate": _bare,
    "br": brotli.compress,
    "zstd": lambda body: zstd.compress(body[:100]) + zstd.compress(body[100:]),
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", list(PACKERS))
def test_a_compressed_body_is_asked_for_and_unpacked(stack: ExitStack, encoding: str) -> None:
    packed = PACKERS[encoding](BODY)
    server = stack.enter_context(serving(lambda _asked: Reply(packed, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb")
    assert store.read(store.root_uri) == BODY
    assert server.asked[0].headers["accept-encoding"] == "gzip, deflate, br, zstd"
    store.close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_does_not_unfold(stack: ExitStack, encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(50_000_000))
    server = stack.enter_context(serving(lambda _asked: Reply(bomb, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb", max_bytes=1_000_000)
    with pytest.raises(NotThere, match="larger than 1 MB"):
        store.read(store.root_uri)
    assert len(server.asked) == 1
    store.close()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "compress", "nonsense"])
def test_what_was_not_asked_for_is_an_error_that_names_it(stack: ExitStack, encoding: str) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(BODY, headers={"Content-Encoding": encoding})))
    store = HttpStore(f"{server.base}/1.glb", max_tries=1)
    with pytest.raises(FetchError, match=encoding):
        store.read(store.root_uri)
    store.close()


def test_what_was_not_asked_for_is_not_asked_for_again(stack: ExitStack) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(BODY, headers={"Content-Encoding": "lzma"})))
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


@given(st.binary(max_size=2000), st.integers(0, 2000), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_unpacking_gives_the_body_or_says_that_it_is_damaged(body: bytes, cut: int, encoding: str) -> None:
    packed = PACKERS[encoding](body)
    assert decoded(packed, encoding, len(body)) == body
    if cut < len(packed) - (1 if encoding == "br" else 8) and not (encoding == "zstd" and len(body) <= 100):
        with suppress(Damaged):
            assert decoded(packed[:cut], encoding, 10_000) == b"" == packed[:cut]
    if body:
        with pytest.raises(TooLarge):
            decoded(packed, encoding, len(body) - 1)


def test_parts_that_are_to_be_skipped_hold_nothing_and_end_nothing() -> None:
    """As parallel packers write them before each frame (RFC 8878, section 3.1.2)."""
    skipped = b"\x57\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"size"
    packed = b"".join(skipped + zstd.compress(part) for part in (BODY[:7000], BODY[7000:]))
    assert decoded(packed, "zstd", len(BODY)) == BODY


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_of_a_hundred_thousand_empty_parts_is_given_up(encoding: str) -> None:
    with pytest.raises(Damaged, match="too many parts"):
        decoded(PACKERS[encoding](b"")[: 20 if encoding == "gzip" else 9] * 100_000, encoding, 1000)


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

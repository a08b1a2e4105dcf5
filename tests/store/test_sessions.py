"""A tileset of many files on a server that hands out a session at the top and wants a key with every question."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import AccessRefused, FetchError, NotThere
from explorer.jobs import Cancelled, Progress, run_as
from explorer.store import DiskCache, HttpStore, ServerKey, WebAccess
from explorer.store.sessions import Renewal, Sessions, handed_out
from explorer.streaming import load_tileset
from explorer.tileformat.tileset_uris import join_uri
from tests.store.web import Asked, Reply, WebServer, serving

BOX = {"box": [0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0, 10]}


def tileset(*uris: str) -> bytes:
    """A root and a child for each address."""
    children: list[dict[str, Any]] = [
        {"boundingVolume": BOX, "geometricError": 0, "content": {"uri": uri}} for uri in uris
    ]
    root = {"boundingVolume": BOX, "geometricError": 10, "refine": "REPLACE", "children": children}
    return json.dumps({"asset": {"version": "1.1"}, "geometricError": 100, "root": root}).encode()


FILES = {
    "/v1/root.json": tileset("/v1/files/a.json?session=s3cret", "gone.json?session=s3cret"),
    "/v1/files/a.json": tileset("b.glb", "/v1/files/c.json?v=2", "d.json"),
    "/v1/files/c.json": tileset("e.glb?v=3"),
    "/v1/files/d.json": b"no tileset",
}


def answer(asked: Asked) -> Reply:
    """Wants the key always, and the session below the top."""
    if "key=k3y" not in asked.path or (asked.name != "/v1/root.json" and "session=s3cret" not in asked.path):
        return Reply(status=403)
    return Reply(FILES[asked.name]) if asked.name in FILES else Reply(b"", 404)


def test_the_session_is_handed_down_and_the_key_goes_with_every_question() -> None:
    with serving(answer) as server:
        web = WebAccess()
        web.book.add_key(server.base, ServerKey((), (("key", "k3y"),)), keep=False)
        store = HttpStore(f"{server.base}/v1/root.json", web=web)
        made = load_tileset(store)
        contents = {uri for uri in made.content_uri if uri}
        assert contents == {"/v1/files/b.glb?session=s3cret", "/v1/files/e.glb?v=3&session=s3cret"}
        said = " ".join(made.diagnostics)
        assert "gone.json" in said and "d.json" in said
        assert "s3cret" not in said and "k3y" not in said
        assert "k3y" not in repr(made.content_uri)
        store.close()


@pytest.mark.parametrize(
    ("base", "relative", "joined"),
    [
        ("sub/a.json", "b.glb?v=1", "sub/b.glb?v=1"),
        ("sub/a.json?s=1", "b.glb", "sub/b.glb?s=1"),
        ("sub/a.json?s=1&v=1", "b.glb?v=2", "sub/b.glb?v=2&s=1"),
        ("https://a.org/x/a.json?s=1", "/y/b.glb", "https://a.org/y/b.glb?s=1"),
        ("https://a.org/x/a.json?s=1", "https://b.org/b.glb", "https://b.org/b.glb"),
        ("https://a.org/x/a.json?s=1", "http://a.org/b.glb", "http://a.org/b.glb"),
        ("https://a.org/x/a.json", "/y/b.glb", "https://a.org/y/b.glb"),
        ("sub/a.json?s=1", "https://b.org/b.glb", "https://b.org/b.glb"),
        ("sub/a.json?s=1", "//b.org/b.glb", "//b.org/b.glb"),
        ("sub/a.json?s=1", "/\t/b.org/b.glb", "//b.org/b.glb"),
        ("https://a.org/x/a.json?s=1", "//b.org/b.glb", "https://b.org/b.glb"),
        ("sub/a.json?s=1", "data:application/octet-stream;base64,AAAA", "data:application/octet-stream;base64,AAAA"),
    ],
)
def test_what_a_base_asks_for_is_handed_on_to_the_same_server_only(base: str, relative: str, joined: str) -> None:
    assert join_uri(base, relative) == joined


# -- a session that has expired ----------------------------------------------------------------------------------------


class Expiring:
    """Hands out a session with the root, and refuses those of before `expire` was called."""

    def __init__(self, status: int = 403) -> None:
        self.status, self.n, self.knows_nobody = status, 1, False
        self.roots = 0

    @property
    def session(self) -> str:
        return f"session-{self.n:04d}"

    def expire(self) -> None:
        self.n += 1

    def __call__(self, asked: Asked) -> Reply:
        if asked.name == "/root.json":
            self.roots += 1
            return Reply(tileset(f"/a.json?session={self.session}"), headers={"Cache-Control": "max-age=3600"})
        if f"session={self.session}" not in asked.path.partition("?")[2].split("&") or self.knows_nobody:
            return Reply(status=self.status)
        return Reply(asked.name.encode())


@contextmanager
def opened(server_side: Expiring) -> Iterator[tuple[WebServer, HttpStore]]:
    """A server and a store that has read its root."""
    with serving(server_side) as server:
        store = HttpStore(f"{server.base}/root.json", web=WebAccess())
        store.read(store.root_uri)
        yield server, store
        store.close()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_when_a_session_has_expired_the_root_is_asked_for_a_new_one_and_the_tiles_come(status: int) -> None:
    server_side = Expiring(status)
    with opened(server_side) as (server, store):
        nested = store.resolve(store.root_uri, f"/a.json?session={server_side.session}")
        tiles = [store.resolve(nested, f"{k}.glb") for k in range(40)]
        assert store.read(tiles[0]) == b"/0.glb"
        server_side.expire()
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(store.read, tiles)) == [f"/{k}.glb".encode() for k in range(40)]
        assert server_side.roots == 2
        assert sum("session-0001" in asked.path for asked in server.asked) <= 1 + 8


def test_a_root_that_is_kept_from_yesterday_opens_its_city_today(tmp_path: Path) -> None:
    server_side = Expiring()
    cache = DiskCache(tmp_path / "web.sqlite", 1_000_000)
    with serving(server_side) as server:
        for day in range(2):
            store = HttpStore(f"{server.base}/root.json", web=WebAccess(cache))
            document = json.loads(store.read(store.root_uri))
            uri = document["root"]["children"][0]["content"]["uri"]
            assert store.read(store.resolve(store.resolve(store.root_uri, uri), f"{day}.glb")) == f"/{day}.glb".encode()
            store.close()
            server_side.expire()
    assert server_side.roots == 2
    cache.close()


def test_a_tile_that_is_refused_whatever_is_said_does_not_ask_for_the_root_again_and_again() -> None:
    server_side = Expiring()
    with opened(server_side) as (server, store):
        server_side.knows_nobody = True
        for k in range(5):
            with pytest.raises(FetchError) as refused:
                store.read(f"{server.base}/{k}.glb?session={server_side.session}")
            assert isinstance(refused.value, AccessRefused) == (k == 0), "the others are asked for again later"
            with pytest.raises(NotThere):
                store.read(f"{server.base}/{k}.glb")
        assert server_side.roots == 2


def test_a_tile_that_nobody_wants_any_more_does_not_keep_the_others_from_a_new_session() -> None:
    server_side = Expiring()
    with opened(server_side) as (server, store):
        uri = f"{server.base}/0.glb?session={server_side.session}"
        server_side.expire()
        with pytest.raises(Cancelled):
            run_as(_CancelledOnRefusal(server), lambda _progress: store.read(uri))
        assert server_side.roots == 1
        assert store.read(uri) == b"/0.glb"


class _CancelledOnRefusal(Progress):
    """Of a tile that the camera has turned away from while its server answered."""

    def __init__(self, server: WebServer) -> None:
        super().__init__()
        self._server = server

    @property
    def is_cancelled(self) -> bool:
        return any("0.glb" in asked.path for asked in self._server.asked)


def test_who_is_refused_a_moment_after_the_root_was_asked_is_asked_for_again_later() -> None:
    now = [0.0]
    sessions = Sessions(clock=lambda: now[0])
    root, tile = "https://a.org/root.json", "https://a.org/a.glb?session=session-0001"
    sessions.hear(root, tileset("a.json?session=session-0001"))
    for secs, n, what in ((0.0, 1, Renewal.IN_VAIN), (30.0, 1, Renewal.LATER), (90.0, 2, Renewal.AGAIN)):
        now[0] = secs
        document = tileset(f"a.json?session=session-{n:04d}")
        assert sessions.renew(tile, sessions.current(tile), lambda document=document: document) is what
    assert sessions.renew(tile, tile, lambda: b"") is Renewal.AGAIN, "somebody else has asked meanwhile"
    assert sessions.renew("https://a.org/b.glb", "https://a.org/b.glb", lambda: b"") is Renewal.IN_VAIN


def test_a_session_is_passed_on_letter_by_letter() -> None:
    sessions = Sessions()
    for name in ("b64%2Bfirst%2Fone%3D%3D", "b64%2Bother%2Fone%3D%3D"):
        sessions.hear("https://a.org/root.json", tileset(f"a.glb?sig={name}"))
    for said in ("b64%2Bfirst%2Fone%3D%3D", "b64%2Bfirst%2fone=="):  # as others write the same
        found = sessions.current(f"https://a.org/b.glb?v=1&sig={said}&w=2")
        assert found == "https://a.org/b.glb?v=1&sig=b64%2Bother%2Fone%3D%3D&w=2"


@pytest.mark.parametrize(
    ("uris", "found"),
    [
        (["/a.json?session=abcdefghijkl"], {"session": "abcdefghijkl"}),
        (["/a.json?session=abcdefghijkl", "/b.json?session=abcdefghijkl&v=1"], {"session": "abcdefghijkl"}),
        (["a.glb?sig=abcdefghijkl", "b.glb?sig=lkjihgfedcba"], {}),
        (["a.glb?style=default-style&key=secretsecret"], {"style": "default-style"}),
        (["a.glb?v=2024-05-01"], {}),
        (["a.glb"], {}),
        (['a"b.glb?session=abcdefghijkl'], {"session": "abcdefghijkl"}),
        (["a.glb?name=%0d%0aHost%3a%20x"], {"name": "%0d%0aHost%3a%20x"}),
        (["a.glb?name=abcdefghijkl\u00e9"], {}),
    ],
)
def test_what_is_handed_out_is_what_all_addresses_agree_on(uris: list[str], found: dict[str, str]) -> None:
    here = {("https://a.org:443", name): value for name, value in found.items()}
    assert handed_out("https://a.org/root.json?key=secretsecret", tileset(*uris)) == here


def test_a_document_made_to_take_long_does_not() -> None:
    hostile = (b'["' + b"?" * 9000 + b'","' + b'\\"' * 9000 + b'",' + b'"' * 9000) * 20
    begin = time.process_time()
    assert handed_out("https://a.org/root.json", hostile) == {}
    assert time.process_time() - begin < 5.0  # by a pattern it was minutes


def test_each_server_has_its_own_and_no_other_hears_of_it() -> None:
    sessions = Sessions()
    for n in ("first", "other"):
        uris = f"a.glb?session={n}-of-a-org", f"https://b.org/a.glb?session={n}-of-b-org"
        sessions.hear("https://a.org/root.json", tileset(*uris))
    for server in ("a", "b"):
        asked = f"https://{server}.org/b.glb?v=1&session=first-of-{server}-org"
        assert sessions.current(asked) == asked.replace("first", "other")
    for other in ("https://c.org/b.glb?session=first-of-a-org", "https://b.org/b.glb?session=first-of-a-org"):
        assert sessions.current(other) == other

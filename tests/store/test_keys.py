"""Keys to servers: shown to their own server and nobody else, kept where only the user reads, never said."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import AccessRefused, DataError, FetchError, NotThere
from explorer.store import (
    DiskCache,
    HttpStore,
    ServerBook,
    ServerKey,
    WebAccess,
    read_header,
    server_of,
    without_secrets,
)
from tests.store.web import Asked, Reply, WebServer, serving

BEARER = ServerKey((("Authorization", "Bearer s3cret"),))
QUERY = ServerKey((), (("key", "s3cret"),))


def locked(asked: Asked) -> Reply:
    """Opens for a bearer or a key in the query."""
    is_open = asked.headers.get("authorization") == "Bearer s3cret" or "key=s3cret" in asked.path
    return Reply(b"inside") if is_open else Reply(status=401)


def test_a_locked_server_is_named_and_opens_with_its_key(stack: ExitStack) -> None:
    server = stack.enter_context(serving(locked))
    for key in (BEARER, QUERY):
        web = WebAccess()
        store = HttpStore(f"{server.base}/tileset.json", web=web)
        with pytest.raises(AccessRefused, match="answered 401") as caught:
            store.read(store.root_uri)
        assert caught.value.server == server.base
        web.book.add_key(server.base, key, keep=False)
        assert store.read(store.root_uri) == b"inside"
        assert store.read(store.resolve(store.root_uri, "tiles/1.glb")) == b"inside"
        store.close()


def test_a_wrong_key_is_asked_for_once_and_is_not_in_the_message(stack: ExitStack) -> None:
    server = stack.enter_context(serving(locked))
    web = WebAccess()
    web.book.add_key(server.base, ServerKey((("Authorization", "Bearer wr0ng"),), (("token", "wr0ng"),)), keep=False)
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    with pytest.raises(NotThere) as caught:
        store.read(store.root_uri)
    assert "wr0ng" not in str(caught.value)
    assert len(server.asked) == 1
    store.close()


def heard(server: WebServer) -> str:
    """All that a server was told."""
    return repr(server.asked)


def test_after_a_redirect_another_server_hears_of_no_key(stack: ExitStack) -> None:
    other = stack.enter_context(serving(lambda _asked: Reply(b"other")))
    server = stack.enter_context(
        serving(lambda _asked: Reply(status=302, headers={"Location": f"{other.base}/taken.glb"}))
    )
    web = WebAccess()
    key = ServerKey((("Authorization", "Bearer s3cret"), ("X-Api-Key", "s3cret")), (("key", "s3cret"),))
    web.book.add_key(server.base, key, keep=False)
    store = HttpStore(f"{server.base}/tileset.json?session=s3cret", web=web)
    assert store.read(store.resolve(store.root_uri, "1.glb")) == b"other"
    assert "s3cret" in heard(server) and "s3cret" not in heard(other)
    store.close()


def test_after_a_redirect_on_the_same_server_the_key_is_shown_again(stack: ExitStack) -> None:
    def moved(asked: Asked) -> Reply:
        return Reply(status=301, headers={"Location": "/new"}) if asked.name == "/old" else locked(asked)

    server = stack.enter_context(serving(moved))
    web = WebAccess()
    web.book.add_key(server.base, QUERY, keep=False)
    store = HttpStore(f"{server.base}/old", web=web)
    assert store.read(store.root_uri) == b"inside"
    store.close()


def test_a_key_is_asked_for_the_server_that_wants_it(stack: ExitStack) -> None:
    other = stack.enter_context(serving(locked))
    server = stack.enter_context(serving(_sending_to(f"{other.base}/tileset.json")))
    web = WebAccess()
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    with pytest.raises(AccessRefused) as caught:
        store.read(store.root_uri)
    assert caught.value.server == other.base
    web.book.add_key(other.base, BEARER, keep=False)
    assert store.read(store.root_uri) == b"inside" and "s3cret" not in heard(server)
    store.close()


def test_a_key_that_comes_while_a_server_is_asked_is_tried_and_nobody_is_asked_twice(stack: ExitStack) -> None:
    web = WebAccess()

    def answer(asked: Asked) -> Reply:
        web.book.add_key(server.base, BEARER, keep=False)  # the user was quicker than the server
        return locked(asked)

    server = stack.enter_context(serving(answer))
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    assert store.read(store.root_uri) == b"inside"
    assert web.take_refusals() == []
    store.close()


def test_an_absolute_address_of_another_server_gets_no_key(stack: ExitStack) -> None:
    server, other = (stack.enter_context(serving(lambda _asked: Reply(b"."))) for _ in range(2))
    web = WebAccess()
    web.book.add_key(server.base, BEARER.joined(QUERY), keep=False)
    store = HttpStore(f"{server.base}/tileset.json?session=s3cret", web=web)
    store.read(store.resolve(store.root_uri, f"{other.base}/1.glb"))
    store.read(store.resolve(f"{other.base}/tileset.json", "2.glb"))
    assert len(other.asked) == 2 and "s3cret" not in heard(other)
    store.close()


def test_a_session_is_handed_on_and_joined_with_what_a_child_asks() -> None:
    store = HttpStore("https://a.org/root.json?session=s&v=1")
    assert store.resolve(store.root_uri, "/x.glb") == "https://a.org/x.glb?session=s&v=1"
    assert store.resolve(store.root_uri, "/x.glb?v=2") == "https://a.org/x.glb?v=2&session=s"
    assert store.resolve(store.root_uri, "http://a.org/x.glb") == "http://a.org/x.glb"  # anybody could listen
    assert store.resolve(store.root_uri, "https://a.org:444/x.glb") == "https://a.org:444/x.glb"


@pytest.mark.parametrize(
    ("address", "clean", "headers", "query"),
    [
        ("https://a.org/t.json?key=k&v=3", "https://a.org/t.json?v=3", (), (("key", "k"),)),
        ("https://a.org/t.json?access_token=a%2Bb", "https://a.org/t.json", (), (("access_token", "a+b"),)),
        ("https://a.org/t.json?API-Key=k&session=s", "https://a.org/t.json", (), (("API-Key", "k"), ("session", "s"))),
        ("https://a.org/t.json?layer=keys", "https://a.org/t.json?layer=keys", (), ()),
        ("https://[x", "https://[x", (), ()),
    ],
)
def test_what_is_secret_in_an_address_is_taken_out(address: str, clean: str, headers: object, query: object) -> None:
    assert without_secrets(address) == (clean, headers, query)


@given(
    st.sampled_from(["https://", "http://jan:s3cret@", "//", ""]),
    st.text(max_size=20),
    st.lists(st.tuples(st.sampled_from(["key", "v", "Access_Token", "k%65y", "é", ""]), st.text(max_size=8))),
)
def test_no_address_makes_it_fail_or_keeps_a_secret(start: str, rest: str, query: list[tuple[str, str]]) -> None:
    address = f"{start}{rest}?" + "&".join(f"{name}={value}" for name, value in query)
    clean, _headers, _query = without_secrets(address)
    assert without_secrets(clean)[0] == clean
    assert server_of(clean) == server_of(address)


def test_a_user_name_in_an_address_becomes_basic_authentication() -> None:
    clean, headers, _query = without_secrets("https://jan:p%40ss@a.org:8443/t.json")
    assert clean == "https://a.org:8443/t.json"
    assert headers == (("Authorization", "Basic " + base64.b64encode(b"jan:p@ss").decode()),)


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the folder, not the file")
def test_what_is_kept_only_the_user_reads(tmp_path: Path) -> None:
    path = tmp_path / "config" / "servers.json"
    book = ServerBook(path)
    book.add_key("https://a.org:443", BEARER, keep=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)  # copied about, restored from a backup
    assert ServerBook(path).key_of("https://a.org/x.glb") == BEARER
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_there_in_the_next_run_and_forgotten_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "servers.json"
    book, other = ServerBook(path), ServerBook(path)
    book.add_key("https://a.org:443", BEARER, keep=True)
    book.add_key("https://now.org:443", QUERY, keep=False)
    other.accept("https://b.org:443", "ab" * 32)  # a program that runs beside this one
    found = ServerBook(path)
    assert found.key_of("https://a.org/1.glb") == BEARER and not found.key_of("http://a.org/1.glb")
    assert not found.key_of("https://now.org/") and b"now.org" not in path.read_bytes()
    assert found.accepted("https://b.org:443") == {"ab" * 32}
    found.forget("https://a.org:443")
    assert not ServerBook(path).key_of("https://a.org/1.glb")


@pytest.mark.parametrize(
    "damage",
    [b"", b"[]", b'{"keys": []}', b'{"keys": {"https://a.org:443": {"headers": [["A b", "c"], ["A", "x\\ny"], 1]}}}'],
)
def test_a_damaged_file_of_keys_opens_nothing(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "servers.json"
    path.write_bytes(damage)
    assert not ServerBook(path).key_of("https://a.org/")


def test_a_key_does_not_show_itself() -> None:
    assert "s3cret" not in repr(BEARER.joined(QUERY)) and "Authorization" in repr(BEARER)


def test_nothing_of_a_key_is_on_the_disk_of_the_cache(stack: ExitStack, tmp_path: Path) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(b"tile", headers={"Cache-Control": "max-age=60"})))
    cache = DiskCache(tmp_path / "web.sqlite", 1_000_000)
    web = WebAccess(cache)
    web.book.add_key(server.base, BEARER.joined(QUERY), keep=False)
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    store.read(store.root_uri)
    assert cache.size_bytes == 4
    cache.close()
    for path in tmp_path.iterdir():
        assert b"s3cret" not in path.read_bytes()
        if os.name != "nt":
            assert not path.stat().st_mode & 0o077
    store.close()


def test_headers_as_the_user_writes_them() -> None:
    assert read_header("Authorization: Bearer a:b") == ("", ("Authorization", "Bearer a:b"))
    assert read_header("https://A.org X-Key:  1 ") == ("https://a.org:443", ("X-Key", "1"))


@pytest.mark.parametrize("text", ["", "s3cret", "A b: s3cret", "Host: s3cret", "X: s3c\nret", "ftp://a.org X: s3cret"])
def test_a_header_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(DataError) as caught:
        read_header(text)
    assert "s3c" not in str(caught.value)


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "https://", "https://[x", "http://a.org:port/", "tiles/1.glb"])
def test_what_is_no_address_belongs_to_no_server(uri: str) -> None:
    assert server_of(uri) == ""


def _sending_to(location: str) -> Callable[[Asked], Reply]:
    return lambda _asked: Reply(status=302, headers={"Location": location})


def test_a_hostile_redirect_is_refused(stack: ExitStack) -> None:
    for location in ("file:///etc/passwd", "//[x", "ftp://a.org/"):
        server = stack.enter_context(serving(_sending_to(location)))
        store = HttpStore(f"{server.base}/tileset.json")
        with pytest.raises(FetchError, match="not a web address"):
            store.read(store.root_uri)
        store.close()

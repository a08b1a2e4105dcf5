"""A tileset of many files on a server that hands out a session at the top and wants a key with every question."""

from __future__ import annotations

import json
from typing import Any

import pytest

from explorer.store import HttpStore, ServerKey, WebAccess
from explorer.streaming import load_tileset
from explorer.tileformat.tileset_uris import join_uri
from tests.store.web import Asked, Reply, serving

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

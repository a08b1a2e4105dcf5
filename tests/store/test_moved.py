"""A tileset that its server leads elsewhere: files beside it are found beside either address."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import FetchError, NotThere
from explorer.store import DiskCache, HttpStore, WebAccess
from tests.store.web import Answering, Asked, Reply, serving


def files(*names: str, lead: dict[str, str] | None = None, missing: int = 404) -> Answering:
    """A server that has these files (each holds its own name) and leads from some addresses to others."""

    def answer(asked: Asked) -> Reply:
        if lead and asked.name in lead:
            return Reply(status=302, headers={"Location": lead[asked.name]})
        if asked.name in names:
            return Reply(asked.name.encode(), headers={"Cache-Control": "max-age=600"})
        return Reply(status=missing)

    return answer


def beside(store: HttpStore, *names: str) -> list[bytes]:
    """What files are that the root names."""
    store.read(store.root_uri)
    return [store.read(store.resolve(store.root_uri, name)) for name in names]


@pytest.mark.parametrize("missing", [404, 403])
def test_files_are_found_beside_the_final_address(missing: int) -> None:
    there = files(
        "/v3/t.json", "/v3/a/1.glb", "/v3/2.glb", "/x.glb", lead={"/latest/t.json": "/v3/t.json"}, missing=missing
    )
    with serving(there) as server:
        store = HttpStore(f"{server.base}/latest/t.json")
        assert beside(store, "a/1.glb", "2.glb", "../x.glb") == [b"/v3/a/1.glb", b"/v3/2.glb", b"/x.glb"]
        in_vain = [asked.name for asked in server.asked if asked.name.startswith("/latest/") and "glb" in asked.name]
        assert in_vain == ["/latest/a/1.glb"], "what is known after the first is not tried again"
        assert store.read(store.root_uri) == b"/v3/t.json", "the root is asked for where it was"
        store.close()


def test_files_beside_the_first_address_are_taken_where_each_is_led_away_by_itself() -> None:
    lead = {f"/city/{name}": f"/bucket/{name}?signature={name}" for name in ("t.json", "1.glb")}
    with serving(files("/bucket/t.json", "/bucket/1.glb", lead=lead)) as server:
        store = HttpStore(f"{server.base}/city/t.json")
        assert beside(store, "1.glb") == [b"/bucket/1.glb"]
        assert [asked.path for asked in server.asked][-1] == "/bucket/1.glb?signature=1.glb"
        store.close()


def test_another_server_hears_nothing_of_what_the_first_was_asked_with() -> None:
    with serving(files("/v3/t.json", "/v3/1.glb")) as other:
        lead = {"/latest/t.json": f"{other.base}/v3/t.json"}
        with serving(files(lead=lead)) as server:
            store = HttpStore(f"{server.base}/latest/t.json?session=s3cret")
            assert beside(store, "1.glb?v=2") == [b"/v3/1.glb"]
            assert [asked.path for asked in other.asked] == ["/v3/t.json", "/v3/1.glb?v=2"]
            store.close()


def test_what_is_nowhere_is_told_by_the_address_that_was_named() -> None:
    with serving(files("/v3/t.json", lead={"/latest/t.json": "/v3/t.json"})) as server:
        store = HttpStore(f"{server.base}/latest/t.json")
        with pytest.raises(NotThere, match=r"404.*latest/1\.glb"):
            beside(store, "1.glb")
        store.close()


def test_without_a_redirect_nothing_is_asked_for_twice() -> None:
    with serving(files("/city/t.json")) as server:
        store = HttpStore(f"{server.base}/city/t.json")
        with pytest.raises(NotThere):
            beside(store, "1.glb")
        assert len(server.asked) == 2
        store.close()


def test_where_a_root_from_the_disk_was_found_is_asked_once(tmp_path: Path) -> None:
    web = WebAccess(DiskCache(tmp_path / "web.sqlite", 1_000_000))
    assert web.cache is not None
    with serving(files("/v3/t.json", "/v3/1.glb", "/v3/2.glb", lead={"/latest/t.json": "/v3/t.json"})) as server:
        for names in (("1.glb",), ("1.glb", "2.glb")):
            store = HttpStore(f"{server.base}/latest/t.json", web=web)
            assert beside(store, *names) == [f"/v3/{name}".encode() for name in names]
            store.close()
        asked = [one.name for one in server.asked]
        assert asked[4:] == ["/latest/2.glb", "/latest/t.json", "/v3/t.json", "/v3/2.glb"]
        for name in ("a.glb", "b.glb"):
            with pytest.raises(FetchError):
                store.read(store.resolve(store.root_uri, name))
        assert [one.name for one in server.asked].count("/v3/t.json") == 2
        web.is_offline = True
        store = HttpStore(f"{server.base}/latest/t.json", web=web)
        assert beside(store, "2.glb") == [b"/v3/2.glb"], "what is kept is kept by the address that was named"
        store.close()
    web.cache.close()

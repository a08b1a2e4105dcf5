"""Reading below a folder, and never outside it."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from explorer.errors import AccessRefused, FetchError, NotThere
from explorer.store import HttpStore, is_web_address, on_this_computer, open_store
from tests.store.web import Answering, Asked, Reply, serving


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    (folder / "tiles").mkdir(parents=True)
    (folder / "tileset.json").write_bytes(b"{}")
    (folder / "tiles" / "a b.glb").write_bytes(b"glTF")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


def test_a_folder_stands_for_its_tileset(city: Path) -> None:
    store = open_store(city)
    assert store.root_uri == str(city / "tileset.json")
    assert store.read(store.root_uri) == b"{}"


def test_a_folder_whose_tileset_has_another_name_stands_for_it_where_there_is_only_one(tmp_path: Path) -> None:
    (tmp_path / "Production_1.json").write_text('{"asset": {"version": "1.0"}, "geometricError": 9, "root": {}}')
    (tmp_path / "metadata.json").write_text('{"SRS": "EPSG:4978", "author": "ContextCapture"}')
    (tmp_path / "city.geojson.json").write_text('{"type": "FeatureCollection", "features": []}')
    assert open_store(tmp_path).root_uri == str(tmp_path / "Production_1.json")
    (tmp_path / "Production_2.json").write_text('{"asset": {"version": "1.0"}, "geometricError": 9, "root": {}}')
    with pytest.raises(FetchError, match="no such file"):
        open_store(tmp_path)


def test_a_file_is_its_own_root(city: Path) -> None:
    store = open_store(str(city / "tiles" / "a b.glb"))
    assert store.read(store.root_uri) == b"glTF"


def test_relative_addresses_are_read_as_tilesets_write_them(city: Path) -> None:
    store = open_store(city)
    for name in (
        "tiles/a b.glb",
        "tiles/a%20b.glb",
        "./tiles/../tiles/a%20b.glb",
        "tiles/a%20b.glb?v=3",
        "tiles\\a b.glb",
    ):
        assert store.read(store.resolve(store.root_uri, name)) == b"glTF"


def test_addresses_are_relative_to_the_document_they_stand_in(city: Path) -> None:
    store = open_store(city)
    inner = store.resolve(store.root_uri, "tiles/a b.glb")
    assert store.resolve(inner, "../tileset.json") == store.root_uri


@pytest.mark.parametrize(
    "hostile",
    [
        "../secret.txt",
        "tiles/../../secret.txt",
        "%2e%2e/secret.txt",
        "%2E%2E%2Fsecret.txt",
        "..\\secret.txt",
        "..%5csecret.txt",
        "/etc/passwd",
        "%2fetc/passwd",
        "//server/share/x",
        "\\\\server\\share\\x",
        "file:///etc/passwd",
        "http://example.org/x",
        "C:/Windows/win.ini",
        "C:\\Windows\\win.ini",
        "tiles/a%00b",
    ],
)
def test_addresses_that_lead_elsewhere_are_refused(city: Path, hostile: str) -> None:
    store = open_store(city)
    with pytest.raises(FetchError):
        store.resolve(store.root_uri, hostile)


def test_a_link_that_leads_out_is_refused(city: Path) -> None:
    os.symlink(city.parent / "secret.txt", city / "innocent.glb")
    os.symlink(city.parent, city / "up")
    store = open_store(city)
    for name in ("innocent.glb", "up/secret.txt"):
        with pytest.raises(FetchError, match="leads out"):
            store.read(store.resolve(store.root_uri, name))
    with pytest.raises(FetchError, match="leads out"):
        store.read(str(city / "innocent.glb"))


def test_a_link_within_the_folder_is_followed(city: Path) -> None:
    os.symlink(city / "tiles" / "a b.glb", city / "same.glb")
    store = open_store(city)
    assert store.read(store.resolve(store.root_uri, "same.glb")) == b"glTF"


def test_a_city_that_is_itself_reached_by_a_link_opens(city: Path, tmp_path: Path) -> None:
    os.symlink(city, tmp_path / "link")
    store = open_store(tmp_path / "link")
    assert store.read(store.resolve(store.root_uri, "tiles/a b.glb")) == b"glTF"


def test_a_folder_with_a_similar_name_is_still_outside(city: Path) -> None:
    (city.parent / "city-secrets").mkdir()
    (city.parent / "city-secrets" / "x").write_bytes(b"secret")
    store = open_store(city)
    with pytest.raises(FetchError):
        store.resolve(store.root_uri, "../city-secrets/x")


def test_what_is_missing_is_named(city: Path) -> None:
    store = open_store(city)
    with pytest.raises(FetchError, match=r"not there\. \[.*gone\.glb\]"):
        store.read(store.resolve(store.root_uri, "gone.glb"))
    with pytest.raises(FetchError, match="folder, not a file"):
        store.read(store.resolve(store.root_uri, "tiles"))
    with pytest.raises(FetchError, match="no such file or folder"):
        open_store(city / "nowhere")


def test_web_addresses_go_to_the_web_store() -> None:
    assert is_web_address("https://example.org/tileset.json")
    assert not is_web_address("data/https/tileset.json")
    assert isinstance(open_store("HTTP://example.org/tileset.json"), HttpStore)


@pytest.mark.parametrize("broken", ["//[x.json", "http://[x.json", "half \ud800.json"])
def test_an_address_that_is_none_is_refused_in_a_sentence_that_can_be_written_down(city: Path, broken: str) -> None:
    store = open_store(city)
    with pytest.raises(FetchError) as caught:
        store.read(store.resolve(store.root_uri, broken))
    assert str(caught.value).encode("utf-8")


def test_what_is_kept_compressed_is_read_as_it_was(city: Path) -> None:
    """So do tools for 3D Tiles keep tilesets, to be sent as they are."""
    (city / "tileset.json").write_bytes(gzip.compress(b'{"asset": 1}'))
    (city / "tiles" / "a.b3dm").write_bytes(gzip.compress(b"b3dm") + b"")
    (city / "tiles" / "half.b3dm").write_bytes(gzip.compress(bytes(10_000))[:20])
    store = open_store(city)
    assert store.read(store.root_uri) == b'{"asset": 1}'
    assert store.read(store.resolve(store.root_uri, "tiles/a.b3dm")) == b"b3dm"
    with pytest.raises(FetchError, match=r"compressed and cut off.*half\.b3dm"):
        store.read(store.resolve(store.root_uri, "tiles/half.b3dm"))


@pytest.mark.parametrize("name", ["root.json", "tileset.json.gz", "root.json.gz"])
def test_a_folder_stands_for_whatever_tells_of_its_tiles(city: Path, name: str) -> None:
    data = (city / "tileset.json").read_bytes()
    (city / "tileset.json").unlink()
    (city / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    store = open_store(city)
    assert store.read(store.root_uri) == b"{}"
    assert store.read(store.resolve(store.root_uri, "tiles/a b.glb")) == b"glTF"


def test_files_that_are_kept_compressed_beside_their_names_are_found(city: Path) -> None:
    (city / "tiles" / "1.glb.gz").write_bytes(gzip.compress(b"packed"))
    (city / "tiles" / "2.glb.gz").write_bytes(gzip.compress(b"packed"))
    (city / "tiles" / "2.glb").write_bytes(b"plain")
    store = open_store(city)
    assert store.read(store.resolve(store.root_uri, "tiles/1.glb")) == b"packed"
    assert store.read(store.resolve(store.root_uri, "tiles/2.glb")) == b"plain"
    (city.parent / "secret.glb.gz").write_bytes(b"secret")
    (city / "tiles" / "3.glb.gz").symlink_to(city.parent / "secret.glb.gz")
    with pytest.raises(FetchError, match="leads out"):
        store.read(store.resolve(store.root_uri, "tiles/3.glb"))


@pytest.mark.parametrize("name", ["1.glb?v=2", "tile#1.glb", "100%25.glb", "my%20tiles/1.glb?v=2&a=b"])
def test_a_mirror_of_a_server_has_addresses_for_names(city: Path, name: str) -> None:
    (city / "my%20tiles").mkdir()
    (city / name).write_bytes(b"as it is written")
    store = open_store(city)
    assert store.read(store.resolve(store.root_uri, name)) == b"as it is written"
    inner = store.resolve(store.root_uri, "tiles/a b.glb")
    assert store.read(store.resolve(inner, f"../{name}")) == b"as it is written"


def test_what_an_address_means_counts_before_how_it_is_written(city: Path) -> None:
    (city / "tiles" / "a%20b.glb").write_bytes(b"other")
    store = open_store(city)
    assert store.read(store.resolve(store.root_uri, "tiles/a%20b.glb")) == b"glTF"
    with pytest.raises(FetchError, match="leads out"):
        store.resolve(store.root_uri, "../secret.txt?v=1")


def test_paths_are_read_as_people_write_them(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = city.rename(tmp_path / "my city ü")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    address = odd.as_uri()
    for said in (address, f"{address}/tileset.json", address.replace("file://", "file://localhost"), "~/my city ü"):
        store = open_store(said)
        assert Path(store.root_uri) == odd / "tileset.json"
        assert Path(on_this_computer(said)) in (odd, odd / "tileset.json")
    assert on_this_computer("https://example.org/~a/file:b") == "https://example.org/~a/file:b"


# -- folders of the web ------------------------------------------------------------------------------------------------

PAGE = b"\n<!DOCTYPE html><html><body>Index of /city</body></html>"


def web_folder(files: dict[str, bytes], missing: Reply | None = None) -> Answering:
    """A server that shows a folder's files as a page."""

    def answer(asked: Asked) -> Reply:
        if asked.name == "/city":
            return Reply(status=301, headers={"Location": "/city/"})
        if asked.name == "/city/" and asked.name not in files:
            return Reply(PAGE)
        return Reply(files[asked.name]) if asked.name in files else missing or Reply(status=404)

    return answer


@pytest.mark.parametrize("said", ["/city", "/city/"])
@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("tileset.json", Reply(status=404)),
        ("root.json", Reply(status=404)),
        ("root.json", Reply(PAGE)),
        ("", Reply(status=404)),
    ],
)
def test_a_folder_of_the_web_stands_for_its_tileset(said: str, name: str, missing: Reply) -> None:
    files = {f"/city/{name}": b"{}", "/city/a/1.glb": b"glTF"}
    with serving(web_folder(files, missing)) as server:
        store = open_store(server.base + said)
        assert store.read(store.root_uri) == b"{}"
        assert store.read(store.resolve(store.root_uri, "a/1.glb")) == b"glTF"
        n_asked = len(server.asked)
        store.read(store.root_uri)
        assert len(server.asked) <= n_asked + 2, "what is known is not looked for again"
        store.close()


def test_what_an_address_gives_is_told_where_nothing_stands_for_it() -> None:
    with serving(web_folder({})) as server:
        store = open_store(f"{server.base}/city")
        assert store.read(store.root_uri) == PAGE and store.root_uri == f"{server.base}/city"
        store.close()
        for said in ("city", "nowhere"):
            store = open_store(f"{server.base}/{said}/")
            with pytest.raises(NotThere, match=rf"404.*{said}/tileset\.json"):
                store.read(store.root_uri)
            store.close()


def test_an_address_that_says_its_file_is_asked_for_that_alone() -> None:
    with serving(web_folder({})) as server:
        for said in ("/city.json", "/x?file=tileset.json"):
            store = open_store(server.base + said)
            with pytest.raises(NotThere):
                store.read(store.root_uri)
            store.close()
        assert [asked.path for asked in server.asked] == ["/city.json", "/x?file=tileset.json"]


def test_a_key_is_wanted_before_anything_else_is_tried() -> None:
    with serving(lambda _asked: Reply(status=401)) as server:
        store = open_store(f"{server.base}/city/")
        with pytest.raises(AccessRefused):
            store.read(store.root_uri)
        assert len(server.asked) == 1
        store.close()

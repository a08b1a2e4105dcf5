"""Reading below a folder, and never outside it."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from explorer.errors import FetchError
from explorer.store import HttpStore, is_web_address, open_store


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

"""Reading tilesets out of one file, .3tz and .3dtiles, as people pack them."""

from __future__ import annotations

import gzip
import os
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.errors import FetchError, NotThere
from explorer.store import is_archive, open_store
from explorer.streaming import load_tileset
from tests.specimens import three_level_city
from tests.store.archives import EVERY, FILES, Make, dtiles_gzipped


@EVERY
def test_an_archive_reads_like_a_folder(make: Make, tmp_path: Path) -> None:
    store = open_store(make(tmp_path, FILES))
    assert store.read(store.root_uri) == b"{}"
    for name in ("content/a b.glb", "content/a%20b.glb", "./content/../content/a%20b.glb?v=1", "content\\a b.glb"):
        assert store.read(store.resolve(store.root_uri, name)) == FILES["content/a b.glb"]
    beside = store.resolve(store.root_uri, "content/a b.glb")
    assert store.read(store.resolve(beside, "0.glb")) == FILES["content/0.glb"]
    assert store.read(store.resolve(beside, "../tileset.json")) == b"{}"
    with pytest.raises(NotThere, match="not in the archive"):
        store.read(store.resolve(store.root_uri, "content/1.glb"))
    store.close()


@EVERY
def test_a_whole_city_opens_out_of_an_archive(make: Make, tmp_path: Path) -> None:
    files = three_level_city()
    store = open_store(make(tmp_path, files))
    tileset = load_tileset(store)
    assert len(tileset) == 21
    for tile in range(21):
        (uri,) = tileset.contents(tile)
        assert store.read(store.resolve(tileset.base_uri, uri)) == files[uri]
    store.close()


@EVERY
def test_half_a_character_is_refused_in_a_sentence_that_can_be_written_down(make: Make, tmp_path: Path) -> None:
    store = open_store(make(tmp_path, FILES))
    with pytest.raises(FetchError) as caught:
        store.resolve(store.root_uri, "half \ud800.json")
    assert str(caught.value).encode()
    with pytest.raises(FetchError):
        store.read(f"{store.root_uri} \ud800")
    store.close()


@EVERY
def test_many_threads_read_one_archive(make: Make, tmp_path: Path) -> None:
    files = {f"{i}.bin": bytes([i]) * 5000 for i in range(40)}
    store = open_store(make(tmp_path, files | {"tileset.json": b"{}"}))
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(n for n, data in files.items() if store.read(store.resolve(store.root_uri, n)) != data)

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    store.close()


def test_archives_are_known_by_their_name() -> None:
    assert is_archive("a/city.3tz")
    assert is_archive(Path("a/CITY.3DTILES"))
    assert not is_archive("https://example.org/city.3tz")
    assert not is_archive("a/tileset.json")


@EVERY
def test_reading_leaves_nothing_beside_an_archive(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path, FILES)
    before = path.read_bytes()
    store = open_store(path)
    store.read(store.root_uri)
    store.close()
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == before


AS_WRITTEN: dict[str, Callable[[str], str]] = {
    "by a tar": lambda name: f"./{name}",
    "by Windows": lambda name: name.replace("/", "\\"),
    "from the top": lambda name: f"/{name}",
    "with its folder": lambda name: f"my city/{name}",
    "with another root": lambda name: name.replace("tileset", "root"),
    "packed": lambda name: f"{name}.gz",
}


@EVERY
@pytest.mark.parametrize("written", list(AS_WRITTEN))
def test_names_are_read_as_people_pack_them(make: Make, written: str, tmp_path: Path) -> None:
    must_pack = written == "packed" and make is not dtiles_gzipped
    files = {AS_WRITTEN[written](name): gzip.compress(data) if must_pack else data for name, data in FILES.items()}
    store = open_store(make(tmp_path, files))
    assert store.read(store.root_uri) == b"{}"
    assert store.read(store.resolve(store.root_uri, "content/a%20b.glb")) == FILES["content/a b.glb"]
    with pytest.raises(NotThere, match="not in the archive"):
        store.read(store.resolve(store.root_uri, "content/1.glb"))
    store.close()


@EVERY
def test_of_several_tilesets_none_is_chosen_and_the_one_at_the_top_before_all(make: Make, tmp_path: Path) -> None:
    two = {"a/tileset.json": b"a", "b/tileset.json": b"b"}
    store = open_store(make(tmp_path, two))
    with pytest.raises(NotThere, match="not in the archive"):
        store.read(store.root_uri)
    store.close()
    (tmp_path / "other").mkdir()
    store = open_store(make(tmp_path / "other", two | {"root.json": b"top"}))
    assert store.read(store.root_uri) == b"top"
    store.close()


def test_folders_in_an_archive_are_no_files(tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("content")
        for name, data in FILES.items():
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(data)
    store = open_store(path)
    assert store.read(store.resolve(store.root_uri, "content/0.glb")) == FILES["content/0.glb"]
    with pytest.raises(NotThere):
        store.read(store.resolve(store.root_uri, "content"))


def test_a_table_of_tiles_may_be_written_large_and_have_further_columns(tmp_path: Path) -> None:
    path = tmp_path / "city.3dtiles"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE MEDIA (Key TEXT, Content BLOB, media_type TEXT)")
        database.executemany("INSERT INTO MEDIA VALUES (?, ?, 'glb')", list(FILES.items()))
    database.close()
    store = open_store(path)
    assert store.read(store.root_uri) == b"{}"
    store.close()

"""Reading tilesets out of one file, .3tz and .3dtiles, and what hostile ones try."""

from __future__ import annotations

import gzip
import os
import sqlite3
import struct
import tempfile
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import FetchError, NotThere
from explorer.store import Store, is_archive, open_store
from explorer.store.archive import gunzipped
from explorer.streaming import load_tileset
from tests.specimens import three_level_city
from tests.store.archives import INDEX, three_dtiles, three_tz

FILES = {"tileset.json": b"{}", "content/a b.glb": b"glTF" * 100, "content/0.glb": b"zero" * 1000}
Make = Callable[[Path, dict[str, bytes]], Path]


def tz(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files)


def tz_deflated(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files, compress=True)


def tz_zstd(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files, zstd=True)


def tz_without_index(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3TZ", files, index=False, compress=True)


def dtiles(folder: Path, files: dict[str, bytes]) -> Path:
    return three_dtiles(folder / "city.3dtiles", files)


def dtiles_gzipped(folder: Path, files: dict[str, bytes]) -> Path:
    return three_dtiles(folder / "city.3dtiles", files, gzipped=True)


EVERY = pytest.mark.parametrize("make", [tz, tz_deflated, tz_zstd, tz_without_index, dtiles, dtiles_gzipped])


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
@pytest.mark.parametrize(
    "name", ["../secret.txt", "content/../../secret.txt", "/etc/passwd", "file:///etc/passwd", "//[x"]
)
def test_nothing_outside_an_archive_is_read(make: Make, name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    store = open_store(make(tmp_path, FILES))
    with pytest.raises(FetchError):
        store.resolve(store.root_uri, name)
    with pytest.raises(FetchError, match="leads out"):
        store.read(str(tmp_path / "secret.txt"))
    with pytest.raises(FetchError, match="leads out"):
        store.read(f"{store.root_uri}/../../../secret.txt")
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


@pytest.mark.parametrize("name", ["city.3tz", "city.3dtiles"])
def test_what_is_no_archive_is_said_when_it_is_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no such file"):
        open_store(tmp_path / name)
    (tmp_path / name).write_bytes(b"this is neither one nor the other" * 100)
    with pytest.raises(FetchError, match="cannot be opened"):
        open_store(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(FetchError):
        open_store(tmp_path / name)


@pytest.mark.parametrize("shift", [1, 10**15, -1])
def test_an_index_that_lies_about_places_is_not_believed(shift: int, tmp_path: Path) -> None:
    if shift < 0:  # the place of another file
        path = three_tz(tmp_path / "a.3tz", FILES)
        data = bytearray(path.read_bytes())
        table = zipfile.ZipFile(path).read(INDEX)
        offsets = [struct.unpack_from("<Q", table, 24 * i + 16)[0] for i in range(3)]
        moved = bytearray(table)
        for i in range(3):
            struct.pack_into("<Q", moved, 24 * i + 16, offsets[(i + 1) % 3])
        at = data.rindex(table)
        data[at : at + len(table)] = moved
        path.write_bytes(data)
    else:
        path = three_tz(tmp_path / "a.3tz", FILES, shift=shift)
    store = open_store(path)
    for name, data in FILES.items():
        assert store.read(store.resolve(store.root_uri, name)) == data
    store.close()


def damaged(path: Path, name: str, where: int, number: int, size: str = "<I") -> Store:
    """An archive in whose local and central header of a file another number stands."""
    with zipfile.ZipFile(path) as opened:
        offset = opened.getinfo(name).header_offset
    data = bytearray(path.read_bytes())
    struct.pack_into(size, data, offset + where, number)
    central = data.index(b"PK\x01\x02")
    while data[central + 46 : central + 46 + len(name)] != name.encode():
        central = data.index(b"PK\x01\x02", central + 4)
    struct.pack_into(size, data, central + where + 2, number)
    path.write_bytes(data)
    return open_store(path)


@pytest.mark.parametrize("zstd", [False, True])
@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize(
    ("where", "number"),
    [
        (14, 12345),  # another checksum
        (22, 100),  # says to be smaller when unpacked than it is
        (22, 50_000),  # says to be larger
        (22, 0xFFFFFFF0),  # says to be 4 GB
        (18, 0xFFFFFFF0),  # says to be packed into 4 GB
        (18, 3),  # packed into less
        (8, 93),  # another method than it is packed by
        (8, 97),  # an unknown method
    ],
)
def test_a_file_that_lies_about_its_size_is_refused(
    where: int, number: int, index: bool, zstd: bool, tmp_path: Path
) -> None:
    if zstd and (where, number) == (8, 93):
        number = 8
    path = three_tz(tmp_path / "a.3tz", FILES, compress=True, zstd=zstd, index=index)
    store = damaged(path, "content/0.glb", where, number, "<H" if where == 8 else "<I")
    with pytest.raises(NotThere):
        store.read(store.resolve(store.root_uri, "content/0.glb"))
    assert store.read(store.root_uri) == b"{}"
    store.close()


def test_a_file_that_unpacks_to_more_than_it_may_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    with pytest.raises(NotThere, match="larger than 4 MB"):
        gunzipped(bomb, "b", 4 << 20)
    small = gzip.compress(b"city" * 1000)
    assert gunzipped(small, "b") == b"city" * 1000
    with pytest.raises(NotThere, match="cut off"):
        gunzipped(small[:-12], "b")
    with pytest.raises(NotThere, match="damaged"):
        gunzipped(b"\x1f\x8bnonsense", "b")


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE other (key TEXT, content BLOB)",
        "CREATE VIEW media AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT 'tileset.json' AS key, zeroblob(1000) AS content FROM n WHERE i < 0",
    ],
)
def test_a_database_without_a_plain_table_is_refused(schema: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.3dtiles") as database:
        database.execute(schema)
    with pytest.raises(FetchError, match="no table"):
        open_store(tmp_path / "a.3dtiles")


def test_a_column_that_computes_gigabytes_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.3dtiles") as database:
        database.execute("CREATE TABLE media (key TEXT, content BLOB GENERATED ALWAYS AS (zeroblob(600000000)))")
        database.execute("INSERT INTO media (key) VALUES ('tileset.json')")
        database.execute("INSERT INTO media (key) VALUES ('other')")
    store = open_store(tmp_path / "a.3dtiles")
    with pytest.raises(FetchError):
        store.read(store.root_uri)
    store.close()


def test_text_in_place_of_bytes_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.3dtiles") as database:
        database.execute("CREATE TABLE media (key TEXT, content)")
        database.execute("INSERT INTO media VALUES ('tileset.json', 7)")
    store = open_store(tmp_path / "a.3dtiles")
    with pytest.raises(NotThere, match="damaged"):
        store.read(store.root_uri)
    store.close()


@EVERY
def test_reading_leaves_nothing_beside_an_archive(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path, FILES)
    before = path.read_bytes()
    store = open_store(path)
    store.read(store.root_uri)
    store.close()
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == before


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([".3tz", ".3dtiles"]), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=5)), max_size=3))
def test_damaged_archives_are_read_or_refused(ending: str, changes: list[tuple[float, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        make = three_tz if ending == ".3tz" else three_dtiles
        data = bytearray(make(path, FILES).read_bytes())
        for share, new in changes:
            at = int(share * len(data))
            data[at : at + len(new)] = new
        path.write_bytes(data)
        try:
            store = open_store(path)
        except FetchError:
            return
        for name in FILES:
            with suppress(FetchError):
                assert len(store.read(store.resolve(store.root_uri, name))) < 10_000
        store.close()


def test_a_damaged_name_in_a_database_cannot_even_be_told(tmp_path: Path) -> None:
    path = three_dtiles(tmp_path / "a.3dtiles", FILES)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE media", b"CREATE TA\xf1LE media"))
    with pytest.raises(FetchError, match="cannot be opened"):
        open_store(path)


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

"""What archives try that are damaged, or made to do harm."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import FetchError, NotThere
from explorer.store import Store, open_store
from explorer.store.archive import gunzipped
from tests.store.archives import EVERY, FILES, INDEX, Make, three_dtiles, three_tz


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


def test_a_file_without_a_name_is_passed_by(tmp_path: Path) -> None:
    path = three_tz(tmp_path / "a.3tz", FILES, index=False)
    data = bytearray(path.read_bytes())
    last = data.rfind(b"PK\x01\x02")
    length = struct.unpack_from("<H", data, last + 28)[0]
    struct.pack_into("<3H", data, last + 28, 0, 0, length)  # what was its name is a comment now
    path.write_bytes(data)
    store = open_store(path)
    assert store.read(store.root_uri) == FILES["tileset.json"]
    store.close()


@pytest.mark.parametrize("missing", range(1, 20))
def test_sizes_of_an_index_that_are_cut_off_are_refused(missing: int, tmp_path: Path) -> None:
    path = three_tz(tmp_path / "a.3tz", FILES)
    data = bytearray(path.read_bytes())
    last = data.rfind(b"PK\x01\x02")
    struct.pack_into("<2I", data, last + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    wide = struct.pack("<2H2Q", 1, 16, 72, 72)[:-missing]
    struct.pack_into("<H", data, last + 30, len(wide))
    name_ends = last + 46 + len(INDEX)
    data[name_ends:name_ends] = wide
    path.write_bytes(data)
    with pytest.raises(FetchError, match="cannot be opened"):
        open_store(path)


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

"""The search index, as importers write it and the program reads it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from explorer.errors import DataError
from explorer.layers import FeatureIndex
from importers.feature_index import FeatureIndexWriter


def fill(path: Path) -> Path:
    with FeatureIndexWriter(path, "EPSG:28992+5709") as index:
        index.add(
            "NL.IMBAG.Pand.0503100000000033",
            None,
            "Building",
            "tiles/3.glb",
            (0, 0, 0, 10, 10, 6),
            {"status": "Pand in gebruik", "year": 1929, "street": "Hippolytusbuurt", "monument": True},
        )
        index.add(
            "NL.IMBAG.Pand.0503100000000033-0",
            "NL.IMBAG.Pand.0503100000000033",
            "BuildingPart",
            "tiles/3.glb",
            (0, 0, 0, 10, 10, 6),
            {"year": 1929},
        )
        index.add(
            "GUID_8CE54418_1",
            None,
            "Building",
            "tiles/4.glb",
            (100, 100, 0, 120, 110, 9),
            {"street": "Café_straat 100%", "year": 2004, "height": float("nan")},
        )
        index.add("road-1", None, "Road", "tiles/4.glb", None, {"function": "rijbaan"})
    return path  # fmt: skip


@pytest.fixture
def index(tmp_path: Path) -> FeatureIndex:
    """Four features."""
    return FeatureIndex.open(fill(tmp_path / "features.sqlite"))


def ids(index: FeatureIndex, text: str) -> list[str]:
    return [hit.id for hit in index.search(text)]


def test_a_whole_id_finds_its_feature_first(index: FeatureIndex) -> None:
    hit = index.search("NL.IMBAG.Pand.0503100000000033")[0]
    assert (hit.id, hit.matched) == ("NL.IMBAG.Pand.0503100000000033", "id")


def test_part_of_an_id_is_enough(index: FeatureIndex) -> None:
    assert ids(index, "8CE54418") == ["GUID_8CE54418_1"]
    assert ids(index, "CE5441") == ["GUID_8CE54418_1"]


def test_an_attribute_value_is_found_from_its_beginning(index: FeatureIndex) -> None:
    hit = index.search("hippoly")[0]
    assert hit.matched == "street"
    assert hit.centre == (5, 5, 3)


def test_a_value_of_one_attribute_only(index: FeatureIndex) -> None:
    assert ids(index, "year=1929") == ["NL.IMBAG.Pand.0503100000000033", "NL.IMBAG.Pand.0503100000000033-0"]
    assert ids(index, "street=1929") == []
    assert ids(index, "KIND = road") == ["road-1"]
    assert ids(index, "monument=true") == ["NL.IMBAG.Pand.0503100000000033"]


def test_several_words_must_all_be_there(index: FeatureIndex) -> None:
    assert ids(index, "gebruik hippolytusbuurt") == ["NL.IMBAG.Pand.0503100000000033"]
    assert ids(index, "gebruik rijbaan") == []


@pytest.mark.parametrize("text", ["%", "_", "'", '"', 'a" OR 1=1 --', "=", "NEAR(", "*", "\\", "-", "(", "^x", ""])
def test_odd_characters_are_only_text(index: FeatureIndex, text: str) -> None:
    assert len(index.search(text)) <= 4


def test_a_percent_sign_is_not_a_wildcard(index: FeatureIndex) -> None:
    assert ids(index, "100%") == ["GUID_8CE54418_1"]
    assert ids(index, "Hip%buurt") == []


def test_no_more_than_the_limit_is_given(index: FeatureIndex) -> None:
    assert len(index.search("Building", limit=1)) == 1


def test_what_touches_an_area_is_found(index: FeatureIndex) -> None:
    assert [hit.id for hit in index.within((90, 90, 101, 101))] == ["GUID_8CE54418_1"]


def test_a_feature_without_a_place_has_no_centre(index: FeatureIndex) -> None:
    hit = index.get("road-1")
    assert hit is not None
    assert hit.centre is None


def test_parts_are_found_by_their_parent(index: FeatureIndex) -> None:
    parts = index.children("NL.IMBAG.Pand.0503100000000033")
    assert [hit.id for hit in parts] == ["NL.IMBAG.Pand.0503100000000033-0"]


def test_an_unknown_id_is_nothing(index: FeatureIndex) -> None:
    assert index.get("nobody") is None


def test_the_same_features_give_the_same_bytes(tmp_path: Path) -> None:
    assert fill(tmp_path / "a.sqlite").read_bytes() == fill(tmp_path / "b.sqlite").read_bytes()


def test_an_index_is_read_from_bytes(tmp_path: Path) -> None:
    index = FeatureIndex.open(fill(tmp_path / "a.sqlite").read_bytes())
    assert len(index) == 4


def test_it_is_found_without_full_text_search(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.sqlite")
    database = sqlite3.connect(path)
    database.execute("DROP TABLE words")
    database.commit()
    database.close()
    assert ids(FeatureIndex.open(path), "hippoly") == ["NL.IMBAG.Pand.0503100000000033"]


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.sqlite"):
        FeatureIndex.open(tmp_path / "nowhere.sqlite")


@pytest.mark.parametrize("content", [b"", b"hello, this is no database at all" * 100])
def test_what_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.sqlite"):
        FeatureIndex.open(path)


def test_a_newer_index_is_refused(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.sqlite")
    database = sqlite3.connect(path)
    database.execute("UPDATE meta SET value = '2' WHERE key = 'version'")
    database.commit()
    database.close()
    with pytest.raises(DataError, match="version 2"):
        FeatureIndex.open(path)


@pytest.mark.parametrize("written", ["", "{", "[1]", b"\xff", "[" * 100_000])
def test_attributes_that_cannot_be_read_are_damage_that_names_the_file(tmp_path: Path, written: object) -> None:
    """Found by fuzzing."""
    path = fill(tmp_path / "a.sqlite")
    database = sqlite3.connect(path)
    database.execute("UPDATE features SET attributes = ?", (written,))
    database.commit()
    database.close()
    with pytest.raises(DataError, match=r"damaged.*a\.sqlite"):
        FeatureIndex.open(path).get("NL.IMBAG.Pand.0503100000000033")


def test_an_index_of_no_bytes_is_damaged_and_not_short_of_memory() -> None:
    """Found by fuzzing: of nothing, SQLite says that memory is short."""
    with pytest.raises(DataError, match=r"damaged.*\[https://x/features.sqlite\]"):
        FeatureIndex.open(b"", "https://x/features.sqlite")


@pytest.mark.parametrize(("of", "to"), [(b"fts5", b"f\x96s5"), (b"CREATE TABLE features", b"CREATE TABLE f\xacatures")])
def test_a_schema_that_is_no_text_is_damage_or_costs_the_search_of_words(tmp_path: Path, of: bytes, to: bytes) -> None:
    """Found by fuzzing: SQLite quotes the bytes in what it says, and Python cannot decode that."""
    data = fill(tmp_path / "a.sqlite").read_bytes()
    assert of in data
    said = ""
    try:
        index = FeatureIndex.open(data.replace(of, to), "https://x/features.sqlite")
        assert [hit.id for hit in index.search("GUID_8CE54418_1")] == ["GUID_8CE54418_1"]
    except DataError as error:
        said = str(error)
    assert not said or "https://x/features.sqlite" in said

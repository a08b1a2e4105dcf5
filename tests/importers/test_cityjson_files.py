"""City files as bytes: empty, cut, packed, in other encodings, in sequences; what is none is told for what it is."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import CityModelError
from importers.cityjson import read_cityjson
from tests.importers.specimens import E, N, box_vertices, building, document, write


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityModelError, match=r"empty.*x\.json"):
        read_cityjson(write(tmp_path / "x.json", ""))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityModelError, match=r"nowhere\.json"):
        read_cityjson(tmp_path / "nowhere.json")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    text = json.dumps(document({"b": building()}, box_vertices(E, N)))
    with pytest.raises(CityModelError, match="cut off"):
        read_cityjson(write(tmp_path / "x.json", text[: int(len(text) * share)]))


@pytest.mark.parametrize("content", ["hello", "[1, 2]", '{"type": "FeatureCollection"}', b"\xff\xfe\x00", "null", "{}"])
def test_what_is_no_cityjson_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(CityModelError, match=r"x\.json"):
        read_cityjson(write(tmp_path / "x.json", content))


def test_a_broken_line_of_a_sequence_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    feature = {"type": "CityJSONFeature", "id": "f", "CityObjects": {"f": building()}, "vertices": box_vertices(E, N)}
    lines = [json.dumps(document({}, [])), '{"type": "CityJSONFeature", "CityObj', json.dumps(feature)]
    model = read_cityjson(write(tmp_path / "s.jsonl", "\n".join(lines)))
    assert [found.id for found in model.features] == ["f"]
    assert any("line 2" in sentence for sentence in model.report.object_warnings)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x1f\x8b\xff\xffrest", "unpacked"),
        (gzip.compress(b'{"type": "CityJSON"', mtime=0)[:-6], "cut off"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b'<?xml version="1.0"?><CityModel/>', "CityGML"),
    ],
)
def test_what_is_no_json_at_all_is_said_to_be_what_it_is(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "city.json"
    path.write_bytes(data)
    with pytest.raises(CityModelError, match=reason):
        read_cityjson(path, crs="EPSG:7415")


def test_a_device_that_never_ends_is_refused_and_a_pipe_is_read(tmp_path: Path) -> None:
    with pytest.raises(CityModelError, match="device"):
        read_cityjson(Path("/dev/zero"), crs="EPSG:7415")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = json.dumps(document({"b": building()}, box_vertices(E, N)))
    writer = threading.Thread(target=pipe.write_text, args=(content,), daemon=True)
    writer.start()
    assert len(read_cityjson(pipe).features) == 1


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(CityModelError, match="Cannot read the file"):
            read_cityjson(Path(name))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_unicode_encoding_is_read_as_it_is(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "city.json"
    path.write_text(json.dumps(document({"Café": building()}, box_vertices(E, N)), ensure_ascii=False), encoding)
    assert [feature.id for feature in read_cityjson(path).features] == ["Café"]


@pytest.mark.parametrize(
    "pack", [lambda data: data, gzip.compress, lambda data: gzip.compress(data[:40]) + gzip.compress(data[40:])]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sequence_is_read_packed_and_in_another_encoding(tmp_path: Path, encoding: str, pack: Any) -> None:
    lines = [json.dumps(line) for line in sequence(E)]
    path = write(tmp_path / "city.city.jsonl", pack("\n".join(lines).encode(encoding)))
    assert [feature.id for feature in read_cityjson(path).features] == ["f0", "f1"]


def test_a_packed_file_that_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityModelError, match="as no city file does"):
        read_cityjson(write(tmp_path / "x.json.gz", gzip.compress(bytes((1 << 28) + 1), 1)))


def test_a_byte_that_is_no_utf8_is_named_and_not_taken_for_a_cut(tmp_path: Path) -> None:
    text = json.dumps(document({"b": building(street="Kärntner Straße")}, box_vertices(E, N)), ensure_ascii=False)
    with pytest.raises(CityModelError, match=r"not UTF-8.*0xE4 at place \d+"):
        read_cityjson(write(tmp_path / "x.json", text.encode("latin-1")))


def test_joined_sequences_are_placed_by_their_own_heads(tmp_path: Path) -> None:
    lines = [json.dumps(line) for line in (*sequence(E), *sequence(E + 500.0, "g"))]
    model = read_cityjson(write(tmp_path / "x.city.jsonl", "\n".join(lines)))
    places = {feature.id: feature.meshes[0].positions[:, 0].min() - E for feature in model.features}
    assert places == pytest.approx({"f0": 0.0, "f1": 30.0, "g0": 500.0, "g1": 530.0})


def test_joined_sequences_of_two_systems_are_refused(tmp_path: Path) -> None:
    other = sequence(E, "g", metadata={"referenceSystem": "EPSG:25831"})
    with pytest.raises(CityModelError, match="one by one"):
        read_cityjson(write(tmp_path / "x.city.jsonl", "\n".join(json.dumps(line) for line in (*sequence(E), *other))))


def sequence(easting: float, name: str = "f", **more: Any) -> list[dict[str, Any]]:
    """A head and two buildings 30 m apart."""
    head = document({}, [], transform={"scale": [1, 1, 1], "translate": [easting, N, 0]}, **more)
    features = [
        {
            "type": "CityJSONFeature",
            "id": f"{name}{number}",
            "CityObjects": {f"{name}{number}": building()},
            "vertices": box_vertices(30.0 * number, 0.0),
        }
        for number in range(2)
    ]
    return [head, *features]

"""Bad city files: a sentence that helps, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from explorer.errors import CityModelError, CrsError
from explorer.geo import MissingVertical
from importers import import_city
from importers.cityjson import read_cityjson
from tests.importers.specimens import E, N, box_vertices, building, document, one_box, solid, write


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


@pytest.mark.parametrize("version", ["0.3", "3.0", None, 7])
def test_another_version_is_refused_with_those_supported(tmp_path: Path, version: Any) -> None:
    with pytest.raises(CityModelError, match=r"1\.0, 1\.1, 2\.0"):
        read_cityjson(one_box(tmp_path, version=version))


def test_a_file_without_crs_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match=r"--crs EPSG:7415.*one\.city\.json"):
        read_cityjson(one_box(tmp_path, metadata=None))


def test_a_crs_given_by_hand_is_enough(tmp_path: Path) -> None:
    assert read_cityjson(one_box(tmp_path, metadata=None), crs="EPSG:7415").crs.vertical == "EPSG:5709"


def test_a_horizontal_crs_asks_for_the_vertical_one(tmp_path: Path) -> None:
    path = one_box(tmp_path, metadata={"referenceSystem": "EPSG:28992"})
    with pytest.raises(MissingVertical, match=r"--vertical.*one\.city\.json"):
        read_cityjson(path)
    assert read_cityjson(path, vertical="EPSG:5709").crs.identifier == "EPSG:28992+5709"


def test_swapped_axes_are_told_from_a_wrong_crs(tmp_path: Path) -> None:
    vertices = [[y, x, z] for x, y, z in box_vertices(E, N)]
    with pytest.raises(CrsError, match="swapped"):
        read_cityjson(write(tmp_path / "x.json", document({"b": building()}, vertices)))


def test_a_city_elsewhere_is_refused_naming_the_place(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match=r"900000\d?.*x\.json"):
        read_cityjson(write(tmp_path / "x.json", document({"b": building()}, box_vertices(9000000.0, 5000000.0))))


def test_one_building_elsewhere_is_left_out_and_named(tmp_path: Path) -> None:
    objects = {"here": building(0), "there": building(8), "also-here": building(16)}
    vertices = box_vertices(E, N) + box_vertices(0.0, 0.0) + box_vertices(E + 20, N)
    model = read_cityjson(write(tmp_path / "x.json", document(objects, vertices)))
    assert [feature.id for feature in model.features] == ["here", "also-here"]
    assert any("there" in sentence for sentence in model.report.object_warnings)


def test_one_building_in_space_is_left_out_and_named_and_a_city_there_is_refused(tmp_path: Path) -> None:
    objects = {"here": building(0), "there": building(8), "also-here": building(16)}
    vertices = box_vertices(E, N) + [[x, y, 1e6] for x, y, _z in box_vertices(E, N)] + box_vertices(E + 20, N)
    path = write(tmp_path / "x.json", document(objects, vertices))
    report = import_city([path], tmp_path / "tiles")
    assert report.read["Building"] == 3 and report.written["Building"] == 2
    assert any("there" in sentence for sentence in report.object_warnings)
    box = json.loads((tmp_path / "tiles" / "tileset.json").read_text())["root"]["boundingVolume"]["box"]
    assert np.abs(box[3:]).max() < 1000.0
    with pytest.raises(CrsError, match=r"1000000 m are no place on Earth.*y\.json"):
        read_cityjson(write(tmp_path / "y.json", document({"b": building()}, vertices[8:16])))


def broken(tmp_path: Path, geometry: dict[str, Any], vertices: list[Any]) -> Any:
    """A city of one good building and one with this geometry."""
    n = len(vertices)
    objects = {"good": building(n), "bad": {"type": "Building", "geometry": [geometry]}}
    return read_cityjson(write(tmp_path / "x.json", document(objects, vertices + box_vertices(E, N))))


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        ([0, 1, 99], "out of range"),
        ([0, 1, -5], "out of range"),
        ([0, 1, "two"], "out of range"),
        ([0, 1, None], "out of range"),
        ([0, 1, 1.5], "out of range"),
        ([0, 1, 3], "not a number"),
        ([0, 1], "fewer than three"),
        ([0, 1, 0, 1, 0], "without area"),
        ([0, 0, 1, 1], "fewer than three"),
        ([], "fewer than three"),
        ([0, 1, 4], "without area"),
    ],
)
def test_a_broken_surface_is_left_out_and_named(tmp_path: Path, ring: list[Any], reason: str) -> None:
    vertices: list[Any] = [[E, N, 0], [E + 2, N, 0], [E, N + 2, 0], [float("nan"), N, 0], [E + 4, N, 0]]
    model = broken(tmp_path, {"type": "MultiSurface", "lod": "2", "boundaries": [[ring], [[0, 1, 2]]]}, vertices)
    good, bad = model.features
    assert len(good.meshes[0].triangles) == 12
    assert len(bad.meshes[0].triangles) == 1
    assert any(reason in sentence and "bad" in sentence for sentence in model.report.object_warnings)


@pytest.mark.parametrize("boundaries", [None, 3, [1, 2], [[1, 2, 3]], [[["a"]]], {}, [[[[[0, 1, 2]]]]]])
def test_wrongly_nested_boundaries_do_not_stop_the_import(tmp_path: Path, boundaries: Any) -> None:
    model = broken(tmp_path, {"type": "MultiSurface", "lod": "2", "boundaries": boundaries}, [[E, N, 0]] * 3)
    assert len(model.features[0].meshes[0].triangles) == 12
    assert model.features[1].meshes == ()


def test_repeated_and_closing_corners_do_no_harm(tmp_path: Path) -> None:
    vertices: list[Any] = [[E, N, 0], [E + 2, N, 0], [E + 2, N, 0], [E, N + 2, 0]]
    geometry = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3, 0]]]}
    assert len(broken(tmp_path, geometry, vertices).features[1].meshes[0].triangles) == 1


def test_a_self_crossing_polygon_is_repaired_and_named(tmp_path: Path) -> None:
    vertices: list[Any] = [[E, N, 0], [E + 6, N + 6, 0], [E + 6, N + 1, 0], [E, N + 4, 0]]
    geometry = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]]}
    wings = shapely.make_valid(shapely.Polygon([(0, 0), (6, 6), (6, 1), (0, 4)])).area
    model = broken(tmp_path, geometry, vertices)
    mesh = model.features[1].meshes[0]
    a, b, c = (mesh.positions[mesh.triangles[:, corner]] for corner in range(3))
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(wings, abs=0.01)
    assert any("repaired" in sentence for sentence in model.report.object_warnings)


def test_an_object_without_type_is_left_out(tmp_path: Path) -> None:
    objects: dict[str, Any] = {"a": 5, "b": {"attributes": {}}, "c": building()}
    model = read_cityjson(write(tmp_path / "x.json", document(objects, box_vertices(E, N))))
    assert [feature.id for feature in model.features] == ["c"]


def test_an_unknown_geometry_is_counted(tmp_path: Path) -> None:
    model = broken(tmp_path, {"type": "Blob", "boundaries": []}, [])
    assert any("Blob" in reason for reason in model.report.skipped)


def test_a_broken_line_of_a_sequence_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    feature = {"type": "CityJSONFeature", "id": "f", "CityObjects": {"f": building()}, "vertices": box_vertices(E, N)}
    lines = [json.dumps(document({}, [])), '{"type": "CityJSONFeature", "CityObj', json.dumps(feature)]
    model = read_cityjson(write(tmp_path / "s.jsonl", "\n".join(lines)))
    assert [found.id for found in model.features] == ["f"]
    assert any("line 2" in sentence for sentence in model.report.object_warnings)


def test_a_file_without_buildings_gives_a_tileset_that_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", document({}, []))
    report = import_city(path, tmp_path / "out")
    assert (tmp_path / "out" / "tileset.json").is_file()
    assert any("empty" in sentence for sentence in report.warnings)


def test_infinite_numbers_in_attributes_do_not_stop_the_import(tmp_path: Path) -> None:
    text = json.dumps(document({"b": building(height=float("nan"))}, box_vertices(E, N)))
    assert "NaN" in text
    model = read_cityjson(write(tmp_path / "x.json", text))
    assert model.features[0].attributes["height"] is None


def test_semantics_of_the_wrong_shape_are_ignored(tmp_path: Path) -> None:
    geometry = solid()
    geometry["semantics"] = {"surfaces": [{"type": "RoofSurface"}], "values": [[7, "x", -1]]}
    assert len(broken(tmp_path, geometry, box_vertices(E, N)).features[1].meshes[0].triangles) == 12


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


ENDLESS = 10**400
"""JSON has such numbers; neither a float nor an int64 holds them."""


@pytest.mark.parametrize("corner", [[E, N, 1e308], [1e308, N, 1.0], [ENDLESS, N, 1.0], [E, N, -ENDLESS]])
def test_one_endless_coordinate_costs_its_surfaces_and_not_the_city(tmp_path: Path, corner: list[Any]) -> None:
    vertices: list[Any] = box_vertices(E, N) + box_vertices(E + 20, N)
    vertices[0] = corner
    path = write(tmp_path / "x.json", document({"a": building(0), "b": building(8)}, vertices))
    report = import_city(path, tmp_path / "out")
    assert report.skipped
    assert (tmp_path / "out" / "tileset.json").is_file()


@pytest.mark.parametrize("name", ["scale", "translate"])
def test_an_endless_transform_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    transform: dict[str, Any] = {"scale": [1.0, 1.0, 1.0], "translate": [0.0, 0.0, 0.0]}
    transform[name] = [ENDLESS, 1.0, 1.0]
    with pytest.raises(CityModelError, match="transform"):
        read_cityjson(one_box(tmp_path, transform=transform))


@pytest.mark.parametrize(
    "odd",
    [
        {"boundaries": [True]},
        {"template": True},
        {"transformationMatrix": [ENDLESS] * 16},
        {"transformationMatrix": [1e308] * 16},
        {"lod": ENDLESS},
    ],
)
def test_an_odd_instance_of_a_template_does_not_end_the_import(tmp_path: Path, odd: dict[str, Any]) -> None:
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [0]}
    tree = {"type": "SolitaryVegetationObject", "geometry": [instance | odd]}
    templates = {"templates": [solid(semantics=False) | odd], "vertices-templates": box_vertices(0.0, 0.0)}
    objects = {"b": building(), "tree": tree}
    content = document(objects, box_vertices(E, N), **{"geometry-templates": templates})
    import_city(write(tmp_path / "x.json", content), tmp_path / "out")
    assert (tmp_path / "out" / "tileset.json").is_file()


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


def test_hundreds_of_warnings_do_not_push_the_counts_off_the_screen(tmp_path: Path) -> None:
    flat = {"type": "Building", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1]]]}]}
    objects = {f"flat-{row}": flat for row in range(250)} | {"b": building()}
    report = import_city(write(tmp_path / "x.json", document(objects, box_vertices(E, N))), tmp_path / "out")
    assert len(report.lines()) < 30 and "230 more warnings" in report.lines()[-2]
    assert len(report.to_dict()["warnings"]) == 200


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

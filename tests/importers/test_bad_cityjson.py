"""What is wrong in a city file: a sentence that helps, and the rest goes on."""

from __future__ import annotations

import json
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


def test_hundreds_of_warnings_do_not_push_the_counts_off_the_screen(tmp_path: Path) -> None:
    flat = {"type": "Building", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1]]]}]}
    objects = {f"flat-{row}": flat for row in range(250)} | {"b": building()}
    report = import_city(write(tmp_path / "x.json", document(objects, box_vertices(E, N))), tmp_path / "out")
    assert len(report.lines()) < 30 and "230 more warnings" in report.lines()[-2]
    assert len(report.to_dict()["warnings"]) == 200


def test_vertices_that_are_no_text_are_refused_naming_the_file(tmp_path: Path) -> None:
    """Found by fuzzing."""
    path = one_box(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"vertices": [[', b'"vertices": [["\xff", '))
    assert b"\xff" in path.read_bytes()
    with pytest.raises(CityModelError, match=r"vertices.*one\.city\.json"):
        read_cityjson(path)


def test_places_outside_a_crs_in_feet_name_the_file(tmp_path: Path) -> None:
    path = one_box(tmp_path, metadata={"referenceSystem": "EPSG:7414"})
    with pytest.raises(CrsError, match=r"outside.*one\.city\.json"):
        read_cityjson(path)

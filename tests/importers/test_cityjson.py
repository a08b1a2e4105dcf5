"""Reading CityJSON: what the standard allows, made small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import CityModelError
from explorer.geo import CompoundCrs
from explorer.tileformat import SurfaceClass
from importers.cityjson import read_cityjson
from importers.model import CityFeature, LodMesh
from tests.importers.specimens import E, N, box_vertices, building, document, one_box, solid, write


def area(mesh: LodMesh) -> float:
    a, b, c = (mesh.positions[mesh.triangles[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def volume(mesh: LodMesh) -> float:
    a, b, c = (mesh.positions[mesh.triangles[:, corner]] - mesh.positions[0] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def only(
    tmp_path: Path, geometry: dict[str, Any] | list[Any], vertices: list[Any], kind: str = "Building"
) -> CityFeature:
    geometries = geometry if isinstance(geometry, list) else [geometry]
    path = write(tmp_path / "x.city.json", document({"x": {"type": kind, "geometry": geometries}}, vertices))
    return read_cityjson(path).features[0]


def test_a_box_is_closed_and_keeps_its_attributes(tmp_path: Path) -> None:
    model = read_cityjson(one_box(tmp_path))
    feature = model.features[0]
    assert model.crs == CompoundCrs("EPSG:28992", "EPSG:5709")
    assert (feature.id, feature.kind, dict(feature.attributes)) == ("b", "Building", {"year": 1900})
    assert volume(feature.meshes[0]) == pytest.approx(600.0)
    assert area(feature.meshes[0]) == pytest.approx(440.0)


@pytest.mark.parametrize(
    "name",
    [
        "EPSG:7415",
        "urn:ogc:def:crs:EPSG::7415",
        "http://www.opengis.net/def/crs/EPSG/0/7415",
        "https://www.opengis.net/def/crs/EPSG/0/7415",
    ],
)
def test_every_spelling_of_the_reference_system_is_read(tmp_path: Path, name: str) -> None:
    model = read_cityjson(one_box(tmp_path, metadata={"referenceSystem": name}))
    assert model.crs.identifier == "EPSG:28992+5709"


def test_the_legacy_reference_system_is_read(tmp_path: Path) -> None:
    model = read_cityjson(one_box(tmp_path, version="1.0", metadata={"crs": {"epsg": 7415}}))
    assert model.crs.identifier == "EPSG:28992+5709"


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_each_supported_version_is_read(tmp_path: Path, version: str) -> None:
    assert len(read_cityjson(one_box(tmp_path, version=version)).features) == 1


def test_transform_scales_and_moves_vertices(tmp_path: Path) -> None:
    vertices = [[round((x - E) * 1000), round((y - N) * 1000), round(z * 1000)] for x, y, z in box_vertices(E, N)]
    transform = {"scale": [0.001, 0.001, 0.001], "translate": [E, N, 0.0]}
    path = write(tmp_path / "t.city.json", document({"b": building()}, vertices, transform=transform))
    positions = read_cityjson(path).features[0].meshes[0].positions
    assert positions.min(axis=0) == pytest.approx([E, N, 1.0], abs=1e-9)


def test_a_file_without_transform_is_read_as_it_is(tmp_path: Path) -> None:
    positions = read_cityjson(one_box(tmp_path, transform=None)).features[0].meshes[0].positions
    assert positions.max(axis=0) == pytest.approx([E + 10, N + 10, 7.0])


@pytest.mark.parametrize("lod", [2, 2.2, "2.2", "LOD2"])
def test_level_of_detail_may_be_number_or_text(tmp_path: Path, lod: Any) -> None:
    mesh = only(tmp_path, solid(lod=lod), box_vertices(E, N)).meshes[0]
    assert mesh.lod == pytest.approx(2.2 if "2.2" in str(lod) else 2.0)


def test_levels_come_from_coarse_to_fine(tmp_path: Path) -> None:
    vertices = box_vertices(E, N) + box_vertices(E, N, height=8)
    feature = only(tmp_path, [solid(8, "2.2"), solid(0, 1)], vertices)
    assert [mesh.lod for mesh in feature.meshes] == [1.0, 2.2]


def test_a_chosen_level_leaves_the_others_out_and_counts_them(tmp_path: Path) -> None:
    objects = {"x": {"type": "Building", "geometry": [solid(0, "1.2"), solid(0, "2.2")]}}
    model = read_cityjson(write(tmp_path / "x.json", document(objects, box_vertices(E, N))), lod="1.2")
    assert [mesh.lod for mesh in model.features[0].meshes] == [1.2]
    assert sum(sum(kinds.values()) for kinds in model.report.skipped.values()) == 1


def test_a_level_that_nothing_has_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CityModelError, match="the file has 2"):
        read_cityjson(one_box(tmp_path), lod="3")


def test_semantics_nested_for_a_solid_become_surface_classes(tmp_path: Path) -> None:
    mesh = only(tmp_path, solid(), box_vertices(E, N)).meshes[0]
    counts = np.bincount(mesh.surface, minlength=4)
    assert (counts[SurfaceClass.FLOOR], counts[SurfaceClass.ROOF], counts[SurfaceClass.WALL]) == (2, 2, 8)


def test_null_semantics_fall_back_to_how_the_surface_lies(tmp_path: Path) -> None:
    geometry = solid()
    geometry["semantics"]["values"] = [None]
    counts = np.bincount(only(tmp_path, geometry, box_vertices(E, N)).meshes[0].surface, minlength=4)
    assert (counts[SurfaceClass.FLOOR], counts[SurfaceClass.ROOF], counts[SurfaceClass.WALL]) == (2, 2, 8)


@pytest.mark.parametrize(
    ("kind", "surface"),
    [
        ("Road", SurfaceClass.ROAD),
        ("WaterBody", SurfaceClass.WATER),
        ("PlantCover", SurfaceClass.GREEN),
        ("TINRelief", SurfaceClass.TERRAIN),
        ("Bridge", SurfaceClass.BRIDGE),
        ("LandUse", SurfaceClass.BARE),
        ("GenericCityObject", SurfaceClass.OTHER),
        ("+SolarPark", SurfaceClass.OTHER),
    ],
)
def test_objects_without_semantics_are_classed_by_type(tmp_path: Path, kind: str, surface: SurfaceClass) -> None:
    geometry = {"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]]]}
    feature = only(tmp_path, geometry, [[E, N, 0], [E + 9, N, 0], [E, N + 9, 0]], kind)
    assert feature.kind == kind
    assert feature.meshes[0].surface.tolist() == [surface]


@pytest.mark.parametrize("kind", ["MultiSolid", "CompositeSolid"])
def test_solids_of_solids_are_read(tmp_path: Path, kind: str) -> None:
    one, other = solid(0), solid(8)
    geometry = {
        "type": kind,
        "lod": "2",
        "boundaries": [one["boundaries"], other["boundaries"]],
        "semantics": {
            "surfaces": one["semantics"]["surfaces"],
            "values": [one["semantics"]["values"], other["semantics"]["values"]],
        },
    }
    mesh = only(tmp_path, geometry, box_vertices(E, N) + box_vertices(E + 20, N)).meshes[0]
    assert volume(mesh) == pytest.approx(1200.0)
    assert np.bincount(mesh.surface)[SurfaceClass.ROOF] == 4


def test_of_several_solids_only_the_one_that_is_inside_out_is_turned(tmp_path: Path) -> None:
    one, other = solid(0), solid(8)
    inside_out = [[[ring[::-1] for ring in surface] for surface in shell] for shell in other["boundaries"]]
    geometry = {"type": "MultiSolid", "lod": "2", "boundaries": [one["boundaries"], inside_out]}
    mesh = only(tmp_path, geometry, box_vertices(E, N) + box_vertices(E + 20, N, width=5.0)).meshes[0]
    assert volume(mesh) == pytest.approx(600.0 + 150.0)


@pytest.mark.parametrize("kind", ["MultiPoint", "MultiLineString"])
def test_points_and_lines_are_counted_as_skipped(tmp_path: Path, kind: str) -> None:
    boundaries = [0, 1] if kind == "MultiPoint" else [[0, 1]]
    objects = {"x": {"type": "Road", "geometry": [{"type": kind, "lod": "0", "boundaries": boundaries}]}}
    model = read_cityjson(write(tmp_path / "x.json", document(objects, [[E, N, 0], [E + 1, N, 0]])))
    assert model.features[0].meshes == ()
    assert any(kind in reason for reason in model.report.skipped)


@pytest.mark.parametrize(("member", "word"), [("material", "materials"), ("texture", "photographs")])
def test_the_report_says_that_appearance_is_not_taken_over(tmp_path: Path, member: str, word: str) -> None:
    geometry = {**solid(), member: {"summer": {"value": 0}}}
    objects = {"house": {"type": "Building", "geometry": [geometry]}}
    model = read_cityjson(write(tmp_path / "x.json", document(objects, box_vertices(E, N))))
    (reason,) = model.report.skipped
    assert word in reason and model.report.skipped[reason] == {"Building": 1}
    assert len(model.features[0].meshes) == 1


def test_the_report_says_that_attributes_of_single_surfaces_are_not_taken_over(tmp_path: Path) -> None:
    geometry = solid()
    geometry["semantics"]["surfaces"][1] |= {"slope": 35.0, "azimuth": 180.0}
    objects = {"house": {"type": "Building", "geometry": [geometry]}}
    model = read_cityjson(write(tmp_path / "x.json", document(objects, box_vertices(E, N))))
    assert model.report.skipped == {"what is said of single surfaces besides their type": {"Building": 1}}


def test_a_group_keeps_the_names_of_its_members(tmp_path: Path) -> None:
    objects = {"town": {"type": "CityObjectGroup", "children": ["b"], "children_roles": ["hall"]}, "b": building()}
    town, hall = read_cityjson(write(tmp_path / "x.json", document(objects, box_vertices(E, N)))).features
    assert hall.parent is None
    assert town.attributes == {"children": '["b"]', "children_roles": '["hall"]'}


def test_templates_are_placed_by_matrix_and_reference_point(tmp_path: Path) -> None:
    tree = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]], [[0, 2, 1]]]}
    matrix = [0, -2, 0, 1, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
    objects = {
        "tree": {
            "type": "SolitaryVegetationObject",
            "geometry": [
                {"type": "GeometryInstance", "template": 0, "boundaries": [0], "transformationMatrix": matrix}
            ],
        }
    }
    templates = {"templates": [tree], "vertices-templates": [[0, 0, 0], [1, 0, 0], [0, 0, 3]]}
    path = write(tmp_path / "t.json", document(objects, [[E, N, 5.0]], **{"geometry-templates": templates}))
    mesh = read_cityjson(path).features[0].meshes[0]
    corners = {tuple(np.round(row - (E, N, 5.0), 6).tolist()) for row in mesh.positions}
    assert corners == {(1.0, 0.0, 0.0), (1.0, 2.0, 0.0), (1.0, 0.0, 6.0)}
    assert set(mesh.surface.tolist()) == {SurfaceClass.TREE}


def test_an_instance_of_a_missing_template_is_reported(tmp_path: Path) -> None:
    objects = {
        "t": {"type": "CityFurniture", "geometry": [{"type": "GeometryInstance", "template": 7, "boundaries": [0]}]}
    }
    model = read_cityjson(write(tmp_path / "t.json", document(objects, [[E, N, 5.0]])))
    assert any("template" in reason for reason in model.report.skipped)


def test_parts_know_their_parent_from_either_side(tmp_path: Path) -> None:
    objects = {
        "whole": {"type": "Building", "children": ["a", "b"]},
        "a": {**building(0), "type": "BuildingPart", "parents": ["whole"]},
        "b": {**building(8), "type": "BuildingPart"},
    }
    vertices = box_vertices(E, N) + box_vertices(E + 20, N)
    model = read_cityjson(write(tmp_path / "p.json", document(objects, vertices)))
    assert [(feature.id, feature.parent) for feature in model.features] == [
        ("whole", None),
        ("a", "whole"),
        ("b", "whole"),
    ]


def test_the_outline_of_a_building_with_solids_is_not_drawn(tmp_path: Path) -> None:
    outline = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {
        "whole": {"type": "Building", "children": ["a"], "geometry": [outline]},
        "a": {**building(0), "type": "BuildingPart", "parents": ["whole"]},
    }
    model = read_cityjson(write(tmp_path / "p.json", document(objects, box_vertices(E, N))))
    assert [len(feature.meshes) for feature in model.features] == [0, 1]


def test_nested_attributes_and_extensions_are_kept(tmp_path: Path) -> None:
    objects = {
        "b": {**building(note={"a": [1, 2]}, empty=None), "address": [{"City": "Delft"}], "+energy": {"label": "C"}}
    }
    attributes = read_cityjson(write(tmp_path / "a.json", document(objects, box_vertices(E, N)))).features[0].attributes
    assert json.loads(attributes["note"]) == {"a": [1, 2]}
    assert attributes["empty"] is None
    assert json.loads(attributes["+energy"]) == {"label": "C"}
    assert json.loads(attributes["address"]) == [{"City": "Delft"}]


def test_an_inside_out_solid_is_turned(tmp_path: Path) -> None:
    geometry = solid()
    geometry["boundaries"] = [[[ring[::-1] for ring in surface] for surface in geometry["boundaries"][0]]]
    assert volume(only(tmp_path, geometry, box_vertices(E, N)).meshes[0]) == pytest.approx(600.0)


def test_ground_that_looks_down_is_turned_up(tmp_path: Path) -> None:
    geometry = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 2, 1]]]}
    mesh = only(tmp_path, geometry, [[E, N, 0], [E + 9, N, 0], [E, N + 9, 0]], "Road").meshes[0]
    a, b, c = mesh.positions[mesh.triangles[0]]
    assert np.cross(b - a, c - a)[2] > 0


def test_a_sequence_shares_its_first_lines_transform(tmp_path: Path) -> None:
    head = document({}, [], transform={"scale": [1, 1, 1], "translate": [E, N, 0]})
    lines = [head]
    for number in range(2):
        vertices = [[x, y, z] for x, y, z in box_vertices(30.0 * number, 0)]
        lines.append(
            {
                "type": "CityJSONFeature",
                "id": f"f{number}",
                "CityObjects": {f"f{number}": building()},
                "vertices": vertices,
            }
        )
    path = write(tmp_path / "s.city.jsonl", "\n".join(json.dumps(line) for line in lines) + "\n")
    model = read_cityjson(path)
    assert [feature.id for feature in model.features] == ["f0", "f1"]
    assert model.features[1].meshes[0].positions[:, 0].min() == pytest.approx(E + 30.0)

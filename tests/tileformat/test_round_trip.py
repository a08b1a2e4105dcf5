"""What is written is read back: geometry, features, attributes with their types, colours, surfaces, extras."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import OrientedBox, enu_matrix
from explorer.tileformat import (
    ADD,
    NO_FEATURE,
    CitiverseExtras,
    ColumnTypes,
    FeatureTable,
    Mesh,
    SurfaceClass,
    TileContent,
    TileNode,
    decode_content,
    encode_glb,
    encode_tileset,
    read_tileset,
)
from explorer.tileformat.container import split_glb
from tests.specimens import box_mesh

COLUMNS = {
    "height": [3.5, None, -0.25],
    "storeys": [1, 2, None],
    "bag number": [599100000752136, 0, -599100000752136],
    "beyond 2^53": [2**60 + 1, 2**63, -(2**62)],
    "listed": [True, False, True],
    "listed?": [True, None, False],
    "straat/naam": ["Markt", "Où çä 😀", None],
    "always empty": ["", "", ""],
    "sometimes empty": ["", None, "x"],
    "nested": [{"a": [1, 2.5, None]}, [], None],
    "mixed": [1, "1", True],
    "int and float": [1, 2.5, None],
    "1st": ["a", "b", "c"],
    "gml_id": ["mine", "not", "theirs"],
}


def three_buildings() -> TileContent:
    meshes = tuple(box_mesh((20.0 * i, 5.0, 4.0), (8.0, 10.0, 8.0), i) for i in range(3))
    return TileContent(meshes, FeatureTable(("id-0", "id-1", "id-2"), {**COLUMNS, "nothing": [None] * 3}))


def round_trip(content: TileContent, schema: dict[str, str] | None = None) -> TileContent:
    decoded = decode_content(encode_glb(content, schema), "x.glb")
    assert decoded.diagnostics == ()
    return decoded


def corners(mesh: Mesh) -> np.ndarray:
    return mesh.positions[mesh.triangles]


def test_closed_shells_come_back_as_such_and_other_viewers_may_leave_out_their_back_faces() -> None:
    closed, open_ = (replace(box_mesh((x, 0.0, 4.0), (8.0, 10.0, 8.0)), is_closed=x > 0.0) for x in (20.0, 0.0))
    content = TileContent((open_, closed), FeatureTable(("one",)))
    meshes = round_trip(content).meshes
    assert sorted((mesh.is_closed, float(mesh.positions[:, 0].max())) for mesh in meshes) == [
        (False, 4.0),
        (True, 24.0),
    ]
    document, _binary = split_glb(encode_glb(content), "x.glb")
    assert {material["doubleSided"] for material in document["materials"]} == {True, False}


def test_ids_come_back() -> None:
    assert round_trip(three_buildings()).features.ids == ("id-0", "id-1", "id-2")


@pytest.mark.parametrize("name", COLUMNS)
def test_values_come_back_with_their_types(name: str) -> None:
    found = round_trip(three_buildings()).features.columns[name]
    assert found == COLUMNS[name]
    if name != "int and float":
        assert [type(value) for value in found] == [type(value) for value in COLUMNS[name]]


def test_a_column_without_a_value_is_left_out() -> None:
    assert "nothing" not in round_trip(three_buildings()).features.columns


def test_numbers_that_are_no_numbers_become_no_value() -> None:
    content = replace(three_buildings(), features=FeatureTable(("a", "b"), {"x": [float("nan"), 1.0]}))
    assert round_trip(content).features.columns["x"] == [None, 1.0]


def test_a_schema_for_the_whole_dataset_decides_the_type_in_every_tile() -> None:
    types = ColumnTypes()
    for attributes in ({"n": 1, "flag": True}, {"n": 2.5}, {"n": None, "t": "x"}):
        types.observe(attributes)
    assert types.schema == {"flag": "JSON", "n": "FLOAT64", "t": "STRING"}
    content = TileContent((), FeatureTable(("a",), {"n": [1], "flag": [True], "t": ["x"]}))
    document, _binary = split_glb(encode_glb(content, types.schema), "x")
    properties = document["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["features"]["properties"]
    assert properties["n"]["componentType"] == "FLOAT64"
    assert round_trip(content, types.schema).features.row(0) == {"n": 1.0, "flag": True, "t": "x"}


def test_column_types_do_not_depend_on_the_order_of_features() -> None:
    features = [{"a": 1}, {"a": 2**40}, {"a": None, "b": "x"}, {"b": {"c": 1}}, {"a": 3, "b": "y"}]
    forward, backward = ColumnTypes(), ColumnTypes()
    for one in features:
        forward.observe(one)
    for one in reversed(features):
        backward.observe(one)
    assert forward.schema == backward.schema == {"a": "INT64", "b": "JSON"}


def test_triangles_come_back_in_the_frame_of_the_tile() -> None:
    content = three_buildings()
    decoded = round_trip(content)
    assert len(decoded.meshes) == 1
    expected = np.concatenate([corners(mesh) for mesh in content.meshes])
    np.testing.assert_allclose(corners(decoded.meshes[0]), expected, atol=1e-5)


def test_every_corner_keeps_its_feature_and_its_surface() -> None:
    content = three_buildings()
    mesh = round_trip(content).meshes[0]
    assert mesh.feature_index is not None
    assert mesh.surface_class is not None
    expected = np.concatenate([np.asarray(m.feature_index)[m.triangles] for m in content.meshes])
    np.testing.assert_array_equal(mesh.feature_index[mesh.triangles], expected)
    expected = np.concatenate([np.asarray(m.surface_class)[m.triangles] for m in content.meshes])
    np.testing.assert_array_equal(mesh.surface_class[mesh.triangles], expected)


def test_flat_normals_look_outwards() -> None:
    mesh = round_trip(three_buildings()).meshes[0]
    assert mesh.normals is not None
    a, b, c = corners(mesh).transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    face /= np.linalg.norm(face, axis=1)[:, None]
    np.testing.assert_allclose(mesh.normals[mesh.triangles[:, 0]], face, atol=1e-6)
    roof = np.asarray(mesh.surface_class)[mesh.triangles[:, 0]] == SurfaceClass.ROOF
    np.testing.assert_allclose(face[roof], [[0.0, 0.0, 1.0]] * int(roof.sum()), atol=1e-6)


def test_colours_by_surface_class_are_not_taken_for_the_datas_own() -> None:
    assert round_trip(three_buildings()).meshes[0].colours is None


def test_the_datas_own_colours_come_back_exactly() -> None:
    shades = np.stack([np.arange(24), np.arange(24) * 10, 255 - np.arange(24), np.full(24, 128)], axis=1)
    mesh = replace(box_mesh((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), None), colours=shades.astype(np.uint8))
    decoded = round_trip(TileContent((mesh,))).meshes[0]
    assert decoded.colours is not None
    np.testing.assert_array_equal(decoded.colours[decoded.triangles], shades[mesh.triangles])


def test_a_texture_comes_back() -> None:
    image = b"\x89PNG\r\n\x1a\n not a real one"
    mesh = box_mesh((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    uv = np.random.default_rng(1).random((24, 2)).astype(np.float32)
    textured = replace(mesh, image=image, texture_coordinates=uv, base_colour=(0.5, 1.0, 1.0, 1.0))
    decoded = round_trip(TileContent((textured, mesh), FeatureTable(("a",)))).meshes
    assert [one.image for one in decoded] == [image, None]
    assert decoded[0].base_colour == (0.5, 1.0, 1.0, 1.0)
    assert decoded[0].texture_coordinates is not None
    np.testing.assert_array_equal(decoded[0].texture_coordinates[decoded[0].triangles], uv[mesh.triangles])


def test_triangles_without_area_are_dropped() -> None:
    mesh = box_mesh((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    triangles = np.concatenate([mesh.triangles, [[0, 0, 1], [0, 1, 0]]]).astype(np.uint32)
    decoded = round_trip(TileContent((replace(mesh, triangles=triangles),), FeatureTable(("a",))))
    assert len(decoded.meshes[0].triangles) == 12


def test_normals_that_cannot_be_made_unit_are_those_of_the_face() -> None:
    mesh = box_mesh((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    broken = np.zeros((24, 3), np.float32)
    broken[0] = np.nan
    decoded = round_trip(TileContent((replace(mesh, normals=broken),), FeatureTable(("a",)))).meshes[0]
    assert decoded.normals is not None
    np.testing.assert_allclose(np.linalg.norm(decoded.normals, axis=1), 1.0, atol=1e-6)


def test_a_vertex_of_no_feature_stays_of_none() -> None:
    mesh = box_mesh((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    index = np.full(24, NO_FEATURE, np.uint32)
    decoded = round_trip(TileContent((replace(mesh, feature_index=index),), FeatureTable(("a",)))).meshes[0]
    assert (np.asarray(decoded.feature_index) == NO_FEATURE).all()


def test_more_features_than_16_bits_hold_are_told_apart() -> None:
    n = 70_000
    positions = np.random.default_rng(0).random((3 * n, 3)) * 1000
    mesh = Mesh(
        positions=positions,
        triangles=np.arange(3 * n, dtype=np.uint32).reshape(n, 3),
        feature_index=np.repeat(np.arange(n, dtype=np.uint32), 3),
    )
    decoded = round_trip(TileContent((mesh,), FeatureTable(tuple(map(str, range(n)))))).meshes[0]
    assert decoded.feature_index is not None
    np.testing.assert_array_equal(decoded.feature_index[decoded.triangles[:, 0]], np.arange(n))


def test_an_empty_content_is_a_sound_file() -> None:
    assert round_trip(TileContent()) == TileContent()


def test_the_same_content_gives_the_same_bytes() -> None:
    assert encode_glb(three_buildings()) == encode_glb(three_buildings())


def test_what_was_decoded_is_written_the_same_again() -> None:
    once = encode_glb(three_buildings())
    assert encode_glb(decode_content(once, "x")) == once


def test_a_file_says_the_sizes_that_gltf_asks_for() -> None:
    document, binary = split_glb(encode_glb(three_buildings()), "x")
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    for name, accessor in attributes.items():
        view = document["bufferViews"][document["accessors"][accessor]["bufferView"]]
        assert view["byteStride"] % 4 == 0, name
    assert all(view["byteOffset"] % 8 == 0 for view in document["bufferViews"])
    assert document["buffers"][0]["byteLength"] == len(binary)
    json.dumps(document, allow_nan=False)


def test_a_tileset_comes_back() -> None:
    box = OrientedBox.from_bounds((-50.0, -50.0, 0.0), (50.0, 50.0, 20.0))
    small = OrientedBox.from_bounds((-50.0, -50.0, 0.0), (0.0, 0.0, 20.0))
    leaf = TileNode(small, 0.0, "a.glb", transform=np.diag([1.0, 1.0, 1.0, 1.0]))
    middle = TileNode(box, 4.0, "m.glb", [leaf, TileNode(small, 1.0, "b.glb")], refine=ADD)
    root = TileNode(box, 8.0, None, [middle], enu_matrix(4.4, 51.9, 43.0))
    extras = CitiverseExtras("EPSG:28992", "EPSG:5709", origin=(92000.0, 437000.0, 0.0), time_zone="Europe/Amsterdam")
    data = encode_tileset(root, extras={"citiverse": extras.to_dict()})
    tileset = read_tileset(data, "city/tileset.json")
    assert tileset.diagnostics == ()
    assert tileset.extras == extras
    assert tileset.content_uri == (None, "m.glb", "a.glb", "b.glb")
    assert tileset.geometric_error.tolist() == [8.0, 4.0, 0.0, 1.0]
    assert tileset.refine.tolist() == [0, 1, 1, 1]
    np.testing.assert_allclose(tileset.transform[2], enu_matrix(4.4, 51.9, 43.0))
    np.testing.assert_allclose(tileset.centre[1], box.transformed(enu_matrix(4.4, 51.9, 43.0)).centre)
    assert encode_tileset(root, extras={"citiverse": extras.to_dict()}) == data

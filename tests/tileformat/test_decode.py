"""Decoding contents as others write them: every shape of accessor, odd, broken and hostile files, real cities."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from explorer.errors import ContentError, TilesetError
from explorer.tileformat import Mesh, decode_content, read_tileset
from explorer.tileformat.container import join_glb
from tests.specimens import block_glb
from tests.tileformat.gltf_specimen import TRIANGLE, Gltf, b3dm, corners


def normal(mesh: Mesh) -> np.ndarray:
    a, b, c = mesh.positions[mesh.triangles[0]]
    found = np.cross(b - a, c - a)
    return np.asarray(found / np.linalg.norm(found))


def test_y_up_becomes_z_up() -> None:
    gltf = Gltf()
    gltf.primitive(np.array([[0, 0, 0], [1, 2, 3], [0, 1, 0]], "<f4"))
    np.testing.assert_allclose(corners(gltf.decode())[0], [[0, 0, 0], [1, -3, 2], [0, 0, 1]])
    np.testing.assert_allclose(corners(gltf.decode(up_axis="Z"))[0], [[0, 0, 0], [1, 2, 3], [0, 1, 0]])
    assert np.linalg.norm(corners(gltf.decode(up_axis="X"))[0][1]) == pytest.approx(14**0.5)
    np.testing.assert_allclose(corners(gltf.decode(up_axis="X"))[0][1][2], 1)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4"])
def test_indices_of_every_width(dtype: str) -> None:
    gltf = Gltf()
    gltf.primitive(indices=None)
    gltf.document["meshes"][0]["primitives"][0]["indices"] = gltf.accessor(np.array([2, 1, 0], f"<{dtype}"))
    assert gltf.decode().meshes[0].triangles.tolist() == [[2, 1, 0]]


def test_strips_turn_every_other_triangle_and_fans_share_their_first_corner() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "<f4")
    strip, fan = Gltf(), Gltf()
    strip.primitive(square, mode=5)
    fan.primitive(square[[0, 1, 3, 2]], mode=6)
    for gltf in (strip, fan):
        mesh = gltf.decode().meshes[0]
        assert len(mesh.triangles) == 2
        a, b, c = mesh.positions[mesh.triangles].transpose(1, 0, 2)
        np.testing.assert_allclose(np.cross(b - a, c - a), [[0, -1, 0]] * 2)


def test_interleaved_attributes_are_read_by_their_stride() -> None:
    gltf = Gltf()
    rows = np.zeros(3, np.dtype([("p", "<f4", 3), ("id", "<u2"), ("pad", "<u2")]))
    rows["p"], rows["id"] = TRIANGLE, [1, 1, 0]
    view = gltf.view(rows.tobytes(), byteStride=16)
    gltf.document["accessors"] = [
        {"bufferView": view, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"bufferView": view, "byteOffset": 12, "componentType": 5123, "count": 3, "type": "SCALAR"},
    ]
    sets = {"EXT_mesh_features": {"featureIds": [{"featureCount": 2, "attribute": 0}]}}
    primitive = {"attributes": {"POSITION": 0, "_FEATURE_ID_0": 1}, "extensions": sets}
    gltf.document["meshes"][0]["primitives"] = [primitive]
    mesh = gltf.decode().meshes[0]
    assert mesh.feature_index is not None
    assert mesh.feature_index.tolist() == [1, 1, 0]
    np.testing.assert_allclose(mesh.positions[1], [1, 0, 0])


def test_sparse_values_replace_those_that_they_name() -> None:
    gltf = Gltf()
    gltf.primitive()
    where, what = gltf.view(np.array([1], "<u2").tobytes()), gltf.view(np.array([5, 6, 7], "<f4").tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    gltf.document["accessors"][0]["sparse"] = sparse
    np.testing.assert_allclose(corners(gltf.decode())[0][1], [5, -7, 6])
    del gltf.document["accessors"][0]["bufferView"]  # then all others are zero
    np.testing.assert_allclose(corners(gltf.decode())[0], [[0, 0, 0], [5, -7, 6], [0, 0, 0]])


def test_quantised_positions_are_scaled_by_their_node() -> None:
    gltf = Gltf()
    rows = np.array([[0, 0, 0, 0], [32767, 0, 0, 0], [0, 32767, 0, 0]], "<i2")
    view = gltf.view(rows.tobytes(), byteStride=8)
    accessor = {"bufferView": view, "componentType": 5122, "count": 3, "type": "VEC3", "normalized": True}
    gltf.document["accessors"] = [accessor]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}]
    gltf.document["nodes"][0] |= {"scale": [10, 20, 1], "translation": [1, 0, 0]}
    gltf.document |= {"extensionsRequired": ["KHR_mesh_quantization"]}
    np.testing.assert_allclose(corners(gltf.decode())[0], [[1, 0, 0], [11, 0, 0], [1, 0, 20]])


def test_nodes_are_placed_by_their_parents_matrix_and_their_own_rotation() -> None:
    gltf = Gltf()
    gltf.primitive()
    half = 0.5**0.5
    gltf.document["nodes"] = [
        {"children": [1], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 5, 0, 1]},
        {"mesh": 0, "rotation": [0, half, 0, half]},  # a quarter turn about y: x -> -z, which is our north
    ]
    np.testing.assert_allclose(corners(gltf.decode())[0], [[0, 0, 5], [0, 1, 5], [0, 0, 6]], atol=1e-12)


def test_a_mirrored_node_keeps_its_outside_outside() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["NORMAL"] = gltf.accessor(np.array([[0, 0, 1]] * 3, "<f4"))
    gltf.document["nodes"][0]["scale"] = [-1, 1, 1]
    mesh = gltf.decode().meshes[0]
    assert mesh.normals is not None
    np.testing.assert_allclose(normal(mesh), mesh.normals[0], atol=1e-6)


def test_a_stretched_node_keeps_normals_at_right_angles() -> None:
    gltf = Gltf()
    slope = np.array([[0, 0, 0], [1, 0, 0], [0, 1, -1]], "<f4")
    made = gltf.primitive(slope)
    made["attributes"]["NORMAL"] = gltf.accessor(np.array([[0, 0.5**0.5, 0.5**0.5]] * 3, "<f4"))
    gltf.document["nodes"][0]["scale"] = [1, 3, 1]
    mesh = gltf.decode().meshes[0]
    assert mesh.normals is not None
    np.testing.assert_allclose(normal(mesh), mesh.normals[0], atol=1e-6)


def test_colours_become_srgb() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["COLOR_0"] = gltf.accessor(np.array([[0, 0.5, 1]] * 3, "<f4"))
    colours = gltf.decode().meshes[0].colours
    assert colours is not None
    assert colours[0].tolist() == [0, 188, 255, 255]


def test_rtc_centres_are_added_after_up_is_up() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["extensions"] = {"CESIUM_RTC": {"center": [4e6, 3e5, 5e6]}}
    np.testing.assert_allclose(corners(gltf.decode())[0][1], [4e6 + 1, 3e5, 5e6])
    legacy = b3dm(gltf.glb(), {"BATCH_LENGTH": 0, "RTC_CENTER": [1, 2, 3]})
    np.testing.assert_allclose(corners(decode_content(legacy, "x"))[0][0], [4e6 + 1, 3e5 + 2, 5e6 + 3])


def test_positions_that_are_no_numbers_cost_their_triangles_only() -> None:
    gltf = Gltf()
    soup = np.concatenate([TRIANGLE, TRIANGLE + 5]).astype("<f4")
    soup[4, 1] = np.nan
    gltf.primitive(soup)
    content = gltf.decode()
    assert len(content.meshes[0].triangles) == 1
    assert np.isfinite(content.meshes[0].positions).all()
    assert any("no numbers" in sentence for sentence in content.diagnostics)


def test_indices_past_the_end_cost_their_triangles_only() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["indices"] = gltf.accessor(np.array([0, 1, 2, 0, 1, 9], "<u2"))
    content = gltf.decode()
    assert len(content.meshes[0].triangles) == 1
    assert any("not there" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("accessors", 0, "count"), 4, "do not fit"),
        (("accessors", 0, "count"), 2**62, "more than"),
        (("accessors", 0, "count"), -1, "whole number"),
        (("accessors", 0, "count"), "3", "whole number"),
        (("accessors", 0, "byteOffset"), 2**40, "do not fit"),
        (("accessors", 0, "bufferView"), 7, "not there"),
        (("accessors", 0, "componentType"), 1, "unknown type"),
        (("accessors", 0, "type"), ["VEC3"], "unknown type"),
        (("accessors", 0), None, "not an object"),
        (("bufferViews", 0, "byteLength"), 10**9, "past the end"),
        (("bufferViews", 0, "byteStride"), 4, "stride"),
        (("bufferViews", 0, "buffer"), 3, "not there"),
        (("buffers", 0, "uri"), "x.bin", "not read here"),
        (("meshes",), [], "not there"),
        (("meshes", 0, "primitives", 0), 5, "not an object"),
        (("meshes", 0, "primitives", 0, "attributes"), {}, "no positions"),
        (("nodes",), [], "not there"),
        (("asset", "version"), "1.0", "version 1.0"),
        (("extensionsRequired",), ["XYZ_squeezed"], "needs XYZ_squeezed"),
    ],
)
def test_a_broken_file_is_refused_with_its_address_and_the_place(path: tuple[Any, ...], value: Any, says: str) -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.glb()
    target: Any = gltf.document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(ContentError, match=says) as caught:
        decode_content(join_glb(gltf.document, gltf.binary), "tiles/x.glb")
    assert "tiles/x.glb" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\r\n<html>404</html>", "a web page"),
        (b'{"asset": {"version": "1.0"}, "geometricError": 5, "root": {}}', "a tileset of its own"),
    ],
)
def test_what_comes_instead_of_a_content_is_told_by_its_name(data: bytes, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        decode_content(data, "x.b3dm")


def test_extensions_that_change_nothing_in_the_picture_may_be_required() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["extensionsRequired"] = ["KHR_lights_punctual", "KHR_xmp_json_ld", "KHR_animation_pointer"]
    assert len(gltf.decode().meshes) == 1


def test_a_gltf_may_say_null_for_what_it_leaves_out() -> None:
    gltf = Gltf()
    gltf.primitive()
    names = ("matrix", "rotation", "scale", "translation", "children", "camera", "skin", "extensions")
    gltf.document |= {"nodes": [{"mesh": 0} | dict.fromkeys(names), {"mesh": None}], "scene": None}
    gltf.document["scenes"] = [{"nodes": [0, 1]}]
    content = gltf.decode()
    assert len(content.meshes) == 1 and content.diagnostics == ()


def test_nodes_that_contain_themselves_end() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0, "x", 1]}]
    content = gltf.decode()
    assert len(content.meshes) == 1
    assert content.diagnostics


def test_a_deep_chain_of_nodes_is_walked() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["nodes"] = [{"children": [i + 1]} for i in range(20_000)] + [{"mesh": 0}]
    assert len(gltf.decode().meshes) == 1


def test_a_small_file_that_unfolds_without_end_is_refused() -> None:
    gltf = Gltf()
    gltf.document["accessors"] = [{"componentType": 5121, "count": 1 << 25, "type": "VEC3"}]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}] * 1000
    with pytest.raises(ContentError, match="more than"):
        gltf.decode()


@pytest.mark.parametrize("data", [b"", b"glTF", b"b3dm" * 3, b"cmpt\1\0\0\0\xff\0\0\0\1\0\0\0", b"<html>", b"{}", b"{"])
def test_what_is_no_content_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"x\.glb"):
        decode_content(data, "x.glb")


@seed(5)
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    cut=st.integers(0, 6000),
    changes=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=6),
    wrapped=st.booleans(),
)
def test_whatever_happens_to_a_file_only_a_content_error_comes_out(
    cut: int, changes: list[tuple[int, int]], wrapped: bool
) -> None:
    data = bytearray(block_glb("x", (0, 0, 0), (1, 1, 3)))
    if wrapped:
        data = bytearray(b3dm(bytes(data), {"BATCH_LENGTH": 1}, {"id": ["x"]}))
    for at, value in changes:
        data[at % len(data)] = value
    if cut < len(data):
        del data[cut:]
    with suppress(ContentError):
        decode_content(bytes(data), "x.glb")


REAL = {
    "amsterdam": (10, 200),
    "rotterdam-3857": (801, 9016),
    "tienhoven-3dbag-implicit": (4, 1784),
}


@pytest.mark.parametrize("name", REAL)
def test_real_cities_are_read_whole(shared_data: Path, name: str) -> None:
    files = sorted((shared_data / "3dtiles" / name).rglob("*.b3dm"))
    contents = [decode_content(path.read_bytes(), path.name) for path in files]
    assert (len(contents), sum(len(content.features) for content in contents)) == REAL[name]
    assert all(content.diagnostics == () for content in contents)
    assert all(mesh.feature_index is not None for content in contents for mesh in content.meshes)


@pytest.mark.parametrize(
    ("columns", "ids"),
    [
        ({"gml_id": ["a", None, "c", "d"]}, ("a", "1", "c", "d")),
        ({"gml_id": ["a", None, None, None]}, ("0", "1", "2", "3")),
        ({"name": ["a", None, "c", "d"]}, ("0", "1", "2", "3")),
    ],
)
def test_features_keep_their_stable_ids_where_a_few_have_none(columns: dict[str, Any], ids: tuple[str, ...]) -> None:
    content = decode_content(b3dm(block_glb("x", (0, 0, 0), (1, 1, 3)), {"BATCH_LENGTH": 4}, columns), "x.b3dm")
    assert content.features.ids == ids


def test_ids_of_rotterdam_are_those_of_its_buildings(shared_data: Path) -> None:
    files = (shared_data / "3dtiles/rotterdam-3857").rglob("*.b3dm")
    ids = {one for path in files for one in decode_content(path.read_bytes(), path.name).features.ids}
    assert len(ids) == 9016
    assert "0599100000752136" in ids


def test_property_tables_of_the_samples_are_read(shared_data: Path) -> None:
    folder = shared_data / "3dtiles/samples-gltf-ext/EXT_structural_metadata/ComplexTypes"
    path = next(iter([*folder.rglob("*.glb"), *folder.rglob("*.gltf")]))
    content = decode_content(path.read_bytes(), path.name, resolve=lambda uri: (path.parent / uri).read_bytes())
    assert content.diagnostics == ()
    assert len(content.features) > 0
    assert any(isinstance(value, list) for values in content.features.columns.values() for value in values)


def test_every_sample_is_read_or_says_what_it_needs(shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "3dtiles").rglob("*")) if path.suffix in (".glb", ".i3dm", ".cmpt")]
    assert len(files) > 100
    problems = []
    for path in files:
        try:
            decode_content(path.read_bytes(), path.name)
        except ContentError as problem:
            problems.append(str(problem))
    assert [problem for problem in problems if "needs" not in problem] == []


def test_every_real_tileset_is_read_or_says_what_it_needs(shared_data: Path) -> None:
    problems = []
    for path in sorted((shared_data / "3dtiles").rglob("tileset.json")):
        try:
            tileset = read_tileset(
                path.read_bytes(), path.name, lambda uri, base=path.parent: (base / uri).read_bytes()
            )
        except TilesetError as problem:
            problems.append(str(problem))
        else:
            assert len(tileset) > 0
    assert [problem for problem in problems if "needs" not in problem] == []


def test_a_b3dm_that_ends_inside_its_header_is_said() -> None:
    short = b"b3dm" + struct.pack("<II", 1, 27) + bytes(15)
    with pytest.raises(ContentError, match=r"x\.b3dm"):
        decode_content(short, "x.b3dm")

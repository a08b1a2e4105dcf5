"""Decoding contents as others write them: every shape of accessor, nodes within nodes, what may be left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.errors import ContentError
from explorer.tileformat import Mesh, decode_content
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


@pytest.mark.parametrize("version", ["2.0", "2.1", "2", 2.0, 2])
def test_version_two_is_read_however_it_is_written(version: Any) -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["asset"]["version"] = version
    assert len(gltf.decode().meshes) == 1


@pytest.mark.parametrize("version", ["20.0", 3, 1.0, None, True, [2.0]])
def test_another_version_is_refused(version: Any) -> None:
    gltf = Gltf()
    gltf.document["asset"]["version"] = version
    with pytest.raises(ContentError, match="this program reads versions 1 and 2"):
        gltf.decode()


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


def test_a_node_that_is_not_to_be_seen_hides_what_is_below_it() -> None:
    """KHR_node_visibility."""
    gltf = Gltf()
    gltf.primitive()
    gltf.document["nodes"] = [
        {"mesh": 0, "extensions": {"KHR_node_visibility": {"visible": True}}},
        {"children": [2], "extensions": {"KHR_node_visibility": {"visible": False}}},
        {"mesh": 0},
    ]
    gltf.document["scenes"][0]["nodes"] = [0, 1]
    gltf.document["extensionsRequired"] = ["KHR_node_visibility"]
    assert len(gltf.decode().meshes) == 1


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

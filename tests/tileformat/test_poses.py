"""What stands otherwise than it is stored: skins in their rest pose, morph targets by their default weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.tileformat import decode_content
from tests.tileformat.gltf_specimen import TRIANGLE, Gltf, b3dm, corners

QUARTER = [0, 0, 0.5**0.5, 0.5**0.5]
"""A quarter turn about glTF's z: x becomes y."""


def skinned(joint_numbers: list[list[int]], weights: list[list[float]], **node: Any) -> Gltf:
    """A triangle in centimetres: joint 0 stands at (5, 0, 0) m below a node that scales, joint 1 is turned."""
    gltf = Gltf()
    attributes = gltf.primitive(TRIANGLE * np.float32(100))["attributes"]
    attributes["NORMAL"] = gltf.accessor(np.array([[1, 0, 0]] * 3, "<f4"))
    attributes["JOINTS_0"] = gltf.accessor(np.array(joint_numbers, "<u1"))
    attributes["WEIGHTS_0"] = gltf.accessor(np.array(weights, "<f4"))
    matrices = np.stack([np.eye(4, dtype="<f4")] * 2)
    matrices[1, 2, 3] = 3.0  # a row above its transpose: column by column in the file
    view = gltf.view(matrices.transpose(0, 2, 1).tobytes())
    gltf.document["accessors"].append({"bufferView": view, "count": 2, "type": "MAT4", "componentType": 5126})
    gltf.document["skins"] = [{"joints": [2, 3], "inverseBindMatrices": len(gltf.document["accessors"]) - 1}]
    gltf.document["nodes"] = [
        {"mesh": 0, "skin": 0, "scale": [7, 7, 7], "translation": [1, 2, 3], **node},
        {"scale": [0.01, 0.01, 0.01], "children": [2]},
        {"translation": [500, 0, 0]},
        {"rotation": QUARTER},
    ]
    gltf.document["scenes"][0]["nodes"] = [0, 1, 3]
    return gltf


@pytest.mark.parametrize("as_stored", [False, True])
def test_a_skin_stands_where_its_joints_are_and_not_where_its_node_is(as_stored: bool) -> None:
    content = skinned([[0, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3).decode(as_stored=as_stored)
    assert not content.diagnostics and content.meshes[0].placement is None
    np.testing.assert_allclose(corners(content)[0], [[5, 0, 0], [6, 0, 0], [5, 0, 1]], atol=1e-6)


def test_joints_are_blended_by_their_weights_and_turn_normals() -> None:
    content = skinned(
        [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], [[1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0]]
    ).decode()
    # joint 1: 3 along z by its bind matrix, x to y by its turn; Y up becomes Z up
    np.testing.assert_allclose(corners(content)[0][:2], [[0, -3, 0], [0, -3, 100]], atol=1e-4)
    np.testing.assert_allclose(corners(content)[0][2], [(5 - 100) / 2, -1.5, 0.5], atol=1e-4)
    assert content.meshes[0].normals is not None
    np.testing.assert_allclose(content.meshes[0].normals[:2], [[0, 0, 1]] * 2, atol=1e-6)


def test_the_tiles_centre_moves_a_skin_too() -> None:
    content = skinned([[0, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3).glb()
    found = decode_content(b3dm(content, {"BATCH_LENGTH": 0, "RTC_CENTER": [1000, 0, 0]}), "a.b3dm")
    np.testing.assert_allclose(corners(found)[0][0], [1005, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"skins": []}, "skins[0]: is named but is not there."),
        ({"skins": [{"joints": [2]}]}, "JOINTS_0: names a joint that the skin does not have."),
        ({"skins": [{"joints": [2, 77]}]}, "nodes[77]: is named but is not there."),
        ({"skins": [{"joints": [2, 3], "inverseBindMatrices": 0}]}, "not as many matrices as joints."),
        ({"skins": [{"joints": []}]}, "skins[0]: is not complete."),
    ],
)
def test_a_broken_skin_is_told_of_and_its_mesh_drawn_where_its_node_is(change: dict[str, Any], said: str) -> None:
    gltf = skinned([[1, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3, scale=[0.01, 0.01, 0.01])
    gltf.document |= change
    content = gltf.decode()
    (sentence,) = content.diagnostics
    assert sentence.startswith("A skin is left out: ") and said in sentence
    np.testing.assert_allclose(corners(content)[0][0], [1, -3, 2], atol=1e-6)


def test_joints_below_themselves_end() -> None:
    gltf = skinned([[0, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3)
    gltf.document["nodes"][2]["children"] = [1]
    assert any("A skin is left out" in sentence for sentence in gltf.decode().diagnostics)


def test_a_skin_without_weights_is_told_of() -> None:
    gltf = skinned([[0, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3)
    del gltf.document["meshes"][0]["primitives"][0]["attributes"]["WEIGHTS_0"]
    content = gltf.decode()
    assert len(content.meshes) == 1 and "A skin is left out" in content.diagnostics[0]


RAISED = np.array([[0, 0, 0], [0, 0, 0], [0, 2, 0]], "<f4")


def morphed(**mesh: Any) -> Gltf:
    """A triangle whose targets make it higher, and wider and to look another way."""
    gltf = Gltf()
    wider, other = np.array([[0, 0, 0], [4, 0, 0], [0, 0, 0]], "<f4"), np.array([[0, 1, 0]] * 3, "<f4")
    targets = [
        {"POSITION": gltf.accessor(RAISED)},
        {"POSITION": gltf.accessor(wider), "NORMAL": gltf.accessor(other)},
    ]
    made = gltf.primitive(targets=targets)
    made["attributes"]["NORMAL"] = gltf.accessor(np.array([[0, 0, 1]] * 3, "<f4"))
    gltf.document["meshes"][0] |= mesh
    return gltf


@pytest.mark.parametrize("as_stored", [False, True])
def test_morph_targets_count_by_the_meshs_default_weights(as_stored: bool) -> None:
    content = morphed(weights=[0.5, 1]).decode(as_stored=as_stored)
    assert not content.diagnostics
    np.testing.assert_allclose(corners(content)[0], [[0, 0, 0], [5, 0, 0], [0, 0, 2]])
    assert content.meshes[0].normals is not None
    np.testing.assert_allclose(content.meshes[0].normals[0], [0, -(0.5**0.5), 0.5**0.5], atol=1e-6)


def test_a_nodes_weights_count_before_its_meshs() -> None:
    gltf = morphed(weights=[1, 1])
    gltf.document["nodes"] = [{"mesh": 0, "weights": [1, 0]}, {"mesh": 0, "weights": [0, 0]}]
    gltf.document["scenes"][0]["nodes"] = [0, 1]
    first, second = corners(gltf.decode())
    np.testing.assert_allclose(first, [[0, 0, 0], [1, 0, 0], [0, 0, 3]])
    np.testing.assert_allclose(second, [[0, 0, 0], [1, 0, 0], [0, 0, 1]])


def test_targets_without_weights_leave_a_mesh_as_it_is_stored() -> None:
    content = morphed(weights=[0, 0]).decode(as_stored=True)
    assert content.meshes[0].placement is not None and content.meshes[0].positions.dtype == np.float32


def test_sparse_targets_move_the_vertices_that_they_name() -> None:
    gltf = morphed(weights=[1])
    where, what = gltf.view(np.array([1], "<u2").tobytes()), gltf.view(np.array([0, 0, -9], "<f4").tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    gltf.document["accessors"][0] = {"count": 3, "type": "VEC3", "componentType": 5126, "sparse": sparse}
    np.testing.assert_allclose(corners(gltf.decode())[0], [[0, 0, 0], [1, 9, 0], [0, 0, 1]])


def test_a_skin_moves_what_its_targets_made() -> None:
    gltf = skinned([[0, 0, 0, 0]] * 3, [[1, 0, 0, 0]] * 3)
    gltf.document["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": gltf.accessor(RAISED * np.float32(100))}]
    gltf.document["meshes"][0]["weights"] = [1.0]
    np.testing.assert_allclose(corners(gltf.decode())[0], [[5, 0, 0], [6, 0, 0], [5, 0, 3]], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": [1], "target": {"POSITION": 99}}, "accessors[99]: is named but is not there."),
        ({"weights": [1], "target": {"POSITION": -1}}, "is named but is not there."),
        ({"weights": ["much"]}, "The weights of a mesh's targets are not finite numbers; it is drawn without them."),
    ],
)
def test_broken_targets_are_told_of_and_left_out(change: dict[str, Any], said: str) -> None:
    gltf = morphed(weights=change["weights"])
    gltf.document["meshes"][0]["primitives"][0]["targets"][0] = change.get("target", {})
    content = gltf.decode()
    assert any(said in sentence for sentence in content.diagnostics)
    np.testing.assert_allclose(corners(content)[0], [[0, 0, 0], [1, 0, 0], [0, 0, 1]])

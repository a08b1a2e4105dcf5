"""What stands otherwise than it is stored: skins in their rest pose."""

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

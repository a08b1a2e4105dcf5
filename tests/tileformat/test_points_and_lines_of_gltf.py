"""What of a glTF is no surface: points, lines, and meshes in many places."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from explorer.errors import ContentError
from explorer.tileformat import decode_content


def gltf(primitive: dict[str, Any], indices: list[int] | None, node: dict[str, Any] | None = None) -> bytes:
    """Four points on an L, Z up; arrays in one buffer."""
    places = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 5]], "<f4")
    colours = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255, 255, 255, 255]], "u1")
    more = np.array([[10, 0, 0], [20, 0, 0], [30, 0, 0]], "<f4")
    turns = np.array([[0, 0, 0, 1], [0, 0, np.sqrt(0.5), np.sqrt(0.5)], [0, 0, 0, 1]], "<f4")
    scales = np.array([[1, 1, 1], [2, 2, 2], [1, 1, 1]], "<f4")
    arrays = [places, colours, np.array(indices or [0], "<u2"), np.array([0, 1, 0, 1], "<f4"), more, turns, scales]
    kinds = [
        ("VEC3", 5126),
        ("VEC4", 5121),
        ("SCALAR", 5123),
        ("SCALAR", 5126),
        ("VEC3", 5126),
        ("VEC4", 5126),
        ("VEC3", 5126),
    ]
    binary, views, accessors = b"", [], []
    for array, (kind, component) in zip(arrays, kinds, strict=True):
        binary += b"\x00" * (-len(binary) % 4)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes})
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind})
        binary += array.tobytes()
    accessors[1]["normalized"] = True
    attributes = {"POSITION": 0, "COLOR_0": 1, **primitive.pop("attributes", {})}
    whole = {"attributes": attributes, **({"indices": 2} if indices else {}), **primitive}
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [whole]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary), "uri": "data:;base64," + base64.b64encode(binary).decode()}],
    }
    return json.dumps(document).encode()


def test_points_of_a_gltf_keep_place_and_colour() -> None:
    (points,) = decode_content(gltf({"mode": 0}, [3, 0]), "x", up_axis="Z").points
    assert points.positions.tolist() == [[1, 1, 5], [0, 0, 0]]
    assert np.asarray(points.colours).tolist() == [[255, 255, 255, 255], [255, 0, 0, 255]]


@pytest.mark.parametrize(
    ("mode", "indices", "pieces"),
    [
        (1, [0, 1, 2, 3, 0], [(0, 1), (2, 3)]),
        (3, None, [(0, 1), (1, 2), (2, 3)]),
        (3, [3, 0, 1], [(3, 0), (0, 1)]),
        (2, [0, 1, 2], [(0, 1), (1, 2), (2, 0)]),
        (1, [0, 1, 2, 9], [(0, 1)]),
    ],
)
def test_lines_strips_and_loops_of_a_gltf(mode: int, indices: list[int] | None, pieces: list[tuple[int, int]]) -> None:
    content = decode_content(gltf({"mode": mode}, indices), "x", up_axis="Z")
    (lines,) = content.lines
    places = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 5]], float)
    np.testing.assert_array_equal(lines.positions[lines.segments], places[np.array(pieces)])
    assert bool(content.diagnostics) == (indices is not None and 9 in indices)


def test_points_of_a_gltf_have_features() -> None:
    sets = {"EXT_mesh_features": {"featureIds": [{"featureCount": 2, "attribute": 0}]}}
    data = gltf({"mode": 0, "attributes": {"_FEATURE_ID_0": 3}, "extensions": sets}, None)
    content = decode_content(data, "x")
    assert np.asarray(content.points[0].feature_index).tolist() == [0, 1, 0, 1]
    assert len(content.features) == 2


INSTANCING = {"attributes": {"TRANSLATION": 4, "ROTATION": 5, "SCALE": 6}}


def test_a_node_of_instances_is_its_mesh_in_every_place() -> None:
    features = {"featureIds": [{"featureCount": 3}]}
    node = {
        "translation": [0, 0, 100],
        "extensions": {"EXT_mesh_gpu_instancing": INSTANCING, "EXT_instance_features": features},
    }
    data = gltf({"mode": 4}, [0, 1, 2], node)
    content = decode_content(data, "x", up_axis="Z")
    (group,) = content.instances
    assert not content.meshes
    assert np.asarray(group.feature_index).tolist() == [0, 1, 2]
    corner = group.transforms @ np.array([1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(corner[:, :3], [[11, 0, 100], [20, 2, 100], [31, 0, 100]], atol=1e-6)
    upright = decode_content(data, "x", up_axis="Y").instances[0]
    whole = upright.transforms @ np.concatenate([upright.meshes[0].positions[1], [1.0]])
    np.testing.assert_allclose(whole[:, :3], corner[:, [0, 2, 1]] * (1, -1, 1), atol=1e-6)


def test_instances_whose_attributes_disagree_are_refused() -> None:
    node = {"extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 4, "SCALE": 0}}}}
    with pytest.raises(ContentError, match="EXT_mesh_gpu_instancing"):
        decode_content(gltf({"mode": 4}, [0, 1, 2], node), "x")

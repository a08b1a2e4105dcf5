"""Contents of 3D Tiles 1.0: batch tables, headers older than those, and composites of several."""

from __future__ import annotations

import struct

import numpy as np

from explorer.tileformat import NO_FEATURE, decode_content
from tests.specimens import block_glb
from tests.tileformat.gltf_specimen import Gltf, b3dm


def with_batches(ids: list[float]) -> bytes:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["_BATCHID"] = gltf.accessor(np.array(ids, "<f4"))
    return gltf.glb()


def test_a_batch_table_gives_attributes_from_json_and_from_binary() -> None:
    binary = np.array([1.5, 2.5], "<f8").tobytes() + np.array([[1, 2], [3, 4]], "<i4").tobytes()
    batch = {
        "naam": ["a", "b"],
        "height": {"byteOffset": 0, "componentType": "DOUBLE", "type": "SCALAR"},
        "at": {"byteOffset": 16, "componentType": "INT", "type": "VEC2"},
        "short": ["only one"],
    }
    content = decode_content(b3dm(with_batches([1, 1, 0]), {"BATCH_LENGTH": 2}, batch, binary), "x")
    assert content.features.columns == {"naam": ["a", "b"], "height": [1.5, 2.5], "at": [(1, 2), (3, 4)]}
    assert any("short" in sentence for sentence in content.diagnostics)
    index = content.meshes[0].feature_index
    assert index is not None
    assert index.tolist() == [1, 1, 0]


def test_the_columns_say_how_many_features_there_are_where_the_feature_table_does_not() -> None:
    content = decode_content(b3dm(with_batches([0, 1, 7]), None, {"id": ["x", "y"]}), "x")
    assert content.features.ids == ("x", "y")
    index = content.meshes[0].feature_index
    assert index is not None
    assert index.tolist() == [0, 1, NO_FEATURE]


def test_both_older_headers_are_read() -> None:
    glb, batch = with_batches([0, 1, 1]), b'{"id":["x","y"]}    '
    oldest = struct.pack("<4s4I", b"b3dm", 1, 20 + len(batch) + len(glb), 2, len(batch)) + batch + glb
    older = struct.pack("<4s5I", b"b3dm", 1, 24 + len(batch) + len(glb), len(batch), 0, 2) + batch + glb
    for data in (oldest, older):
        assert decode_content(data, "x").features.ids == ("x", "y")


def test_a_composite_joins_its_parts_and_their_features() -> None:
    parts = [block_glb("north", (0, 9, 1), (1, 1, 3)), block_glb("south", (0, -9, 1), (1, 1, 6))]
    inner = [b3dm(part) + b"" for part in parts]
    vctr = struct.pack("<4s2I", b"vctr", 1, 12)
    body = b"".join([*inner, vctr])
    data = struct.pack("<4s3I", b"cmpt", 1, 16 + len(body), 3) + body
    content = decode_content(data, "x")
    assert content.features.ids == ("north", "south")
    assert content.features.columns["storeys"] == [1, 2]
    assert np.asarray(content.meshes[1].feature_index).tolist() == [1] * len(content.meshes[1].positions)
    assert any("vctr" in sentence for sentence in content.diagnostics)

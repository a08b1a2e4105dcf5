"""Accessors of every type and layout, quantised attributes, and what files get wrong that can still be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.container import split_glb
from tests.tileformat.gltf_specimen import COMPONENT, TRIANGLE, Gltf, corners

SHAPES = {
    "SCALAR": (1, 1),
    "VEC2": (2, 1),
    "VEC3": (3, 1),
    "VEC4": (4, 1),
    "MAT2": (2, 2),
    "MAT3": (3, 3),
    "MAT4": (4, 4),
}
"""(rows, columns) of an element."""


def buffers_of(gltf: Gltf) -> GltfBuffers:
    return GltfBuffers(*split_glb(gltf.glb(), "x"), "x")


def stored(values: np.ndarray, kind: str, stride: int = 0) -> tuple[bytes, int]:
    """Values (count, width) as glTF lays them out, columns of matrices from every fourth byte; an element's size."""
    rows, columns = SHAPES[kind]
    column = rows * values.itemsize
    padded = column + (-column % 4 if columns > 1 else 0)
    size = padded * columns
    out = np.zeros((len(values), stride or size), np.uint8)
    for c in range(columns):
        data = np.ascontiguousarray(values[:, c * rows : (c + 1) * rows]).view(np.uint8).reshape(len(values), column)
        out[:, c * padded : c * padded + column] = data
    return out.tobytes(), size


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(SHAPES)),
    st.sampled_from(["i1", "u1", "<i2", "<u2", "<u4", "<f4"]),
    st.integers(1, 7),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 2**32),
)
def test_every_type_layout_and_stride_gives_back_what_was_stored(
    kind: str, dtype: str, count: int, offset: int, extra: int, seed: int
) -> None:
    width = SHAPES[kind][0] * SHAPES[kind][1]
    values = np.random.default_rng(seed).integers(0, 100, (count, width)).astype(dtype)
    _data, size = stored(values, kind)
    stride = size + -size % 4 + 4 * extra if extra else 0
    data, _size = stored(values, kind, stride)
    gltf = Gltf()
    view = gltf.view(b"\1" * 4 * offset + data, **({"byteStride": stride} if stride else {}))
    gltf.document["accessors"] = [
        {"bufferView": view, "byteOffset": 4 * offset, "componentType": COMPONENT[dtype.strip("<")],
         "count": count, "type": kind}
    ]  # fmt: skip
    found = buffers_of(gltf).accessor(0)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("where", ["u1", "<u2", "<u4"])
def test_sparse_values_with_indices_of_every_width_also_of_matrices(where: str) -> None:
    values = np.arange(18, dtype="u1").reshape(2, 9)
    new = np.full((1, 9), 99, "u1")
    gltf = Gltf()
    entry = {"bufferView": gltf.view(stored(values, "MAT3")[0]), "componentType": 5121, "count": 2, "type": "MAT3"}
    indices = {"bufferView": gltf.view(np.array([1], where).tobytes()), "componentType": COMPONENT[where.strip("<")]}
    entry["sparse"] = {"count": 1, "indices": indices, "values": {"bufferView": gltf.view(stored(new, "MAT3")[0])}}
    gltf.document["accessors"] = [entry]
    np.testing.assert_array_equal(buffers_of(gltf).accessor(0), [values[0], new[0]])


def test_the_padding_after_the_last_column_may_be_missing() -> None:
    values = np.arange(4, dtype="u1").reshape(1, 4)
    gltf = Gltf()
    view = gltf.view(stored(values, "MAT2")[0][:6])
    gltf.document["accessors"] = [{"bufferView": view, "componentType": 5121, "count": 1, "type": "MAT2"}]
    np.testing.assert_array_equal(buffers_of(gltf).accessor(0), values)


@pytest.mark.parametrize(
    ("dtype", "lowest", "highest"),
    [("i1", -1.0, 1.0), ("u1", 0.0, 1.0), ("<i2", -1.0, 1.0), ("<u2", 0.0, 1.0)],
)
def test_normalised_integers_are_the_floats_of_the_standards_table(dtype: str, lowest: float, highest: float) -> None:
    limits = np.iinfo(dtype)
    gltf = Gltf()
    gltf.accessor(np.array([limits.min, limits.max, limits.max // 3], dtype), normalized=True)
    found = buffers_of(gltf).floats(0)[:, 0]
    assert found[:2].tolist() == [lowest, highest]
    assert found[2] == (limits.max // 3) / limits.max


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i2", "<u2"])
@pytest.mark.parametrize("normalised", [True, False])
def test_quantised_positions_normals_and_places_in_the_image(dtype: str, normalised: bool) -> None:
    """KHR_mesh_quantization: 8 and 16 bits, signed or not, normalised or not, rows padded to four bytes."""
    most = int(np.iinfo(dtype).max)
    unit = 1.0 if normalised else float(most)
    gltf = Gltf()

    def padded(values: np.ndarray, kind: str, width: int) -> int:
        rows = np.zeros((len(values), width), dtype)
        rows[:, : values.shape[1]] = values
        stride = rows.itemsize * width
        view = gltf.view(rows.tobytes(), byteStride=stride)
        entry = {"bufferView": view, "componentType": COMPONENT[dtype.strip("<")], "count": len(values), "type": kind}
        gltf.document["accessors"].append(entry | ({"normalized": True} if normalised else {}))
        return len(gltf.document["accessors"]) - 1

    positions = np.array([[0, 0, 0], [most, 0, 0], [0, most, 0]])
    attributes = {
        "POSITION": padded(positions, "VEC3", 4),
        "NORMAL": padded(np.tile([0, 0, most], (3, 1)), "VEC3", 4),
        "TEXCOORD_0": padded(np.array([[0, 0], [most, 0], [0, most]]), "VEC2", 4 // np.dtype(dtype).itemsize),
    }
    gltf.document["meshes"][0]["primitives"] = [{"attributes": attributes, "material": 0}]
    info = {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [1 / unit, 1 / unit]}}}
    gltf.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": info}}]
    gltf.document["images"] = [{"bufferView": gltf.view(b"an image")}]
    gltf.document["textures"] = [{"source": 0}]
    gltf.document["nodes"][0] |= {"scale": [10 / unit] * 3, "translation": [1, 2, 3]}
    gltf.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    content = gltf.decode()
    mesh = content.meshes[0]
    assert not content.diagnostics
    np.testing.assert_allclose(corners(content)[0], [[1, -3, 2], [11, -3, 2], [1, -3, 12]])
    np.testing.assert_allclose(mesh.normals, [[0, -1, 0]] * 3)
    np.testing.assert_allclose(mesh.texture_coordinates, [[0, 0], [1, 0], [0, 1]], atol=1e-6)


def test_a_broken_part_does_not_take_the_others_with_it() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.primitive()["attributes"]["POSITION"] = 99
    gltf.document["meshes"][0]["primitives"].append("nothing")
    content = gltf.decode()
    assert len(content.meshes) == 1
    assert sum("left out" in sentence for sentence in content.diagnostics) == 2


@pytest.mark.parametrize("name", ["NORMAL", "COLOR_0", "_FEATURE_ID_0"])
def test_a_broken_attribute_does_not_take_its_triangles_with_it(name: str) -> None:
    gltf = Gltf()
    made: dict[str, Any] = gltf.primitive()
    made["attributes"][name] = 99
    made["extensions"] = {"EXT_mesh_features": {"featureIds": [{"featureCount": 1, "attribute": 0}]}}
    content = gltf.decode()
    assert len(content.meshes[0].triangles) == 1
    assert any("left out" in sentence for sentence in content.diagnostics)


def test_whole_number_colours_that_do_not_say_normalised_are_drawn_with_a_word() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["COLOR_0"] = gltf.accessor(np.tile(np.array([255, 0, 0, 255], "u1"), (3, 1)))
    content = gltf.decode()
    assert np.asarray(content.meshes[0].colours).tolist() == [[255, 0, 0, 255]] * 3
    assert any("normalised" in sentence for sentence in content.diagnostics)


def test_signed_indices_are_drawn_with_a_word() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["indices"] = gltf.accessor(np.array([0, 1, 2, 0, 1, -1], "<i2"))
    content = gltf.decode()
    assert content.meshes[0].triangles.tolist() == [[0, 1, 2]]
    assert any("signed" in sentence for sentence in content.diagnostics)


def test_a_buffer_that_is_shorter_than_it_says_is_drawn_where_what_is_used_lies_within() -> None:
    gltf = Gltf()
    gltf.primitive()
    document, binary = split_glb(gltf.glb(), "x")
    document["buffers"][0]["byteLength"] += 2
    from explorer.tileformat import decode_content
    from explorer.tileformat.container import join_glb

    content = decode_content(join_glb(document, bytes(binary)), "x")
    np.testing.assert_allclose(content.meshes[0].positions[1], [1, 0, 0])
    assert any("bytes" in sentence for sentence in content.diagnostics)
    document["bufferViews"][0]["byteLength"] += 2
    with pytest.raises(ContentError, match="past the end"):
        decode_content(join_glb(document, bytes(binary)), "x")


def test_only_the_first_buffer_is_the_files_own_chunk() -> None:
    gltf = Gltf()
    gltf.primitive(TRIANGLE)
    document, binary = split_glb(gltf.glb(), "x")
    document["buffers"].append({"byteLength": 4})
    document["bufferViews"][0]["buffer"] = 1
    with pytest.raises(ContentError, match="has 0"):
        GltfBuffers(document, binary, "x").view(0)

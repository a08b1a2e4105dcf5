"""Geometry that Draco compressed: what it gives, real tiles, and hostile streams."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat import decode_content
from explorer.tileformat.container import split_glb
from explorer.tileformat.draco import declared_counts, decode_draco
from tests.tileformat.compressed_hill import FACES, HILL, N, by_name, draco_hill, encoded_hill, z_up
from tests.tileformat.gltf_specimen import TRIANGLE, b3dm


@pytest.mark.parametrize("order", [True, False], ids=["sequential", "edge-broken"])
def test_draco_gives_triangles_positions_and_feature_ids(order: bool) -> None:
    stream = encoded_hill(preserve_order=order, quantization_bits=16)
    gltf = draco_hill(
        stream,
        by_name(stream, POSITION=0) | {"_FEATURE_ID_0": 5},
        _FEATURE_ID_0={"componentType": 5123, "type": "SCALAR"},
    )
    gltf.document["meshes"][0]["primitives"][0]["extensions"]["EXT_mesh_features"] = {
        "featureIds": [{"featureCount": 72, "attribute": 0}]
    }
    content = gltf.decode()
    mesh = content.meshes[0]
    assert not content.diagnostics
    step = 11.0 / (2**16 - 1)
    expected = {(*row, n // 2) for n, row in enumerate(z_up(HILL).astype(int).tolist())}
    assert mesh.feature_index is not None
    np.testing.assert_allclose(mesh.positions, np.rint(mesh.positions), atol=step)
    assert {
        (*np.rint(p).astype(int).tolist(), int(i)) for p, i in zip(mesh.positions, mesh.feature_index, strict=True)
    } == expected
    assert len(mesh.triangles) == len(FACES)


@pytest.mark.parametrize("dtype", ["<u1", "<u2"])
def test_normalised_whole_numbers_are_shares_of_their_own_greatest(dtype: str) -> None:
    """As of files whose attributes were quantised before: the decoder gives those of two bytes as of four."""
    most = np.iinfo(dtype).max
    shares = np.stack([np.linspace(0, 1, len(HILL)), np.full(len(HILL), 0.25), np.ones(len(HILL))], axis=1)
    said = {"componentType": 5121 if most == 255 else 5123, "normalized": True}
    colours = np.round(np.column_stack([shares, np.ones(len(HILL))]) * most).astype(dtype)
    places = np.round(shares[:, :2] * most).astype(dtype)
    stream = bytes(DracoPy.encode(HILL, FACES, generic_attributes={5: colours, 6: places}, preserve_order=True))
    ids = by_name(stream, POSITION=0) | {"COLOR_0": 5, "TEXCOORD_0": 6}
    more = {"COLOR_0": {**said, "type": "VEC4"}, "TEXCOORD_0": {**said, "type": "VEC2"}}
    gltf = draco_hill(stream, ids, **more)
    gltf.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    gltf.document |= {"textures": [{"source": 0}], "images": [{"uri": "data:image/png;base64,AAAA"}]}
    gltf.document["meshes"][0]["primitives"][0]["material"] = 0
    (mesh,) = gltf.decode().meshes
    assert mesh.colours is not None and mesh.texture_coordinates is not None
    assert mesh.texture_coordinates == pytest.approx(shares[:, :2], abs=1.0 / most)
    assert mesh.colours[:, 3].tolist() == [255] * len(HILL) and mesh.colours[-1, 0] == 255


def test_draco_gives_normals_colours_and_places_in_the_image() -> None:
    n = len(HILL)
    colours = np.full((n, 4), (255, 0, 0, 255), np.uint8)
    places = HILL[:, :2].astype(np.float64) / N
    normals = np.tile([0.0, 0.0, 1.0], (n, 1))
    stream = bytes(DracoPy.encode(HILL, FACES, colors=colours, tex_coord=places, normals=normals, preserve_order=True))
    ids = by_name(stream, POSITION=0, NORMAL=1, COLOR_0=2, TEXCOORD_0=3)
    gltf = draco_hill(
        stream,
        ids,
        NORMAL={"componentType": 5126, "type": "VEC3"},
        COLOR_0={"componentType": 5121, "type": "VEC4", "normalized": True},
        TEXCOORD_0={"componentType": 5126, "type": "VEC2"},
    )
    image = gltf.view(b"an image")
    gltf.document |= {
        "images": [{"bufferView": image}],
        "textures": [{"source": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
    }
    gltf.document["meshes"][0]["primitives"][0]["material"] = 0
    mesh = gltf.decode().meshes[0]
    assert mesh.colours is not None and mesh.normals is not None and mesh.texture_coordinates is not None
    assert (mesh.colours == (255, 0, 0, 255)).all()
    np.testing.assert_allclose(mesh.normals, np.tile([0, -1, 0], (n, 1)), atol=1e-3)
    np.testing.assert_allclose(mesh.texture_coordinates, places, atol=1e-6)


def test_signed_integers_of_draco_keep_their_sign() -> None:
    values = np.array([[1], [65535], [32768]], "<u2")
    stream = bytes(
        DracoPy.encode(TRIANGLE, np.array([[0, 1, 2]], "<u4"), generic_attributes={7: values}, preserve_order=True)
    )
    unsigned, signed = bytes([4, 4, 1, 0, 7]), bytes([4, 3, 1, 0, 7])  # kind, data type, width, normalised, unique id
    assert stream.count(unsigned) == 1
    found = decode_draco(stream.replace(unsigned, signed), 100).attributes[7]
    assert found.dtype == np.int16
    assert found[:, 0].tolist() == [1, -1, -32768]


def test_a_draco_mesh_placed_twice_and_told_wrong_counts_draws_with_a_word() -> None:
    stream = encoded_hill(preserve_order=True)
    gltf = draco_hill(stream, by_name(stream, POSITION=0))
    gltf.document["accessors"][1]["count"] = 999
    gltf.document["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [100, 0, 0]}]
    gltf.document["scenes"] = [{"nodes": [0, 1]}]
    content = gltf.decode()
    assert [len(mesh.triangles) for mesh in content.meshes] == [len(FACES)] * 2
    assert any("999" in sentence for sentence in content.diagnostics)


def test_batch_ids_that_draco_compressed_find_their_rows_in_a_b3dm() -> None:
    stream = encoded_hill(preserve_order=True)
    ids = by_name(stream, POSITION=0) | {"_BATCHID": 5}
    gltf = draco_hill(stream, ids, _BATCHID={"componentType": 5123, "type": "SCALAR"})
    names = [f"house {i}" for i in range(72)]
    content = decode_content(b3dm(gltf.glb(), {"BATCH_LENGTH": 72}, {"name": names}), "x")
    assert content.features.ids == tuple(names)
    assert np.asarray(content.meshes[0].feature_index).tolist() == (np.arange(144) // 2).tolist()


def test_draco_beside_plain_data_is_left_for_it_where_it_is_broken() -> None:
    stream = encoded_hill()
    gltf = draco_hill(stream[:40], {"POSITION": 0})
    with pytest.raises(ContentError, match="damaged"):
        gltf.decode()
    for entry, values in zip(gltf.document["accessors"], (FACES.astype("<u2").reshape(-1), HILL), strict=True):
        entry["bufferView"] = gltf.view(values.tobytes())
    content = gltf.decode()
    np.testing.assert_allclose(content.meshes[0].positions, z_up(HILL))
    assert any("stands beside" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize("more", [{}, {"preserve_order": True}, {"create_metadata": True, "quantization_range": 12.0,
                                  "quantization_origin": np.zeros(3)}])  # fmt: skip
def test_what_a_draco_stream_declares_is_known_before_it_is_decoded(more: dict[str, Any]) -> None:
    assert declared_counts(encoded_hill(**more)) == (len(FACES), len(HILL))


def test_a_draco_stream_that_declares_too_much_is_refused_unseen() -> None:
    header = struct.pack("<5s4BH", b"DRACO", 2, 2, 1, 0, 0)
    bomb = header + b"\xff\xff\xff\xff\x0f" * 2 + b"\0" * 1000
    with pytest.raises(ValueError, match="says 4294967295 elements"):
        decode_draco(bomb, 1 << 40)
    with pytest.raises(ValueError, match="more than it can hold"):
        decode_draco(encoded_hill(), 100)
    metadata = struct.pack("<5s4BH", b"DRACO", 2, 2, 1, 1, 0x8000) + b"\xff\xff\xff\xff\x0f" * 20
    for data in (b"", b"DRACO", metadata, b"x" * 100):
        with pytest.raises(ValueError, match="damaged"):
            decode_draco(data, 100)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([encoded_hill(), encoded_hill(preserve_order=True), encoded_hill(compression_level=10)]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5),
    st.integers(0, 3000),
)
def test_bytes_changed_in_a_draco_stream_give_an_error_or_a_mesh(
    stream: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    broken = bytearray(stream)
    for place, value in changes:
        broken[place % len(broken)] = value
    gltf = draco_hill(bytes(broken[: length or None]), {"POSITION": 6, "_FEATURE_ID_0": 5},
                      _FEATURE_ID_0={"componentType": 5123, "type": "SCALAR"})  # fmt: skip
    try:
        content = gltf.decode()
    except ContentError:
        return
    assert all((mesh.triangles < len(mesh.positions)).all() for mesh in content.meshes)


def document_of(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return split_glb(data[data.index(b"glTF") :], path.name)[0]


def test_the_draco_tiles_of_tienhoven_hold_what_their_accessors_say(shared_data: Path) -> None:
    n_features = 0
    for path in sorted((shared_data / "3dtiles" / "tienhoven-3dbag-glb").glob("*.glb")):
        document = document_of(path)
        content = decode_content(path.read_bytes(), path.name)
        mesh = content.meshes[0]
        primitive = document["meshes"][0]["primitives"][0]
        accessor = [document["accessors"][primitive["attributes"][key]] for key in ("POSITION", "_FEATURE_ID_0")]
        assert not content.diagnostics
        assert len(mesh.positions) == accessor[0]["count"]
        lo, hi = np.array(accessor[0]["min"]), np.array(accessor[0]["max"])
        step = (hi - lo).max() / 2047 * 1.01  # 11 bits; its writer made the bounds a step wider on each side
        raw = np.stack([mesh.positions[:, 0], mesh.positions[:, 2], -mesh.positions[:, 1]], axis=1)
        np.testing.assert_allclose(raw.min(axis=0), lo, atol=step)
        np.testing.assert_allclose(raw.max(axis=0), hi, atol=step)
        n = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["count"]
        assert mesh.feature_index is not None
        assert set(mesh.feature_index.tolist()) == set(range(n))
        assert len(content.features) == n
        assert all(one.startswith("NL.IMBAG.Pand.") for one in content.features.ids)  # one tile holds a building twice
        n_features += n
    assert n_features == 1784

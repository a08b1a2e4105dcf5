"""Geometry that meshoptimizer or Draco compressed: every mode and filter, real files, and hostile streams."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat import decode_content
from explorer.tileformat.container import join_glb, split_glb
from explorer.tileformat.draco import declared_counts, decode_draco
from explorer.tileformat.meshopt_views import unfolded_size
from tests.tileformat.test_decode import COMPONENT, TRIANGLE, Gltf, b3dm, corners

N = 12
HILL = np.array([[x, y, (x * 7 + y * 3) % 5] for y in range(N) for x in range(N)], "<f4")
_cells = np.arange(N * N).reshape(N, N)[:-1, :-1].ravel()
FACES = np.concatenate(
    [np.stack([_cells, _cells + 1, _cells + N], 1), np.stack([_cells + 1, _cells + N + 1, _cells + N], 1)]
).astype("<u4")


def z_up(points: np.ndarray) -> np.ndarray:
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)


def folded(gltf: Gltf, stream: bytes, count: int, stride: int, mode: str, **more: Any) -> int:
    """A view that is a stream of meshoptimizer, with a fallback buffer of no bytes beside it."""
    view = gltf.view(stream)
    inner = gltf.document["bufferViews"][view]
    extension = {**inner, "byteStride": stride, "count": count, "mode": mode, **more}
    outer: dict[str, Any] = {"buffer": 1, "byteLength": count * stride}
    if mode == "ATTRIBUTES":
        outer["byteStride"] = stride
    gltf.document["bufferViews"][view] = {**outer, "extensions": {"EXT_meshopt_compression": extension}}
    return view


def glb_of(gltf: Gltf) -> bytes:
    fallback = {"byteLength": 1 << 20, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}
    gltf.document["buffers"] = [{"byteLength": len(gltf.binary)}, fallback]
    gltf.document["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return join_glb(gltf.document, gltf.binary)


def folded_hill(mode: str = "TRIANGLES", dtype: str = "<u2", **more: Any) -> Gltf:
    gltf = Gltf()
    places = folded(gltf, meshopt.encode_gltf_buffer(HILL, "ATTRIBUTES"), len(HILL), 12, "ATTRIBUTES", **more)
    indices = FACES.reshape(-1).astype(dtype)
    stream = meshopt.encode_gltf_buffer(indices, mode)
    corner = folded(gltf, stream, len(indices), indices.itemsize, mode)
    gltf.document["accessors"] = [
        {"bufferView": places, "componentType": 5126, "count": len(HILL), "type": "VEC3"},
        {"bufferView": corner, "componentType": COMPONENT[dtype[1:]], "count": len(indices), "type": "SCALAR"},
    ]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}, "indices": 1}]
    return gltf


@pytest.mark.parametrize("mode", ["TRIANGLES", "INDICES"])
@pytest.mark.parametrize("dtype", ["<u2", "<u4"])
def test_rows_and_indices_that_meshoptimizer_folded_come_back(mode: str, dtype: str) -> None:
    mesh = decode_content(glb_of(folded_hill(mode, dtype)), "x").meshes[0]
    np.testing.assert_allclose(mesh.positions, z_up(HILL))
    # the codec of triangles may start each one at another of its corners
    found = {tuple(np.roll(face, -int(np.argmin(face)))) for face in mesh.triangles.tolist()}
    assert found == {tuple(np.roll(face, -int(np.argmin(face)))) for face in FACES.tolist()}


def filtered(name: str, rows: np.ndarray, attribute: str, values: dict[str, Any]) -> Any:
    gltf = Gltf()
    made = gltf.primitive(TRIANGLE)
    view = folded(
        gltf, meshopt.encode_vertex_buffer_level(rows, 2, 0), len(rows), rows.shape[1], "ATTRIBUTES", filter=name
    )
    gltf.document["accessors"].append({"bufferView": view, "count": len(rows), **values})
    made["attributes"][attribute] = len(gltf.document["accessors"]) - 1
    return decode_content(glb_of(gltf), "x").meshes[0]


@pytest.mark.parametrize(("stride", "bits", "component"), [(4, 8, 5120), (8, 12, 5122)])
def test_the_octahedral_filter_gives_unit_normals(stride: int, bits: int, component: int) -> None:
    normals = np.array([[0, 0, 1, 0], [0.6, 0, 0.8, 0], [0, -0.6, 0.8, 0]], "<f4")
    rows = meshopt.encode_filter_oct(normals, stride, bits)
    mesh = filtered("OCTAHEDRAL", rows, "NORMAL", {"componentType": component, "type": "VEC3", "normalized": True})
    np.testing.assert_allclose(mesh.normals, z_up(normals[:, :3]), atol=0.02 if stride == 4 else 0.001)


def test_the_exponential_filter_gives_floats() -> None:
    points = np.array([[0, 0, 0], [1000.25, 0.5, 0], [0, 2, -3.75]], "<f4")
    rows = meshopt.encode_filter_exp(points, 15, "Separate")
    gltf = Gltf()
    view = folded(gltf, meshopt.encode_vertex_buffer_level(rows, 2, 0), 3, 12, "ATTRIBUTES", filter="EXPONENTIAL")
    gltf.document["accessors"] = [{"bufferView": view, "componentType": 5126, "count": 3, "type": "VEC3"}]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}]
    np.testing.assert_allclose(corners(decode_content(glb_of(gltf), "x"))[0], z_up(points), rtol=1e-3)


def test_the_colour_filter_gives_colours() -> None:
    colours = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0.5]], "<f4")
    rows = meshopt.encode_filter_color(colours, 4, 8)
    mesh = filtered("COLOR", rows, "COLOR_0", {"componentType": 5121, "type": "VEC4", "normalized": True})
    np.testing.assert_allclose(mesh.colours, colours * 255, atol=24)  # sRGB is steep near black


def test_the_quaternion_filter_is_undone() -> None:
    half = 0.5**0.5
    rows = meshopt.encode_filter_quat(np.array([[0, 0, 0, 1], [half, 0, 0, half]], "<f4"), 8, 12)
    gltf = Gltf()
    view = folded(gltf, meshopt.encode_vertex_buffer_level(rows, 2, 0), 2, 8, "ATTRIBUTES", filter="QUATERNION")
    entry = {"bufferView": view, "componentType": 5122, "count": 2, "type": "VEC4", "normalized": True}
    gltf.document["accessors"] = [entry]
    document, binary = split_glb(glb_of(gltf), "x")
    from explorer.tileformat.accessors import GltfBuffers

    found = GltfBuffers(document, binary, "x").floats(0)
    np.testing.assert_allclose(np.abs(found), [[0, 0, 0, 1], [half, 0, 0, half]], atol=0.002)


def test_plain_data_beside_a_broken_stream_is_used_and_told() -> None:
    gltf = folded_hill()
    plain = gltf.view(HILL.tobytes())
    broken = gltf.document["bufferViews"][0]
    broken |= {key: gltf.document["bufferViews"][plain][key] for key in ("buffer", "byteOffset", "byteLength")}
    broken["extensions"]["EXT_meshopt_compression"]["byteLength"] = 40
    content = decode_content(glb_of(gltf), "x")
    np.testing.assert_allclose(content.meshes[0].positions, z_up(HILL))
    assert any("stands beside" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"count": 1 << 40}, "more than its stream"),
        ({"count": 1 << 22, "byteStride": 256}, "more than its stream"),
        ({"byteStride": 6}, "does not allow"),
        ({"byteStride": 0}, "does not allow"),
        ({"mode": "TOWERS"}, "not known"),
        ({"filter": "SEPIA"}, "not known"),
        ({"filter": "QUATERNION"}, "does not allow"),
        ({"count": -1}, "whole number"),
        ({"byteLength": 30}, "damaged"),
        ({"byteOffset": 1 << 30}, "past the end"),
        ({"buffer": 1}, "says 1048576 bytes and has 0"),
    ],
)
def test_a_hostile_stream_is_refused_with_its_place(change: dict[str, Any], says: str) -> None:
    gltf = folded_hill()
    gltf.document["bufferViews"][0]["extensions"]["EXT_meshopt_compression"] |= change
    with pytest.raises(ContentError, match=says) as caught:
        decode_content(glb_of(gltf), "tiles/x.glb")
    assert "tiles/x.glb" in str(caught.value)


def test_no_real_stream_holds_less_than_the_guard_expects() -> None:
    for width in (4, 16, 32, 256):
        zeros = np.zeros((50_000, width), np.uint8)
        for version in (0, 1):
            stream = meshopt.encode_vertex_buffer_level(zeros, 3, version)
            assert unfolded_size(50_000, width, "ATTRIBUTES", None, len(stream)) == zeros.nbytes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_bytes_changed_in_a_folded_file_never_do_more_than_cost_the_tile(
    changes: list[tuple[int, int]], is_cut: bool
) -> None:
    gltf = folded_hill()
    binary = bytearray(gltf.binary)
    for place, value in changes:
        binary[place % len(binary)] = value
    gltf.binary = bytes(binary[: len(binary) // 2] if is_cut else binary)
    try:
        content = decode_content(glb_of(gltf), "x")
    except ContentError:
        return
    assert all((mesh.triangles < len(mesh.positions)).all() for mesh in content.meshes)


def draco_hill(stream: bytes, ids: dict[str, int], **accessors: dict[str, Any]) -> Gltf:
    gltf = Gltf()
    view = gltf.view(stream)
    n = len(HILL)
    named: dict[str, dict[str, Any]] = {"POSITION": {"componentType": 5126, "type": "VEC3"}, **accessors}
    gltf.document["accessors"] = [{"count": FACES.size, "componentType": 5123, "type": "SCALAR"}]
    attributes = {}
    for name, entry in named.items():
        attributes[name] = len(gltf.document["accessors"])
        gltf.document["accessors"].append({"count": n, **entry})
    primitive = {
        "attributes": attributes,
        "indices": 0,
        "extensions": {"KHR_draco_mesh_compression": {"bufferView": view, "attributes": ids}},
    }
    gltf.document["meshes"][0]["primitives"] = [primitive]
    gltf.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return gltf


def encoded_hill(**more: Any) -> bytes:
    ids = np.arange(len(HILL)) // 2
    return bytes(DracoPy.encode(HILL, FACES, generic_attributes={5: ids[:, None].astype("<u2")}, **more))


def by_name(stream: bytes, **wanted: int) -> dict[str, int]:
    """Unique ids of attributes, by Draco's own types (0 positions, 1 normals, 2 colours, 3 places in the image)."""
    found = DracoPy.decode(stream).attributes
    return {
        name: next(one["unique_id"] for one in found if one["attribute_type"] == kind) for name, kind in wanted.items()
    }


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


def test_the_ducks_of_meshoptimizer_are_the_duck_within_their_step(shared_data: Path) -> None:
    folder = shared_data / "gltf" / "meshopt-ducks"
    plain = decode_content((folder / "Duck.glb").read_bytes(), "Duck.glb").meshes[0]
    assert plain.normals is not None and plain.texture_coordinates is not None
    for bits in (3, 6, 9, 12, 15):
        path = folder / f"Duck-vp-{bits}-vt-{bits}-vn-{bits}.glb"
        content = decode_content(path.read_bytes(), path.name)
        mesh = content.meshes[0]
        assert not content.diagnostics
        assert (len(mesh.positions), len(mesh.triangles)) == (2399, 4212)
        step = np.ptp(plain.positions, axis=0).max() / (2**bits - 1)
        ours, theirs = mesh.positions[mesh.triangles], plain.positions[plain.triangles]
        # the packer puts vertices and triangles in another order: corners and middles are compared by where they are
        for found, expected in ((mesh.positions, plain.positions), (ours.mean(axis=1), theirs.mean(axis=1))):
            assert _nearest(found, expected).max() <= step * 0.5 * 3**0.5 * 1.01
            assert _nearest(expected, found).max() <= step * 0.5 * 3**0.5 * 1.01
        assert mesh.texture_coordinates is not None
        uv_step = np.ptp(plain.texture_coordinates, axis=0).max() / (2**bits - 1)
        np.testing.assert_allclose(
            mesh.texture_coordinates.min(axis=0), plain.texture_coordinates.min(axis=0), atol=uv_step
        )
        assert mesh.normals is not None
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-5)


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(others).query(np.unique(points, axis=0))[0])


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

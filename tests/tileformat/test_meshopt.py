"""Geometry that meshoptimizer compressed: every mode and filter, real files, and hostile streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshopt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat import decode_content
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.container import split_glb
from explorer.tileformat.meshopt_views import unfolded_size
from tests.tileformat.compressed_hill import FACES, HILL, folded, folded_hill, glb_of, z_up
from tests.tileformat.gltf_specimen import TRIANGLE, Gltf, corners


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

"""A file's own numbers moved in one step look as they do when they are placed, scaled and coloured first."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.render import packed_tile
from explorer.render.packing import PackedMesh
from explorer.streaming.moving import moved_meshes
from explorer.streaming.prepare import prepare_tile
from explorer.tileformat import TileContent, decode_content
from tests.specimens import at_home
from tests.streaming.test_moving import cloud_of, on_the_globe
from tests.tileformat.gltf_specimen import Gltf

_GLOBE, _FRAME, _WAY = on_the_globe(200.0)
_WAYS = {"globe": (_GLOBE, _WAY), "home": (np.eye(4), at_home), "mirror": (np.diag([1.0, -1.0, 1.0, 1.0]), at_home)}
_RANGE = {"<f4": 90.0, "<i2": 32767, "<u2": 65535, "|i1": 127, "|u1": 255}


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A mesh with normals, colours and features, as floats or quantised, somewhere under its node, some 100 m large."""
    rng, n = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.integers(3, 400))
    kind, normal_kind = draw(st.sampled_from(list(_RANGE))), draw(st.sampled_from(["<f4", "<i2", "|i1"]))
    is_normalised, kind_of_index = kind != "<f4" and draw(st.booleans()), draw(st.sampled_from(["<u2", "<u4"]))
    low = 0.0 if "u" in kind else -1.0
    positions = (rng.uniform(low, 1.0, (n, 3)) * _RANGE[kind]).astype(kind)
    if draw(st.booleans()) and kind in ("<i2", "|i1"):
        positions[0] = np.iinfo(kind).min  # as far as the number after it, where they are normalised
    normals = rng.normal(size=(n, 3))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    triangles = np.concatenate([np.arange(n), rng.integers(0, n, 9 * n)])
    gltf = Gltf()
    made = gltf.primitive(positions, indices=gltf.accessor(triangles[: len(triangles) // 3 * 3].astype(kind_of_index)))
    gltf.document["accessors"][made["attributes"]["POSITION"]]["normalized"] = is_normalised
    scaled = normals if normal_kind == "<f4" else np.rint(normals * _RANGE[normal_kind])
    made["attributes"] |= {
        "NORMAL": gltf.accessor(scaled.astype(normal_kind), normalized=normal_kind != "<f4"),
        "COLOR_0": gltf.accessor(rng.integers(0, 256, (n, 4)).astype("|u1"), normalized=True),
        "_FEATURE_ID_0": gltf.accessor(np.sort(rng.integers(0, 9, n)).astype("<u2")),
    }
    made["extensions"] = {"EXT_mesh_features": {"featureIds": [{"featureCount": 9, "attribute": 0}]}}
    size = 90.0 / (1.0 if is_normalised else _RANGE[kind])
    stretch = np.array(draw(st.sampled_from([(1.0, 1.0, 1.0), (1.0, 0.5, 0.8), (-1.0, 1.0, 1.0)]))) * size
    turn = rng.normal(size=4)
    gltf.document["nodes"][0] |= {
        "rotation": (turn / np.linalg.norm(turn)).tolist(),
        "scale": stretch.tolist(),
        "translation": rng.uniform(-20.0, 20.0, 3).tolist(),
    }
    return gltf.glb()


def packed(data: bytes, where: str, *, as_stored: bool) -> tuple[PackedMesh, NDArray[np.float64]]:
    """The one mesh of a tile as the renderer gets it, with its world positions."""
    content = decode_content(data, "x.glb", as_stored=as_stored)
    assert not content.diagnostics
    tile = packed_tile(prepare_tile(content, *_WAYS[where], with_edges=False))
    (mesh,) = tile.meshes
    assert isinstance(mesh, PackedMesh)
    return mesh, tile.centre + mesh.rows["position"].astype(np.float64)


@settings(max_examples=60, deadline=None)
@given(files(), st.sampled_from(list(_WAYS)))
def test_what_is_moved_in_one_step_is_what_was_placed_first(data: bytes, where: str) -> None:
    (one, here), (other, there) = (packed(data, where, as_stored=as_stored) for as_stored in (True, False))
    np.testing.assert_allclose(here, there, rtol=0.0, atol=1e-4)  # a few steps of float32 at 200 m
    for name, most in (("normal_class", 1), ("tint", 1), ("feature", 0)):
        np.testing.assert_allclose(
            one.rows[name].astype(np.int64), other.rows[name].astype(np.int64), rtol=0.0, atol=most
        )
    assert np.array_equal(one.rows["tint"][:, :3], other.rows["tint"][:, :3])
    assert list(one.indices) == list(other.indices)
    for kind, corners in one.indices.items():
        a, b, c = corners.T
        assert np.array_equal(corners[(a != b) & (b != c) & (c != a)], other.indices[kind])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 250), st.integers(0, 249), st.sampled_from(list(_WAYS)))
def test_what_meshes_share_stays_together_to_the_bit_wherever_it_stands(
    seed: int, n_triangles: int, skipped: int, where: str
) -> None:
    positions = np.random.default_rng(seed).uniform(-150.0, 150.0, (3 * n_triangles, 3)).astype(np.float32)
    first = 3 * min(skipped, n_triangles - 1)
    meshes = [cloud_of(some, placement=np.eye(4)) for some in (positions, positions[first:])]
    (whole, part) = moved_meshes(meshes, *_WAYS[where])
    assert np.array_equal(whole.origin, part.origin)
    assert np.array_equal(whole.offsets[:, first:], part.offsets)


def test_meshes_of_many_vertices_are_joined_without_mixing_them_up() -> None:
    grown = [0.001 * np.arange(3 * 30_000).reshape(-1, 3) + 100.0 * k for k in range(3)]
    meshes = [cloud_of(some.astype(np.float32), placement=np.eye(4)) for some in grown]
    short = [replace(mesh, triangles=mesh.triangles.astype(np.uint16)) for mesh in meshes]
    found = []
    for some in (meshes, short):
        tile = packed_tile(prepare_tile(TileContent(tuple(some)), np.eye(4), at_home, with_edges=False))
        (mesh,) = tile.meshes
        assert isinstance(mesh, PackedMesh)
        found.append(mesh.rows["position"][mesh.indices["surface"]])
    assert np.array_equal(*found)
    assert len(np.unique(found[0].reshape(-1, 3), axis=0)) == 90_000


@pytest.mark.parametrize(("n", "size"), [(65_535, 2), (65_536, 4)])
def test_corners_take_two_bytes_where_those_can_name_all_vertices(n: int, size: int) -> None:
    gltf = Gltf()
    last = np.array([0, 1, n - 1])
    gltf.primitive(np.arange(3.0 * n).reshape(n, 3).astype("<f4"), indices=gltf.accessor(last.astype("<u4")))
    (mesh,) = decode_content(gltf.glb(), "x.glb", as_stored=True).meshes
    assert mesh.triangles.itemsize == size
    assert mesh.triangles.tolist() == [last.tolist()]


@pytest.mark.parametrize("as_stored", [True, False])
def test_a_file_is_let_go_with_what_was_made_of_it(as_stored: bool) -> None:
    gltf = Gltf()
    gltf.primitive()
    data = bytearray(gltf.glb())
    gc.disable()
    try:
        content = decode_content(data, "x.glb", as_stored=as_stored)  # type: ignore[arg-type]
        assert content.meshes
        del content
        data.append(0)  # BufferError while anything looks at these bytes
    finally:
        gc.enable()

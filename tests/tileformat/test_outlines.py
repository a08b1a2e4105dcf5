"""CESIUM_primitive_outline: the lines that a file gives, through decoding and flat shading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from explorer.tileformat import Mesh, decode_content
from explorer.tileformat.container import split_glb
from explorer.tileformat.vertices import flat_shaded
from tests.tileformat.gltf_specimen import Gltf

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [9, 9, 9]], "<f4")


def outlined(indices: np.ndarray) -> Gltf:
    gltf = Gltf()
    made: dict[str, Any] = gltf.primitive(SQUARE)
    made["indices"] = gltf.accessor(np.array([0, 1, 2, 0, 2, 3], "<u2"))
    made["extensions"] = {"CESIUM_primitive_outline": {"indices": gltf.accessor(indices)}}
    return gltf


def lines(mesh: Mesh) -> set[frozenset[tuple[float, ...]]]:
    assert mesh.outline is not None
    return {frozenset(map(tuple, ends)) for ends in np.round(mesh.positions[mesh.outline], 4).tolist()}


def test_given_lines_are_read_and_survive_flat_shading() -> None:
    content = outlined(np.array([0, 1, 1, 2, 2, 3, 3, 0], "<u2")).decode()
    mesh = content.meshes[0]
    assert mesh.outline is not None
    assert mesh.outline.dtype == np.uint32
    assert mesh.outline.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0]]
    flat = flat_shaded(mesh)
    assert lines(flat) == lines(mesh)
    assert not content.diagnostics


def test_lines_to_nowhere_are_left_out() -> None:
    content = outlined(np.array([0, 1, 2, 4, 3, 77, 2, 2, 1], "<i2")).decode()
    outline = content.meshes[0].outline
    assert outline is not None
    assert outline.tolist() == [[0, 1]]
    assert any("outlines" in sentence for sentence in content.diagnostics)


def test_outlines_that_cannot_be_read_leave_the_creases_to_us() -> None:
    gltf = outlined(np.array([0, 1], "<u2"))
    gltf.document["meshes"][0]["primitives"][0]["extensions"]["CESIUM_primitive_outline"]["indices"] = 99
    content = gltf.decode()
    assert content.meshes[0].outline is None
    assert any("outlines" in sentence for sentence in content.diagnostics)


def test_the_sample_box_is_outlined_as_its_readme_shows(shared_data: Path) -> None:
    path = (
        shared_data / "3dtiles/samples-gltf-ext/CESIUM_primitive_outline/BoxPrimitiveOutline/BoxPrimitiveOutline.gltf"
    )
    content = decode_content(path.read_bytes(), path.name)
    mesh = content.meshes[0]
    edges = lines(mesh)
    # its indices are signed, 24 numbers: the twelve edges of the unit cube, without the diagonals of its faces
    assert len(edges) == 12
    assert all(np.abs(np.subtract(*ends)).sum() == 1.0 for ends in map(list, edges))


def test_the_outlines_of_tienhoven_are_edges_of_its_triangles(shared_data: Path) -> None:
    path = shared_data / "3dtiles/tienhoven-3dbag-implicit/content/1_1_1.b3dm"
    data = path.read_bytes()
    document, _binary = split_glb(data[data.index(b"glTF") :], path.name)
    content = decode_content(data, path.name)
    mesh = content.meshes[0]
    assert (len(mesh.positions), document["accessors"][4]["count"]) == (16365, 18342)
    assert mesh.outline is not None
    assert 0.95 * 18342 / 2 <= len(mesh.outline) <= 18342 / 2
    sides = {frozenset(side) for a, b, c in mesh.triangles.tolist() for side in ((a, b), (b, c), (c, a))}
    on_a_side = sum(frozenset(line) in sides for line in mesh.outline.tolist())
    assert on_a_side == len(mesh.outline)
    assert len(content.features) == 97

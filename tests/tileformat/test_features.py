"""Which feature a vertex belongs to: sets of ids as attributes, textures or implicit, and which of several counts."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.tileformat import NO_FEATURE, Mesh, TileContent, decode_content
from tests.tileformat.gltf_specimen import Gltf

SAMPLES = "3dtiles/samples-gltf-ext"
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")
UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], "<f4")
"""The image's top is the square's."""


def png(texels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(texels.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def square(image: np.ndarray, info: dict[str, Any], uv: np.ndarray = UV, sampler: dict[str, Any] | None = None) -> Gltf:
    gltf = Gltf()
    made = gltf.primitive(SQUARE)
    made["indices"] = gltf.accessor(np.array([0, 1, 2, 0, 2, 3], "<u2"))
    made["attributes"]["TEXCOORD_0"] = gltf.accessor(uv)
    gltf.document["images"] = [{"bufferView": gltf.view(png(image))}]
    gltf.document["textures"] = [{"source": 0, **({} if sampler is None else {"sampler": 0})}]
    gltf.document["samplers"] = [sampler or {}]
    made["extensions"] = {"EXT_mesh_features": {"featureIds": [{"featureCount": 4, "texture": {"index": 0, **info}}]}}
    return gltf


def area_by_feature(mesh: Mesh) -> dict[int, float]:
    assert mesh.feature_index is not None
    a, b, c = mesh.positions[mesh.triangles].transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0
    rows = mesh.feature_index[mesh.triangles]
    assert (rows == rows[:, :1]).all()  # a triangle is of one feature
    return {int(row): round(float(area[rows[:, 0] == row].sum()), 6) for row in np.unique(rows)}


def quarters(*values: Any) -> np.ndarray:
    return np.array([[values[0], values[1]], [values[2], values[3]]])


def test_features_told_apart_by_a_texture_cut_the_surface_along_it() -> None:
    content = square(quarters([0, 9, 9], [1, 9, 9], [2, 9, 9], [3, 9, 9]), {"channels": [0]}).decode()
    mesh = content.meshes[0]
    assert area_by_feature(mesh) == {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}
    assert mesh.feature_index is not None
    middles = mesh.positions[mesh.triangles].mean(axis=1)
    upper_left = (middles[:, 0] < 0.5) & (middles[:, 2] > 0.5)
    assert set(mesh.feature_index[mesh.triangles[upper_left, 0]].tolist()) == {0}
    assert len(content.features) == 4 and not content.diagnostics


def test_ids_of_several_channels_are_put_together_lowest_first() -> None:
    image = np.tile(np.array([2, 1, 7, 255]), (2, 2, 1))  # 2 + 256
    assert area_by_feature(square(image, {"channels": [0, 1]}).decode().meshes[0]) == {258: 1.0}


def test_a_texture_is_wrapped_as_its_sampler_says() -> None:
    image = np.array([[[0, 0, 0], [1, 0, 0]]])
    beyond = UV + np.array([1.0, 0.0], "<f4")
    assert area_by_feature(square(image, {}, beyond).decode().meshes[0]) == {0: 0.5, 1: 0.5}
    clamped = square(image, {}, beyond, {"wrapS": 33071, "wrapT": 33071}).decode()
    assert area_by_feature(clamped.meshes[0]) == {1: 1.0}
    mirrored = square(image, {}, beyond, {"wrapS": 33648, "wrapT": 33648}).decode().meshes[0]
    assert area_by_feature(mirrored) == {0: 0.5, 1: 0.5}
    assert mirrored.feature_index is not None
    left = mirrored.positions[mirrored.triangles].mean(axis=1)[:, 0] < 0.5
    assert set(mirrored.feature_index[mirrored.triangles[left, 0]].tolist()) == {1}


def test_a_null_feature_in_a_texture_is_no_feature() -> None:
    gltf = square(quarters([0, 0, 0], [5, 0, 0], [5, 0, 0], [5, 0, 0]), {})
    gltf.document["meshes"][0]["primitives"][0]["extensions"]["EXT_mesh_features"]["featureIds"][0]["nullFeatureId"] = 5
    assert area_by_feature(gltf.decode().meshes[0]) == {0: 0.25, NO_FEATURE: 0.75}


def test_cutting_keeps_normals_colours_places_and_outlines() -> None:
    gltf = square(quarters([0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]), {})
    made = gltf.document["meshes"][0]["primitives"][0]
    made["attributes"]["NORMAL"] = gltf.accessor(np.tile(np.array([0, 0, 1], "<f4"), (4, 1)))
    made["attributes"]["COLOR_0"] = gltf.accessor(np.repeat(UV[:, :1], 3, axis=1).astype("<f4"))
    made["extensions"]["CESIUM_primitive_outline"] = {"indices": gltf.accessor(np.array([0, 1, 1, 2], "<u2"))}
    made["material"] = 0
    gltf.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    mesh = gltf.decode().meshes[0]
    n = len(mesh.positions)
    assert n > 4 and mesh.normals is not None and mesh.colours is not None and mesh.texture_coordinates is not None
    np.testing.assert_allclose(mesh.normals, np.tile([0, -1, 0], (n, 1)), atol=1e-6)
    np.testing.assert_allclose(mesh.texture_coordinates[:, 0], mesh.positions[:, 0], atol=1e-6)
    assert (mesh.colours[mesh.positions[:, 0] == 1.0, 0] == 255).all()
    assert mesh.outline is not None
    ends = mesh.positions[mesh.outline]
    np.testing.assert_allclose(ends, [[[0, 0, 0], [1, 0, 0]], [[1, 0, 0], [1, 0, 1]]])


def test_a_fine_surface_is_not_divided_and_shared_vertices_are_split_by_feature() -> None:
    n = 120
    x, y = np.meshgrid(np.arange(n + 1) / n, np.arange(n + 1) / n)
    grid = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1).astype("<f4")
    cells = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    faces = np.concatenate(
        [np.stack([cells, cells + 1, cells + n + 2], 1), np.stack([cells, cells + n + 2, cells + n + 1], 1)]
    )
    gltf = square(quarters([0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]), {})
    made = gltf.document["meshes"][0]["primitives"][0]
    made["attributes"] = {
        "POSITION": gltf.accessor(grid),
        "TEXCOORD_0": gltf.accessor(np.stack([x, 1 - y], -1).reshape(-1, 2).astype("<f4")),
    }
    made["indices"] = gltf.accessor(faces.ravel().astype("<u4"))
    mesh = gltf.decode().meshes[0]
    assert len(mesh.triangles) == len(faces)
    assert len(grid) < len(mesh.positions) < len(grid) + 3 * n
    assert area_by_feature(mesh) == {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"index": 9}, "not there"),
        ({"channels": [7]}, "channels"),
        ({"channels": "R"}, "channels"),
        ({"texCoord": 3}, "not there"),
    ],
)
def test_a_texture_that_cannot_be_read_leaves_the_surface_whole_with_a_word(change: dict[str, Any], says: str) -> None:
    content = square(quarters([0] * 3, [1] * 3, [2] * 3, [3] * 3), change).decode()
    assert content.meshes[0].feature_index is None
    assert len(content.meshes[0].triangles) == 2
    assert any(says in sentence for sentence in content.diagnostics)


def with_sets(*sets: dict[str, Any]) -> TileContent:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(np.array([4, 5, 6], "<u2"))
    made["attributes"]["_FEATURE_ID_1"] = gltf.accessor(np.array([1, 0, 7], "<f4"))
    made["extensions"] = {"EXT_mesh_features": {"featureIds": list(sets)}}
    about = {"type": "SCALAR", "componentType": "INT8", "default": 8}
    schema = {"classes": {"c": {"properties": {"p": about}}}}
    tables = [{"class": "c", "count": 3}]
    gltf.document["extensions"] = {"EXT_structural_metadata": {"schema": schema, "propertyTables": tables}}
    return gltf.decode()


def rows(content: TileContent) -> list[int]:
    index = content.meshes[0].feature_index
    assert index is not None
    return index.tolist()


def test_the_set_with_a_property_table_counts_wherever_it_stands() -> None:
    bare = {"featureCount": 7, "attribute": 0}
    tabled = {"featureCount": 3, "attribute": 1, "propertyTable": 0}
    for sets in ((bare, tabled), (tabled, bare)):
        content = with_sets(*sets)
        assert rows(content) == [1, 0, NO_FEATURE]
        assert content.features.columns == {"p": [8, 8, 8]}
        assert any("2 ways" in sentence for sentence in content.diagnostics)
    assert rows(with_sets(bare)) == [4, 5, 6]


def test_implicit_ids_are_the_vertices_own_numbers() -> None:
    assert rows(with_sets({"featureCount": 3})) == [0, 1, 2]
    assert rows(with_sets({"featureCount": 3, "propertyTable": 0, "nullFeatureId": 1})) == [0, NO_FEATURE, 2]


@pytest.mark.parametrize(
    "name", ["EXT_mesh_features/FeatureIdTexture", "EXT_structural_metadata/FeatureIdTextureAndPropertyTable"]
)
def test_the_sample_facade_has_its_parts_by_the_texels_of_its_image(shared_data: Path, name: str) -> None:
    path = shared_data / SAMPLES / name / f"{name.split('/')[1]}.gltf"
    content = decode_content(path.read_bytes(), path.name)
    stored = json.loads(path.read_text())["images"][1]["uri"]
    with Image.open(io.BytesIO(base64.b64decode(stored.split(",")[1]))) as image:
        red = np.asarray(image.convert("RGBA"))[:, :, 0]
    assert red.shape == (16, 16)
    expected = {int(value): round(float((red == value).mean()), 6) for value in np.unique(red)}
    assert area_by_feature(content.meshes[0]) == expected
    if "Table" in name:
        assert content.features.columns["Component"] == ["Wall", "Door", "Roof", "Window"]


def test_the_samples_with_ids_at_vertices_are_as_their_readme_says(shared_data: Path) -> None:
    path = shared_data / SAMPLES / "EXT_mesh_features/FeatureIdAttribute/FeatureIdAttribute.gltf"
    content = decode_content(path.read_bytes(), path.name)
    assert rows(content) == np.repeat(range(4), 4).tolist()
    shared = shared_data / SAMPLES / "EXT_structural_metadata/SharedPropertyTable/SharedPropertyTable.gltf"
    content = decode_content(shared.read_bytes(), shared.name)
    assert len(content.features) == 4  # one table for both meshes
    assert all(np.asarray(mesh.feature_index).tolist() == np.repeat(range(4), 4).tolist() for mesh in content.meshes)


def test_properties_of_texels_and_vertices_are_read_and_told(shared_data: Path) -> None:
    from explorer.tileformat.accessors import GltfBuffers
    from explorer.tileformat.materials import Materials
    from explorer.tileformat.property_attributes import texel_properties, vertex_properties
    from explorer.tileformat.property_reader import read_metadata
    from explorer.tileformat.texels import Texels

    said: list[str] = []
    folder = shared_data / SAMPLES / "EXT_structural_metadata"
    path = folder / "SimplePropertyTexture/SimplePropertyTexture.gltf"
    content = decode_content(path.read_bytes(), path.name)
    assert len(content.meshes[0].triangles) == 2
    assert any("Inside Temperature, Outside Temperature" in sentence for sentence in content.diagnostics)
    document = json.loads(path.read_text())
    buffers = GltfBuffers(document, memoryview(b""), path.name)
    primitive = document["meshes"][0]["primitives"][0]
    texels = Texels(buffers, Materials(buffers, said.append).texture)
    found = texel_properties(buffers, texels, read_metadata(buffers, said.append), primitive, said.append)
    with Image.open(io.BytesIO(base64.b64decode(document["images"][1]["uri"].split(",")[1]))) as image:
        corner = np.asarray(image.convert("RGB"))[[0, -1], 0]
    assert set(found["Inside Temperature"].tolist()) >= set(corner[:, 0].tolist())
    assert found["Insulation Thickness"].max() <= 1.0

    path = folder / "PropertyAttributesPointCloud/PropertyAttributesPointCloudHouse.gltf"
    document = json.loads(path.read_text())
    buffers = GltfBuffers(document, memoryview(b""), path.name, lambda uri: (path.parent / uri).read_bytes())
    primitive = document["meshes"][0]["primitives"][0]
    values = vertex_properties(buffers, read_metadata(buffers, said.append), primitive, said.append)
    intensity = values["Example intensity property"]
    assert (len(intensity), float(intensity.min())) == (22462, 0.0)
    assert float(intensity.max()) == pytest.approx(0.6333334)
    assert set(values["Example classification property"].tolist()) == {1}
    assert not said
    content = decode_content(path.read_bytes(), path.name, resolve=lambda uri: (path.parent / uri).read_bytes())
    assert any("Example intensity property" in sentence for sentence in content.diagnostics)

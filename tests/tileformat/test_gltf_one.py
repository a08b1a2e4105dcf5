"""glTF 1.0, as in the b3dm files of cities that were published until 2017."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat import TileContent, decode_content
from explorer.tileformat.gltf_one import as_gltf_two
from explorer.tileformat.palette import linear_from_srgb
from tests.tileformat.first_gltf import CORNERS, PNG, SQUARE, One, plain_house
from tests.tileformat.gltf_specimen import b3dm


@pytest.fixture
def house() -> One:
    return plain_house()


def corners_of(data: bytes) -> np.ndarray:
    """Of all triangles, in the tile's frame."""
    meshes = decode_content(data, "a.b3dm").meshes
    return np.concatenate([mesh.positions[mesh.triangles.reshape(-1)] for mesh in meshes])


UP = SQUARE[CORNERS][:, [0, 2, 1]] * (1.0, -1.0, 1.0)
"""The square's corners with z up."""


def test_its_triangles_stand_upright_in_their_colour_and_the_report_says_what_it_is(house: One) -> None:
    content = decode_content(house.glb(), "a.glb")
    assert corners_of(house.glb()) == pytest.approx(UP)
    (mesh,) = content.meshes
    assert mesh.base_colour == pytest.approx((*linear_from_srgb(np.array([0.8, 0.2, 0.1])), 1.0))
    assert any("glTF 1.0" in sentence for sentence in content.diagnostics)


def test_values_that_lie_between_each_other_are_found_by_their_accessors_stride(house: One) -> None:
    rows = np.zeros(4, [("place", "<f4", 3), ("normal", "<f4", 3)])
    rows["place"], rows["normal"] = SQUARE, (0.0, 0.0, 1.0)
    house.view("both", rows.tobytes())
    house.accessor("places", SQUARE, "both", byteStride=24)
    house.accessor("normals", rows["normal"], "both", byteStride=24, byteOffset=12)
    house.mesh(POSITION="places", NORMAL="normals")
    (mesh,) = decode_content(house.glb(), "a.glb").meshes
    assert mesh.normals is not None
    assert corners_of(house.glb()) == pytest.approx(UP)
    assert mesh.normals == pytest.approx(np.tile([0.0, -1.0, 0.0], (4, 1)))


def test_a_b3dm_with_its_features_and_centre(house: One) -> None:
    house.accessor("ids", np.array([0, 0, 1, 1], "<u2"))
    house.mesh(POSITION="places", BATCHID="ids")
    house.document["extensions"] = {"CESIUM_RTC": {"center": [100.0, 200.0, 300.0]}}
    content = decode_content(b3dm(house.glb(), {"BATCH_LENGTH": 2}, {"name": ["barn", "mill"]}), "a.b3dm")
    (mesh,) = content.meshes
    assert mesh.feature_index is not None and mesh.feature_index.tolist() == [0, 0, 1, 1]
    assert list(content.features.columns["name"]) == ["barn", "mill"]
    assert mesh.positions.mean(axis=0) == pytest.approx([105.0, 200.0, 303.0])


def test_a_node_may_have_several_meshes_and_stands_where_its_parents_do(house: One) -> None:
    house.mesh("roof", POSITION="places")
    house.document["nodes"]["house"]["meshes"] = ["walls", "roof", "nothing"]
    house.document["nodes"]["house"]["translation"] = [0.0, 5.0, 0.0]
    house.document["nodes"]["root"]["matrix"] = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 1, 0, 0, 1]
    found = corners_of(house.glb())
    assert found == pytest.approx(np.tile(UP * 2.0 + (1.0, 0.0, 10.0), (2, 1)))


def test_places_and_numbers_that_were_quantised_are_as_they_are_meant(house: One) -> None:
    """WEB3D_quantized_attributes: its matrix takes whole numbers back, column by column."""
    whole = np.round(SQUARE / 10.0 * 65535.0).astype("<u2")
    scale = 10.0 / 65535.0
    matrix = [scale, 0, 0, 0, 0, scale, 0, 0, 0, 0, scale, 0, 3.0, 4.0, 5.0, 1.0]
    said = {"WEB3D_quantized_attributes": {"decodeMatrix": matrix, "decodedMin": [3, 4, 5], "decodedMax": [13, 10, 5]}}
    house.accessor("places", whole, extensions=said)
    house.accessor("uv", np.array([[0, 0], [65535, 0], [65535, 65535], [0, 65535]], "<u2"), extensions={
        "WEB3D_quantized_attributes": {"decodeMatrix": [1 / 65535, 0, 0, 0, 1 / 65535, 0, 0, 0, 1]}})  # fmt: skip
    house.document["materials"]["plain"] = {"values": {"diffuse": "photo"}}
    house.document |= {
        "textures": {"photo": {"source": "picture", "sampler": "s"}},
        "samplers": {"s": {"wrapS": 33071}},
    }
    house.document["images"] = {
        "picture": {"extensions": {"KHR_binary_glTF": {"bufferView": house.view("png", PNG), "mimeType": "image/png"}}}
    }
    house.mesh(POSITION="places", TEXCOORD_0="uv")
    (mesh,) = decode_content(house.glb(), "a.glb").meshes
    assert corners_of(house.glb()) == pytest.approx(UP + np.array([3.0, -5.0, 4.0]), abs=1e-3)
    assert mesh.texture_coordinates == pytest.approx(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]))
    assert mesh.image == PNG and mesh.image_use.wraps[0] == "clamp"


@pytest.mark.parametrize(
    ("material", "alpha", "is_blended"),
    [
        ({"extensions": {"KHR_materials_common": {"values": {"diffuse": [1, 1, 1, 1], "transparency": 0.25},
                                                  "transparent": True, "technique": "PHONG"}}}, 0.25, True),
        ({"values": {"transparency": 0.5}, "technique": "see-through"}, 0.5, True),
        ({"values": {"diffuse": [1, 1, 1, 0.5]}}, 0.5, False),
    ],
)  # fmt: skip
def test_what_is_seen_through_is_so(house: One, material: dict[str, Any], alpha: float, is_blended: bool) -> None:
    house.document["techniques"]["see-through"] = {
        "states": {"enable": [3042]},
        "parameters": {"diffuse": {"value": [1.0, 1.0, 1.0, 1.0]}},
    }
    house.document["materials"]["plain"] = material
    (mesh,) = decode_content(house.glb(), "a.glb").meshes
    assert mesh.base_colour == pytest.approx((1.0, 1.0, 1.0, alpha)) and mesh.image_use.is_blended == is_blended


def test_quantised_values_that_nobody_uses_are_not_unfolded(house: One) -> None:
    """Some kilobytes of them would be gigabytes."""
    for k in range(12):
        said = {"WEB3D_quantized_attributes": {"decodeMatrix": [1.0] * 289}}
        house.document["accessors"][f"much {k}"] = {
            "componentType": 5126, "count": 1 << 22, "type": "MAT4", "extensions": said,
        }  # fmt: skip
    one, body = as_gltf_two(json.loads(json.dumps(house.document)), memoryview(house.body), "a.glb", None)
    assert len(body) == len(house.body) + -len(house.body) % 4 and len(one["accessors"]) == 14
    assert corners_of(house.glb()) == pytest.approx(UP)


def test_a_document_beside_its_buffer(house: One) -> None:
    house.glb()
    house.document["buffers"] = {"binary_glTF": {"byteLength": len(house.body), "uri": "house.bin"}}
    text = json.dumps(house.document).encode()
    content = decode_content(text, "a.gltf", resolve={"house.bin": house.body}.__getitem__)
    assert len(content.meshes) == 1 and len(content.meshes[0].triangles) == 2


def test_the_colour_of_each_vertex_counts(house: One) -> None:
    house.accessor("colours", np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [0, 0, 0, 255]], "u1"))
    house.mesh(POSITION="places", COLOR="colours")
    house.document["materials"] = {}
    (mesh,) = decode_content(house.glb(), "a.glb").meshes
    assert mesh.colours is not None and mesh.colours[:3, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


WORDS = st.one_of(st.none(), st.integers(-9, 99), st.text(max_size=4), st.just([]), st.just({}), st.just(["house"]))


@given(st.data())
def test_whatever_stands_in_such_a_document_costs_its_tile_alone(data: st.DataObject) -> None:
    made = One()
    made.accessor("places", SQUARE, extensions={"WEB3D_quantized_attributes": {"decodeMatrix": [1.0] * 16}})
    made.accessor("corners", CORNERS)
    made.mesh(POSITION="places")
    made.glb()
    document: Any = copy.deepcopy(made.document)
    for _n in range(data.draw(st.integers(1, 3))):
        at: Any = document
        for _depth in range(data.draw(st.integers(0, 4))):
            below = [key for key in at if isinstance(at[key], dict) and at[key]] if isinstance(at, dict) else []
            if not below:
                break
            at = at[data.draw(st.sampled_from(below))]
        if isinstance(at, dict) and at:
            at[data.draw(st.sampled_from(sorted(at)))] = data.draw(WORDS)
    found: TileContent | ContentError
    try:  # any other error ends the test
        found = decode_content(json.dumps(document).encode(), "a.gltf", resolve=lambda _name: made.body)
    except ContentError as problem:
        found = problem
    if isinstance(found, ContentError):
        assert "a.gltf" in str(found)
    else:
        assert any("glTF 1.0" in sentence for sentence in found.diagnostics)


@pytest.mark.parametrize("n", [5, 19, 40, 300])
def test_one_that_is_cut_off_is_said(house: One, n: int) -> None:
    with pytest.raises(ContentError, match=r"a\.glb"):
        decode_content(house.glb()[:n], "a.glb")

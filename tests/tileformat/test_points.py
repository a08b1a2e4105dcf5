"""Point clouds: where they are, what colour, whose; plain and in Draco."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import ContentError
from explorer.tileformat import NO_FEATURE, Points, TileContent, decode_content
from tests.tiles_of_bytes import cmpt, oct_encode, packed_table, pnts, tile_of_bytes

PLACES = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], "<f4")
N = {"POINTS_LENGTH": 3}


def only(content: TileContent) -> Points:
    (points,) = content.points
    return points


def read(data: bytes) -> Points:
    return only(decode_content(data, "x"))


def test_points_stand_where_they_say_and_say_no_more() -> None:
    points = read(pnts(N, POSITION=PLACES))
    np.testing.assert_array_equal(points.positions, PLACES)
    assert points.colours is None
    assert points.normals is None
    assert points.feature_index is None


def test_quantised_points_are_spread_over_their_volume_and_moved_by_the_centre() -> None:
    more = {
        "QUANTIZED_VOLUME_OFFSET": [0, 0, -1],
        "QUANTIZED_VOLUME_SCALE": [65535, 655.35, 2],
        "RTC_CENTER": [9, 0, 0],
    }
    points = read(pnts(N | more, POSITION_QUANTIZED=np.array([[0, 0, 0], [1, 100, 65535], [65535, 0, 0]], "<u2")))
    np.testing.assert_allclose(points.positions, [[9, 0, -1], [10, 1, 1], [65544, 0, -1]])


COLOURS = [
    ({"RGB": np.array([[1, 2, 3]] * 3, "u1")}, [1, 2, 3, 255]),
    ({"RGBA": np.array([[1, 2, 3, 4]] * 3, "u1")}, [1, 2, 3, 4]),
    ({"RGB565": np.array([0b11111_100000_00001] * 3, "<u2")}, [255, 130, 8, 255]),
    ({"CONSTANT_RGBA": np.array([9, 8, 7, 6], "u1")}, [9, 8, 7, 6]),
    ({"RGB565": np.array([0] * 3, "<u2"), "RGB": np.array([[1, 2, 3]] * 3, "u1")}, [1, 2, 3, 255]),
]


@pytest.mark.parametrize(("arrays", "colour"), COLOURS)
def test_every_way_to_say_a_colour_is_read(arrays: dict[str, Any], colour: list[int]) -> None:
    points = read(pnts(N, POSITION=PLACES, **arrays))
    assert points.colours is not None
    assert points.colours.tolist() == [colour] * 3


def test_one_colour_for_all_may_be_listed() -> None:
    points = read(pnts(N | {"CONSTANT_RGBA": [10, 20, 30, 40]}, POSITION=PLACES))
    assert np.asarray(points.colours).tolist() == [[10, 20, 30, 40]] * 3


def test_no_points_need_no_places() -> None:
    content = decode_content(pnts({"POINTS_LENGTH": 0}), "empty.pnts")
    assert content.points == () and content.diagnostics == ()


def test_normals_come_as_floats_or_on_an_octahedron() -> None:
    unit = np.array([[0, 0, 1], [0.6, 0, 0.8], [0, -1, 0]], "<f4")
    np.testing.assert_allclose(read(pnts(N, POSITION=PLACES, NORMAL=unit * 2)).normals, unit, atol=1e-6)
    encoded = read(pnts(N, POSITION=PLACES, NORMAL_OCT16P=oct_encode(unit, 8))).normals
    np.testing.assert_allclose(encoded, unit, atol=0.02)


def test_points_of_batches_share_the_features_of_the_table() -> None:
    values = N | {"BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    content = decode_content(pnts(values, {"id": ["a", "b"]}, POSITION=PLACES, BATCH_ID=np.array([1, 0, 7], "u1")), "x")
    assert content.features.ids == ("a", "b")
    assert np.asarray(only(content).feature_index).tolist() == [1, 0, NO_FEATURE]
    assert len(content.diagnostics) == 1


def test_a_batch_length_out_of_thin_air_makes_no_rows() -> None:
    values = N | {"BATCH_LENGTH": 2**31, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    content = decode_content(pnts(values, POSITION=PLACES, BATCH_ID=np.array([0, 0, 0], "u1")), "x")
    assert len(content.features) == 3


def test_attributes_of_each_point_make_each_a_feature_and_its_class_its_colour() -> None:
    content = decode_content(pnts(N, {"Classification": [2, 6, 99], "Intensity": [5, 6, 7]}, POSITION=PLACES), "x")
    assert content.features.columns["Intensity"] == [5, 6, 7]
    points = only(content)
    assert np.asarray(points.feature_index).tolist() == [0, 1, 2]
    assert points.colours is not None
    assert len({tuple(colour) for colour in points.colours.tolist()}) == 3


def test_points_nowhere_cost_themselves_only() -> None:
    places = PLACES.copy()
    places[1, 0] = np.nan
    content = decode_content(pnts(N, {"id": ["a", "b", "c"]}, POSITION=places), "x")
    assert np.asarray(only(content).feature_index).tolist() == [0, 2]
    assert any("1 points" in sentence for sentence in content.diagnostics)


def test_points_in_a_composite_count_their_features_on() -> None:
    part = pnts(N, {"id": ["a", "b", "c"]}, POSITION=PLACES)
    content = decode_content(cmpt(part, part), "x")
    assert [np.asarray(one.feature_index).tolist() for one in content.points] == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pnts({"POINTS_LENGTH": 2**40}, POSITION=PLACES), "POINTS_LENGTH"),
        (pnts({"POINTS_LENGTH": 4}, POSITION=PLACES), "POSITION"),
        (pnts(N), "POSITION"),
        (pnts(N, POSITION=PLACES)[:100], "cut off"),
        (pnts(N | {"RGB": {"byteOffset": 33}}, POSITION=PLACES), "RGB"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        decode_content(data, "cloud.pnts")


# -- Draco -------------------------------------------------------------------------------------------------------------


def draco_pnts(n_said: int = 3, cut: int = 0) -> bytes:
    draco = pytest.importorskip("DracoPy")
    batches = {"batches": np.array([[0], [1], [1]], np.uint8)}
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    data = draco.encode(PLACES, colors=colours, generic_attributes=batches, quantization_bits=16, preserve_order=True)
    numbers = {a["name"] or a["attribute_type"]: a["unique_id"] for a in draco.decode(data).attributes}
    properties = {"POSITION": numbers[0], "RGB": numbers[2], "BATCH_ID": numbers["batches"]}
    data = data[: len(data) - cut]
    extension = {"properties": properties, "byteOffset": 0, "byteLength": len(data)}
    values = {
        "POINTS_LENGTH": n_said,
        "BATCH_LENGTH": 2,
        **{name: {"byteOffset": 0} for name in ("POSITION", "RGB")},
        "BATCH_ID": {"byteOffset": 0, "componentType": "UNSIGNED_BYTE"},
        "extensions": {"3DTILES_draco_point_compression": extension},
    }
    text, _none = packed_table(values)
    return tile_of_bytes(b"pnts", (text, data + b"\x00" * (-len(data) % 8)), {"id": ["a", "b"]}, b"", b"")


def test_points_in_draco_are_the_same_points() -> None:
    content = decode_content(draco_pnts(), "x")
    points = only(content)
    order = np.argsort(points.positions[:, 0])
    np.testing.assert_allclose(points.positions[order], PLACES, atol=1e-3)
    assert np.asarray(points.colours)[order].tolist() == [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]
    assert np.asarray(points.feature_index)[order].tolist() == [0, 1, 1]


@pytest.mark.parametrize(("how", "says"), [({"n_said": 4}, "4 points"), ({"cut": 25}, "draco_point_compression")])
def test_draco_that_is_cut_off_or_of_another_count_is_refused(how: dict[str, int], says: str) -> None:
    with pytest.raises(ContentError, match=says):
        decode_content(draco_pnts(**how), "x")


# -- real files ------------------------------------------------------------------------------------


def test_real_points_are_as_many_as_were_counted_and_lie_in_their_boxes(shared_data: Path) -> None:
    from explorer.tileformat import read_tileset

    folder = shared_data / "3dtiles/rotterdam-ahn-points-3857"
    tileset = read_tileset((folder / "tileset.json").read_bytes(), "t")
    n = 0
    for tile, uri in enumerate(tileset.content_uri):
        assert uri is not None
        points = only(decode_content((folder / uri).read_bytes(), uri))
        n += len(points)
        world = points.positions @ tileset.transform[tile][:3, :3].T + tileset.transform[tile][:3, 3]
        lo, hi = tileset.box(tile).bounds()
        assert (world >= lo - 0.5).all()
        assert (world <= hi + 0.5).all()
        assert points.colours is not None
    assert n == 60968


def test_published_samples_of_points_and_instances_are_read(shared_data: Path) -> None:
    folder = shared_data / "3dtiles"
    cloud = folder / "samples-1.0/TilesetWithRequestVolume/points.pnts"
    assert len(read(cloud.read_bytes())) == 125_000
    plane = folder / "samples-1.1/MultipleContents/planePoints.glb"
    assert len(read(plane.read_bytes())) == 16_641
    boxes = folder / "samples-gltf-ext/GpuInstancesMetadata/GpuInstancesMetadata.gltf"
    content = decode_content(boxes.read_bytes(), "x")
    assert len(content.instances[0]) == 10
    names = [
        content.features.row(row)["Example STRING property"] for row in np.asarray(content.instances[0].feature_index)
    ]
    assert names == ["nine", "eight", "seven", "six", "five", "four", "three", "two", "one", "zero"]

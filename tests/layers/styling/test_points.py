"""What styles ask of single points: place, colour and normal, from specimens and from published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.layers.styling import UNDEFINED, Attributes, Looks, PointAttributes, Vector, counted, legend_rows, parse
from explorer.layers.styling import read_style as read
from explorer.layers.styling.columnwise import values
from explorer.tileformat import PointSemantics, TileContent, decode_content, semantics_of
from tests.tileformat.test_hierarchy import hierarchy
from tests.tileformat.test_points_and_lines_of_gltf import gltf
from tests.tiles_of_bytes import pnts

PLACES = np.array([[1, 2, 3], [4, 5, 6], [-7, 8, 9]], "<f4")
NORMALS = np.array([[0, 0, 1], [0.6, 0, 0.8], [0, -1, 0]], "<f4")
N = {"POINTS_LENGTH": 3}
_DEFAULT = (186, 182, 174, 255)


def attributes(content: TileContent, transform: Any = None) -> PointAttributes:
    (points,) = content.points
    colours = np.tile(np.array(_DEFAULT, np.uint8), (len(points), 1)) if points.colours is None else points.colours
    matrix = np.eye(4) if transform is None else np.asarray(transform, np.float64)
    return PointAttributes(semantics_of(points, matrix, colours), Attributes([content.features]))


def table(values: dict[str, Any] | None = None, batch: dict[str, Any] | None = None, **arrays: Any) -> TileContent:
    return decode_content(pnts(N | (values or {}), batch, POSITION=PLACES, **arrays), "x")


def found(expression: str, points: PointAttributes) -> list[Any]:
    return values(parse(expression), points)


def looks(points: PointAttributes, **style: Any) -> Looks:
    return read(style).looks(points)


def test_the_example_of_the_standard_for_point_clouds() -> None:
    colours = np.array([[255, 255, 255], [100, 200, 50], [9, 9, 9]], "u1")
    points = attributes(table(RGB=colours, NORMAL=NORMALS))
    style = {"color": "${COLOR} * color('red')", "show": "${POSITION}.x > 0.5", "pointSize": "${NORMAL}.x > 0 ? 2 : 1"}
    said = looks(points, **style)
    assert said.shown.tolist() == [True, True, False]
    assert said.colours.tolist() == [[255, 0, 0, 255], [100, 0, 0, 255], [9, 0, 0, 255]]
    assert said.point_px is not None and said.point_px.tolist() == [1.0, 2.0, 1.0]


def test_places_are_before_and_after_centre_and_transform() -> None:
    turn = [[0, -2, 0, 10], [2, 0, 0, 20], [0, 0, 2, 30], [0, 0, 0, 1]]
    points = attributes(table({"RTC_CENTER": [1e6, 0, 0]}), turn)
    assert found("${POSITION}", points) == [Vector(row) for row in PLACES.tolist()]
    absolute = [Vector((10.0 - 2 * y, 20.0 + 2 * (x + 1e6), 30.0 + 2 * z)) for x, y, z in PLACES.tolist()]
    assert found("${POSITION_ABSOLUTE}", points) == absolute


def test_quantised_places_are_scaled_but_not_moved() -> None:
    volume = {"QUANTIZED_VOLUME_OFFSET": [100, 0, 0], "QUANTIZED_VOLUME_SCALE": [65535, 65535, 65535]}
    stored = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 65535]], "<u2")
    points = attributes(decode_content(pnts(N | volume, POSITION_QUANTIZED=stored), "x"))
    assert np.array(found("${POSITION}", points)) == pytest.approx(stored)
    assert np.array(found("${POSITION_ABSOLUTE}.x", points)) == pytest.approx(stored[:, 0] + 100.0)


def test_without_colours_they_have_what_we_draw_them_in_and_without_normals_none() -> None:
    points = attributes(table())
    assert found("${COLOR}", points) == [Vector(one / 255.0 for one in _DEFAULT)] * 3
    assert found("${NORMAL}", points) == [UNDEFINED] * 3
    assert found("${NORMAL}.x > 0", points) == [UNDEFINED] * 3
    translucent = attributes(table(RGBA=np.array([[1, 2, 3, 51]] * 3, "u1")))
    assert found("${COLOR}.a", translucent) == [0.2] * 3


def test_attributes_of_points_and_of_their_batches_stand_beside_them() -> None:
    own = attributes(table(batch={"Temperature": [10, 20, 30]}))
    assert found("${Temperature} + ${POSITION}.x", own) == [11.0, 24.0, 23.0]
    several = {"BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    shared = attributes(table(several, {"use": ["home", "shop"]}, BATCH_ID=np.array([1, 0, 7], "u1")))
    assert found("${use}", shared) == ["shop", "home", UNDEFINED]
    assert looks(shared, show="${use} === 'shop' && ${POSITION}.x > 0").shown.tolist() == [True, False, False]


def test_what_arrays_cannot_hold_is_worked_out_all_the_same() -> None:
    points = attributes(table())
    assert found("'at ' + ${POSITION}", points) == ["at (1, 2, 3)", "at (4, 5, 6)", "at (-7, 8, 9)"]
    assert found("${POSITION} === vec3(4, 5, 6)", points) == [False, True, False]
    assert found("length(${POSITION}.x < 0 ? ${POSITION} : vec3(0))", points)[2] == pytest.approx(194**0.5)


def test_points_of_a_gltf_are_asked_alike() -> None:
    content = decode_content(gltf({"mode": 0}, [3, 0]), "x", up_axis="Z")
    points = attributes(content)
    assert found("${POSITION}.z", points) == [5.0, 0.0]
    assert found("${COLOR} === color('red')", points) == [False, True]
    moved = json.loads(gltf({"mode": 0}, [3, 0]))
    moved["extensions"] = {"CESIUM_RTC": {"center": [1000, 0, 0]}}
    there = attributes(decode_content(json.dumps(moved).encode(), "x", up_axis="Z"))
    assert found("${POSITION}.x", there) == [1.0, 0.0]
    assert found("${POSITION_ABSOLUTE}.x", there) == [1001.0, 1000.0]


def test_vectors_of_a_batch_table_are_vectors() -> None:
    up = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], "<f4")
    stored = {"up": {"byteOffset": 0, "componentType": "FLOAT", "type": "VEC3"}, "list": [[1, 2], [3, 4], [5, 6]]}
    content = decode_content(_with_binary(stored, up.tobytes()), "x")
    points = attributes(content)
    assert found("dot(${up}, vec3(0, 0, 1)) + ${up}.y", points) == [1.0, 1.0, 0.0]
    assert found("${list}[1]", points) == [2.0, 4.0, 6.0]
    assert found("${list}.x", points) == [UNDEFINED] * 3


def _with_binary(batch: dict[str, Any], binary: bytes) -> bytes:
    """Points whose batch table has a binary part, at the end of the file."""
    binary += b"\x00" * (-len(binary) % 8)
    whole = bytearray(pnts(N, batch, POSITION=PLACES) + binary)
    whole[8:12] = len(whole).to_bytes(4, "little")
    whole[24:28] = len(binary).to_bytes(4, "little")
    return bytes(whole)


def test_classes_of_a_hierarchy_are_asked_for_by_name_and_by_what_is_above() -> None:
    several = {"BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    content = table(several, hierarchy(), BATCH_ID=np.array([1, 0, 0], "u1"))
    features = Attributes([content.features])
    assert values(parse("getExactClassName()"), features) == ["Door", "Door"]
    assert values(parse("isExactClass('Door') && !isExactClass('House')"), features) == [True, True]
    assert values(parse("isClass('Door') && isClass('House') && isClass('Block')"), features) == [True, True]
    assert values(parse("isClass('Roof')"), features) == [False, False]
    assert looks(attributes(content), show="isClass('Block') && ${POSITION}.x > 2").shown.tolist() == [
        False, True, False,
    ]  # fmt: skip


def test_classes_of_features_in_no_hierarchy_are_their_attribute_of_that_name() -> None:
    features = Attributes([table(batch={"class": ["road", "tree", None]}).features])
    assert values(parse("getExactClassName()"), features) == ["road", "tree", UNDEFINED]
    assert values(parse("isClass('tree')"), features) == [False, True, False]


def test_a_legend_of_single_points_counts_no_features() -> None:
    style = read({"color": {"conditions": [["${POSITION}.z > 5", "color('red')"], ["true", "color('blue')"]]}})
    rows = counted(legend_rows(style), style, Attributes([table().features]))
    assert [(row.words, row.count) for row in rows] == [("POSITION.z > 5", None), ("true", None)]


def _semantics(path: Path, transform: Any) -> PointSemantics:
    content = decode_content(path.read_bytes(), path.name)
    (points,) = content.points
    assert points.colours is not None
    return semantics_of(points, np.asarray(transform, np.float64), points.colours)


def test_the_published_cloud_of_the_samples_is_a_sphere_where_its_tileset_puts_it(shared_data: Path) -> None:
    folder = shared_data / "3dtiles" / "samples-1.0" / "TilesetWithRequestVolume"
    child = json.loads((folder / "tileset.json").read_text())["root"]["children"][2]
    transform = np.array(child["transform"]).reshape(4, 4).T
    points = PointAttributes(_semantics(folder / "points.pnts", transform), Attributes([]))
    assert len(points) == 125_000
    *middle, radius = child["boundingVolume"]["sphere"]
    assert middle == [0, 0, 0]
    assert looks(points, show=f"abs(length(${{POSITION}}) - {radius}) < 0.00001").shown.all(), "all lie on the sphere"
    scale = float(np.linalg.norm(transform[:3, 0]))
    x, y, z = transform[:3, 3].tolist()
    from_middle = f"distance(${{POSITION_ABSOLUTE}}, vec3({x}, {y}, {z}))"
    far = f"abs({from_middle} - {scale} * length(${{POSITION}})) > 0.01"
    assert not looks(points, show=far).shown.any()
    assert looks(points, color="${COLOR}").colours[:, :3].std() > 5.0


def test_a_published_survey_is_coloured_by_its_own_heights(shared_data: Path) -> None:
    path = shared_data / "3dtiles" / "rotterdam-ahn-points-3857" / "r.pnts"
    points = PointAttributes(_semantics(path, np.eye(4)), Attributes([]))
    rows = [["${POSITION}.z > 0.15", "color('red')"], ["true", "${COLOR}"]]
    said = looks(points, color={"conditions": rows})
    heights = np.array(found("${POSITION}.z", points))
    assert 0 < (heights > 0.15).sum() < len(heights) == 611
    assert (said.colours[heights > 0.15] == (255, 0, 0, 255)).all()
    assert said.is_coloured.all()

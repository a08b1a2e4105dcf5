"""Instanced models: where each one stands, how it is turned, whose it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.geo import OrientedBox, ecef_from_geodetic, enu_matrix
from explorer.tileformat import NO_FEATURE, Instances, TileContent, decode_content
from explorer.tileformat.deviations import placed_once
from explorer.tileformat.instancing import spelled_out, world_transforms
from explorer.tileformat.octahedral import oct_decode, rgb565_decode
from tests.specimens import at_home, box_mesh
from tests.tiles_of_bytes import cmpt, i3dm, oct_encode, unit_block_glb

PLACES = np.array([[10.0, 0.0, 0.0], [0.0, 20.0, 5.0]], "<f4")
TURNED = (np.array([[1.0, 0.0, 0.0]] * 2, "<f4"), np.array([[0.0, 0.0, -1.0]] * 2, "<f4"))
"""NORMAL_UP, NORMAL_RIGHT: the model's y goes east, its x down, so its z goes to right x up = (0, -1, 0)."""


def only(data: bytes, **how: object) -> Instances:
    content = decode_content(data, "x", up_axis="Z", **how)  # type: ignore[arg-type]
    (group,) = content.instances
    return group


def corner(group: Instances, i: int, at: tuple[float, float, float]) -> list[float]:
    """Where a point of the template comes to for one instance."""
    found: list[float] = np.round((group.transforms[i] @ np.array([*at, 1.0]))[:3], 4).tolist()
    return found


def test_every_instance_stands_at_its_position_unturned_where_nothing_is_said() -> None:
    group = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES))
    assert corner(group, 0, (1, 2, 4)) == [11, 2, 4]
    assert corner(group, 1, (1, 2, 4)) == [1, 22, 9]
    assert not group.is_east_north_up


def test_quantised_positions_are_spread_over_their_volume_and_moved_by_the_centre() -> None:
    volume = {"QUANTIZED_VOLUME_OFFSET": [-1, -2, -3], "QUANTIZED_VOLUME_SCALE": [10, 20, 30]}
    stored = np.array([[0, 0, 0], [65535, 65535, 65535]], "<u2")
    group = only(i3dm({"INSTANCES_LENGTH": 2, "RTC_CENTER": [1e6, 0, 0], **volume}, POSITION_QUANTIZED=stored))
    np.testing.assert_allclose(group.transforms[:, :3, 3], [[999999, -2, -3], [1000009, 18, 27]])


def test_right_is_where_x_goes_and_up_is_where_y_goes() -> None:
    group = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, NORMAL_UP=TURNED[0], NORMAL_RIGHT=TURNED[1]))
    assert corner(group, 0, (1, 0, 0)) == [10, 0, -1]
    assert corner(group, 0, (0, 1, 0)) == [11, 0, 0]
    assert corner(group, 0, (0, 0, 1)) == [10, -1, 0]


def test_octahedral_directions_mean_the_same() -> None:
    encoded = {f"NORMAL_{name}_OCT32P": oct_encode(v, 16) for name, v in zip(("UP", "RIGHT"), TURNED, strict=True)}
    group = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, **encoded))
    plain = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, NORMAL_UP=TURNED[0], NORMAL_RIGHT=TURNED[1]))
    np.testing.assert_allclose(group.transforms, plain.transforms, atol=1e-4)


def test_no_instances_need_no_places() -> None:
    content = decode_content(i3dm({"INSTANCES_LENGTH": 0}), "empty.i3dm")
    assert sum(map(len, content.instances)) == 0 and content.diagnostics == ()


def test_scales_apply_before_the_turn() -> None:
    more = {"SCALE": np.array([2.0, 3.0], "<f4"), "SCALE_NON_UNIFORM": np.array([[1, 10, 100]] * 2, "<f4")}
    group = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, NORMAL_UP=TURNED[0], NORMAL_RIGHT=TURNED[1], **more))
    assert corner(group, 0, (0, 1, 0)) == [30, 0, 0]
    assert corner(group, 0, (0, 0, 1)) == [10, -200, 0]
    assert corner(group, 1, (1, 0, 0)) == [0, 20, 2]


def test_east_north_up_stands_upright_on_the_globe() -> None:
    lon, lat = 4.48, 51.92
    place = ecef_from_geodetic([[lon, lat, 30.0]])[0]
    values = {"INSTANCES_LENGTH": 1, "EAST_NORTH_UP": True, "RTC_CENTER": place.tolist()}
    group = only(i3dm(values, POSITION=np.zeros((1, 3), "<f4"), SCALE=np.array([2.0], "<f4")))
    world = world_transforms(group, np.eye(4), lambda points: (points - place) @ enu_matrix(lon, lat)[:3, :3])
    np.testing.assert_allclose(world[0], np.diag([2, 2, 2, 1]), atol=1e-6)


def test_on_a_map_the_map_is_east_north_up() -> None:
    values = {"INSTANCES_LENGTH": 1, "EAST_NORTH_UP": True}
    group = only(i3dm(values, POSITION=np.array([[515000, 6884000, 3]], "<f4")))
    np.testing.assert_allclose(world_transforms(group, np.eye(4), at_home)[0, :3, :3], np.eye(3), atol=1e-9)


def test_a_map_that_stretches_moves_models_but_keeps_their_shape() -> None:
    group = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES))
    world = world_transforms(group, np.eye(4), lambda points: points * (0.6, 0.6, 1.0))
    np.testing.assert_allclose(world[:, :3, 3], PLACES * (0.6, 0.6, 1.0), atol=1e-6)
    np.testing.assert_allclose(world[:, :3, :3], [np.eye(3)] * 2, atol=1e-9)


def test_sky_for_up_is_read_as_it_was_meant_and_told() -> None:
    up, right = np.array([[0, 0, 1]] * 2, "<f4"), np.array([[1, 0, 0], [0, 1, 0]], "<f4")
    data = i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, NORMAL_UP=up, NORMAL_RIGHT=right)
    group = only(data)
    assert corner(group, 0, (0, 0, 1)) == [10, 0, 1]
    assert corner(group, 1, (1, 0, 0)) == [0, 21, 5]
    assert any("NORMAL_UP" in sentence for sentence in decode_content(data, "x").diagnostics)


def test_each_instance_is_a_feature_of_its_own_or_of_its_batch() -> None:
    content = decode_content(i3dm({"INSTANCES_LENGTH": 2}, {"id": ["oak", "elm"]}, POSITION=PLACES), "x")
    assert content.features.ids == ("oak", "elm")
    assert np.asarray(content.instances[0].feature_index).tolist() == [0, 1]
    batches = np.array([1, 1], "u1")
    values = {"INSTANCES_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    content = decode_content(i3dm(values, {"id": ["oak", "elm"]}, POSITION=PLACES, BATCH_ID=batches), "x")
    assert content.features.ids == ("oak", "elm")
    assert np.asarray(content.instances[0].feature_index).tolist() == [1, 1]


def test_a_batch_beyond_the_table_is_nobodys_and_makes_no_rows() -> None:
    values = {"INSTANCES_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_INT"}}
    content = decode_content(i3dm(values, POSITION=PLACES, BATCH_ID=np.array([0, 2**31], "<u4")), "x")
    assert len(content.features) == 2
    assert np.asarray(content.instances[0].feature_index).tolist() == [0, NO_FEATURE]


def test_the_gltf_may_lie_beside_and_name_files_beside_itself() -> None:
    asked: list[str] = []

    def resolve(uri: str) -> bytes:
        asked.append(uri)
        return unit_block_glb()

    data = i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, kind=0, body=b"models/block.glb\x00  ")
    group = only(data, resolve=resolve)
    assert asked == ["models/block.glb"]
    assert len(group) == 2
    assert len(group.meshes) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (i3dm({"INSTANCES_LENGTH": 2**40}, POSITION=PLACES), "INSTANCES_LENGTH"),
        (i3dm({"INSTANCES_LENGTH": 3}, POSITION=PLACES), "POSITION"),
        (i3dm({"INSTANCES_LENGTH": 2}), "POSITION"),
        (i3dm({}, POSITION=PLACES), "INSTANCES_LENGTH"),
        (i3dm({"INSTANCES_LENGTH": 2, "POSITION": {"byteOffset": -4}}), "byteOffset"),
        (i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, kind=0, body=b"a.glb"), "a.glb"),
        (i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, kind=0, body=b"   "), "names no glTF"),
        (i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES)[:200], "cut off"),
        (i3dm({"INSTANCES_LENGTH": 2, "POSITION_QUANTIZED": {"byteOffset": 0}}, X=PLACES), "QUANTIZED_VOLUME"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        decode_content(data, "trees.i3dm")


def test_instances_nowhere_and_directions_of_no_length_cost_themselves_only() -> None:
    places = np.array([[np.nan, 0, 0], [1, 2, 3]], "<f4")
    zero = np.zeros((2, 3), "<f4")
    content = decode_content(i3dm({"INSTANCES_LENGTH": 2}, POSITION=places, NORMAL_UP=zero, NORMAL_RIGHT=zero), "x")
    (group,) = content.instances
    np.testing.assert_allclose(group.transforms[0, :3], [[1, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3]])
    assert np.asarray(group.feature_index).tolist() == [1]
    assert len(content.diagnostics) == 2


def test_a_composite_counts_the_features_of_its_parts_on() -> None:
    part = i3dm({"INSTANCES_LENGTH": 2}, {"id": ["a", "b"]}, POSITION=PLACES)
    content = decode_content(cmpt(part, cmpt(part)), "x")
    assert content.features.ids == ("a", "b", "a", "b")
    assert [np.asarray(group.feature_index).tolist() for group in content.instances] == [[0, 1], [2, 3]]


def test_spelled_out_a_mirrored_instance_is_not_inside_out() -> None:
    mesh = box_mesh((0, 0, 0), (1, 1, 1), None)
    world = np.stack([np.eye(4), np.diag([-1.0, 1.0, 1.0, 1.0])])
    both = spelled_out(mesh, world, np.array([4, 5], np.uint32))
    a, b, c = both.positions[both.triangles].transpose(1, 0, 2)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0.0).all()
    assert np.asarray(both.feature_index)[both.triangles[:, 0]].tolist() == [4] * 12 + [5] * 12


def test_places_that_were_moved_already_are_not_moved_again() -> None:
    transform = np.eye(4)
    transform[:3, 3] = (500000.0, 6800000.0, 0.0)
    box = OrientedBox.from_bounds((499900, 6799900, 0), (500100, 6800100, 0))
    moved = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES + transform[:3, 3].astype("f4")))
    honest = only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES))
    for group, n_said in ((moved, 1), (honest, 0)):
        content = placed_once(TileContent(instances=(group,)), transform, box)
        places = (transform @ content.instances[0].transforms)[:, :3, 3]
        np.testing.assert_allclose(places, PLACES + transform[:3, 3], atol=0.5)
        assert len(content.diagnostics) == n_said


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1), st.sampled_from([8, 16]))
def test_an_octahedral_direction_comes_back(vector: tuple[float, float, float], bits: int) -> None:
    unit = np.array(vector) / np.linalg.norm(vector)
    found = oct_decode(oct_encode([unit], bits))[0]
    assert np.linalg.norm(found) == pytest.approx(1.0)
    assert np.degrees(np.arccos(np.clip(found @ unit, -1, 1))) < {8: 1.5, 16: 0.01}[bits]


@given(st.integers(0, 65535))
def test_a_colour_of_16_bits_keeps_its_bits(value: int) -> None:
    r, g, b = rgb565_decode(np.array([value], np.uint16))[0].tolist()
    assert (round(r * 31 / 255) << 11) | (round(g * 63 / 255) << 5) | round(b * 31 / 255) == value


# -- real files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "pattern", "n"),
    [
        ("nl-trees-i3dm-3857", "tiles/*.i3dm", 23861),
        ("nl-trees-cmpt-3857", "tiles/*.cmpt", 6493),
        ("andijk-dtb-punten-i3dm", "content/*.i3dm", 998),
    ],
)
def test_real_tiles_have_as_many_instances_as_were_counted(
    shared_data: Path, folder: str, pattern: str, n: int
) -> None:
    paths = (shared_data / "3dtiles" / folder).glob(pattern)
    contents = [decode_content(path.read_bytes(), path.name) for path in paths]
    assert sum(len(group) for content in contents for group in content.instances) == n
    assert all(len(content.features) >= len(group) for content in contents for group in content.instances)


def test_real_trees_of_andijk_grow_upwards(shared_data: Path) -> None:
    path = shared_data / "3dtiles/andijk-dtb-punten-i3dm/content/0_0_0.i3dm"
    (group,) = decode_content(path.read_bytes(), path.name).instances
    up = group.transforms[:, :3, 2] / np.linalg.norm(group.transforms[:, :3, 2], axis=1)[:, None]
    places = group.transforms[:, :3, 3]
    outwards = places / (6378137.0**2, 6378137.0**2, 6356752.3**2)
    outwards /= np.linalg.norm(outwards, axis=1)[:, None]
    assert np.einsum("ij,ij->i", up, outwards).min() > 0.9999
    assert np.linalg.norm(places, axis=1).mean() == pytest.approx(6.365e6, rel=1e-3)


def test_real_trees_of_a_map_stand_in_their_tiles_boxes(shared_data: Path) -> None:
    from explorer.tileformat import read_tileset

    folder = shared_data / "3dtiles/nl-trees-i3dm-3857"
    tileset = read_tileset((folder / "tileset.json").read_bytes(), "t")
    tile = tileset.content_uri.index("tiles/tile_5_9.i3dm")
    content = decode_content((folder / "tiles/tile_5_9.i3dm").read_bytes(), "x")
    content = placed_once(content, tileset.transform[tile], tileset.box(tile))
    world = world_transforms(content.instances[0], tileset.transform[tile], at_home)
    assert (np.abs(world[:, :2, 3] - tileset.box(tile).centre[:2]) < 501.0).all()
    crowns = spelled_out(content.instances[0].meshes[0], world, None)
    assert crowns.positions[:, 2].min() > -0.3
    assert crowns.positions[:, 2].max() == pytest.approx(5.29 * 1.99, abs=0.2)


def test_a_template_without_area_and_signalling_numbers_cost_nothing_else() -> None:
    from explorer.streaming import prepare_tile

    flat = Instances((box_mesh((0, 0, 0), (1, 0, 0), None),), np.eye(4)[None])
    assert prepare_tile(TileContent(instances=(flat,)), np.eye(4), at_home).is_empty
    hostile = PLACES.copy()
    hostile.view("<u4")[0, 0] = 0x7F800001
    assert len(only(i3dm({"INSTANCES_LENGTH": 2}, POSITION=hostile))) == 1

"""Bounding volumes as some files have them: regions in degrees or turned round, and boxes without any size."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from explorer.errors import TilesetError
from explorer.tileformat import Tileset, read_tileset
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import implicit_tileset, opened, subtree

DELFT = [0.0760, 0.9077, 0.0761, 0.9078, 10.0, 60.0]
"""West, south, east, north [radians], and heights. [m]"""
DATE_LINE = [3.1410, 0.5, -3.1410, 0.5005, 0.0, 10.0]
NOTHING = {"box": [0.0] * 12}


def _read(root: dict[str, Any]) -> Tileset:
    return read_tileset(tileset_json({**root, "refine": "REPLACE"}), "t?key=1")


def _of_region(region: list[float]) -> dict[str, Any]:
    child = tile_json("a.glb") | {"boundingVolume": {"region": region}}
    return tile_json("r.glb", 10.0, children=[child]) | {"boundingVolume": {"region": region}}


def _degrees(region: list[float]) -> list[float]:
    return [*np.degrees(region[:4]).tolist(), *region[4:]]


def _exchanged(region: list[float], i: int, j: int) -> list[float]:
    made = list(region)
    made[i], made[j] = made[j], made[i]
    return made


@pytest.mark.parametrize(
    ("region", "says"),
    [
        (_degrees(DELFT), "degrees"),
        (_exchanged(DELFT, 0, 2), "exchanged"),
        (_exchanged(DELFT, 1, 3), "exchanged"),
        (_exchanged(DELFT, 4, 5), "exchanged"),
        (_exchanged(_degrees(DELFT), 0, 2), "degrees"),
    ],
)
def test_an_odd_region_is_put_right_and_told_of_once(region: list[float], says: str) -> None:
    right, odd = _read(_of_region(DELFT)), _read(_of_region(region))
    np.testing.assert_allclose(odd.centre, right.centre, atol=1e-3)
    np.testing.assert_allclose(odd.half_axes, right.half_axes, atol=1e-3)
    assert right.diagnostics == ()
    (said,) = odd.diagnostics
    assert says in said and "[t root]" in said


def test_regions_across_the_date_line_and_beyond_half_a_turn_are_as_they_are() -> None:
    for region in (DATE_LINE, [4.4, 0.69, 4.41, 0.7, 0.0, 9.0], [-np.pi, -np.pi / 2, np.pi, np.pi / 2, 0.0, 9.0]):
        assert _read(_of_region(region)).diagnostics == ()
    narrow = _read(_of_region(DATE_LINE))
    assert np.linalg.norm(narrow.half_axes[0], axis=1).max() < 5000.0
    west, south, _east, north, *heights = DELFT
    eastwards = _read(_of_region([2 * np.pi - west, south, 2 * np.pi - west + 1e-4, north, *heights]))
    westwards = _read(_of_region([-west, south, -west + 1e-4, north, *heights]))
    np.testing.assert_allclose(eastwards.centre, westwards.centre, atol=1e-3)


def test_a_region_that_holds_no_angles_costs_its_tile() -> None:
    with pytest.raises(TilesetError, match="no usable bounding volume"):
        _read(_of_region([121_000.0, 487_000.0, 122_000.0, 488_000.0, 0.0, 10.0]))


def test_an_implicit_region_in_degrees_is_divided_as_one_in_radians() -> None:
    trees = []
    for region in (DELFT, _degrees(DELFT)):
        document = json.loads(implicit_tileset(levels=1, available=2))
        document["root"]["boundingVolume"] = {"region": region}
        trees.append(opened(json.dumps(document).encode(), s0_0_0=subtree(1, [1], 1), **_quarters(subtree(1, [1]))))
    assert len(trees[0]) == 5 and trees[0].diagnostics == ()
    np.testing.assert_allclose(trees[1].centre, trees[0].centre, atol=1e-3)
    assert any("degrees" in said for said in trees[1].diagnostics)


def _quarters(data: bytes) -> dict[str, bytes]:
    return {f"s1_{x}_{y}": data for x in range(2) for y in range(2)}


def _tree(**volumes: dict[str, Any]) -> dict[str, Any]:
    """A root, two quarters, and a leaf below the first, each with a box of its own but for those that are given."""
    at = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 4e6, 3e5, 5e6, 1]
    boxes = {
        "r": {"box": [0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 50]},
        "a": {"box": [-50, 0, 0, 50, 0, 0, 0, 100, 0, 0, 0, 50]},
        "b": {"box": [50, 0, 0, 50, 0, 0, 0, 100, 0, 0, 0, 50]},
        "aa": {"box": [-50, 0, 0, 50, 0, 0, 0, 100, 0, 0, 0, 50]},
    } | copy.deepcopy(volumes)

    def tile(name: str, *children: dict[str, Any]) -> dict[str, Any]:
        return tile_json(f"{name}.glb", 5.0, children=list(children)) | {"boundingVolume": boxes[name]}

    return tile("r", tile("a", tile("aa")), tile("b")) | {"transform": at}


@pytest.mark.parametrize(
    ("sizeless", "like"),
    [
        (("r",), {"r": "r"}),  # around what is below it
        (("b",), {"b": "r"}),  # as its parent
        (("a",), {"a": "a"}),
        (("a", "aa"), {"a": "r", "aa": "r"}),
        (("r", "a"), {"r": "r", "a": "aa"}),
        (("r", "b"), {"r": "aa", "b": "aa"}),
    ],
)
@pytest.mark.parametrize("nothing", [NOTHING, {"sphere": [0, 0, 0, 0]}])
def test_a_volume_without_size_takes_that_of_what_is_around_it(
    sizeless: tuple[str, ...], like: dict[str, str], nothing: dict[str, Any]
) -> None:
    whole, found = _read(_tree()), _read(_tree(**dict.fromkeys(sizeless, nothing)))
    rows = {"r": 0, "a": 1, "b": 2, "aa": 3}
    for name, row in rows.items():
        wanted = rows[like.get(name, name)]
        np.testing.assert_allclose(found.centre[row], whole.centre[wanted], err_msg=name)
        np.testing.assert_allclose(np.abs(found.half_axes[row]), np.abs(whole.half_axes[wanted]), err_msg=name)
    (said,) = found.diagnostics
    assert f"without size: {len(sizeless)};" in said and "[t]" in said


def test_a_content_says_where_it_is_when_its_tile_does_not() -> None:
    root = tile_json("r.glb") | {"boundingVolume": NOTHING}
    root["content"]["boundingVolume"] = {"box": [5, 6, 7, 1, 0, 0, 0, 2, 0, 0, 0, 3]}
    tileset = _read(root)
    np.testing.assert_allclose(tileset.centre[0], [5, 6, 7])
    np.testing.assert_allclose(tileset.half_axes[0], np.diag([1, 2, 3]))
    root["content"]["boundingVolume"] = NOTHING  # nothing could ever be seen of it
    assert len(_read(root).content_volumes) == 0


def test_where_no_volume_has_a_size_one_is_guessed() -> None:
    tree = _tree(**dict.fromkeys(("r", "a", "b", "aa"), NOTHING))
    tree["children"][1]["transform"] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 300, 0, 0, 1]
    tileset = _read(tree)
    assert np.abs(tileset.half_axes).max(axis=(1, 2)) == pytest.approx([400, 250, 250, 250])
    np.testing.assert_allclose(tileset.centre[:, 0], [4e6 + 150, 4e6, 4e6 + 300, 4e6])
    (said,) = tileset.diagnostics
    assert "no size" in said and "250 m" in said

"""Tilesets whose volumes are cells of S2 (3DTILES_bounding_volume_S2)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.errors import TilesetError
from explorer.geo import S2Cell, geodetic_from_ecef, s2_boxes
from explorer.tileformat import Tileset, read_tileset
from tests.specimens import tile_json, tileset_json
from tests.tileformat.subtrees import implicit, opened, subtree

DELFT = "47c5b5c4"


def cell(token: Any = DELFT, low: Any = -5.0, high: Any = 95.0) -> dict[str, Any]:
    return {"extensions": {"3DTILES_bounding_volume_S2": {"token": token, "minimumHeight": low, "maximumHeight": high}}}


def needing(tileset: bytes) -> bytes:
    """Says that it cannot be read without."""
    names = ["3DTILES_bounding_volume_S2"]
    return json.dumps({**json.loads(tileset), "extensionsUsed": names, "extensionsRequired": names}).encode()


def place_of(tileset: Tileset, row: int) -> tuple[float, float, float]:
    x, y, z = geodetic_from_ecef(tileset.centre[row][None])[0].tolist()
    return x, y, z


def test_a_tile_is_where_its_cell_is_whatever_its_transform() -> None:
    east = np.eye(4)
    east[0, 3] = 5000.0
    child = tile_json("a.glb", boundingVolume=cell("47c5b5c1"))
    root = tile_json(None, 50.0, refine="ADD", boundingVolume=cell(), children=[child], transform=[*east.T.ravel()])
    tileset = read_tileset(needing(tileset_json(root)), "t", None)
    assert tileset.diagnostics == ()
    lon, lat, height = place_of(tileset, 0)
    assert (lon, lat) == (pytest.approx(4.3554, abs=2e-4), pytest.approx(52.01007, abs=2e-4))
    assert height == pytest.approx(45.0, abs=1.0)
    assert np.linalg.norm(tileset.centre[1] - tileset.centre[0]) < 700.0


@pytest.mark.parametrize("scheme", ["QUADTREE", "OCTREE"])
def test_implicit_tiles_are_the_cells_below(scheme: str) -> None:
    n = 4 if scheme == "QUADTREE" else 8
    z = "" if n == 4 else "_0"
    root = implicit(
        scheme=scheme, boundingVolume=cell("5"), levels=2, available=2, content="c/{level}_{x}_{y}.glb"
    )  # fmt: skip
    tileset = opened(needing(tileset_json(root)), **{f"s0_0_0{z}": subtree(1, [1], 0)})
    assert len(tileset) == 1 + n
    for row, (x, y) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)], 1):
        one = np.array([1])
        heights = (np.array([-5.0]), np.array([95.0 if n == 4 else 45.0]))
        centre, half_axes = s2_boxes(2, one, one * x, one * y, *heights)
        np.testing.assert_allclose(tileset.centre[row], centre[0], atol=1e-6)
        np.testing.assert_allclose(tileset.half_axes[row], half_axes[0], atol=1e-6)
    assert S2Cell.of_token("5") == S2Cell(2, 0, 0, 0)


@pytest.mark.parametrize(
    "volume", [cell("nonsense"), cell(None), cell(low="deep"), cell(high=1e300), {"extensions": []}, {"extensions": {}}]
)
def test_what_is_no_cell_is_said(volume: dict[str, Any]) -> None:
    with pytest.raises(TilesetError, match=r"\[t"):
        read_tileset(tileset_json(tile_json("a.glb", boundingVolume=volume)), "t", None)

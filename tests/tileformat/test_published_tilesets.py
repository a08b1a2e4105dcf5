"""Published tilesets: as many tiles and contents on each level as their files and READMEs tell, in the right places."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from explorer.geo import geodetic_from_ecef
from explorer.store import open_store
from explorer.streaming import load_tileset
from explorer.tileformat import ADD, REPLACE, Tileset, decode_content, read_tileset


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> Path:
    return shared_data / "3dtiles"


def levels(tileset: Tileset) -> list[int]:
    """Tiles on each level."""
    return np.bincount(tileset.level).tolist()


def contents_on_levels(tileset: Tileset) -> Counter[int]:
    """Contents on each level."""
    return Counter({level: n for level in range(99) if (n := sum(
        len(tileset.contents(row)) for row in np.flatnonzero(tileset.level == level)))})  # fmt: skip


def reach(tileset: Tileset, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of a tile's box."""
    return tileset.box(row).bounds()


def check_contents_are_in_their_boxes(folder: Path, tileset: Tileset, slack: float) -> int:
    """Every vertex of every content lies in its tile's box; returns how many there are."""
    found = 0
    for row in range(len(tileset)):
        box = tileset.box(row)
        to_share = np.linalg.inv(box.half_axes + np.eye(3) * 1e-12)
        for uri in tileset.contents(row):
            content = decode_content((folder / uri).read_bytes(), uri, up_axis=tileset.up_axis_of(row))
            points = np.concatenate([mesh.positions for mesh in content.meshes])
            transform = tileset.transform[row]
            share = (points @ transform[:3, :3].T + transform[:3, 3] - box.centre) @ to_share
            assert np.abs(share).max() <= 1.0 + slack
            found += len(points)
    return found


@pytest.mark.parametrize(
    ("name", "by_level"),
    [
        ("SparseImplicitQuadtree", {5: 32}),  # both as their READMEs say
        ("SparseImplicitOctree", {1: 1, 2: 2, 3: 4, 4: 8, 5: 16}),
    ],
)
def test_sparse_implicit_samples(samples: Path, name: str, by_level: dict[int, int]) -> None:
    folder = samples / "samples-1.1" / name
    tileset = load_tileset(open_store(folder))
    assert contents_on_levels(tileset) == by_level
    files = {f"content/{path.name}" for path in (folder / "content").iterdir()}
    assert {uri for uri in tileset.content_uri if uri} == files
    # "No other tiles - except for the ones that have content, and their respective ancestors - are available."
    tiles = {(0,) * (3 if "Quad" in name else 4)}
    for file in files:
        level, *place = (int(number) for number in re.findall(r"\d+", file))
        tiles |= {(level - up, *(value >> up for value in place)) for up in range(level + 1)}
    assert levels(tileset) == [sum(tile[0] == level for tile in tiles) for level in range(6)]
    assert tileset.geometric_error.tolist() == (32.0 / 2.0**tileset.level).tolist()
    assert set(tileset.refine.tolist()) == {ADD}
    assert len(tileset.documents) == len(list((folder / "subtrees").iterdir()))
    assert tileset.diagnostics == ()
    assert check_contents_are_in_their_boxes(folder, tileset, 1e-4) > 0
    np.testing.assert_allclose(np.min([reach(tileset, row)[0] for row in range(len(tileset))], axis=0), 0.0, atol=1e-9)


def test_tienhoven_says_1_0_and_is_implicit(samples: Path) -> None:
    folder = samples / "tienhoven-3dbag-implicit"
    tileset = load_tileset(open_store(folder))
    assert levels(tileset) == [1, 4]
    assert contents_on_levels(tileset) == {1: 4}
    assert any("says 3D Tiles 1.0" in sentence for sentence in tileset.diagnostics)
    assert tileset.geometric_error.tolist() == [2000.0, *[1000.0] * 4]
    west, south, east, north = 0.08849673124663605, 0.910226397236542, 0.08956021156953269, 0.9109160564649954
    places = geodetic_from_ecef(tileset.centre)
    names = [(tileset.content_uri[row] or "")[10:13] for row in range(1, 5)]
    assert sorted(names) == ["0_0", "0_1", "1_0", "1_1"]
    for row, name in enumerate(names, start=1):
        x, y = int(name[0]), int(name[2])
        assert places[row, 0] == pytest.approx(np.degrees(west + (east - west) * (x + 0.5) / 2), abs=1e-6)
        assert places[row, 1] == pytest.approx(np.degrees(south + (north - south) * (y + 0.5) / 2), abs=1e-6)
    tables = [decode_content((folder / uri).read_bytes(), uri).features for uri in tileset.content_uri if uri]
    assert sum(map(len, tables)) == 1784  # as the collection's README counts
    assert len({name for table in tables for name in table.columns["identificatie"]}) == 1783


def test_andijk_has_one_tile_though_its_subtree_has_room_for_five(samples: Path) -> None:
    folder = samples / "andijk-dtb-punten-i3dm"
    data = (folder / "tileset.json").read_bytes().replace(b".i3dm", b".any")
    tileset = read_tileset(data, "t", lambda uri: (folder / uri).read_bytes())
    assert tileset.content_uri == ("content/0_0_0.any",)
    place = geodetic_from_ecef(tileset.centre)[0]
    assert place[:2] == pytest.approx(np.degrees([0.09126041710, 0.92037571424]), abs=3e-5)
    assert place[2] == pytest.approx((37.76394842845641 + 57.81986477012036) / 2, abs=30.0)


def test_the_multiple_contents_sample_has_two(samples: Path) -> None:
    tileset = load_tileset(open_store(samples / "samples-1.1" / "MultipleContents"))
    assert tileset.contents(0) == ("planeTriangles.glb", "planePoints.glb")
    assert len(tileset) == 1


def test_explicit_metadata_of_every_granularity_are_no_hindrance(samples: Path) -> None:
    folder = samples / "samples-1.1" / "MetadataGranularities"
    tileset = load_tileset(open_store(folder))
    assert levels(tileset) == [1, 4]
    files = {path.name for path in folder.glob("*.glb")}
    assert {uri for row in range(5) for uri in tileset.contents(row)} == files
    assert contents_on_levels(tileset)[1] == len(files) == 20
    assert tileset.diagnostics == ()
    full = load_tileset(open_store(samples / "samples-1.1" / "TilesetWithFullMetadata"))
    assert len(full) == 1
    assert full.diagnostics == ()


def test_bounding_box_samples_hold_what_their_names_say(samples: Path) -> None:
    found = 0
    for folder in sorted((samples / "samples-1.1" / "BoundingBoxTests").iterdir()):
        if not folder.is_dir():
            continue
        corners = [[float(n) for n in part.split("_")] for part in folder.name.split("-")]
        tileset = load_tileset(open_store(folder))
        np.testing.assert_allclose(reach(tileset, 0), corners, atol=1e-9)
        assert check_contents_are_in_their_boxes(folder, tileset, 1e-6) > 0
        found += 1
    assert found == 6


def test_the_request_volume_sample(samples: Path) -> None:
    folder = samples / "samples-1.0" / "TilesetWithRequestVolume"
    tileset = load_tileset(open_store(folder))
    assert levels(tileset) == [1, 3, 1, 4]
    assert {uri for uri in tileset.content_uri if uri and uri.startswith("city/")} == {
        f"city/{name}.b3dm" for name in ("ll", "lr", "ur", "ul")
    }
    assert tileset.documents == ("city/tileset.json",)
    volumes = tileset.request_volumes
    assert volumes.tile.tolist() == [3]
    assert volumes.is_ball.tolist() == [True]
    np.testing.assert_allclose(volumes.centre[0], [1215012.2075631288, -4736310.4186773375, 4081602.937346383])
    # 15 in a frame whose x axis is as long as its first column
    stretch = np.linalg.norm([0.9686356343768792, 0.24848542777253732])
    np.testing.assert_allclose(np.linalg.norm(volumes.half_axes[0], axis=1)[0], 15 * stretch)


def test_the_lod_sample_refines_by_replacing_though_a_file_is_missing(samples: Path) -> None:
    tileset = load_tileset(open_store(samples / "samples-1.0" / "TilesetWithDiscreteLOD"))
    assert tileset.content_uri == ("dragon_low.b3dm", "dragon_medium.b3dm", "dragon_high.b3dm")
    assert tileset.refine.tolist() == [REPLACE] * 3
    np.testing.assert_allclose(
        tileset.geometric_error, [100.0, 10.0, 0.0], rtol=1e-6
    )  # its frame is 100 times as large

"""Tiles that share a content: made once where they stand alike, and the same as if each were made by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, OrientedBox, WorldFrame, enu_matrix, fit_world_from
from explorer.jobs import Progress
from explorer.streaming import PreparedMesh, PreparedTile, load_tileset, prepare_tile, world_tree
from explorer.streaming.loading import TileLoader
from explorer.streaming.placing import Placing
from explorer.streaming.repeats import LARGEST_BYTES, MOST_OFF_M, Repeats
from explorer.tileformat import FeatureTable, Points, TileContent
from tests.fakes import FakeStore
from tests.specimens import at_home, block_glb, box_mesh

RD = CompoundCrs("EPSG:28992", "EPSG:5709")
BLOCK = TileContent((box_mesh((5.0, 0.0, 10.0), (10.0, 8.0, 20.0)),), FeatureTable(("a",), {"height": [20.0]}))
HOW = (4.0, False)


class Maker:
    """Prepares tiles, and counts them."""

    def __init__(self) -> None:
        self.n = 0

    def of(
        self,
        content: TileContent,
        transform: NDArray[np.float64],
        way: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    ) -> Callable[[], PreparedTile]:
        def make() -> PreparedTile:
            self.n += 1
            return prepare_tile(content, transform, way, geometric_error=HOW[0], is_replaced=HOW[1])

        return make


def shifted(x: float, y: float, z: float = 0.0, turn_deg: float = 0.0, scale: float = 1.0) -> NDArray[np.float64]:
    matrix = np.eye(4)
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    matrix[:3, :3] *= scale
    matrix[:3, 3] = x, y, z
    return matrix


def expect_same(found: PreparedTile, alone: PreparedTile, off: float) -> None:
    """Two tiles hold the same, in the world, to within `off` metres."""
    np.testing.assert_allclose(found.lo, alone.lo, atol=off)
    np.testing.assert_allclose(found.hi, alone.hi, atol=off)
    assert found.features == alone.features and found.diagnostics == alone.diagnostics
    assert len(found.meshes) == len(alone.meshes)
    for one, other in zip(found.meshes, alone.meshes, strict=True):
        assert isinstance(one, PreparedMesh) and isinstance(other, PreparedMesh)
        np.testing.assert_allclose(found.centre + one.positions, alone.centre + other.positions, atol=off)
        assert np.abs(one.normals.astype(int) - other.normals).max() <= 1
        np.testing.assert_array_equal(one.triangles, other.triangles)
        np.testing.assert_array_equal(one.colours, other.colours)


def test_what_stands_elsewhere_in_the_same_way_is_made_once() -> None:
    repeats, maker = Repeats(), Maker()
    for x in (0.0, 250.0, -1e5):
        place = shifted(x, 3.0 * x, 7.0)
        found = repeats.prepared(BLOCK, place, at_home, HOW, maker.of(BLOCK, place, at_home))
        expect_same(found, prepare_tile(BLOCK, place, at_home, geometric_error=HOW[0]), 1e-4)
    assert maker.n == 1


def test_what_is_turned_or_larger_or_prepared_otherwise_is_made_anew() -> None:
    repeats, maker = Repeats(), Maker()
    for place in (shifted(0, 0), shifted(0, 0, turn_deg=1.0), shifted(0, 0, scale=1.01), shifted(9, 9, turn_deg=90.0)):
        found = repeats.prepared(BLOCK, place, at_home, HOW, maker.of(BLOCK, place, at_home))
        expect_same(found, prepare_tile(BLOCK, place, at_home, geometric_error=HOW[0]), 1e-5)
    assert maker.n == 4
    repeats.prepared(BLOCK, shifted(0, 0), at_home, (8.0, False), maker.of(BLOCK, shifted(0, 0), at_home))
    other = replace(BLOCK)
    repeats.prepared(other, shifted(0, 0), at_home, HOW, maker.of(other, shifted(0, 0), at_home))
    assert maker.n == 6


@given(
    st.floats(-5e4, 5e4), st.floats(-5e4, 5e4), st.floats(-1e-3, 1e-3), st.floats(1 - 1e-5, 1 + 1e-5), st.floats(1, 200)
)
def test_it_is_never_off_by_more_than_is_promised(x: float, y: float, turn: float, scale: float, size: float) -> None:
    content = TileContent((box_mesh((0.0, 0.0, 5.0), (size, size / 2.0, 10.0)),), FeatureTable(("a",)))
    repeats, maker = Repeats(), Maker()
    for place in (shifted(0.0, 0.0), shifted(x, y, 0.0, turn, scale)):
        found = repeats.prepared(content, place, at_home, HOW, maker.of(content, place, at_home))
        expect_same(found, prepare_tile(content, place, at_home, geometric_error=HOW[0]), MOST_OFF_M + 2e-5)
    assert maker.n in (1, 2)


def test_on_the_round_earth_neighbours_are_alike_and_far_ones_are_not() -> None:
    frame = WorldFrame(RD, (92000.0, 437000.0, 0.0))
    repeats, maker = Repeats(), Maker()

    def make_at(lon: float) -> None:
        place = enu_matrix(4.48, 51.92) @ shifted((lon - 4.48) * 68000.0, 0.0)
        box = OrientedBox(place[:3, 3], np.eye(3) * 100.0)
        way = fit_world_from(frame, None, box)
        found = repeats.prepared(BLOCK, place, way, HOW, maker.of(BLOCK, place, way))
        expect_same(found, prepare_tile(BLOCK, place, way, geometric_error=HOW[0]), 3e-4)

    make_at(4.48)
    make_at(4.4801)
    assert maker.n == 1
    make_at(4.6)
    assert maker.n == 2


def test_points_and_large_tiles_are_not_kept_and_neither_is_more_than_there_is_room_for() -> None:
    maker = Maker()
    one = prepare_tile(BLOCK, shifted(0, 0), at_home)
    repeats = Repeats(most_bytes=3 * one.size_bytes)
    dots = replace(BLOCK, points=(Points(np.zeros((2, 3))),))
    n = LARGEST_BYTES // 24 // 24 + 1
    many = TileContent(tuple(box_mesh((float(i), 0.0, 0.0), (1.0, 1.0, 1.0)) for i in range(n)), FeatureTable(("a",)))
    for content in (dots, many):
        for _again in range(2):
            repeats.prepared(content, shifted(0, 0), at_home, HOW, maker.of(content, shifted(0, 0), at_home))
    assert maker.n == 4
    blocks = [replace(BLOCK) for _block in range(5)]
    for content in (*blocks, blocks[-1], blocks[0]):
        repeats.prepared(content, shifted(0, 0), at_home, HOW, maker.of(content, shifted(0, 0), at_home))
    assert maker.n == 4 + 5 + 1, "the last was still there, the first was not"


def test_nothing_and_broken_numbers_are_prepared_as_ever() -> None:
    maker = Maker()
    broken = replace(BLOCK.meshes[0], positions=np.full((24, 3), np.nan))
    for content in (TileContent((), FeatureTable()), TileContent((broken,), FeatureTable(("a",)))):
        Repeats().prepared(content, shifted(0, 0), at_home, HOW, maker.of(content, shifted(0, 0), at_home))
    assert maker.n == 2


def test_a_tileset_whose_tiles_share_files_comes_as_if_each_had_its_own() -> None:
    boxes = [([40.0 * i, 0.0, 10.0, 20, 0, 0, 0, 20, 0, 0, 0, 10], f"{i % 2}.glb") for i in range(8)]
    children = [
        {
            "boundingVolume": {"box": [0.0, 0.0, 10.0, 20, 0, 0, 0, 20, 0, 0, 0, 10]},
            "geometricError": 0.0,
            "content": {"uri": uri},
            "transform": shifted(box[0], 0.0, turn_deg=90.0 * (i > 5)).T.reshape(-1).tolist(),
        }
        for i, (box, uri) in enumerate(boxes)
    ]
    root = {
        "boundingVolume": {"box": [140.0, 0.0, 10.0, 160, 0, 0, 0, 20, 0, 0, 0, 10]},
        "geometricError": 50.0,
        "refine": "ADD",
        "children": children,
    }
    described = {"asset": {"version": "1.1"}, "geometricError": 50.0, "root": root}
    files = {"0.glb": block_glb("a", (0, 0, 5), (10, 8, 10)), "1.glb": block_glb("b", (0, 0, 9), (9, 30, 18))}
    store = FakeStore({**files, "tileset.json": json.dumps(described).encode()})
    tileset = load_tileset(store)
    frame = WorldFrame(RD, (0.0, 0.0, 0.0))

    def loader() -> TileLoader:
        return TileLoader(
            store,
            tileset,
            world_tree(tileset, frame, world_from_tileset=at_home),
            Placing(frame, world_from_tileset=at_home),
        )

    one = loader()
    for tile in range(1, len(tileset)):
        expect_same(one.work(tile)(Progress()), loader().work(tile)(Progress()), 1e-4)
    kept = [one.work(tile)(Progress()).meshes[0] for tile in range(1, len(tileset))]
    assert len({id(mesh) for mesh in kept}) <= 4

"""Large tiles are cut into patches, and what of them cannot be seen is not drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.geo import Camera
from explorer.render import Engine
from explorer.render.packing import PackedMesh, packed_tile
from explorer.render.passes import VIEW_MASK
from explorer.render.patches import LEAST_OF_A_KIND, MOST_TRIANGLES, PIECE_BYTES, cut_into_patches
from explorer.streaming import PreparedTile
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, block, opened, sheet, tile

EYE = Camera((0.0, -40.0, 1.65), width=320, height=192)


def mesh_of(made: PreparedTile) -> PackedMesh:
    (mesh,) = made.meshes
    assert isinstance(mesh, PackedMesh)
    return mesh


def of_many_kinds(houses: int, parts: int, *, in_patches: bool) -> PackedMesh:
    """Houses with lines, ground and water."""
    random = np.random.default_rng(3)
    stands = [block((x, y), (5.0, 6.0, 7.0), i) for i, (x, y) in enumerate(random.uniform(-90.0, 90.0, (houses, 2)))]
    ground = sheet((0.0, 0.0, 0.0), (200.0, 180.0), parts=parts)
    water = sheet((150.0, 0.0, -1.0), (60.0, 180.0), SurfaceClass.WATER, parts=max(parts // 2, 1))
    made = tile(*stands, ground, water, ids=tuple(map(str, range(houses))), with_edges=True)
    return mesh_of(packed_tile(made, in_patches=in_patches))


@given(st.integers(1, 120), st.integers(12, 60))
def test_patches_hold_each_triangle_and_line_once_and_inside_their_boxes(houses: int, parts: int) -> None:
    whole = of_many_kinds(houses, parts, in_patches=False)
    cut = of_many_kinds(houses, parts, in_patches=True)
    if cut.patches is None:
        assert max(map(len, whole.indices.values())) < LEAST_OF_A_KIND or len(whole.rows) <= MOST_TRIANGLES
        return
    assert list(cut.indices) == list(whole.indices)
    position = cut.rows["position"]
    n_triangles = np.zeros(len(cut.patches), np.int64)
    for kind, some in cut.indices.items():
        assert some.dtype == whole.indices[kind].dtype
        assert sorted(map(tuple, some.tolist())) == sorted(map(tuple, whole.indices[kind].tolist()))
        if len(some) < LEAST_OF_A_KIND:
            assert kind not in cut.patches.ends
            continue
        ends = cut.patches.ends[kind]
        assert ends[0] == 0 and ends[-1] == len(some)
        for i in range(len(cut.patches)):
            part = position[some[ends[i] : ends[i + 1]]].reshape(-1, 3)
            assert (part >= cut.patches.lo[i]).all() and (part <= cut.patches.hi[i]).all()
        if some.shape[1] == 3:
            n_triangles += np.diff(ends)
    np.testing.assert_array_equal(cut.patches.n_triangles, n_triangles)
    n_pieces = sum(np.count_nonzero(np.diff(ends)) for ends in cut.patches.ends.values())
    assert cut.size_bytes == whole.size_bytes + n_pieces * PIECE_BYTES, "the limit of memory knows of them"
    assert n_triangles.max() <= MOST_TRIANGLES
    assert len(cut.patches) <= 2 * cut.n_triangles / MOST_TRIANGLES, "halves of what is too large"


def test_patches_are_compact() -> None:
    """Of a square of ground none is longer than a strip of two."""
    mesh = mesh_of(packed_tile(tile(sheet((0.0, 0.0, 0.0), (160.0, 160.0), parts=64)), in_patches=True))
    assert mesh.patches is not None and len(mesh.patches) == 8
    sides = (mesh.patches.hi - mesh.patches.lo)[:, :2]
    assert (sides.prod(axis=1) < 1.2 * 160.0**2 / 8).all()
    assert (sides.max(axis=1) < 2.5 * sides.min(axis=1)).all()


def test_a_small_mesh_stays_whole() -> None:
    positions = np.random.default_rng(1).uniform(0.0, 9.0, (3 * MOST_TRIANGLES, 3)).astype(np.float32)
    triangles = np.arange(3 * MOST_TRIANGLES, dtype=np.uint16).reshape(-1, 3)
    assert cut_into_patches(positions, {"surface": triangles}) is None


@pytest.fixture
def city(gl_engine: Engine) -> Iterator[City]:
    """An empty city that leaves out what others hide."""
    if not gl_engine.is_software:
        pytest.skip("a graphics card draws what others hide")
    with opened(gl_engine, size=(EYE.width, EYE.height)) as city:
        yield city


def attach(city: City, key: str, made: PreparedTile) -> None:
    city.renderer.attach_tile(key, city.renderer.packed(made))
    city.keys.append(key)
    city.renderer.show_tiles(city.keys)


def walk(city: City) -> None:
    """Some steps, each drawn as the window's loop does until nothing changes."""
    for step in range(4):
        city.renderer.set_camera(replace(EYE, position=(0.02 * step, -40.0, 1.65)))
        while city.renderer.prepare_frame():
            city.engine.base.graphics_engine.render_frame()


def parts_left_out(city: City, key: str) -> tuple[int, int]:
    """How many pieces of a tile the picture leaves out because others hide them, and how many there are."""
    nodes = city.renderer.scene.find(f"tile {key}").find_all_matches("**/+GeomNode")
    return sum((node.node().get_draw_show_mask() & VIEW_MASK).is_zero() for node in nodes), len(nodes)


@pytest.mark.xdist_group("gl")
def test_the_part_of_a_tile_behind_a_wall_is_left_out_and_the_picture_is_the_same(city: City) -> None:
    """The wall is as wide as half of the tile behind it, whose ends are seen beside the wall."""
    attach(city, "wall", tile(block((0.0, 0.0), (30.0, 2.0, 20.0))))
    attach(city, "behind", tile(sheet((0.0, 30.0, 6.0), (90.0, 20.0), parts=200)))
    walk(city)
    hidden, n = parts_left_out(city, "behind")
    assert 0.2 * n < hidden < n
    left_out = city.renderer.pixels()
    np.testing.assert_array_equal(city.renderer.screenshot(), left_out)
    assert parts_left_out(city, "behind")[0] == 0, "pictures leave nothing out"


@pytest.mark.xdist_group("gl")
def test_parts_come_back_when_what_hid_them_goes(city: City) -> None:
    attach(city, "wall", tile(block((0.0, 0.0), (30.0, 2.0, 20.0))))
    attach(city, "behind", tile(sheet((0.0, 30.0, 6.0), (90.0, 20.0), parts=200)))
    walk(city)
    assert parts_left_out(city, "behind")[0] > 0
    city.renderer.show_tiles(["behind"])
    walk(city)
    assert parts_left_out(city, "behind")[0] == 0
    drawn = city.renderer.pixels()
    np.testing.assert_array_equal(city.renderer.screenshot(), drawn)


@pytest.mark.xdist_group("gl")
def test_hidden_parts_still_cast_their_shadows(city: City) -> None:
    """A wall that floats hides a roof; the ground in the roof's shade is seen below both."""
    attach(city, "ground", tile(sheet((0.0, 0.0, 0.0), (200.0, 200.0))))
    attach(city, "wall", tile(block((0.0, 0.0), (30.0, 2.0, 11.0), ground=5.0)))
    attach(city, "roof", tile(sheet((0.0, 20.0, 9.0), (90.0, 20.0), parts=260)))
    walk(city)
    city.renderer.set_sun((0.0, 0.2, 0.98), 78.0)  # while the roof is hidden
    walk(city)
    assert parts_left_out(city, "roof")[0] > 0
    drawn = city.renderer.pixels()
    np.testing.assert_array_equal(city.renderer.screenshot(), drawn)
    city.renderer.show_tiles(["ground", "wall"])
    below = np.s_[100:102, 140:180]
    lit = city.renderer.screenshot()[below].mean(axis=2)
    assert (drawn[below].mean(axis=2) < 0.9 * lit).all(), "all in its shade"


@pytest.mark.xdist_group("gl")
def test_a_tile_in_patches_looks_as_it_does_whole(city: City) -> None:
    houses = [block((x, y), (6.0, 6.0, 5.0 + i % 4)) for i, (x, y) in enumerate(np.ndindex(14, 14))]
    spread = [replace(house, positions=house.positions * (9.0, 9.0, 1.0)) for house in houses]
    made = tile(*spread, sheet((60.0, 60.0, 0.0), (160.0, 160.0), parts=40), with_edges=True)
    seen = []
    for packed in (packed_tile(made), packed_tile(made, in_patches=True)):
        city.renderer.detach_tile("town")
        city.renderer.attach_tile("town", packed)
        city.renderer.show_tiles(["town"])
        seen.append(city.look(Camera((60.0, -60.0, 60.0), pitch_deg=-35.0, width=EYE.width, height=EYE.height)))
    off = np.abs(seen[0] - seen[1]).max(axis=2)
    assert (off > 8.0).mean() < 0.001, "what lies in one place may win either way"


@pytest.mark.xdist_group("gl")
def test_what_is_seen_from_afar_alone_stays_whole(city: City) -> None:
    wide = tile(sheet((0.0, 0.0, 0.0), (2000.0, 2000.0), parts=40))
    near = tile(sheet((0.0, 0.0, 0.0), (300.0, 300.0), parts=40))
    packed = city.renderer.packed
    assert mesh_of(packed(wide)).patches is not None, "nothing finer takes its place"
    assert mesh_of(packed(replace(wide, is_finest=False))).patches is None
    assert mesh_of(packed(replace(near, is_finest=False))).patches is not None

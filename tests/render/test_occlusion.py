"""Tiles that others hide are not drawn, and nobody sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.geo import Camera
from explorer.render import Engine
from explorer.render.cells import with_cells
from explorer.render.occlusion import BLOCK_PX, SeenDepth
from explorer.streaming import PreparedMesh, prepare_tile
from explorer.tileformat import Mesh, Points, TileContent
from tests.render.scenery import City, block, opened, sheet, tile

EYE = Camera((0.0, -40.0, 1.65), width=320, height=192)
WALL_M = 20.0


def depth_with(wall_until_px: int, camera: Camera = EYE) -> SeenDepth:
    """A picture with a wall straight ahead from its left edge to a column, and sky elsewhere."""
    nearness = np.zeros((camera.height, camera.width), np.float32)
    nearness[:, :wall_until_px] = camera.near / WALL_M
    return SeenDepth.of(camera, nearness)


def may_see(depth: SeenDepth, lo: tuple[float, ...], hi: tuple[float, ...], camera: Camera = EYE) -> bool:
    (seen,) = depth.sees(camera, np.array([lo]), np.array([hi]))[1]
    return bool(seen)


def test_what_is_behind_the_wall_is_hidden_and_nothing_else() -> None:
    half = depth_with(160)  # all that is west of x = 0
    assert not may_see(half, (-12.0, 30.0, 0.0), (-8.0, 40.0, 4.0))
    assert may_see(half, (8.0, 30.0, 0.0), (12.0, 40.0, 4.0)), "beside the wall"
    assert may_see(half, (-12.0, 30.0, 0.0), (12.0, 40.0, 4.0)), "partly beside it"
    assert may_see(half, (-12.0, -30.0, 0.0), (-8.0, -22.0, 4.0)), "before it"
    assert may_see(half, (-12.0, -30.0, 0.0), (-8.0, 40.0, 4.0)), "from before it to behind it"
    assert may_see(half, (-50.0, -60.0, 0.0), (-1.0, 40.0, 4.0)), "around the eye"


def test_a_gap_of_one_pixel_is_a_gap() -> None:
    nearness = np.full((EYE.height, EYE.width), EYE.near / WALL_M, np.float32)
    assert not may_see(SeenDepth.of(EYE, nearness), (-12.0, 30.0, 0.0), (12.0, 40.0, 4.0))
    nearness[97, 163] = 0.0
    assert may_see(SeenDepth.of(EYE, nearness), (-12.0, 30.0, 0.0), (12.0, 40.0, 4.0))


def test_what_comes_into_the_picture_is_not_known_to_be_hidden() -> None:
    whole = depth_with(EYE.width)
    beside = ((-90.0, 30.0, 0.0), (-70.0, 40.0, 4.0))
    turned = replace(EYE, heading_deg=-50.0)
    assert not may_see(whole, *beside), "out of view"
    assert may_see(whole, *beside, camera=turned)
    assert not may_see(whole, (-12.0, 30.0, 0.0), (-8.0, 40.0, 4.0), camera=replace(EYE, heading_deg=-3.0))


def test_who_moves_far_at_once_sees_everything() -> None:
    whole = depth_with(EYE.width)
    box = ((-12.0, 30.0, 0.0), (-8.0, 40.0, 4.0))
    assert not may_see(whole, *box, camera=replace(EYE, position=(0.05, -40.0, 1.65)))
    assert may_see(whole, *box, camera=replace(EYE, position=(0.0, -40.0, 30.0)))
    assert may_see(whole, *box, camera=replace(EYE, width=640))


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.floats(0.0, 88.0),
    st.floats(0.0, 88.0),
    st.floats(0.5, 40.0),
    st.floats(0.5, 40.0),
    st.integers(0, 99),
)
def test_a_box_is_hidden_only_if_every_pixel_of_it_is(
    width: int, height: int, left: float, bottom: float, across: float, up: float, seed: int
) -> None:
    """Against the plain way: look at each pixel that the box's front touches."""
    camera = Camera((0.0, 0.0, 0.0), width=width, height=height, near=1.0)
    metres = np.random.default_rng(seed).uniform(5.0, 12.0, (height, width)).astype(np.float32)
    depth = SeenDepth.of(camera, (1.0 / metres).astype(np.float32))
    tan_x, tan_y = camera.tan_half_fov
    x = (np.array([left, left + across]) / width * 2.0 - 1.0) * tan_x * 11.0
    z = (np.array([bottom, bottom + up]) / height * 2.0 - 1.0) * tan_y * 11.0
    in_view, seen = depth.sees(camera, np.array([[x[0], 11.0, z[0]]]), np.array([[x[1], 11.5, z[1]]]))
    behind = metres[int(bottom) : int(np.ceil(bottom + up)), int(left) : int(np.ceil(left + across))]
    if in_view[0] and behind.size and behind.max() > 11.001:
        assert seen[0]


@given(arrays(np.float64, (30, 3, 3), elements=st.floats(-90.0, 90.0, width=32)), st.floats(0.01, 1.0))
def test_cells_hold_all_of_a_tile(corners: np.ndarray, size: float) -> None:
    corners[:20] = corners[:20, :1] + (corners[:20] - corners[:20, :1]) * size * 0.1  # most are small
    celled = with_cells(tile(Mesh(corners.reshape(-1, 3), np.arange(90, dtype=np.uint32).reshape(-1, 3))))
    shares = np.random.default_rng(1).dirichlet((1.0, 1.0, 1.0), 40)
    for mesh in celled.meshes:  # without triangles that have no area
        assert isinstance(mesh, PreparedMesh) and celled.cells is not None
        points = np.einsum("pk,tkc->tpc", shares, mesh.positions[mesh.triangles]).reshape(-1, 1, 3)
        inside = ((points >= celled.cells[:, 0] - 1e-3) & (points <= celled.cells[:, 1] + 1e-3)).all(axis=2)
        assert inside.any(axis=1).all()


@pytest.fixture
def street(gl_engine: Engine) -> Iterator[City]:
    """A wall across the view, and 36,000 triangles behind it."""
    with opened(gl_engine, size=(EYE.width, EYE.height)) as city:
        if not gl_engine.is_software:
            pytest.skip("a graphics card draws what others hide")
        city.build(block((0.0, 0.0), (90.0, 2.0, 20.0)), key="wall")
        city.build(sheet((0.0, 60.0, 6.0), (30.0, 30.0), parts=135), key="behind")
        city.renderer.set_camera(EYE)
        yield city


def settle(city: City) -> int:
    """Draw as the window's loop does until nothing changes; how many frames that takes."""
    for n in range(60):
        if not city.renderer.prepare_frame():
            return n
        city.engine.base.graphics_engine.render_frame()
    raise AssertionError("it never comes to rest")


@pytest.mark.xdist_group("gl")
def test_a_tile_behind_a_wall_is_left_out_and_the_picture_is_the_same(street: City) -> None:
    for step in range(4):
        street.renderer.set_camera(replace(EYE, position=(0.02 * step, -40.0, 1.65)))
        settle(street)
    assert street.renderer.n_hidden_tiles == 1
    assert street.renderer.prepare_frame() is False
    left_out = street.renderer.pixels()
    np.testing.assert_array_equal(street.renderer.screenshot(), left_out)
    assert street.renderer.n_hidden_tiles == 0, "pictures leave nothing out"


@pytest.mark.xdist_group("gl")
def test_what_hid_it_goes_and_it_is_there(street: City) -> None:
    for step in range(4):
        street.renderer.set_camera(replace(EYE, position=(0.02 * step, -40.0, 1.65)))
        settle(street)
    assert street.renderer.n_hidden_tiles == 1
    street.renderer.show_tiles(["behind"])
    settle(street)
    assert street.renderer.n_hidden_tiles == 0
    drawn = street.renderer.pixels()
    np.testing.assert_array_equal(street.renderer.screenshot(), drawn)


@pytest.mark.xdist_group("gl")
def test_what_is_left_out_still_casts_its_shadow(street: City) -> None:
    """A tower behind the wall, low sun behind it: its shadow falls before the wall."""
    renderer = street.renderer
    street.build(
        block((0.0, 40.0), (12.0, 4.0, 16.0), ground=3.0), sheet((0.0, 40.0, 18.0), (12.0, 4.0), parts=135), key="tower"
    )
    renderer.set_sun((0.0, 0.95, 0.3), 17.0)
    for step in range(4):
        renderer.set_camera(replace(EYE, position=(0.02 * step, -40.0, 1.65)))
        settle(street)
    assert renderer.n_hidden_tiles >= 1
    drawn = renderer.pixels()
    np.testing.assert_array_equal(renderer.screenshot(), drawn)


@pytest.mark.xdist_group("gl")
def test_dots_that_stand_out_beside_what_hides_their_middles_are_seen(street: City) -> None:
    """The wall's edge is that of a block of the depth; the dots' middles are a pixel and a half behind it."""
    city, focal_px = street, EYE.height / 2.0 / EYE.tan_half_fov[1]
    city.build(block((-10.0, -24.0), (20.0, 2.0, 30.0)), key="wall")
    city.build(sheet((-6.0, -10.0, 1.2), (4.0, 4.0), parts=135), key="behind")
    heights = np.linspace(1.0, 5.0, 6)
    at = np.column_stack([np.full(6, -1.5 / focal_px * 18.0), np.full(6, -22.0), heights])
    red = np.tile(np.array([[255, 0, 0, 255]], np.uint8), (6, 1))
    dots = prepare_tile(TileContent(points=(Points(at, red),)), np.eye(4), lambda points: points)
    city.renderer.attach_tile("dots", city.renderer.packed(dots))
    city.renderer.show_tiles([*city.keys, "dots"])
    for step in range(4):
        city.renderer.set_camera(replace(EYE, heading_deg=0.01 * (3 - step)))
        settle(city)
    assert city.renderer.n_hidden_tiles == 1
    drawn = city.renderer.pixels()
    assert (drawn[..., 0].astype(int) > drawn[..., 1].astype(int) + 30).any(), "dots"
    np.testing.assert_array_equal(city.renderer.screenshot(), drawn)


@pytest.mark.xdist_group("gl")
def test_a_wall_straight_ahead_does_not_hide_itself(street: City) -> None:
    """Its depth is that of its box's front, but for how the depth is rounded: at some distances it is less."""
    sheet_up = sheet((0.0, 0.0, 0.0), (60.0, 60.0), parts=135)
    hidden = []
    for away in np.arange(8.0, 13.0, 0.25):
        at = sheet_up.positions[:, [0, 2, 1]] + (0.0, EYE.position[1] + away, 0.0)
        street.renderer.attach_tile("wall", tile(replace(sheet_up, positions=at)))
        street.renderer.show_tiles(["wall"])
        for step in range(6):
            street.renderer.set_camera(replace(EYE, position=(0.002 * step, *EYE.position[1:])))
            street.renderer.prepare_frame()
            street.engine.base.graphics_engine.render_frame()
            hidden.append(street.renderer.n_hidden_tiles)
    assert not any(hidden)


def test_blocks_divide_pictures_of_any_size() -> None:
    for width, height in ((1, 1), (BLOCK_PX, BLOCK_PX + 1), (33, 70), (1280, 720)):
        camera = Camera((0.0, 0.0, 0.0), width=width, height=height)
        depth = SeenDepth.of(camera, np.full((height, width), 0.1, np.float32))
        assert depth.farthest[0].shape == (-(-height // BLOCK_PX), -(-width // BLOCK_PX))
        assert all(float(level.max()) == pytest.approx(camera.near / 0.1) for level in depth.farthest)

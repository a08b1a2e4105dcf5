"""A view from its making to its end: the same bytes again, other sizes, and everything given back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.render import Engine
from explorer.streaming import PreparedTile
from explorer.tileformat import FeatureTable
from tests.render.scenery import City, above, block, opened, sheet, tile, towards

pytestmark = pytest.mark.xdist_group("gl")

EYE = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0))


def _furnish(city: City) -> None:
    houses = (block((-15.0, 0.0), (20.0, 20.0, 10.0), 0), block((15.0, 5.0), (12.0, 20.0, 18.0), 1))
    city.build(sheet((0.0, 0.0, 0.0), (300.0, 300.0)), *houses, ids=("a", "b"), with_edges=True)
    city.propose(block((0.0, -25.0), (10.0, 10.0, 9.0)))


def test_the_same_view_is_the_same_bytes_whenever_and_by_whom_it_is_drawn(gl_engine: Engine) -> None:
    pictures = []
    for _ in range(2):
        with opened(gl_engine) as city:
            _furnish(city)
            pictures += [city.look(EYE), city.look(EYE)]
            city.look(above(0.0, 0.0, 50.0))
            pictures.append(city.look(EYE))
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


def test_resizing_gives_the_new_size_and_keeps_squares_square(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), block((0.0, 0.0), (20.0, 20.0, 1.0)), ids=("square",))
    city.renderer.set_shadows(False)
    for size in ((160, 120), (200, 80), (90, 120), (160, 120)):
        city.renderer.resize(*size)
        picture = city.look(above(0.0, 0.0, 80.0, size=size))
        assert picture.shape == (size[1], size[0], 3)
        roof = np.abs(picture - picture[0, 0]).max(axis=-1) > 8.0
        wanted = 20.0 * (200.0 / 199.0) * size[0] / 80.0
        assert roof.any(axis=0).sum() == pytest.approx(wanted, abs=1.5)
        assert roof.any(axis=1).sum() == pytest.approx(wanted, abs=1.5)


def test_a_size_of_nothing_is_ignored(city: City) -> None:
    city.renderer.resize(0, 100)
    assert city.look(EYE).shape == (120, 160, 3)


def test_a_closed_view_gives_its_buffers_and_its_place_in_the_window_back(gl_engine: Engine) -> None:
    windows = gl_engine.base.graphics_engine.get_windows
    before = (len(windows()), gl_engine.window.get_num_display_regions())
    for _ in range(3):
        with opened(gl_engine) as city:
            _furnish(city)
            city.look(EYE)
            assert len(windows()) > before[0]
    assert (len(windows()), gl_engine.window.get_num_display_regions()) == before


def test_a_picture_leaves_the_window_as_it_was(gl_engine: Engine, city: City) -> None:
    for is_drawn in (True, False, True):
        gl_engine.window.set_active(is_drawn)
        city.look(EYE)
        city.renderer.pick(80.0, 60.0)
        assert gl_engine.window.is_active() == is_drawn


def test_two_views_at_once_do_not_disturb_each_other(gl_engine: Engine) -> None:
    with opened(gl_engine) as one:
        _furnish(one)
        alone = one.look(EYE)
        with opened(gl_engine, size=(64, 48)) as other:
            other.build(block((0.0, 0.0), (30.0, 30.0, 30.0)), ids=("other",))
            other.look(above(0.0, 0.0, 50.0, size=(64, 48)))
            assert np.array_equal(one.look(EYE), alone)
        assert np.array_equal(one.look(EYE), alone)


def test_tiles_that_come_and_go_leave_nothing_behind(city: City) -> None:
    _furnish(city)
    picture = city.look(EYE)
    nodes, held = city.renderer.scene.find_all_matches("**").get_num_paths(), city.renderer.resident_bytes
    guest = tile(sheet((0.0, 30.0, 0.1), (30.0, 30.0)), block((0.0, 30.0), (5.0, 5.0, 5.0)), ids=("guest",))
    for turn in range(200):
        city.renderer.attach_tile("guest", guest)
        city.renderer.show_tiles(["tile", "guest"])
        if turn % 50 == 0:
            # its vertices have a place in a page that is counted already
            assert city.renderer.resident_bytes >= held + guest.n_triangles * 12
            assert not np.array_equal(city.look(EYE), picture)
        city.renderer.detach_tile("guest")
        city.renderer.show_tiles(["tile"])
    assert city.renderer.resident_bytes == held
    assert city.renderer.scene.find_all_matches("**").get_num_paths() == nodes
    assert np.array_equal(city.look(EYE), picture)


def test_a_tile_attached_again_under_its_key_replaces_the_one_before(city: City) -> None:
    _furnish(city)
    city.look(EYE)
    held = city.renderer.resident_bytes
    _furnish(city)
    assert city.renderer.resident_bytes == held
    assert city.renderer.shown_triangles == 2 + 2 * 12


def test_tiles_are_drawn_only_while_they_are_shown(city: City) -> None:
    bare = city.look(EYE)
    city.renderer.attach_tile("tile", tile(block((0.0, 0.0), (20.0, 20.0, 10.0)), ids=("a",)))
    assert np.array_equal(city.look(EYE), bare)
    city.renderer.show_tiles(["tile", "unknown"])
    assert not np.array_equal(city.look(EYE), bare)
    city.renderer.show_tiles([])
    assert np.array_equal(city.look(EYE), bare)


def test_an_empty_tile_is_nothing(city: City) -> None:
    _furnish(city)
    before = city.look(EYE)
    nowhere = np.zeros(3)
    city.renderer.attach_tile("empty", PreparedTile(nowhere, (), FeatureTable(), nowhere, nowhere, 0))
    city.renderer.show_tiles(["tile", "empty"])
    assert np.array_equal(city.look(EYE), before)


@pytest.mark.parametrize("everywhere", [False, True], ids=["one vertex", "bounds too"])
def test_a_tile_with_positions_that_are_no_numbers_harms_no_other(everywhere: bool, city: City) -> None:
    _furnish(city)
    before = city.look(EYE)
    sound = tile(block((0.0, 40.0), (5.0, 5.0, 5.0)), ids=("broken",))
    mesh = sound.meshes[0]
    positions = mesh.positions.copy()
    positions[:: 1 if everywhere else 7] = np.nan
    broken = replace(sound, meshes=(replace(mesh, positions=positions),))
    if everywhere:
        broken = replace(broken, lo=sound.lo * np.nan, hi=sound.hi * np.nan)
    city.renderer.attach_tile("broken", broken)
    city.renderer.show_tiles(["tile", "broken"])
    after = city.look(EYE)
    assert np.mean(np.abs(after - before).max(axis=-1) > 8.0) < 0.03
    found = city.renderer.pick(80.0, 60.0)
    assert found is not None and found.tile == "tile"
    city.renderer.detach_tile("broken")
    assert np.array_equal(city.look(EYE), before)

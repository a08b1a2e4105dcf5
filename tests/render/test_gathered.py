"""Small tiles share buffers and calls, and nobody sees it: pictures, picks and memory are as if each stood alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import explorer.render.tiles as tiles_module
from explorer.render import packed_tile
from explorer.render.runs import Runs
from explorer.streaming import PreparedTile
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, above, block, sheet, tile, towards

pytestmark = pytest.mark.xdist_group("gl")

X, Y = 500.0, -700.0
"""Middle of the town: pages are squares of the map, and the origin is a corner of one."""
EYE = towards((X + 60.0, Y - 160.0, 90.0), (X, Y, 0.0), fov=50.0)


def _town() -> dict[str, PreparedTile]:
    """Nine tiles of a house on its ground, one with water, with lines."""
    found = {}
    for i in range(9):
        x, y = (i % 3 - 1) * 50.0, (i // 3 - 1) * 50.0
        kind = SurfaceClass.WATER if i == 4 else SurfaceClass.TERRAIN
        meshes = (sheet((0.0, 0.0, 0.0), (48.0, 48.0), kind), block((0.0, 0.0), (14.0, 10.0 + i, 6.0 + 2.0 * i)))
        found[f"tile {i}"] = tile(*meshes, ids=(f"house {i}",), at=(X + x, Y + y, 0.0), with_edges=True)
    return found


def _shown(city: City, town: dict[str, PreparedTile]) -> City:
    for key, one in town.items():
        city.renderer.attach_tile(key, packed_tile(one))
    city.renderer.show_tiles(list(town))
    return city


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tile counts as small."""
    monkeypatch.setattr(tiles_module, "is_small", lambda tile: False)


def test_gathered_tiles_look_as_if_each_stood_alone(city: City, request: pytest.FixtureRequest) -> None:
    town = _town()
    together = _shown(city, town).look(EYE)
    assert city.renderer.n_geoms <= 4, "a call for land, one for water, one each for long and short lines"
    for key in town:
        city.renderer.detach_tile(key)
    request.getfixturevalue("alone")
    apart = _shown(city, town).look(EYE)
    assert city.renderer.n_geoms > 9
    difference = np.abs(together - apart).max(axis=-1)
    assert difference.max() <= 6.0, "lines are blended in another order where tiles meet"
    assert (difference > 0.0).mean() < 0.002


def test_what_is_under_the_pointer_is_the_feature_of_its_own_tile(city: City) -> None:
    town = _shown(city, _town())
    camera = above(X, Y, 160.0)
    city.look(camera)
    for i in range(9):
        x, y = (i % 3 - 1) * 50.0, (i // 3 - 1) * 50.0
        px = (80.0 + x * 1.0, 60.0 - y * 1.0)
        found = town.renderer.pick(*px)
        assert found is not None
        assert (found.tile, found.feature_id, found.feature_row) == (f"tile {i}", f"house {i}", 0)


def test_a_selected_house_leaves_its_page_and_comes_back(city: City) -> None:
    _shown(city, _town())
    before, calls = city.look(EYE), city.renderer.n_geoms
    city.renderer.set_highlight(frozenset({"house 7"}))
    selected = city.look(EYE)
    assert city.renderer.n_geoms > calls
    assert np.abs(selected - before).max() > 20.0
    city.renderer.set_highlight(frozenset())
    assert np.abs(city.look(EYE) - before).max() <= 1.0
    assert city.renderer.n_geoms == calls


def test_tiles_that_come_and_go_in_pages_leave_no_trace(city: City) -> None:
    town = _town()
    _shown(city, town)
    before, held = city.look(EYE), city.renderer.resident_bytes
    rng = np.random.default_rng(3)
    for _turn in range(60):
        some = [f"tile {i}" for i in rng.permutation(9)[: rng.integers(1, 9)]]
        for key in some:
            city.renderer.detach_tile(key)
        for key in reversed(some):
            city.renderer.attach_tile(key, packed_tile(town[key]))
        city.renderer.show_tiles(list(town))
    assert city.renderer.resident_bytes == held
    assert np.abs(city.look(EYE) - before).max() <= 1.0


def test_a_town_of_small_tiles_far_apart_is_as_sharp_as_one_tile(city: City) -> None:
    far = replace_centre(_town()["tile 0"], (9000.0, -7000.0, 0.0))
    city.renderer.attach_tile("near", _town()["tile 0"])
    city.renderer.attach_tile("far", far)
    city.renderer.show_tiles(["near", "far"])
    city.renderer.set_shadows(False)
    near_eye, far_eye = above(X - 50.0, Y - 50.0, 40.0), above(X + 8950.0, Y - 7050.0, 40.0)
    assert np.abs(city.look(near_eye) - city.look(far_eye)).max() <= 2.0


def replace_centre(one: PreparedTile, by: tuple[float, float, float]) -> PreparedTile:
    """The same tile elsewhere."""
    shift = np.array(by)
    return replace(one, centre=one.centre + shift, lo=one.lo + shift, hi=one.hi + shift)


@given(st.lists(st.integers(1, 40), max_size=40), st.randoms(use_true_random=False))
def test_runs_never_overlap_and_grow_together_again(sizes: list[int], random: Any) -> None:
    runs = Runs(256)
    taken: list[tuple[int, int]] = []
    used: NDArray[np.int64] = np.zeros(256, np.int64)
    for n in sizes:
        start = runs.take(n)
        if start is None:
            assert not any((used[i : i + n] == 0).all() for i in range(256 - n + 1)), "there was room"
        else:
            assert (used[start : start + n] == 0).all()
            used[start : start + n] = 1
            taken.append((start, n))
        if taken and random.random() < 0.5:
            start, n = taken.pop(random.randrange(len(taken)))
            runs.give_back(start, n)
            used[start : start + n] = 0
        assert runs.n_free == int((used == 0).sum())
    for start, n in taken:
        runs.give_back(start, n)
    assert runs.take(256) == 0

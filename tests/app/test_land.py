"""How high a city lies: the land beyond it, and the ground that is looked at on its hills."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.app.land import Land
from explorer.geo import Camera

_SIDE = 100.0


def _slope(*, is_guessed: bool = True) -> Land:
    """Tiles of houses up a hill that rises by 300 m over 2 km to the east, one high tile of terrain below them all."""
    land = Land(lambda: -5.0, is_guessed=is_guessed)
    shown = []
    for x in range(20):
        for y in range(-5, 5):
            foot = 300.0 * x / 20.0
            lo, hi = np.array([x * _SIDE, y * _SIDE, foot]), np.array([(x + 1) * _SIDE, (y + 1) * _SIDE, foot + 12.0])
            land.take((x, y), lo, hi)
            shown.append((x, y))
    land.take("terrain", np.array([0.0, -500.0, 0.0]), np.array([2000.0, 500.0, 300.0]))
    land.show([*shown, "terrain"])
    return land


@pytest.mark.parametrize("tile", [0, 5, 12, 19])
@pytest.mark.parametrize("pitch", [-90.0, -40.0, -15.0])
def test_what_is_looked_at_lies_as_high_as_the_tile_in_the_middle_of_the_picture(tile: int, pitch: float) -> None:
    land = _slope()
    there = np.array([(tile + 0.5) * _SIDE, 20.0, 300.0 * tile / 20.0])
    ahead = Camera((0.0, 0.0, 0.0), 270.0, pitch).forward
    eye = there - ahead * 250.0  # looking west, down the slope or level with it
    camera = Camera((float(eye[0]), float(eye[1]), float(eye[2])), 270.0, pitch)
    assert land.looked_at(camera) == pytest.approx(there[2], abs=32.0)  # two tiles' rise


def test_who_looks_into_the_sky_looks_from_the_ground_below() -> None:
    land = _slope()
    assert land.looked_at(Camera((1250.0, 0.0, 230.0), 0.0, 20.0)) == pytest.approx(180.0)
    assert land.looked_at(Camera((-3000.0, 0.0, 230.0), 270.0, 20.0)) == land.height


def test_in_a_flat_city_what_is_looked_at_is_the_land() -> None:
    land = Land(lambda: 0.0, is_guessed=True)
    for k in range(50):
        land.take(k, np.array([k * 50.0, 0.0, 2.0 + k % 3]), np.array([k * 50.0 + 50.0, 50.0, 20.0]))
    land.show(list(range(50)))
    assert land.looked_at(Camera((100.0, -100.0, 80.0), 0.0, -30.0)) == land.height == pytest.approx(1.98, abs=0.05)


def test_tiles_that_have_gone_are_looked_at_no_more_but_still_tell_of_the_land() -> None:
    land = _slope()
    camera = Camera((1950.0, 0.0, 400.0), 0.0, -90.0)
    assert land.looked_at(camera) == pytest.approx(285.0)
    height = land.height
    for y in range(-5, 5):
        land.forget((19, y))
    land.show([(0, 0), "terrain"])
    assert land.looked_at(camera) == pytest.approx(0.0) and land.height == height


def test_many_tiles_are_gathered_after_some_frames() -> None:
    land = _slope()
    more = []
    for k in range(400):
        lo = np.array([5000.0 + k, 0.0, 500.0])
        land.take(k, lo, lo + 40.0)
        more.append(k)
    camera = Camera((5200.0, 20.0, 900.0), 0.0, -90.0)
    land.looked_at(camera)
    land.show(more)
    found = [land.looked_at(camera) for _frame in range(20)]
    assert found[-1] == pytest.approx(500.0)


def test_where_an_index_tells_what_is_built_the_land_does_not_follow_the_tiles() -> None:
    assert _slope(is_guessed=False).height == pytest.approx(-5.02)
    assert _slope().height < 45.0


def test_in_a_large_tile_the_part_that_is_nearest_says_how_high_the_ground_is() -> None:
    """As of a whole hill seen from afar."""
    land = Land(lambda: 0.0, is_guessed=True)
    x = np.arange(0.0, 2000.0, 125.0)
    lo = np.stack([x, np.full(16, -500.0), 0.15 * x], axis=1)
    cells = np.stack([lo, lo + np.array([125.0, 1000.0, 30.0])], axis=1)
    centre = np.array([1000.0, 0.0, 100.0])
    land.take("hill", cells[:, 0].min(axis=0), cells[:, 1].max(axis=0), (centre, (cells - centre).astype(np.float32)))
    land.show(["hill"])
    for place in (300.0, 1800.0):
        seen = land.looked_at(Camera((place, 0.0, 900.0), 0.0, -89.0))
        assert seen == pytest.approx(0.15 * place, abs=0.15 * 125.0 + 6.0)


def test_a_roof_is_no_ground() -> None:
    """A tower whose middle parts hold its roof alone, in a plain and in a tile of a city that has a hill elsewhere."""
    land = Land(lambda: 0.0, is_guessed=True)
    x, y = (some.ravel() for some in np.meshgrid(np.arange(0.0, 320.0, 20.0), np.arange(0.0, 320.0, 20.0)))
    is_tower = (np.abs(x - 150.0) < 35.0) & (np.abs(y - 150.0) < 35.0)
    lo = np.stack([x, y, np.where(is_tower, 60.0, 0.0)], axis=1)
    cells = np.stack([lo, lo + np.array([20.0, 20.0, 1.0])], axis=1)
    land.take("tower", np.zeros(3), np.array([320.0, 320.0, 61.0]), (np.zeros(3), cells.astype(np.float32)))
    land.show(["tower"])
    camera = Camera((160.0, 160.0, 300.0), 0.0, -89.0)
    assert land.looked_at(camera) == land.height
    for k in range(20):
        land.take(k, np.array([5000.0 + k, 0.0, 200.0]), np.array([5100.0, 100.0, 220.0]))
    land.show(["tower", *range(20)])
    assert land.looked_at(camera) == pytest.approx(0.0)


def test_a_damaged_tile_says_nothing() -> None:
    land = _slope()
    height = land.height
    land.take("broken", np.array([0.0, 0.0, -np.inf]), np.array([0.0, np.nan, 0.0]))
    assert land.height == height

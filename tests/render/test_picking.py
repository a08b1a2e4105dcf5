"""What is under a pixel: which feature of which tile, and where in the world to the centimetre."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from explorer.geo import Camera
from explorer.render import Engine, Pick
from tests.render.scenery import SIZE, City, Point, block, moved, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

FAR = (31_000.0, -26_000.0, 12.0)
"""40 km away from the scene's origin. [m]"""
EYE = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0))


@pytest.fixture(params=[(0.0, 0.0, 0.0), FAR], ids=["at the origin", "40 km away"])
def block_city(request: pytest.FixtureRequest, gl_engine: Engine) -> Iterator[City]:
    """A block of two tiles' features on the ground, near the scene's origin and far from it."""
    with opened(gl_engine, at=request.param) as city:
        ground = sheet((0.0, 0.0, 0.0), (400.0, 400.0))
        city.build(ground, block((-15.0, 0.0), (20.0, 20.0, 10.0), 1), ids=("nothing", "west"), key="one")
        city.build(block((15.0, 0.0), (20.0, 20.0, 10.0), 0), ids=("east",), key="two")
        city.look(EYE)
        yield city


def _under(city: City, point: Point, camera: Camera = EYE) -> Pick | None:
    x, y, _depth = camera.project(np.array([point]))[0]
    return city.renderer.pick(float(x), float(y))


def _place(city: City, pick: Pick) -> np.ndarray:
    return np.asarray(pick.position) - np.asarray(city.at)


def test_a_pick_names_feature_and_tile_and_knows_the_place_to_two_centimetres(block_city: City) -> None:
    for point, tile, row, feature in (
        ((-15.0, -10.0, 5.0), "one", 1, "west"),
        ((-20.0, 3.0, 10.0), "one", 1, "west"),
        ((15.0, 4.0, 10.0), "two", 0, "east"),
        ((20.0, -30.0, 0.0), "one", None, None),
    ):
        found = _under(block_city, point)
        assert found is not None
        assert (found.tile, found.feature_row, found.feature_id, found.proposal_id) == (tile, row, feature, None)
        assert np.linalg.norm(_place(block_city, found) - point) < 0.02


def test_the_sky_is_nothing_and_the_land_beyond_the_data_too(block_city: City) -> None:
    up = towards((0.0, 0.0, 20.0), (0.0, 100.0, 60.0))
    block_city.look(up)
    assert block_city.renderer.pick(80.0, 60.0) is None
    out = towards((0.0, 0.0, 20.0), (0.0, 900.0, 0.0))
    block_city.look(out)
    assert block_city.renderer.pick(80.0, 60.0) is None


def test_proposals_are_picked_by_their_own_name_and_cover_what_is_behind(block_city: City) -> None:
    block_city.propose(block((-15.0, -20.0), (8.0, 8.0, 12.0)), block((15.0, -20.0), (8.0, 8.0, 6.0)))
    block_city.look(EYE)
    for point, name in (((-15.0, -24.0, 9.0), "p0"), ((15.0, -20.0, 6.0), "p1")):
        found = _under(block_city, point)
        assert found is not None
        assert (found.proposal_id, found.feature_id, found.tile) == (name, None, None)
        assert np.linalg.norm(_place(block_city, found) - point) < 0.02
    block_city.propose()
    found = _under(block_city, (-15.0, -10.0, 9.5))
    assert found is not None and found.feature_id == "west"


def test_a_pick_follows_the_camera_without_a_frame_between(block_city: City) -> None:
    block_city.look(EYE)
    other = towards((50.0, 60.0, 30.0), (0.0, 0.0, 5.0))
    block_city.renderer.set_camera(moved(other, block_city.at))
    found = _under(block_city, (15.0, 10.0, 6.0), other)
    assert found is not None and found.feature_id == "east"
    assert np.linalg.norm(_place(block_city, found) - (15.0, 10.0, 6.0)) < 0.02


def test_a_tile_that_is_not_shown_is_not_picked(block_city: City) -> None:
    block_city.renderer.show_tiles(["one"])
    found = _under(block_city, (15.0, 4.0, 10.0))
    assert found is not None and found.tile == "one" and found.feature_id is None


def test_a_pick_changes_nothing_of_the_picture(block_city: City) -> None:
    before = block_city.look(EYE)
    for at in ((-15.0, -10.0, 5.0), (20.0, -30.0, 0.0)):
        _under(block_city, at)
    assert np.array_equal(block_city.renderer.screenshot(), before)


def test_every_pixel_agrees_with_the_picture_about_what_is_there(block_city: City) -> None:
    picture = block_city.look(EYE)
    block_city.renderer.set_highlight(frozenset({"west"}))
    changed = np.abs(block_city.look(EYE) - picture).max(axis=-1) > 0.0
    chance = np.random.default_rng(5)
    for column, row in zip(chance.integers(0, SIZE[0], 60), chance.integers(0, SIZE[1], 60), strict=True):
        found = block_city.renderer.pick(column + 0.5, row + 0.5)
        assert (found is not None and found.feature_id == "west") == changed[row, column], (column, row)

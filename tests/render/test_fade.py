"""A level of detail becomes another pixel by pixel: no hole, no pop; nothing of it where nobody tells the time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import explorer.render.tiles as tiles_module
from explorer.render import Engine
from explorer.render.fade import Fading
from explorer.streaming import PreparedTile
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, above, block, opened, sheet, tile

pytestmark = pytest.mark.xdist_group("gl")

EYE = above(0.0, 0.0, 60.0)
RED, BLUE = (200, 40, 40), (40, 40, 200)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tile counts as small: those change at once."""
    monkeypatch.setattr(tiles_module, "is_small", lambda tile: False)


@pytest.fixture
def levels(city: City) -> City:
    """A coarse tile, shown, and a fine one of the same ground."""
    city.renderer.set_fading(True)
    for key, colour in (("coarse", RED), ("fine", BLUE), ("finest", (40, 200, 40))):
        city.renderer.attach_tile(key, _ground(colour))
    city.renderer.show_tiles(["coarse"])
    city.renderer.advance(9.0)
    return city


def _ground(colour: tuple[int, int, int]) -> PreparedTile:
    mesh = sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.UNKNOWN)
    return tile(replace(mesh, colours=np.tile(np.array([*colour, 255], np.uint8), (len(mesh.positions), 1))))


def _share(seen: Levels, of: int) -> float:
    """Of the pixels in which the red, green or blue one is the greatest."""
    return float((seen.argmax(axis=-1) == of).mean())


def test_what_comes_and_what_goes_share_the_pixels(levels: City) -> None:
    levels.renderer.show_tiles(["fine"])
    shares = []
    for _ in range(4):
        levels.renderer.advance(0.05)
        seen = levels.look(EYE)
        shares.append(_share(seen, 2))
        assert shares[-1] + _share(seen, 0) == 1.0, "no pixel shows the land behind"
    assert np.allclose(shares, [0.2, 0.4, 0.6, 0.8], atol=0.03)
    levels.renderer.advance(0.06)
    assert _share(levels.look(EYE), 2) == 1.0


def test_a_change_of_mind_goes_back_without_a_hole(levels: City) -> None:
    levels.renderer.show_tiles(["fine"])
    levels.renderer.advance(0.1)
    levels.renderer.show_tiles(["coarse"])
    levels.renderer.advance(0.05)
    seen = levels.look(EYE)
    assert _share(seen, 2) == pytest.approx(0.2, abs=0.03)
    assert _share(seen, 0) + _share(seen, 2) == 1.0
    levels.renderer.advance(0.06)
    assert _share(levels.look(EYE), 0) == 1.0


def test_what_is_replaced_before_it_was_there_leaves_no_hole(levels: City) -> None:
    levels.renderer.show_tiles(["fine"])
    levels.renderer.advance(0.1)
    levels.renderer.show_tiles(["finest"])
    levels.renderer.advance(0.05)
    seen = levels.look(EYE)
    assert _share(seen, 1) == pytest.approx(0.6, abs=0.03)
    assert _share(seen, 0) == pytest.approx(0.4, abs=0.03)


def test_a_frame_is_due_while_something_fades_and_none_after(levels: City) -> None:
    renderer = levels.renderer
    renderer.prepare_frame()
    renderer.show_tiles(["fine"])
    for _ in range(3):
        assert renderer.prepare_frame()
        renderer.advance(0.1)
    assert renderer.prepare_frame()
    renderer.advance(0.1)
    assert not renderer.prepare_frame()


def test_a_tile_that_is_let_go_while_it_fades_is_gone(levels: City) -> None:
    levels.renderer.show_tiles(["fine"])
    levels.renderer.advance(0.1)
    levels.renderer.detach_tile("coarse")
    levels.renderer.advance(0.05)
    assert _share(levels.look(EYE), 0) < 0.5
    levels.renderer.advance(1.0)
    assert _share(levels.look(EYE), 2) == 1.0


def test_without_a_clock_levels_change_at_once(city: City) -> None:
    for key, colour in (("coarse", RED), ("fine", BLUE)):
        city.renderer.attach_tile(key, _ground(colour))
    city.renderer.show_tiles(["coarse"])
    assert _share(city.look(EYE), 0) == 1.0
    city.renderer.show_tiles(["fine"])
    assert _share(city.look(EYE), 2) == 1.0


def test_what_goes_casts_no_second_shadow(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.build(sheet((0.0, 0.0, 0.0), (200.0, 200.0)), key="ground")
        for key in ("coarse", "fine"):
            city.renderer.attach_tile(key, tile(block((0.0, 0.0), (20.0, 20.0, 15.0)), ids=("house",)))
        city.renderer.show_tiles(["ground", "fine"])
        alone = city.look(above(0.0, 0.0, 120.0))
        city.renderer.set_fading(True)
        city.renderer.show_tiles(["ground", "coarse"])
        city.renderer.advance(0.12)
        both = city.look(above(0.0, 0.0, 120.0))
        assert np.abs(both - alone).max() <= 1.0, "two of the same stand in each other's pixels"
        found = city.renderer.pick(80.0, 60.0)
        assert found is not None and found.tile == "coarse"


def test_too_much_at_once_changes_at_once() -> None:
    fading = Fading(secs=0.25, most_triangles=100)
    assert fading.change({"new"}, {"old"}, n_triangles=101) == {"old"} and not fading.steps
    assert not fading.change({"new"}, {"old"}, n_triangles=100) and set(fading.steps) == {"new", "old"}

"""Pictures of the ground lie at their place of the map, over what was chosen, and leave no trace when taken off."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.render import Engine, ImageryDrape
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, Levels, Point, above, block, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 120.0)
RED, GREEN = (220, 10, 10), (10, 200, 10)


def _square(colour: tuple[int, int, int], alpha: int = 255) -> NDArray[np.uint8]:
    made = np.zeros((64, 64, 4), np.uint8)
    made[..., :3], made[..., 3] = np.array(colour) * alpha // 255, alpha
    return made


def _drape(at: Point = (0.0, 0.0, 0.0), over: str = "ground", mark: Point | None = None) -> ImageryDrape:
    """Red 64 m around the middle, green 128 m around it; a white texel of a metre where a mark is."""
    fine, coarse = _square(RED), _square(GREEN)
    if mark is not None:
        fine[int(32.0 - mark[1]), int(mark[0] + 32.0), :3] = 255
    places = ((at[0] - 32.0, at[1] + 32.0, 64.0), (at[0] - 64.0, at[1] + 64.0, 128.0))
    return ImageryDrape(np.stack([fine, coarse]), places, over)


def _town(city: City) -> None:
    house = block((20.0, -10.0), (10.0, 10.0, 6.0))
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), house, ids=("house",), with_edges=True)


def _is(colour: Levels, of: tuple[int, int, int]) -> bool:
    return bool(np.argmax(colour) == np.argmax(of) and np.ptp(colour) > 60.0)


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), (31_000.0, -26_000.0, 12.0)], ids=["at the origin", "40 km away"])
def test_a_mark_is_where_it_is_on_the_map(at: Point, gl_engine: Engine) -> None:
    with opened(gl_engine, at=at) as city:
        _town(city)
        mark = (-11.5, 17.5, 0.0)
        plain = city.look(CAMERA)
        city.renderer.set_imagery(_drape(at, mark=mark))
        seen = city.look(CAMERA)
        bright = seen[..., 1] * (seen[..., 0] > 120.0)
        row, column = np.unravel_index(np.argmax(bright), bright.shape)
        x, y = CAMERA.project(np.array([mark]))[0, :2]
        assert abs(column + 0.5 - x) <= 1.0 and abs(row + 0.5 - y) <= 1.0
        assert not np.array_equal(seen, plain)


def test_beyond_the_finest_square_lies_the_next_and_beyond_the_last_the_ground_itself(city: City) -> None:
    _town(city)
    (plain,) = city.colour_at(above(0.0, 0.0, 380.0), (170.0, 0.0, 0.0))
    city.renderer.set_imagery(_drape())
    near, far = city.colour_at(CAMERA, (5.0, 5.0, 0.0), (50.0, 20.0, 0.0))
    assert _is(near, RED) and _is(far, GREEN)
    (outside,) = city.colour_at(above(0.0, 0.0, 380.0), (170.0, 0.0, 0.0))
    assert np.abs(outside - plain).max() < 2.0


def test_ground_seen_from_far_takes_the_coarse_square(city: City) -> None:
    """A texel of a quarter of a pixel would shimmer."""
    _town(city)
    city.renderer.set_imagery(_drape())
    (colour,) = city.colour_at(above(0.0, 0.0, 600.0, height=300.0), (5.0, 5.0, 0.0))
    assert _is(colour, GREEN)


@pytest.mark.parametrize(
    ("over", "roof", "wall"), [("ground", False, False), ("roofs", True, False), ("all", True, True)]
)
def test_it_lies_over_what_was_chosen(over: str, roof: bool, wall: bool, city: City) -> None:
    _town(city)
    city.build(sheet((-20.0, 10.0, 3.0), (10.0, 10.0), SurfaceClass.ROOF), key="roof")
    city.build(sheet((-20.0, -20.0, 3.0), (10.0, 10.0), SurfaceClass.UNKNOWN), key="mesh")
    city.renderer.set_imagery(_drape(over=over))
    ground, on_roof, on_mesh = city.colour_at(CAMERA, (0.0, 5.0, 0.0), (-20.0, 10.0, 3.0), (-20.0, -20.0, 3.0))
    assert (_is(ground, RED), _is(on_roof, RED), _is(on_mesh, RED)) == (True, roof, wall)


def test_proposals_keep_their_own_colour(city: City) -> None:
    _town(city)
    city.propose(block((-20.0, 0.0), (10.0, 10.0, 6.0)))
    (before,) = city.colour_at(CAMERA, (-20.0, 0.0, 6.0))
    city.renderer.set_imagery(_drape(over="all"))
    (after,) = city.colour_at(CAMERA, (-20.0, 0.0, 6.0))
    assert np.abs(after - before).max() < 2.0


def test_the_land_beyond_the_data_wears_it_too(city: City) -> None:
    city.build(block((0.0, 0.0), (4.0, 4.0, 4.0)), ids=("house",))
    city.renderer.set_imagery(_drape())
    (colour,) = city.colour_at(CAMERA, (20.0, 20.0, 0.0))
    assert _is(colour, RED)


def test_water_mirrors_over_it(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.WATER), key="pond")
    flat = towards((0.0, -150.0, 6.0), (0.0, 0.0, 0.0))
    before = city.look(flat)
    city.renderer.set_imagery(_drape())
    assert not np.array_equal(city.look(flat), before)


def test_shadows_fall_on_it(city: City) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), block((0.0, 0.0), (10.0, 10.0, 15.0)), ids=("tower",))
    city.renderer.set_imagery(_drape())
    shade, light = city.colour_at(CAMERA, (0.0, 12.0, 0.0), (0.0, -12.0, 0.0))
    assert _is(shade, RED) and shade[0] < light[0] - 10.0


def test_taking_it_off_gives_the_same_picture_to_the_byte(city: City) -> None:
    _town(city)
    before = city.look(CAMERA)
    city.renderer.set_imagery(_drape())
    assert not np.array_equal(city.look(CAMERA), before)
    city.renderer.set_imagery(None)
    assert np.array_equal(city.look(CAMERA), before)


def test_new_pictures_come_without_another_shader(city: City) -> None:
    _town(city)
    city.renderer.set_imagery(_drape())
    red = city.look(CAMERA)
    shader = city.renderer.surface_shader
    changed = _drape()
    changed.texels[0, ..., :3] = (10, 10, 220)
    city.renderer.set_imagery(changed)
    assert city.renderer.surface_shader is shader
    (colour,) = city.colour_at(CAMERA, (5.0, 5.0, 0.0))
    assert _is(colour, (10, 10, 220)) and not np.array_equal(city.look(CAMERA), red)

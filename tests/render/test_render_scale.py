"""Where frames come too slowly, what moves is drawn with fewer pixels, and what stands with all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.render import OFFICE, STANDARD, CityRenderer, Engine
from explorer.render.render_scale import SHARES, SLOW_MS, STILL_SECS, RenderScale
from tests.render.scenery import Levels, above, block, luma, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

GROUND = sheet((0.0, 0.0, 0.0), (300.0, 300.0), parts=4)
HOUSES = tuple(
    block((25.0 * x - 40.0, 25.0 * y - 40.0), (12.0, 9.0, 6.0 + 2.0 * x), 4 * x + y) for x in range(4) for y in range(4)
)
IDS = tuple(map(str, range(16)))
VIEWS = [towards((-60.0 + 0.5 * step, -70.0, 45.0), (0.0, 0.0, 5.0), size=(960, 600)) for step in range(30)]


def flown(frame_ms: Callable[[float], float], n_frames: int = 300) -> list[float]:
    """Shares of the frames of a flight, each of which takes as long as this says of its share."""
    scale, shares, took = RenderScale(), [], 0.0
    for _frame in range(n_frames):
        scale.advance(took / 1e3)
        shares.append(scale.next_share(is_moving=True))
        took = frame_ms(shares[-1])
    return shares


@pytest.mark.parametrize("pixels_ms", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("vertices_ms", [5.0, 20.0, 35.0, 70.0])
def test_a_flight_comes_to_rest_at_the_sharpest_picture_that_is_quick_enough(
    vertices_ms: float, pixels_ms: float
) -> None:
    def took(share: float) -> float:
        return vertices_ms + pixels_ms * share**2

    *_, last = shares = flown(took)
    assert len(set(shares[30:])) == 1, "and does not go to and fro"
    assert took(last) <= SLOW_MS or last == SHARES[-1]
    sharper = [share for share in SHARES if share > last]
    assert all(took(share) > SLOW_MS for share in sharper)


def test_single_slow_frames_change_nothing_and_a_quicker_machine_is_sharp_again() -> None:
    n_frames = 0

    def took(share: float) -> float:
        nonlocal n_frames
        n_frames += 1
        return 70.0 if n_frames % 10 == 0 else 20.0

    assert set(flown(took)) == {1.0}
    scale, shares = RenderScale(), []
    for frame in range(120):
        scale.advance(0.09 if frame < 60 else 0.012)
        shares.append(scale.next_share(is_moving=True))
    assert min(shares) == SHARES[-1] == shares[59]
    assert shares[-1] == 1.0


def test_the_time_somebody_did_not_move_is_nobody_s_frame() -> None:
    scale = RenderScale()
    for _turn in range(50):
        scale.advance(2.0)
        assert scale.next_share(is_moving=True) == 1.0
        for _frame in range(20):
            scale.advance(0.02)
            scale.next_share(is_moving=False)


def fly(renderer: CityRenderer, secs_a_frame: float) -> None:
    """In a window's way: turn by turn."""
    for camera in VIEWS:
        renderer.advance(secs_a_frame)
        renderer.set_camera(camera)
        assert renderer.prepare_frame()
        renderer.engine.base.graphics_engine.render_frame()


def shown(engine: Engine) -> Levels:
    """What the window shows."""
    read = engine.window.get_screenshot()
    rows = np.frombuffer(read.get_ram_image(), np.uint8).reshape(read.get_y_size(), read.get_x_size(), -1)
    return rows[::-1, :, 2::-1].astype(np.float64)


def test_a_slow_flight_is_drawn_softer_and_is_sharp_once_it_stands(gl_engine: Engine) -> None:
    window = gl_engine.window.get_x_size(), gl_engine.window.get_y_size()
    with opened(gl_engine, size=window) as city:
        city.build(GROUND, *HOUSES, ids=IDS, with_edges=True)
        renderer = city.renderer
        renderer.render()
        fly(renderer, 0.09)
        renderer.engine.base.graphics_engine.render_frame()
        sharp, everything = shown(gl_engine), renderer.drawn_size
        renderer.softens_when_slow = True
        fly(renderer, 0.09)
        gl_engine.base.graphics_engine.render_frame()
        soft, fewer = shown(gl_engine), renderer.drawn_size
        assert fewer == tuple(round(SHARES[-1] * side) for side in everything)
        drawn = renderer.pixels().astype(np.float64)
        assert drawn.shape == (fewer[1], fewer[0], 3)
        assert np.abs(luma(drawn).mean() - luma(sharp).mean()) < 2.0
        difference = np.abs(luma(soft) - luma(sharp))
        assert 0.5 < difference.mean() < 8.0, "the same view, softer"
        assert np.abs(luma(soft).mean() - luma(sharp).mean()) < 2.0
        renderer.advance(STILL_SECS + 0.01)
        assert renderer.prepare_frame(), "though nothing has changed"
        gl_engine.base.graphics_engine.render_frame()
        gl_engine.base.graphics_engine.render_frame()
        assert np.array_equal(shown(gl_engine), sharp)
        renderer.advance(1.0)
        assert not renderer.prepare_frame()


def test_pictures_are_sharp_however_slow_it_was(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.build(GROUND, *HOUSES, ids=IDS)
        wanted = city.look(VIEWS[-1])
        city.renderer.softens_when_slow = True
        fly(city.renderer, 0.09)
        assert np.array_equal(city.renderer.screenshot(), wanted)
        assert city.look(above(0.0, 0.0, 60.0)).shape == wanted.shape


def test_where_a_pass_goes_through_all_pixels_all_are_drawn(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=STANDARD) as city:
        city.build(GROUND, *HOUSES, ids=IDS)
        city.renderer.softens_when_slow = True
        fly(city.renderer, 0.09)
        assert city.renderer.drawn_size == (city.renderer.width, city.renderer.height)


def test_a_softer_picture_of_many_lines_is_as_light_as_a_sharp_one(gl_engine: Engine) -> None:
    """A line of a pixel is two wide where there are half as many."""
    size = (640, 360)
    with opened(gl_engine, tier=OFFICE, size=size) as city:
        rows = [block((14.0 * x, 22.0 * y), (12.0, 9.0, 8.0)) for x in range(-24, 25) for y in range(-4, 30)]
        city.build(sheet((0.0, 250.0, 0.0), (900.0, 900.0)), *rows, ids=("houses",), with_edges=True)
        camera = towards((0.0, -200.0, 160.0), (0.0, 150.0, 0.0), fov=50.0, size=size)
        sharp = luma(city.look(camera)).mean()
        city.renderer.softens_when_slow = True
        fly(city.renderer, 0.12)
        city.renderer.set_camera(camera)
        city.renderer.redraw()
        assert city.renderer.drawn_size == (320, 180)
        assert abs(luma(city.renderer.pixels()).mean() - sharp) < 4.0, "9 darker if lines end as ever"

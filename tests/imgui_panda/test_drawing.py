"""What Dear ImGui draws arrives as pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.ui.widgets import Widgets
from tests.imgui_panda.screen import BACKGROUND, Screen


def _panel(*, bare: bool = False, place: tuple[float, float] = (20.0, 30.0)) -> Callable[[Widgets], None]:
    def draw(w: Widgets) -> None:
        imgui.set_next_window_pos(place)
        imgui.set_next_window_size((300.0, 200.0))
        flags = imgui.WindowFlags_.no_decoration | (imgui.WindowFlags_.no_background if bare else 0)
        imgui.begin("panel", None, flags)
        w.text("The quick brown fox")
        w.button("Place building", "place", icon="building")
        imgui.end()

    return draw


def test_without_panels_the_picture_is_the_background(screen: Screen) -> None:
    screen.frames(3)
    assert not screen.drawn().any()


def test_a_panel_covers_its_rectangle_and_nothing_else(screen: Screen) -> None:
    screen.draw = _panel()
    screen.frames(4)
    rows, columns = np.nonzero(screen.drawn())
    assert (columns.min(), rows.min()) == pytest.approx((20, 30), abs=2)
    assert (columns.max(), rows.max()) == pytest.approx((319, 229), abs=2)


def test_text_is_drawn_with_the_glyphs_of_the_atlas(screen: Screen) -> None:
    screen.draw = _panel(bare=True)
    screen.frames(4)
    line = screen.drawn()[30:60, 20:320]
    # letters: ink in many columns, gaps between them, and far from a filled box
    assert 0.03 < line.mean() < 0.35
    ink = line.any(axis=0)
    assert np.count_nonzero(np.diff(ink.astype(int))) > 12


def test_a_button_fills_its_recorded_rectangle(screen: Screen) -> None:
    screen.draw = _panel(bare=True)
    screen.frames(4)
    x0, y0, x1, y1 = (round(v) for v in screen.widgets.log["place"].rect)
    covered = screen.drawn()
    assert covered[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3].all()
    assert not covered[y1 + 3 : y1 + 10].any()


def test_what_is_scrolled_out_of_a_child_is_clipped(screen: Screen) -> None:
    def draw(_w: Widgets) -> None:
        imgui.set_next_window_pos((0.0, 0.0))
        imgui.set_next_window_size((640.0, 400.0))
        imgui.begin("panel", None, imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_background)
        list_ = imgui.get_window_draw_list()
        list_.push_clip_rect((100.0, 50.0), (200.0, 90.0))
        list_.add_rect_filled((0.0, 0.0), (640.0, 400.0), 0xFFFFFFFF)
        list_.pop_clip_rect()
        imgui.end()

    screen.draw = draw
    screen.frames(4)
    rows, columns = np.nonzero(screen.drawn())
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (100, 199, 50, 89)


def test_translucent_colour_mixes_with_what_lies_below(screen: Screen) -> None:
    screen.draw = lambda _w: imgui.get_background_draw_list().add_rect_filled((0, 0), (50, 50), 0x800000FF)
    screen.frames(4)
    expected = np.asarray(BACKGROUND) * (127 / 255) + np.asarray((255, 0, 0)) * (128 / 255)
    assert screen.picture()[25, 25] == pytest.approx(expected, abs=2)


def test_what_is_drawn_later_covers_what_is_drawn_first(screen: Screen) -> None:
    def draw(_w: Widgets) -> None:
        imgui.get_background_draw_list().add_rect_filled((0, 0), (90, 90), 0xFF0000FF)
        imgui.get_foreground_draw_list().add_rect_filled((0, 0), (90, 90), 0xFFFF0000)

    screen.draw = draw
    screen.frames(4)
    assert tuple(screen.picture()[40, 40]) == (0, 0, 255)


def test_a_panel_that_is_gone_leaves_no_pixels(screen: Screen) -> None:
    screen.draw = _panel()
    screen.frames(4)
    screen.draw = lambda _w: None
    screen.frames(3)
    assert not screen.drawn().any()


def test_more_than_65536_vertices_are_drawn_right(screen: Screen) -> None:
    def draw(_w: Widgets) -> None:
        list_ = imgui.get_background_draw_list()
        for number in range(20_000):
            list_.add_rect_filled((600.0, 380.0), (610.0, 390.0), 0xFF000000 + number)
        list_.add_rect_filled((0.0, 0.0), (50.0, 50.0), 0xFFFFFFFF)

    screen.draw = draw
    screen.frames(4)
    assert tuple(screen.picture()[25, 25]) == (255, 255, 255)
    assert not screen.drawn()[100:370, 60:590].any()


@pytest.mark.parametrize("scale", [0.8, 2.5])
def test_the_interface_is_drawn_at_every_scale(screen: Screen, scale: float) -> None:
    screen.draw = _panel(bare=True, place=(0.0, 0.0))
    screen.frames(4)
    usual = screen.widgets.log["place"].rect
    screen.backend.set_scale(scale)
    screen.frames(4)
    x0, y0, x1, y1 = screen.widgets.log["place"].rect
    assert (y1 - y0) / (usual[3] - usual[1]) == pytest.approx(scale, rel=0.07)
    assert screen.drawn()[round(y0) + 4 : round(y1) - 4, round(x0) + 6 : min(round(x1) - 6, 290)].all()


def test_going_to_a_scale_and_back_changes_nothing(screen: Screen) -> None:
    screen.draw = _panel()
    screen.frames(4)
    before = screen.picture().copy()
    for scale in (2.5, 0.8, 1.0):
        screen.backend.set_scale(scale)
        screen.frames(3)
    assert np.array_equal(screen.picture(), before)


def test_touch_makes_controls_of_44_pixels(screen: Screen) -> None:
    screen.draw = _panel()
    screen.frames(2)
    rect = screen.widgets.log["place"].rect
    assert rect[3] - rect[1] >= 32.0
    screen.backend.set_touch(True)
    screen.frames(2)
    rect = screen.widgets.log["place"].rect
    assert rect[3] - rect[1] >= 44.0


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_letters_stand_out_from_their_panel(screen: Screen, theme: str) -> None:
    """Contrast of 7 : 1 or more between text and panel (WCAG 2.2, 1.4.6)."""

    def luminance(slot: int) -> float:
        c = imgui.get_style_color_vec4(slot)
        r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c.x, c.y, c.z))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    screen.backend.set_theme(theme)
    low, high = sorted((luminance(imgui.Col_.text), luminance(imgui.Col_.window_bg)))
    assert (high + 0.05) / (low + 0.05) >= 7.0

"""Bars and panels keep within the window, at every size of window and letters."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.i18n import set_language
from explorer.ui.layout import COMPACT_WIDTH, TINY_WIDTH
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_bar_at_the_bottom_keeps_to_one_row_on_a_laptop_also_when_walking(desk: Desk, language: str) -> None:
    set_language(language)
    for size in ((1280.0, 720.0), (1366.0, 768.0), (1920.0, 1080.0)):
        desk.size = size
        for mode in ("orbit", "fly", "walk"):
            desk.host.view.navigation = mode
            desk.frames(3)
            row = {name: desk.log[name].centre[1] for name in ("day_before", "nav_home", "compass")}
            assert max(row.values()) - min(row.values()) < 2.0, (size, mode, row)


def test_a_panel_put_away_for_want_of_room_comes_back_with_the_room(desk: Desk) -> None:
    assert desk.host.view.left_visible
    desk.size = (900.0, 700.0)
    desk.frames(3)
    assert not desk.host.view.left_visible
    desk.size = (1600.0, 900.0)
    desk.frames(3)
    assert desk.host.view.left_visible and desk.host.view.right_visible
    desk.click("left_hide")
    desk.size = (900.0, 700.0)
    desk.frames(3)
    desk.size = (1600.0, 900.0)
    desk.frames(3)
    assert not desk.host.view.left_visible  # what the user put away stays away


def test_at_twice_the_size_bars_are_one_row_and_everything_is_still_there() -> None:
    with imgui_context(scale=2.0):
        host = FakeHost(full_scenario())
        host.change_settings(scale=2.0)
        desk = Desk(host, (1280.0, 720.0))
        desk.frames(5)
        assert desk.ui.top.height < 120.0
        desk.click("mode")
        desk.click("mode_2")
        assert host.view.mode == "simulate"
        desk.click("nav")
        desk.click("nav_2")
        assert host.asked("set_navigation") == [("walk",)]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_with_the_largest_letters_in_a_small_window_nothing_is_cut(language: str) -> None:
    set_language(language)
    with imgui_context(scale=2.5):
        host = FakeHost(full_scenario())
        host.change_settings(scale=2.5)
        host.view.pointer_map = (85_012.66, 447_473.24, 12.3)
        host.status.problem("A tile is missing. [tiles/7.glb]")
        desk = Desk(host, (1024.0, 700.0))
        desk.frames(6)
        for widget_id in ("menu", "mode", "search_open", "time", "compass", "problems", "notice_close", "notice_copy"):
            x0, y0, x1, y1 = desk.log[widget_id].rect
            assert 0.0 <= x0 < x1 <= 1024.0, widget_id
            assert 0.0 <= y0 < y1 <= 700.0, widget_id
        bar = imgui.internal.find_window_by_name("###bottom")
        assert bar.content_size.x <= bar.size.x, "the coordinates are cut"
    set_language("en")


@pytest.mark.parametrize("size", [(1024.0, 640.0), (1920.0, 1080.0)])
@pytest.mark.parametrize("scale", [0.8, 1.0, 1.5, 2.5])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_both_bars_stay_within_the_window_at_every_scale(
    size: tuple[float, float], scale: float, language: str
) -> None:
    set_language(language)
    with imgui_context(scale=scale):
        host = FakeHost(full_scenario())
        host.change_settings(scale=scale)
        desk = Desk(host, size)
        desk.frames(6)
        bars = [
            "menu",
            "mode_present",
            "undo",
            "redo",
            "search",
            "day_before",
            "time",
            "nav_walk",
            "nav_home",
            "compass",
        ]
        if size[0] / scale < COMPACT_WIDTH:  # little room: search and date are one button each
            bars = [{"search": "search_open", "day_before": "when"}.get(widget_id, widget_id) for widget_id in bars]
        if size[0] / scale < TINY_WIDTH:  # even less: modes and ways of moving are one choice each
            bars = [{"mode_present": "mode", "nav_walk": "nav"}.get(widget_id, widget_id) for widget_id in bars]
        for widget_id in bars:
            x0, y0, x1, y1 = desk.log[widget_id].rect
            assert 0.0 <= x0 < x1 <= size[0], widget_id
            assert 0.0 <= y0 < y1 <= size[1], widget_id
    set_language("en")

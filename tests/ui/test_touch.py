"""Fingers find every control, and thumbs walk."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.geo import Camera
from explorer.ui import Handles, grouped
from explorer.ui.widgets import Widgets
from explorer.viewstate import MODES
from tests.ui.fake_host import FakeHost, full_scenario, select_feature, select_proposal, show_result
from tests.ui.finger_sizes import too_small
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.mark.parametrize(("touch", "least"), [(False, 32.0), (True, 44.0)])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("select", [select_proposal, select_feature])
def test_every_control_is_large_enough(touch: bool, least: float, mode: str, select: object) -> None:
    with imgui_context(touch=touch):
        host = FakeHost(full_scenario())
        host.change_settings(touch=touch)
        host.status.problem("A tile is missing. [tiles/7.glb]")
        select(host)  # type: ignore[operator]
        show_result(host)
        host.view.mode = mode
        desk = Desk(host, (1280.0, 1200.0))
        desk.frames(4)
        assert len(desk.log) > 20
        assert too_small(desk, least) == {}


@pytest.mark.parametrize("dialog", ["show_settings", "show_help", "show_problems", "show_welcome"])
def test_every_control_of_a_dialog_is_large_enough_for_fingers(dialog: str) -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        host.status.problem("A tile is missing. [tiles/7.glb]")
        setattr(host.view, dialog, True)
        desk = Desk(host, (1280.0, 900.0))
        desk.frames(4)
        assert too_small(desk, 44.0) == {}


def test_the_lines_of_menus_are_large_enough_for_fingers() -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        select_proposal(host)
        desk = Desk(host)
        desk.frames(3)
        desk.click("menu")
        assert "menu_save" in desk.log
        assert too_small(desk, 44.0) == {}
        desk.key(imgui.Key.escape)
        host.view.menu_at, host.view.menu_map = (500.0, 200.0), (85_000.0, 447_000.0, 1.0)
        desk.frames(3)
        assert "context_delete" in desk.log
        assert too_small(desk, 44.0) == {}


@pytest.mark.parametrize(("size", "scale"), [((1280.0, 720.0), 1.0), ((1280.0, 720.0), 1.5), ((1920.0, 1080.0), 2.0)])
def test_pads_lie_beside_each_other_and_on_no_panel(size: tuple[float, float], scale: float) -> None:
    with imgui_context(touch=True, scale=scale):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True, scale=scale)
        host.view.navigation = "walk"
        desk = Desk(host, size)
        desk.frames(5)
        walk, look = desk.log["pad_move"].rect, desk.log["pad_look"].rect
        assert walk[2] < look[0]
        assert walk[3] - walk[1] >= 110.0
        edge = next((r.rect[2] for r in desk.log.values() if r.id == "left_hide"), 0.0)
        assert walk[0] > edge


def test_one_thumb_is_enough_to_walk_and_steer() -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        desk = Desk(host)
        desk.frames(3)
        x0, y0, x1, y1 = desk.log["pad_move"].rect
        desk.move((x1 - 25.0, y0 + 40.0))
        desk.button(True)
        forward, _right, turn, look = host.asked("touch")[-1]
        assert forward > 0.3
        assert turn > 0.3
        assert look == 0.0
        desk.move(((x0 + x1) / 2.0 + 3.0, (y0 + y1) / 2.0 - 3.0))  # resting
        assert host.asked("touch")[-1] == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_the_name_of_the_variant_lies_beside_the_buttons_of_panels_put_away(scale: float) -> None:
    with imgui_context(scale=scale):
        host = FakeHost(full_scenario())
        host.change_settings(scale=scale)
        desk = Desk(host, (1024.0, 700.0))
        desk.frames(5)
        x0, _y0, _x1, _y1 = desk.log["before_after"].rect
        assert x0 >= desk.log["left_show"].rect[2]


class Listener(Widgets):
    """Widgets that keep what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def text_wrapped(self, words: str) -> None:
        self.said.append(words)
        super().text_wrapped(words)


@pytest.mark.parametrize("tool", ["draw", "block", "area", "cut"])
@pytest.mark.parametrize("drawing", [0, 2])
def test_fingers_are_told_of_no_keys(tool: str, drawing: int) -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        host.view.tool, host.view.drawing = tool, drawing
        host.view.mode = "simulate" if tool == "area" else "propose"
        host.view.show_section = tool == "cut"
        desk = Desk(host, (1280.0, 1200.0))
        desk.ui.widgets = Listener()
        desk.frames(3)
    words = " ".join(desk.ui.widgets.said)
    assert "Tap" in words or "tap" in words
    assert not any(key in words for key in ("Space", "Esc", "Enter", "Backspace", "Shift", "Click"))


def _shows_a_hint() -> bool:
    found = imgui.internal.find_window_by_name("##Tooltip_00")
    return found is not None and bool(found.active)


@pytest.mark.parametrize("touch", [False, True])
def test_no_hint_stays_where_a_finger_tapped_and_one_that_rests_gets_it(touch: bool) -> None:
    with imgui_context(touch=touch):
        host = FakeHost(full_scenario())
        host.change_settings(touch=touch)
        desk = Desk(host)
        desk.frames(3)
        desk.click("nav_home")
        desk.frames(60)
        assert _shows_a_hint() != touch
        desk.button(True)
        desk.frames(40)
        assert _shows_a_hint() or not touch


def test_the_lines_of_a_choice_are_large_enough_for_fingers() -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        host.view.mode = "simulate"
        desk = Desk(host)
        desk.frames(3)
        desk.click("sim_area")
        assert "sim_area_3" in desk.log
        assert too_small(desk, 44.0) == {}


def test_with_little_room_one_side_panel_gives_way_to_the_other() -> None:
    with imgui_context(scale=1.5):
        host = FakeHost(full_scenario())
        host.change_settings(scale=1.5)
        desk = Desk(host, (1280.0, 720.0))
        desk.frames(4)
        assert "left_show" in desk.log
        assert "right_hide" in desk.log
        desk.click("left_show")
        assert "left_hide" in desk.log
        assert "right_show" in desk.log


def test_thumb_pads_make_way_for_the_handles_of_a_building() -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        desk = Desk(host)
        desk.frames(3)
        assert "pad_move" in desk.log
        host.shown_handles = Handles(Camera((0.0, -40.0, 30.0), pitch_deg=-35.0), (0.0, 0.0, 0.0), 0.0, 12.0, 12.0)
        desk.frames(3)
        assert "pad_move" not in desk.log


def test_thousands_stand_apart_by_a_space_never_by_a_comma_or_a_point() -> None:
    assert grouped(25_600.4) == "25\u00a0600"
    assert grouped(960.0) == "960"


def test_on_a_small_screen_with_large_letters_the_pads_leave_the_panels_alone_and_the_city_has_room() -> None:
    with imgui_context(touch=True, scale=2.0):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True, scale=2.0)
        desk = Desk(host, (1280.0, 720.0))
        desk.frames(6)
        tab, pad = desk.log["left_show"].rect, desk.log["pad_move"].rect
        assert pad[1] >= tab[3]  # below the button that brings the panel back
        top, compass = desk.log["menu"].rect, desk.log["compass"].rect
        assert desk.log["nav_home"].rect[1] - top[3] > 0.45 * 720.0
        assert compass[3] <= 720.0


def test_fingers_can_hide_the_panels_and_bring_them_back() -> None:
    with imgui_context(touch=True):
        host = FakeHost(full_scenario())
        host.change_settings(touch=True)
        desk = Desk(host)
        desk.frames(3)
        desk.click("menu")
        desk.click("menu_hide")
        desk.frames(2)
        assert "menu" not in desk.log and "left_hide" not in desk.log
        assert too_small(desk, 44.0) == {}
        desk.click("panels_show")
        desk.frames(2)
        assert "menu" in desk.log

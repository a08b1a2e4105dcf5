"""Without a mouse: F6 goes round the panels, Tab through what is in them, and every action is reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from imgui_bundle import imgui

from explorer.ui.keys import KEYS, press
from explorer.viewstate import MODES
from tests.ui.fake_host import FakeHost, full_scenario, select_proposal
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.fixture
def desk() -> Iterator[Desk]:
    with imgui_context():
        imgui.get_io().config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        host = FakeHost(full_scenario())
        select_proposal(host)
        host.view.mode = "propose"
        desk = Desk(host, (1280.0, 1000.0))
        desk.frames(3)
        yield desk


def next_panel(desk: Desk) -> str:
    press(desk.host, "f6", False)
    desk.frames(4)
    return desk.ui.widgets.focused


def tab_through(desk: Desk, most: int = 40) -> list[str]:
    """Ids in the order of Tab, until it comes round."""
    seen = [desk.ui.widgets.focused]
    for _step in range(most):
        desk.key(imgui.Key.tab)
        desk.frames(1)
        if desk.ui.widgets.focused == seen[0]:
            return seen
        seen.append(desk.ui.widgets.focused)  # "" inside a field of several parts, such as storeys with − and +
    return seen


def test_the_next_panel_is_one_key_away_and_comes_round(desk: Desk) -> None:
    first = [next_panel(desk) for _panel in range(5)]
    assert first == ["menu", "left_hide", "right_hide", "day_before", "menu"]
    assert desk.ui.has_keyboard


def test_a_notice_is_one_of_them_and_is_closed_by_enter(desk: Desk) -> None:
    desk.host.status.problem("A tile is missing. [3.glb]")
    desk.frames(3)
    assert [next_panel(desk) for _panel in range(5)][4] == "notice_close"
    desk.key(imgui.Key.enter)
    desk.frames(3)
    assert "notice_close" not in desk.log


def test_tab_reaches_every_control_of_every_panel(desk: Desk) -> None:
    reached: set[str] = set()
    for _panel in range(4):
        next_panel(desk)
        reached |= set(tab_through(desk))
    controls = {
        record.id
        for record in desk.log.values()
        if record.role in ("button", "checkbox", "textbox", "combobox", "slider", "searchbox") and record.enabled
    }
    # the pill of variants has a key of its own
    assert controls - reached <= {"before_after"}


def test_storeys_are_typed_without_a_mouse(desk: Desk) -> None:
    for _panel in range(3):
        next_panel(desk)
    for _step in range(40):
        if desk.ui.widgets.focused == "proposal_storey_height":
            break
        desk.key(imgui.Key.tab)
        desk.frames(2)
    desk.key(imgui.Key.a, ctrl=True)
    desk.type("3.4")
    desk.key(imgui.Key.enter)
    desk.frames(2)
    assert desk.host.scenario is not None
    assert desk.host.scenario.proposal("proposal-1").storey_height == 3.4


def test_escape_leaves_the_panels_and_nothing_else(desk: Desk) -> None:
    next_panel(desk)
    desk.key(imgui.Key.escape)
    assert not desk.ui.has_keyboard
    assert desk.host.view.selected is not None


def test_a_window_is_closed_by_escape(desk: Desk) -> None:
    next_panel(desk)
    desk.host.view.show_help = True
    desk.frames(3)
    imgui.get_io().add_key_event(imgui.Key.escape, True)
    desk.frames(1)
    assert not desk.ui.focus.took_escape  # so it goes to who closes windows
    press(desk.host, "escape", False)
    assert not desk.host.view.show_help


def test_every_mode_and_tool_has_a_key() -> None:
    host = FakeHost(full_scenario())
    select_proposal(host)
    for number, mode in enumerate(MODES, start=1):
        press(host, str(number), True)
        assert host.view.mode == mode
    for key, tool in (("p", "draw"), ("b", "block"), ("v", "area")):
        press(host, key, False)
        assert host.view.tool == tool
        assert host.view.crosshair


@pytest.mark.parametrize(("key", "storeys"), [("=", 8), ("+", 8), ("-", 6)])
def test_storeys_and_turns_have_keys(key: str, storeys: int) -> None:
    host = FakeHost(full_scenario())
    select_proposal(host)
    press(host, key, False)
    assert host.scenario is not None
    assert host.scenario.proposal("proposal-1").storeys == storeys
    press(host, ",", False)
    assert host.scenario.proposal("proposal-1").rotation_deg == 15.0
    press(host, ".", False)
    assert host.scenario.proposal("proposal-1").rotation_deg == 0.0


def test_the_sheet_of_keys_lists_every_key(desk: Desk) -> None:
    desk.host.view.show_help = True
    desk.frames(3)
    shown = {value for _name, value in desk.log["keys"].value}
    assert {key.shown for key in KEYS if not key.key.isdecimal() or key.ctrl} <= shown

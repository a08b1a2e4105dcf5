"""The bar on top: modes, undo, the search box and the menu."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.scenario import ChangeProposal
from explorer.ui import SearchHit
from explorer.viewstate import MODES
from tests.ui.imgui_fixture import Desk


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_one_click_away(desk: Desk, mode: str) -> None:
    desk.click(f"mode_{mode}")
    assert desk.host.view.mode == mode


def test_undo_is_off_until_there_is_something_to_undo(desk: Desk) -> None:
    desk.click("undo")
    assert desk.host.asked("undo") == []
    desk.host.execute(ChangeProposal("proposal-1", {"storeys": 9}))
    desk.frames()
    desk.click("undo")
    assert desk.host.asked("undo") == [None]
    assert desk.host.scenario is not None
    assert desk.host.scenario.proposal("proposal-1").storeys == 7


def test_searching_lists_what_is_found_and_goes_there(desk: Desk) -> None:
    desk.host.hits = [SearchHit("gebouw-7", "Visserskade 7", "Building")]
    desk.click("search")
    desk.type("visser")
    assert desk.host.asked("search")[-1] == ("visser",)
    desk.click("hit_gebouw-7")
    assert desk.host.asked("go_to") == [(desk.host.hits[0],)]
    assert "hit_gebouw-7" not in desk.log


def test_enter_in_the_search_box_goes_to_the_first_hit(desk: Desk) -> None:
    desk.host.hits = [SearchHit("gebouw-7", "Visserskade 7"), SearchHit("gebouw-8", "Visserskade 8")]
    desk.click("search")
    desk.type("visser")
    desk.key(imgui.Key.enter)
    assert desk.host.asked("go_to") == [(desk.host.hits[0],)]


def test_results_that_appear_leave_the_keyboard_to_who_types(desk: Desk) -> None:
    desk.host.hits = [SearchHit("gebouw-7", "Visserskade 7")]
    desk.click("search")
    for letter in "visser":
        desk.type(letter)
    assert desk.ui.top.query == "visser"


def test_the_search_box_finds_commands(desk: Desk) -> None:
    desk.click("search")
    desk.type("whole city")
    desk.click("command_home")
    assert desk.host.asked("frame_city") == [None]


def test_the_same_words_are_searched_once(desk: Desk) -> None:
    desk.click("search")
    desk.type("kade")
    asked = len(desk.host.asked("search"))
    desk.frames(5)
    assert len(desk.host.asked("search")) == asked


def test_saving_is_in_the_menu(desk: Desk) -> None:
    desk.click("menu")
    desk.click("menu_save")
    assert desk.host.asked("save") == [None]


def test_saving_under_a_name_asks_for_it(desk: Desk) -> None:
    desk.click("menu")
    desk.click("menu_save_as")
    assert desk.host.asked("choose_save") == [None]
    desk.click("menu")
    desk.click("menu_pack")
    assert desk.host.asked("choose_save")[-1] == {"packed": True}

"""Windows in the middle take the keyboard when they open: Enter is their main choice, Tab stays in, Esc is harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.ui import LeftWork
from explorer.ui.keys import press
from explorer.viewstate import CrsOption, CrsQuestion, FileEntry, FileList
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.fixture
def desk() -> Iterator[Desk]:
    with imgui_context():
        imgui.get_io().config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        desk = Desk(FakeHost(full_scenario()), (1280.0, 1000.0))
        desk.frames(3)
        yield desk


def _recovery(host: FakeHost) -> None:
    host.left_work = (LeftWork("Harbour", 4, "21 June 2026 12:00"), LeftWork("Centre", 1, "20 June 2026 09:30"))
    host.view.show_recovery = True


def _crs(host: FakeHost) -> None:
    option = CrsOption("EPSG:28992+5709", "Netherlands", "Rotterdam")
    host.view.crs_question = CrsQuestion("delfshaven.city.json", "853 buildings", (option,))


def _unsaved(host: FakeHost) -> None:
    host.view.asks_unsaved = "quit"


def _welcome(host: FakeHost) -> None:
    host.view.show_welcome = True


WINDOWS = [
    (_recovery, "recovery_yes_0", "recover", ["recovery_no_0", "recovery_yes_1", "recovery_no_1", "recovery_later"]),
    (_crs, "crs_open", "answer_crs", ["crs_cancel", "crs_0", "crs_typed"]),
    (_unsaved, "unsaved_save", "answer_unsaved", ["unsaved_discard", "unsaved_cancel"]),
    (_welcome, "welcome_town", "open_town", ["welcome_example", "welcome_choose", "welcome_path"]),
]


@pytest.mark.parametrize(("opens", "main", "door", "others"), WINDOWS)
def test_enter_is_the_main_choice(
    desk: Desk, opens: Callable[[FakeHost], None], main: str, door: str, others: list[str]
) -> None:
    opens(desk.host)
    desk.frames(4)
    assert desk.ui.widgets.focused == main and desk.ui.has_keyboard
    desk.key(imgui.Key.enter)
    desk.frames(2)
    assert len(desk.host.asked(door)) == 1


@pytest.mark.parametrize(("opens", "main", "door", "others"), WINDOWS)
def test_tab_goes_round_in_it_and_nowhere_else(
    desk: Desk, opens: Callable[[FakeHost], None], main: str, door: str, others: list[str]
) -> None:
    opens(desk.host)
    desk.frames(4)
    seen = []
    for _step in range(12):
        desk.key(imgui.Key.tab)
        desk.frames(1)
        seen.append(desk.ui.widgets.focused)
    assert set(others) | {main} <= set(seen)
    assert all(widget.split("_")[0] == main.split("_")[0] for widget in seen)


@pytest.mark.parametrize(("opens", "main", "door", "others"), WINDOWS)
def test_it_is_found_again_after_a_look_at_the_city(
    desk: Desk, opens: Callable[[FakeHost], None], main: str, door: str, others: list[str]
) -> None:
    opens(desk.host)
    desk.frames(4)
    imgui.set_window_focus(None)
    desk.frames(4)
    press(desk.host, "tab", False)
    desk.frames(4)
    assert desk.ui.widgets.focused == main


@pytest.mark.parametrize(
    ("opens", "is_gone"),
    [
        (_recovery, lambda host: not host.view.show_recovery and not host.asked("recover")),
        (_crs, lambda host: host.asked("cancel_opening") == [None]),
        (_unsaved, lambda host: host.asked("answer_unsaved") == [("cancel",)]),
        (_welcome, lambda host: not host.view.show_welcome),
    ],
)
def test_esc_is_the_harmless_way_out(
    desk: Desk, opens: Callable[[FakeHost], None], is_gone: Callable[[Any], bool]
) -> None:
    opens(desk.host)
    desk.frames(4)
    assert not desk.ui.focus.took_escape
    press(desk.host, "escape", False)
    assert is_gone(desk.host)


def test_a_choice_that_cannot_be_made_yet_leaves_the_keyboard_at_the_first(desk: Desk) -> None:
    desk.host.view.crs_question = CrsQuestion("city.json", "no system", (), chosen=-1)
    desk.frames(5)
    assert desk.ui.widgets.focused == "crs_typed"


def test_the_sheet_of_keys_is_read_from_its_top_and_scrolls_by_keys() -> None:
    with imgui_context(scale=1.5):
        imgui.get_io().config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        desk = Desk(FakeHost(full_scenario()), (1280.0, 720.0))
        desk.host.view.show_help = True
        desk.frames(6)
        top = desk.log["keys"].rect[1]
        assert top > 0.0 and desk.ui.widgets.focused == "help_close"  # the first line is in sight
        desk.key(imgui.Key.page_down)
        below = desk.log["keys"].rect[1]
        assert below < top - 200.0
        desk.key(imgui.Key.home)
        assert desk.log["keys"].rect[1] == top
        desk.key(imgui.Key.enter)
        assert not desk.host.view.show_help


def test_nothing_behind_a_window_is_done_by_keys(desk: Desk) -> None:
    desk.host.view.show_help = True
    desk.frames(4)
    assert desk.ui.is_asking
    desk.host.view.show_help, desk.host.view.show_welcome = False, True
    desk.frames(4)
    assert desk.ui.has_keyboard and not desk.ui.is_asking  # the start screen asks for nothing


def _asks_for_a_name(desk: Desk, *, is_reading: bool = False) -> FileList:
    files = FileList("Save as", is_saving=True, folder="/home/me", name="Harbour", is_reading=is_reading)
    desk.host.view.files = files
    desk.frames(6)
    return files


def test_enter_saves_under_the_name_that_is_proposed(desk: Desk) -> None:
    _asks_for_a_name(desk)
    assert desk.ui.widgets.focused == "files_name"
    desk.key(imgui.Key.enter)
    assert desk.host.asked("choose_file") == [("Harbour",)]


def test_who_types_at_once_names_the_file_and_spaces_save_nothing(desk: Desk) -> None:
    _asks_for_a_name(desk)
    for key in (imgui.Key.m, imgui.Key.space, imgui.Key.k):
        imgui.get_io().add_key_event(key, True)
        desk.type({imgui.Key.m: "m", imgui.Key.space: " ", imgui.Key.k: "k"}[key])
        imgui.get_io().add_key_event(key, False)
        desk.frames(2)
    assert desk.host.asked("choose_file") == [] and desk.log["files_name"].value == "m k"
    desk.key(imgui.Key.enter)
    assert desk.host.asked("choose_file") == [("m k",)]


def test_leaving_the_name_to_cancel_saves_nothing(desk: Desk) -> None:
    _asks_for_a_name(desk)
    desk.type("other")
    desk.click("files_cancel")
    assert desk.host.asked("choose_file") == [] and len(desk.host.asked("cancel_choosing")) == 1


def test_typing_a_system_and_cancelling_opens_nothing(desk: Desk) -> None:
    _crs(desk.host)
    desk.frames(4)
    desk.click("crs_typed")
    desk.type("EPSG:7415")
    desk.click("crs_cancel")
    assert desk.host.asked("answer_crs") == [] and len(desk.host.asked("cancel_opening")) == 1


def test_enter_saves_also_when_the_folder_was_read_a_moment_later_and_has_folders(desk: Desk) -> None:
    entries = (FileEntry("plans", "/home/me/plans", is_folder=True),)
    for _time in range(2):
        files = _asks_for_a_name(desk, is_reading=True)
        files.entries, files.is_reading = entries, False
        desk.frames(6)
        assert desk.ui.widgets.focused == "files_name"
        desk.host.view.files = None
        desk.frames(3)


def test_who_walks_into_a_folder_while_saving_is_at_its_first_line(desk: Desk) -> None:
    entries = (FileEntry("plans", "/home/me/plans", is_folder=True),)
    desk.host.view.files = FileList("Save as", is_saving=True, folder="/home/me", name="Harbour", entries=entries)
    desk.frames(6)
    desk.host.view.files.folder = "/home/me/plans"
    desk.frames(6)
    assert desk.ui.widgets.focused == "file_0"


def test_the_search_box_is_reached_and_its_results_walked_by_keys(desk: Desk) -> None:
    press(desk.host, "f", True)
    desk.frames(3)
    desk.type("whole city")
    assert desk.ui.top.query == "whole city"
    desk.key(imgui.Key.down_arrow)
    desk.frames(2)
    desk.key(imgui.Key.enter)
    assert desk.host.asked("frame_city") == [None]


def test_after_a_search_the_keyboard_is_in_the_city_again(desk: Desk) -> None:
    press(desk.host, "f", True)
    desk.frames(3)
    desk.type("whole city")
    desk.key(imgui.Key.down_arrow)
    desk.frames(2)
    assert desk.ui.has_keyboard
    desk.key(imgui.Key.enter)
    desk.frames(4)
    assert not desk.ui.has_keyboard and desk.ui.top.query == ""


def test_a_tool_taken_by_a_key_is_used_in_the_city(desk: Desk) -> None:
    desk.host.view.wants_panel = True
    desk.frames(5)
    assert desk.ui.has_keyboard
    press(desk.host, "b", False)
    desk.frames(5)
    assert not desk.ui.has_keyboard


def test_help_is_shown_over_whatever_is_asked_and_esc_goes_back_there(desk: Desk) -> None:
    _asks_for_a_name(desk)
    press(desk.host, "f1", False)
    desk.frames(4)
    assert "help_close" in desk.log and "files_save" not in desk.log
    press(desk.host, "escape", False)
    desk.frames(4)
    assert "files_save" in desk.log and desk.host.view.files is not None


def test_an_answer_that_is_not_understood_is_typed_anew_by_keys_alone(desk: Desk) -> None:
    question = CrsQuestion("earth", "Which place?", chosen=-1, label="Latitude, longitude")
    desk.host.view.crs_question = question
    desk.frames(4)
    desk.click("crs_typed")
    desk.type("Delft")
    question.error = "“Delft” is no latitude and longitude."  # as the answer will be found
    desk.key(imgui.Key.enter)
    desk.frames(4)
    desk.key(imgui.Key.a, ctrl=True)
    desk.type("52.01, 4.36")
    desk.key(imgui.Key.enter)
    assert [answer[0] for answer in desk.host.asked("answer_crs")] == ["Delft", "52.01, 4.36"]

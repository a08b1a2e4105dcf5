"""What is told over the city: what went wrong, what was refused, what went well, and in which order."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from tests.ui.imgui_fixture import Desk


def test_what_came_of_saving_is_told_before_what_nobody_asked(desk: Desk) -> None:
    desk.host.status.problem("A tile is missing. [3.glb]")
    desk.frames(2)
    desk.host.status.problem("The disk is full. [plan.cvscene]", is_asked=True)
    desk.host.status.problem("A tile is missing. [4.glb]")
    desk.frames(3)
    for expected in ("The disk is full. [plan.cvscene]", "A tile is missing. [3.glb]", "A tile is missing. [4.glb]"):
        desk.click("notice_copy")
        assert desk.host.asked("copy_text")[-1] == (expected,)
        desk.click("notice_close")
    desk.host.status.problem("A tile is missing. [5.glb]")
    desk.host.status.notice("Saved. [plan.cvscene]", is_passing=True)
    desk.frames(3)
    desk.click("notice_copy")
    assert desk.host.asked("copy_text")[-1] == ("Saved. [plan.cvscene]",)


def test_a_notice_that_appears_leaves_the_keyboard_to_who_types(desk: Desk) -> None:
    desk.click("search")
    desk.type("vis")
    desk.host.status.problem("A tile is broken.")
    desk.frames(3)
    desk.type("ser")
    assert desk.ui.top.query == "visser"


def test_what_was_refused_last_stands_before_older_notices_until_it_goes_well(desk: Desk) -> None:
    desk.host.status.notice("Saved.")
    desk.host.status.refuse("The footprint crosses itself.")
    desk.frames(2)
    desk.click("notice_copy")
    desk.host.status.refuse("The footprint is too small.")
    desk.frames(2)
    desk.click("notice_copy")
    desk.click("notice_close")
    desk.frames(2)
    assert desk.host.status.refusal == ""
    desk.click("notice_copy")
    told = [arguments[0] for arguments in desk.host.asked("copy_text")]
    assert told == ["The footprint crosses itself.", "The footprint is too small.", "Saved."]


def test_what_went_well_goes_by_itself_and_what_did_not_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.ui.dialogs_ui.PASSING_SECS", 0.5)
    desk.host.status.notice("Saved. [plan.cvscene]", is_passing=True)
    desk.host.status.problem("A tile is broken.")
    desk.frames(20)
    desk.move(desk.log["notice_copy"].centre)
    desk.frames(60)
    desk.click("notice_copy")  # the pointer on it held it
    assert [arguments[0] for arguments in desk.host.asked("copy_text")] == ["Saved. [plan.cvscene]"]
    desk.move((640.0, 300.0))
    desk.frames(60)
    desk.click("notice_copy")
    assert [arguments[0] for arguments in desk.host.asked("copy_text")][1:] == ["A tile is broken."]
    desk.frames(60)
    assert "notice_close" in desk.log


def test_a_problem_is_told_once_and_can_be_copied(desk: Desk) -> None:
    desk.host.status.problem("The layer is missing. [trees]")
    desk.frames(3)
    desk.click("notice_copy")
    assert desk.host.asked("copy_text") == [("The layer is missing. [trees]",)]
    desk.click("notice_close")
    assert "notice_close" not in desk.log
    desk.click("problems")
    assert desk.host.view.show_problems


def test_good_news_is_told_without_counting_as_a_problem(desk: Desk) -> None:
    desk.host.status.notice("Saved. [a.cvscene]")
    desk.frames(3)
    assert "notice_close" in desk.log
    assert "problems" not in desk.log


@pytest.mark.parametrize("size", [(1280.0, 720.0), (1920.0, 1080.0)])
def test_a_notice_covers_neither_panels_nor_bars(desk: Desk, size: tuple[float, float]) -> None:
    desk.size = size
    desk.host.status.notice("Read: 853 buildings. Some objects of the file are not as they should be. " * 3)
    desk.frames(4)

    def box(name: str) -> tuple[float, float, float, float]:
        window = imgui.internal.find_window_by_name(f"###{name}")
        return window.pos.x, window.pos.y, window.pos.x + window.size.x, window.pos.y + window.size.y

    x0, y0, x1, y1 = box("notice")
    assert x1 - x0 >= 300.0
    for name in ("left", "right", "top", "bottom"):
        left, top, right, bottom = box(name)
        assert x1 <= left or right <= x0 or y1 <= top or bottom <= y0, name


def test_a_problem_that_is_mended_is_told_no_longer(desk: Desk) -> None:
    status = desk.host.status
    status.problem("Tiles are missing.")
    status.problem("Another thing.")
    desk.frames(2)
    assert desk.ui.dialogs.notices == ["Tiles are missing.", "Another thing."]
    status.mend("Tiles are missing.")
    desk.frames(2)
    assert desk.ui.dialogs.notices == ["Another thing."]
    assert [problem.text for problem in status.problems] == ["Another thing."]

"""The bar at the bottom: time, date, ways of moving, and thumb pads."""

from __future__ import annotations

import pytest

from explorer.ui.words import clock_words
from tests.ui.imgui_fixture import Desk

DATES = [("2027-03-21", "2027-03-21"), ("1 sept 2027", "2027-09-01"), ("30-2-27", "2026-06-21")]


@pytest.mark.parametrize(("touch", "step"), [(False, 5.0), (True, 15.0)])
def test_the_hour_is_pulled_to_round_figures_and_shown_meanwhile(desk: Desk, touch: bool, step: float) -> None:
    desk.host.change_settings(touch=touch)
    desk.host.view.is_playing = True
    desk.frames(2)
    desk.drag("time", 0.731)
    view = desk.host.view
    assert view.is_hour_held and not view.is_playing
    assert view.passing_minute is not None and view.passing_minute % step == 0.0
    assert 990 <= view.passing_minute <= 1120  # the grab takes its part of the slider
    assert desk.log["hour"].value == clock_words(view.passing_minute)
    desk.button(False)
    assert not view.is_hour_held and desk.host.asked("execute") == []  # what becomes of it is not the bar's affair


@pytest.mark.parametrize(("text", "minute"), [("16:20", 980), ("9.05", 545), ("25:00", None), ("noon", None)])
def test_the_hour_can_be_typed(desk: Desk, text: str, minute: int | None) -> None:
    assert desk.host.scenario is not None
    before = desk.host.scenario.scene.minute
    desk.fill("hour", text)
    assert desk.host.scenario.scene.minute == (before if minute is None else minute)


@pytest.mark.parametrize(("text", "day"), DATES)
def test_the_date_can_be_typed(desk: Desk, text: str, day: str) -> None:
    desk.fill("date", text)
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.date == day


def test_the_days_of_reference_are_one_click_away(desk: Desk) -> None:
    desk.click("day_03-21")
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.date == "2026-03-21"


@pytest.mark.parametrize("mode", ["orbit", "fly", "walk"])
def test_ways_of_moving_are_one_click_away(desk: Desk, mode: str) -> None:
    desk.click(f"nav_{mode}")
    assert desk.host.asked("set_navigation") == [(mode,)]


def test_the_compass_turns_to_north(desk: Desk) -> None:
    desk.click("compass")
    assert desk.host.asked("face_north") == [None]


def test_the_height_of_the_eye_is_chosen_while_walking(desk: Desk) -> None:
    assert "eye_height" not in desk.log
    desk.host.view.navigation = "walk"
    desk.frames(2)
    assert "eye_height" in desk.log


def test_a_thumb_on_a_pad_walks(desk: Desk) -> None:
    desk.host.change_settings(touch=True)
    desk.frames(2)
    x0, y0, x1, _y1 = desk.log["pad_move"].rect
    desk.move(((x0 + x1) / 2.0, y0 + 4.0))
    desk.button(True)
    forward, right, turn, look = desk.host.asked("touch")[-1]
    assert forward > 0.8
    assert right == 0.0
    assert (turn, look) == (0.0, 0.0)

"""The widgets do what they say, and the log says what was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.ui.widgets import Widgets
from tests.ui.widget_page import Page


def test_a_button_is_pressed_once_by_a_click_on_its_rectangle(page: Page) -> None:
    page.show(lambda w: w.button("Place building", "place"))
    page.click("place")
    assert page.results.count(True) == 1


def test_a_disabled_button_cannot_be_pressed_and_says_so(page: Page) -> None:
    page.show(lambda w: w.button("Undo", "undo", enabled=False))
    page.click("undo")
    assert True not in page.results
    assert not page.widgets.log["undo"].enabled


def test_a_button_with_an_icon_alone_is_named_by_its_tooltip(page: Page) -> None:
    page.show(lambda w: w.button("", "home", icon="home", tooltip="Show the whole city"))
    assert page.widgets.log["home"].label == "Show the whole city"


def test_the_same_widgets_in_another_language_have_the_same_ids(page: Page) -> None:
    def ids(name: str, field: str) -> set[str]:
        page.show(
            lambda w: (w.button(name, "place"), w.checkbox(field, "shadows", True), w.input_text(field, "name", ""))
        )
        return set(page.widgets.log)

    assert ids("Place building", "Shadows") == ids("Gebouw plaatsen", "Schaduwen")


def test_changing_the_language_while_a_button_is_held_still_presses_it(page: Page) -> None:
    page.show(lambda w: w.button("Save", "save"))
    x, y = page.widgets.log["save"].centre
    imgui.get_io().add_mouse_pos_event(x, y)
    imgui.get_io().add_mouse_button_event(0, True)
    page.frames()
    page.draw = lambda w: w.button("Opslaan", "save")
    imgui.get_io().add_mouse_button_event(0, False)
    page.frames()
    assert page.results.count(True) == 1


def test_the_log_forgets_what_is_no_longer_drawn(page: Page) -> None:
    page.show(lambda w: w.button("Save", "save"))
    page.show(lambda w: w.button("Open", "open"))
    assert set(page.widgets.log) == {"open"}


def test_a_checkbox_turns_over(page: Page) -> None:
    state = {"on": False}
    page.show(lambda w: state.update(on=w.checkbox("Shadows", "shadows", state["on"])))
    page.click("shadows")
    assert state["on"]
    assert page.widgets.log["shadows"].value is True


def test_a_combo_gives_the_item_that_is_clicked(page: Page) -> None:
    state = {"index": 0}
    page.show(lambda w: state.update(index=w.combo("Roof", "roof", ["Flat", "Gabled", "Hipped"], state["index"])))
    page.click("roof")
    page.click("roof_1")
    assert page.widgets.log["roof"].value == ["Flat", "Gabled", "Hipped"][state["index"]]
    assert state["index"] == 1


def test_a_slider_of_the_day_follows_the_pointer(page: Page) -> None:
    state = {"minute": 720.0}

    def draw(w: Widgets) -> None:
        state["minute"], _active = w.slider_minutes("time", state["minute"], "12:00", 360.0, 1200.0)

    page.show(draw)
    x0, y0, x1, y1 = page.widgets.log["time"].rect
    for share, minute in ((0.0, 0.0), (0.5, 719.5), (1.0, 1439.0)):
        page.click_at(x0 + 1.0 + (x1 - x0 - 2.0) * share, (y0 + y1) / 2.0)
        assert state["minute"] == pytest.approx(minute, abs=8.0)


def test_key_values_are_logged_as_a_table(page: Page) -> None:
    rows = (("Year", "1924"), ("Use", "dwelling"))
    page.show(lambda w: w.key_values("attributes", rows))
    record = page.widgets.log["attributes"]
    assert (record.role, record.value) == ("table", rows)


def test_every_record_lies_within_the_panel(page: Page) -> None:
    def draw(w: Widgets) -> None:
        w.heading("Sun")
        w.button("Place building", "place", icon="building", primary=True)
        w.explained("Why", "help", "Hours of direct sun on a day")
        w.selectable("Kadehuis", "row", True, detail="7 storeys")
        w.progress_bar("progress", 0.4, "Reading")
        w.compass("compass", 30.0, "Turn to north")
        w.colour_bar(np.zeros((256, 3), np.uint8), "legend", ((0.0, "0"), (0.5, "6"), (1.0, "12")))

    page.show(draw)
    for record in page.widgets.log.values():
        x0, y0, x1, y1 = record.rect
        assert 0.0 <= x0 < x1 <= 400.0 and 0.0 <= y0 < y1 <= 500.0, record
    assert {r.role for r in page.widgets.log.values()} == {"button", "option", "progressbar", "img"}


def test_long_words_beside_a_box_stay_within_the_panel_and_turn_it_over(page: Page) -> None:
    words = "Havenrijk, a made-up harbour town with a name that no panel has room for in one line"
    state = [False]

    def draw(w: Widgets) -> bool:
        state[0] = w.checkbox(words, "box", state[0])
        return state[0]

    page.show(draw)
    _x0, y0, x1, y1 = page.widgets.log["box"].rect
    assert x1 <= 400.0
    assert y1 - y0 > imgui.get_text_line_height() * 1.9
    page.click_at(100.0, y1 - 6.0)
    assert state[0]


def test_a_choice_that_does_not_fit_beside_its_words_stands_below_them(page: Page) -> None:
    short, wide = ["10 min", "30 min"], ["Around all that the proposal of this variant could shade"]

    def draw(w: Widgets) -> None:
        w.combo("Every", "short", short, 0)
        w.combo("Every", "wide", wide, 0)

    page.show(draw)
    log = page.widgets.log
    assert log["wide"].rect[0] < 40.0 < 100.0 < log["short"].rect[0]


def test_a_heading_keeps_clear_of_the_button_in_the_corner(page: Page) -> None:
    def draw(w: Widgets) -> None:
        w.corner_button("hide", "close", "Put away")
        w.heading("A heading that is long enough to run below the button in the corner of the panel")
        w.button("First", "first")

    page.show(draw)
    hide, first = page.widgets.log["hide"].rect, page.widgets.log["first"].rect
    assert hide[2] <= 400.0
    assert first[1] >= hide[3]


def test_a_question_mark_opens_and_closes_what_it_explains(page: Page) -> None:
    page.show(lambda w: w.explained("How is this counted?", "why", "Footprint times storeys, exactly."))
    before = imgui.get_draw_data().total_vtx_count
    page.click("why")
    assert imgui.get_draw_data().total_vtx_count > before
    page.click("why")
    assert imgui.get_draw_data().total_vtx_count == before

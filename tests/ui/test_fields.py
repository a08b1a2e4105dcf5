"""Fields for text and numbers: when what is typed is committed, and how it is read and written."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.i18n.numbers import use_decimal_comma
from explorer.ui.widgets import Widgets
from tests.ui.widget_page import Page


def test_text_is_committed_once_by_enter(page: Page) -> None:
    page.show(lambda w: w.input_text("Name", "name", "old"))
    page.replace_by("name", "Kadehuis")
    assert page.committed() == []
    page.key(imgui.Key.enter)
    assert page.committed() == ["Kadehuis"]


def test_text_is_committed_by_leaving_the_field(page: Page) -> None:
    page.show(lambda w: w.input_text("Name", "name", "old"))
    page.replace_by("name", "Kadehuis")
    page.click_at(200.0, 450.0)
    assert page.committed() == ["Kadehuis"]


def test_escape_commits_nothing(page: Page) -> None:
    page.show(lambda w: w.input_text("Name", "name", "old"))
    page.replace_by("name", "Kadehuis")
    page.key(imgui.Key.escape)
    assert page.committed() == []
    assert page.widgets.log["name"].value == "old"


def test_leaving_a_field_as_it_was_commits_nothing(page: Page) -> None:
    page.show(lambda w: w.input_text("Name", "name", "old"))
    page.replace_by("name", "old")
    page.key(imgui.Key.enter)
    assert page.committed() == []


@pytest.mark.parametrize(("typed", "value"), [("12.5", 12.5), ("12,5", 12.5), ("-3", -3.0)])
def test_a_number_may_have_a_point_or_a_comma(page: Page, typed: str, value: float) -> None:
    page.show(lambda w: w.input_float("Height", "height", 1.0))
    page.replace_by("height", typed)
    page.key(imgui.Key.enter)
    assert page.committed() == [value]


def test_a_number_in_a_field_is_written_as_the_language_writes_it(page: Page) -> None:
    page.show(lambda w: w.input_float("Height", "height", 1.5))
    use_decimal_comma(True)
    try:
        page.frames(2)
        assert page.widgets.log["height"].value == "1,50"
    finally:
        use_decimal_comma(False)


@pytest.mark.parametrize("typed", ["abc", "1.2.3", "nan", "inf", "1e999"])
def test_what_is_no_number_is_not_committed(page: Page, typed: str) -> None:
    page.show(lambda w: w.input_float("Height", "height", 1.0))
    page.replace_by("height", typed)
    page.key(imgui.Key.enter)
    assert page.committed() == []


def test_a_whole_number_of_two_digits_is_committed_once(page: Page) -> None:
    state = {"storeys": 3}

    def draw(w: Widgets) -> tuple[bool, int]:
        is_committed, state["storeys"] = w.input_int("Storeys", "storeys", state["storeys"])
        return is_committed, state["storeys"]

    page.show(draw)
    # the field itself, left of − and +
    x0, y0, _x1, y1 = page.widgets.log["storeys"].rect
    page.click_at(x0 + 12.0, (y0 + y1) / 2.0)
    page.key(imgui.Key.a, ctrl=True)
    for digit in "12":
        imgui.get_io().add_input_characters_utf8(digit)
        page.frames(3)
    page.key(imgui.Key.enter)
    assert page.committed() == [12]

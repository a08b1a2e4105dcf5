"""Colours by attribute in the panel: choosing, the legend over the picture, hiding a class, and the style as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.i18n import set_language
from explorer.layers.styling import LegendRow, legend_rows, read_style
from explorer.scenario import StyleLayer
from explorer.ui.styling_ui import class_words
from explorer.viewstate import StyleLegend
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.finger_sizes import too_small
from tests.ui.imgui_fixture import Desk, imgui_context

STYLE: dict[str, Any] = {
    "color": {"conditions": [["${use} === 'home'", "color('red')"], ["true", "color('blue')"]]},
    "extras": {"citiverse": {"attribute": "use", "way": "classes", "classes": [{"value": "home"}, {"others": 3}]}},
}


def _desk(style: dict[str, Any] | None, *, touch: bool = False, profile: str = "planner") -> Desk:
    host = FakeHost(full_scenario())
    host.change_settings(touch=touch, profile=profile)
    state = host.view.styling
    state.layer_id, state.names = "layer-1", ("use", "height")
    if style is not None:
        host.execute(StyleLayer("layer-1", style))
        rows = legend_rows(read_style(style))
        state.legends = (StyleLegend("layer-1", "Zeehaven", "use", "classes", rows),)
    desk = Desk(host, (1280.0, 1400.0))
    desk.frames(4)
    return desk


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.mark.parametrize("profile", ["citizen", "planner"])
@pytest.mark.parametrize(("touch", "least"), [(False, 32.0), (True, 44.0)])
def test_every_control_of_it_is_large_enough(profile: str, touch: bool, least: float) -> None:
    with imgui_context(touch=touch):
        desk = _desk(STYLE, touch=touch, profile=profile)
        assert {"style_attribute", "style_way", "class_layer-1_0", "class_layer-1_1"} <= desk.log.keys()
        assert too_small(desk, least) == {}


def test_an_attribute_is_chosen_from_those_that_there_are() -> None:
    with imgui_context():
        desk = _desk(None)
        assert desk.log["style_attribute"].value == "As the data says"
        desk.click("style_attribute")
        desk.click("style_attribute_2")
        assert desk.host.asked("colour_by") == [("height",)]


def test_the_datas_own_colours_and_other_classes_are_a_choice_away() -> None:
    with imgui_context():
        desk = _desk(STYLE)
        assert desk.log["style_attribute"].value == "use"
        desk.click("style_way")
        desk.click("style_way_2")
        assert desk.host.asked("colour_by") == [("use", "quantiles")]
        desk.click("style_attribute")
        desk.click("style_attribute_0")
        scenario = desk.host.scenario
        assert scenario is not None and scenario.layers[0].style is None


def test_a_click_on_a_class_asks_to_hide_it() -> None:
    with imgui_context():
        desk = _desk(STYLE)
        assert desk.log["class_layer-1_0"].label == "home"
        assert desk.log["class_layer-1_1"].label == "3 other values"
        desk.click("class_layer-1_1")
        assert desk.host.asked("toggle_class") == [("layer-1", 1)]


def test_the_legend_is_over_the_picture_where_panels_are_away_or_the_city_is_presented() -> None:
    with imgui_context():
        desk = _desk(STYLE)
        desk.host.view.left_visible = False
        desk.host.view.mode = "present"
        desk.frames(3)
        assert "class_layer-1_0" in desk.log


def _legend_is_drawn() -> bool:
    window = imgui.internal.find_window_by_name("###style_legend")
    return window is not None and bool(window.was_active)


def test_what_is_doubted_is_over_the_picture_without_a_legend_too() -> None:
    with imgui_context():
        desk = _desk(None)
        desk.host.view.left_visible = False
        desk.frames(3)
        assert not _legend_is_drawn()
        desk.host.view.styling.doubts = ("No feature has “heigth”.",)
        desk.frames(3)
        assert _legend_is_drawn()


def test_the_style_as_text_is_applied_and_its_errors_are_shown() -> None:
    with imgui_context():
        desk = _desk(STYLE)
        desk.host.view.styling.is_expert = True
        desk.host.view.styling.error = "color: Character 3: …"
        desk.frames(3)
        assert '"color"' in str(desk.log["style_text"].value)
        desk.click("style_apply")
        (typed,) = desk.host.asked("take_style_text")
        assert read_style(typed[0]).plain == STYLE
        desk.click("style_open")
        desk.click("style_save")
        assert desk.host.asked("choose_style") and desk.host.asked("save_style")


def test_citizens_are_spared_the_text() -> None:
    with imgui_context():
        assert "style_expert" not in _desk(STYLE, profile="citizen").log


def test_a_style_of_somebodys_own_is_called_so() -> None:
    with imgui_context():
        desk = _desk({"color": "color('red')"})
        assert desk.log["style_attribute"].value == "A style of your own"
        desk.click("style_attribute")
        desk.click("style_attribute_2")
        assert desk.host.asked("colour_by") == [("use",)]


def test_classes_are_said_in_words_with_units_that_are_known() -> None:
    def words(attribute: str = "", condition: str = "", **about: Any) -> str:
        return class_words(LegendRow(0, None, 1.0, condition, tuple(about.items())), attribute)

    assert words("measuredHeight", **{"from": 3.0, "to": 6.5}) == "3 – 6.5 m"
    assert words("bouwjaar", **{"from": 1990.0}) == "1990 and more"
    assert words("b3_opp_grond", to=50.0) == "less than 50 m²"
    assert words(missing=True) == "No data"
    assert words(value=True) == "Yes"
    assert words(condition="h > 3") == "h > 3"
    assert words(condition="true") == "All others"

"""Asking, and reading the answer: plain words with units, the day, the area, what is out of date."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from imgui_bundle import imgui

from explorer.i18n import set_language
from explorer.overlays import colour_table
from explorer.scenario import ChangeScene
from explorer.ui import LegendView
from explorer.ui.simulate_ui import draw_legend
from explorer.ui.words import date_of, date_words, value_in_words
from explorer.viewstate import Answered
from tests.ui.fake_host import FakeHost, full_scenario, show_result
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.fixture
def desk() -> Iterator[Desk]:
    set_language("en")
    with imgui_context():
        host = FakeHost(full_scenario())
        host.view.mode = "simulate"
        desk = Desk(host, (1280.0, 900.0))
        desk.frames(3)
        yield desk


@pytest.mark.parametrize(
    ("kind", "value", "is_share", "words"),
    [
        ("sun_hours", 7.65, False, "7 h 39 min"),
        ("sun_hours", -0.4167, False, "−0 h 25 min"),
        ("shadow", 1.0, False, "in shade"),
        ("shadow", 0.0, False, "in the sun"),
        ("shadow", -1.0, False, "no longer in shade"),
        ("shadow", 0.27, True, "27%"),
    ],
)
def test_a_value_is_said_with_its_unit(kind: str, value: float, is_share: bool, words: str) -> None:
    assert value_in_words(kind, value, is_share=is_share) == words


def test_a_date_is_said_as_people_write_it() -> None:
    assert date_words("2026-03-01") == "1 March 2026"
    set_language("nl")
    assert date_words("2026-03-01") == "1 maart 2026"
    assert date_words("2026-03-01", is_short=True) == "1 mrt 2026"
    set_language("en")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-06-21", "2026-06-21"),
        ("21-6-2026", "2026-06-21"),
        ("21/06/26", "2026-06-21"),
        ("21. June 2026", "2026-06-21"),
        ("21 jun 2026", "2026-06-21"),
        ("6/21/2026", None),
        ("21 ju 2026", None),
        ("31 April 2026", None),
        ("tomorrow", None),
        ("1-1-99999", None),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, iso: str | None) -> None:
    assert date_of(text) == iso


def test_every_day_that_is_shown_can_be_typed_in_both_languages() -> None:
    for language in ("nl", "en"):
        set_language(language)
        for month in range(1, 13):
            iso = f"2026-{month:02d}-09"
            assert date_of(date_words(iso)) == date_of(date_words(iso, is_short=True)) == iso


def test_a_drawn_area_is_asked_for_shown_and_cleared(desk: Desk) -> None:
    desk.click("sim_area")
    desk.click("sim_area_3")
    assert desk.host.asked("set_tool") == [("area",)]
    assert not desk.log["sim_run"].enabled  # there is no rectangle yet
    desk.host.view.overlay.rectangle = (85_000.0, 447_000.0, 85_120.0, 447_080.0)
    desk.frames(2)
    assert desk.log["sim_run"].enabled
    desk.click("sim_area_clear")
    assert desk.host.asked("clear_area") == [None]


def test_an_answer_out_of_date_offers_to_be_worked_out_again(desk: Desk) -> None:
    show_result(desk.host)
    desk.frames(2)
    assert "sim_area" not in desk.log  # the answer comes first, the question on demand
    desk.click("sim_again")
    assert desk.host.asked("simulate") == [None]
    desk.host.view.overlay.is_stale = False
    desk.frames(2)
    assert "sim_again" not in desk.log
    desk.click("sim_ask")
    assert "sim_area" in desk.log


def test_before_and_after_is_one_click_and_says_who_is_on(desk: Desk) -> None:
    assert "Hofblok" in desk.log["before_after"].label
    desk.click("before_after")
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.active_variant is None
    assert "Hofblok" not in desk.log["before_after"].label
    desk.click("before_after")
    assert desk.host.scenario.scene.active_variant == "variant-a"


def test_before_and_after_comes_back_to_the_variant_that_was_on(desk: Desk) -> None:
    desk.host.execute(ChangeScene({"active_variant": "variant-b"}))
    desk.frames(2)
    desk.click("before_after")
    desk.click("before_after")
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.active_variant == "variant-b"


@pytest.mark.parametrize(("high", "wanted"), [(17.0, [0.0, 5.0, 10.0, 15.0, 17.0]), (15.5, [0.0, 5.0, 10.0, 15.0])])
def test_the_figures_of_a_legend_stand_below_their_colours_up_to_the_end(
    desk: Desk, high: float, wanted: list[float]
) -> None:
    legend = LegendView("Direct sun", "h/day", colour_table("cividis"), 0.0, high, (0.0, 5.0, 10.0, 15.0))
    imgui.new_frame()
    imgui.begin("legend")
    draw_legend(desk.ui.widgets, legend)
    imgui.end()
    imgui.end_frame()
    shown = desk.log["sim_legend"].value
    assert [float(words) for _share, words in shown] == wanted
    assert [share for share, _words in shown] == pytest.approx([value / high for value in wanted])


def test_the_name_of_an_export_fits_what_is_shown_and_a_file_is_replaced_only_when_said_so(desk: Desk) -> None:
    show_result(desk.host)
    overlay = desk.host.view.overlay
    desk.frames(2)
    assert desk.log["sim_path"].value == "sun_hours.tif"
    overlay.answered = Answered(is_on_facades=True)
    desk.frames(2)
    assert desk.log["sim_path"].value == "sun_hours.csv"  # points on walls fit into no GeoTIFF
    overlay.export_replaces = "sun_hours.csv"
    desk.frames(2)
    assert desk.log["sim_export"].label == "Replace it"
    overlay.export_replaces = "another.csv"
    desk.frames(2)
    assert desk.log["sim_export"].label == "Export"


def test_a_simulation_is_started_and_cancelled(desk: Desk) -> None:
    desk.click("sim_run")
    assert desk.host.asked("simulate") == [None]
    desk.host.view.overlay.fraction = 0.5
    desk.frames(2)
    assert "sim_run" not in desk.log
    desk.click("sim_cancel")
    assert desk.host.asked("cancel_simulation") == [None]


def test_before_and_after_are_one_click_apart(desk: Desk) -> None:
    show_result(desk.host)
    desk.frames(3)
    desk.click("sim_show_without")
    desk.click("sim_show_difference")
    assert desk.host.asked("show_simulation") == [("without",), ("difference",)]


def test_a_legend_names_its_ticks(desk: Desk) -> None:
    show_result(desk.host)
    desk.frames(3)
    assert desk.log["sim_legend"].label == "0 3 6 9 12"


def test_how_it_was_worked_out_is_explained_on_demand(desk: Desk) -> None:
    desk.size = (1280.0, 1100.0)
    show_result(desk.host)
    desk.frames(3)
    before = desk.log["sim_export"].rect[1]
    desk.click("sim_help")
    desk.frames(3)
    assert desk.log["sim_export"].rect[1] > before + 60.0

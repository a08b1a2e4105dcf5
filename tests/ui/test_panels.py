"""What panels show and what they ask of the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from imgui_bundle import imgui

from explorer.i18n import set_language
from explorer.scenario import ChangeProposal, CopyVariant, DeleteVariant, RenameVariant, ShowLayer
from explorer.settings import THEMES
from explorer.ui import LeftWork, SearchHit
from explorer.ui.layout import COMPACT_WIDTH, TINY_WIDTH
from explorer.ui.words import clock_words
from explorer.viewstate import MODES
from tests.ui.fake_host import FakeHost, full_scenario, select_feature, select_proposal, show_result
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Panels over a full scenario, two frames old."""
    set_language("en")
    with imgui_context():
        made = Desk(FakeHost(full_scenario()))
        made.frames(3)
        yield made


def _nothing(host: FakeHost) -> None:
    del host


def _all_open(host: FakeHost) -> None:
    host.status.set("tiles", "Loading", 0.4)
    host.status.problem("A tile is broken. [tiles/1.glb]")
    host.view.is_waiting_for_ground = True
    host.view.pointer_map = (85_000.0, 447_000.0, 1.2)
    host.view.sunrise, host.view.sunset = 322.0, 1322.0


def _drawing(host: FakeHost) -> None:
    host.view.tool, host.view.drawing = "draw", 3


def _walking(host: FakeHost) -> None:
    host.view.navigation = "walk"


def _running(host: FakeHost) -> None:
    host.view.overlay.fraction = 0.3


STATES: tuple[Callable[[FakeHost], None], ...] = (
    _nothing, _all_open, select_feature, select_proposal, show_result, _drawing, _walking, _running,
)  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_panel_draws_in_every_mode_and_state(theme: str, language: str) -> None:
    set_language(language)
    with imgui_context(theme, touch=theme == "dark"):
        for state in STATES:
            for mode in MODES:
                host = FakeHost(full_scenario())
                host.change_settings(theme=theme, language=language, touch=theme == "dark")
                host.view.mode = mode
                state(host)
                desk = Desk(host)
                desk.frames(2)
                assert f"mode_{mode}" in desk.log
    set_language("en")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_panel_draws_with_nothing_open(language: str) -> None:
    set_language(language)
    with imgui_context():
        for mode in MODES:
            host = FakeHost()
            host.view.mode = mode
            desk = Desk(host)
            desk.frames(2)
            assert "welcome_town" in desk.log
    set_language("en")


@pytest.mark.parametrize("dialog", ["show_settings", "show_help", "show_problems", "show_welcome"])
def test_every_dialog_draws(desk: Desk, dialog: str) -> None:
    before = set(desk.log)
    setattr(desk.host.view, dialog, True)
    desk.frames(2)
    assert set(desk.log) - before


def test_ids_are_the_same_in_every_language() -> None:
    seen = {}
    for language in ("en", "nl"):
        set_language(language)
        with imgui_context():
            host = FakeHost(full_scenario())
            host.view.mode = "propose"
            select_proposal(host)
            desk = Desk(host)
            desk.frames(2)
            seen[language] = desk.log
    set_language("en")
    assert seen["en"].keys() == seen["nl"].keys()
    assert seen["en"]["mode_propose"].label != seen["nl"]["mode_propose"].label


@pytest.mark.parametrize("size", [(1024.0, 640.0), (1920.0, 1080.0)])
@pytest.mark.parametrize("scale", [0.8, 1.0, 1.5, 2.5])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_both_bars_stay_within_the_window_at_every_scale(
    size: tuple[float, float], scale: float, language: str
) -> None:
    set_language(language)
    with imgui_context(scale=scale):
        host = FakeHost(full_scenario())
        host.change_settings(scale=scale)
        desk = Desk(host, size)
        desk.frames(6)
        bars = [
            "menu",
            "mode_present",
            "undo",
            "redo",
            "search",
            "day_before",
            "time",
            "nav_walk",
            "nav_home",
            "compass",
        ]
        if size[0] / scale < COMPACT_WIDTH:  # little room: search and date are one button each
            bars = [{"search": "search_open", "day_before": "when"}.get(widget_id, widget_id) for widget_id in bars]
        if size[0] / scale < TINY_WIDTH:  # even less: modes and ways of moving are one choice each
            bars = [{"mode_present": "mode", "nav_walk": "nav"}.get(widget_id, widget_id) for widget_id in bars]
        for widget_id in bars:
            x0, y0, x1, y1 = desk.log[widget_id].rect
            assert 0.0 <= x0 < x1 <= size[0], widget_id
            assert 0.0 <= y0 < y1 <= size[1], widget_id
    set_language("en")


# -- the bar on top ----------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_bar_at_the_bottom_keeps_to_one_row_on_a_laptop_also_when_walking(desk: Desk, language: str) -> None:
    set_language(language)
    for size in ((1280.0, 720.0), (1366.0, 768.0), (1920.0, 1080.0)):
        desk.size = size
        for mode in ("orbit", "fly", "walk"):
            desk.host.view.navigation = mode
            desk.frames(3)
            row = {name: desk.log[name].centre[1] for name in ("day_before", "nav_home", "compass")}
            assert max(row.values()) - min(row.values()) < 2.0, (size, mode, row)


def test_a_panel_put_away_for_want_of_room_comes_back_with_the_room(desk: Desk) -> None:
    assert desk.host.view.left_visible
    desk.size = (900.0, 700.0)
    desk.frames(3)
    assert not desk.host.view.left_visible
    desk.size = (1600.0, 900.0)
    desk.frames(3)
    assert desk.host.view.left_visible and desk.host.view.right_visible
    desk.click("left_hide")
    desk.size = (900.0, 700.0)
    desk.frames(3)
    desk.size = (1600.0, 900.0)
    desk.frames(3)
    assert not desk.host.view.left_visible  # what the user put away stays away


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


# -- layers and variants -----------------------------------------------------------------------------------------------


def test_a_layer_can_be_hidden(desk: Desk) -> None:
    desk.click("layer_layer-1")
    assert desk.host.asked("execute") == [(ShowLayer("layer-1", False),)]


def test_a_click_switches_the_variant(desk: Desk) -> None:
    desk.click("variant_variant-b")
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.active_variant == "variant-b"


def test_variants_are_added_copied_renamed_and_deleted(desk: Desk) -> None:
    desk.click("variant_copy")
    assert isinstance(desk.host.asked("execute")[-1][0], CopyVariant)
    desk.click("variant_variant-a")
    desk.fill("variant_name", "Groen hof")
    assert desk.host.asked("execute")[-1] == (RenameVariant("variant-a", "Groen hof"),)
    desk.click("variant_delete")
    assert desk.host.asked("execute")[-1] == (DeleteVariant("variant-a"),)
    desk.click("variant_add")
    assert desk.host.scenario is not None
    assert len(desk.host.scenario.variants) == 3


def test_panels_can_be_put_away_and_brought_back(desk: Desk) -> None:
    desk.click("left_hide")
    desk.click("right_hide")
    assert "variant_add" not in desk.log
    desk.click("left_show")
    desk.click("right_show")
    assert {"variant_add", "right_hide"} <= desk.log.keys()


# -- what is selected --------------------------------------------------------------------------------------------------


def test_a_building_shows_its_source_id_and_attributes(desk: Desk) -> None:
    select_feature(desk.host)
    desk.frames(2)
    rows = dict(desk.log["attributes"].value)
    assert rows["Source id"] == "gebouw-1"
    assert rows["bouwjaar"] == "1924"
    assert rows["monument"] == "yes"
    assert rows["eigenaar"] == "–"


def test_many_attributes_can_be_filtered(desk: Desk) -> None:
    select_feature(desk.host)
    selected = desk.host.view.selected
    assert selected is not None
    object.__setattr__(selected, "attributes", tuple((f"kenmerk_{i}", i) for i in range(30)))
    desk.frames(2)
    desk.click("attribute_filter")
    desk.type("_29")
    assert [name for name, _value in desk.log["attributes"].value] == ["Source id", "kenmerk_29"]


def test_the_source_id_can_be_copied(desk: Desk) -> None:
    select_feature(desk.host)
    desk.frames(2)
    desk.click("selection_copy_id")
    assert desk.host.asked("copy_text") == [("gebouw-1",)]


def _value_of(desk: Desk, field: str) -> object:
    assert desk.host.scenario is not None
    return getattr(desk.host.scenario.proposal("proposal-1"), field)


@pytest.mark.parametrize(
    ("widget_id", "text", "field", "value"),
    [
        ("proposal_name", "Kadetoren", "name", "Kadetoren"),
        ("proposal_storeys", "12", "storeys", 12),
        ("proposal_storey_height", "3,25", "storey_height", 3.25),
        ("proposal_roof_height", "4.5", "roof_height", 4.5),
        ("proposal_rotation_deg", "-12.5", "rotation_deg", -12.5),
        ("proposal_easting", "85012.34", "easting", 85012.34),
        ("proposal_northing", "447001.5", "northing", 447001.5),
    ],
)
def test_a_typed_number_is_exact(desk: Desk, widget_id: str, text: str, field: str, value: object) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.fill(widget_id, text)
    assert _value_of(desk, field) == value


def test_words_where_a_number_belongs_change_nothing(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.fill("proposal_easting", "over there")
    assert desk.host.asked("execute") == []


def test_escape_in_a_field_keeps_the_old_number(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.click("proposal_easting")
    desk.key(imgui.Key.a, ctrl=True)
    desk.type("99")
    desk.key(imgui.Key.escape)
    assert desk.host.asked("execute") == []


def test_the_figures_of_a_proposal_are_shown_with_units(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    assert dict(desk.log["figures"].value)["Footprint"] == "240 m²"


def test_a_proposal_is_copied_and_deleted(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.size = (1280.0, 1000.0)
    desk.frames(3)
    desk.click("proposal_copy")
    desk.click("proposal_delete")
    assert desk.host.asked("copy_selected") == [None]
    assert desk.host.asked("delete_selected") == [None]


# -- time and movement -------------------------------------------------------------------------------------------------


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


DATES = [("2027-03-21", "2027-03-21"), ("1 sept 2027", "2027-09-01"), ("30-2-27", "2026-06-21")]


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


# -- simulate ----------------------------------------------------------------------------------------------------------


def test_a_simulation_is_started_and_cancelled(desk: Desk) -> None:
    desk.host.view.mode = "simulate"
    desk.frames(2)
    desk.click("sim_run")
    assert desk.host.asked("simulate") == [None]
    desk.host.view.overlay.fraction = 0.5
    desk.frames(2)
    assert "sim_run" not in desk.log
    desk.click("sim_cancel")
    assert desk.host.asked("cancel_simulation") == [None]


def test_before_and_after_are_one_click_apart(desk: Desk) -> None:
    desk.host.view.mode = "simulate"
    show_result(desk.host)
    desk.frames(3)
    desk.click("sim_show_without")
    desk.click("sim_show_difference")
    assert desk.host.asked("show_simulation") == [("without",), ("difference",)]


def test_a_legend_names_its_ticks(desk: Desk) -> None:
    desk.host.view.mode = "simulate"
    show_result(desk.host)
    desk.frames(3)
    assert desk.log["sim_legend"].label == "0 3 6 9 12"


def test_how_it_was_worked_out_is_explained_on_demand(desk: Desk) -> None:
    desk.host.view.mode = "simulate"
    desk.size = (1280.0, 1100.0)
    show_result(desk.host)
    desk.frames(3)
    before = desk.log["sim_export"].rect[1]
    desk.click("sim_help")
    desk.frames(3)
    assert desk.log["sim_export"].rect[1] > before + 60.0


# -- present, dialogs --------------------------------------------------------------------------------------------------


def test_viewpoints_follow_one_another(desk: Desk) -> None:
    desk.host.view.mode = "present"
    desk.frames(2)
    desk.click("viewpoint_next")
    assert desk.host.asked("go_to_viewpoint") == [("viewpoint-1",)]
    desk.click("viewpoint_save")
    assert desk.host.asked("save_viewpoint") == [None]


def test_presenting_leaves_the_city_alone(desk: Desk) -> None:
    desk.click("mode_present")
    assert "variant_add" not in desk.log


def test_the_welcome_opens_the_town_a_path_or_a_recent_place() -> None:
    with imgui_context():
        host = FakeHost()
        host.change_settings(recent=("harbour.cvscene",))
        desk = Desk(host)
        desk.frames(3)
        desk.click("welcome_choose")
        assert host.asked("choose_open") == [None]
        desk.click("welcome_town")
        assert host.asked("open_town") == [None]
        desk.click("welcome_example")
        assert host.asked("open_example") == [None]
        desk.fill("welcome_path", "delft.city.json")
        assert host.asked("open_path") == [("delft.city.json",)]
        desk.click("recent_0")
        assert host.asked("open_path")[-1] == ("harbour.cvscene",)


@pytest.mark.parametrize(("answer", "asked"), [("recovery_yes_0", (0, True)), ("recovery_no_1", (1, False))])
def test_the_work_of_every_run_that_was_not_saved_is_offered(desk: Desk, answer: str, asked: tuple[int, bool]) -> None:
    desk.host.left_work = (
        LeftWork("Harbour", 4, "2026-06-21 12:00", "plan.cvscene"),
        LeftWork("Centre", 1, "2026-06-20 09:30"),
    )
    desk.frames(3)
    desk.click(answer)
    assert desk.host.asked("recover") == [asked]
    desk.click("recovery_later")
    desk.frames(2)
    assert "recovery_yes_0" not in desk.ui.widgets.log


def test_work_that_was_brought_back_and_never_saved_is_not_called_no_steps(desk: Desk) -> None:
    said: list[str] = []
    desk.ui.widgets.text_wrapped = said.append  # type: ignore[method-assign]
    desk.host.left_work = (LeftWork("Harbour", 0, "21 June 2026, 12:00"),)
    desk.frames(3)
    assert "Brought back on 21 June 2026, 12:00, and not saved since" in said
    assert not any(words.startswith("0 ") for words in said)


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


def test_settings_change_at_once(desk: Desk) -> None:
    desk.host.view.show_settings = True
    desk.frames(3)
    desk.click("set_touch")
    assert desk.host.settings.touch


def test_at_twice_the_size_bars_are_one_row_and_everything_is_still_there() -> None:
    with imgui_context(scale=2.0):
        host = FakeHost(full_scenario())
        host.change_settings(scale=2.0)
        desk = Desk(host, (1280.0, 720.0))
        desk.frames(5)
        assert desk.ui.top.height < 120.0
        desk.click("mode")
        desk.click("mode_2")
        assert host.view.mode == "simulate"
        desk.click("nav")
        desk.click("nav_2")
        assert host.asked("set_navigation") == [("walk",)]


def test_photographs_can_be_switched_off_where_the_city_has_them(desk: Desk) -> None:
    desk.frames(2)
    assert "show_photos" not in desk.log
    desk.host.has_photos = True
    desk.frames(2)
    desk.click("show_photos")
    assert not desk.host.settings.show_photos
    desk.click("show_photos")
    assert desk.host.settings.show_photos


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


@pytest.mark.parametrize("language", ["en", "nl"])
def test_with_the_largest_letters_in_a_small_window_nothing_is_cut(language: str) -> None:
    set_language(language)
    with imgui_context(scale=2.5):
        host = FakeHost(full_scenario())
        host.change_settings(scale=2.5)
        host.view.pointer_map = (85_012.66, 447_473.24, 12.3)
        host.status.problem("A tile is missing. [tiles/7.glb]")
        desk = Desk(host, (1024.0, 700.0))
        desk.frames(6)
        for widget_id in ("menu", "mode", "search_open", "time", "compass", "problems", "notice_close", "notice_copy"):
            x0, y0, x1, y1 = desk.log[widget_id].rect
            assert 0.0 <= x0 < x1 <= 1024.0, widget_id
            assert 0.0 <= y0 < y1 <= 700.0, widget_id
        bar = imgui.internal.find_window_by_name("###bottom")
        assert bar.content_size.x <= bar.size.x, "the coordinates are cut"
    set_language("en")


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

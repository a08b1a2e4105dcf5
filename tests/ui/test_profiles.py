"""Profiles: a workshop sees only the big, safe actions, and finds its way back to the start."""

from __future__ import annotations

from explorer.settings import Settings
from explorer.viewstate import MODES
from tests.ui.fake_host import FakeHost, full_scenario, select_feature, select_proposal, show_result
from tests.ui.imgui_fixture import Desk, imgui_context


def test_the_profile_is_chosen_in_the_settings_and_kept() -> None:
    with imgui_context():
        host = FakeHost(full_scenario())
        host.view.show_settings = True
        desk = Desk(host)
        desk.frames(3)
        desk.click("set_profile")
        assert Settings().profile == "planner"
        desk.click("set_profile_1")
        assert host.settings.profile == "workshop"


def test_a_workshop_sees_the_big_safe_actions_and_nothing_that_loses_work() -> None:
    seen: dict[str, set[str]] = {}
    for profile in ("planner", "workshop"):
        with imgui_context():
            host = FakeHost(full_scenario())
            host.change_settings(profile=profile)
            ids: set[str] = set()
            for mode in MODES:
                for select in (select_proposal, select_feature):
                    select(host)
                    host.view.mode = mode
                    desk = Desk(host, (1280.0, 1200.0))
                    for has_result in (False, True):
                        show_result(host)
                        host.view.overlay.has_result = has_result
                        desk.frames(3)
                        ids |= set(desk.log)
            seen[profile] = ids
    assert seen["workshop"] - {"nav_start"} < seen["planner"]  # the way back for the next visitor
    big = {"tool_block", "proposal_storeys", "proposal_delete", "time", "nav_walk", "undo", "sim_run", "before_after"}
    assert big <= seen["workshop"]
    expert = {
        "variant_delete",
        "proposal_easting",
        "sim_export",
        "sim_resolution",
        "attributes",
        "nav_fly",
        "date",
        "section",
    }
    assert expert <= seen["planner"] - seen["workshop"]


def test_a_workshop_has_no_scissors_and_a_way_back_to_the_start() -> None:
    with imgui_context():
        host = FakeHost(full_scenario())
        desk = Desk(host)
        desk.frames(2)
        assert "section" in desk.log and "nav_start" not in desk.log
        host.change_settings(profile="workshop")
        desk.frames(2)
        assert "section" not in desk.log
        desk.click("nav_start")
        assert host.asked("go_to_start") == [None]
        host.view.show_settings = True
        desk.frames(2)
        desk.click("set_return")
        desk.click("set_return_0")
        assert host.settings.return_minutes == 0.0

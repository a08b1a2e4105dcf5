"""Every panel draws, in every mode and state, and is the same in every language."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.i18n import set_language
from explorer.settings import THEMES
from explorer.viewstate import MODES
from tests.ui.fake_host import FakeHost, full_scenario, select_feature, select_proposal, show_result
from tests.ui.imgui_fixture import Desk, imgui_context


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

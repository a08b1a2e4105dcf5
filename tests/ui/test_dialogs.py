"""What opens over the city: welcome, work that was left, settings; and presenting."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.ui import LeftWork
from explorer.ui.welcome_ui import parted
from tests.ui.fake_host import FakeHost
from tests.ui.imgui_fixture import Desk, imgui_context


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


def test_settings_change_at_once(desk: Desk) -> None:
    desk.host.view.show_settings = True
    desk.frames(3)
    desk.click("set_touch")
    assert desk.host.settings.touch


def test_photographs_can_be_switched_off_where_the_city_has_them(desk: Desk) -> None:
    desk.frames(2)
    assert "show_photos" not in desk.log
    desk.host.has_photos = True
    desk.frames(2)
    desk.click("show_photos")
    assert not desk.host.settings.show_photos
    desk.click("show_photos")
    assert desk.host.settings.show_photos


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("http://city.example:8077/tiles/tileset.json", ("tileset.json", "http://city.example:8077/tiles")),
        ("https://city.example/", ("https://city.example/", "")),
        (str(Path("a") / "delft" / "tileset.json"), ("tileset.json", str(Path("a") / "delft"))),
    ],
)
def test_where_a_place_is_is_written_as_it_was_typed(place: str, parts: tuple[str, str]) -> None:
    assert parted(place) == parts

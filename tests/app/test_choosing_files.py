"""Choosing a file to open: by the list in the window, by keys alone, or by the system's own dialog."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.driver import Driver, asked
from tests.importers.specimens import HORIZONTAL, one_box, write

pytestmark = pytest.mark.xdist_group("window")


def test_the_list_in_the_window_goes_through_folders_to_a_file(driver: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "cities" / "delft"
    folder.mkdir(parents=True)
    one_box(folder, **HORIZONTAL)
    write(folder / "notes.txt", "not a city")
    app = driver.app
    driver.press("lcontrol", "o")
    assert app.view.files is not None
    app.list_folder(str(tmp_path))
    driver.wait(lambda: app.view.files is not None and app.view.files.folder == str(tmp_path.resolve()))
    for name in ("cities", "delft", "one.city.json"):
        driver.step(2)
        assert app.view.files is not None
        number = [entry.name for entry in app.view.files.entries].index(name)
        _left, top, _right, bottom = app.ui.widgets.log[f"file_{number}"].rect
        assert bottom - top >= 32.0
        driver.click(f"file_{number}")
        driver.wait(lambda: app.view.files is None or not app.view.files.is_reading)
    assert "1 building" in asked(driver)


def test_keys_alone_choose_a_file(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    one_box(tmp_path / "city", **HORIZONTAL)
    app = driver.app
    app.view.show_welcome = False
    driver.press("lcontrol", "o")
    app.list_folder(str(tmp_path / "city"))
    driver.wait(lambda: app.view.files is not None and app.view.files.folder.endswith("city"))
    driver.step(3)
    driver.press("backspace")
    driver.wait(lambda: app.view.files is not None and app.view.files.folder == str(tmp_path.resolve()))
    driver.step(3)
    driver.press("enter")
    driver.wait(lambda: app.view.files is not None and app.view.files.folder.endswith("city"))
    driver.step(3)
    driver.press("enter")
    driver.wait(lambda: app.view.files is None)
    assert "1 building" in asked(driver)


def test_a_folder_that_cannot_be_read_is_said(driver: Driver, tmp_path: Path) -> None:
    driver.app.choose_open()
    driver.app.list_folder(str(tmp_path / "nowhere"))
    driver.wait(lambda: driver.app.view.files is not None and bool(driver.app.view.files.error))
    driver.app.choose_file(str(tmp_path / "nothing.json"))
    assert driver.app.view.files is not None and "nothing.json" in driver.app.view.files.error


class FakeDialogs:
    """A system whose dialogs answer when the test says so."""

    def __init__(self) -> None:
        self.reply: str | None = None
        self.is_closed = False
        self.asked: list[Path] = []

    def is_available(self) -> bool:
        return True

    def ask_open(self, title: str, folder: Path) -> FakeDialogs:
        self.asked.append(folder)
        return self

    def ask_save(self, title: str, suggestion: Path) -> FakeDialogs:
        self.asked.append(suggestion)
        return self

    def answer(self) -> str | None:
        return self.reply

    def close(self) -> None:
        self.is_closed = True


def test_the_systems_dialog_is_asked_between_frames_and_may_be_closed_without_an_answer(
    driver: Driver, tmp_path: Path
) -> None:
    dialogs = driver.app.chooser._dialogs = FakeDialogs()
    driver.press("lcontrol", "o")
    driver.step(3)
    assert driver.app.chooser.is_waiting and driver.app.view.files is None
    dialogs.reply = ""
    driver.step(2)
    assert not driver.app.chooser.is_waiting and not driver.app.opener.is_busy
    dialogs.reply = None
    driver.app.choose_open()
    dialogs.reply = str(one_box(tmp_path, **HORIZONTAL))
    assert "1 building" in asked(driver)
    driver.app.change_settings(touch=True)  # fingers get our own list
    driver.app.choose_open()
    assert driver.app.view.files is not None

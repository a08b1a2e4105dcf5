"""The hour: it passes in sight, is dragged and typed, leaves out the dark, and is one step of undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.app.daylight import later
from explorer.render import Engine
from explorer.scenario import ChangeScene
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, small_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    driver.app.view.show_welcome = False
    driver.open(str(small_town))
    driver.app.execute(ChangeScene({"minute": 900, "date": "2026-03-21"}))
    driver.step(2)
    yield driver
    driver.app.close()


def _minute(driver: Driver) -> int:
    scenario = driver.app.scenario
    assert scenario is not None
    return scenario.scene.minute


def test_a_day_that_passes_shows_its_hour_and_is_one_step_of_undo(driver: Driver) -> None:
    driver.press("t")
    driver.step(30, dt=1.0 / 30.0)
    shown = driver.app.view.passing_minute
    assert shown is not None and 950 < shown < 970 and _minute(driver) == 900
    assert driver.app.ui.widgets.log["hour"].value.startswith("15:5") or shown >= 960
    driver.press("t")
    driver.step(2)
    assert driver.app.view.passing_minute is None and _minute(driver) == pytest.approx(shown, abs=5)
    driver.app.undo()
    assert _minute(driver) == 900


def test_taking_the_hour_in_hand_stops_the_clock_where_it_is_let_go(driver: Driver) -> None:
    driver.press("t")
    driver.step(5)
    x0, y0, x1, y1 = driver.app.ui.widgets.log["time"].rect
    driver.app.backend.inject_mouse_move((x0 + x1) / 2.0, (y0 + y1) / 2.0)
    driver.step(2)
    driver.app.backend.inject_button("mouse1", True)
    driver.step(3)
    assert not driver.app.view.is_playing and _minute(driver) == 900
    driver.app.backend.inject_button("mouse1", False)
    driver.step(3)
    assert _minute(driver) == pytest.approx(720, abs=30)
    driver.app.undo()
    assert _minute(driver) == 900


def test_a_passing_hour_does_not_go_along_into_another_place(driver: Driver, small_town: Path) -> None:
    driver.press("t")
    driver.step(5)
    before = driver.app.place
    driver.app.open_path(str(small_town))
    driver.app.answer_unsaved("discard")
    driver.wait(lambda: driver.app.place is not before)
    assert not driver.app.view.is_playing and driver.app.view.passing_minute is None


@pytest.mark.parametrize(
    ("minute", "by", "sunrise", "sunset", "following"),
    [
        (900.0, 1.0, 400.0, 1140.0, 901.0),
        (1184.0, 1.0, 400.0, 1140.0, 1185.0),
        (1184.5, 1.0, 400.0, 1140.0, 355.0),  # it is dark: on to dawn
        (120.0, 1.0, 400.0, 1140.0, 355.0),
        (1439.5, 1.0, None, None, 0.5),  # midnight sun, or polar night
        (1439.5, 1.0, 20.0, 1430.0, 0.5),  # it never gets dark between
        (700.0, 1.0, 20.0, 1430.0, 701.0),
        (30.0, 1.0, 200.0, 1420.0, 155.0),  # dusk ends after midnight
    ],
)
def test_the_dark_is_left_out(
    minute: float, by: float, sunrise: float | None, sunset: float | None, following: float
) -> None:
    assert later(minute, by, sunrise, sunset) == pytest.approx(following)

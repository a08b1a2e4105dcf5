"""A table that visitors walk away from: the next one finds the view that the scene begins with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.app.frame_loop import FrameLoop
from explorer.render import Engine
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, small_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    driver.app.view.show_welcome = False
    driver.open(str(small_town))
    yield driver
    driver.app.close(discard=True)


def _wander_off(driver: Driver) -> None:
    """Somebody goes elsewhere, takes a tool and hides the panels."""
    app = driver.app
    x, y, z = app.rig.camera.position
    app.rig.set_camera(replace(app.rig.camera, position=(x + 200.0, y, z), pitch_deg=-50.0))
    driver.press("b")
    driver.press("h")


def test_a_workshop_returns_to_the_start_when_nobody_touches_it_and_only_then(driver: Driver) -> None:
    app = driver.app
    start = np.array(app.rig.camera.position)
    app.change_settings(profile="workshop", return_minutes=2.0)
    _wander_off(driver)
    driver.step(60, dt=1.0)
    app.backend.inject_mouse_move(500.0, 300.0)  # somebody is still there
    driver.step(100, dt=1.0)
    assert np.linalg.norm(app.rig.camera.position - start) > 100.0
    driver.step(40, dt=1.0)
    assert app.rig.camera.position == pytest.approx(start, abs=0.01)
    assert app.view.tool == "select" and app.view.panels_visible and app.scenario is not None


def test_a_window_at_rest_which_turns_seldom_counts_all_of_the_time(driver: Driver) -> None:
    app, now = driver.app, [1000.0]
    start = np.array(app.rig.camera.position)
    app.change_settings(profile="workshop", return_minutes=1.0)
    _wander_off(driver)
    loop = FrameLoop(app, clock=lambda: now[0])
    for _turn in range(150):  # 75 s, two turns a second
        now[0] += 0.5
        loop.turn()
    assert app.rig.camera.position == pytest.approx(start, abs=0.01)


@pytest.mark.parametrize("settings", [{"profile": "planner"}, {"profile": "workshop", "return_minutes": 0.0}])
def test_whoever_plans_or_does_not_want_it_stays_where_they_are(driver: Driver, settings: dict[str, object]) -> None:
    driver.app.change_settings(**settings)
    _wander_off(driver)
    there = driver.app.rig.camera.position
    driver.step(400, dt=1.0)
    assert driver.app.rig.camera.position == pytest.approx(there, abs=0.01)


def test_a_key_goes_back_to_the_view_it_began_with(driver: Driver) -> None:
    start = driver.app.rig.camera
    _wander_off(driver)
    driver.press("lcontrol", "home")
    driver.step(90)
    assert driver.app.rig.camera.position == pytest.approx(start.position, abs=0.01)
    assert driver.app.rig.camera.pitch_deg == pytest.approx(start.pitch_deg, abs=0.01)

"""A window at rest draws nothing, and wakes at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from explorer.scenario import ChangeScene
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


def at_rest(driver: Driver) -> None:
    driver.wait(lambda: not (driver.app.jobs.is_busy or driver.app.tile_jobs.is_busy))
    driver.step(4)


def test_nothing_looks_different_until_something_changes(driver: Driver, small_town: Path) -> None:
    driver.open(str(small_town))
    at_rest(driver)
    assert not any(driver.app.frame(0.02) for _ in range(10))
    driver.app.execute(ChangeScene({"minute": 660}))
    assert driver.app.frame(0.02)  # another shadow, another hour on the slider
    at_rest(driver)
    assert not driver.app.frame(0.02)
    driver.app.frame_city()
    driver.app.rig.zoom(2.0, (0.0, 0.0, 0.0))
    assert sum(driver.app.frame(0.02) for _ in range(5)) >= 3  # a camera on its way
    at_rest(driver)
    driver.app.backend.inject_mouse_move(*driver.app.ui.widgets.log["menu"].centre)
    assert any(driver.app.frame(0.02) for _ in range(2))  # a button under the pointer


def test_the_loop_sleeps_and_a_key_wakes_it(driver: Driver, small_town: Path) -> None:
    driver.open(str(small_town))
    at_rest(driver)
    loop, later = driver.app.loop, time.monotonic() + 5.0
    loop.is_awake(time.monotonic())
    loop._awake_until, loop._last = 0.0, later
    assert not loop.is_awake(later)
    driver.app.backend.inject_button("n", True)
    assert loop.is_awake(later + 0.001)
    driver.app.backend.inject_button("n", False)
    loop.is_awake(later)
    loop._awake_until = 0.0
    assert not loop.is_awake(later)
    assert loop.is_awake(later + 1.0)  # now and then it looks by itself

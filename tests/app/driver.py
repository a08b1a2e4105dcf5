"""Drives the real application without a window: the same loop, input injected at the same door as the window's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.app.application import Application
from explorer.render import Engine
from explorer.scenario import Proposal


class Driver:
    """Hands and eyes of a test."""

    def __init__(self, engine: Engine, *, draws: bool = True) -> None:
        """`draws=False` leaves out the drawing itself, for tests of what is asked and said: much faster."""
        self.engine = engine
        self.draws = draws
        self.app = Application(engine)

    def step(self, frames: int = 1, dt: float = 1.0 / 30.0) -> None:
        """Let some frames pass."""
        for _ in range(frames):
            self.app.frame(dt)
            if self.draws:
                self.engine.base.task_mgr.step()

    def wait(self, condition: Callable[[], Any], secs: float = 90.0) -> None:
        """Let frames pass until something is so."""
        end = time.monotonic() + secs
        while not condition():
            assert time.monotonic() < end, f"it did not come about; problems: {self.app.status.problems}"
            self.step()

    def open(self, what: str) -> None:
        """Open a place and wait until all of the view is there."""
        before = self.app.place
        self.app.open_path(what)
        self.wait(lambda: self.app.place is not None and self.app.place is not before)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is loading."""
        self.step(2)
        self.wait(lambda: self.app.tiles is not None and self.app.tiles.loading == 0)
        self.step(2)

    def rest(self) -> None:
        """Wait until nobody works on anything, and what fades is there, or gone."""
        self.wait(lambda: not (self.app.jobs.is_busy or self.app.tile_jobs.is_busy))
        self.step(4, dt=0.5)

    def click_at(self, x: float, y: float, button: str = "mouse1") -> None:
        """Click a place of the window."""
        self.app.backend.inject_mouse_move(x, y)
        self.step(2)
        self.app.backend.inject_button(button, True)
        self.step(2)
        self.app.backend.inject_button(button, False)
        self.step(2)

    def click(self, widget_id: str) -> None:
        """Click a widget by its id."""
        self.click_at(*self.app.ui.widgets.log[widget_id].centre)

    def press(self, *keys: str) -> None:
        """Press keys together, as lcontrol and z."""
        for key in keys:
            self.app.backend.inject_button(key, True)
            self.step()
        for key in reversed(keys):
            self.app.backend.inject_button(key, False)
            self.step()

    def on_screen(self, world: Any) -> tuple[float, float]:
        """Where a world point is in the window. [px]"""
        x, y, depth = self.app.rig.camera.project(np.asarray([world], dtype=np.float64))[0]
        assert depth > 0.0
        return float(x), float(y)

    def picture(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """The city's picture now."""
        return self.app.renderer.screenshot()


def asked(driver: Driver) -> str:
    """What is asked about where a city is, once it is asked."""
    driver.wait(lambda: driver.app.view.crs_question is not None)
    driver.step(2)
    question = driver.app.view.crs_question
    assert question is not None
    return question.sentence


def the_building(driver: Driver) -> Proposal:
    """The only one that is proposed."""
    scenario = driver.app.scenario
    assert scenario is not None
    (proposal,) = scenario.proposals(driver.app.active_variant)
    return proposal

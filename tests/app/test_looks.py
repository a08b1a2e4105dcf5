"""Which tier is drawn: by command line, settings, measurement, and what the OpenGL can."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from explorer.app.looks import Looks
from explorer.render import OFFICE, PRESENTATION, STANDARD, Abilities, Engine, Tier
from explorer.settings import TIERS, Settings, load_settings
from explorer.status import Status
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("gl")

ALL = Abilities(samples=8, has_float_targets=True)


def looks(
    ms: float = 1.0, able: Abilities = ALL, *, forced: str | None = None, status: Status | None = None, **engine: Any
) -> Looks:
    described = {"is_offscreen": False, "is_software": False} | engine
    window = Engine(base=None, has_reversed_depth=True, renderer_name="made up", **described)
    return Looks(window, status or Status(), forced, measure=lambda _engine: ms, abilities=lambda _engine: able)


@pytest.mark.parametrize(
    ("ms", "tier"), [(0.8, PRESENTATION), (3.9, PRESENTATION), (4.1, STANDARD), (19.0, STANDARD), (21.0, OFFICE)]
)
def test_the_measured_time_chooses_the_tier(ms: float, tier: Tier) -> None:
    assert looks(ms).tier(Settings()) == tier


def test_settings_come_before_the_measurement_and_the_command_line_before_both() -> None:
    assert looks(1.0).tier(Settings(tier="office")) == OFFICE
    assert looks(99.0).tier(Settings(tier="presentation")) == PRESENTATION
    assert looks(1.0, forced="standard").tier(Settings(tier="office")) == STANDARD


def test_nothing_is_measured_where_somebody_has_chosen() -> None:
    def fail(_engine: Engine) -> float:
        raise AssertionError("measured")

    engine = Engine(None, is_offscreen=False, is_software=False, has_reversed_depth=True, renderer_name="")
    chosen = Looks(engine, Status(), None, measure=fail, abilities=lambda _engine: ALL)
    assert chosen.tier(Settings(tier="standard")) == STANDARD


@pytest.mark.parametrize(
    ("able", "drawn", "lack"),
    [
        (Abilities(samples=0, has_float_targets=True), "office", "no multisampling"),
        (Abilities(samples=4, has_float_targets=False), "office", "no float targets"),
    ],
)
@pytest.mark.parametrize("wanted", ["standard", "presentation"])
def test_an_opengl_that_cannot_falls_back_and_says_so(able: Abilities, drawn: str, lack: str, wanted: str) -> None:
    status = Status()
    assert looks(1.0, able, status=status).tier(Settings(tier=wanted)).name == drawn
    (problem,) = status.problems
    assert wanted in problem.text and drawn in problem.text and lack in problem.text


def test_what_was_measured_is_never_more_than_the_opengl_can() -> None:
    status = Status()
    assert looks(1.0, Abilities(0, False), status=status).tier(Settings()) == OFFICE
    assert not status.problems, "nobody asked for more"


def test_a_processor_with_few_cores_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert looks(0.1, is_software=True).tier(Settings()) == OFFICE
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert looks(9.0, is_software=True).tier(Settings()) == STANDARD


def test_the_names_in_the_settings_are_those_of_the_tiers() -> None:
    assert tuple(tier.name for tier in (OFFICE, STANDARD, PRESENTATION)) == TIERS


def test_a_tier_that_is_chosen_in_the_settings_is_drawn_at_once(
    gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path))
    driver = Driver(gl_engine, draws=False)
    try:
        assert driver.app.renderer.tier == OFFICE
        driver.app.looks.forced = "standard"
        driver.app.apply_view_settings()
        assert driver.app.renderer.tier == STANDARD
        driver.app.change_settings(tier="presentation")
        assert driver.app.renderer.tier == PRESENTATION, "who chooses in the settings means it"
        assert load_settings(driver.app.settings_path).tier == "presentation"
        driver.step()
    finally:
        driver.app.close(discard=True)

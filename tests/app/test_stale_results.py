"""A result is out of date when the scene asks for another one, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.render import Engine
from explorer.scenario import ChangeScene, RenameVariant
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, small_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    driver.app.view.show_welcome = False
    driver.open(str(small_town))
    yield driver
    driver.app.close()


@pytest.mark.parametrize("kind", ["sun_hours", "shadow"])
def test_what_does_not_change_a_result_leaves_it_fresh_and_undo_makes_it_so_again(driver: Driver, kind: str) -> None:
    app, overlay = driver.app, driver.app.view.overlay
    assert app.scenario is not None
    overlay.kind, overlay.resolution, overlay.step_minutes = kind, 8.0, 30.0
    app.simulate()
    driver.wait(lambda: overlay.has_result)
    app.save_viewpoint()
    app.place_section("plane")
    app.execute(RenameVariant("variant-1", "Ours"))
    assert not overlay.is_stale
    app.execute(ChangeScene({"minute": app.scenario.scene.minute + 60}))
    assert overlay.is_stale == (kind == "shadow")
    app.undo()
    assert not overlay.is_stale
    at = app.place.frame.to_map([(*app.place.city_points()[:, :2].mean(axis=0), 0.0)])[0]  # type: ignore[union-attr]
    app.place_block((float(at[0]), float(at[1]), float(at[2])))
    assert overlay.is_stale
    app.undo()
    assert not overlay.is_stale
    app.execute(ChangeScene({"date": "2026-12-21"}))
    assert overlay.is_stale

"""A result is out of date when the scene asks for another one, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.render import Engine
from explorer.scenario import AddVariant, ChangeScene, RenameVariant
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


def _with_a_block(driver: Driver) -> None:
    """A block of ten storeys in the middle of the city, and hours of sun around it, on its walls or on the ground."""
    app, overlay = driver.app, driver.app.view.overlay
    assert app.place is not None and app.scenario is not None
    at = app.place.frame.to_map([(*app.place.city_points()[:, :2].mean(axis=0), 0.0)])[0]
    app.place_block((float(at[0]), float(at[1]), float(at[2])))
    (block,) = app.scenario.proposals(app.active_variant)
    app.change_proposal(block.id, storeys=10)
    overlay.area, overlay.resolution, overlay.step_minutes = "proposal", 4.0, 60.0


def _work_out(driver: Driver) -> None:
    driver.app.simulate()
    driver.wait(lambda: driver.app.view.overlay.has_result and not driver.app.jobs.is_busy)


def test_before_and_after_changes_the_hours_with_the_city_and_makes_nothing_out_of_date(driver: Driver) -> None:
    app, overlay = driver.app, driver.app.view.overlay
    _with_a_block(driver)
    _work_out(driver)
    after = dict(overlay.figures)
    driver.press("x")
    assert app.active_variant is None and overlay.show == "without" and not overlay.is_stale
    assert dict(overlay.figures) != after
    driver.press("x")
    assert app.active_variant is not None and overlay.show == "with" and not overlay.is_stale
    assert dict(overlay.figures) == after
    app.show_simulation("difference")
    driver.press("x")
    assert overlay.show == "difference" and not overlay.is_stale
    app.execute(AddVariant("Another"))
    assert overlay.is_stale


def test_hours_on_a_wall_are_read_by_pointing_at_it(driver: Driver) -> None:
    app, overlay = driver.app, driver.app.view.overlay
    _with_a_block(driver)
    overlay.receivers = "facades"
    _work_out(driver)
    assert app.place is not None and app.scenario is not None
    (block,) = app.scenario.proposals(app.active_variant)
    wall = app.place.frame.to_world([(block.easting, block.northing, block.base_height + 15.0)])[0]
    camera = replace(
        app.rig.camera, position=(wall[0], wall[1] - 90.0, wall[2] + 10.0), heading_deg=0.0, pitch_deg=-6.0
    )
    app.rig.set_camera(camera)
    driver.draws = True
    driver.settle()
    found = app.pick(*driver.on_screen(wall))
    assert found is not None and found.proposal_id == block.id
    driver.wait(lambda: _points(driver, wall) is not None, secs=20.0)
    assert 0.0 <= _points(driver, wall) <= 24.0  # type: ignore[operator]
    overlay.kind, overlay.resolution = "shadow", 8.0  # somebody is about to ask something else
    assert (overlay.answered.kind, overlay.answered.resolution) == ("sun_hours", 4.0)


def _points(driver: Driver, at: np.ndarray) -> float | None:
    driver.app.backend.inject_mouse_move(*driver.on_screen(at))
    driver.step(3)
    return driver.app.view.overlay.probe


def test_an_export_asks_before_it_replaces_a_file(driver: Driver, tmp_path: Path) -> None:
    app, file = driver.app, tmp_path / "hours.tif"
    app.view.overlay.resolution, app.view.overlay.step_minutes = 8.0, 60.0
    _work_out(driver)
    file.write_bytes(b"somebody's own")
    app.export_simulation(str(file))
    assert file.read_bytes() == b"somebody's own" and app.view.overlay.export_replaces == str(file)
    app.export_simulation(str(file), replaces=True)
    assert file.stat().st_size > 1000 and app.view.overlay.export_replaces == ""

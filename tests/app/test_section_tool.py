"""The section in the real program: placed, pulled, typed, undone and saved, while the city is seen cut open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.app.sections import caps_of, cut_of
from explorer.scenario import ChangeSection, DeleteSection, Section, ShowLayer, ShowSection, read_scene
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(opened: Driver) -> Driver:
    app = opened.app
    assert app.place is not None and app.scenario is not None
    for section in app.scenario.sections:
        app.execute(DeleteSection(section.id))
    app.set_tool("select")
    app.view.show_section = False
    x, y = app.place.city_points()[:, :2].mean(axis=0)
    position = (float(x), float(y) - 60.0, 120.0)
    app.rig.set_camera(replace(app.rig.camera, position=position, pitch_deg=-50.0, heading_deg=0.0))
    opened.settle()
    opened.rest()
    return opened


def _active(driver: Driver) -> Section:
    scenario = driver.app.scenario
    assert scenario is not None and scenario.section is not None
    return scenario.section


def test_a_plane_is_placed_by_keys_and_buttons_and_undone(driver: Driver) -> None:
    app = driver.app
    before = driver.picture()
    driver.press("k")
    driver.step(3)
    driver.click("section_plane")
    driver.rest()
    section = _active(driver)
    assert section.shape == "plane" and section.name
    cut = driver.picture()
    assert np.abs(cut.astype(int) - before).mean() > 3.0
    driver.press("lcontrol", "z")
    driver.rest()
    assert app.scenario is not None and app.scenario.section is None
    assert np.abs(driver.picture().astype(int) - before).mean() < 0.5


def test_pulling_a_handle_is_one_step_that_can_be_undone(driver: Driver) -> None:
    app = driver.app
    app.view.show_section = True
    app.place_section("box")
    driver.rest()
    start = _active(driver)
    x, y = app.ui.handles.places["move"]
    app.backend.inject_mouse_move(x, y)
    driver.step(2)
    app.backend.inject_button("mouse1", True)
    driver.step(2)
    app.backend.inject_mouse_move(x + 60.0, y)
    driver.step(2)
    assert _active(driver) == start, "nothing is done before the handle is let go"
    app.backend.inject_button("mouse1", False)
    driver.step(2)
    driver.rest()
    assert _active(driver).easting > start.easting + 5.0
    assert abs(_active(driver).northing - start.northing) < 2.0
    app.undo()
    assert _active(driver) == start


def test_the_arrows_slide_it_and_numbers_are_typed(driver: Driver) -> None:
    app = driver.app
    app.view.show_section = True
    app.place_section("plane")
    start = _active(driver)
    driver.press("lcontrol", "arrow_up")
    assert _active(driver).northing == pytest.approx(start.northing + 1.0)
    app.change_section(heading_deg=45.0)
    assert _active(driver).heading_deg == 45.0


def test_a_polygon_that_crosses_itself_is_refused_and_can_be_mended(driver: Driver) -> None:
    app = driver.app
    app.place_section("polygon")
    assert app.view.tool == "cut"
    x, y, z = app.rig.camera.position
    crossing = [(x - 20, y + 20, 0.0), (x + 20, y + 60, 0.0), (x + 20, y + 20, 0.0), (x - 20, y + 60, 0.0)]
    assert not app.sections.place_ring(crossing)
    assert app.status.refusal
    assert app.sections.place_ring([crossing[0], crossing[2], crossing[1], crossing[3]])
    assert len(_active(driver).ring) == 4
    del z


def test_a_section_is_saved_and_comes_back(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    app.place_section("box")
    section = _active(driver)
    path = tmp_path / "cut.cvscene"
    app.save(str(path))
    driver.wait(lambda: path.exists() and not app.jobs.is_busy)
    assert read_scene(path).scenario.section == section


def test_what_makes_no_section_is_refused_in_words(driver: Driver) -> None:
    app = driver.app
    app.place_section("box")
    section = _active(driver)
    app.execute(ChangeSection(section.id, {"size": (0.0, 10.0, 10.0)}))
    assert _active(driver) == section
    assert "1 cm" in app.status.refusal


def test_the_camera_goes_below_the_ground_only_when_asked(driver: Driver) -> None:
    app = driver.app
    low = replace(app.rig.camera, position=(*app.rig.camera.position[:2], -15.0), pitch_deg=10.0)
    app.rig.set_camera(low)
    app.stage.update(app.rig.camera, is_walking=True)
    driver.wait(lambda: app.ground.ground_height(*low.position[:2]) is not None)
    driver.step(3)
    assert app.rig.camera.position[2] > -10.0
    app.set_underground(True)
    app.rig.set_camera(low)
    driver.step(3)
    assert app.rig.camera.position[2] == pytest.approx(-15.0)
    assert driver.picture().min(axis=-1).mean() > 40.0
    app.set_underground(False)
    driver.step(3)
    assert app.rig.camera.position[2] > -10.0


def test_hidden_sections_stay_in_the_scene(driver: Driver) -> None:
    app = driver.app
    app.place_section("plane")
    section = _active(driver)
    app.execute(ShowSection(None))
    assert app.scenario is not None
    assert app.scenario.section is None and app.scenario.sections == (section,)


def _reopened(driver: Driver, what: Path) -> None:
    app, before = driver.app, driver.app.place
    app.open_path(str(what))
    driver.step()
    if app.view.asks_unsaved:
        app.answer_unsaved("discard")
    driver.wait(lambda: app.place is not None and app.place is not before)
    driver.settle()


def test_the_command_lines_section_cuts_what_is_opened_next(driver: Driver, small_town: Path) -> None:
    app = driver.app
    assert app.place is not None
    e, n, _h = app.place.frame.origin
    app.sections.first = f"plane:{e},{n},0,30"
    _reopened(driver, small_town)
    assert _active(driver).heading_deg == 30.0
    app.sections.first = "plane:here"
    _reopened(driver, small_town)
    assert app.scenario is not None and app.scenario.section is None
    assert any("plane:here" in str(problem) for problem in app.status.problems)


def test_a_layer_that_is_not_shown_is_not_cut_either(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None and app.scenario is not None
    app.place_section("plane")
    cut = cut_of(app.place, _active(driver))
    now = replace(app.place, scenario=app.scenario)
    assert caps_of(now, cut, None).areas
    (layer,) = app.scenario.layers
    app.execute(ShowLayer(layer.id, False))
    driver.rest()
    assert not caps_of(replace(app.place, scenario=app.scenario), cut, None).areas
    app.undo()

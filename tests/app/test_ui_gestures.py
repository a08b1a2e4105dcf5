"""Gestures in the real program: drawing with typed metres, dragging handles, menus, and everything by keys alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.scenario import read_scene
from tests.app.driver import Driver, the_building

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(town_from_above: Driver) -> Driver:
    return town_from_above


def drag(driver: Driver, kind: str, dx: float, dy: float, *keys: str) -> None:
    """Pull a handle; keys are pressed before it is let go."""
    x, y = driver.app.ui.handles.places[kind]
    driver.app.backend.inject_mouse_move(x, y)
    driver.step(2)
    driver.app.backend.inject_button("mouse1", True)
    driver.step(2)
    driver.app.backend.inject_mouse_move(x + dx, y + dy)
    driver.step(2)
    for key in keys:
        driver.press(key)
    driver.app.backend.inject_button("mouse1", False)
    driver.step(2)


def test_a_finger_that_rests_opens_the_menu_and_one_that_taps_does_not(driver: Driver) -> None:
    app = driver.app
    app.change_settings(touch=True)
    x, y = 400.0, 300.0
    app.backend.inject_mouse_move(x, y)
    driver.step(2)
    app.backend.inject_button("mouse1", True)
    driver.step(9)
    assert app.view.menu_map is None
    driver.step(15)
    assert app.view.menu_map is not None
    app.backend.inject_button("mouse1", False)
    driver.step(3)
    assert "context_block" in app.ui.widgets.log  # letting go closes nothing
    driver.click("context_block")
    driver.step(2)
    assert the_building(driver).storeys == 4


def test_a_footprint_of_typed_lengths_is_exact(driver: Driver) -> None:
    app = driver.app
    driver.press("p")
    driver.click_at(400.0, 250.0)
    app.backend.inject_mouse_move(540.0, 250.0)
    driver.step(2)
    assert any(measure.words.endswith(" m") for measure in app.measures())
    for key in ("2", "0", ".", "5", "enter"):
        driver.press(key)
    first, second = (np.array(corner[:2]) for corner in app.tool.outline.corners)
    assert np.linalg.norm(second - first) == pytest.approx(20.5, abs=1e-6)
    driver.press("escape")
    assert app.view.drawing == 0
    assert app.view.tool == "draw"  # Esc gives up the drawing first, then the tool
    driver.press("escape")
    assert app.view.tool == "select"


def test_a_bad_outline_is_refused_each_time_by_what_is_wrong_with_it_now(driver: Driver) -> None:
    status = driver.app.status
    driver.press("p")
    for _attempt in range(2):
        for x, y in ((400.0, 250.0), (480.0, 250.0), (400.0, 310.0), (480.0, 310.0)):
            driver.click_at(x, y)
        assert status.refusal == ""
        driver.press("enter")
        assert "crosses itself" in status.refusal
        driver.press("escape")
        assert status.refusal == ""
    for x, y in ((400.0, 250.0), (401.0, 250.0), (401.0, 251.0)):
        driver.click_at(x, y)
    driver.press("enter")
    assert status.refusal != "" and "crosses" not in status.refusal
    assert status.problems == ()


def test_a_click_into_the_sky_with_a_tool_says_that_no_ground_is_there(driver: Driver) -> None:
    app = driver.app
    driver.press("b")
    before = app.rig.camera
    app.rig.set_camera(replace(before, pitch_deg=60.0))
    driver.step(2)
    driver.click_at(440.0, 200.0)
    assert "no ground" in app.status.refusal
    app.rig.set_camera(before)
    driver.step(2)
    driver.click_at(440.0, 330.0)
    assert app.status.refusal == ""
    assert the_building(driver).storeys == 4


def test_what_is_typed_right_behind_ctrl_f_is_searched_and_commands_nothing(driver: Driver) -> None:
    app = driver.app
    for key, is_down in (("lcontrol", True), ("f", True), ("f", False), ("lcontrol", False)):
        app.backend.inject_button(key, is_down)
    for letter in "brug 0":  # b takes a tool, r and g move, 0 shows the city as it is
        app.backend.inject_button("space" if letter == " " else letter, True)
        app.backend.inject_text(letter)
        app.backend.inject_button("space" if letter == " " else letter, False)
    driver.step(25)
    assert app.ui.top.query == "brug 0"
    assert app.view.tool == "select" and app.active_variant is not None


def test_each_handle_is_one_step_of_undo_and_escape_leaves_all_as_it_was(driver: Driver) -> None:
    app = driver.app
    driver.press("b")
    driver.click_at(440.0, 330.0)
    placed = the_building(driver)

    drag(driver, "move", 60.0, 10.0)
    moved = the_building(driver)
    assert abs(moved.easting - placed.easting) > 3.0
    app.undo()
    driver.step(2)
    assert the_building(driver) == placed

    drag(driver, "turn", -30.0, -60.0)
    assert the_building(driver).rotation_deg not in (0.0, 360.0)
    app.undo()
    driver.step(2)
    assert the_building(driver) == placed

    drag(driver, "height", 0.0, -40.0)
    assert the_building(driver).storeys > placed.storeys
    app.undo()
    driver.step(2)

    label = app.undo_label
    drag(driver, "move", 80.0, 0.0, "escape")
    assert the_building(driver) == placed
    assert app.undo_label == label
    assert app.view.selected is not None  # Esc gave up the gesture alone

    drag(driver, "move", 80.0, 0.0, "1", "2", ".", "5")
    moved = the_building(driver)
    assert np.hypot(moved.easting - placed.easting, moved.northing - placed.northing) == pytest.approx(12.5, abs=0.002)
    drag(driver, "height", 0.0, -5.0, "7", "enter")
    assert the_building(driver).storeys == 7

    # a right click offers what fits the building
    top = app.place.frame.to_world([[moved.easting + 4.0, moved.northing, moved.base_height + 21.0]])[0]  # type: ignore[union-attr]
    driver.click_at(*driver.on_screen(top), button="mouse3")
    driver.step(2)
    driver.click("context_turn_left")
    assert the_building(driver).rotation_deg == 15.0


def test_the_window_says_what_is_open_and_whether_it_is_saved(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    saved = app.backend.title
    assert saved.endswith(" – citiverse-explorer") and not saved.startswith("•")
    driver.press("b")
    driver.click_at(440.0, 330.0)
    assert app.backend.title == f"• {saved}"
    app.save(str(tmp_path / "courtyard.cvscene"))
    driver.wait(lambda: app.backend.title == "courtyard – citiverse-explorer")


def test_an_area_is_drawn_by_two_corners_and_the_simulation_keeps_to_it(driver: Driver) -> None:
    app = driver.app
    driver.press("v")
    assert app.view.mode == "simulate"
    driver.click_at(400.0, 250.0)
    app.backend.inject_mouse_move(540.0, 380.0)
    driver.step(2)
    assert any("×" in measure.words for measure in app.measures())
    driver.click_at(540.0, 380.0)
    o = app.view.overlay
    assert o.area == "drawn"
    assert o.rectangle is not None
    o.resolution, o.step_minutes = 4.0, 30.0
    driver.press("u")
    driver.wait(lambda: o.has_result)
    assert app.desk.shown_area == pytest.approx(o.rectangle, abs=4.0)
    app.clear_area()
    assert o.rectangle is None
    assert o.area == "view"


def test_with_keys_alone_a_block_is_placed_raised_simulated_and_saved(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    driver.press("b")
    driver.press("space")
    driver.step(2)
    placed = the_building(driver)
    driver.press("=")
    driver.press("=")
    driver.press("lcontrol", "arrow_right")
    assert the_building(driver).storeys == placed.storeys + 2
    assert the_building(driver).easting == pytest.approx(placed.easting + 1.0)

    # F6 goes round the panels, Tab through what is in them, Esc back to the city
    seen = []
    for _panel in range(4):
        driver.press("f6")
        seen.append(app.ui.focus.panel)
    assert seen == ["top", "left_show_panel", "right", "bottom"]  # a small window shows one side at a time
    assert app.ui.has_keyboard
    storeys = the_building(driver).storeys
    driver.press("arrow_right")  # walks in the panel, not through the city
    assert app.ui.has_keyboard
    driver.press("escape")
    assert not app.ui.has_keyboard
    assert the_building(driver).storeys == storeys
    assert app.view.selected is not None

    driver.press("escape")
    app.view.overlay.area, app.view.overlay.resolution, app.view.overlay.step_minutes = "proposal", 8.0, 30.0
    driver.press("u")
    driver.wait(lambda: app.view.overlay.has_result)
    driver.press("x")
    assert app.active_variant is None
    driver.press("x")
    assert app.active_variant is not None

    scene = tmp_path / "keys.cvscene"
    app.save(str(scene))  # the first name is asked for in a window; from then on Ctrl+S writes there
    driver.press("=")
    driver.press("lcontrol", "s")
    (saved,) = read_scene(scene).scenario.proposals(app.active_variant)
    assert saved.storeys == the_building(driver).storeys


def test_a_viewpoint_of_somebody_who_stands_in_a_street_is_walked_on_from(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None
    x, y, z = app.rig.camera.position
    ground = app.tool.ground_at((x, y, z))
    for height, mode in ((1.65, "walk"), (30.0, "orbit")):
        app.rig.set_camera(replace(app.rig.camera, position=(x, y, ground + height), pitch_deg=10.0))
        app.rig.set_mode("orbit")
        app.save_viewpoint()
        app.frame_city()
        driver.step(60)
        assert app.scenario is not None
        app.go_to_viewpoint(app.scenario.viewpoints[-1].id)
        driver.wait(lambda mode=mode: app.rig.mode == mode and not app.rig.is_waiting_for_ground)
        driver.step(60)
        assert app.rig.mode == mode
        assert app.rig.camera.position[:2] == pytest.approx((x, y), abs=1.5)
        assert app.rig.camera.pitch_deg == pytest.approx(10.0, abs=0.5)

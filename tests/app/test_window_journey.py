"""Journeys through the real program: the same loop and doors as in the window, without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.render import Engine
from explorer.scenario import read_scene
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine)
    yield driver
    driver.app.close()


def test_from_a_tileset_to_a_saved_scenario_that_opens_again(driver: Driver, small_town: Path, tmp_path: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    empty = driver.picture()
    assert len(np.unique(empty.reshape(-1, 3), axis=0)) > 200  # a city, not a blank

    # propose: a block on a house, which goes
    assert app.place is not None
    house = next(
        hit
        for hit in app.place.layers[0].index.search("house", 50)
        if hit.kind == "Building" and hit.bounds and hit.bounds[5] - hit.bounds[2] < 16.0
    )
    app.select_feature(house.id)
    app.frame_selection()
    driver.step(60)
    driver.settle()
    assert house.bounds is not None
    top = app.place.frame.to_world([[(house.bounds[0] + house.bounds[3]) / 2, (house.bounds[1] + house.bounds[4]) / 2,
                                     house.bounds[5]]])[0]  # fmt: skip
    driver.click("mode_propose")
    driver.click("tool_block")
    driver.click_at(*driver.on_screen(top))
    (proposal,) = app.scenario.proposals(app.active_variant)  # type: ignore[union-attr]
    assert house.id in proposal.hidden_features

    # change by number, undo by key
    app.change_proposal(proposal.id, storeys=9)
    driver.press("lcontrol", "z")
    assert app.scenario.proposal(proposal.id).storeys == 4  # type: ignore[union-attr]
    app.redo()
    assert app.scenario.proposal(proposal.id).storeys == 9  # type: ignore[union-attr]

    # simulate around it
    driver.click("mode_simulate")
    app.view.overlay.area, app.view.overlay.resolution, app.view.overlay.step_minutes = "proposal", 4.0, 30.0
    driver.step(2)
    driver.click("sim_run")
    driver.wait(lambda: app.view.overlay.has_result)
    with_figures = dict(app.view.overlay.figures)
    app.show_simulation("without")
    assert dict(app.view.overlay.figures) != with_figures
    app.view.overlay.probe = 10.0  # read with the pointer, which has gone to the button since
    app.show_simulation("difference")
    assert app.legend is not None
    assert app.view.overlay.probe is None  # ten hours are no difference

    # the scene changes: the result says that it is out of date
    app.change_proposal(proposal.id, storeys=2)
    assert app.view.overlay.is_stale
    app.undo()

    # save, reopen: the same view and the same proposal
    app.clear_simulation()
    scene = tmp_path / "out" / "plan.cvscene"
    scene.parent.mkdir()
    app.save(str(scene))
    assert not app.has_unsaved_changes
    camera = app.rig.camera
    assert read_scene(scene).thumbnail is not None
    driver.open(str(scene))
    assert app.scenario.proposal(proposal.id).storeys == 9
    assert np.allclose(app.rig.camera.position, camera.position, atol=0.01)
    hidden = app.scenario.hidden_features(app.active_variant)
    assert house.id in hidden


def test_a_walker_stands_on_the_ground_and_walks(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    driver.click("nav_walk")
    driver.wait(lambda: app.rig.standing_on is not None and not app.rig.is_waiting_for_ground)
    start = app.rig.standing_on
    assert start is not None
    assert app.rig.camera.position[2] == pytest.approx(start[2] + 1.65, abs=0.35)
    app.backend.inject_button("w", True)
    driver.step(45)
    app.backend.inject_button("w", False)
    end = app.rig.standing_on
    assert end is not None
    assert np.hypot(end[0] - start[0], end[1] - start[1]) > 0.3


def test_a_click_selects_a_building_and_shows_what_is_known(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    hits = app.search("straat") or app.search("kade") or app.search("building")
    assert hits
    app.go_to(hits[0])
    driver.step(60)
    driver.settle()
    assert app.view.selected is not None
    assert app.view.selected.attributes
    bounds = app.view.selected.bounds
    assert bounds is not None and app.place is not None
    centre = app.place.frame.to_world([[(bounds[0] + bounds[3]) / 2, (bounds[1] + bounds[4]) / 2, bounds[5] - 0.2]])[0]
    app.select_none()
    driver.click_at(*driver.on_screen(centre))
    assert app.view.selected is not None
    assert app.view.selected.feature_id is not None


def test_buildings_are_found_first_and_a_street_once(driver: Driver, small_town: Path) -> None:
    driver.open(str(small_town))
    place = driver.app.place
    assert place is not None and place.layers[0].index is not None
    streets = [hit for hit in place.layers[0].index.search("straat", 200) if hit.kind == "Road"]
    name = str(streets[0].attributes["name"])
    hits = driver.app.search(name)
    kinds = [hit.detail.split(" · ")[0] for hit in hits]
    assert kinds == sorted(kinds, key=lambda kind: kind != "Building")
    roads = [hit.title for hit in hits if hit.detail.startswith("Road")]
    assert name in roads and len(roads) == len(set(roads))


def test_what_cannot_be_opened_is_said_and_the_place_of_before_stays(
    driver: Driver, small_town: Path, tmp_path: Path
) -> None:
    driver.open(str(small_town))
    before = driver.app.place
    broken = tmp_path / "broken.cvscene"
    broken.write_bytes(b"PK\x03\x04 nothing")
    driver.app.open_path(str(broken))
    driver.wait(lambda: bool(driver.app.status.problems))
    assert "broken.cvscene" in driver.app.status.problems[-1].text
    assert driver.app.place is before

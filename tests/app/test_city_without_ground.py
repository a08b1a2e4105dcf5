"""A city whose data is buildings alone: its land can be pointed at, built on and asked, as everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.render import Engine
from tests.app.driver import Driver
from tests.importers.specimens import E, N, box_vertices, building, document, write

pytestmark = pytest.mark.xdist_group("window")

CORNERS = ((0.0, 0.0), (60.0, 0.0), (0.0, 60.0), (60.0, 60.0))
"""South-west corners of four blocks of 10 m, with nothing between them. [m]"""
MIDDLE = (E + 35.0, N + 35.0)


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    objects = {f"b{i}": building(8 * i, year=1900) for i in range(len(CORNERS))}
    vertices = [vertex for x, y in CORNERS for vertex in box_vertices(E + x, N + y)]
    path = write(tmp_path / "bare.city.json", document(objects, vertices))
    driver = Driver(gl_engine)
    driver.app.view.show_welcome = False
    driver.open(str(path))
    assert driver.app.place is not None
    x, y, _z = driver.app.place.frame.to_world(np.array([[*MIDDLE, 0.0]]))[0]
    camera = replace(driver.app.rig.camera, position=(x, y - 60.0, 100.0), pitch_deg=-60.0, heading_deg=0.0)
    driver.app.rig.set_camera(camera)
    driver.settle()
    yield driver
    driver.app.close()


def _on_screen(driver: Driver, east: float = 0.0) -> tuple[float, float]:
    """Where the land `east` metres east of the middle is seen. [px]"""
    app = driver.app
    assert app.place is not None and app.tiles is not None
    x, y, _z = app.place.frame.to_world(np.array([[*MIDDLE, 0.0]]))[0]
    return driver.on_screen((x + east, y, app.tiles.land.height))


def test_the_land_is_pointed_at(driver: Driver) -> None:
    driver.app.backend.inject_mouse_move(*_on_screen(driver))
    driver.wait(lambda: driver.app.view.pointer_map is not None, secs=5.0)
    assert driver.app.view.pointer_map == pytest.approx((*MIDDLE, 1.0), abs=0.1), "houses float"


def test_a_block_stands_on_the_land_at_the_feet_of_the_city(driver: Driver) -> None:
    app = driver.app
    app.set_tool("block")
    driver.click_at(*_on_screen(driver))
    assert app.scenario is not None
    (proposal,) = app.scenario.proposals(app.active_variant)
    assert (proposal.easting, proposal.northing) == pytest.approx(MIDDLE, abs=0.5)
    assert proposal.base_height == pytest.approx(1.0, abs=0.01)


def test_sun_hours_are_seen_and_read_on_the_land_and_exported_where_they_are_found(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = driver.app
    before = driver.picture()
    app.view.overlay.area, app.view.overlay.resolution = "all", 4.0
    app.set_mode("simulate")
    app.simulate()
    driver.wait(lambda: app.view.overlay.has_result)
    x, y = _on_screen(driver, east=10.0)
    (plain, draped) = (picture[int(y), int(x)].astype(float) for picture in (before, driver.picture()))
    assert np.ptp(draped) > np.ptp(plain) + 40.0, "the land is not coloured"
    app.backend.inject_mouse_move(x, y)
    driver.wait(lambda: app.view.overlay.probe is not None, secs=5.0)

    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "me").mkdir()
    app.export_simulation("hours.tif")
    assert (tmp_path / "me" / "hours.tif").is_file()
    (tmp_path / "plans").mkdir()
    app.save(str(tmp_path / "plans" / "a.cvscene"))
    app.export_simulation("hours.tif")
    assert (tmp_path / "plans" / "hours.tif").is_file()


def test_what_a_section_cuts_away_is_not_pointed_at(driver: Driver) -> None:
    app = driver.app
    x, y = _on_screen(driver, east=15.0)
    assert app.pick(x, y) is not None
    app.place_section("plane")
    app.change_section(easting=MIDDLE[0], northing=MIDDLE[1], heading_deg=90.0)
    away, left = _on_screen(driver, east=15.0), _on_screen(driver, east=-15.0)
    found = [app.pick(*away), app.pick(*left)]
    assert sorted(pick is None for pick in found) == [False, True]


def test_what_is_pointed_at_is_not_looked_for_while_the_camera_turns_without_a_graphics_card(driver: Driver) -> None:
    app = driver.app
    assert app.engine.is_software
    app.backend.inject_mouse_move(*_on_screen(driver))
    driver.wait(lambda: app.view.pointer_map is not None, secs=5.0)
    start = app.rig.camera
    for step in range(1, 8):
        app.rig.set_camera(replace(start, heading_deg=start.heading_deg + 3.0 * step))
        driver.step()
    assert app.view.pointer_map is None, "what was under the pointer is no longer"
    app.rig.set_camera(start)
    driver.wait(lambda: app.view.pointer_map is not None, secs=5.0)
    assert app.view.pointer_map == pytest.approx((*MIDDLE, 1.0), abs=0.1)

"""A city whose heights begin at hundreds of metres, and lie as far apart: neither 0 nor its lowest is the ground."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.render import Engine
from tests.app.driver import Driver
from tests.importers.specimens import E, N, box_vertices, building, document, write

pytestmark = pytest.mark.xdist_group("gl")
_HEIGHT, _DROP = 900.0, 450.0


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    from importers import import_city

    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    objects, vertices = {}, []
    for k in range(9):
        objects[f"b{k}"] = building(len(vertices))
        vertices += box_vertices(E + 30.0 * (k % 3), N + 30.0 * (k // 3), base=_HEIGHT)
    for k in range(3):
        objects[f"in the valley {k}"] = building(len(vertices))
        vertices += box_vertices(E + 900.0 + 30.0 * k, N, base=_HEIGHT - _DROP)
    import_city([write(tmp_path / "x.city.json", document(objects, vertices))], tmp_path / "city")
    said = tmp_path / "city" / "tileset.json"
    tileset = json.loads(said.read_text())
    tileset["asset"]["extras"]["citiverse"]["origin"][2] = 0.0  # as of tilesets that others wrote
    said.write_text(json.dumps(tileset))
    driver = Driver(gl_engine)
    driver.open(str(tmp_path / "city"))
    yield driver
    driver.app.close(discard=True)


def test_from_low_above_a_roof_the_ground_is_known_and_nobody_sinks_below_it(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None
    x, y, z = (float(v) for v in app.place.frame.to_world([[E + 5.0, N + 5.0, _HEIGHT + 6.0]])[0])
    app.rig.set_camera(replace(app.rig.camera, position=(x, y, z + 60.0), pitch_deg=-60.0))
    driver.wait(lambda: app.ground.ground_height(x, y) is not None)
    assert app.ground.ground_height(x, y) == pytest.approx(z, abs=0.1)


def test_who_walks_there_has_shadows_as_fine_as_anywhere(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None
    x, y, z = (float(v) for v in app.place.frame.to_world([[E + 20.0, N + 20.0, _HEIGHT]])[0])
    app.rig.set_camera(replace(app.rig.camera, position=(x, y, z + 20.0), pitch_deg=-10.0))
    app.rig.set_mode("walk")
    driver.wait(lambda: app.rig.standing_on is not None)
    driver.step(3)
    feet = app.rig.standing_on
    assert feet is not None and feet[2] == pytest.approx(z, abs=0.5)
    assert app.renderer._light.land_height < feet[2] - 300.0
    assert app.renderer._light.ground_height == pytest.approx(feet[2], abs=1.0)


def test_who_flies_over_the_hill_has_shadows_fitted_to_it_and_over_the_valley_to_that(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None
    for east, height in ((30.0, _HEIGHT), (940.0, _HEIGHT - _DROP)):
        x, y, z = (float(v) for v in app.place.frame.to_world([[E + east, N + 10.0, height]])[0])
        app.rig.set_camera(replace(app.rig.camera, position=(x, y, z + 150.0), pitch_deg=-89.0))
        driver.wait(lambda: not app.tiles.is_busy)
        driver.step(2)
        assert app.renderer._light.ground_height == pytest.approx(z, abs=2.0)

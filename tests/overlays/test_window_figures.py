"""The window's figures are the command line's, from wherever one looks and whatever is loaded for the eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from explorer.geo import Camera
from explorer.render import Engine
from explorer.scenario import PlaceProposal, Proposal, ScenarioStore, read_scene, write_scene
from tests.app.driver import Driver
from tests.cli.program import Program

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine)
    yield driver
    driver.app.close()


def _values(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return np.asarray(raster.read(1))


def test_the_window_has_the_figures_of_the_command_line_from_any_camera_and_before_anything_is_loaded(
    driver: Driver, small_town: Path, tmp_path: Path
) -> None:
    program, scene = Program(tmp_path / "other"), tmp_path / "plan.cvscene"
    assert program.call("scene", "new", small_town, "-o", scene, cwd=tmp_path).code == 0
    store = ScenarioStore(read_scene(scene).scenario)
    settings = store.scenario.scene
    ring = ((-12.0, -8.0), (12.0, -8.0), (12.0, 8.0), (-12.0, 8.0))
    east, north, base = settings.origin
    block = Proposal(
        id="block", variant_id=settings.active_variant or "", easting=east, northing=north, base_height=base,
        footprint=ring, storeys=9,
    )  # fmt: skip
    store.execute(PlaceProposal(block))
    write_scene(scene, store.scenario)
    area = (east - 60.0, north - 60.0, east + 60.0, north + 60.0)
    words = ("simulate", scene, "sun_hours", "--area=" + ",".join(map(repr, area)), "--step", "60", "--resolution", "5")
    assert program.call(*words, "-o", "with.tif", cwd=tmp_path).code == 0
    assert program.call(*words, "--compare", "existing", "-o", "change.tif", cwd=tmp_path).code == 0
    assert np.nanmin(_values(tmp_path / "change.tif")) < -1.0

    app = driver.app
    app.open_path(str(scene))
    driver.wait(lambda: app.place is not None)  # not settled: hardly a tile is there
    overlay = app.view.overlay
    poses = (((0.0, -9000.0, 50.0), 180.0, 20.0), ((-100.0, -150.0, 90.0), 30.0, -25.0), ((3.0, 4.0, 2.0), 200.0, 5.0))
    for position, heading, pitch in poses:
        camera: Camera = replace(app.rig.camera, position=position, heading_deg=heading, pitch_deg=pitch)
        app.rig.set_camera(camera)
        driver.step(2)
        overlay.kind, overlay.receivers, overlay.area, overlay.rectangle = "sun_hours", "ground", "drawn", area
        overlay.resolution, overlay.step_minutes = 5.0, 60.0
        app.simulate()
        driver.wait(lambda: overlay.has_result)
        for which, file in (("with", "with.tif"), ("difference", "change.tif")):
            app.show_simulation(which)
            app.export_simulation(str(tmp_path / "window.tif"), replaces=True)
            assert _values(tmp_path / "window.tif").tobytes() == _values(tmp_path / file).tobytes()
        app.clear_simulation()
        driver.step()

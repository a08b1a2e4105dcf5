"""The real program: with nothing open, with a town for one test, and with a town for a file's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.app.web import web_access
from explorer.render import Engine
from importers import import_city
from tests.app.driver import Driver
from tests.importers.specimens import box_vertices, building, document, write
from tests.tileformat.height_specimens import EASTING, NORTHING


@pytest.fixture
def kept_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, of which what is kept of the web is closed afterwards."""
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    access = web_access()
    assert access.cache is not None
    access.cache.close()


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """With nothing open and a home of its own; it draws nothing. Tests that need more make their own."""
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    yield driver
    driver.app.close(discard=True)


@pytest.fixture
def town_from_above(
    gl_engine: Engine, small_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Driver]:
    """The sample town, its middle seen from above."""
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine)
    driver.app.view.show_welcome = False
    driver.open(str(small_town))
    # straight down on the middle of the city: pixels are metres, and roofs hide nothing
    camera = driver.app.rig.camera
    driver.app.rig.set_camera(replace(camera, position=(camera.position[0], camera.position[1] + 60.0, 140.0),
                                      pitch_deg=-75.0, heading_deg=0.0))  # fmt: skip
    driver.settle()
    yield driver
    driver.app.close()


@pytest.fixture(scope="module")
def opened(gl_engine: Engine, small_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The sample town in the program, opened once for a file's tests: each begins by tidying up after the others."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path_factory.mktemp("home")))
        driver = Driver(gl_engine)
        driver.app.view.show_welcome = False
        driver.open(str(small_town))
        yield driver
        driver.app.close()


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One building in Delft, with no ground and a home of its own: it stands on the terrain or the imagery given."""
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    file = write(tmp_path / "x.json", document({"b": building()}, box_vertices(EASTING, NORTHING)))
    import_city([file], tmp_path / "city")
    return str(tmp_path / "city")

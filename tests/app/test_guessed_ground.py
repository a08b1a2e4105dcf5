"""Cities without land of their own: the ground in the picture meets the feet of the houses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.app.guessed_ground import GuessedGround, ground_tile, squares_around
from explorer.app.places import Place
from explorer.geo import Camera
from explorer.jobs import InlineJobs
from explorer.render import Engine
from explorer.streaming import PreparedMesh, PreparedTile
from explorer.surface import SQUARE_METRES, Square, area_of_square
from explorer.surface.estimated_ground import TOLERANCE
from tests.app.driver import Driver
from tests.importers.specimens import E, N, box_vertices, building, document, write

pytestmark = pytest.mark.xdist_group("window")

STEPS = ((0.0, 1.0), (40.0, 3.0), (80.0, 5.0), (120.0, 6.0))
"""East of the corner, and height of the feet, of a row of houses on a slope. [m]"""


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    objects = {f"b{i}": building(8 * i, year=1900) for i in range(len(STEPS))}
    vertices = [vertex for east, foot in STEPS for vertex in box_vertices(E + east, N, base=foot)]
    path = write(tmp_path / "slope.city.json", document(objects, vertices))
    driver = Driver(gl_engine)
    driver.app.view.show_welcome = False
    driver.open(str(path))
    yield driver
    driver.app.close()


def _place(driver: Driver) -> Place:
    assert driver.app.place is not None
    return driver.app.place


def _lowest_foot(driver: Driver) -> float:
    return float(_place(driver).frame.to_world(np.array([[E, N, STEPS[0][1]]]))[0, 2])


def _look_at_the_row(driver: Driver) -> None:
    x, y, _z = _place(driver).frame.to_world(np.array([[E + 65.0, N + 5.0, 0.0]]))[0]
    camera = replace(driver.app.rig.camera, position=(x, y - 90.0, 60.0), pitch_deg=-32.0, heading_deg=0.0)
    driver.app.rig.set_camera(camera)
    driver.settle()
    driver.rest()


def test_every_house_of_a_slope_stands_on_the_ground_that_is_seen(driver: Driver) -> None:
    _look_at_the_row(driver)
    app = driver.app
    for east, foot in STEPS:
        x, y, z = _place(driver).frame.to_world(np.array([[E + east + 5.0, N - 0.5, foot]]))[0]
        found = app.pick(*driver.on_screen((float(x), float(y), float(z))))
        assert found is not None and found.feature_id is None
        assert found.position[2] == pytest.approx(z, abs=0.35), "a house hovers or sinks"


def test_what_is_seen_is_what_people_walk_on(driver: Driver) -> None:
    place = _place(driver)
    surface = place.surface()
    x, y, _z = place.frame.to_world(np.array([[E + 65.0, N + 5.0, 0.0]]))[0]
    for square in squares_around(replace(driver.app.rig.camera, position=(x, y, 50.0)), 0.0):
        tile = ground_tile(surface, square)
        if tile is None:
            continue
        (mesh,) = tile.meshes
        assert isinstance(mesh, PreparedMesh)
        corners = mesh.positions + tile.centre
        inside = corners[(np.abs(corners[:, :2] - (x, y)) < 60.0).all(axis=1)]
        if len(inside):
            walked = surface.ground_height(inside[:, :2])
            assert np.abs(walked - inside[:, 2]).max() < 2.0 * TOLERANCE


def test_the_land_beyond_is_as_high_as_the_end_of_the_ground(driver: Driver) -> None:
    _look_at_the_row(driver)
    assert driver.app.tiles is not None
    assert driver.app.tiles.land.height == pytest.approx(_lowest_foot(driver), abs=0.01)


def test_ground_near_and_ahead_is_wanted_and_none_from_high_above() -> None:
    camera = Camera((10.0, 10.0, 100.0), 0.0, -20.0, width=160, height=120)
    wanted = squares_around(camera, 0.0)
    assert (0, 0) in wanted and (0, 2) in wanted, "below the eye, and 270 m ahead"
    west, south, east, north = area_of_square(wanted[0])
    assert west <= 10.0 <= east and south <= 10.0 + 275.0 and north >= 10.0
    assert len(wanted) < 80 and len(set(wanted)) == len(wanted)
    assert not squares_around(replace(camera, position=(10.0, 10.0, 2000.0)), 0.0)


class _Shown:
    """What a `GuessedGround` shows."""

    def __init__(self, driver: Driver) -> None:
        self.squares: dict[Square, PreparedTile] = {}
        self.levels: list[float] = []
        self.jobs = InlineJobs()
        self.ground = GuessedGround(
            _place(driver).surface(), self.jobs, self._take, self.levels.append, lambda tile: tile
        )

    def _take(self, square: Square, tile: PreparedTile | None) -> None:
        if tile is None:
            self.squares.pop(square, None)
        else:
            self.squares[square] = tile

    def look(self, camera: Camera) -> None:
        for _frame in range(150):
            self.ground.update(camera, 0.0)
            self.jobs.collect()


def test_ground_is_finer_near_the_eye(driver: Driver) -> None:
    place, shown = _place(driver), _Shown(driver)
    x, y, _z = (float(v) for v in place.frame.to_world(np.array([[E + 65.0, N + 5.0, 0.0]]))[0])
    above = replace(driver.app.rig.camera, position=(x, y, 900.0), pitch_deg=-89.0)
    shown.look(above)
    coarse = sum(tile.n_triangles for tile in shown.squares.values())
    shown.look(replace(above, position=(x, y, 30.0)))
    assert sum(tile.n_triangles for tile in shown.squares.values()) > 1.3 * coarse > 0


def test_ground_comes_with_the_camera_and_goes_when_it_is_far(driver: Driver) -> None:
    place, shown = _place(driver), _Shown(driver)
    x, y, _z = (float(v) for v in place.frame.to_world(np.array([[E + 65.0, N + 5.0, 0.0]]))[0])
    camera = replace(driver.app.rig.camera, position=(x, y, 50.0), pitch_deg=-30.0)
    shown.look(camera)
    home = (int(np.floor(x / SQUARE_METRES)), int(np.floor(y / SQUARE_METRES)))
    assert home in shown.squares
    assert shown.levels == [pytest.approx(_lowest_foot(driver), abs=0.01)]
    shown.look(replace(camera, position=(x + 5000.0, y, 50.0)))
    assert not shown.squares
    shown.look(camera)
    assert home in shown.squares and len(shown.levels) == 1

"""A city on a terrain: seen, walked on, simulated, saved and opened again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from explorer.app.finding import open_place
from explorer.app.places import Place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.errors import ExplorerError
from importers import import_city
from tests.importers.specimens import box_vertices, building, document, write
from tests.tileformat.terrain_specimen import land, pyramid, pyramid_in_two

EASTING, NORTHING = 84_600.0, 447_300.0
"""In the middle of the specimen's terrain, in Delft. [m]"""
POINTS = np.array([[-40.0, 25.0], [60.0, -30.0], [0.0, 200.0]])


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """One building, no ground."""
    file = write(tmp_path / "x.json", document({"b": building()}, box_vertices(EASTING, NORTHING)))
    import_city([file], tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture(params=["one layer", "on top of a country's"])
def terrain(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "terrain"
    for name, data in (pyramid() if request.param == "one layer" else pyramid_in_two(13)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "layer.json"


@pytest.fixture
def address(terrain: Path) -> Iterator[str]:
    """The same terrain from a web server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(terrain.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/layer.json"
    server.shutdown()
    server.server_close()


def _heights_fit(place: Place) -> bool:
    surface = place.surface()
    heights = surface.ground_height(POINTS)
    world = np.column_stack([POINTS, heights])
    lonlath = place.frame.transform.to_geodetic(place.frame.to_map(world))
    return not surface.ground_is_estimated and bool(
        np.allclose(lonlath[:, 2], land(lonlath[:, 0], lonlath[:, 1]), atol=0.05)
    )


def test_a_city_without_ground_stands_on_the_terrain(city: Path, terrain: Path) -> None:
    assert open_place(str(city)).surface().ground_is_estimated
    place = open_place(str(city), References(terrain=str(terrain)))
    assert place.warnings == [] and _heights_fit(place)
    lo, hi = place.city_bounds()
    assert float((hi - lo)[:2].max()) < 50.0  # the view frames the city, not the terrain


def test_a_terrain_comes_from_a_server(city: Path, address: str) -> None:
    place = open_place(str(city), References(terrain=address))
    assert _heights_fit(place)
    assert place.layers[1].layer.url == address


@pytest.mark.parametrize("packed", [False, True])
def test_a_scene_keeps_its_terrain(city: Path, terrain: Path, tmp_path: Path, packed: bool) -> None:
    place = open_place(str(city), References(terrain=str(terrain)))
    target = tmp_path / "elsewhere" if packed else tmp_path
    target.mkdir(exist_ok=True)
    save_place(place, place.scenario, target / "plan.cvscene", thumbnail=None, packed=packed)
    if packed:
        terrain.parent.rename(tmp_path / "gone")
    again = open_place(str(target / "plan.cvscene"))
    assert again.warnings == [] and _heights_fit(again)


def test_a_terrain_that_is_gone_leaves_the_city_open(city: Path, terrain: Path, tmp_path: Path) -> None:
    place = open_place(str(city), References(terrain=str(terrain)))
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
    terrain.unlink()
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert len(again.layers) == 1 and "layer.json" in again.warnings[0]


def test_a_terrain_alone_says_that_it_needs_a_city(terrain: Path) -> None:
    with pytest.raises(ExplorerError, match="together with a city"):
        open_place(str(terrain))

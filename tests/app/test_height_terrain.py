"""A city on rasters of heights: GeoTIFF in any system, tiles of heights, heightmap-1.0; walked, saved, packed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.app.finding import open_place
from explorer.app.places import Place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.errors import CrsError, ExplorerError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.store.heights import read_heights
from explorer.tileformat.quantized_mesh import Rectangle
from importers import import_city
from tests.importers.specimens import box_vertices, building, document, write
from tests.store.web import Asked, Reply, WebServer, serving
from tests.tileformat.height_specimens import (
    EASTING,
    NAP,
    NORTHING,
    cesium_heightmaps,
    height_picture,
    relief,
    write_heights,
)

POINTS = np.array([[-40.0, 25.0], [60.0, -30.0], [0.0, 200.0], [-150.0, -170.0]])


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))


def _off(place: Place) -> float:
    """By how much the ground that is walked on is off the true one, at most. [m]"""
    surface = place.surface()
    assert not surface.ground_is_estimated and surface.problems == ()
    world = np.column_stack([POINTS, surface.ground_height(POINTS)])
    east, north, height = place.frame.to_map(world).T
    return float(np.abs(height - relief(east, north)).max())


def _on(city: str, terrain: str) -> Place:
    place = open_place(city, References(terrain=terrain))
    assert place.warnings == []
    return place


SYSTEMS = {
    "the city's own, said beside it": (NAP, "EPSG:28992", "#vertical=EPSG:5709"),
    "the city's own, in the file": (NAP, "EPSG:7415", ""),
    "another map, above the ellipsoid": (CompoundCrs("EPSG:32631"), "EPSG:32631", "#vertical=ellipsoidal"),
    "Web Mercator over NAP": (CompoundCrs("EPSG:3857", "EPSG:5709"), "EPSG:3857", "#vertical=5709"),
    "degrees, three-dimensional": (CompoundCrs("EPSG:4326"), "EPSG:4979", ""),
}


@pytest.mark.parametrize("how", SYSTEMS)
def test_heights_are_right_whatever_system_the_raster_is_in(how: str, city: str, tmp_path: Path) -> None:
    crs, says, more = SYSTEMS[how]
    flat = np.array([[EASTING + x, NORTHING + y] for x in (-300, 300) for y in (-300, 300)])
    lonlat = MapTransform(NAP).to_lonlat(flat)
    corners = MapTransform(CompoundCrs(crs.horizontal, ELLIPSOIDAL)).from_lonlat(lonlat)
    pixel = 4e-5 if crs.horizontal == "EPSG:4326" else 4.0
    path = write_heights(
        tmp_path / "dtm.tif", crs, says=says, box=(*corners.min(axis=0), *corners.max(axis=0)), pixel=pixel
    )
    place = _on(city, f"{path}{more}")
    assert _off(place) < 0.08
    layer = next(layer for layer in place.scenario.layers if layer.id == "terrain")
    assert layer.url == str(path) and layer.source_crs == crs.identifier


@pytest.mark.parametrize(
    ("says", "more", "said"),
    [
        ("EPSG:28992", "", "measured from: add #vertical="),
        ("EPSG:28992", "#vertical=EPSG:28992", "not a height system"),
        ("EPSG:28992", "#up=EPSG:5709", "“up” is nothing"),
        ("EPSG:32631", "#vertical=EPSG:5773", "geoid grid"),
    ],
)
def test_heights_are_never_guessed(says: str, more: str, said: str, city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif", says=says)
    with pytest.raises(ExplorerError, match=said):
        open_place(city, References(terrain=f"{path}{more}"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_scene_keeps_its_raster_and_asks_no_more(city: str, tmp_path: Path, packed: bool) -> None:
    path = write_heights(tmp_path / "dtm.tif")
    place = _on(city, f"{path}#vertical=EPSG:5709")
    target = tmp_path / "elsewhere"
    target.mkdir()
    save_place(place, place.scenario, target / "plan.cvscene", thumbnail=None, packed=packed)
    if packed:
        path.unlink()
    again = open_place(str(target / "plan.cvscene"))
    assert again.warnings == [] and _off(again) < 0.08


def _changed(**values: Any) -> Any:
    def change(heights: np.ndarray) -> np.ndarray:
        made = heights.copy()
        made[20:60, 20:60] = values.get("hole", made[20:60, 20:60])
        return (made * values.get("times", 1.0)).astype(values.get("dtype", np.float32))

    return change


def test_a_hole_is_a_hole_and_units_are_metres(city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif", nodata=-9999, change=_changed(hole=-9999.0))
    surface = _on(city, f"{path}#vertical=EPSG:5709").surface()
    # rows 20 to 60 of 200 from the north, columns likewise, 4 m each
    assert np.isnan(surface.known_ground(-400.0 + 40 * 4.0, 400.0 - 40 * 4.0))
    assert np.isfinite(surface.known_ground(-400.0 + 12 * 4.0, 400.0 - 40 * 4.0))
    import rasterio

    scaled = write_heights(tmp_path / "cm.tif", change=_changed(times=100.0, dtype=np.int16))
    with rasterio.open(scaled, "r+") as file:
        file.scales = (0.01,)
    assert _off(_on(city, f"{scaled}#vertical=EPSG:5709")) < 0.08
    feet = write_heights(tmp_path / "ft.tif", change=_changed(times=1.0 / 0.3048))
    with rasterio.open(feet, "r+") as file:
        file.units = ("ft",)
    assert _off(_on(city, f"{feet}#vertical=EPSG:5709")) < 0.08


def test_what_is_no_terrain_for_this_city_says_so(city: str, tmp_path: Path) -> None:
    far = write_heights(tmp_path / "far.tif", box=(EASTING + 50e3, NORTHING, EASTING + 51e3, NORTHING + 1e3), pixel=20)
    for where, said in (
        (f"{far}#vertical=EPSG:5709", "nothing over this area"),
        (f"{tmp_path}/none.tif", "no such file"),
        (f"{write(tmp_path / 'b.tif', 'nothing')}", "no raster that can be read"),
    ):
        with pytest.raises(ExplorerError, match=said):
            open_place(city, References(terrain=where))
    with pytest.raises(ExplorerError, match="together with a city"):
        open_place(str(far))


def test_a_raster_that_is_too_large_is_drawn_coarser_and_it_is_said(tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif")
    lonlat = MapTransform(NAP).to_lonlat(np.array([[EASTING - 390, NORTHING - 390], [EASTING + 390, NORTHING + 390]]))
    area = Rectangle(*lonlat.ravel().tolist())
    raster, told = read_heights(path, [area], vertical="EPSG:5709", most_samples=5000)
    assert raster.heights.size <= 5000 and raster.step_x == 12.0 and "3 by 3" in told[0]
    rows, columns = np.indices(raster.heights.shape)
    truth = relief(raster.west + columns * raster.step_x, raster.north - rows * raster.step_y)
    assert np.abs(raster.heights - truth).max() < 0.1


@pytest.fixture
def heights() -> Iterator[WebServer]:
    def answer(asked: Asked, vertical: str = "EPSG:5709") -> Reply:
        encoding, *tile = asked.name.removesuffix(".png").strip("/").split("/")
        z, x, y = (int(part) for part in tile)
        return Reply(height_picture((z, x, y), encoding, vertical, 128)) if z <= 16 else Reply(b"", 404)

    with serving(partial(answer)) as server:
        yield server


@pytest.mark.parametrize("encoding", ["terrarium", "mapbox"])
def test_tiles_of_heights_from_a_server(encoding: str, heights: WebServer, city: str, tmp_path: Path) -> None:
    where = (
        f"{heights.base}/{encoding}/{{z}}/{{x}}/{{y}}.png#encoding={encoding}&vertical=EPSG:5709&zoom=14-16&size=128"
    )
    place = _on(city, where)
    assert _off(place) < 0.2  # the colours of mapbox tell decimetres
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.warnings == [] and _off(again) < 0.2


def test_tiles_of_heights_say_what_they_lack(city: str) -> None:
    with pytest.raises(CrsError, match="#vertical=EPSG:5773"):
        open_place(city, References(terrain="http://127.0.0.1:9/{z}/{x}/{y}.png#encoding=terrarium"))
    with pytest.raises(ExplorerError, match="#encoding=terrarium or"):
        open_place(city, References(terrain="http://127.0.0.1:9/{z}/{x}/{y}.png#vertical=EPSG:5709"))


def test_tiles_of_heights_are_packed_with_the_scene(heights: WebServer, city: str, tmp_path: Path) -> None:
    where = f"{heights.base}/terrarium/{{z}}/{{x}}/{{y}}.png#encoding=terrarium&vertical=EPSG:5709&zoom=12-13&size=128"
    place = _on(city, where)
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=True)
    heights.answer = lambda _asked: Reply(b"", 404)
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.warnings == [] and _off(again) < 2.0  # at 23 m a sample


@pytest.mark.parametrize(("deepest", "projection"), [(14, "EPSG:4326"), (15, "EPSG:3857")])
def test_old_heightmaps_of_cesium(deepest: int, projection: str, city: str, tmp_path: Path) -> None:
    lon, lat = MapTransform(NAP).to_lonlat(np.array([[EASTING, NORTHING]]))[0]
    area = (lon - 0.006, lat - 0.004, lon + 0.006, lat + 0.004)
    for name, data in cesium_heightmaps(deepest, area, projection).items():
        path = tmp_path / "old" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert _off(_on(city, str(tmp_path / "old" / "layer.json"))) < 0.35  # steps of 0.2 m, and samples 19 m apart


def test_a_real_terrain_of_gothenburg(shared_data: Path, tmp_path: Path) -> None:
    import rasterio

    path = shared_data / "terrain" / "goteborg-solweig-demo" / "DEM_KRbig.tif"
    with rasterio.open(path) as file:
        heights, (x, y) = file.read(1), file.transform * (file.width / 2.0, file.height / 2.0)
        truth = float(heights[file.height // 2, file.width // 2])
    crs = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/3007"}
    city = write(tmp_path / "x.json", document({"b": building()}, box_vertices(x + 20.0, y + 20.0), metadata=crs))
    import_city([city], tmp_path / "city", vertical="EPSG:5613", height_offset=35.0)
    place = open_place(str(tmp_path / "city"), References(terrain=f"{path}#vertical=EPSG:5613"))
    world = place.frame.to_world(np.array([[x + 0.5, y - 0.5, 0.0]]))[0]
    ground = place.surface().known_ground(float(world[0]), float(world[1]))
    assert place.frame.to_map(np.array([[0.0, 0.0, ground]]))[0, 2] == pytest.approx(truth, abs=0.06)

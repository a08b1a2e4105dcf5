"""Terrain as services and tools have it: rasters that lie askew or say little, tiles that are missing or finer."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from explorer.app.finding import open_place
from explorer.app.places import Place
from explorer.app.references import References
from explorer.errors import CrsError, ExplorerError, TilesetError
from explorer.geo import MapTransform
from explorer.store.heights import read_heights
from explorer.tileformat.quantized_mesh import Rectangle
from tests.store.web import Asked, Reply, serving
from tests.tileformat.height_specimens import EASTING, NAP, NORTHING, height_picture, relief, write_heights

POINTS = np.array([[-40.0, 25.0], [60.0, -30.0], [0.0, 200.0], [-150.0, -170.0]])


def on(city: str, terrain: str) -> Place:
    return open_place(city, References(terrain=terrain))


def off(place: Place) -> float:
    """By how much the ground that is walked on is off the true one, at most. [m]"""
    surface = place.surface()
    world = np.array([[x, y, surface.known_ground(x, y)] for x, y in POINTS])
    east, north, height = place.frame.to_map(world).T
    return float(np.abs(height - relief(east, north)).max())


def test_what_a_sentence_advises_is_understood(city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif")
    with rasterio.open(path) as file:
        heights, profile = file.read(1), {**file.profile, "crs": None}
    with rasterio.open(path, "w", **profile) as file:
        file.write(heights, 1)
    with pytest.raises(CrsError, match=r"add #crs=EPSG:28992\+5709"):
        on(city, str(path))
    assert off(on(city, f"{path}#crs=EPSG:28992+5709")) < 0.08


def test_around_a_turned_raster_there_is_no_ground(city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif", change=lambda heights: np.full_like(heights, 5.0))
    with rasterio.open(path) as file:
        heights, profile = file.read(1), dict(file.profile)
    middle = Affine.translation(EASTING, NORTHING) @ Affine.rotation(45.0) @ Affine.scale(4.0, -4.0)
    profile["transform"] = middle @ Affine.translation(-100.0, -100.0)
    with rasterio.open(path, "w", **profile) as file:
        file.write(heights, 1)
    surface = on(city, f"{path}#vertical=EPSG:5709").surface()
    assert np.isfinite(surface.known_ground(0.0, 500.0)) and np.isnan(surface.known_ground(450.0, 450.0))


@pytest.mark.parametrize("mark", [-9999.0, -32768.0])
def test_marks_for_no_height_need_not_be_said(mark: float, city: str, tmp_path: Path) -> None:
    def with_hole(heights: np.ndarray) -> np.ndarray:
        heights[20:60, 20:60] = mark
        return heights

    path = write_heights(tmp_path / "dtm.tif", change=with_hole)
    surface = on(city, f"{path}#vertical=EPSG:5709").surface()
    assert np.isnan(surface.known_ground(-400.0 + 40 * 4.0, 400.0 - 40 * 4.0))
    assert off(on(city, f"{path}#vertical=NAP")) < 0.08, "by its name, too"


def test_marks_are_not_mixed_into_a_mean(tmp_path: Path) -> None:
    """Of a raster that is too large, every few samples are read."""

    def with_marks(heights: np.ndarray) -> np.ndarray:
        heights[:] = 5.0
        heights[::7, ::5] = -9999.0
        return heights

    path = write_heights(tmp_path / "dtm.tif", change=with_marks)
    corners = np.array([[EASTING - 390, NORTHING - 390], [EASTING + 390, NORTHING + 390]])
    area = Rectangle(*MapTransform(NAP).to_lonlat(corners).ravel().tolist())
    raster, told = read_heights(path, [area], vertical="EPSG:5709", most_samples=5000)
    assert told and set(np.unique(raster.heights[np.isfinite(raster.heights)])) == {5.0}


def test_an_alpha_beside_heights_tells_where_there_are_some(city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif")
    with rasterio.open(path) as file:
        heights, profile = file.read(1), {**file.profile, "count": 2, "alpha": "yes"}
    alpha = np.full_like(heights, 255.0)
    alpha[20:60, 20:60] = 0.0
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.stack([heights / 0.3048, alpha]))
        file.colorinterp = (rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha)
        file.units = ("international foot", "")
    place = on(city, f"{path}#vertical=EPSG:5709")
    assert off(place) < 0.08
    assert np.isnan(place.surface().known_ground(-400.0 + 40 * 4.0, 400.0 - 40 * 4.0))


def test_a_raster_of_the_web_is_to_be_fetched_and_a_folder_has_its_layer(city: str) -> None:
    with pytest.raises(TilesetError, match="fetch it first"):
        on(city, "http://127.0.0.1:9/dtm.tif?key=1#vertical=EPSG:5709")
    nothing = serving(lambda asked: Reply(status=404))
    with nothing as server, pytest.raises(ExplorerError, match=r"terrain/layer\.json"):
        on(city, f"{server.base}/terrain/")


def test_a_system_of_a_building_site_is_said_to_be_none(city: str, tmp_path: Path) -> None:
    path = write_heights(tmp_path / "dtm.tif")
    with rasterio.open(path, "r+") as file:
        file.crs = rasterio.crs.CRS.from_wkt('LOCAL_CS["site",UNIT["metre",1],AXIS["X",EAST],AXIS["Y",NORTH]]')
    with pytest.raises(CrsError, match=r"dtm\.tif"):
        on(city, f"{path}#vertical=EPSG:5709")


def test_a_raster_of_kilometres_reaches_no_farther_than_it_does(city: str, tmp_path: Path) -> None:
    box = (EASTING - 6e3, NORTHING - 6e3, EASTING + 6e3, NORTHING + 6e3)
    path = write_heights(tmp_path / "dtm.tif", box=box, pixel=3000.0, change=lambda heights: np.full_like(heights, 7.0))
    surface = on(city, f"{path}#vertical=EPSG:5709").surface()
    place = on(city, f"{path}#vertical=EPSG:5709")
    ground = place.frame.to_map([[0.0, 0.0, surface.known_ground(0.0, 0.0)]])[0][2]
    assert ground == pytest.approx(7.0, abs=0.05)


def picture(asked: Asked, *, is_there: Callable[[int, int, int], bool], size: int, flipped: bool = False) -> Reply:
    """Of terrarium, from a server that has some of them."""
    if asked.name == "/tiles.json":
        said: dict[str, Any] = {"tiles": ["{z}/{x}/{y}.png"], "minzoom": 14, "maxzoom": 16, "scheme": "tms"}
        said |= {"encoding": "terrarium", "tileSize": size}
        return Reply(json.dumps(said).encode())
    z, x, y = (int(part) for part in asked.name.removesuffix(".png").strip("/").split("/"))
    y = 2**z - 1 - y if flipped else y
    return Reply(height_picture((z, x, y), "terrarium", size=size)) if is_there(z, x, y) else Reply(status=404)


def test_where_the_finest_tiles_are_missing_one_walks_on_those_above(city: str) -> None:
    for is_there in (lambda z, x, y: z <= 15, lambda z, x, y: z <= 15 or (x + y) % 2 == 0):
        with serving(partial(picture, is_there=is_there, size=256)) as server:
            where = f"{server.base}/{{z}}/{{x}}/{{y}}.png#encoding=terrarium&vertical=EPSG:5709&zoom=13-16"
            assert off(on(city, where)) < 0.3


def test_tiles_may_be_finer_than_was_said_and_count_rows_from_the_south(city: str) -> None:
    with serving(partial(picture, is_there=lambda z, x, y: True, size=512)) as server:
        where = f"{server.base}/{{z}}/{{x}}/{{y}}.png#encoding=terrarium&vertical=EPSG:5709&zoom=14-15"
        assert off(on(city, where)) < 0.2
    with serving(partial(picture, is_there=lambda z, x, y: True, size=256, flipped=True)) as server:
        assert off(on(city, f"{server.base}/tiles.json#vertical=EPSG:5709")) < 0.2

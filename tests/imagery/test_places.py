"""Imagery of every kind lies where it says, to well below a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.imagery import Where, open_imagery
from explorer.imagery.sources import OpenStore
from tests.imagery.pictures import MERCATOR, RD, marked, on_other_map, write_tiff
from tests.imagery.seeing import DOWN, EASTING, NORTHING, RD_FRAME, UTM_FRAME, red_middle, runtime_of, settled
from tests.imagery.services import TileServer
from tests.store.web import WebServer, serving

MARKS = ((EASTING - 17.0, NORTHING + 16.0), (EASTING + 18.0, NORTHING - 15.0), (EASTING, NORTHING))
PICTURE = marked(*MARKS)
WAYS = [
    "/xyz/{z}/{x}/{y}.png#zoom=0-19",
    "/tms/{z}/{x}/{-y}.png#zoom=0-19",
    "/tms/tilemapresource.xml",
    "/wmts#layer=ortho",
    "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities#layer=ortho&matrix_set=EPSG:3857",
    "/rest/WMTSCapabilities.xml#layer=map&style=plain",
]


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with serving(TileServer(PICTURE)) as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_tiles_of_a_server_lie_where_they_are(way: str, server: WebServer, open_store: OpenStore) -> None:
    source = open_imagery(Where.of(server.base + way), open_store, near_crs=RD)
    composed = settled(runtime_of(source))
    for east, north in MARKS:
        x, y, texel = red_middle(composed, east, north, 5.0)
        assert abs(x - east) < 0.1 * texel and abs(y - north) < 0.1 * texel, (x - east, y - north, texel)


@pytest.mark.parametrize("crs", [RD, MERCATOR, "EPSG:32631", "EPSG:4326"])
def test_a_file_in_any_map_lies_where_it_is(crs: str, tmp_path: Path, open_store: OpenStore) -> None:
    way = on_other_map(PICTURE, crs)
    corners = np.array([[EASTING + x, NORTHING + y] for x in (-110, 110) for y in (-110, 110)])
    if crs != RD:
        lonlat = RD_FRAME.transform.to_lonlat(corners)
        corners = MapTransform(CompoundCrs(crs, ELLIPSOIDAL)).from_lonlat(lonlat)
    low, high = corners.min(axis=0), corners.max(axis=0)
    pixel = 0.4 if crs != "EPSG:4326" else 4e-6
    path = write_tiff(tmp_path / "a.tif", way if crs != RD else PICTURE, (*low, *high), pixel, crs=crs)
    composed = settled(runtime_of(open_imagery(Where.of(str(path)), open_store)))
    for east, north in MARKS:
        x, y, texel = red_middle(composed, east, north, 5.0)
        assert abs(x - east) < 0.1 * texel and abs(y - north) < 0.1 * texel, (x - east, y - north, texel)


def test_a_scene_on_another_map_sees_the_same_place(tmp_path: Path, open_store: OpenStore) -> None:
    path = write_tiff(tmp_path / "a.tif", PICTURE, (EASTING - 110, NORTHING - 110, EASTING + 110, NORTHING + 110), 0.4)
    east, north, _h = UTM_FRAME.transform.from_geodetic(
        RD_FRAME.transform.to_geodetic(np.array([[EASTING, NORTHING, 0.0]]))
    )[0]
    frame = replace(UTM_FRAME, origin=(float(east), float(north), 0.0))
    composed = settled(runtime_of(open_imagery(Where.of(str(path)), open_store), frame=frame))
    x, y, texel = red_middle(composed, float(east), float(north), 5.0)
    assert abs(x - east) < 0.1 * texel and abs(y - north) < 0.1 * texel


def test_a_server_and_a_file_of_the_same_picture_agree(
    server: WebServer, tmp_path: Path, open_store: OpenStore
) -> None:
    path = write_tiff(tmp_path / "a.tif", PICTURE, (EASTING - 110, NORTHING - 110, EASTING + 110, NORTHING + 110), 0.4)
    served = settled(runtime_of(open_imagery(Where.of(server.base + WAYS[0]), open_store)))
    local = settled(runtime_of(open_imagery(Where.of(str(path)), open_store)))
    for east, north in MARKS:
        one, other = red_middle(served, east, north, 5.0), red_middle(local, east, north, 5.0)
        assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) < 0.05


def test_far_ground_takes_coarse_tiles_and_near_ground_fine_ones(server: WebServer, open_store: OpenStore) -> None:
    source = open_imagery(Where.of(server.base + WAYS[0]), open_store)
    asked = len(server.asked)
    walking = replace(DOWN, position=(0.0, 0.0, 1.7), pitch_deg=-5.0)
    composed = settled(runtime_of(source), walking, reach=600.0)
    zooms = {int(one.path.split("/")[2]) for one in server.asked[asked:]}
    assert 19 in zooms and min(zooms) < 17
    assert len(server.asked) - asked < 130  # of the millions that all of it would be
    sizes = [square.size for square in composed.squares]
    assert all(b == pytest.approx(2 * a) for a, b in pairwise(sizes))

"""Where a tileset is: of a root as large as the globe, where its contents are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.app.references import References, world_of
from explorer.errors import TilesetError
from explorer.geo.ellipsoid import ecef_from_geodetic
from explorer.tileformat import Tileset, read_tileset
from tests.specimens import tile_json, tileset_json

GLOBE = {"box": [0, 0, 0, 7.97e6, 0, 0, 0, 7.97e6, 0, 0, 0, 7.95e6]}
DELFT, ROTTERDAM, TOKYO = (4.36, 52.01), (4.48, 51.92), (139.7, 35.7)


def _city(lon: float, lat: float) -> dict[str, Any]:
    x, y, z = (float(v) for v in ecef_from_geodetic(np.array([[lon, lat, 40.0]]))[0])
    volume = {"box": [x, y, z, 500, 0, 0, 0, 500, 0, 0, 0, 500]}
    return tile_json(f"{lon}.glb", boundingVolume=volume)


def _library(*places: tuple[float, float]) -> Tileset:
    """As Google's and others' begin: with errors beyond all measure."""
    above = tile_json(None, 1e100, boundingVolume=GLOBE, children=[_city(*place) for place in places])
    root = tile_json(None, 1e100, boundingVolume=GLOBE, refine="REPLACE", children=[above])
    return read_tileset(tileset_json(root, "1.0"), "tileset.json")


def test_a_city_below_a_root_as_large_as_the_globe_is_where_its_contents_are() -> None:
    frame, source_crs, zone = world_of(_library(DELFT, ROTTERDAM), References())
    assert frame.lonlat == pytest.approx((4.42, 51.965), abs=0.02)
    assert source_crs is None and zone == "Europe/Amsterdam"


@pytest.mark.parametrize("places", [(DELFT, TOKYO), ()])
def test_of_cities_all_over_the_globe_there_is_no_map(places: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(TilesetError, match="of the whole earth"):
        world_of(_library(*places), References())


def test_an_error_beyond_all_measure_is_a_number_that_can_be_reckoned_with() -> None:
    errors = _library(DELFT).geometric_error
    assert np.isfinite(errors.astype(np.float32)).all() and errors[0] > 1e9

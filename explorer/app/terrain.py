"""Terrain under a city: quantized-mesh layers, of which the part around the city is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.app.places import OpenLayer, Place
from explorer.app.web import open_source, without_keys
from explorer.errors import CrsError, TilesetError
from explorer.geo import WorldFrame
from explorer.i18n import _
from explorer.scenario import TilesetLayer
from explorer.store import is_web_address, open_store
from explorer.streaming import world_tree
from explorer.tileformat import read_terrain_layer
from explorer.tileformat.quantized_mesh import Rectangle

TERRAIN_FILE = "layer.json"
AROUND_METRES = 4000.0
"""Of terrain beyond the city: as far as its shape is seen from the street. [m]"""


def is_terrain(location: str) -> bool:
    """Whether a location names a terrain: its layer.json."""
    return location.partition("?")[0].replace("\\", "/").rpartition("/")[2] == TERRAIN_FILE


def open_terrain(layer: TilesetLayer, location: str, frame: WorldFrame, city: list[OpenLayer]) -> OpenLayer:
    """A terrain layer over the area of a city's layers. Raises `FetchError`, `TilesetError`."""
    if not city:
        raise no_city_for(location)
    store = open_source(location)
    tileset = read_terrain_layer(store.read(store.root_uri), store.root_uri, _area_of(frame, city))
    return OpenLayer(layer, store, tileset, None, None, location)


def no_city_for(location: str) -> TilesetError:
    """What to say of a terrain that is opened by itself."""
    text = _("A terrain is opened together with a city, which says where it is. [{path}]")
    return TilesetError(text.format(path=location))


def with_terrain(place: Place, location: str) -> Place:
    """The same place on a terrain, instead of the one it stood on. Raises `FetchError`, `TilesetError`."""
    location = without_keys(location)
    place = replace(place, layers=[layer for layer in place.layers if not layer.tileset.terrain])
    url = location if is_web_address(location) else str(open_store(location).root_uri)
    layer = TilesetLayer(id="terrain", name=_("Terrain"), url=url, order=len(place.layers))
    opened = open_terrain(layer, location, place.frame, place.layers)
    records = {**place.scenario.records, layer.id: layer}
    scenario = place.scenario.with_records(records, place.scenario.clock)
    warnings = [*place.warnings, *opened.tileset.diagnostics]
    return replace(place, scenario=scenario, layers=[*place.layers, opened], warnings=warnings)


def _area_of(frame: WorldFrame, city: list[OpenLayer]) -> Rectangle:
    """The rectangle on the globe around all layers of a city."""
    bounds = [world_tree(layer.tileset, frame, source_crs=layer.source_crs).bounds(0) for layer in city]
    lo = np.min([low for low, _high in bounds], axis=0) - AROUND_METRES
    hi = np.max([high for _low, high in bounds], axis=0) + AROUND_METRES
    corners = np.array([[x, y, 0.0] for x in (lo[0], hi[0]) for y in (lo[1], hi[1])])
    lonlath = frame.transform.to_geodetic(frame.to_map(corners))
    if not np.isfinite(lonlath).all():
        raise CrsError(_("The city lies where its coordinate system does not reach."))
    (west, south), (east, north) = lonlath[:, :2].min(axis=0), lonlath[:, :2].max(axis=0)
    return Rectangle(float(west), float(south), float(east), float(north))

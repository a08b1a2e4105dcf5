"""Terrain under a city, of which the part around the city is taken: quantized-mesh and heightmap layers, rasters of
heights in a file, and pictures of heights from a server of tiles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.app.places import OpenLayer, Place
from explorer.app.web import open_source, without_keys
from explorer.errors import CrsError, TilesetError
from explorer.geo import WorldFrame, parse_crs
from explorer.i18n import _
from explorer.scenario import TilesetLayer
from explorer.store import Store, is_web_address, open_store, shown
from explorer.store.heights import HeightStore, MissingHeights, read_heights, split_crs
from explorer.store.said import read_said, with_said
from explorer.streaming import OpenTileset
from explorer.tileformat import Tileset, read_terrain_layer
from explorer.tileformat.height_pyramid import HeightPyramid
from explorer.tileformat.height_tiles import HeightTiles, Tile, read_height_tiles
from explorer.tileformat.heightmap import ENCODINGS
from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.tileset import HeightPlace

TERRAIN_FILE = "layer.json"
PACKED_RASTER, PACKED_TILES = "terrain.tif", "tiles.json"
"""A packed scene's own copy of the raster around its city, and of tiles of heights (TileJSON 3.0)."""
TERRAIN_FILES = (TERRAIN_FILE, PACKED_RASTER, PACKED_TILES)
AROUND_METRES = (4000.0, 1000.0)
"""Of terrain beyond the city: as far as its shape is seen from the street, or, where that is too much, less. [m]"""
_RASTERS = (".tif", ".tiff", ".gtiff", ".vrt", ".img", ".asc", ".dem", ".bil", ".flt", ".hgt", ".dt1", ".dt2")
_SAID_OF_CRS, _SAID_OF_TILES = ("crs", "vertical"), ("encoding", "zoom", "size")
"""What may stand behind an address."""
_LAST_LEVEL = 15
"""The finest level of tiles of heights where nobody says which one there is."""


@dataclass(frozen=True)
class TerrainWhere:
    """What a user says of a terrain: an address or file, and after a # what it does not say itself."""

    url: str
    crs: str = ""
    vertical: str = ""
    encoding: str = ""
    zoom: str = ""
    size: str = ""

    @classmethod
    def of(cls, text: str) -> TerrainWhere:
        """From one text, as "dtm.tif#vertical=EPSG:5709". Raises `DataError` for a word that means nothing."""
        wrong = _("“{name}” is nothing that can be said of a terrain; known are {known}. [{where}]")
        url, said = read_said(text, (*_SAID_OF_CRS, *_SAID_OF_TILES), wrong)
        return cls(url, **said)

    def _text(self, names: Sequence[str]) -> str:
        return with_said(self.url, {name: getattr(self, name) for name in names})

    def __str__(self) -> str:
        """The same as one text."""
        return self._text((*_SAID_OF_CRS, *_SAID_OF_TILES))

    @property
    def kept(self) -> str:
        """What of it stands in a scene: not the coordinate system, which has a place of its own."""
        return self._text(_SAID_OF_TILES)

    @property
    def is_raster(self) -> bool:
        """Whether it is a file of heights."""
        return not is_web_address(self.url) and self.url.lower().endswith(_RASTERS)

    @property
    def is_tiles(self) -> bool:
        """Whether it is an address with {z}, {x}, {y}, or says one."""
        return "{z}" in self.url or _name(self.url) == PACKED_TILES


def _name(url: str) -> str:
    return url.partition("?")[0].replace("\\", "/").rpartition("/")[2]


def is_terrain(location: str) -> bool:
    """Whether a layer's location names a terrain: its layer.json, a raster of heights, or tiles of heights."""
    url = location.partition("#")[0]
    where = TerrainWhere(url)
    return _name(url) == TERRAIN_FILE or where.is_raster or where.is_tiles


def is_terrain_file(what: str) -> bool:
    """Whether what somebody opens by itself is a terrain and no picture: heights have one band, and are no bytes."""
    where = TerrainWhere(what.partition("#")[0])
    if not where.is_raster:
        return _name(where.url) == TERRAIN_FILE or "encoding=" in what.partition("#")[2]
    import rasterio

    try:
        with rasterio.open(where.url) as file:
            return file.count == 1 and str(file.dtypes[0]) in ("float32", "float64", "int16", "int32", "uint16")
    except rasterio.errors.RasterioIOError:
        return False


def open_terrain(layer: TilesetLayer, location: str, frame: WorldFrame, city: list[OpenLayer]) -> OpenLayer:
    """A terrain layer over the area of a city's layers. Raises `FetchError`, `TilesetError`, `CrsError`."""
    if not city:
        raise no_city_for(location)
    where = TerrainWhere.of(location)
    if layer.source_crs and not where.crs:
        crs, vertical = split_crs(layer.source_crs)
        where = replace(where, crs=crs, vertical=where.vertical or vertical)
    if where.is_raster:
        return _open_raster(layer, where, frame, city)
    if where.is_tiles:
        return _open_tiles(layer, where, frame, city)
    if where.url.partition("?")[0].lower().endswith(_RASTERS):
        text = _("A raster of heights is read from this computer: fetch it first, and name the file. [{uri}]")
        raise TilesetError(text.format(uri=shown(where.url)))
    is_folder = where.url.endswith("/") or (not is_web_address(where.url) and Path(where.url).is_dir())
    store = open_source(f"{where.url.rstrip('/')}/{TERRAIN_FILE}" if is_folder else where.url)
    area = _area_of(frame, city, AROUND_METRES[0])
    data, root = store.read(store.root_uri), store.root_uri
    tileset = read_terrain_layer(data, root, area, fetch=lambda uri: store.read(store.resolve(root, uri)))
    return OpenLayer(layer, store, OpenTileset(tileset), None, None, location)


def _open_raster(layer: TilesetLayer, where: TerrainWhere, frame: WorldFrame, city: list[OpenLayer]) -> OpenLayer:
    areas = [_area_of(frame, city, around) for around in AROUND_METRES]
    path = Path(where.url)
    raster, told = read_heights(path, areas, crs=where.crs, vertical=where.vertical, height_offset=frame.height_offset)
    pyramid = HeightPyramid(raster)
    store = HeightStore(path, pyramid)
    tileset = pyramid.tileset(store.root_uri, "", told)
    layer = replace(layer, source_crs=raster.crs.identifier)
    return OpenLayer(layer, store, OpenTileset(tileset), None, None, where.url)


def _open_tiles(layer: TilesetLayer, where: TerrainWhere, frame: WorldFrame, city: list[OpenLayer]) -> OpenLayer:
    store, where, address = _tiles_at(where)
    if not where.vertical:
        text = _(
            "Tiles of heights do not say what they are measured from: add #vertical=EPSG:5773 (EGM96, as most are), "
            "#vertical=EPSG:5709 or #vertical=ellipsoidal. [{path}]"
        )
        raise MissingHeights(text.format(path=shown(where.url)))
    if where.encoding not in ENCODINGS[1:]:
        text = _("Say how heights stand in the pictures: #encoding=terrarium or #encoding=mapbox. [{path}]")
        raise TilesetError(text.format(path=shown(where.url)))
    first, last = _zooms(where)
    tiles = HeightTiles(
        address,
        where.encoding,
        first,
        last,
        parse_crs("EPSG:3857", where.vertical).vertical,
        int(where.size) if where.size in ("128", "256", "512", "1024") else 256,
        frame.height_offset,
    )
    tileset = read_height_tiles(tiles, store.root_uri, _area_of(frame, city, AROUND_METRES[0]))
    layer = replace(layer, source_crs=f"EPSG:3857+{tiles.vertical.removeprefix('EPSG:')}")
    return OpenLayer(layer, store, OpenTileset(tileset), None, None, where.kept)


def _tiles_at(where: TerrainWhere) -> tuple[Store, TerrainWhere, Callable[[Tile], str]]:
    """The store of tiles of heights, what is known of them, and a tile's address there."""
    template = where.url
    if "{z}" not in where.url:
        store = open_source(where.url)
        try:
            said = json.loads(store.read(store.root_uri))
            template = str(said["tiles"][0])
            if said.get("scheme") == "tms":
                template = template.replace("{y}", "{-y}")
            zoom = f"{int(said.get('minzoom', 0))}-{int(said.get('maxzoom', _LAST_LEVEL))}"
            size, encoding = str(said.get("tileSize", "")), str(said.get("encoding", ""))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            text = _("The terrain does not say where its tiles are. [{uri}]")
            raise TilesetError(text.format(uri=shown(where.url))) from error
        where = replace(where, zoom=where.zoom or zoom, size=where.size or size, encoding=where.encoding or encoding)
    if "{x}" not in template or not ("{y}" in template or "{-y}" in template):
        raise TilesetError(_("The terrain does not say where its tiles are. [{uri}]").format(uri=shown(where.url)))

    def address(tile: Tile) -> str:
        level, column, row = tile
        made = template.replace("{z}", str(level)).replace("{x}", str(column)).replace("{y}", str(row))
        return made.replace("{-y}", str(2**level - 1 - row)).replace("{s}", "abc"[(column + row) % 3])

    if "{z}" not in where.url:
        return store, where, address
    if not is_web_address(template):
        raise TilesetError(
            _("Tiles of heights on this computer are opened by a {name} beside them. [{path}]").format(
                name=PACKED_TILES, path=template
            )
        )
    return open_source(address((0, 0, 0))), where, address


def _zooms(where: TerrainWhere) -> tuple[int, int]:
    first, dash, last = (where.zoom or f"0-{_LAST_LEVEL}").partition("-")
    try:
        low, high = (int(first), int(last)) if dash else (0, int(first))
    except ValueError:
        low, high = 1, 0
    if not 0 <= low <= high <= 22:
        text = _("Write the levels as FIRST-LAST, such as 0-19, not “{text}”. [{uri}]")
        raise TilesetError(text.format(text=where.zoom, uri=shown(where.url)))
    return low, high


def with_vertical(location: str, vertical: str) -> str:
    """A terrain's location with what its heights are measured from."""
    return str(replace(TerrainWhere.of(location), vertical=vertical.rpartition("+")[2].strip()))


def no_city_for(location: str) -> TilesetError:
    """What to say of a terrain that is opened by itself."""
    text = _("A terrain is opened together with a city, which says where it is. [{path}]")
    return TilesetError(text.format(path=location))


def with_terrain(place: Place, location: str) -> Place:
    """The same place on a terrain, instead of the one it stood on. Raises `FetchError`, `TilesetError`, `CrsError`."""
    where = TerrainWhere.of(location)
    where = replace(where, url=without_keys(where.url))
    place = replace(place, layers=[layer for layer in place.layers if not layer.is_terrain])
    url = where.kept
    if not is_web_address(where.url):
        url = str(Path(where.url).resolve()) if where.is_raster else str(open_store(where.url).root_uri)
        where = replace(where, url=url)
    layer = TilesetLayer(id="terrain", name=_("Terrain"), url=url, order=len(place.layers))
    opened = open_terrain(layer, str(where), place.frame, place.layers)
    records = {**place.scenario.records, layer.id: opened.layer}
    scenario = place.scenario.with_records(records, place.scenario.clock)
    warnings = [*place.warnings, *opened.tileset.diagnostics]
    return replace(place, scenario=scenario, layers=[*place.layers, opened], warnings=warnings)


def packed_root(layer: OpenLayer) -> tuple[str, bytes] | None:
    """What a packed scene says of a raster or of tiles of heights, and under which name; None: what the store says."""
    if isinstance(layer.store, HeightStore):
        return PACKED_RASTER, layer.store.read(layer.store.root_uri)
    places = [place for place in layer.tileset.terrain.values() if isinstance(place, HeightPlace)]
    if not places:
        return None
    levels = [int(packed_name(layer.tileset, row).partition("/")[0]) for row in layer.tileset.terrain]
    said = {
        "tilejson": "3.0.0",
        "tiles": ["{z}/{x}/{y}.png"],
        "minzoom": min(levels),
        "maxzoom": max(levels),
        "encoding": places[0].encoding,
        "tileSize": places[0].cells,
    }
    return PACKED_TILES, json.dumps(said).encode()


def packed_name(tileset: Tileset, row: int) -> str:
    """The name of a tile of heights in a packed scene: "level/column/row.png"."""
    place = tileset.terrain[row]
    assert isinstance(place, HeightPlace)
    wide, half = place.step_x * place.cells, np.pi * 6378137.0
    level = round(float(np.log2(2.0 * half / wide)))
    return f"{level}/{round((place.west + half) / wide)}/{round((half - place.north) / wide)}.png"


def _area_of(frame: WorldFrame, city: list[OpenLayer], around: float) -> Rectangle:
    """The rectangle on the globe around all layers of a city."""
    bounds = [layer.bounds(frame) for layer in city]
    lo = np.min([low for low, _high in bounds], axis=0) - around
    hi = np.max([high for _low, high in bounds], axis=0) + around
    corners = np.array([[x, y, 0.0] for x in (lo[0], hi[0]) for y in (lo[1], hi[1])])
    lonlath = frame.transform.to_geodetic(frame.to_map(corners))
    if not np.isfinite(lonlath).all():
        raise CrsError(_("The city lies where its coordinate system does not reach."))
    (west, south), (east, north) = lonlath[:, :2].min(axis=0), lonlath[:, :2].max(axis=0)
    return Rectangle(float(west), float(south), float(east), float(north))

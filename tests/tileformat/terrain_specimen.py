"""A small pyramid of terrain around Delft, written by `quantized-mesh-encoder`, an implementation of its own."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quantized_mesh_encoder import encode

from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.terrain_tiling import GEOGRAPHIC, TILINGS, TerrainTiling, Tile

DEEPEST = 15
AREA = Rectangle(4.350, 52.005, 4.365, 52.015)
_SIDE = 17


def land(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ellipsoidal height of the specimen's ground: it rises to the north-east. [m]"""
    return 40.0 + 300.0 * (lon - 4.3) + 500.0 * (lat - 52.0)


def tile_bytes(tile: Tile, tiling: TerrainTiling = GEOGRAPHIC) -> bytes:
    """A regular grid over one tile."""
    place = tiling.rectangle(tile)
    lon, lat = np.meshgrid(np.linspace(place.west, place.east, _SIDE), np.linspace(place.south, place.north, _SIDE))
    positions = np.column_stack([lon.ravel(), lat.ravel(), land(lon, lat).ravel()])
    i, j = np.meshgrid(np.arange(_SIDE - 1), np.arange(_SIDE - 1), indexing="ij")
    a = (i * _SIDE + j).ravel()
    faces = np.concatenate([np.column_stack([a, a + 1, a + _SIDE]), np.column_stack([a + 1, a + _SIDE + 1, a + _SIDE])])
    # the format wants vertices in the order in which triangles first name them
    _values, first = np.unique(faces.reshape(-1), return_index=True)
    order = faces.reshape(-1)[np.sort(first)]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    file, bounds = io.BytesIO(), (place.west, place.south, place.east, place.north)
    encode(file, positions[order], rank[faces].astype(np.uint32), bounds=bounds)
    return file.getvalue()


def layer(available: dict[int, list[tuple[int, int, int, int]]], **more: Any) -> dict[str, Any]:
    """A layer.json; `available` has ranges (west, south, east, north) by level."""
    ranges = [
        [dict(zip(("startX", "startY", "endX", "endY"), one, strict=True)) for one in available.get(level, [])]
        for level in range(max(available, default=-1) + 1)
    ]
    return {
        "tilejson": "2.1.0",
        "format": "quantized-mesh-1.0",
        "version": "1.2.0",
        "scheme": "tms",
        "tiles": ["{z}/{x}/{y}.terrain?v={version}"],
        "available": ranges,
        **more,
    }


def tile_at(level: int, lon: float, lat: float, tiling: TerrainTiling = GEOGRAPHIC) -> Tile:
    """The tile of a level over a place."""
    column, row = tiling.at(level, lon, lat)
    return level, int(column), int(row)


def pyramid(*, without: tuple[Tile, ...] = (), projection: str = "EPSG:4326") -> dict[str, bytes]:
    """Files of all levels around the area, but for some tiles of the last."""
    files: dict[str, bytes] = {}
    available: dict[int, list[tuple[int, int, int, int]]] = {}
    tiling = TILINGS[projection]
    for level in range(DEEPEST + 1):
        _level, west, south = tile_at(level, AREA.west, AREA.south, tiling)
        _level, east, north = tile_at(level, AREA.east, AREA.north, tiling)
        west, south = west - west % 2, south - south % 2  # all four children of what is above
        east, north = east | 1, north | 1
        tiles = [(level, x, y) for x in range(west, east + 1) for y in range(south, north + 1)]
        tiles = [tile for tile in tiles if tile not in without]
        available[level] = [(x, y, x, y) for _level, x, y in tiles]
        files.update({f"{z}/{x}/{y}.terrain": tile_bytes((z, x, y), tiling) for z, x, y in tiles})
    files["layer.json"] = json.dumps(layer(available, projection=projection)).encode()
    return files


def pyramid_in_two(deepest_below: int) -> dict[str, bytes]:
    """The pyramid in two: a country's in country/, down to a level, and a city's finer tiles, which stand on it."""
    files = pyramid()
    document = json.loads(files["layer.json"])
    below = {**document, "available": document["available"][: deepest_below + 1], "attribution": "Country"}
    on_top = [[] for _level in range(deepest_below + 1)] + document["available"][deepest_below + 1 :]
    above = {**document, "available": on_top, "parentUrl": "country", "attribution": "City"}
    found = {"layer.json": json.dumps(above).encode(), "country/layer.json": json.dumps(below).encode()}
    for name, data in files.items():
        if name != "layer.json":
            is_below = int(name.partition("/")[0]) <= deepest_below
            found[f"country/{name}" if is_below else name] = data
    return found

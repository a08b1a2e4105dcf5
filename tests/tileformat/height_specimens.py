"""Ground of a known shape as rasters and tiles of heights, in the ways that people have them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.transform import from_origin

from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.tileformat.terrain_tiling import TILINGS, Tile
from tests.imagery.pictures import through_lattice
from tests.tileformat.terrain_specimen import layer, tile_at

FloatArray = NDArray[np.float64]
EASTING, NORTHING = 84_600.0, 447_300.0
"""In Delft. [m]"""
NAP = CompoundCrs("EPSG:28992", "EPSG:5709")


def relief(east: FloatArray, north: FloatArray) -> FloatArray:
    """Height over NAP of places in RD: a slope with waves. [m]"""
    x, y = east - EASTING, north - NORTHING
    return np.asarray(3.0 + 0.01 * x - 0.006 * y + 2.0 * np.sin(x / 90.0) * np.cos(y / 70.0))


def heights_at(crs: CompoundCrs, x: FloatArray, y: FloatArray) -> FloatArray:
    """The same ground as another system has it, at places of its own map."""
    if crs == NAP:
        return relief(x, y)
    here, rd = MapTransform(CompoundCrs(crs.horizontal, ELLIPSOIDAL)), MapTransform(NAP)
    zero = MapTransform(crs) if crs.vertical != ELLIPSOIDAL else here

    def way(points: FloatArray) -> FloatArray:
        """Place in RD, and how much higher zero of NAP is than that of `crs`."""
        on_rd = rd.from_lonlat(here.to_lonlat(points))
        geodetic = rd.to_geodetic(np.column_stack([on_rd, np.zeros(len(on_rd))]))
        return np.column_stack([on_rd, zero.from_geodetic(geodetic)[:, 2]])

    there = through_lattice(way, np.stack([x, y], axis=-1))
    return relief(there[..., 0], there[..., 1]) + there[..., 2]


def write_heights(
    path: Path,
    crs: CompoundCrs = NAP,
    *,
    says: str | None = None,
    box: tuple[float, float, float, float] = (EASTING - 400, NORTHING - 400, EASTING + 400, NORTHING + 400),
    pixel: float = 4.0,
    change: Callable[[NDArray[np.float32]], NDArray[np.generic]] = lambda heights: heights,
    **profile: Any,
) -> Path:
    """A GeoTIFF over a box of the map of `crs`; `says`: the CRS that stands in it."""
    west, south, east, north = box
    columns, rows = round((east - west) / pixel), round((north - south) / pixel)
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * pixel, north - (np.arange(rows) + 0.5) * pixel)
    heights = change(heights_at(crs, x, y).astype(np.float32))
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype=heights.dtype,
        crs=says or crs.horizontal, transform=from_origin(west, north, pixel, pixel), **profile,
    ) as file:  # fmt: skip
        file.write(heights, 1)
    return path


def height_picture(tile: Tile, encoding: str, vertical: str = "EPSG:5709", size: int = 256) -> bytes:
    """A tile of heights in the colours of a PNG, in Web Mercator."""
    level, column, row = tile
    half = np.pi * 6378137.0
    wide = 2.0 * half / 2**level
    pixel = wide / size
    x, y = np.meshgrid(
        column * wide - half + (np.arange(size) + 0.5) * pixel, half - row * wide - (np.arange(size) + 0.5) * pixel
    )
    heights = heights_at(CompoundCrs("EPSG:3857", vertical), x, y)
    codes = np.round((heights + 32768.0) * 256.0 if encoding == "terrarium" else (heights + 10000.0) * 10.0)
    rgb = np.stack([codes // 65536, codes // 256 % 256, codes % 256], axis=-1).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "PNG")
    return stream.getvalue()


def cesium_heightmaps(
    deepest: int, area: tuple[float, float, float, float], projection: str = "EPSG:4326"
) -> dict[str, bytes]:
    """A layer.json of heightmap-1.0 and its tiles over west, south, east, north. [degrees]"""
    files: dict[str, bytes] = {}
    available = {}
    tiling = TILINGS[projection]
    crs = CompoundCrs(projection, ELLIPSOIDAL)
    for level in range(deepest + 1):
        _level, west, south = tile_at(level, area[0], area[1], tiling)
        _level, east, north = tile_at(level, area[2], area[3], tiling)
        west, south, east, north = west - west % 2, south - south % 2, east | 1, north | 1
        available[level] = [(west, south, east, north)]
        if level < deepest - 3:
            continue
        for x in range(west, east + 1):
            for y in range(south, north + 1):
                place = tiling.rectangle((level, x, y))
                corners = np.array([[place.west, place.south], [place.east, place.north]])
                (left, bottom), (right, top) = MapTransform(crs).from_lonlat(corners)
                on_map = np.meshgrid(np.linspace(left, right, 65), np.linspace(top, bottom, 65))
                codes = np.round((heights_at(crs, *on_map) + 1000.0) * 5.0).astype("<u2")
                files[f"{level}/{x}/{y}.terrain"] = codes.tobytes() + b"\x0f\x00"
    files["layer.json"] = json.dumps(layer(available, format="heightmap-1.0", projection=projection)).encode()
    return files

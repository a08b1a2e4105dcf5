"""Made pictures of the ground, as files and as servers would cut them: a colour says where on the map it is."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.transform import from_origin
from scipy.interpolate import RectBivariateSpline

from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform

RD = "EPSG:28992"
MERCATOR = "EPSG:3857"
Colours = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.uint8]]
"""Colours (…, 3) or (…, 4) of places x, y of a CRS."""


def stripes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Red grows eastwards by one every 2 m and starts again at 256, green likewise northwards."""
    return np.stack([x / 2.0 % 256, y / 2.0 % 256, np.full(x.shape, 128)], axis=-1).astype(np.uint8)


def marked(*places: tuple[float, float], radius: float = 4.0) -> Colours:
    """Grey with red spots around places, that fade outwards, so that their middle can be told below a pixel. [m]"""

    def colours(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
        made = np.full((*x.shape, 3), 120.0)
        for at_x, at_y in places:
            share = np.clip(1.0 - np.hypot(x - at_x, y - at_y) / radius, 0.0, 1.0)[..., None]
            made += (np.array([250.0, 20.0, 20.0]) - made) * share
        return made.astype(np.uint8)

    return colours


def on_other_map(colours: Colours, crs: str, own: str = RD) -> Colours:
    """The same picture by the coordinates of another map, point by point."""
    source, target = (MapTransform(CompoundCrs(one, ELLIPSOIDAL)) for one in (crs, own))

    def moved(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
        def way(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return target.from_lonlat(source.to_lonlat(points))

        there = through_lattice(way, np.stack([x, y], axis=-1))
        return colours(there[..., 0], there[..., 1])

    return moved


def through_lattice(
    way: Callable[[NDArray[np.float64]], NDArray[np.float64]], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A smooth way for the places of a picture (rows, columns, 2): exact at 25 by 25 of them, cubic between."""
    shape = places.shape[:2]
    if min(shape) < 60:
        return way(places.reshape(-1, 2)).reshape(*shape, -1)
    rows, columns = (np.linspace(0, n - 1, 25).round().astype(int) for n in shape)
    some = places[np.ix_(rows, columns)]
    there = way(some.reshape(-1, 2)).reshape(25, 25, -1)
    return np.stack(
        [RectBivariateSpline(rows, columns, there[..., k])(*map(np.arange, shape)) for k in range(there.shape[-1])],
        axis=-1,
    )


def grid(west: float, north: float, pixel: float, columns: int, rows: int) -> tuple[NDArray[np.float64], Any]:
    """x and y of the middles of pixels."""
    return tuple(np.meshgrid(west + (np.arange(columns) + 0.5) * pixel, north - (np.arange(rows) + 0.5) * pixel))


def write_tiff(
    path: Path,
    colours: Colours,
    box: tuple[float, float, float, float],
    pixel: float = 0.5,
    *,
    crs: str | None = RD,
    overviews: tuple[int, ...] = (),
    **profile: Any,
) -> Path:
    """A GeoTIFF over west, south, east, north."""
    west, south, east, north = box
    columns, rows = round((east - west) / pixel), round((north - south) / pixel)
    seen = colours(*grid(west, north, pixel, columns, rows))
    bands = np.moveaxis(seen, -1, 0) if seen.ndim == 3 else seen[None]
    how = {"driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"} | profile
    with rasterio.open(
        path, "w", width=columns, height=rows, count=len(bands), dtype=bands.dtype, crs=crs,
        transform=from_origin(west, north, pixel, pixel), **how,
    ) as file:  # fmt: skip
        file.write(bands)
        if overviews:
            file.build_overviews(list(overviews), rasterio.enums.Resampling.average)
    return path


HALF_WORLD = math.pi * 6378137.0


def png(pixels: NDArray[np.uint8], form: str = "PNG") -> bytes:
    """A picture's bytes."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form)
    return stream.getvalue()


def tile_picture(colours: Colours, zoom: int, column: int, row: int, size: int = 256) -> bytes:
    """One tile of a picture in Web Mercator, as every server cuts it."""
    wide = 2.0 * HALF_WORLD / 2**zoom
    x, y = grid(column * wide - HALF_WORLD, HALF_WORLD - row * wide, wide / size, size, size)
    return png(colours(x, y))

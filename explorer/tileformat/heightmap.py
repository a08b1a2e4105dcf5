"""Rasters of heights into meshes: GeoTIFF windows, Terrarium and Mapbox pictures, and Cesium's heightmap-1.0.

Vertices stand on a grid of the raster's own map; each goes to the globe point by point, with its height. What is drawn
is off the raster by no more than a tolerance (`rtin`).
"""

from __future__ import annotations

import gzip
import io
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.errors import ContentError
from explorer.geo import CompoundCrs, MapTransform
from explorer.i18n import _
from explorer.tileformat.content import Mesh, TileContent
from explorer.tileformat.quantized_mesh import QuantizedMesh
from explorer.tileformat.rtin import bounds_of_cuts, triangles_within
from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.tileset import HeightPlace

FloatArray = NDArray[np.float64]

ENCODINGS = ("grid", "terrarium", "mapbox")
"""float32 of every vertex, row by row from the north; heights in the colours of a picture, two ways."""
_CESIUM_SIDE = 65
_CESIUM_TOLERANCE = 0.05
"""Of the heights' step of 0.2 m. [m]"""
_MOST_PIXELS = 2048
_LONGEST_STEP_M = 100.0
"""From a vertex by which directions on the map are found. [m or degrees]"""
_HIGHEST = 12_000.0
"""What lies farther from the sea is no height but a mark for none. [m]"""


def decode_heights(data: bytes, uri: str, place: HeightPlace, *, with_skirts: bool = True) -> TileContent:
    """A tile of heights as ground, earth-centred. [m]

    `with_skirts`: walls down from its edges, for the eye alone. Raises ContentError where the bytes cannot be heights.
    """
    from explorer.tileformat.terrain_content import skirts

    heights = _vertex_heights(data, uri, place)
    side = place.cells + 1
    faces = _faces(heights, place.tolerance, is_falling=place.is_falling)
    if not len(faces):
        return TileContent(())
    used, rows = np.unique(faces, return_inverse=True)
    row, column = used // side, used % side
    points = np.column_stack(
        [place.west + column * place.step_x, place.north - row * place.step_y, heights[row, column]]
    )
    transform = _transform(place.crs, place.height_offset)
    positions = transform.to_ecef(points)
    normals = _normals(heights, place, transform)[row, column]
    classes = np.full(len(used), SurfaceClass.TERRAIN, np.uint8)
    parts = [Mesh(positions, rows.reshape(-1, 3).astype(np.uint32), normals, classes)]
    if with_skirts:
        below = transform.to_ecef(points - (0.0, 0.0, place.skirt))
        # outside lies to the right: west is walked southwards, south eastwards, east northwards, north westwards
        sides = (
            (np.flatnonzero(column == 0), row),
            (np.flatnonzero(row == side - 1), column),
            (np.flatnonzero(column == side - 1), -row),
            (np.flatnonzero(row == 0), -column),
        )
        parts += skirts(((edge, along.astype(np.float64)) for edge, along in sides), positions, below)
    return TileContent(tuple(parts))


def _faces(heights: FloatArray, tolerance: float, *, is_falling: bool) -> NDArray[np.uint32]:
    bounds = bounds_of_cuts(heights, is_falling=is_falling)
    faces = triangles_within(bounds, tolerance, is_falling=is_falling)
    return faces[np.isfinite(heights.reshape(-1)[faces]).all(axis=1)]


@lru_cache(maxsize=16)
def _transform(crs: CompoundCrs, height_offset: float | None) -> MapTransform:
    return MapTransform(crs, height_offset=height_offset)


def _normals(heights: FloatArray, place: HeightPlace, transform: MapTransform) -> NDArray[np.float32]:
    """Unit, earth-centred, of every vertex (side, side, 3); straight up beside what has no height."""
    rows, columns = np.nonzero(np.isfinite(heights))  # what has no height may lie where the map does not reach
    row, column = (int(np.median(rows)), int(np.median(columns))) if len(rows) else (0, 0)
    x, y = place.west + column * place.step_x, place.north - row * place.step_y
    z = float(heights[rows, columns].mean()) if len(rows) else 0.0
    share = min(1.0, _LONGEST_STEP_M / max(place.step_x, place.step_y))  # of coarse ones, a part that is on the map
    right, down = place.step_x * share, place.step_y * share
    ends = transform.to_ecef(np.array([[x, y, z], [x + right, y, z], [x, y - down, z], [x, y, z + 1.0]]))
    east, south, up = (ends[1] - ends[0]) / share, (ends[2] - ends[0]) / share, ends[3] - ends[0]
    with np.errstate(invalid="ignore"):
        down_rows, along_columns = np.gradient(heights)
    southwards = south + _steps(down_rows) * up
    eastwards = east + _steps(along_columns) * up
    made: FloatArray = np.asarray(np.cross(southwards, eastwards))
    made /= np.maximum(np.linalg.norm(made, axis=-1), 1e-12)[..., None]
    return made.astype(np.float32)


def _steps(slope: ArrayLike) -> FloatArray:
    """As factors of a vector; level beside what has no height."""
    return np.asarray(np.nan_to_num(slope, nan=0.0))[..., None]


def _vertex_heights(data: bytes, uri: str, place: HeightPlace) -> FloatArray:
    """(cells + 1, cells + 1), row 0 in the north; NaN where there is none. [m]"""
    side = place.cells + 1
    if place.encoding == "grid":
        if len(data) != side * side * 4:
            raise ContentError(_("The heights are cut off. [{uri}]").format(uri=uri))
        found = np.frombuffer(data, "<f4").reshape(side, side).astype(np.float64)
    else:
        found = _corners(_of_colours(data, uri, place.encoding))
        if len(found) > side and (len(found) - 1) % place.cells == 0:  # finer than it was said to be: as @2x ones are
            stride = (len(found) - 1) // place.cells
            found = found[::stride, ::stride]
        if found.shape != (side, side):
            text = _("The picture of heights has {found} pixels a side, not {wanted}. [{uri}]")
            raise ContentError(text.format(found=len(found) - 1, wanted=place.cells, uri=uri))
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(found) < _HIGHEST, found, np.nan)


def _of_colours(data: bytes, uri: str, encoding: str) -> FloatArray:
    """Heights of the pixels of a picture; NaN where it is transparent."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            if max(image.size) > _MOST_PIXELS:
                raise ContentError(_("The picture of heights is too large. [{uri}]").format(uri=uri))
            rgba = np.asarray(image.convert("RGBA")).astype(np.float64)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        text = _("The picture of heights cannot be read: {why} [{uri}]")
        raise ContentError(text.format(why=str(error)[:80] or type(error).__name__, uri=uri)) from error
    red, green, blue, alpha = np.moveaxis(rgba, -1, 0)
    if encoding == "terrarium":
        heights = red * 256.0 + green + blue / 256.0 - 32768.0
    else:
        steps = red * 65536.0 + green * 256.0 + blue
        heights = np.where(steps > 0.0, steps * 0.1 - 10000.0, np.nan)  # all black: where there are no data
    return np.asarray(np.where(alpha > 0.0, heights, np.nan))


def _corners(pixels: FloatArray) -> FloatArray:
    """Heights at the corners of pixels (n + 1, n + 1), from those in their middles; edges go on as they came."""
    around = np.pad(pixels, 1, mode="reflect", reflect_type="odd")
    return np.asarray((around[:-1, :-1] + around[1:, :-1] + around[:-1, 1:] + around[1:, 1:]) / 4.0)


def read_heightmap(data: bytes | memoryview, uri: str) -> QuantizedMesh:
    """A tile of Cesium's heightmap-1.0: 65 x 65 heights from the north-west, in steps of 0.2 m from -1000 m up.

    Heights are above the ellipsoid, as viewers take them. Behind them a byte that says which children there are, which
    layer.json says as well, and a mask of water. Raises ContentError where the bytes cannot be one.
    """
    raw = bytes(data)
    if raw[:2] == b"\x1f\x8b":  # stored as servers send it
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise ContentError(_("The heights are cut off. [{uri}]").format(uri=uri)) from error
    count = _CESIUM_SIDE**2
    if len(raw) < 2 * count:
        raise ContentError(_("The heights are cut off. [{uri}]").format(uri=uri))
    heights = np.frombuffer(raw, "<u2", count).reshape(_CESIUM_SIDE, _CESIUM_SIDE) * 0.2 - 1000.0
    faces = _faces(heights, _CESIUM_TOLERANCE, is_falling=True)
    used, rows = np.unique(faces, return_inverse=True)
    cells = float(_CESIUM_SIDE - 1)
    u, v = (used % _CESIUM_SIDE) / cells, 1.0 - (used // _CESIUM_SIDE) / cells
    edges = [np.flatnonzero(found).astype(np.uint32) for found in (u == 0.0, v == 0.0, u == 1.0, v == 1.0)]
    mask = raw[2 * count + 1 :]
    side = {1: 1, 256 * 256: 256}.get(len(mask))
    water = None if side is None else np.frombuffer(mask, np.uint8).reshape(side, side)
    return QuantizedMesh(
        u, v, heights.reshape(-1)[used], rows.reshape(-1, 3).astype(np.uint32),
        (edges[0], edges[1], edges[2], edges[3]), None, water,
    )  # fmt: skip

"""Heights out of a raster file (GeoTIFF and what else GDAL reads): the samples over an area, and squares of them by
address, as if each were a file.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import CrsError, FetchError, NotThere, TilesetError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform, load_crs, parse_crs
from explorer.geo.crs import identifier
from explorer.i18n import _
from explorer.tileformat.height_pyramid import HeightPyramid, HeightRaster
from explorer.tileformat.quantized_mesh import Rectangle

MOST_SAMPLES = 1 << 24
"""Held at once: 64 MB, and a third more for coarser levels."""
_US_FOOT = 1200.0 / 3937.0
_METRES = {
    "": 1.0, **dict.fromkeys(("m", "metre", "meter", "metres", "meters"), 1.0),
    "mm": 0.001, "cm": 0.01, "dm": 0.1, "km": 1000.0,
    **dict.fromkeys(("ft", "foot", "feet", "international foot", "ift"), 0.3048),
    **dict.fromkeys(("us survey foot", "us-ft", "ftus", "foot_us", "us_survey_foot", "us survey feet"), _US_FOOT),
}  # fmt: skip
_UNSAID_MARKS = np.array([-9999.0, -32768.0, -32767.0], np.float32)
"""For no height, as tools write them and do not say so; no land lies there. [the raster's own unit]"""
_TILE = re.compile(r"(\d+)/(\d+)/(\d+)\.heights")


class MissingHeights(CrsError):
    """A raster does not say what its heights are measured from."""


class HeightStore:
    """The squares of a pyramid of heights. See `explorer.store.Store`. Thread-safe."""

    def __init__(self, path: Path, pyramid: HeightPyramid) -> None:
        self._root_uri = str(path)
        self._pyramid = pyramid

    @property
    def root_uri(self) -> str:
        """The raster file."""
        return self._root_uri

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`."""
        return relative or base_uri

    def read(self, uri: str) -> bytes:
        """float32 of a square's vertices; the whole area as a GeoTIFF for the file itself."""
        if uri == self._root_uri:
            return geotiff_of(self._pyramid.raster)
        found = _TILE.fullmatch(uri)
        if found is None:
            raise NotThere(_("The file is not there. [{path}]").format(path=uri))
        level, column, row = (int(number) for number in found.groups())
        return self._pyramid.tile(level, column, row).astype("<f4").tobytes()

    def close(self) -> None:
        """Nothing to let go of."""


def read_heights(
    path: Path,
    areas: Sequence[Rectangle],
    *,
    crs: str = "",
    vertical: str = "",
    height_offset: float | None = None,
    most_samples: int = MOST_SAMPLES,
) -> tuple[HeightRaster, tuple[str, ...]]:
    """The samples of a raster over the first of these areas that fits into memory, and what there is to say of it.

    Where none does, the last is read at a lower resolution. `crs`, `vertical`: where the file does not say them.
    Raises `FetchError`, `TilesetError`, and `CrsError` (`MissingHeights`) where it does not say where it is.
    """
    import rasterio

    if not path.is_file():
        raise NotThere(_("There is no such file. [{path}]").format(path=path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        text = _("This is no raster that can be read: {why} [{path}]")
        raise TilesetError(text.format(why=str(error)[:200], path=path)) from error
    with file:
        has_alpha = file.count == 2 and file.colorinterp[1].name == "alpha"
        if not (file.count == 1 or has_alpha) or (file.dtypes[0] == "uint8" and file.colorinterp[0].name == "palette"):
            text = _("This is no raster of heights: it has {n} bands, or a palette of colours. [{path}]")
            raise TilesetError(text.format(n=file.count, path=path))
        compound = _compound(file, crs, vertical, height_offset, path)
        with _upright(file, compound.horizontal, path) as upright:
            return _samples(upright, compound, areas, height_offset, most_samples, path)


def _upright(file: Any, crs: str, path: Path) -> Any:
    """The file, or a view of it whose rows run from west to east and from north to south."""
    from rasterio.vrt import WarpedVRT

    transform = file.transform
    if transform.is_identity:
        raise TilesetError(_("The raster does not say where it lies. [{path}]").format(path=path))
    if transform.b or transform.d or transform.a < 0.0 or transform.e > 0.0:
        # what lies around a turned raster would be ground at 0 m, where nothing says that it is none
        return WarpedVRT(file, src_crs=crs, crs=crs, add_alpha=file.nodata is None and not _has_mask(file))
    return file


def _has_mask(file: Any) -> bool:
    from rasterio.enums import MaskFlags

    return MaskFlags.all_valid not in file.mask_flag_enums[0]


def _compound(file: Any, crs: str, vertical: str, height_offset: float | None, path: Path) -> CompoundCrs:
    """Map and heights of a raster: what it says, and what was said. Never a guess about heights."""
    said = crs or (file.crs.to_wkt() if file.crs else "")
    if not said:
        text = _("The raster does not say its CRS: add #crs=EPSG:28992+5709, or whichever it is. [{path}]")
        raise CrsError(text.format(path=path))
    try:
        horizontal, found = split_crs(said)
        heights = vertical or found
        if not heights:
            text = _(
                "The raster does not say what its heights are measured from: add #vertical=EPSG:5709 (NAP in the "
                "Netherlands, 7837 for DHHN2016 in Germany) or #vertical=ellipsoidal. [{path}]"
            )
            raise MissingHeights(text.format(path=path))
        compound = CompoundCrs(horizontal, parse_crs("EPSG:3857", heights).vertical)
        MapTransform(compound, height_offset=height_offset)  # says which geoid is missing
        return compound
    except MissingHeights:
        raise
    except CrsError as error:
        raise CrsError(f"{error} [{path}]") from error


def split_crs(text: str) -> tuple[str, str]:
    """The horizontal and vertical parts of a CRS, "" where it has no vertical one; the map may count degrees.

    Raises `CrsError` for one that nobody knows.
    """
    horizontal, plus, vertical = text.partition("+") if text.upper().startswith("EPSG:") else (text, "", "")
    if plus:
        return horizontal, vertical if ":" in vertical or vertical == ELLIPSOIDAL else f"EPSG:{vertical}"
    crs = load_crs(text)
    if crs.is_compound:
        first, second = crs.sub_crs_list[:2]
        return identifier(first), identifier(second)
    if len(crs.axis_info) == 3:
        return identifier(crs.to_2d()), ELLIPSOIDAL
    return identifier(crs), ""


def _samples(
    file: Any,
    crs: CompoundCrs,
    areas: Sequence[Rectangle],
    height_offset: float | None,
    most_samples: int,
    path: Path,
) -> tuple[HeightRaster, tuple[str, ...]]:
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    windows = [_window(file, crs, area) for area in areas]
    if not windows or windows[-1] is None:
        raise TilesetError(_("The terrain has nothing over this area. [{uri}]").format(uri=path))
    fitting = [one for one in windows if one is not None and one[2] * one[3] <= most_samples]
    left, top, wide, high = fitting[0] if fitting else windows[-1]
    step = 1
    while (wide // step) * (high // step) > most_samples:
        step += 1
    shape = (max(high // step, 1), max(wide // step, 1))
    window = Window(left, top, shape[1] * step, shape[0] * step)
    try:
        # marks that nobody says, and what lies around a turned raster, would be mixed into the mean
        is_marked = file.nodata is not None or (file.count == 1 and _has_mask(file))
        how = Resampling.average if step > 1 and is_marked else Resampling.nearest
        seen = file.read(1, window=window, out_shape=shape, resampling=how, masked=True)
    except Exception as error:  # GDAL's own, by driver
        raise FetchError(_("The file cannot be read: {reason}. [{path}]").format(reason=error, path=path)) from error
    unit = str(file.units[0] or "").strip().lower()
    if unit not in _METRES:
        raise TilesetError(_("The heights are in {unit}, which is not known. [{path}]").format(unit=unit, path=path))
    known = np.ma.filled(seen.astype(np.float32), np.nan)
    if file.count == 2:  # the alpha of a view; GDAL itself takes it for a mask of bytes alone
        known[file.read(2, window=window, out_shape=shape, resampling=how) == 0] = np.nan
    if file.nodata is None:
        known[np.isin(known, _UNSAID_MARKS)] = np.nan
    heights = known * np.float32(file.scales[0]) + np.float32(file.offsets[0])
    heights *= np.float32(_METRES[unit])
    heights[~(np.abs(heights) < 12_000.0)] = np.nan
    if not np.isfinite(heights).any():
        raise TilesetError(_("The terrain has nothing over this area. [{uri}]").format(uri=path))
    a, e = file.transform.a, -file.transform.e
    west, north = file.transform.c + (left + step / 2.0) * a, file.transform.f - (top + step / 2.0) * e
    raster = HeightRaster(heights, crs, west, north, a * step, e * step, height_offset)
    if step == 1:
        return raster, ()
    text = _("The terrain is drawn from every {n} by {n} samples of the raster: all of them are too many. [{path}]")
    return raster, (text.format(n=step, path=path),)


def _window(file: Any, crs: CompoundCrs, area: Rectangle) -> tuple[int, int, int, int] | None:
    """First column and row, number of columns and rows of the samples over an area; None: it has none there."""
    ticks = np.linspace(0.0, 1.0, 9)
    lon, lat = np.meshgrid(area.west + ticks * (area.east - area.west), area.south + ticks * (area.north - area.south))
    places = _reachable(crs.horizontal, np.column_stack([lon.ravel(), lat.ravel()]))
    if not len(places):
        return None
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    a, e = file.transform.a, -file.transform.e
    left, right = int((x0 - file.transform.c) // a), int((x1 - file.transform.c) // a) + 2
    top, bottom = int((file.transform.f - y1) // e), int((file.transform.f - y0) // e) + 2
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, file.width), min(bottom, file.height)
    return (left, top, right - left, bottom - top) if right - left > 1 and bottom - top > 1 else None


def _reachable(horizontal: str, lonlat: Any) -> Any:
    """Places on a map (n, 2), without those that it does not reach."""
    transform = MapTransform(CompoundCrs(horizontal, ELLIPSOIDAL))
    try:
        return transform.from_lonlat(lonlat)
    except CrsError:
        found = []
        for one in lonlat:
            try:
                found.append(transform.from_lonlat(one[None])[0])
            except CrsError:
                continue
        return np.array(found).reshape(-1, 2)


def geotiff_of(raster: HeightRaster) -> bytes:
    """A raster as a GeoTIFF that says map and heights, for who takes a part of a country along."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.transform import from_origin

    rows, columns = raster.heights.shape
    west, north = raster.west - raster.step_x / 2.0, raster.north + raster.step_y / 2.0
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=columns, height=rows, count=1, dtype="float32", nodata=float("nan"),
            crs=rasterio.crs.CRS.from_user_input(_said(raster.crs)), compress="deflate", predictor=3, tiled=True,
            transform=from_origin(west, north, raster.step_x, raster.step_y),
        ) as file:  # fmt: skip
            file.write(raster.heights, 1)
        return io.BytesIO(memory.read()).getvalue()


def _said(crs: CompoundCrs) -> str:
    return crs.horizontal if crs.is_ellipsoidal else crs.identifier

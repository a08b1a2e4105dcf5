"""A picture on this computer that knows its place: GeoTIFF and what else GDAL reads, of any size, window by window."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, CrsError, DataError
from explorer.geo import load_crs
from explorer.i18n import _
from explorer.imagery.grids import GridLevel, Tile, TileGrid
from explorer.imagery.pictures import Texels, premultiplied
from explorer.imagery.sources import Where

TILE = 512
_SMALLEST = 256
"""A level is no smaller than this unless the whole picture is. [px]"""
_SHARES = (2.0, 98.0)
"""Percentiles that become black and white where values are no colours."""


class GeoTiffSource:
    """See `ImageSource`. Coarser levels come from the file's overviews where it has them."""

    def __init__(self, where: Where) -> None:
        """Raises `DataError` for a file that is no picture with a place, `CrsError` where it does not say its CRS."""
        import rasterio

        self._path = where.url
        self._lock = threading.Lock()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a picture without a place: said below
                self._file = rasterio.open(where.url)
        except rasterio.errors.RasterioIOError as error:
            text = _("This is no picture that can be read: {why} [{path}]")
            raise DataError(text.format(why=str(error)[:200], path=where.url)) from error
        self._dataset = self._upright(where)
        self.title = Path(where.url).stem
        tags = self._file.tags()
        self.attribution = where.attribution or tags.get("TIFFTAG_COPYRIGHT", "") or tags.get("TIFFTAG_ARTIST", "")
        self.grid = TileGrid(self._crs(where), self._levels(), tuple(self._dataset.bounds))
        self._bands = self._colours()
        self._alpha = self._alpha_of_its_own()
        self._palette = self._colour_table()
        self._range = self._value_range()

    def _upright(self, where: Where) -> Any:
        """The file, or a view of it whose rows run from west to east and from north to south."""
        from rasterio.enums import ColorInterp
        from rasterio.vrt import WarpedVRT

        file = self._file
        transform = file.transform
        # a turned picture does not fill its view: without a mark of what is nothing, that would be black
        is_marked = ColorInterp.alpha in file.colorinterp or any(one is not None for one in file.nodatavals)
        if file.gcps[0] and transform.is_identity:
            return WarpedVRT(file, crs=file.gcps[1], add_alpha=not is_marked)
        if transform.is_identity:
            raise DataError(_("The picture does not say where it lies. [{path}]").format(path=where.url))
        if transform.b or transform.d or transform.a < 0.0 or transform.e > 0.0:
            crs = file.crs or where.crs or None
            return WarpedVRT(file, src_crs=crs, crs=crs, add_alpha=not is_marked)
        return file

    def _crs(self, where: Where) -> str:
        said = where.crs or (self._dataset.crs.to_wkt() if self._dataset.crs else "")
        if not said:
            text = _("The picture does not say its CRS: add #crs=EPSG:28992, or whichever it is. [{path}]")
            raise CrsError(text.format(path=where.url))
        try:
            crs = load_crs(said)
        except CrsError as error:
            raise CrsError(f"{error} [{where.url}]") from error
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        code = crs.to_epsg(min_confidence=70)
        return f"EPSG:{code}" if code is not None else str(crs.to_wkt())

    def _levels(self) -> tuple[GridLevel, ...]:
        dataset = self._dataset
        a, e = dataset.transform.a, -dataset.transform.e
        west, north = dataset.transform.c, dataset.transform.f
        levels = []
        step = 1
        while True:
            columns, rows = max(dataset.width // step, 1), max(dataset.height // step, 1)
            last = (-(-columns // TILE) - 1, -(-rows // TILE) - 1)
            levels.append(
                GridLevel(a * step, e * step, west, north, TILE, TILE, 0, last[0], 0, last[1], str(step))
            )  # fmt: skip
            if max(columns, rows) <= _SMALLEST:
                return tuple(reversed(levels))
            step *= 2

    def _colours(self) -> tuple[int, ...]:
        """Bands that are red, green and blue, or the one that is grey."""
        from rasterio.enums import ColorInterp

        said = list(self._dataset.colorinterp)
        alpha = said.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in said else None
        rgb = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        if all(one in said for one in rgb):
            return tuple(said.index(one) + 1 for one in rgb)
        colours = [i + 1 for i in range(self._dataset.count) if i + 1 != alpha]
        return tuple(colours[:3]) if len(colours) >= 3 else (colours[0],)

    def _alpha_of_its_own(self) -> int | None:
        """The band that is alpha where GDAL does not take it for the mask: a fifth, or of other than 8 or 16 bits."""
        from rasterio.enums import ColorInterp, MaskFlags

        said = list(self._dataset.colorinterp)
        is_mask = MaskFlags.alpha in self._dataset.mask_flag_enums[0]
        return said.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in said and not is_mask else None

    def _mask(self, shape: tuple[int, int], window: Any = None) -> NDArray[np.uint8]:
        """How opaque a window, else all of the picture, is: (rows, columns), 255 where it hides what is below."""
        if self._alpha is None:
            return np.asarray(self._dataset.dataset_mask(window=window, out_shape=shape), np.uint8)
        alpha = self._dataset.read(self._alpha, window=window, out_shape=shape)
        return np.where(alpha > 0, 255, 0).astype(np.uint8)  # what is full differs from kind to kind of number

    def _colour_table(self) -> NDArray[np.uint8] | None:
        """RGBA by value, where values are numbers of colours."""
        from rasterio.enums import ColorInterp

        if len(self._bands) != 1 or self._dataset.colorinterp[self._bands[0] - 1] != ColorInterp.palette:
            return None
        table = np.zeros((65536 if self._dataset.dtypes[0] == "uint16" else 256, 4), np.uint8)
        for value, colour in self._dataset.colormap(self._bands[0]).items():
            if 0 <= value < len(table):
                table[value] = colour
        return table

    def _value_range(self) -> tuple[float, float] | None:
        """What becomes black and white; None where values are colours already."""
        if self._palette is not None:
            return None
        is_white_zero = self._file.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES"
        low, high = self._least_and_greatest()
        if (low, high) == (0.0, 255.0) and not is_white_zero and self._kind == "uint8":
            return None
        return (high, low) if is_white_zero else (low, high)

    @property
    def _kind(self) -> str:
        return str(self._dataset.dtypes[self._bands[0] - 1])

    def _least_and_greatest(self) -> tuple[float, float]:
        """Values between which colours lie: of 8 bits or fewer all that fit, of others what there is."""
        if self._kind == "uint8":
            bits = self._file.tags(self._bands[0], ns="IMAGE_STRUCTURE").get("NBITS", "8")
            return 0.0, float(2 ** int(bits) - 1)
        shape = (min(self._dataset.height, 512), min(self._dataset.width, 512))
        with self._lock:
            seen = self._dataset.read(self._bands, out_shape=(len(self._bands), *shape), masked=True)
            mask = self._mask(shape)
        values = np.asarray(seen[:, mask > 0].compressed(), np.float64)
        values = values[np.isfinite(values)]
        if not len(values):
            return 0.0, 1.0
        low, high = (float(one) for one in np.percentile(values, _SHARES))
        return low, high if high > low else low + 1.0

    def read(self, tile: Tile) -> Texels | None:
        """See `ImageSource.read`."""
        import rasterio
        from rasterio.enums import Resampling
        from rasterio.windows import Window

        number, column, row = tile
        step = int(self.grid.levels[number].name)
        wide = min(TILE, max(self._dataset.width // step, 1) - column * TILE)
        high = min(TILE, max(self._dataset.height // step, 1) - row * TILE)
        window = Window(column * TILE * step, row * TILE * step, wide * step, high * step)
        how = Resampling.average if self._palette is None and step > 1 else Resampling.nearest
        try:
            with self._lock:
                seen = self._dataset.read(
                    self._bands, window=window, out_shape=(len(self._bands), high, wide), resampling=how
                )
                mask = self._mask((high, wide), window)
        except rasterio.errors.RasterioError as error:
            text = _("The picture is damaged: {why}. [{uri}]")
            raise ContentError(text.format(why=str(error)[:80], uri=self._path)) from error
        if not mask.any():
            return None
        made = np.zeros((TILE, TILE, 4), np.uint8)
        made[:high, :wide] = premultiplied(self._rgba(seen, mask))
        return made

    def _rgba(self, seen: Any, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        rgba = np.empty((*mask.shape, 4), np.uint8)
        palette = self._palette
        if palette is not None:
            rgba[:] = palette[np.minimum(seen[0], len(palette) - 1)]
            rgba[..., 3] = np.minimum(rgba[..., 3], mask)
            return rgba
        if self._range is not None:
            black, white = self._range
            share = (np.nan_to_num(seen.astype(np.float32), nan=black) - black) / (white - black)
            seen = (np.clip(share, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        rgba[..., :3] = np.moveaxis(seen, 0, -1)  # one band is all three
        rgba[..., 3] = mask
        return rgba

    def close(self) -> None:
        """See `ImageSource.close`."""
        with self._lock:
            if self._dataset is not self._file:
                self._dataset.close()
            self._file.close()

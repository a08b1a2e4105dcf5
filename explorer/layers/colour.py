"""Colour tables for results: perceptually even, readable to the colour-blind, the same in legend and shader.

Each table is 256x3 uint8 sRGB, low values first. They are made from the published control points at run time.

References
----------
.. [1] N. Smith, S. van der Walt, "A better default colormap for Matplotlib", SciPy 2015 (viridis, CC0).
.. [2] J. Nuñez, C. Anderton, R. Renslow, "Optimizing colormaps with consideration for color vision deficiency",
   PLoS ONE 13(7), 2018 (cividis).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

TableArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

N_COLOURS = 256

VIRIDIS_POINTS = (
    "440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725",
)  # fmt: skip
CIVIDIS_POINTS = (
    "00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369", "e1cc55", "fee838",
)  # fmt: skip
DIVERGING_POINTS_LAB = (
    (30.0, 8.0, -46.0),
    (48.0, -2.0, -44.0),
    (66.0, -8.0, -32.0),
    (82.0, -5.0, -16.0),
    (96.0, 0.0, 0.0),
    (82.0, 10.0, 26.0),
    (66.0, 26.0, 48.0),
    (48.0, 34.0, 52.0),
    (30.0, 30.0, 40.0),
)
"""CIE L*a*b* (D65), blue to orange through near white; lightness is the same at the same distance from the middle, so
that a loss and a gain of one size look equally large. Blue against orange holds for all common colour deficiencies."""


def colour_table(name: str) -> TableArray:
    """The table "cividis", "viridis" or "diverging"; (256, 3) uint8, read-only. Raises `KeyError` for other names."""
    return _TABLES[name]()


def table_names() -> tuple[str, ...]:
    """Names that `colour_table` knows."""
    return tuple(_TABLES)


def colours_for(values: ArrayLike, name: str, low: float, high: float) -> TableArray:
    """sRGB with alpha of each value, shape (…, 4) uint8; NaN is transparent. Values beyond the ends take the end's."""
    array = np.asarray(values, dtype=np.float64)
    table = colour_table(name)
    span = high - low
    part = np.zeros_like(array) if span == 0.0 else (array - low) / span
    known = np.isfinite(part)
    index = np.clip(np.where(known, part, 0.0) * N_COLOURS, 0, N_COLOURS - 1).astype(np.intp)
    result = np.empty((*array.shape, 4), dtype=np.uint8)
    result[..., :3] = table[index]
    result[..., 3] = np.where(known, 255, 0)
    return result


def lightness(table: TableArray) -> FloatArray:
    """CIE L* of each colour of a table, 0 black to 100 white, shape (n,)."""
    luminance: FloatArray = _linear(table / 255.0) @ np.array([0.2126729, 0.7151522, 0.0721750])
    return np.asarray(
        np.where(luminance > 216.0 / 24389.0, 116.0 * np.cbrt(luminance) - 16.0, luminance * 24389.0 / 27.0)
    )


@lru_cache(maxsize=1)
def _cividis() -> TableArray:
    return _from_hex(CIVIDIS_POINTS)


@lru_cache(maxsize=1)
def _viridis() -> TableArray:
    return _from_hex(VIRIDIS_POINTS)


@lru_cache(maxsize=1)
def _diverging() -> TableArray:
    return _table(_srgb_from_lab(_spread(np.array(DIVERGING_POINTS_LAB))))


_TABLES: dict[str, Callable[[], TableArray]] = {"cividis": _cividis, "viridis": _viridis, "diverging": _diverging}


def _from_hex(points: tuple[str, ...]) -> TableArray:
    colours = np.array([[int(text[i : i + 2], 16) for i in (0, 2, 4)] for text in points], dtype=np.float64) / 255.0
    return _table(_spread(colours))


def _table(srgb: FloatArray) -> TableArray:
    table = np.round(np.clip(srgb, 0.0, 1.0) * 255.0).astype(np.uint8)
    table.setflags(write=False)
    return table


def _spread(points: FloatArray) -> FloatArray:
    """256 values on a smooth curve through evenly spaced points: cubic Hermite, slopes limited so as not to overshoot.

    F. N. Fritsch, R. E. Carlson, "Monotone Piecewise Cubic Interpolation", SIAM J. Numer. Anal. 17(2), 1980.
    """
    n = len(points)
    position = np.linspace(0.0, n - 1.0, N_COLOURS)
    i = np.minimum(position.astype(np.intp), n - 2)
    t = (position - i)[:, None]
    steps = np.diff(points, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        harmonic = 2.0 * steps[1:] * steps[:-1] / (steps[1:] + steps[:-1])
    inner = np.where(steps[1:] * steps[:-1] > 0.0, harmonic, 0.0)
    slopes = np.concatenate([steps[:1], inner, steps[-1:]])
    return np.asarray(
        (1 + 2 * t) * (1 - t) ** 2 * points[i]
        + t * (1 - t) ** 2 * slopes[i]
        + t**2 * (3 - 2 * t) * points[i + 1]
        + t**2 * (t - 1) * slopes[i + 1]
    )


def _srgb_from_lab(lab: FloatArray) -> FloatArray:
    """sRGB 0 to 1 of CIE L*a*b* with the white point D65 (IEC 61966-2-1)."""
    fy = (lab[:, 0] + 16.0) / 116.0
    f = np.stack([fy + lab[:, 1] / 500.0, fy, fy - lab[:, 2] / 200.0], axis=1)
    epsilon = 6.0 / 29.0
    xyz = np.where(f > epsilon, f**3, 3.0 * epsilon**2 * (f - 4.0 / 29.0)) * np.array([0.95047, 1.0, 1.08883])
    to_linear = np.array(
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    )
    linear = xyz @ to_linear.T
    clipped = np.clip(linear, 0.0, 1.0)
    return np.asarray(np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1.0 / 2.4) - 0.055))


def _linear(srgb: FloatArray) -> FloatArray:
    linear: FloatArray = np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))
    return linear

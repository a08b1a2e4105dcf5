"""Which coordinate systems could these numbers be in? The systems that cities publish in, tried one by one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import NDArray

from explorer.app.facts import place_words
from explorer.errors import CrsError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MissingVertical, load_crs, parse_crs
from explorer.i18n import _
from explorer.viewstate import CrsOption

# Projected systems of national and city models with the heights that belong to them, by EPSG code.
_KNOWN = (
    (28992, 5709), (31370, 5710), (3812, 5710), (2169, 5774), (2154, 5720), (25832, 7837), (25833, 7837),
    (31467, 7837), (31468, 7837), (2056, 5728), (21781, 5728), (31254, 5778), (31255, 5778), (31256, 5778),
    (31287, 5778), (25832, 5799), (25832, 5941), (25833, 5941), (3006, 5613), (3067, 3900), (3879, 3900),
    (27700, 5701), (2157, 5731), (2180, 9651), (2178, 9651), (5514, 8357), (25829, 5782), (25830, 5782),
    (25831, 5782), (3763, 5780), (7791, 5214), (7792, 5214), (3301, 9663), (3059, 7700), (3346, 9666),
    (3414, 6916), (2193, 7839), (7855, 5711), (7856, 5711), (6677, 6695), (6674, 6695), (2950, 6647),
    (3765, 5610), (3794, 8690), (23700, 5787), (3844, 5781), (2100, 5716),
)  # fmt: skip
_HEIGHTS_ALONE = (5703,)
"""Heights of countries whose cities publish in so many maps that the one a file names is not among the known ones."""
_MOST = 5


def _known() -> list[CompoundCrs]:
    return [CompoundCrs(f"EPSG:{horizontal}", f"EPSG:{vertical}") for horizontal, vertical in _KNOWN]


@dataclass(frozen=True)
class _Fit:
    crs: CompoundCrs
    lon: float
    lat: float
    off_centre: float
    """0 in the middle of the system's area, 1 at its edge."""


def plausible(points: NDArray[np.float64], horizontal: str | None = None) -> tuple[CrsOption, ...]:
    """The systems in whose areas the points (n, 2), easting and northing, lie: the likeliest first, five at most.

    With a known `horizontal` system only heights are asked for; "above the ellipsoid" is then the last answer.
    """
    if not len(points):
        return ()
    found = [fit for crs in _known() if (fit := _tried(crs, points, horizontal)) is not None]
    found.sort(key=lambda fit: fit.off_centre)
    options = [_option(fit) for fit in {fit.crs: fit for fit in reversed(found)}.values()][::-1]
    if horizontal is not None:
        place = _place_of(horizontal, points)
        if place is not None:
            more = [f"EPSG:{code}" for code in _HEIGHTS_ALONE if _off_centre(f"EPSG:{code}", *place) is not None]
            options += [_option(_Fit(CompoundCrs(horizontal, vertical), *place, 1.0)) for vertical in more]
            options = options[: _MOST - 1]
            options.append(_option(_Fit(CompoundCrs(horizontal, ELLIPSOIDAL), *place, 1.0)))
    return tuple(options[:_MOST])


def _tried(crs: CompoundCrs, points: NDArray[np.float64], horizontal: str | None) -> _Fit | None:
    if horizontal is not None and crs.horizontal != horizontal:
        # the heights of the country, over another of its map projections
        place = _place_of(horizontal, points)
        if place is None or _off_centre(crs.vertical, *place) is None or _off_centre(crs.horizontal, *place) is None:
            return None
        return _Fit(CompoundCrs(horizontal, crs.vertical), *place, 1.0)
    place = _place_of(crs.horizontal, points)
    if place is None:
        return None
    off, off_height = _off_centre(crs.horizontal, *place), _off_centre(crs.vertical, *place)
    return None if off is None or off_height is None else _Fit(crs, *place, off)


def _place_of(horizontal: str, points: NDArray[np.float64]) -> tuple[float, float] | None:
    """Longitude and latitude of the middle; None where not all points can be placed.

    By the projection alone, on the system's own datum: some hundred metres off, and a hundred times faster to set up.
    """
    lon, lat = _projection(horizontal)(points[:, 0], points[:, 1], inverse=True)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return float(np.median(lon)), float(np.median(lat))


@lru_cache(maxsize=128)
def _projection(horizontal: str) -> pyproj.Proj:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a projection without its datum is not all of the system
        return pyproj.Proj(load_crs(horizontal))


def _off_centre(code: str, lon: float, lat: float) -> float | None:
    """How far a place is from the middle of a system's area, 1 at its edge; None outside."""
    area = load_crs(code).area_of_use if code != ELLIPSOIDAL else None
    if area is None:
        return 1.0
    width = (area.east - area.west) % 360.0 or 360.0  # areas may reach across the date line
    off_middle = (lon - area.west - width / 2.0 + 180.0) % 360.0 - 180.0
    across = abs(off_middle) / (width / 2.0)
    along = abs(lat - (area.south + area.north) / 2.0) / max((area.north - area.south) / 2.0, 1e-6)
    off = max(across, along)
    return off if off <= 1.0 else None


def _option(fit: _Fit) -> CrsOption:
    latitude, longitude = place_words(fit.lat, fit.lon, 3)
    detail = _("{crs}, the city would lie at {latitude}, {longitude}")
    return CrsOption(
        fit.crs.identifier,
        fit.crs.name,
        detail.format(crs=fit.crs.identifier, latitude=latitude, longitude=longitude),
    )


def understood(text: str) -> CompoundCrs:
    """The system that somebody typed. Raises `CrsError` in words for a field of the window."""
    try:
        return parse_crs(text)
    except MissingVertical as error:
        sentence = _("{crs} does not say what heights are measured from. Add that behind a plus, such as {crs}+5709.")
        raise CrsError(sentence.format(crs=error.horizontal)) from error

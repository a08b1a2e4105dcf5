"""Where a tileset is on earth: what it says itself, what the user says, and what its place suggests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from explorer.app.earth import around, is_globe, of_contents
from explorer.errors import CrsError
from explorer.geo import (
    ELLIPSOIDAL,
    MOST_STRETCH,
    CompoundCrs,
    MapTransform,
    WorldFrame,
    looks_like_ecef,
    parse_crs,
    stretch,
    suggest_crs,
    time_zone_at,
)
from explorer.geo.ellipsoid import geodetic_from_ecef
from explorer.i18n import _
from explorer.tileformat import Tileset

_NOWHERE = "EPSG:3857"
"""Where a model without a place on earth is put: around 0° N 0° E this map's metres are the earth's, within 0.7 %."""
_NOWHERE_METRES = 10_000.0


@dataclass(frozen=True)
class References:
    """What the user says beside the name of a place: about its coordinates, and the terrain to put under it."""

    crs: str | None = None
    vertical: str | None = None
    height_offset: float | None = None
    terrain: str | None = None
    """Where the layer.json of a quantized-mesh terrain is."""
    imagery: tuple[str, ...] = ()
    """Pictures of the ground to drape, the last on top: see `explorer.imagery.Where`."""
    imagery_over: str | None = None
    """What they are draped over: "ground", "roofs" or "all"."""
    at: tuple[float, float] | None = None
    """Latitude and longitude of the place that is meant, of a tileset that is of more than a city. [degrees]"""

    @property
    def measured_from(self) -> str | None:
        """The vertical CRS of a map that has none: the one that was said, or the ellipsoid and a typed offset."""
        return self.vertical or (None if self.height_offset is None else ELLIPSOIDAL)


def is_nowhere(tileset: Tileset, references: References) -> bool:
    """Whether a tileset is a model around the zero of its own axes, as samples are, and nobody says where that is.

    No city's map has its zero in the city, so a question for the CRS would have no answer.
    """
    if references.crs is not None or tileset.extras is not None:
        return False
    return bool(np.abs(tileset.box(0).corners()).max() <= _NOWHERE_METRES)


def world_of(tileset: Tileset, references: References) -> tuple[WorldFrame, CompoundCrs | None, str]:
    """The world that suits a tileset, the tileset's own CRS where it is not ECEF, and its time zone."""
    extras, box = tileset.extras, tileset.box(0)
    source_crs: CompoundCrs | None = None
    offset = references.height_offset
    if extras is not None:
        crs = parse_crs(extras.source_crs, extras.vertical_crs)
        frame = _frame(crs, extras.origin or (0.0, 0.0, 0.0), offset if offset is not None else extras.height_offset)
    elif looks_like_ecef(box):
        if references.at is not None:
            box = around(references.at)
        elif is_globe(box):
            box = of_contents(tileset)
        lon, lat, _height = (float(value) for value in geodetic_from_ecef(box.centre[None])[0])
        crs = parse_crs(references.crs, references.measured_from) if references.crs else suggest_crs(lon, lat)
        crs = _of_true_lengths(crs, lon, lat, offset)
        frame = _frame(crs, (0.0, 0.0, 0.0), offset)
        centre = frame.transform.from_ecef(box.centre[None])[0]
        frame = replace(frame, origin=(round(float(centre[0])), round(float(centre[1])), 0.0))
    else:
        if not references.crs:
            if not is_nowhere(tileset, references):
                text = _(
                    "The tileset is not in earth-centred coordinates and does not say its CRS. "
                    "Add --crs, for example --crs EPSG:28992+5709 or --crs EPSG:3857 --vertical ellipsoidal."
                )
                raise CrsError(text)
            references = replace(references, vertical=ELLIPSOIDAL)
        crs = source_crs = parse_crs(references.crs or _NOWHERE, references.measured_from)
        easting, northing = (float(value) for value in box.centre[:2])
        lon, lat = (float(value) for value in _transform(crs, offset).to_lonlat(box.centre[None, :2])[0])
        crs = _of_true_lengths(crs, lon, lat, offset)
        if crs != source_crs:
            easting, northing = (float(value) for value in _transform(crs, offset).from_lonlat([[lon, lat]])[0])
        frame = _frame(crs, (round(easting), round(northing), 0.0), offset)
    zone = extras.time_zone if extras is not None else None
    if zone is None:
        zone = time_zone_at(*frame.lonlat)
    return frame, source_crs, zone


def _of_true_lengths(crs: CompoundCrs, lon: float, lat: float, offset: float | None) -> CompoundCrs:
    """The CRS, or, where it stretches the map as Web Mercator does, the UTM zone of the place with the same heights."""
    transform = _transform(crs, offset)
    easting, northing = (float(value) for value in transform.from_lonlat([[lon, lat]])[0])
    if abs(stretch(transform, easting, northing) - 1.0) <= MOST_STRETCH:
        return crs
    return CompoundCrs(suggest_crs(lon, lat).horizontal, crs.vertical)


def _transform(crs: CompoundCrs, offset: float | None) -> MapTransform:
    return _frame(crs, (0.0, 0.0, 0.0), offset).transform


def _frame(crs: CompoundCrs, origin: tuple[float, float, float], offset: float | None) -> WorldFrame:
    return WorldFrame(crs, origin, height_offset=offset)

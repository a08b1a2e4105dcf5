"""Tilesets of the whole earth, or of places all over it: which place of them a scene is about."""

from __future__ import annotations

import numpy as np

from explorer.errors import CrsError, TilesetError
from explorer.geo import CompoundCrs, OrientedBox, WorldFrame
from explorer.geo.ellipsoid import ecef_from_geodetic
from explorer.i18n import _
from explorer.streaming import OpenTileset
from explorer.tileformat import Reach, Tileset, within_reach

_DEEPEST_M = 5_000_000.0
"""From the earth's centre: a tileset whose middle is nearer to it goes around the earth."""
_WIDEST_M = 500_000.0
"""Contents that lie farther apart are of no region of which there is a map."""


class PlaceNeeded(TilesetError):
    """Nobody says which place of the earth is meant."""


def latitude_longitude(text: str) -> tuple[float, float]:
    """A place as maps on the web give it to copy: "52.0116, 4.3571", in degrees. Raises `CrsError` in words."""
    try:
        latitude, longitude = (float(number) for number in text.replace(";", ",").replace(",", " ").split())
    except ValueError:
        latitude = longitude = np.nan
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0):
        sentence = _("“{text}” is no latitude and longitude in degrees, such as 52.01, 4.36.")
        raise CrsError(sentence.format(text=text))
    return latitude, longitude


def around(at: tuple[float, float]) -> OrientedBox:
    """A box at a latitude and longitude [degrees], ECEF."""
    latitude, longitude = at
    return OrientedBox(ecef_from_geodetic(np.array([[longitude, latitude, 0.0]]))[0], np.eye(3))


def is_globe(box: OrientedBox) -> bool:
    """Whether the box of a root, ECEF, goes around the earth."""
    return float(np.linalg.norm(box.centre)) < _DEEPEST_M


def of_contents(tileset: Tileset) -> OrientedBox:
    """Where the contents are of a tileset whose root is as large as the globe, as those of a library of cities are.

    Raises PlaceNeeded where they are no city or region either.
    """
    rows = [tile for tile, uri in enumerate(tileset.content_uri) if uri is not None or tile in tileset.unread]
    boxes = [tileset.box(tile) for tile in rows]
    near = [box for box in boxes if not is_globe(box)]
    corners = np.concatenate([box.corners() for box in near]) if near else np.zeros((0, 3))
    if len(near) < len(boxes) or not len(near) or float(np.ptp(corners, axis=0).max()) > _WIDEST_M:
        text = _("The tileset is of the whole earth. Say which place of it is meant, as in --at 52.01,4.36.")
        raise PlaceNeeded(text)
    lo, hi = corners.min(axis=0), corners.max(axis=0)
    return OrientedBox((lo + hi) / 2.0, np.diag((hi - lo) / 2.0))


def of_the_scene(opened: OpenTileset, source_crs: CompoundCrs | None, frame: WorldFrame) -> OpenTileset:
    """A tileset of which, where it goes around the earth, only what is around a scene is read on."""
    if source_crs is not None or not is_globe(opened.first.box(0)):
        return opened
    middle = frame.transform.to_ecef(np.array([frame.origin]))[0]
    tileset = opened.first if opened.first.unread else opened.whole()
    return OpenTileset(within_reach(tileset, Reach(middle)), sha256=opened.sha256)

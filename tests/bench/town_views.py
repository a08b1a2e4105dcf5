"""Where people look from in the built-in town: the views that its frame times are measured at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.app.picture import view_camera
from explorer.app.places import Place
from explorer.geo import Camera
from importers.sampletown.town import CENTRE

EYE_M = 1.65
_STREET_FOV = 68.0

_SPOTS: dict[str, tuple[float, float, float, float, float]] = {
    "market": (2.0, -30.0, EYE_M, 352.0, 4.0),
    "harbour": (-146.0, -13.0, EYE_M, 172.0, 0.0),
    "harbour high": (-143.0, 15.0, 25.0, 172.0, -12.0),
    "quay": (167.0, -43.0, EYE_M, 262.0, 1.0),
    "bridge": (6.0, -120.0, EYE_M + 3.0, 82.0, 0.0),
    "longest street": (3.0, -42.0, EYE_M, 176.0, 2.0),
    "longest street back": (41.0, -640.0, EYE_M, 356.0, 2.0),
    "over the longest street": (3.0, -42.0, 15.0, 176.0, -6.0),
    "church south": (-21.0, 7.0, 45.0, 172.0, -10.0),
    "church north": (-21.0, 7.0, 62.0, 352.0, -10.0),
    "edge": (442.0, -18.0, EYE_M, 272.0, 2.0),
    "edge high": (442.0, -18.0, 40.0, 272.0, -6.0),
}
"""East and north of the market, height over the ground [m]; heading and pitch [degrees]."""


def town_views(place: Place, width: int, height: int) -> dict[str, Camera]:
    """Cameras by name: bird's eyes, eyes over the roofs, at the water and in the streets."""
    bird = view_camera(place, "bird", width, height)
    street = view_camera(place, "walker", width, height)
    x, y, z = ((np.asarray(bird.position) + street.position) / 2.0).tolist()
    back = replace(street, heading_deg=(street.heading_deg + 180.0) % 360.0)
    views = {"bird": bird, "bird low": replace(bird, position=(x, y, z)), "street": street, "street back": back}
    surface = place.surface()
    for name, (east, north, above, heading, pitch) in _SPOTS.items():
        x, y, _z = place.frame.to_world(np.array([[CENTRE[0] + east, CENTRE[1] + north, 0.0]]))[0]
        ground = surface.known_ground(float(x), float(y))
        foot = float(ground) if np.isfinite(ground) else float(place.city_bounds()[0][2])
        at = (float(x), float(y), foot + above)
        views[name] = replace(bird, position=at, heading_deg=heading, pitch_deg=pitch, fov_y_deg=_STREET_FOV)
    return views

"""Where things are on the Earth: coordinate reference systems with their heights, the exact way between map and globe,
the polynomial that stands in for it around a tile, bounding volumes, cameras and time zones. Everything is float64;
nothing here knows tiles, files or windows. Heights are never guessed: without a geoid there is an error, not a zero.
"""

from explorer.geo.arrays import least_and_greatest
from explorer.geo.camera import Camera
from explorer.geo.crs import ELLIPSOIDAL, CompoundCrs, MissingVertical, load_crs, parse_crs, suggest_crs
from explorer.geo.cutting import Cut, CutFace, box_cut, plane_cut, prism_cut
from explorer.geo.ellipsoid import ecef_from_geodetic, enu_matrix, geodetic_from_ecef
from explorer.geo.fit import fit_ecef_from_map, fit_world_from, fit_world_from_ecef
from explorer.geo.frame import WorldFrame
from explorer.geo.polynomial import PolynomialFit
from explorer.geo.s2 import S2Cell, s2_boxes
from explorer.geo.time_zone import time_zone_at
from explorer.geo.transform import MOST_STRETCH, MapTransform, extent_of_use, stretch
from explorer.geo.volumes import (
    OrientedBox,
    looks_like_ecef,
    region_box,
    region_boxes,
    region_corners,
    sphere_box,
)
from explorer.geo.world_boxes import boxes_to_world

__all__ = [
    "ELLIPSOIDAL",
    "MOST_STRETCH",
    "Camera",
    "CompoundCrs",
    "Cut",
    "CutFace",
    "MapTransform",
    "MissingVertical",
    "OrientedBox",
    "PolynomialFit",
    "S2Cell",
    "WorldFrame",
    "box_cut",
    "boxes_to_world",
    "ecef_from_geodetic",
    "enu_matrix",
    "extent_of_use",
    "fit_ecef_from_map",
    "fit_world_from",
    "fit_world_from_ecef",
    "geodetic_from_ecef",
    "least_and_greatest",
    "load_crs",
    "looks_like_ecef",
    "parse_crs",
    "plane_cut",
    "prism_cut",
    "region_box",
    "region_boxes",
    "region_corners",
    "s2_boxes",
    "sphere_box",
    "stretch",
    "suggest_crs",
    "time_zone_at",
]

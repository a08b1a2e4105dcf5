"""From CityJSON's words for surfaces and objects to the explorer's surface classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass

BY_NORMAL = 255
"""Stands for "roof, wall or floor, as the surface lies" until normals are known."""

_BY_SURFACE_TYPE = {
    "RoofSurface": SurfaceClass.ROOF,
    "OuterFloorSurface": SurfaceClass.ROOF,
    "GroundSurface": SurfaceClass.FLOOR,
    "OuterCeilingSurface": SurfaceClass.FLOOR,
    "WallSurface": SurfaceClass.WALL,
    "ClosureSurface": SurfaceClass.WALL,
    "InteriorWallSurface": SurfaceClass.WALL,
    "CeilingSurface": SurfaceClass.FLOOR,
    "FloorSurface": SurfaceClass.FLOOR,
    "Window": SurfaceClass.WINDOW,
    "Door": SurfaceClass.DOOR,
    "WaterSurface": SurfaceClass.WATER,
    "WaterClosureSurface": SurfaceClass.WATER,
    "WaterGroundSurface": SurfaceClass.BARE,
    "TrafficArea": SurfaceClass.ROAD,
    "AuxiliaryTrafficArea": SurfaceClass.PAVING,
    "TransportationMarking": SurfaceClass.ROAD,
    "TransportationHole": SurfaceClass.ROAD,
}

_BY_KIND = {
    "TINRelief": SurfaceClass.TERRAIN,
    "WaterBody": SurfaceClass.WATER,
    "Waterway": SurfaceClass.WATER,
    "Road": SurfaceClass.ROAD,
    "Railway": SurfaceClass.RAIL,
    "TransportSquare": SurfaceClass.PAVING,
    "PlantCover": SurfaceClass.GREEN,
    "SolitaryVegetationObject": SurfaceClass.TREE,
    "LandUse": SurfaceClass.BARE,
    "CityFurniture": SurfaceClass.FURNITURE,
}

GROUND_KINDS = frozenset(
    {
        "TINRelief",
        "WaterBody",
        "Waterway",
        "Road",
        "Railway",
        "TransportSquare",
        "PlantCover",
        "LandUse",
    }
)
"""Objects that lie on or are the ground: seen from above only, so a face that looks down was wound the wrong way."""

_PAVED_WORDS = (
    "voetpad",
    "voetganger",
    "parkeer",
    "erf",
    "verharding",
    "klinkers",
    "tegels",
    "footway",
    "sidewalk",
    "pedestrian",
    "parking",
    "paved",
    "pavement",
    "inrit",
    "plein",
)
_GREEN_WORDS = ("gras", "groen", "grass", "green", "park", "forest", "bos", "meadow", "garden", "tuin")
_BARE_WORDS = ("onverhard", "zand", "sand", "soil", "unpaved")
_QUAY_WORDS = ("kademuur", "walbescherming", "quay", "keermuur", "damwand", "retaining")
_ROAD_WORDS = ("rijbaan", "fietspad", "carriageway", "cycle")


def class_of_surface(semantic: Any) -> int | None:
    """Class of a semantic surface object ({"type": "RoofSurface", …}); None where it does not say enough."""
    if not isinstance(semantic, Mapping):
        return None
    name = semantic.get("type")
    found = _BY_SURFACE_TYPE.get(name) if isinstance(name, str) else None
    if found is SurfaceClass.ROAD or found is SurfaceClass.PAVING:
        return _road_class(semantic, found)
    return found


def class_of_object(kind: str, attributes: Mapping[str, Any]) -> int:
    """Class of an object's surfaces that carry no semantics of their own."""
    if kind.startswith(("Building", "+Building")):
        return BY_NORMAL
    if kind.startswith("Bridge"):
        return SurfaceClass.BRIDGE
    found = _BY_KIND.get(kind)
    if found is SurfaceClass.ROAD:
        return _road_class(attributes, found)
    if found is SurfaceClass.BARE:
        return _land_class(attributes)
    if found is None:
        return SurfaceClass.QUAY if _says(attributes, _QUAY_WORDS) else SurfaceClass.OTHER
    return found


def _road_class(attributes: Mapping[str, Any], otherwise: SurfaceClass) -> SurfaceClass:
    """Footways and parking are paving, whatever they are made of; a carriageway stays one."""
    use = {key: value for key, value in attributes.items() if key in ("function", "usage", "class")}
    if _says(use, _ROAD_WORDS):
        return SurfaceClass.ROAD
    if _says(use, _PAVED_WORDS):
        return SurfaceClass.PAVING
    return SurfaceClass.GREEN if _says(use, _GREEN_WORDS) else otherwise


def _land_class(attributes: Mapping[str, Any]) -> SurfaceClass:
    if _says(attributes, _BARE_WORDS):
        return SurfaceClass.BARE
    if _says(attributes, _PAVED_WORDS):
        return SurfaceClass.PAVING
    return SurfaceClass.GREEN if _says(attributes, _GREEN_WORDS) else SurfaceClass.BARE


def _says(attributes: Mapping[str, Any], words: tuple[str, ...]) -> bool:
    """Whether any text value that names a kind of thing holds one of the words."""
    for key, value in attributes.items():
        if isinstance(value, str) and value and key not in _NOT_A_KIND:
            text = value.lower()
            if any(word in text for word in words):
                return True
    return False


_NOT_A_KIND = frozenset({"lokaalid", "namespace", "bronhouder", "bgt_status", "plus_status", "name", "gml:name"})


def class_by_normal(normals: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Roof, wall or floor for unit normals (n, 3): steeper than about 80° is a wall."""
    up = normals[:, 2]
    result = np.full(len(normals), SurfaceClass.WALL, np.uint8)
    result[up > 0.17] = SurfaceClass.ROOF
    result[up < -0.17] = SurfaceClass.FLOOR
    return result

"""What a surface is: the one list that importers write, the renderer colours and simulations read."""

from __future__ import annotations

from enum import IntEnum


class SurfaceClass(IntEnum):
    """Kind of a surface, stored per vertex as a uint8. Values are part of the tile format: never renumber."""

    UNKNOWN = 0
    WALL = 1
    ROOF = 2
    FLOOR = 3
    """Underside of a building (CityJSON GroundSurface)."""
    WINDOW = 4
    DOOR = 5
    TERRAIN = 6
    WATER = 7
    ROAD = 8
    """Carriageway: asphalt."""
    PAVING = 9
    """Footways, squares, parking, yards: brick and slabs."""
    GREEN = 10
    """Grass, plant cover, parks."""
    BARE = 11
    """Other land use: sand, soil, building plots."""
    BRIDGE = 12
    TREE = 13
    """Crown of a tree."""
    TRUNK = 14
    RAIL = 15
    FURNITURE = 16
    QUAY = 17
    """Retaining and quay walls."""
    OTHER = 18

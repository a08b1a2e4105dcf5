"""A tileset of the whole earth, made as it is asked for: quadtrees in longitude and latitude, some levels a file."""

from __future__ import annotations

import json
import math
from typing import Any

from explorer.geo.ellipsoid import enu_matrix
from tests.specimens import block_glb

LEAF, PER_FILE, FIRST_CONTENT = 14, 4, 2
"""Levels. A leaf is about 1.2 km from west to east at the equator and half as deep."""
BLOCK = block_glb("house", (0.0, 0.0, 10.0), (30.0, 20.0, 20.0))
_ROOT = {"box": [0, 0, 0, 6.4e6, 0, 0, 0, 6.4e6, 0, 0, 0, 6.4e6]}


def tile_over(level: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Column from the west and row from the south of the tile of a level that holds a place. [degrees]"""
    side = 180.0 / 2**level
    return int((longitude + 180.0) / side), int((latitude + 90.0) / side)


def globe_file(name: str) -> bytes:
    """A file of it: tileset.json, LEVEL-COLUMN-ROW.json, or house.glb, one block that every content is."""
    if name == "house.glb":
        return BLOCK
    if name == "tileset.json":
        root: dict[str, Any] = {"boundingVolume": _ROOT, "geometricError": 1e7, "refine": "REPLACE"}
        root["children"] = [_tile(0, column, 0, 2) for column in (0, 1)]
    else:
        level, column, row = (int(number) for number in name.removesuffix(".json").split("-"))
        root = {"boundingVolume": _region(level, column, row), "geometricError": _error(level), "refine": "REPLACE"}
        root["children"] = _quarters(level, column, row, min(level + PER_FILE, LEAF))
    return json.dumps({"asset": {"version": "1.1"}, "geometricError": 1e7, "root": root}).encode()


def _quarters(level: int, column: int, row: int, last: int) -> list[dict[str, Any]]:
    return [_tile(level + 1, 2 * column + i, 2 * row + j, last) for j in (0, 1) for i in (0, 1)]


def _tile(level: int, column: int, row: int, last: int) -> dict[str, Any]:
    tile: dict[str, Any] = {"boundingVolume": _region(level, column, row), "geometricError": _error(level)}
    children = []
    if level < last:
        children = _quarters(level, column, row, last)
    elif level < LEAF:
        nested = {"uri": f"{level}-{column}-{row}.json"}
        children = [{**tile, "content": nested}]
    if level >= FIRST_CONTENT:  # below a tile of its own, so that its place moves no child
        side = 180.0 / 2**level
        longitude, latitude = -180.0 + (column + 0.5) * side, -90.0 + (row + 0.5) * side
        transform = enu_matrix(longitude, latitude).T.ravel().tolist()
        children.append({**tile, "geometricError": 0.0, "transform": transform, "content": {"uri": "house.glb"}})
    return {**tile, "refine": "ADD", "children": children}


def _error(level: int) -> float:
    return 0.0 if level == LEAF else 1e6 / 2**level


def _region(level: int, column: int, row: int) -> dict[str, list[float]]:
    side = math.pi / 2**level
    west, south = -math.pi + column * side, -math.pi / 2.0 + row * side
    return {"region": [west, south, west + side, south + side, -50.0, 300.0]}

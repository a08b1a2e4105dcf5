"""A stand-in for the ground where a dataset has none: a surface through the feet of the buildings.

Cities publish buildings without terrain. Sun hours and walking need something to stand on, so nodes of a lattice of
25 m get the mean of the lowest points of the buildings around, weighted by nearness (Shepard 1968, "A two-dimensional
interpolation function for irregularly-spaced data", in the local form of Franke and Nielson 1980). A node's height
depends on the buildings within 150 m of it alone, so that it is the same whatever area was asked for. It is an
estimate: what is made from it says so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Progress
from explorer.surface.city_tiles import CityTiles
from explorer.surface.rays import BUILDING_CLASSES
from explorer.surface.triangles import Area, TriangleSoup, joined, widened
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

NODE_METRES = 25.0
REACH_METRES = 150.0
"""Buildings further than this from a node do not count for it, and land further from all buildings is unknown. [m]"""
_LOOKED_AT = 16
"""Places of a tileset whose tiles tell whether it has land."""
BLOCK = 2048
"""Nodes worked on at a time, which bounds the memory to about 100 MB for 5,000 buildings near by."""


class EstimatedGround:
    """The ground of a city whose data has no land (roads and water alone are none)."""

    def __init__(self, tiles: CityTiles, *, has_land: bool | None = None) -> None:
        """`has_land`: where it is known already."""
        self._tiles = tiles
        self._has_land = has_land

    def read_from(self, tiles: CityTiles) -> EstimatedGround:
        """The same ground for another reader of the same tilesets."""
        return EstimatedGround(tiles, has_land=self._has_land)

    @property
    def is_needed(self) -> bool:
        """Whether there are tilesets, and no tile of any has land: found out once, by looking until one has.

        Of many tiles some here and there are looked at: a country's buildings are not read to learn that they are all.
        """
        has_land, is_sure = self._has_land, True
        if has_land is None:
            looked_at = (
                source.read(tile) for source in self._tiles.sources for tile in source.here_and_there(_LOOKED_AT)
            )
            has_land = False
            for tile in looked_at:
                has_land, is_sure = bool(tile.soup.is_land.any()), is_sure and tile.is_complete
                if has_land:
                    break
            if has_land or is_sure:  # what could not be read may have been land
                self._has_land = has_land
        return not has_land and bool(self._tiles.sources)

    def over(self, area: Area, progress: Progress | None = None) -> TriangleSoup:
        """Its triangles over an area. Hidden buildings keep their feet: demolition does not move the ground."""
        wide = widened(area, REACH_METRES + NODE_METRES)
        soups = [tile.soup.over(wide) for tile in self._tiles.over(wide, progress)]
        feet = building_feet(joined([soup for soup in soups if len(soup)], (0.0, 0.0, 0.0)))
        return estimated_ground(feet, area)


def building_feet(soup: TriangleSoup) -> FloatArray:
    """Middle and lowest height of every building in a soup: (n, 3) in the world. [m]"""
    keep = np.isin(soup.surface_class, [int(kind) for kind in BUILDING_CLASSES])
    # what belongs to no feature is taken by squares of 10 m, so that one big mesh is not one building
    corners = soup.world[keep]
    owner = soup.feature_index[keep].astype(np.int64)
    if not len(corners):
        return np.zeros((0, 3))
    middle = corners.mean(axis=1)
    square = np.floor(middle[:, :2] / 10.0).astype(np.int64)
    nobody = owner < 0
    key = np.column_stack([owner, np.where(nobody, square[:, 0], 0), np.where(nobody, square[:, 1], 0)])
    _unique, group = np.unique(key, axis=0, return_inverse=True)
    group = group.reshape(-1)
    n = int(group.max()) + 1
    lowest, lo, hi = np.full(n, np.inf), np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(lowest, group, corners[:, :, 2].min(axis=1))
    np.minimum.at(lo, group, corners[:, :, :2].min(axis=1))
    np.maximum.at(hi, group, corners[:, :, :2].max(axis=1))
    return np.column_stack([(lo + hi) / 2.0, lowest])


def estimated_ground(feet: FloatArray, area: Area) -> TriangleSoup:
    """Ground triangles over an area from buildings' feet (n, 3); give all feet within 150 m + 25 m of the area.

    Class `TERRAIN`, no feature; nothing where no building is near.
    """
    west, south, east, north = (np.asarray(area) / NODE_METRES).tolist()
    i = np.arange(int(np.floor(west)), int(np.ceil(east)) + 1)
    j = np.arange(int(np.floor(south)), int(np.ceil(north)) + 1)
    x, y = np.meshgrid(i * NODE_METRES, j * NODE_METRES)
    z = _heights(np.column_stack([x.ravel(), y.ravel()]), feet).reshape(x.shape)
    nodes = np.stack([x, y, z], axis=2)
    sw, se, nw, ne = nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, :-1], nodes[1:, 1:]
    triangles = np.stack([np.stack([sw, se, ne], axis=2), np.stack([sw, ne, nw], axis=2)], axis=2).reshape(-1, 3, 3)
    triangles = triangles[np.isfinite(triangles).all(axis=(1, 2))]
    n = len(triangles)
    return TriangleSoup(triangles, np.full(n, SurfaceClass.TERRAIN, np.uint8), np.full(n, -1, np.int32), ())


def _heights(nodes: FloatArray, feet: FloatArray) -> FloatArray:
    """Weighted means of the feet around nodes (n, 2): (n,) [m], NaN where there are none."""
    heights = np.full(len(nodes), np.nan)
    if not len(feet):
        return heights
    for start in range(0, len(nodes), BLOCK):
        block = nodes[start : start + BLOCK]
        lo, hi = block.min(axis=0) - REACH_METRES, block.max(axis=0) + REACH_METRES
        near = feet[((feet[:, :2] >= lo) & (feet[:, :2] <= hi)).all(axis=1)]
        if not len(near):
            continue
        # the order of the feet must not matter, whatever tiles they came from
        near = near[np.lexsort(near.T)]
        distance = np.hypot(block[:, :1] - near[:, 0], block[:, 1:] - near[:, 1])
        # + 1 m: a node in the middle of a building is not that building's alone
        weight = (np.maximum(REACH_METRES - distance, 0.0) / (REACH_METRES * (distance + 1.0))) ** 2
        total = weight.sum(axis=1)
        known = total > 0.0
        heights[start : start + BLOCK][known] = (weight @ near[:, 2])[known] / total[known]
    return heights

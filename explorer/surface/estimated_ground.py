"""A stand-in for the ground where a dataset has none: a surface through the feet of the buildings.

Cities publish buildings without terrain. Sun hours, walking and the picture need something to stand on, so nodes of a
lattice of 5 m get the mean of the feet around, weighted by nearness (Shepard 1968, "A two-dimensional interpolation
function for irregularly-spaced data", in the local form of Franke and Nielson 1980), and never less than a foot in the
cells beside them: no wall ends above the ground. A foot far above or below those around it is a passage or a cellar and
does not count. Away from all houses it goes over into the level that most of the city stands on or above. Squares of
320 m are worked out whole, each from all that matters to it, so that heights are the same whatever area was asked for;
where it is flat, few triangles do (`tileformat.rtin`). It is an estimate: what is made from it says so.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Progress
from explorer.surface.building_feet import building_feet
from explorer.surface.city_tiles import CityTiles
from explorer.surface.triangles import Area, TriangleSoup, empty_soup, joined, widened
from explorer.tileformat.rtin import bounds_of_cuts, triangles_within
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

NODE_METRES = 5.0
SQUARE_METRES = 320.0
"""64 cells: the triangulation asks for a power of two. [m]"""
REACH_METRES = 150.0
"""Buildings further than this from a node do not count for it, and land further from all buildings is unknown. [m]"""
AROUND_METRES = REACH_METRES + 50.0
"""What is read around a square: feet at its reach are judged by those around them. [m]"""
TOLERANCE = 0.04
"""How far triangles may be off the lattice. [m]"""
_LEVELS_OUT = (60.0, REACH_METRES - 4.0 * NODE_METRES)
"""So far from all buildings the ground begins to go over into the city's level, and is there: before its end. [m]"""
_LOW_SHARE = 10.0
"""Percentile of the feet that is a city's level: land around it hides no valley. [%]"""
_NEIGHBOURS = 24
"""Feet that count for a node, one a cell."""
_ODD = 2.5
"""A foot so much above or below the middle of its neighbours does not count. [m]"""
_LOOKED_AT = 16
"""Places of a tileset whose tiles tell whether it has land."""
_KEPT_SQUARES = 1000
"""34 kB each. [-]"""

Square = tuple[int, int]
"""Column and row of a square, from the world's origin."""


class _Kept:
    """What was worked out, the heights of the last squares of it, for all variants of a city. Thread-safe."""

    def __init__(self) -> None:
        self.level: float | None = None
        self._squares: OrderedDict[Square, FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, square: Square) -> FloatArray | None:
        with self._lock:
            found = self._squares.get(square)
            if found is not None:
                self._squares.move_to_end(square)
            return found

    def keep(self, square: Square, heights: FloatArray) -> None:
        with self._lock:
            self._squares[square] = heights
            if len(self._squares) > _KEPT_SQUARES:
                self._squares.popitem(last=False)


class EstimatedGround:
    """The ground of a city whose data has no land (roads and water alone are none). Thread-safe."""

    def __init__(self, tiles: CityTiles, *, has_land: bool | None = None, kept: _Kept | None = None) -> None:
        """`has_land`: where it is known already."""
        self._tiles = tiles
        self._has_land = has_land
        self._kept = _Kept() if kept is None else kept

    def read_from(self, tiles: CityTiles) -> EstimatedGround:
        """The same ground for another reader of the same tilesets."""
        return EstimatedGround(tiles, has_land=self._has_land, kept=self._kept)

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

    @property
    def level(self) -> float:
        """Height that most of the city stands on or above, by the same tiles; NaN where there is no building. [m]"""
        if self._kept.level is None:
            tiles = [source.read(tile) for source in self._tiles.sources for tile in source.here_and_there(_LOOKED_AT)]
            z = np.concatenate([*(building_feet(tile.soup)[:, 2] for tile in tiles), np.zeros(0)])
            level = float(np.percentile(z, _LOW_SHARE)) if len(z) else float("nan")
            if not all(tile.is_complete for tile in tiles):  # better known next time
                return level
            self._kept.level = level
        return self._kept.level

    def over(self, area: Area, progress: Progress | None = None, *, tolerance: float = TOLERANCE) -> TriangleSoup:
        """Its triangles over an area, off by so many metres at most.

        Hidden buildings keep their feet: demolition does not move the ground.
        """
        squares = [(square, self._square(square, progress)) for square in squares_over(area)]
        found = [_triangulated(square, heights, tolerance).over(area) for square, heights in squares]
        return joined([soup for soup in found if len(soup)], (0.0, 0.0, 0.0))

    def _square(self, square: Square, progress: Progress | None) -> FloatArray:
        known = self._kept.get(square)
        if known is not None:
            return known
        wide = widened(area_of_square(square), AROUND_METRES)
        tiles = self._tiles.over(wide, progress)
        soups = [tile.soup.over(wide) for tile in tiles]
        feet = building_feet(joined([soup for soup in soups if len(soup)], (0.0, 0.0, 0.0)))
        made = _heights(_nodes(square), feet, self.level)
        if all(tile.is_complete for tile in tiles):  # what could not be read may be there next time
            self._kept.keep(square, made)
        return made


def squares_over(area: Area) -> list[Square]:
    """The squares that an area of the world touches, row by row. [m]"""
    west, south, east, north = (np.asarray(area) / SQUARE_METRES).tolist()
    columns = range(int(np.floor(west)), max(int(np.ceil(east)), int(np.floor(west)) + 1))
    rows = range(int(np.floor(south)), max(int(np.ceil(north)), int(np.floor(south)) + 1))
    return [(i, j) for j in rows for i in columns]


def area_of_square(square: Square) -> Area:
    """Where a square lies in the world. [m]"""
    west, south = square[0] * SQUARE_METRES, square[1] * SQUARE_METRES
    return west, south, west + SQUARE_METRES, south + SQUARE_METRES


def estimated_ground(feet: FloatArray, area: Area, level: float = float("nan")) -> TriangleSoup:
    """Ground triangles over an area from buildings' feet (n, 3); give all feet within 200 m of its squares.

    Class `TERRAIN`, no feature; nothing where no building is near. `level`: what it goes over into away from them. [m]
    """
    squares = [(square, _heights(_nodes(square), feet, level)) for square in squares_over(area)]
    found = [_triangulated(square, heights, TOLERANCE).over(area) for square, heights in squares]
    return joined([soup for soup in found if len(soup)], (0.0, 0.0, 0.0))


def _nodes(square: Square) -> FloatArray:
    """The lattice of a square, (65, 65, 2) in the world, row 0 in the north. [m]"""
    n = round(SQUARE_METRES / NODE_METRES)
    west, _south, _east, north = area_of_square(square)
    at = np.arange(n + 1) * NODE_METRES
    return np.stack(np.meshgrid(west + at, north - at), axis=2)


def _triangulated(square: Square, z: FloatArray, tolerance: float) -> TriangleSoup:
    """The ground of a square by the heights of its nodes, in the world."""
    if not np.isfinite(z).any():
        return empty_soup()
    is_falling = (square[0] + square[1]) % 2 == 0
    corners = triangles_within(bounds_of_cuts(z, is_falling=is_falling), tolerance, is_falling=is_falling)
    triangles = np.dstack([_nodes(square), z]).reshape(-1, 3)[corners]
    triangles = triangles[np.isfinite(triangles).all(axis=(1, 2))]
    m = len(triangles)
    return TriangleSoup(triangles, np.full(m, SurfaceClass.TERRAIN, np.uint8), np.full(m, -1, np.int32), ())


def _heights(nodes: FloatArray, feet: FloatArray, level: float) -> FloatArray:
    """Heights of a lattice of nodes (rows, columns, 2) by the feet around: (rows, columns) [m], NaN where are none."""
    cells, feet = _in_cells(feet)
    heights = np.full(nodes.shape[:2], np.nan)
    if not len(feet):
        return heights
    from scipy.spatial import cKDTree  # a third of a second of imports, which a start does not need

    flat = nodes.reshape(-1, 2)
    k = min(_NEIGHBOURS, len(feet)) + 1
    distance, row = cKDTree(feet[:, :2]).query(flat, k=k, distance_upper_bound=REACH_METRES)
    # the farthest counts nothing, so that nothing jumps where another takes its place
    reach = np.minimum(distance[:, -1:], REACH_METRES) if len(feet) >= k else np.full((len(flat), 1), REACH_METRES)
    distance = np.minimum(distance, REACH_METRES)  # those out of reach are infinitely far
    # + 1 m: a node beside a wall is not that wall's alone
    weight = (np.maximum(reach - distance, 0.0) / (reach * (distance + 1.0))) ** 2
    total = weight.sum(axis=1)
    z = np.append(feet[:, 2], 0.0)[row]
    known = total > 0.0
    heights.reshape(-1)[known] = (weight * z).sum(axis=1)[known] / total[known]
    if np.isfinite(level):
        first, last = _LEVELS_OUT
        away = np.clip((distance[:, 0] - first) / (last - first), 0.0, 1.0)
        away = (away * away * (3.0 - 2.0 * away)).reshape(heights.shape)
        heights += (level - heights) * away
    return _above_feet(heights, nodes, cells, feet[:, 2])


def _in_cells(feet: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """One foot a cell of the lattice, the highest: columns and rows (n, 2), and the feet (n, 3) without odd ones."""
    cells = np.floor(feet[:, :2] / NODE_METRES).astype(np.int64)
    order = np.lexsort((feet[:, 1], feet[:, 0], -feet[:, 2], cells[:, 1], cells[:, 0]))
    cells, feet = cells[order], feet[order]
    is_first = np.append(True, (cells[1:] != cells[:-1]).any(axis=1))[: len(cells)]
    cells, feet = cells[is_first], feet[is_first]
    if len(feet) < 4:
        return cells, feet
    from scipy.spatial import cKDTree

    distance, row = cKDTree(feet[:, :2]).query(
        feet[:, :2], k=min(_NEIGHBOURS, len(feet)), distance_upper_bound=AROUND_METRES - REACH_METRES
    )
    around = np.where(np.isfinite(distance), np.append(feet[:, 2], 0.0)[row], feet[:, 2:])
    keep = np.abs(feet[:, 2] - np.median(around, axis=1)) <= _ODD
    return cells[keep], feet[keep]


def _above_feet(heights: FloatArray, nodes: FloatArray, cells: NDArray[np.int64], z: FloatArray) -> FloatArray:
    """Heights that are no less than any foot (cells, z) in the four cells that meet in a node."""
    column = np.round(nodes[..., 0] / NODE_METRES).astype(np.int64)[0, 0]
    row = np.round(nodes[..., 1] / NODE_METRES).astype(np.int64)[0, 0]
    least = np.full(heights.shape, -np.inf)
    for east in (0, 1):
        for north in (0, 1):
            i, j = cells[:, 0] + east - column, row - cells[:, 1] - north
            inside = (i >= 0) & (i < heights.shape[1]) & (j >= 0) & (j < heights.shape[0])
            np.maximum.at(least, (j[inside], i[inside]), z[inside])
    return np.asarray(np.maximum(heights, least), np.float64)

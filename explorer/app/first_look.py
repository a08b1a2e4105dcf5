"""What a city shows first: all of it, or where that would be specks on a plain, the part that is built most densely.

Cities are published whole, or as tiles that lie kilometres apart. A house that is ten pixels wide is recognised; one of
two pixels is not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.app.extent import outermost
from explorer.surface import SurfaceModel, TriangleSoup
from explorer.surface.building_feet import building_feet
from explorer.tileformat import SurfaceClass

FloatArray = NDArray[np.float64]

WHOLE_METRES = 2000.0
"""A city no wider than this is shown whole. [m]"""
PART_METRES = 800.0
"""Of a wider one, a square of this side. [m]"""
SMALL_METRES = 200.0
"""The same of things that are smaller than houses. [m]"""
MOST_READ = 16
"""Tiles that are read to learn where their houses stand; where there are more, their boxes tell. [-]"""
_SMALL = [int(kind) for kind in (SurfaceClass.TREE, SurfaceClass.TRUNK, SurfaceClass.FURNITURE)]
"""What land, roads and water are made of is not: a wide land is shown whole."""
_CELL = 25.0
"""Built-up places are counted by squares of this side: a street of small houses outweighs one large hall. [m]"""
_MOST_CELLS = 40_000_000
"""A square of 158 km. [-]"""
_COARSE_M = 20.0
"""Geometric error of tiles that tell how high the land is, and are few. [m]"""
_HIGH = 20.0
"""Of what stands at a place of which nothing but the foot is known. [m]"""


def is_wide(points: FloatArray) -> bool:
    """Whether a city of these points (n, 3) is too wide to be shown whole at first."""
    return bool(len(points)) and float(np.ptp(points[:, :2], axis=0).max()) > WHOLE_METRES


def densest_part(places: FloatArray, side: float = PART_METRES) -> FloatArray:
    """The hull (m, 3) of what stands in the square where most stands; `places` (n, 3): its feet; `side` [m]."""
    cells = np.floor(places[:, :2] / _CELL).astype(np.int64)
    least = cells.min(axis=0)
    wide, deep = (cells.max(axis=0) - least + 1).tolist()
    if wide * deep > _MOST_CELLS:  # places of two continents: any of them will do
        return _about(places[len(places) // 2], places, side)
    built = np.zeros((wide, deep))
    built[tuple((cells - least).T)] = 1.0
    n = round(side / _CELL)
    # sums of all squares of n x n cells, by differences of sums from the corner
    sums = np.pad(built, n).cumsum(axis=0).cumsum(axis=1)
    inside = sums[n:, n:] - sums[:-n, n:] - sums[n:, :-n] + sums[:-n, :-n]
    i, j = np.unravel_index(int(inside.argmax()), inside.shape)
    middle = (least + np.array([i + 1 - n, j + 1 - n])) * _CELL + side / 2.0
    return _about(middle, places, side)


def _about(middle: FloatArray, places: FloatArray, side: float) -> FloatArray:
    near = places[(np.abs(places[:, :2] - middle[:2]) <= side / 2.0).all(axis=1)]
    near[:, 2] = np.median(near[:, 2])
    return outermost(np.concatenate([near, near + np.array([0.0, 0.0, _HIGH])]))


def standing_places(surface: SurfaceModel) -> tuple[FloatArray, float]:
    """Where things stand in the finest tiles, (n, 3) in the world, and the side of a square to be looked at. [m]

    The feet of houses, or where there is none trees, lamps and the like. Only for tilesets of `MOST_READ` tiles.
    """
    tiles = [source.read(tile) for source in surface.sources for tile in source.here_and_there(MOST_READ)]
    return standing_in([tile.soup for tile in tiles])


def standing_about(surface: SurfaceModel, middle: FloatArray) -> tuple[FloatArray, float]:
    """The same of the finest tiles within `PART_METRES` of a place (2,) of the world."""
    (west, south), (east, north) = middle[:2] - PART_METRES, middle[:2] + PART_METRES
    return standing_in([surface.triangles((west, south, east, north))])


def seen_around(surface: SurfaceModel) -> FloatArray:
    """The hull (n, 3) of a square around the origin of the world, from the ground there to the roofs."""
    half = PART_METRES / 2.0
    soup = surface.known_triangles((-half, -half, half, half), _COARSE_M)
    z = np.percentile(soup.world[:, :, 2], [5.0, 90.0]) if len(soup) else np.array([0.0, _HIGH])
    return np.array([(x, y, float(h)) for x in (-half, half) for y in (-half, half) for h in z])


def standing_in(soups: Sequence[TriangleSoup]) -> tuple[FloatArray, float]:
    """The same of triangles."""
    feet = np.concatenate([*map(building_feet, soups), np.zeros((0, 3))])
    if len(feet):
        return feet, PART_METRES
    small = [soup.world[np.isin(soup.surface_class, _SMALL)].mean(axis=1) for soup in soups if len(soup)]
    return np.concatenate([*small, np.zeros((0, 3))]), SMALL_METRES

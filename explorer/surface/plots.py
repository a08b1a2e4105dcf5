"""The ground that is left where buildings go.

Cities cut their terrain out below buildings as often as not. Where a proposal replaces a building and does not cover
all of its plan, the rest would be a hole: no figure, no floor under a walker's feet. So the part of the plan that has
no ground below it becomes ground, level with the ground around it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.jobs import Progress
from explorer.massing.triangulate import triangulated
from explorer.surface.city_tiles import CityTiles
from explorer.surface.known_tiles import FoundTile
from explorer.surface.triangles import Area, TriangleSoup, empty_soup, hidden_with_parts, joined, widened
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

BESIDE_METRES = 0.5
"""Ground within this of a plot's corner is what the corner is level with. [m]"""
_LEAST_WIDTH = 0.1
"""Cracks narrower than this are how two surveys differ, not plots. [m]"""
_GRID = 0.001
"""Corners closer than this are one. [m]"""


class Plots:
    """The plots of a variant's hidden features, tile by tile, worked out once. Thread-safe."""

    def __init__(self, tiles: CityTiles, hidden: frozenset[str]) -> None:
        self._tiles = tiles
        self._hidden = hidden
        self._made: dict[tuple[int, Hashable], TriangleSoup] = {}

    def over(self, area: Area, progress: Progress | None = None) -> TriangleSoup:
        """Those of the tiles over an area: whole buildings, so what is asked for does not change what is made."""
        made = [
            self._of(number, tile, progress)
            for number, source in enumerate(self._tiles.sources)
            for tile in source.tiles(area)
        ]
        return joined([soup for soup in made if len(soup)], (0.0, 0.0, 0.0))

    def _of(self, number: int, tile: FoundTile, progress: Progress | None) -> TriangleSoup:
        known = self._made.get((number, tile.key))
        if known is not None:
            return known
        (read,) = self._tiles.read([(self._tiles.sources[number], tile)], progress)
        gone = read.soup.within(hidden_with_parts(read.features, self._hidden))
        made, is_whole = empty_soup(), read.is_complete
        if len(gone):
            lo, hi = gone.bounds()
            around = widened((lo[0], lo[1], hi[0], hi[1]), BESIDE_METRES)
            tiles = self._tiles.over(around, progress)
            ground = joined([soup for one in tiles if len(soup := one.soup.over(around))], (0.0, 0.0, 0.0))
            made = plots_of(gone, ground.taken(ground.is_ground))
            is_whole &= all(one.is_complete for one in tiles)
        if is_whole:  # what could not be read may be there next time
            self._made[number, tile.key] = made
        return made


def plots_of(gone: TriangleSoup, ground: TriangleSoup) -> TriangleSoup:
    """Ground for the plan of buildings that are gone, where there is none.

    Parameters
    ----------
    gone
        All triangles of the buildings.
    ground
        The open ground over their bounds and `BESIDE_METRES` around them.

    Returns
    -------
    TriangleSoup
        Class `BARE`, no feature. A corner has the height of the ground beside it; a corner without any, a mean of
        those that have, weighted by nearness; where no corner has any, the building's lowest point.
    """
    plan = _plan(gone.world)
    if plan.is_empty:
        return empty_soup()
    if len(ground):
        near = shapely.STRtree(shapely.polygons(ground.world[:, :, :2])).query(plan.buffer(BESIDE_METRES), "intersects")
        ground = ground.taken(np.sort(near))
    bare = plan.difference(_plan(ground.world)) if len(ground) else plan
    without_cracks = bare.buffer(-_LEAST_WIDTH / 2.0, join_style="mitre")
    bare = without_cracks.buffer(_LEAST_WIDTH / 2.0 + _GRID, join_style="mitre")
    faces = []
    for polygon in shapely.get_parts(shapely.set_precision(bare.intersection(plan), _GRID)):
        if polygon.geom_type == "Polygon" and polygon.area > _LEAST_WIDTH**2:
            flat = triangulated(shapely.normalize(polygon))
            heights = _heights(flat.reshape(-1, 2), polygon, gone.world, ground.world)
            faces.append(np.concatenate([flat, heights.reshape(-1, 3, 1)], axis=2))
    if not faces:
        return empty_soup()
    positions = np.concatenate(faces)
    n = len(positions)
    return TriangleSoup(positions, np.full(n, SurfaceClass.BARE, np.uint8), np.full(n, -1, np.int32), ())


def _plan(corners: FloatArray) -> Any:
    """What triangles (m, 3, 3) cover, seen from above."""
    outlines = shapely.polygons(corners[:, :, :2]) if len(corners) else np.zeros(0, object)
    outlines = outlines[shapely.area(outlines) > _GRID**2]
    return shapely.union_all(shapely.set_precision(outlines, _GRID), grid_size=_GRID)


def _heights(points: FloatArray, polygon: Any, gone: FloatArray, ground: FloatArray) -> FloatArray:
    """Heights of corners (n, 2) of one plot: (n,) [m]."""
    corners, back = np.unique(points, axis=0, return_inverse=True)
    heights = _beside(corners, ground)
    known = np.isfinite(heights)
    if not known.any():
        lo, hi = np.array(polygon.bounds[:2]) - _GRID, np.array(polygon.bounds[2:]) + _GRID
        inside = ((gone[:, :, :2] >= lo) & (gone[:, :, :2] <= hi)).all(axis=2)
        own = gone[np.any(inside, axis=1)]
        heights[:] = float((own if len(own) else gone)[:, :, 2].min())
    elif not known.all():
        distance = np.hypot(*(corners[~known][:, None, :] - corners[known][None, :, :]).transpose(2, 0, 1))
        weight = 1.0 / np.maximum(distance, _GRID) ** 2
        heights[~known] = (weight @ heights[known]) / weight.sum(axis=1)
    return heights[back.reshape(-1)]


def _beside(points: FloatArray, ground: FloatArray) -> FloatArray:
    """Height of the nearest edge of ground triangles (m, 3, 3) at points (n, 2): (n,) [m], NaN for none near by."""
    heights = np.full(len(points), np.nan)
    if not len(ground):
        return heights
    a = ground.reshape(-1, 3)
    along = np.roll(ground, -1, axis=1).reshape(-1, 3) - a
    square = np.maximum((along[:, :2] ** 2).sum(axis=1), 1e-12)
    for row, point in enumerate(points):
        share = np.clip(((point - a[:, :2]) * along[:, :2]).sum(axis=1) / square, 0.0, 1.0)
        nearest = a + share[:, None] * along
        distance = np.hypot(*(nearest[:, :2] - point).T)
        best = float(distance.min())
        if best <= BESIDE_METRES:
            # of edges that meet here the lowest, whatever order the tiles came in
            heights[row] = float(nearest[distance <= best + _GRID, 2].min())
    return heights

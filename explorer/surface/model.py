"""What a place is made of: the tiles' triangles, less what is hidden, plus what is proposed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import FetchError
from explorer.geo import CompoundCrs, CutFace, WorldFrame
from explorer.jobs import Progress
from explorer.store import Store
from explorer.streaming import OpenTileset
from explorer.surface.city_tiles import CityTiles
from explorer.surface.estimated_ground import AROUND_METRES, TOLERANCE, EstimatedGround
from explorer.surface.meeting import extent_along, is_met
from explorer.surface.occluders import rectangle_distance, shading
from explorer.surface.plots import Plots
from explorer.surface.rays import KeptCasters, RayCaster
from explorer.surface.samples import FacadeSamples, facade_samples, ground_samples
from explorer.surface.sources import SurfaceTile, SurfaceTileset, TilesetSource, missing_text
from explorer.surface.triangles import (
    Area,
    TriangleSoup,
    empty_soup,
    hidden_with_parts,
    joined,
    soup_from_meshes,
    widened,
)
from explorer.tileformat import FeatureTable, Mesh, Tileset

FloatArray = NDArray[np.float64]

GROUND_MARGIN = 1500.0
"""Estimated ground further from an area than this throws no shadow into it. [m]"""


class ProposedMesh(NamedTuple):
    """A proposed building in the world, under its proposal's id."""

    id: str
    mesh: Mesh


TilesetLike = (
    SurfaceTileset | tuple[Store, Tileset | OpenTileset] | tuple[Store, Tileset | OpenTileset, CompoundCrs | None]
)


class SurfaceModel:
    """The surface of a base city under one variant. Thread-safe; frozen in what it describes.

    `with_variant` gives the model of another variant that shares the tiles already read. Answers depend on tilesets,
    variant, area and parameters alone.
    """

    def __init__(
        self,
        frame: WorldFrame,
        tilesets: Iterable[TilesetLike],
        proposals: Iterable[ProposedMesh | Mesh] = (),
        hidden: frozenset[str] = frozenset(),
        *,
        sources: Sequence[TilesetSource] | None = None,
    ) -> None:
        self.frame = frame
        given = tuple(SurfaceTileset(*tileset) for tileset in tilesets)
        self._tiles = CityTiles([TilesetSource(frame, one) for one in given] if sources is None else sources)
        self.hidden = frozenset(hidden)
        self._proposals = tuple(_soup_of_proposal(one) for one in proposals)
        self._casters = KeptCasters()
        self._plots = Plots(self._tiles, self.hidden)
        self._ground = EstimatedGround(self._tiles)

    def with_variant(self, proposals: Iterable[ProposedMesh | Mesh], hidden: frozenset[str]) -> SurfaceModel:
        """The model of another variant of the same base city; the tiles read so far are shared."""
        other = SurfaceModel(self.frame, (), proposals, hidden, sources=self.sources)
        other._ground = self._ground.read_from(other._tiles)
        return other

    @property
    def sources(self) -> tuple[TilesetSource, ...]:
        """One a tileset, in their order."""
        return self._tiles.sources

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read so far, one sentence each: answers are missing these surfaces."""
        return self._tiles.problems

    @property
    def ground_is_estimated(self) -> bool:
        """Whether the base city has no land, so that its ground comes from the feet of its buildings.

        Found out once, see `EstimatedGround`.
        """
        return self._ground.is_needed

    # -- triangles ----------------------------------------------------------------------------------------------

    def triangles(
        self,
        area: Area,
        max_error: float = 0.0,
        *,
        origin: tuple[float, float, float] | None = None,
        must_be_whole: bool = False,
        progress: Progress | None = None,
    ) -> TriangleSoup:
        """All triangles whose outline from above overlaps an area of the world (west, south, east, north). [m]

        Parameters
        ----------
        max_error
            Coarser tiles will do if their geometric error is at most this; 0 = the finest. [m]
        origin
            What positions are relative to; the middle of the area at height 0 if not given.
        must_be_whole
            Rather none than some.

        Raises
        ------
        FetchError
            Not all could be read, and they must be.
        Cancelled
            `progress` was asked to stop.
        """
        middle = origin if origin is not None else _middle(area)
        tiles = self._tiles.over(area, progress, max_error=max_error)
        missing = [problem for tile in tiles if not tile.is_complete for problem in tile.problems]
        if must_be_whole and missing:
            raise FetchError(missing_text(missing))
        soups = [self._visible(tile.soup.over(area), tile) for tile in tiles]
        soups.append(self.plots(area, progress).over(area))
        if self.ground_is_estimated:
            soups.append(self._ground.over(area, progress))
        soups += [soup.over(area) for soup in self._proposals]
        return joined([soup for soup in soups if len(soup)], middle)

    def meeting(self, face: CutFace, progress: Progress | None = None) -> TriangleSoup:
        """All triangles of the finest data that a face of a section may run through, and some around it."""
        soups = [self._visible(tile.soup, tile) for tile in self._tiles.meeting(face, progress)]
        area = extent_along(self.sources, face)
        if area is not None:
            soups.append(self.plots(area, progress))
            if self.ground_is_estimated:
                soups.append(self._ground.over(area, progress))
        soups += list(self._proposals)
        found = [soup.taken(is_met(soup, face)) for soup in soups if len(soup)]
        return joined([soup for soup in found if len(soup)], (0.0, 0.0, 0.0))

    def _visible(self, soup: TriangleSoup, tile: SurfaceTile) -> TriangleSoup:
        """Triangles of a tile, less the hidden features."""
        if not self.hidden or not len(soup):
            return soup
        return soup.without(hidden_with_parts(tile.features, self.hidden))

    def plots(self, area: Area, progress: Progress | None = None) -> TriangleSoup:
        """The ground left by hidden buildings over an area where the data has none; see `plots_of`."""
        if not self.hidden or self.ground_is_estimated:
            return empty_soup()
        return self._plots.over(area, progress)

    def guessed_ground(
        self, area: Area, progress: Progress | None = None, *, tolerance: float = TOLERANCE
    ) -> TriangleSoup:
        """The ground that is estimated over an area, in the world; empty where the city has land of its own.

        `tolerance`: by how much fewer triangles may be off; else as everywhere in this model. [m]
        """
        return self._ground.over(area, progress, tolerance=tolerance) if self.ground_is_estimated else empty_soup()

    @property
    def ground_level(self) -> float:
        """The height that estimated ground goes over into away from all buildings, NaN where there are none. [m]"""
        return self._ground.level

    # -- rays ---------------------------------------------------------------------------------------------------

    def occluder_margin(self, area: Area) -> float:
        """How far around an area the furthest thing stands that may throw its shadow into it. [m]

        Everything counts by its own height: complete for a sun of `LOWEST_SUN_DEG` and higher.
        """
        lowest = self._lowest(area)
        reach = [0.0]
        for source in self.sources:
            tiles = source.shading(area, lowest)
            if tiles:
                lo, hi = np.array([tile.lo for tile in tiles]), np.array([tile.hi for tile in tiles])
                reach += rectangle_distance(lo, hi, area).tolist()
        for soup in (shading(soup, area, lowest) for soup in self._proposals):
            lo, hi = soup.world.min(axis=1), soup.world.max(axis=1)
            reach += rectangle_distance(lo, hi, area).tolist()
        return float(max(reach))

    def _lowest(self, area: Area) -> float:
        """A height that no ground in an area lies below; infinite where there is nothing. [m]"""
        # estimated ground has no tile of its own: the feet around it tell its height
        over = widened(area, AROUND_METRES) if self.ground_is_estimated else area
        heights = [tile.lo[2] for source in self.sources for tile in source.tiles(over)]
        heights += [soup.world[:, :, 2].min() for soup in (soup.over(over) for soup in self._proposals) if len(soup)]
        return float(min(heights, default=np.inf))

    def _occluders(self, area: Area, progress: Progress | None) -> TriangleSoup:
        """Everything over an area, and around it what may throw a shadow into it."""
        lowest = self._lowest(area)
        tiles = self._tiles.shading(area, lowest, progress)
        soups = [self._visible(shading(tile.soup, area, lowest), tile) for tile in tiles]
        if self.ground_is_estimated:
            # further away it is too flat to matter
            around = widened(area, min(self.occluder_margin(area), GROUND_MARGIN))
            soups.append(shading(self._ground.over(around, progress), area, lowest))
        soups.append(self.plots(area, progress))
        soups += [shading(soup, area, lowest) for soup in self._proposals]
        return joined([soup for soup in soups if len(soup)], _middle(area))

    def rays(self, area: Area, margin: float | None = None, *, progress: Progress | None = None) -> RayCaster:
        """Rays against everything in an area and `margin` metres around it; None: whatever may throw a shadow into it.

        The last few are kept, so asking again is free.
        """
        key = (tuple(map(float, area)), None if margin is None else float(margin))
        known = self._casters.get(key)
        if known is not None:
            return known
        if margin is None:
            soup = self._occluders(area, progress)
        else:
            soup = self.triangles(widened(area, margin), origin=_middle(area), progress=progress)
        if len(soup):  # heights too are kept small, for float32
            base = float(np.median(soup.positions[:, 0, 2]))
            soup = soup.moved_to((*_middle(area)[:2], round(base)))
        return self._casters.keep(key, RayCaster(soup))

    # -- points -------------------------------------------------------------------------------------------------

    def ground_height(self, xy: FloatArray) -> FloatArray:
        """Height of the highest ground at world positions (n, 2): (n,) [m], NaN for none.

        Reads tiles that nobody has asked for yet: from the main thread, ask for places that are loaded, or in a job.
        """
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        if not len(points):
            return np.zeros(0)
        lo, hi = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
        # by squares of 64 m, so that a pointer that moves asks the same caster again
        area = tuple((np.array([*np.floor(lo / 64.0), *np.ceil(hi / 64.0)]) * 64.0).tolist())
        return self.rays((area[0], area[1], area[2], area[3]), 0.0).ground_height(points)

    def known_triangles(self, area: Area, max_error: float = 0.0) -> TriangleSoup:
        """The triangles of the data over an area, at this largest error, and nothing that is proposed or guessed."""
        tiles = self._tiles.over(area, max_error=max_error)
        return joined([some for tile in tiles if len(some := tile.soup.over(area))], _middle(area))

    def known_ground(self, x: float, y: float) -> float:
        """Height of the highest ground that the data has at a place of the world, NaN for none; reads its tiles alone.

        Unlike `ground_height` it never estimates, which may read a whole city without ground. [m]
        """
        soup = self.known_triangles((x - 1.0, y - 1.0, x + 1.0, y + 1.0))
        return float(RayCaster(soup).ground_height(np.array([[x, y]]))[0]) if len(soup) else float("nan")

    def ground_samples(self, area: Area, resolution: float, *, progress: Progress | None = None) -> FloatArray:
        """Middles of raster cells on the ground: (rows, cols, 3), row 0 in the north; see `samples.ground_samples`."""
        return ground_samples(self.rays(area, progress=progress), area, resolution)

    def facade_samples(self, area: Area, spacing: float, *, progress: Progress | None = None) -> FacadeSamples:
        """Points on facades, `spacing` apart; see `samples.facade_samples`."""
        return facade_samples(self.rays(area, progress=progress), area, spacing)

    def content_hash(self, area: Area) -> str:
        """A name for what `triangles(area)` holds: equal hashes, equal triangles."""
        soup = self.triangles(area)
        digest = hashlib.sha256(repr((soup.origin, soup.features)).encode())
        for array in (soup.positions, soup.surface_class, soup.feature_index):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _middle(area: Area) -> tuple[float, float, float]:
    return (area[0] + area[2]) / 2.0, (area[1] + area[3]) / 2.0, 0.0


def _soup_of_proposal(proposal: ProposedMesh | Mesh) -> TriangleSoup:
    name, mesh = proposal if isinstance(proposal, ProposedMesh) else ("", proposal)
    rows = np.zeros(len(mesh.positions), np.uint32)
    mesh = Mesh(mesh.positions, mesh.triangles, surface_class=mesh.surface_class, feature_index=rows)
    return soup_from_meshes((mesh,), FeatureTable(ids=(name,)) if name else FeatureTable())

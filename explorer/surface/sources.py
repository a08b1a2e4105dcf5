"""Tilesets as sources of triangles: which tiles hold the data of an area, read once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError, DataError, FetchError
from explorer.geo import CompoundCrs, CutFace, OrientedBox, PolynomialFit, WorldFrame, boxes_to_world, fit_world_from
from explorer.i18n import _
from explorer.store import Store, shown
from explorer.streaming import OpenTileset
from explorer.surface.occluders import reaches_into, rectangle_distance
from explorer.surface.triangles import (
    Area,
    Placement,
    TriangleSoup,
    empty_soup,
    joined,
    soup_from_instances,
    soup_from_meshes,
)
from explorer.tileformat import FeatureTable, Tileset, decode_tile
from explorer.tileformat.deviations import placed_once

FloatArray = NDArray[np.float64]

CACHE_BYTES = 768 << 20
"""Triangles kept in memory, about 9 million; the least recently used tiles go first."""
BOX_MARGIN = 0.5
"""Boxes of foreign tiles are not always as large as what is in them. [m]"""


class SurfaceTileset(NamedTuple):
    """A tileset, where its bytes are, and its CRS if it is not in earth-centred coordinates."""

    store: Store
    tileset: Tileset | OpenTileset
    """Of one that is still being read, whoever asks for its surface waits for all of it."""
    source_crs: CompoundCrs | None = None


@dataclass(frozen=True, eq=False)
class SurfaceTile:
    """The triangles of one tile in the world, its features, and what went wrong."""

    soup: TriangleSoup
    features: FeatureTable
    problems: tuple[str, ...] = ()
    is_complete: bool = True
    """False: the tile could not be read; its triangles are missing."""


class TilesetSource:
    """One tileset's tiles as world triangles. Thread-safe."""

    def __init__(self, frame: WorldFrame, source: SurfaceTileset, cache_bytes: int = CACHE_BYTES) -> None:
        self._frame = frame
        self._source = source
        self._cache: OrderedDict[int, SurfaceTile] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._used_bytes = 0
        self._lock = threading.Lock()

    @cached_property
    def tileset(self) -> Tileset:
        """The tileset itself."""
        tileset = self._source.tileset
        return tileset.whole() if isinstance(tileset, OpenTileset) else tileset

    @property
    def lo(self) -> FloatArray:
        """(n, 3) least world coordinates of the tiles' boxes. [m]"""
        return self._bounds[0]

    @property
    def hi(self) -> FloatArray:
        """(n, 3) greatest world coordinates of the tiles' boxes. [m]"""
        return self._bounds[1]

    @cached_property
    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        """Worked out when somebody asks, on a worker: of 100,000 tiles it takes some frames' time."""
        tileset, crs = self.tileset, self._source.source_crs
        fit = None if crs is None else fit_world_from(self._frame, crs, tileset.box(0))
        centres, half_axes = boxes_to_world(self._frame, tileset.centre, tileset.half_axes, fit)
        reach = np.abs(half_axes).sum(axis=1) + BOX_MARGIN
        return centres - reach, centres + reach

    def tiles(self, area: Area, max_error: float = 0.0) -> list[int]:
        """Rows of the tiles whose contents together are the data of an area at this largest error, in their order.

        With `max_error` 0 these are the leaves, and on the way every tile whose children add to it.
        """
        wanted = self._leaves if max_error == 0.0 else self._wanted(max_error)
        west, south, east, north = area
        lo, hi = self.lo, self.hi
        inside = (lo[:, 0] <= east) & (hi[:, 0] >= west) & (lo[:, 1] <= north) & (hi[:, 1] >= south)
        return [int(tile) for tile in np.flatnonzero(wanted & inside)]

    @cached_property
    def _leaves(self) -> NDArray[np.bool_]:
        return self._wanted(0.0)

    def shading(self, area: Area, lowest: float) -> list[int]:
        """Rows of the finest tiles that are over an area or may throw a shadow onto points from `lowest` up there."""
        distance = rectangle_distance(self.lo, self.hi, area)
        near = (distance <= 0.0) | reaches_into(distance, self.hi[:, 2], lowest)
        return [int(tile) for tile in np.flatnonzero(self._leaves & near)]

    def meeting(self, face: CutFace) -> list[int]:
        """Rows of the finest tiles whose boxes a face of a section may run through; over a flat one, all above it."""
        middle, half = (self.lo + self.hi) / 2.0, (self.hi - self.lo) / 2.0
        axes = np.stack([face.right, face.up, face.normal])
        at, reach = face.to_face(middle), half @ np.abs(axes).T
        above = at[:, 2] * (1.0 if face.normal[2] >= 0.0 else -1.0)
        meets = self._leaves & (above >= -reach[:, 2]) & ((above <= reach[:, 2]) | face.is_flat)
        if face.outline is not None:
            lo, hi = face.outline.min(axis=0), face.outline.max(axis=0)
            meets &= ((at - reach)[:, :2] <= hi).all(axis=1) & ((at + reach)[:, :2] >= lo).all(axis=1)
        return [int(tile) for tile in np.flatnonzero(meets)]

    def _wanted(self, max_error: float) -> NDArray[np.bool_]:
        tileset = self.tileset
        has_content = np.array([uri is not None for uri in tileset.content_uri], dtype=np.bool_)
        stop = (tileset.child_count == 0) | (has_content & (tileset.geometric_error <= max_error) & (max_error > 0.0))
        reached = np.zeros(len(tileset), dtype=np.bool_)
        reached[tileset.parent < 0] = True
        for level in range(1, int(tileset.level.max(initial=0)) + 1):
            rows = np.flatnonzero(tileset.level == level)
            above = tileset.parent[rows]
            reached[rows] = reached[above] & ~stop[above]
        adds = tileset.refine == 1
        wanted: NDArray[np.bool_] = reached & has_content & (stop | adds)
        return wanted

    def read(self, tile: int) -> SurfaceTile:
        """A tile's triangles; what cannot be read is an empty tile with a problem."""
        with self._lock:
            known = self._cache.get(tile)
            if known is not None:
                self._cache.move_to_end(tile)
                return known
        try:
            made = self._decoded(tile)
        except FetchError as error:  # may be there next time: not kept
            return SurfaceTile(empty_soup(), FeatureTable(), (str(error),), is_complete=False)
        except (DataError, CrsError) as error:
            made = SurfaceTile(empty_soup(), FeatureTable(), (str(error),), is_complete=False)
        self._keep(tile, made)
        return made

    def _decoded(self, tile: int) -> SurfaceTile:
        source, tileset = self._source, self.tileset
        soups: list[TriangleSoup] = []
        problems: list[str] = []
        features = FeatureTable()
        box = tileset.box(tile)
        placement = Placement(tileset.transform[tile], self._fit(box))
        for relative in tileset.contents(tile):
            uri = source.store.resolve(tileset.base_uri, relative)
            beside = partial(_beside, source.store, uri)
            content = decode_tile(tileset, tile, source.store.read(uri), shown(uri), resolve=beside)
            content = placed_once(content, tileset.transform[tile], box)
            soups.append(soup_from_meshes(content.meshes, content.features, placement))
            soups.append(soup_from_instances(content, placement))
            problems += content.diagnostics
            features = _both(features, content.features)
        return SurfaceTile(joined(soups, (0.0, 0.0, 0.0)), features, tuple(problems))

    def _fit(self, box: OrientedBox) -> PolynomialFit:
        return fit_world_from(self._frame, self._source.source_crs, box)

    def _keep(self, tile: int, made: SurfaceTile) -> None:
        with self._lock:
            if tile in self._cache:
                return
            self._cache[tile] = made
            self._used_bytes += made.soup.positions.nbytes
            while self._used_bytes > self._cache_bytes and len(self._cache) > 1:
                _row, old = self._cache.popitem(last=False)
                self._used_bytes -= old.soup.positions.nbytes


def _beside(store: Store, address: str, relative: str) -> bytes:
    return store.read(store.resolve(address, relative))


def _both(a: FeatureTable, b: FeatureTable) -> FeatureTable:
    """Ids and parents of two tables, for hiding; other columns are not needed here."""
    if not len(a):
        return b
    columns = {
        name: [*a.columns.get(name, [None] * len(a)), *b.columns.get(name, [None] * len(b))]
        for name in {*a.columns, *b.columns}
    }
    return FeatureTable(a.ids + b.ids, columns)


def missing_text(problems: Sequence[str]) -> str:
    """One sentence about tiles that could not be read."""
    return _("{n} tiles could not be read, so their surfaces are missing: {first}").format(
        n=len(problems), first=problems[0]
    )

"""Tilesets as sources of triangles: which tiles hold the data of an area, read once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError, DataError, FetchError, NestedTileset, NotThere
from explorer.geo import CompoundCrs, CutFace, OrientedBox, PolynomialFit, WorldFrame, fit_world_from
from explorer.i18n import _
from explorer.jobs import stop_if_unwanted
from explorer.store import Store, shown
from explorer.streaming import OpenTileset
from explorer.surface.known_tiles import BOX_MARGIN, KNOWN_FILES, KNOWN_TILES, FoundTile, Meets, TilesOnDemand
from explorer.surface.occluders import reaches_into, rectangle_distance
from explorer.surface.own_ground import with_own_ground
from explorer.surface.triangles import (
    Area,
    Placement,
    TriangleSoup,
    empty_soup,
    joined,
    soup_from_instances,
    soup_from_meshes,
)
from explorer.tileformat import FeatureTable, TileContent, Tileset, decode_tile
from explorer.tileformat.deviations import placed_once

FloatArray = NDArray[np.float64]

CACHE_BYTES = 768 << 20
"""Triangles kept in memory, about 9 million; the least recently used tiles go first."""

SCENE_METRES = 50_000.0
"""A scene reaches no farther from the origin of its world. [m]"""


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
    """One tileset's tiles as world triangles. Thread-safe.

    Who walks or measures across a country has ever more of its files read. Beyond so many tiles or files all is
    forgotten but the first, and the next question has those read again that it is about, mostly from the disk.
    """

    def __init__(
        self,
        frame: WorldFrame,
        source: SurfaceTileset,
        cache_bytes: int = CACHE_BYTES,
        most_known: tuple[int, int] = (KNOWN_TILES, KNOWN_FILES),
    ) -> None:
        self._frame = frame
        self._source = source
        self._cache: OrderedDict[Hashable, SurfaceTile] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._used_bytes = 0
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._known: TilesOnDemand | None = None
        self._is_fresh = True
        """No question was answered yet from what is known."""
        self._most_tiles, self._most_files = most_known

    @property
    def _tiles(self) -> TilesOnDemand:
        """Worked out when somebody asks, on a worker: of 100,000 tiles it takes some frames' time. The same for all."""
        with self._opening:
            if self._known is None:
                tileset, source = self._source.tileset, self._source
                if isinstance(tileset, OpenTileset):
                    tileset = tileset.first if tileset.first.unread else tileset.whole()
                self._known = TilesOnDemand(self._frame, source.store, tileset, source.source_crs)
            return self._known

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """(n, 3) least and (n, 3) greatest world coordinates of the boxes of the tiles that are known. [m]"""
        known = self._tiles.now
        return known.lo, known.hi

    def tiles(self, area: Area, max_error: float = 0.0) -> list[FoundTile]:
        """The tiles whose contents together are the data of an area at this largest error, in their order.

        With `max_error` 0 these are the leaves, and on the way every tile whose children add to it.
        """
        west, south, east, north = area

        def is_inside(lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
            return (lo[:, 0] <= east) & (hi[:, 0] >= west) & (lo[:, 1] <= north) & (hi[:, 1] >= south)

        return self._found(is_inside, max_error)

    def shading(self, area: Area, lowest: float) -> list[FoundTile]:
        """The finest tiles that are over an area or may throw a shadow onto points from `lowest` up there."""

        def is_near(lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
            distance = rectangle_distance(lo, hi, area)
            return (distance <= 0.0) | reaches_into(distance, hi[:, 2], lowest)

        return self._found(is_near)

    def meeting(self, face: CutFace) -> list[FoundTile]:
        """The finest tiles whose boxes a face of a section may run through; over a flat one, all above it."""

        def meets(lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
            middle, half = (lo + hi) / 2.0, (hi - lo) / 2.0
            axes = np.stack([face.right, face.up, face.normal])
            at, reach = face.to_face(middle), half @ np.abs(axes).T
            above = at[:, 2] * (1.0 if face.normal[2] >= 0.0 else -1.0)
            found = (above >= -reach[:, 2]) & ((above <= reach[:, 2]) | face.is_flat)
            if face.outline is not None:
                least, greatest = face.outline.min(axis=0), face.outline.max(axis=0)
                found &= ((at - reach)[:, :2] <= greatest).all(axis=1) & ((at + reach)[:, :2] >= least).all(axis=1)
            return np.asarray(found, bool)

        return self._found(meets)

    def here_and_there(self, n: int) -> list[FoundTile]:
        """All finest tiles at n places all over the tileset; of all tiles, where they are not more."""
        tiles = self._tiles
        known = tiles.now
        wanted = np.flatnonzero(known.wanted(0.0))
        near = (known.lo[wanted, :2] <= SCENE_METRES).all(axis=1) & (known.hi[wanted, :2] >= -SCENE_METRES).all(axis=1)
        if near.any():  # of a country or the earth, what is farther is not about the scene
            wanted = wanted[near]
        some = wanted if len(wanted) <= n else wanted[np.linspace(0, len(wanted) - 1, n).astype(np.int64)]
        if len(some) == len(wanted) and not known.tileset.unread:
            return [FoundTile(tiles, int(row)) for row in some]
        west, south = np.maximum(known.lo[some, :2], -SCENE_METRES).T
        east, north = np.minimum(known.hi[some, :2], SCENE_METRES).T
        places = np.stack([west + east, south + north], axis=1) / 2.0

        def hold_any(lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
            inside = np.all((lo[:, None, :2] <= places) & (hi[:, None, :2] >= places), axis=2)
            found: NDArray[np.bool_] = np.any(inside, axis=1)
            return found

        return self._found(hold_any)

    def _found(self, meets: Meets, max_error: float = 0.0) -> list[FoundTile]:
        tiles, is_fresh = self._for_a_question()
        while True:
            known = tiles.where(meets, max_error)
            found = np.flatnonzero(known.wanted(max_error) & meets(known.lo, known.hi)).tolist()
            doubtful = sorted(known.doubtful.intersection(found) - tiles.looked_into)
            # each is looked at, before the next files are asked for
            if not sum(self._is_tileset(FoundTile(tiles, row)) for row in doubtful):
                break
        if is_fresh:
            self._leave_room_for(tiles)
        return [FoundTile(tiles, row) for row in found]

    def _for_a_question(self) -> tuple[TilesOnDemand, bool]:
        """What is known, and whether that is nothing but the first of all files."""
        tiles = self._tiles
        with self._opening:
            is_much = len(tiles.now.tileset) > self._most_tiles or tiles.n_files > self._most_files
            if is_much and not self._is_fresh and self._known is tiles:
                tiles = self._known = tiles.anew()
                self._is_fresh = True
            is_fresh, self._is_fresh = self._is_fresh, False
            return tiles, is_fresh

    def _leave_room_for(self, tiles: TilesOnDemand) -> None:
        """Whoever asks for much at once does so again and again: it is not to be read each time."""
        self._most_tiles = max(self._most_tiles, 2 * len(tiles.now.tileset))
        self._most_files = max(self._most_files, 2 * tiles.n_files)

    def _is_tileset(self, tile: FoundTile) -> bool:
        """Read a tile whose address does not say whether it has triangles or tells of more tiles; whether it does."""
        stop_if_unwanted()
        self.read(tile)  # and keep it: whoever asked for it wants its triangles
        return tile.is_unread

    def read(self, tile: FoundTile) -> SurfaceTile:
        """A tile's triangles; what cannot be read is an empty tile with a problem."""
        key = tile.key
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                tile.of.looked_into.add(tile.row)
                return known
        try:
            made = self._decoded(tile)
        except NestedTileset as error:  # its tiles are read in its place, from the next question on
            if tile.is_unread:
                tile.of.looked_into.add(tile.row)
                return _nothing(_("The part of the tileset was not read."))
            made = _nothing(str(error))
        except FetchError as error:  # may be there next time: not kept
            if isinstance(error, NotThere) and (coarser := self._coarser(tile, str(error))) is not None:
                return coarser
            return _nothing(str(error))
        except (DataError, CrsError) as error:
            made = _nothing(str(error))
            if tile.row in tile.of.now.tileset.terrain:  # what is above it may be there next time: not kept
                return self._coarser(tile, str(error)) or made
        tile.of.looked_into.add(tile.row)
        self._keep(key, made)
        return made

    def _coarser(self, tile: FoundTile, why: str) -> SurfaceTile | None:
        """Of a terrain that lacks a tile: what the one above it has there, as it is drawn; None: that has nothing."""
        terrain = tile.of.now.tileset.terrain
        parent = int(tile.of.now.tileset.parent[tile.row])
        if tile.row not in terrain or parent not in terrain:
            return None
        above = self.read(FoundTile(tile.of, parent))
        corners = above.soup.world[:, :, :2] if len(above.soup) else np.zeros((0, 3, 2))
        (west, south), (east, north) = tile.lo[:2] + BOX_MARGIN, tile.hi[:2] - BOX_MARGIN
        x, y = corners[..., 0], corners[..., 1]
        is_here = (x.min(axis=1) < east) & (x.max(axis=1) > west) & (y.min(axis=1) < north) & (y.max(axis=1) > south)
        return SurfaceTile(above.soup.taken(is_here), above.features, (why,)) if is_here.any() else None

    def _decoded(self, found: FoundTile) -> SurfaceTile:
        (tiles, tile), source = found, self._source
        tileset = tiles.now.tileset
        if tile in tileset.unread or tile in tiles.problems:  # or was, when its row was given
            raise FetchError(tiles.problems.get(tile, _("The part of the tileset was not read.")))
        soups: list[TriangleSoup] = []
        problems: list[str] = []
        features = FeatureTable()
        box = tileset.box(tile)
        placement = Placement(tileset.transform[tile], self._fit(box))
        for relative in tileset.contents(tile):
            uri = source.store.resolve(tileset.base_uri, relative)
            beside = partial(_beside, source.store, uri)
            data = source.store.read(uri)
            try:
                content = decode_tile(tileset, tile, data, shown(uri), resolve=beside)
            except NestedTileset:
                tiles.leave(tile, data)
                raise
            content = placed_once(content, tileset.transform[tile], box)
            soups.append(_of_meshes(content, placement))
            soups.append(soup_from_instances(content, placement))
            problems += content.diagnostics
            features = _both(features, content.features)
        return SurfaceTile(joined(soups, (0.0, 0.0, 0.0)), features, tuple(problems))

    def _fit(self, box: OrientedBox) -> PolynomialFit:
        return fit_world_from(self._frame, self._source.source_crs, box)

    def _keep(self, key: Hashable, made: SurfaceTile) -> None:
        with self._lock:
            if key in self._cache:
                return
            self._cache[key] = made
            self._used_bytes += made.soup.positions.nbytes
            while self._used_bytes > self._cache_bytes and len(self._cache) > 1:
                _row, old = self._cache.popitem(last=False)
                self._used_bytes -= old.soup.positions.nbytes


def _nothing(why: str) -> SurfaceTile:
    return SurfaceTile(empty_soup(), FeatureTable(), (why,), is_complete=False)


def _of_meshes(content: TileContent, placement: Placement) -> TriangleSoup:
    soup = soup_from_meshes(content.meshes, content.features, placement)
    says_nothing = len(content.features) <= 1 and all(mesh.surface_class is None for mesh in content.meshes)
    return with_own_ground(soup) if says_nothing and len(soup) else soup


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

"""The tiles of all tilesets of a city, read for whoever needs their triangles, and what of them was missing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from explorer.geo import CutFace
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.surface.known_tiles import FoundTile
from explorer.surface.sources import SurfaceTile, TilesetSource
from explorer.surface.triangles import Area


class CityTiles:
    """Reads tiles and remembers what could not be read. Thread-safe.

    `sources`, one a tileset, keep the triangles and may be shared with others, whose problems are their own.
    """

    def __init__(self, sources: Sequence[TilesetSource]) -> None:
        self.sources = tuple(sources)
        self._lock = threading.Lock()
        self._problems: dict[str, None] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read so far, one sentence each."""
        with self._lock:
            return tuple(self._problems)

    def over(self, area: Area, progress: Progress | None = None, *, max_error: float = 0.0) -> list[SurfaceTile]:
        """The tiles over an area of the world, none finer than this geometric error asks for. [m]"""
        return self.read([(one, tile) for one in self.sources for tile in one.tiles(area, max_error)], progress)

    def meeting(self, face: CutFace, progress: Progress | None = None) -> list[SurfaceTile]:
        """The finest tiles that a face of a section may run through."""
        return self.read([(one, tile) for one in self.sources for tile in one.meeting(face)], progress)

    def shading(self, area: Area, lowest: float, progress: Progress | None = None) -> list[SurfaceTile]:
        """The finest tiles that may throw a shadow on something in an area at a height or above. [m]"""
        return self.read([(one, tile) for one in self.sources for tile in one.shading(area, lowest)], progress)

    def read(
        self, wanted: Sequence[tuple[TilesetSource, FoundTile]], progress: Progress | None = None
    ) -> list[SurfaceTile]:
        """These tiles, each with its source. Raises `Cancelled` when `progress` was asked to stop."""
        tiles = []
        for count, (source, tile) in enumerate(wanted):
            if progress is not None:
                progress.report(count / len(wanted), _("Reading the city around the area"))
            read = source.read(tile)
            if not read.is_complete:
                with self._lock:
                    self._problems.update(dict.fromkeys(read.problems))
            tiles.append(read)
        return tiles

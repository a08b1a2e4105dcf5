"""From an address to a prepared tile, on a worker; and when to try again what failed."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ExplorerError, FetchError, NestedTileset, NotThere
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.store import Store, is_web_address, shown
from explorer.streaming.fetching import TileFetch
from explorer.streaming.placing import Placing
from explorer.streaming.prepare import prepare_tile
from explorer.streaming.prepare_points import levels_added
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.repeats import Repeats
from explorer.streaming.shared import SharedContents
from explorer.streaming.tree import TilesetPart, TileTree
from explorer.tileformat import REPLACE, TileContent, Tileset, decode_tile, part_below, read_part
from explorer.tileformat.decode import merge_contents
from explorer.tileformat.deviations import placed_once

FIRST_WAIT_SECS = 1.0
MAX_TRIES = 4
"""A tile that could not be fetched is asked for this often, after 1, 2 and 4 seconds more, before it is given up."""
_ADDRESSES = 1024
SLOW_SECS, SLOWEST_SECS = 60.0, 960.0
"""What is missing is asked for again now and then: the server may be mended."""


@dataclass(frozen=True)
class TileLoader:
    """Everything a worker needs to load one tile; frozen, so that threads share it without locks."""

    store: Store
    tileset: Tileset
    tree: TileTree
    placing: Placing
    with_edges: bool = True
    finish: Callable[[PreparedTile], PreparedTile] | None = None
    shared: SharedContents = field(default_factory=SharedContents)
    repeats: Repeats = field(default_factory=Repeats)

    def must_fetch(self, tile: int) -> bool:
        """Whether some content of a tile is on the web and not here."""
        if not self._is_far:
            return False
        contents = self.tileset.contents(tile)
        return tile in self.tileset.unread or any(self._known(tile, uri) is None for uri in contents)

    def addresses(self, tile: int) -> list[str]:
        """Where the contents of a tile are that are not here. What may not be read from there, the work finds out."""
        part = self.tileset.unread.get(tile)
        if part is not None:
            return [self._address(part.address)]
        found: list[str] = []
        for uri in self.tileset.contents(tile):
            with suppress(FetchError):
                if self._known(tile, uri) is None:
                    found.append(self._address(uri))
        return found

    def work(self, tile: int, fetch: TileFetch | None = None) -> Callable[[Progress], PreparedTile | TilesetPart]:
        """The job that loads a tile: fetch, decode, prepare; it stops between the steps when no longer wanted.

        Of a tile that stands for a part of the tileset, that part; so it is where a content turns out to be a tileset.
        `fetch`: what was sent for already.
        """
        if tile in self.tileset.unread:
            return partial(self._read_on, tile, fetch)

        def load(progress: Progress) -> PreparedTile | TilesetPart:
            try:
                content, is_repeated = self._content(tile, fetch, progress)
            except NestedTileset:
                if part_below(self.tileset, tile) is None:
                    raise
                return self._read_on(tile, fetch, progress)
            progress.check()
            lo, hi = self.tree.bounds(tile)
            box, transform = self.tileset.box(tile), self.tileset.transform[tile]
            way = self.placing.way(box, lo, hi)
            error = float(self.tileset.geometric_error[tile])
            content = placed_once(content, transform, box)
            halvings = self.point_halvings(tile) if content.points else 0
            is_replaced = bool(self.tileset.child_count[tile] > 0 and self.tileset.refine[tile] == REPLACE)

            def prepare() -> PreparedTile:
                tile_in_world = prepare_tile(
                    content,
                    transform,
                    way,
                    with_edges=self.with_edges,
                    geometric_error=error,
                    point_halvings=halvings,
                    is_replaced=is_replaced,
                )
                progress.check()
                return tile_in_world if self.finish is None else self.finish(tile_in_world)

            if not is_repeated:
                return prepare()
            return self.repeats.prepared(content, transform, way, (error, is_replaced), prepare)

        return load

    def _read_on(self, tile: int, fetch: TileFetch | None, progress: Progress) -> TilesetPart:
        def read(relative: str) -> bytes:
            progress.check()
            address = self._address(relative)
            return self.store.read(address) if fetch is None else fetch.data(address)

        part = read_part(self.tileset, tile, read)
        return TilesetPart(part, self.placing.tree(part))

    def point_halvings(self, tile: int) -> int:
        """For how many levels, as far as they are known, the points of a tile are drawn smaller."""
        return int(self._levels_added[tile])

    @cached_property
    def _is_far(self) -> bool:
        return is_web_address(self.tileset.base_uri)

    @cached_property
    def _address(self) -> Callable[[str], str]:
        """Where a content is, by its address in the tileset. Some tilesets name few files again and again."""
        return lru_cache(_ADDRESSES)(partial(self.store.resolve, self.tileset.base_uri))

    @cached_property
    def _levels_added(self) -> NDArray[np.uint8]:
        """How many levels of each tile's descendants add to it, at most: their points stand between its own."""
        return levels_added(self.tileset)

    def _content(self, tile: int, fetch: TileFetch | None, progress: Progress) -> tuple[TileContent, bool]:
        """All contents of a tile as one, and whether that is one that has come before."""
        parts, known = [], False
        for uri in self.tileset.contents(tile):
            progress.check()
            part, known = self._decoded(tile, uri, fetch, progress)
            parts.append(part)
        return merge_contents(parts), known and len(parts) == 1

    def _key(self, tile: int, uri: str) -> str | None:
        return None if tile in self.tileset.terrain else f"{self.tileset.up_axis_of(tile)} {uri}"

    def _known(self, tile: int, uri: str) -> TileContent | None:
        key = self._key(tile, uri)
        return None if key is None else self.shared.get(key)

    def _decoded(self, tile: int, uri: str, fetch: TileFetch | None, progress: Progress) -> tuple[TileContent, bool]:
        """A content, and whether it was here already."""
        known = self._known(tile, uri)
        if known is not None:
            return known, True
        key, address = self._key(tile, uri), self._address(uri)
        data = self.store.read(address) if fetch is None else fetch.data(address)
        progress.check()
        beside = self._beside(address)
        content = decode_tile(
            self.tileset, tile, data, shown(address), resolve=beside, with_skirts=True, as_stored=True
        )
        if key is not None:
            self.shared.offer(key, content, len(data))
        return content, False

    def _beside(self, address: str) -> Callable[[str], bytes]:
        return lambda relative: self.store.read(self.store.resolve(address, relative))


def is_temporary(error: BaseException) -> bool:
    """Whether it is worth asking again: a server that stumbles, yes; what is not there or cannot be read, no."""
    return isinstance(error, FetchError) and not isinstance(error, NotThere)


def wait_secs(tries: int) -> float:
    """How long to wait after this many tries."""
    if tries < MAX_TRIES:
        return float(FIRST_WAIT_SECS * 2 ** (tries - 1))
    # spread, so that what failed together does not come back together
    return float(min(SLOW_SECS * 2.0 ** min(tries - MAX_TRIES, 10), SLOWEST_SECS) * random.uniform(1.0, 1.5))


def sentence(error: BaseException, uri: str | None) -> str:
    """What to tell about a tile that cannot be drawn."""
    if isinstance(error, ExplorerError):
        return str(error)
    return _("The tile cannot be read: {problem}. [{uri}]").format(problem=repr(error), uri=uri)

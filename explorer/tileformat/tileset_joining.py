"""Parts in a tileset that was not read whole: which tiles stand for them, putting them in, and taking them out again.

What turns out to hang below a tile that stands for a part (`Tileset.unread`) is added behind all other rows, or to rows
that another part has left. So is a content that turns out to be a tileset, for addresses need not tell. No row of
another tile changes: who keeps something by row need not care. And what it costs goes with the part, not with the
tileset: of a country, a part comes in every few frames.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import TilesetError
from explorer.i18n import _
from explorer.tileformat.growing_array import GrowingArray
from explorer.tileformat.tileset import REPLACE, Tileset, up_axis_number
from explorer.tileformat.tileset_uris import TILE_KINDS, ending
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.tileset_walk import MAX_EXTERNAL_DEPTH, MAX_TILES
from explorer.tileformat.unread import UnreadPart

MOST_DIAGNOSTICS = 100
_AS_READ = ("centre", "half_axes", "geometric_error", "child_count", "refine", "transform")
"""Columns that a part's tiles bring as they are."""


def part_below(tileset: Tileset, tile: int) -> UnreadPart | None:
    """What a tile stands for, or would if its content turned out to be a tileset; None: none can hang there."""
    part = tileset.unread.get(tile)
    if part is not None:
        return part
    uris = tileset.contents(tile)
    if len(uris) != 1 or tileset.child_count[tile] or tile in tileset.terrain:
        return None
    above = tileset.nested_in(tile)
    if uris[0] in above or len(above) >= MAX_EXTERNAL_DEPTH:
        return None
    return UnreadPart(uris[0], above, int(tileset.refine[tile]), float(tileset.geometric_error[tile]))


def may_be_tileset(tileset: Tileset, tile: int) -> bool:
    """Whether only the bytes of a tile's content can tell that it is no tileset."""
    uri = tileset.content_uri[tile]
    return uri is not None and not ending(uri).endswith(TILE_KINDS) and part_below(tileset, tile) is not None


def standing_for_parts(tileset: Tileset, tiles: Collection[int]) -> Tileset:
    """The same where the contents of these tiles turned out to be tilesets; those that cannot hang there stay."""
    parts = {tile: part for tile in tiles if (part := part_below(tileset, tile)) is not None}
    uris = list(tileset.content_uri)
    for tile in parts:
        uris[tile] = None
    return replace(tileset, content_uri=tuple(uris), unread={**tileset.unread, **parts})


def with_parts(tileset: Tileset, parts: Mapping[int, Tileset]) -> Tileset:
    """A tileset and what was read of its parts, by the tile that stands for each; its own rows stay.

    For who does so once; else see `GrowingTileset`.
    Raises TilesetError where there would be more tiles than can be kept.
    """
    grown = GrowingTileset(tileset)
    grown.take(parts)
    return replace(grown.tileset, content_uri=tuple(grown.tileset.content_uri))


class GrowingTileset:
    """A tileset that takes parts in and gives them up. For one owner, in one thread.

    Every `tileset` that it gave out stays right for the tiles that are still there, and shares the newest one's memory.
    """

    def __init__(self, tileset: Tileset) -> None:
        self.tileset = tileset
        """As it is now. The one that it begins with is never changed."""
        self._columns: dict[str, GrowingArray[Any]] = {
            name: GrowingArray(getattr(tileset, name)) for name in (*_AS_READ, "parent", "first_child", "level")
        }
        self._up = None if tileset.up is None else GrowingArray(tileset.up)
        self._volumes = [_GrowingVolumes(some) for some in (tileset.content_volumes, tileset.request_volumes)]

    # copied once something is put in, for most tilesets are whole

    @cached_property
    def _uris(self) -> list[str | None]:
        return list(self.tileset.content_uri)

    @cached_property
    def _more(self) -> dict[int, tuple[str, ...]]:
        return dict(self.tileset.more_contents)

    @cached_property
    def _unread(self) -> dict[int, UnreadPart]:
        return dict(self.tileset.unread)

    @cached_property
    def _entered(self) -> dict[int, tuple[str, ...]]:
        return dict(self.tileset.entered)

    @cached_property
    def _documents(self) -> dict[str, None]:
        return dict.fromkeys(self.tileset.documents)

    def take(self, parts: Mapping[int, Tileset], left: Mapping[int, int] | None = None) -> None:
        """Put in what was read of some parts, by the tile that stands for each.

        `left`: for some of them the first of as many rows that other parts have left (`give_up`).
        Where a part's tiles are is what its tile names as its first child.
        Raises TilesetError where there would be more tiles than can be kept.
        """
        n, firsts = len(self._uris), dict[int, int]()
        for tile, part in parts.items():
            firsts[tile] = (left or {}).get(tile, n)
            n = max(n, firsts[tile] + len(part))
        if n > MAX_TILES:
            uri = self.tileset.base_uri
            raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=uri))
        for tile, part in parts.items():
            self._lay(tile, part, firsts[tile])
        told = dict.fromkeys([text for one in (self.tileset, *parts.values()) for text in one.diagnostics])
        self._documents |= dict.fromkeys([name for part in parts.values() for name in part.documents])
        self._show(documents=tuple(self._documents), diagnostics=tuple(told)[:MOST_DIAGNOSTICS])

    def _lay(self, tile: int, part: Tileset, first: int) -> None:
        columns, n = self._columns, len(part)
        stood_for = part_below(self.tileset, tile)
        for name in _AS_READ:
            columns[name].put(first, getattr(part, name))
        columns["parent"].put(first, np.where(part.parent < 0, tile, part.parent + first))
        columns["first_child"].put(first, part.first_child + first)
        columns["level"].put(first, part.level + int(columns["level"].rows[tile]) + 1)
        columns["first_child"].rows[tile], columns["child_count"].rows[tile] = first, 1
        self._lay_ups(part, first)
        for volumes, some in zip(self._volumes, (part.content_volumes, part.request_volumes), strict=True):
            volumes.put(first, some)
        self._uris[first : first + n] = part.content_uri
        self._uris[tile] = None
        self._unread.pop(tile, None)
        self._more.update({row + first: uris for row, uris in part.more_contents.items()})
        self._unread.update({row + first: other for row, other in part.unread.items()})
        self._entered.update({row + first: files for row, files in part.entered.items()})
        if stood_for is not None:
            is_file = stood_for.implicit is None
            self._entered[tile] = (*stood_for.above, stood_for.address) if is_file else stood_for.above

    def _lay_ups(self, part: Tileset, first: int) -> None:
        own = up_axis_number(self.tileset.asset)
        ups = np.full(len(part), own, np.uint8) if part.up is None else part.up
        if self._up is None and (ups != own).any():
            self._up = GrowingArray(np.full(len(self._columns["parent"].rows), own, np.uint8))
        if self._up is not None:
            self._up.put(first, ups)

    def give_up(self, parts: Mapping[int, UnreadPart], rows: Sequence[range]) -> None:
        """Have tiles stand for these parts again, as before they were read.

        `rows`: where the parts' tiles are; what hangs below those is given up, too. They are tiles no more: nothing
        leads to them, and nothing is in them, until they are some other part's (`take`).
        """
        gone = np.concatenate([np.arange(some.start, some.stop) for some in rows])
        for name, value in (("child_count", 0), ("geometric_error", 0.0), ("refine", REPLACE), ("level", 0)):
            self._columns[name].rows[gone] = value
        self._columns["child_count"].rows[list(parts)] = 0
        is_gone = np.zeros(len(self._uris), bool)
        is_gone[gone] = True
        for volumes in self._volumes:
            volumes.give_up(is_gone)
        self._unread.update(parts)
        for tile, part in parts.items():
            self._entered.pop(tile, None)
            self._documents.pop(part.address, None)
        for some in rows:
            self._uris[some.start : some.stop] = [None] * len(some)
            for row in some:
                self._unread.pop(row, None)
        for known in (self._more, self._entered):
            for row in [row for row in known if is_gone[row]]:
                del known[row]
        self._show(documents=tuple(self._documents))

    def _show(self, **more: Any) -> None:
        content, request = (volumes.now for volumes in self._volumes)
        columns: dict[str, Any] = {name: column.rows for name, column in self._columns.items()}
        self.tileset = replace(
            self.tileset,
            **columns,
            content_uri=self._uris,
            up=None if self._up is None else self._up.rows,
            more_contents=self._more,
            content_volumes=content,
            request_volumes=request,
            unread=self._unread,
            entered=self._entered,
            **more,
        )


class _GrowingVolumes:
    """Volumes of some tiles, those of a part behind the others."""

    def __init__(self, volumes: TileVolumes) -> None:
        self.now = volumes
        self._columns = [GrowingArray[Any](column) for column in _columns_of(volumes)]

    def put(self, first: int, part: TileVolumes) -> None:
        """Take in those of a part whose tiles are from row `first` on."""
        if len(part):
            n = len(self.now)
            more = (part.tile + first, *_columns_of(part)[1:])
            for column, some in zip(self._columns, more, strict=True):
                column.put(n, some)
            self._show()

    def give_up(self, is_gone: NDArray[np.bool_]) -> None:
        """Let go of those of some tiles, (n,)."""
        stays = ~is_gone[self.now.tile]
        if not stays.all():
            for column in self._columns:
                column.keep(stays)
            self._show()

    def _show(self) -> None:
        self.now = TileVolumes(*(column.rows for column in self._columns))


def _columns_of(volumes: TileVolumes) -> tuple[NDArray[Any], ...]:
    return volumes.tile, volumes.centre, volumes.half_axes, volumes.is_ball

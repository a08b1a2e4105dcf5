"""What could not be had: when it is asked for again, which servers are left alone meanwhile, and how to tell of it.

Ten thousand tiles that fail cost a frame no more than one: those that are due stand in a heap, and they are told of
together.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ServerBusy
from explorer.i18n import _
from explorer.store import Store, host_of, server_of, shown
from explorer.streaming.columns import of_length
from explorer.streaming.frames import TileFailure
from explorer.streaming.loading import MAX_TRIES, is_temporary, sentence, wait_secs
from explorer.streaming.states import TileState
from explorer.tileformat import Tileset

GIVEN_UP_SECS = 20.0
"""A server that was left alone for longer is not waited for any more by who wants a whole picture."""
_MOST_GROUPS = 20
_NUMBERS = re.compile(r"\d+")


class Failures:
    """Of one tileset. Main thread only."""

    def __init__(self, store: Store, tileset: Tileset, tries_again: bool) -> None:
        """`tries_again`: whether what is not there now may come by waiting."""
        self._store, self._tileset, self._tries_again = store, tileset, tries_again
        self._tiles: dict[int, TileFailure] = {}
        self._due: list[tuple[float, int]] = []
        self._pauses: dict[str, tuple[float, float, str]] = {}
        """By server: until when it is not asked, since when, and what it said."""
        self._refused = np.zeros(len(tileset), bool)
        """Tiles that were asked for in vain since their server is left alone; others may be on this computer."""
        self._servers: tuple[NDArray[np.int32], list[str]] | None = None
        self._groups: dict[str, list[TileFailure]] | None = None
        self.n_given_up = 0

    @property
    def tiles(self) -> list[TileFailure]:
        """All tiles that could not be had so far, those that are tried again included."""
        return list(self._tiles.values())

    def take_all(self, tileset: Tileset) -> None:
        """There is more of the tileset now; tiles that were there before keep their rows."""
        self._tileset = tileset
        self._refused = of_length(self._refused, len(tileset))
        self._servers = None

    def add(self, tile: int, error: BaseException, now: float) -> TileState:
        """A tile could not be had; returns what it is now."""
        if isinstance(error, ServerBusy):  # that says nothing about the tile
            _until, since, _why = self._pauses.get(error.server, (0.0, now, ""))
            self._pauses[error.server] = (now + error.wait_secs, since, _without_address(str(error)))
            self._refused[tile] = True
            return TileState.UNLOADED
        uri = self._tileset.address(tile)
        before = self.take(tile)
        shown_uri = None if uri is None else shown(uri).partition("?")[0]
        failure = TileFailure(tile, uri, sentence(error, shown_uri), 1 if before is None else before.tries + 1)
        if self._tries_again and is_temporary(error):
            failure.retry_at = now + wait_secs(failure.tries)
            heapq.heappush(self._due, (failure.retry_at, tile))
            failure.is_given_up = failure.tries >= MAX_TRIES
        else:
            failure.is_given_up = True
        self._tiles[tile] = failure
        self.n_given_up += failure.is_given_up
        self._groups = None
        return TileState.FAILED if failure.is_given_up else TileState.WAITING

    def take(self, tile: int) -> TileFailure | None:
        """Forget about a tile, for it came."""
        failure = self._tiles.pop(tile, None)
        if failure is not None:
            self.n_given_up -= failure.is_given_up
            self._groups = None
        return failure

    def drop(self, is_gone: NDArray[np.bool_]) -> None:
        """These rows, (n,), are no tiles any more, or others."""
        self._refused[is_gone] = False
        for tile in [tile for tile in self._tiles if is_gone[tile]]:
            self.take(tile)

    def clear(self) -> list[int]:
        """Forget everything; returns the tiles that had failed."""
        tiles = list(self._tiles)
        self._tiles.clear()
        self._due.clear()
        self._pauses.clear()
        self._refused[:] = False
        self.n_given_up, self._groups = 0, None
        return tiles

    def due(self, now: float) -> Iterable[int]:
        """Tiles that are to be asked for again now; each is named once."""
        while self._due and self._due[0][0] <= now:
            retry_at, tile = heapq.heappop(self._due)
            failure = self._tiles.get(tile)
            if failure is not None and failure.retry_at == retry_at:
                yield tile

    # -- servers -------------------------------------------------------------------------------------------------------

    def may_be_asked(self, tiles: NDArray[np.int64], now: float) -> NDArray[np.int64]:
        """Those of the rows whose servers are not left alone, and those that may come without them. `now`: [s]"""
        paused = [name for name, (until, _since, _why) in self._pauses.items() if until > now]
        if not paused:
            return tiles
        of_tile, names = self._servers_of_tiles()
        numbers = [number for number, name in enumerate(names) if name in paused]
        allowed: NDArray[np.int64] = tiles[~(np.isin(of_tile[tiles], numbers) & self._refused[tiles])]
        return allowed

    def is_hopeless(self, now: float) -> bool:
        """Whether servers were left alone for so long that nobody should wait for a whole picture."""
        return any(now - since > GIVEN_UP_SECS for _until, since, _why in self._pauses.values())

    def has_come(self, tile: int, now: float) -> None:
        """A tile came: its server works, and what failed while it did not is asked for again."""
        if not self._refused[tile]:  # it may have come from this computer's disk
            return
        of_tile, names = self._servers_of_tiles()
        if self._pauses.pop(names[of_tile[tile]], None) is None:
            return
        self._refused[of_tile == of_tile[tile]] = False
        for other, failure in self._tiles.items():
            if failure.retry_at is not None and of_tile[other] == of_tile[tile]:
                failure.retry_at, failure.tries = now, 0
                heapq.heappush(self._due, (now, other))

    def _servers_of_tiles(self) -> tuple[NDArray[np.int32], list[str]]:
        if self._servers is None:
            names = [server_of(self._store.root_uri)]
            numbers = {names[0]: 0}
            of_tile = np.zeros(len(self._tileset), np.int32)
            unread = ((tile, part.address) for tile, part in self._tileset.unread.items())
            for tile, uri in (*enumerate(self._tileset.content_uri), *unread):
                if uri is not None and "//" in uri:  # all others are on the tileset's own
                    name = server_of(uri if "://" in uri else f"{names[0].partition('://')[0]}:{uri}")
                    if name not in numbers:
                        numbers[name] = len(names)
                        names.append(name)
                    of_tile[tile] = numbers[name]
            self._servers = (of_tile, names)
        return self._servers

    # -- telling -------------------------------------------------------------------------------------------------------

    def sentences(self) -> tuple[str, ...]:
        """What is missing: a sentence for each thing that went wrong, however many tiles it concerns."""
        return tuple(self._told(_("{count} tiles are missing: {why} The first of them: {first}")))

    def news(self) -> dict[str, str]:
        """The same to be told once: by what went wrong, a sentence that does not change with the number of tiles."""
        told = self._told(_("Tiles are missing: {why} The first of them: {first}"))
        return dict(zip([*self._by_kind(), *self._pauses], told, strict=False))

    def _told(self, several: str) -> list[str]:
        told = []
        for group in self._by_kind().values():
            first = group[0]
            if len(group) == 1:
                told.append(first.sentence)
            else:
                why, address = _without_address(first.sentence), _address(first.sentence)
                told.append(several.format(count=len(group), why=why, first=address))
        text = _("The server {host} is left alone for a while and asked again by itself; tiles are missing. {why}")
        for server, (_until, _since, why) in self._pauses.items():
            told.append(text.format(host=host_of(server), why=why))
        return told

    def _by_kind(self) -> dict[str, list[TileFailure]]:
        """Failures by what went wrong, numbers aside; beyond some kinds all others together."""
        if self._groups is None:
            self._groups = {}
            for failure in self._tiles.values():
                kind = _NUMBERS.sub("#", _without_address(failure.sentence))
                if kind not in self._groups and len(self._groups) >= _MOST_GROUPS:
                    kind = next(reversed(self._groups))
                self._groups.setdefault(kind, []).append(failure)
        return self._groups


def _without_address(text: str) -> str:
    """A sentence without the address in brackets at its end."""
    return text.rpartition(" [")[0] or text


def _address(text: str) -> str:
    return f"[{text.rpartition(' [')[2]}" if " [" in text else ""

"""A tile that is still to be read, and what its JSON says, odd values put right with a word."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from explorer.i18n import _
from explorer.tileformat.tileset import ADD, REPLACE
from explorer.tileformat.tileset_contents import content_uri, listed_contents
from explorer.tileformat.tileset_file import TilesetFile
from explorer.tileformat.tileset_uris import EXTERNAL, NOT_READ, ending, join_uri
from explorer.tileformat.tileset_volumes import FARTHEST_M, Volume, enclosing, read_volume

Say = Callable[[str, str], None]
"""Told of what is odd, and where."""


class Contents(NamedTuple):
    """What a tile has."""

    uris: list[str]
    """Addresses of what can be drawn."""
    externals: list[str]
    """Addresses of external tilesets."""
    unknown: list[str]
    """Kinds of what cannot be drawn."""
    around: Volume | None
    """Where what can be drawn is, if all of it says so."""


@dataclass(slots=True)  # not frozen: setting frozen fields is slow, and there is one of these for every tile
class PendingTile:
    """A tile still to be read."""

    json: Any
    parent: int
    refine: int
    level: int
    file: TilesetFile
    name: str | int
    """What it is called in `above`: its number among the children, or the name of a root."""
    above: PendingTile | None = None
    external: str | None = None
    """Address of the external tileset whose root this is, as long as that is not read."""
    around: Volume | None = None
    """Volume of the tile that names it."""
    error: float = 0.0
    """Geometric error of that tile. [m]"""

    @property
    def place(self) -> str:
        """Where it is in its file."""
        steps: list[str] = []
        tile: PendingTile | None = self
        while tile is not None and len(steps) < 12:
            steps.append(tile.name if isinstance(tile.name, str) else f"children[{tile.name}]")
            tile = tile.above if isinstance(tile.name, int) else None
        return ".".join(reversed(steps))

    def volume(self, say: Say) -> Volume | None:
        """Its bounding volume; None: it has none that can be used, and cannot be read."""
        try:
            return read_volume(self.json.get("boundingVolume") if isinstance(self.json, dict) else None)
        except (ValueError, TypeError, OverflowError):
            say(_("A tile has no usable bounding volume; it is left out with all below it."), self.place)
            return None

    def geometric_error(self, above: float, say: Say) -> float:
        """Its geometric error, where it says one; `above` is its parent's. [m]"""
        value = self.json.get("geometricError")
        if _is_number(value) and value >= 0.0:
            return float(value)
        say(_("A tile has no usable geometric error; half its parent's is taken."), self.place)
        return above / 2.0 if self.json.get("children") else 0.0

    def refinement(self, say: Say) -> int:
        """`REPLACE` or `ADD`: what it says, or what its parent does."""
        said = self.json.get("refine")
        if said is None:
            return self.refine
        word = said.upper() if isinstance(said, str) else ""
        if word not in ("ADD", "REPLACE"):
            say(_("A tile's refinement is neither ADD nor REPLACE; its parent's is taken."), self.place)
            return self.refine
        return ADD if word == "ADD" else REPLACE

    def transform(self, say: Say) -> list[float] | None:
        """Sixteen numbers, column by column, where it has any."""
        numbers = self.json.get("transform")
        if numbers is None:
            return None
        try:
            if len(numbers) == 16 and sum(map(abs, numbers)) < FARTHEST_M:
                return list(numbers)
        except TypeError:
            pass
        say(_("A tile's transform is not sixteen finite numbers; it is ignored."), self.place)
        return None

    def contents(self, say: Say) -> Contents:
        """Its contents, by what can be made of them."""
        found = Contents([], [], [], None)
        volumes: list[Volume] = []
        for content in listed_contents(self.json):
            uri = content_uri(content)
            if uri is None:
                if content is not None:
                    say(_("A tile's content has no address; it is left out."), self.place)
            elif (end := ending(uri)).endswith(NOT_READ):
                found.unknown.append(end.rpartition(".")[2])
            elif end.endswith(EXTERNAL):
                found.externals.append(join_uri(self.file.base, uri))
            else:
                found.uris.append(join_uri(self.file.base, uri))
                if content.get("boundingVolume") is not None:
                    self._add_content_volume(content["boundingVolume"], volumes, say)
        # What one content does not say, the others cannot say for it.
        around = enclosing(volumes) if volumes and len(volumes) == len(found.uris) else None
        return found if around is None else found._replace(around=around)

    def _add_content_volume(self, said: Any, volumes: list[Volume], say: Say) -> None:
        try:
            volumes.append(read_volume(said))
        except (ValueError, TypeError, OverflowError):
            say(_("The bounding volume of a content cannot be used; its tile's is taken."), self.place)


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < FARTHEST_M  # no float for a number of 400 digits
    return isinstance(value, float) and math.isfinite(value)

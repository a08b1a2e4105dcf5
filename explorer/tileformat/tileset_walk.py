"""Walking through the tiles of a tileset.json and of all files that it names, breadth-first.

Broken tiles are left out with a diagnostic.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.errors import ContentError, FetchError, TilesetError, quoted
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.implicit import read_implicit
from explorer.tileformat.implicit_rows import Budget, ImplicitRoot, row_id
from explorer.tileformat.subtree import implicit_tiling, read_tiling
from explorer.tileformat.tileset import ADD, REPLACE
from explorer.tileformat.tileset_arrays import TileRows
from explorer.tileformat.tileset_contents import content_templates, content_uri, listed_contents
from explorer.tileformat.tileset_file import TilesetFile, unknown_extension
from explorer.tileformat.tileset_uris import EXTERNAL, NOT_READ, ending, join_uri, without_queries
from explorer.tileformat.tileset_volumes import FARTHEST_M, Volume, enclosing, read_volume

ResolveExternal = Callable[[str], bytes]
"""Bytes of another file of the tileset, by its address relative to the root's base. May raise FetchError."""
Expect = Callable[[list[str]], None]
"""Told of addresses that will be asked for, in about this order."""

MAX_TILES = 4_000_000
MAX_EXTERNAL = 20_000
MAX_EXTERNAL_DEPTH = 32
_MAX_DIAGNOSTICS = 100


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

    @property
    def place(self) -> str:
        """Where it is in its file."""
        steps: list[str] = []
        tile: PendingTile | None = self
        while tile is not None and len(steps) < 12:
            steps.append(tile.name if isinstance(tile.name, str) else f"children[{tile.name}]")
            tile = tile.above if isinstance(tile.name, int) else None
        return ".".join(reversed(steps))


class TilesetWalk:
    """Reads tile after tile into `rows`."""

    def __init__(
        self, base_uri: str, resolve: ResolveExternal | None, budget: Budget, expect: Expect | None = None
    ) -> None:
        self.base_uri = base_uri
        self.rows = TileRows()
        self.queue: deque[PendingTile] = deque()
        self.diagnostics: list[str] = []
        self.unreadable: list[str] = []
        self.documents: dict[str, None] = {}
        self._resolve = resolve
        self._budget = budget
        self._expect = expect
        self._n_external = 0

    def say(self, sentence: str, place: str) -> None:
        """Keep a sentence on what is odd, with its place."""
        if len(self.diagnostics) < _MAX_DIAGNOSTICS:
            self.diagnostics.append(without_queries(f"{sentence} [{self.base_uri} {place}]"))

    def read(self, root: PendingTile) -> None:
        """Read a tile and all below it."""
        self.queue.append(root)
        while self.queue:
            tile = self.queue.popleft()
            if tile.external is None or self._load(tile, tile.external):
                self._read_tile(tile)

    @property
    def fetch(self) -> ResolveExternal | None:
        """`resolve`, which keeps a list of what it was asked for; None: nothing further is read."""
        return None if self._resolve is None else self._fetched

    def _fetched(self, uri: str) -> bytes:
        assert self._resolve is not None
        self.documents[uri] = None
        return self._resolve(uri)

    def _read_tile(self, tile: PendingTile) -> None:
        volume = self._volume(tile)
        if volume is None:
            return
        rows, row = self.rows, len(self.rows.parent)
        if row + rows.n_implicit >= MAX_TILES:
            raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=self.base_uri))
        error = self._geometric_error(tile)
        refine = self._refine(tile)
        if tile.json.get("viewerRequestVolume") is not None:
            self._request_volume(tile, row)
        if ("implicitTiling" in tile.json or "extensions" in tile.json) and implicit_tiling(tile.json) is not None:
            self._read_implicit(tile, volume, error, refine)
            return
        uris, externals = self._contents(tile, row)
        rows.box.append(volume.numbers)
        rows.own_frame.append(volume.own_frame)
        rows.local.append(self._transform(tile))
        rows.error.append(error)
        rows.parent.append(tile.parent)
        rows.refine.append(refine)
        rows.level.append(tile.level)
        rows.up.append(tile.file.up)
        rows.uri.append(uris[0] if uris else None)
        if len(uris) > 1:
            rows.more[row] = tuple(uris[1:])
        for uri in externals:
            self._enter(tile, uri, row, refine, tile.level)
        children = tile.json.get("children")
        if not isinstance(children, list):
            if children is not None:
                self.say(_("The children of a tile are not a list; they are left out."), tile.place)
            children = []
        for i, child in enumerate(children):
            self.queue.append(PendingTile(child, row, refine, tile.level + 1, tile.file, i, tile))

    def _volume(self, tile: PendingTile) -> Volume | None:
        try:
            return read_volume(tile.json.get("boundingVolume") if isinstance(tile.json, dict) else None)
        except (ValueError, TypeError, OverflowError):
            self.say(_("A tile has no usable bounding volume; it is left out with all below it."), tile.place)
            return None

    def _request_volume(self, tile: PendingTile, row: int) -> None:
        try:
            volume = read_volume(tile.json["viewerRequestVolume"])
        except (ValueError, TypeError, OverflowError):
            self.say(_("A tile's viewer request volume cannot be used; the tile is drawn from everywhere."), tile.place)
            return
        is_implicit = implicit_tiling(tile.json) is not None
        self.rows.request_volume[row_id(self.rows.n_implicit) if is_implicit else row] = volume

    def _geometric_error(self, tile: PendingTile) -> float:
        value = tile.json.get("geometricError")
        if _is_number(value) and value >= 0.0:
            return float(value)
        above = self.rows.error[tile.parent] / 2.0 if tile.parent >= 0 else 1e9
        self.say(_("A tile has no usable geometric error; half its parent's is taken."), tile.place)
        return above if tile.json.get("children") else 0.0

    def _refine(self, tile: PendingTile) -> int:
        said = tile.json.get("refine")
        if said is None:
            return tile.refine
        word = said.upper() if isinstance(said, str) else ""
        if word not in ("ADD", "REPLACE"):
            self.say(_("A tile's refinement is neither ADD nor REPLACE; its parent's is taken."), tile.place)
            return tile.refine
        return ADD if word == "ADD" else REPLACE

    def _transform(self, tile: PendingTile) -> list[float] | None:
        numbers = tile.json.get("transform")
        if numbers is None:
            return None
        try:
            if len(numbers) == 16 and sum(map(abs, numbers)) < FARTHEST_M:
                return list(numbers)
        except TypeError:
            pass
        self.say(_("A tile's transform is not sixteen finite numbers; it is ignored."), tile.place)
        return None

    def _contents(self, tile: PendingTile, row: int) -> tuple[list[str], list[str]]:
        """Addresses of what can be drawn, and of external tilesets."""
        uris: list[str] = []
        externals: list[str] = []
        volumes: list[Volume] = []
        for content in listed_contents(tile.json):
            uri = content_uri(content)
            if uri is None:
                if content is not None:
                    self.say(_("A tile's content has no address; it is left out."), tile.place)
            elif (end := ending(uri)).endswith(NOT_READ):
                self._cannot(end.rpartition(".")[2], tile.place)
            elif end.endswith(EXTERNAL):
                externals.append(join_uri(tile.file.base, uri))
            else:
                uris.append(join_uri(tile.file.base, uri))
                if content.get("boundingVolume") is not None:
                    self._content_volume(tile, content["boundingVolume"], volumes)
        # What one content does not say, the others cannot say for it.
        around = enclosing(volumes) if volumes and len(volumes) == len(uris) else None
        if around is not None:
            self.rows.content_volume[row] = around
        return uris, externals

    def _content_volume(self, tile: PendingTile, said: Any, volumes: list[Volume]) -> None:
        try:
            volumes.append(read_volume(said))
        except (ValueError, TypeError, OverflowError):
            self.say(_("The bounding volume of a content cannot be used; its tile's is taken."), tile.place)

    def _cannot(self, what: str, place: str) -> None:
        sentence = _("A tile needs {what}, which this version cannot read.").format(what=what)
        self.unreadable.append(without_queries(f"{sentence} [{self.base_uri} {place}]"))
        self.say(sentence, place)

    def _read_implicit(self, tile: PendingTile, volume: Volume, error: float, refine: int) -> None:
        """All tiles of an implicit tileset at once."""

        def say(sentence: str) -> None:
            self.say(sentence, tile.place)

        try:
            tiling = read_tiling(implicit_tiling(tile.json) or {})
        except ValueError as problem:
            sentence = _("The implicit tiling of a tile cannot be used: {what}.").format(what=problem)
            self.unreadable.append(without_queries(f"{sentence} [{self.base_uri} {tile.place}]"))
            say(sentence)
            return
        if "implicitTiling" in tile.json and tile.file.version != "1.1":
            text = _("The tileset says 3D Tiles {version} and uses implicit tiling, which came with 1.1; it is read.")
            say(text.format(version=quoted(tile.file.version)))
        if volume.is_ball:
            say(_("An implicit tile has a sphere for its volume; the box around it is divided."))
        region = None if volume.own_frame else np.array(tile.json["boundingVolume"]["region"], np.float64)
        root = ImplicitRoot(
            tiling,
            volume,
            region,
            error,
            refine,
            tile.parent,
            tile.level,
            self._transform(tile),
            content_templates(tile.json, tile.file.base, say),
            tile.file.base,
            lambda: tile.file.schema(self.fetch, say),
        )
        block = read_implicit(root, self.rows.n_implicit, self.fetch, self._expect, self._budget, say)
        self.rows.add_implicit(block, tile.file.up)
        if block.problem is not None:
            self.unreadable.append(f"{block.problem} [{self.base_uri} {tile.place}]")
        for kind in sorted(block.unread):
            self._cannot(kind, tile.place)
        refines, levels = block.refines(REPLACE, ADD), block.levels()
        for row, uri in block.externals:
            self._enter(tile, uri, row_id(block.first_row + row), int(refines[row]), int(levels[row]))

    def _enter(self, tile: PendingTile, uri: str, row: int, refine: int, level: int) -> None:
        """Hang the root of an external tileset below the tile at `row` and `level` that names it."""
        self._n_external += 1
        above = tile.file.above
        if self._resolve is None:
            self.say(_("The external tileset {uri} is not read here.").format(uri=uri), tile.place)
        elif uri in above or len(above) >= MAX_EXTERNAL_DEPTH or self._n_external > MAX_EXTERNAL:
            self.say(_("The external tileset {uri} is nested in itself or too deep.").format(uri=uri), tile.place)
        else:
            self.queue.append(PendingTile(None, row, refine, level + 1, tile.file, f"{uri} root", tile, uri))
            if self._expect is not None:
                self._expect([uri])

    def _load(self, tile: PendingTile, uri: str) -> bool:
        """Read the external tileset whose root a tile is; whether it can be used."""
        assert tile.above is not None
        try:
            document = load_json(self._fetched(uri), "tileset", uri, TilesetError)
        except (TilesetError, FetchError, ContentError) as problem:
            self.say(_("An external tileset is left out: {problem}").format(problem=problem), tile.above.place)
            return False
        needed = unknown_extension(document)
        if needed is not None:
            self._cannot(needed, f"{uri} extensionsRequired")
            return False
        tile.file = TilesetFile(document, uri, (*tile.file.above, uri))
        tile.json = document.get("root")
        return True


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < FARTHEST_M  # no float for a number of 400 digits
    return isinstance(value, float) and math.isfinite(value)

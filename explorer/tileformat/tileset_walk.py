"""Walking through the tiles of a tileset.json and of all files that it names, breadth-first.

Broken tiles are left out with a diagnostic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, FetchError, TilesetError, quoted
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.implicit import read_implicit, subtree_address
from explorer.tileformat.implicit_rows import Budget, ImplicitRoot, ImplicitRows, row_id
from explorer.tileformat.pending_tile import PendingTile
from explorer.tileformat.subtree import implicit_tiling, read_tiling
from explorer.tileformat.tileset import ADD, REPLACE
from explorer.tileformat.tileset_arrays import TileRows
from explorer.tileformat.tileset_contents import content_templates
from explorer.tileformat.tileset_file import TilesetFile, unknown_extension
from explorer.tileformat.tileset_uris import without_queries
from explorer.tileformat.tileset_volumes import Volume, divisible, read_volume
from explorer.tileformat.unread import ImplicitPart, UnreadPart, with_schema

ResolveExternal = Callable[[str], bytes]
"""Bytes of another file of the tileset, by its address relative to the root's base. May raise FetchError."""
Expect = Callable[[list[str]], None]
"""Told of addresses that will be asked for, in about this order."""

MAX_TILES = 4_000_000
MAX_EXTERNAL = 20_000
MAX_EXTERNAL_DEPTH = 32
_MAX_DIAGNOSTICS = 100


class TilesetWalk:
    """Reads tile after tile into `rows`."""

    def __init__(
        self,
        base_uri: str,
        resolve: ResolveExternal | None,
        budget: Budget,
        expect: Expect | None = None,
        *,
        first_error: float = 2e9,
    ) -> None:
        """`first_error`: the geometric error of what is above the root. [m]"""
        self.base_uri = base_uri
        self.rows = TileRows()
        self.queue: deque[PendingTile] = deque()
        self.diagnostics: list[str] = []
        self.unreadable: list[str] = []
        self.documents: dict[str, None] = {}
        self._resolve = resolve
        self._budget = budget
        self._expect = expect
        self._oddities: set[str] = set()
        self._n_external = 0
        self._n_expected = 0
        self._first_error = first_error

    def say(self, sentence: str, place: str) -> None:
        """Keep a sentence on what is odd, with its place."""
        if len(self.diagnostics) < _MAX_DIAGNOSTICS:
            self.diagnostics.append(without_queries(f"{sentence} [{self.base_uri} {place}]"))

    def read(self, root: PendingTile) -> None:
        """Read a tile and all below it."""
        self.queue.append(root)
        self._read_queued()

    def _read_queued(self) -> None:
        while self.queue:
            tile = self.queue.popleft()
            if tile.external is None:
                self._read_tile(tile)
            elif self._budget.files <= 0:
                self._leave(tile, tile.external)
            elif self._load(tile, tile.external):
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
        volume = tile.volume(self.say)
        if volume is None:
            return
        if volume.oddity and volume.oddity not in self._oddities:  # what is so of one is so of thousands
            self._oddities.add(volume.oddity)
            self.say(volume.oddity, tile.place)
        rows, row = self.rows, len(self.rows.parent)
        if row + rows.n_implicit >= MAX_TILES:
            raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=self.base_uri))
        error = tile.geometric_error(rows.error[tile.parent] if tile.parent >= 0 else self._first_error, self.say)
        refine = tile.refinement(self.say)
        if tile.json.get("viewerRequestVolume") is not None:
            self._request_volume(tile, row)
        if ("implicitTiling" in tile.json or "extensions" in tile.json) and implicit_tiling(tile.json) is not None:
            self._read_implicit(tile, volume, error, refine)
            return
        contents = tile.contents(self.say)
        self._add(tile, volume, tile.transform(self.say), error, refine, contents.uris[0] if contents.uris else None)
        if len(contents.uris) > 1:
            rows.more[row] = tuple(contents.uris[1:])
        if contents.around is not None:
            rows.content_volume[row] = contents.around
        for kind in contents.unknown:
            self._cannot(kind, tile.place)
        for uri in contents.externals:
            self._enter(tile, uri, row, refine, tile.level, volume, error)
        children = tile.json.get("children")
        if not isinstance(children, list):
            if children is not None:
                self.say(_("The children of a tile are not a list; they are left out."), tile.place)
            children = []
        for i, child in enumerate(children):
            self.queue.append(PendingTile(child, row, refine, tile.level + 1, tile.file, i, tile))

    def _add(
        self, tile: PendingTile, volume: Volume, local: list[float] | None, error: float, refine: int, uri: str | None
    ) -> None:
        rows = self.rows
        rows.box.append(volume.numbers)
        rows.own_frame.append(volume.own_frame)
        rows.local.append(local)
        rows.error.append(error)
        rows.parent.append(tile.parent)
        rows.refine.append(refine)
        rows.level.append(tile.level)
        rows.up.append(tile.file.up)
        rows.uri.append(uri)

    def _leave(self, tile: PendingTile, uri: str) -> None:
        """An external tileset is left for later: a tile stands where its root will hang, as large as what names it."""
        assert tile.around is not None
        self.rows.unread[len(self.rows.parent)] = UnreadPart(uri, tile.file.above, tile.refine, tile.error)
        self._add(tile, tile.around, None, tile.error, tile.refine, None)

    def _cannot(self, what: str, place: str) -> None:
        sentence = _("A tile needs {what}, which this version cannot read.").format(what=what)
        self.unreadable.append(without_queries(f"{sentence} [{self.base_uri} {place}]"))
        self.say(sentence, place)

    def _request_volume(self, tile: PendingTile, row: int) -> None:
        try:
            volume = read_volume(tile.json["viewerRequestVolume"])
        except (ValueError, TypeError, OverflowError):
            self.say(_("A tile's viewer request volume cannot be used; the tile is drawn from everywhere."), tile.place)
            return
        is_implicit = implicit_tiling(tile.json) is not None
        self.rows.request_volume[row_id(self.rows.n_implicit) if is_implicit else row] = volume

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
        root = ImplicitRoot(
            tiling,
            volume,
            None if volume.own_frame else divisible(tile.json["boundingVolume"]),
            error,
            refine,
            tile.parent,
            tile.level,
            tile.transform(self.say),
            content_templates(tile.json, tile.file.base, say),
            tile.file.base,
            lambda: tile.file.schema(self.fetch, say),
        )
        self._take_implicit(
            tile, read_implicit(root, self.rows.n_implicit, self.fetch, self._expect, self._budget, say)
        )

    def read_subtree(self, tile: PendingTile, root: ImplicitRoot, start: tuple[int, NDArray[np.int64]]) -> None:
        """Read a subtree that was left for later, and all below it. Raises as `read_implicit` with a `start`."""

        def say(sentence: str) -> None:
            self.say(sentence, tile.place)

        self._take_implicit(tile, read_implicit(root, 0, self.fetch, self._expect, self._budget, say, start=start))
        self._read_queued()

    def _take_implicit(self, tile: PendingTile, block: ImplicitRows) -> None:
        self.rows.add_implicit(block, tile.file.up)
        if block.problem is not None:
            self.unreadable.append(f"{block.problem} [{self.base_uri} {tile.place}]")
        for kind in sorted(block.unread):
            self._cannot(kind, tile.place)
        self._enter_implicit(tile, block)

    def _enter_implicit(self, tile: PendingTile, block: ImplicitRows) -> None:
        """What hangs below tiles of an implicit tileset: external tilesets, and subtrees that are left for later."""
        if not (block.left or block.externals):
            return
        refines, levels, errors = block.refines(REPLACE, ADD), block.levels(), block.errors()
        root = with_schema(block.root)
        for row, (level, place) in block.left.items():
            self.rows.unread[row_id(block.first_row + row)] = UnreadPart(
                subtree_address(root, level, place),
                tile.file.above,
                int(refines[row]),
                float(errors[row]),
                ImplicitPart(root, level, place, tile.file.up),
            )
        boxes, own_frame = block.boxes()
        for row, uri in block.externals:
            around = Volume(boxes[row].tolist(), bool(own_frame[row]))
            below = row_id(block.first_row + row)
            self._enter(tile, uri, below, int(refines[row]), int(levels[row]), around, float(errors[row]))

    def _enter(
        self, tile: PendingTile, uri: str, row: int, refine: int, level: int, around: Volume, error: float
    ) -> None:
        """Hang the root of an external tileset below the tile at `row` and `level` that names it.

        `around`, `error`: that tile's volume and geometric error. [m]
        """
        self._n_external += 1
        above = tile.file.above
        if self._resolve is None:
            self.say(_("The external tileset {uri} is not read here.").format(uri=uri), tile.place)
        elif uri in above or len(above) >= MAX_EXTERNAL_DEPTH or self._n_external > MAX_EXTERNAL:
            self.say(_("The external tileset {uri} is nested in itself or too deep.").format(uri=uri), tile.place)
        else:
            root = PendingTile(None, row, refine, level + 1, tile.file, f"{uri} root", tile, uri, around, error)
            self.queue.append(root)
            if self._expect is not None and self._n_expected < self._budget.files:
                self._n_expected += 1
                self._expect([uri])

    def _load(self, tile: PendingTile, uri: str) -> bool:
        """Read the external tileset whose root a tile is; whether it can be used."""
        assert tile.above is not None
        self._budget.files -= 1
        self._n_expected -= 1
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

"""Reading on where a tileset was left for later: one external tileset or subtree at a time, as somebody needs it.

A city's mesh may be ten thousand tileset.json that name each other, a country's buildings as many subtrees. What a view
needs of them is few; so tiles stand for those that were not read (`Tileset.unread`). What turns out to hang below such
a tile is put among the rows by `tileset_joining`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, DataError, FetchError, TilesetError
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.tileformat.container import load_json, telling_of_json
from explorer.tileformat.implicit_rows import Budget
from explorer.tileformat.pending_tile import PendingTile
from explorer.tileformat.reach import within_reach
from explorer.tileformat.tileset import Tileset
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays
from explorer.tileformat.tileset_file import TilesetFile, is_tileset, unknown_extension
from explorer.tileformat.tileset_joining import MOST_DIAGNOSTICS, may_be_tileset, part_below, with_parts
from explorer.tileformat.tileset_walk import TilesetWalk
from explorer.tileformat.unread import ImplicitPart, UnreadPart

_FILES = 1
"""Read at a time: what is nested in a part may be as far away as the part was."""


def with_nested(tileset: Tileset, resolve: Callable[[str], bytes]) -> Tileset:
    """With all tilesets among contents whose addresses do not tell it, and what hangs below those.

    Reads every content that may be one; for who needs the whole. What cannot be had is left out, with a diagnostic.
    """
    n_looked_at = 0
    while n_looked_at < len(tileset):
        parts, problems = {}, []
        for tile in range(n_looked_at, len(tileset)):
            try:
                if tile in tileset.unread or (may_be_tileset(tileset, tile) and _is_tileset(tileset, tile, resolve)):
                    parts[tile] = read_part(tileset, tile, resolve)
            except (FetchError, DataError) as problem:
                problems.append(_("An external tileset is left out: {problem}").format(problem=problem))
        n_looked_at = len(tileset)
        if parts:
            tileset = with_parts(tileset, parts)
        if problems:
            tileset = replace(tileset, diagnostics=(*tileset.diagnostics, *problems)[:MOST_DIAGNOSTICS])
    return tileset


def _is_tileset(tileset: Tileset, tile: int, resolve: Callable[[str], bytes]) -> bool:
    (uri,) = tileset.contents(tile)
    try:
        data = resolve(uri)
        return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and is_tileset(load_json(data, "content", uri))
    except (FetchError, ContentError):
        return False  # whoever reads contents finds out what is wrong with it


def read_part(tileset: Tileset, tile: int, resolve: Callable[[str], bytes]) -> Tileset:
    """The tiles below a tile of `tileset.unread`, in the root frame of the whole; row 0 is their topmost one.

    Or below a tile whose content turned out to be a tileset (`part_below`).

    `resolve` gives the bytes of files by their address relative to the root's base.

    Raises
    ------
    FetchError
        The part's file cannot be had. Of a subtree that is not there its topmost tile is left, as by `read_tileset`.
    TilesetError
        There is nothing in an external tileset that can be used.
    """
    part, above = part_below(tileset, tile), tileset.transform[tile]
    if part is None:
        text = _("The content is a tileset of its own, where none can hang: it is not read. [{uri}]")
        raise TilesetError(text.format(uri=(tileset.address(tile) or "").partition("?")[0]))
    with collector_at_rest(), telling_of_json() as told:
        if part.implicit is not None:
            found = _subtree(tileset, part, part.implicit, above, resolve)
        else:
            found = _external(tileset, part, above, resolve)
    return replace(found, diagnostics=(*told, *found.diagnostics)) if told else found


def _external(
    tileset: Tileset, part: UnreadPart, above: NDArray[np.float64], resolve: Callable[[str], bytes]
) -> Tileset:
    name = part.address.partition("?")[0]  # what it is asked with may be a key, and is not for messages
    document = load_json(resolve(part.address), "tileset", name, TilesetError)
    needed = unknown_extension(document)
    if needed is not None:
        raise TilesetError(
            _("The tileset needs {what}, which this version cannot read. [{uri}]").format(what=needed, uri=name)
        )
    file = TilesetFile(document, part.address, (*part.above, part.address))
    walk = TilesetWalk(tileset.base_uri, resolve, Budget(files=0), first_error=part.error)
    walk.documents[part.address] = None
    walk.read(PendingTile(document.get("root"), -1, part.refine, 0, file, f"{name} root"))
    if walk.unreadable and not walk.rows.has_content() and not walk.rows.unread:
        raise TilesetError(walk.unreadable[0])
    if not len(walk.rows):
        raise TilesetError(_("The root tile has no usable bounding volume. [{uri}]").format(uri=name))
    return _in_frame(tileset, walk, above, file.up)


def _subtree(
    tileset: Tileset,
    part: UnreadPart,
    implicit: ImplicitPart,
    above: NDArray[np.float64],
    resolve: Callable[[str], bytes],
) -> Tileset:
    walk = TilesetWalk(tileset.base_uri, resolve, Budget(files=_FILES))
    # its levels are counted from its own topmost tile, and what has moved the whole tiling is in `above`
    root = replace(implicit.root, parent=-1, level=-implicit.level, transform=None)
    file = TilesetFile({"asset": {"gltfUpAxis": "XYZ"[implicit.up]}}, root.base, part.above)
    tile = PendingTile({}, -1, part.refine, 0, file, f"{part.address} root")
    walk.read_subtree(tile, root, (implicit.level, implicit.place))
    return _in_frame(tileset, walk, above, implicit.up)


def _in_frame(tileset: Tileset, walk: TilesetWalk, above: NDArray[np.float64], up: int) -> Tileset:
    rows: TileRows = walk.rows
    found = tileset_arrays(rows, tileset.base_uri, tileset.asset, tuple(walk.diagnostics), tuple(walk.documents), above)
    if found.up is None:
        found = replace(found, up=np.full(len(found), up, np.uint8))
    return found if tileset.reach is None else within_reach(found, tileset.reach)

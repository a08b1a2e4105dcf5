"""Reading on where a tileset was left for later: one external tileset or subtree at a time, as somebody needs it.

A city's mesh may be ten thousand tileset.json that name each other, a country's buildings as many subtrees. What a view
needs of them is few; so tiles stand for those that were not read (`Tileset.unread`), and what turns out to hang below
such a tile is added behind all other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import TilesetError
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.implicit_rows import Budget
from explorer.tileformat.pending_tile import PendingTile
from explorer.tileformat.tileset import Tileset, up_axis_number
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays
from explorer.tileformat.tileset_file import TilesetFile, unknown_extension
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.tileset_walk import MAX_TILES, TilesetWalk
from explorer.tileformat.unread import ImplicitPart, UnreadPart

MOST_DIAGNOSTICS = 100
_FILES = 1
"""Read at a time: what is nested in a part may be as far away as the part was."""


def read_part(tileset: Tileset, tile: int, resolve: Callable[[str], bytes]) -> Tileset:
    """The tiles below a tile of `tileset.unread`, in the root frame of the whole; row 0 is their topmost one.

    `resolve` gives the bytes of files by their address relative to the root's base.

    Raises
    ------
    FetchError
        The part's file cannot be had. Of a subtree that is not there its topmost tile is left, as by `read_tileset`.
    TilesetError
        There is nothing in an external tileset that can be used.
    """
    part, above = tileset.unread[tile], tileset.transform[tile]
    with collector_at_rest():
        if part.implicit is not None:
            return _subtree(tileset, part, part.implicit, above, resolve)
        return _external(tileset, part, above, resolve)


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
    return found if found.up is not None else replace(found, up=np.full(len(found), up, np.uint8))


def with_parts(tileset: Tileset, parts: Mapping[int, Tileset]) -> Tileset:
    """A tileset and what was read of its parts, by the tile that stands for each; its own rows stay.

    Raises TilesetError where there would be more tiles than can be kept.
    """
    firsts = list(accumulate((len(part) for part in parts.values()), initial=len(tileset)))
    if firsts[-1] > MAX_TILES:
        raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=tileset.base_uri))
    parent, first_child, child_count, level = [tileset.parent], [tileset.first_child.copy()], [], [tileset.level]
    child_count.append(tileset.child_count.copy())
    for (tile, part), first in zip(parts.items(), firsts, strict=False):
        parent.append(np.where(part.parent < 0, tile, part.parent + first).astype(np.int32))
        first_child.append(part.first_child + np.int32(first))
        child_count.append(part.child_count)
        level.append(part.level + tileset.level[tile] + 1)
        first_child[0][tile], child_count[0][tile] = first, 1
    all_of = (tileset, *parts.values())
    return replace(
        tileset,
        centre=np.concatenate([one.centre for one in all_of]),
        half_axes=np.concatenate([one.half_axes for one in all_of]),
        geometric_error=np.concatenate([one.geometric_error for one in all_of]),
        parent=np.concatenate(parent),
        first_child=np.concatenate(first_child),
        child_count=np.concatenate(child_count),
        refine=np.concatenate([one.refine for one in all_of]),
        content_uri=tuple(chain.from_iterable(one.content_uri for one in all_of)),
        transform=np.concatenate([one.transform for one in all_of]),
        level=np.concatenate(level).astype(np.int32),
        more_contents=_by_row(all_of, firsts, lambda one: one.more_contents),
        content_volumes=_volumes(all_of, firsts, lambda one: one.content_volumes),
        request_volumes=_volumes(all_of, firsts, lambda one: one.request_volumes),
        up=_ups(all_of),
        unread=_unread(tileset, parts, firsts),
        documents=tuple(chain.from_iterable(one.documents for one in all_of)),
        diagnostics=tuple([text for one in all_of for text in one.diagnostics][:MOST_DIAGNOSTICS]),
    )


def _by_row(
    all_of: Sequence[Tileset], firsts: Sequence[int], what: Callable[[Tileset], Mapping[int, Any]]
) -> dict[int, Any]:
    """Entries by row, of the whole and of the parts that begin at `firsts`."""
    found = dict(what(all_of[0]))
    for part, first in zip(all_of[1:], firsts, strict=False):
        found |= {row + first: entry for row, entry in what(part).items()}
    return found


def _unread(tileset: Tileset, parts: Mapping[int, Tileset], firsts: Sequence[int]) -> dict[int, UnreadPart]:
    found: dict[int, UnreadPart] = _by_row((tileset, *parts.values()), firsts, lambda one: one.unread)
    for tile in parts:
        del found[tile]
    return found


def _volumes(all_of: Sequence[Tileset], firsts: Sequence[int], what: Callable[[Tileset], TileVolumes]) -> TileVolumes:
    having = [(what(one), first) for one, first in zip(all_of, (0, *firsts), strict=False) if len(what(one))]
    if not having:
        return TileVolumes()
    return TileVolumes(
        np.concatenate([volumes.tile + np.int32(first) for volumes, first in having]),
        np.concatenate([volumes.centre for volumes, _first in having]),
        np.concatenate([volumes.half_axes for volumes, _first in having]),
        np.concatenate([volumes.is_ball for volumes, _first in having]),
    )


def _ups(all_of: Sequence[Tileset]) -> NDArray[np.uint8] | None:
    own = up_axis_number(all_of[0].asset)
    ups = [np.full(len(one), own, np.uint8) if one.up is None else one.up for one in all_of]
    found = np.concatenate(ups)
    return found if (found != own).any() else None

"""Reading on where a tileset was left for later: one external tileset or subtree at a time, as somebody needs it.

A city's mesh may be ten thousand tileset.json that name each other, a country's buildings as many subtrees. What a view
needs of them is few; so tiles stand for those that were not read (`Tileset.unread`), and what turns out to hang below
such a tile is added behind all other rows. So is a content that turns out to be a tileset, for addresses need not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, DataError, FetchError, TilesetError
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.tileformat.container import load_json
from explorer.tileformat.implicit_rows import Budget
from explorer.tileformat.pending_tile import PendingTile
from explorer.tileformat.tileset import Tileset, up_axis_number
from explorer.tileformat.tileset_arrays import TileRows, tileset_arrays
from explorer.tileformat.tileset_file import TilesetFile, is_tileset, unknown_extension
from explorer.tileformat.tileset_uris import TILE_KINDS, ending
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.tileset_walk import MAX_EXTERNAL_DEPTH, MAX_TILES, TilesetWalk
from explorer.tileformat.unread import ImplicitPart, UnreadPart

MOST_DIAGNOSTICS = 100
_FILES = 1
"""Read at a time: what is nested in a part may be as far away as the part was."""


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
    return replace(tileset, content_uri=_without(tileset.content_uri, parts), unread={**tileset.unread, **parts})


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


def _without(uris: tuple[str | None, ...], tiles: Collection[int]) -> tuple[str | None, ...]:
    if all(uris[tile] is None for tile in tiles):
        return uris
    found = list(uris)
    for tile in tiles:
        found[tile] = None
    return tuple(found)


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
        content_uri=(
            *_without(tileset.content_uri, parts),
            *chain.from_iterable(one.content_uri for one in parts.values()),
        ),
        transform=np.concatenate([one.transform for one in all_of]),
        level=np.concatenate(level).astype(np.int32),
        more_contents=_by_row(all_of, firsts, lambda one: one.more_contents),
        content_volumes=_volumes(all_of, firsts, lambda one: one.content_volumes),
        request_volumes=_volumes(all_of, firsts, lambda one: one.request_volumes),
        up=_ups(all_of),
        unread=_unread(tileset, parts, firsts),
        entered=_entered(tileset, parts, firsts),
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
        found.pop(tile, None)
    return found


def _entered(tileset: Tileset, parts: Mapping[int, Tileset], firsts: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = _by_row((tileset, *parts.values()), firsts, lambda one: one.entered)
    for tile in parts:
        part = part_below(tileset, tile)
        if part is not None:
            found[tile] = part.above if part.implicit is not None else (*part.above, part.address)
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

"""Parts in a tileset that was not read whole: which tiles stand for them, putting them in, and taking them out again.

What turns out to hang below a tile that stands for a part (`Tileset.unread`) is added behind all other rows, or to rows
that another part has left. So is a content that turns out to be a tileset, for addresses need not tell. No row of
another tile changes: who keeps something by row need not care.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import TilesetError
from explorer.i18n import _
from explorer.tileformat.tileset import REPLACE, Tileset, up_axis_number
from explorer.tileformat.tileset_uris import TILE_KINDS, ending
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.tileset_walk import MAX_EXTERNAL_DEPTH, MAX_TILES
from explorer.tileformat.unread import UnreadPart

MOST_DIAGNOSTICS = 100
_Scalar = TypeVar("_Scalar", bound=np.generic)


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


def with_parts(tileset: Tileset, parts: Mapping[int, Tileset], left: Mapping[int, int] | None = None) -> Tileset:
    """A tileset and what was read of its parts, by the tile that stands for each; its own rows stay.

    `left`: for some of them the first of as many rows that other parts have left (`without_parts`).
    Where a part's tiles are is what its tile names as its first child.
    Raises TilesetError where there would be more tiles than can be kept.
    """
    firsts, n = [], len(tileset)
    for tile, part in parts.items():
        first = (left or {}).get(tile, n)
        firsts.append(first)
        n = max(n, first + len(part))
    if n > MAX_TILES:
        raise TilesetError(_("The tileset has more than {n} tiles. [{uri}]").format(n=MAX_TILES, uri=tileset.base_uri))
    tops, new = list(parts), list(parts.values())

    def joined(what: Callable[[Tileset], NDArray[_Scalar]]) -> NDArray[_Scalar]:
        return laid(what(tileset), [what(part) for part in new], firsts, n)

    placed = list(zip(tops, new, firsts, strict=True))
    parents = [np.where(part.parent < 0, tile, part.parent + first).astype(np.int32) for tile, part, first in placed]
    levels = [(part.level + tileset.level[tile] + 1).astype(np.int32) for tile, part in parts.items()]
    children = [part.first_child + np.int32(first) for _tile, part, first in placed]
    first_child = laid(tileset.first_child, children, firsts, n)
    child_count = joined(lambda one: one.child_count)
    first_child[tops], child_count[tops] = firsts, 1
    return replace(
        tileset,
        centre=joined(lambda one: one.centre),
        half_axes=joined(lambda one: one.half_axes),
        geometric_error=joined(lambda one: one.geometric_error),
        parent=laid(tileset.parent, parents, firsts, n),
        first_child=first_child,
        child_count=child_count,
        refine=joined(lambda one: one.refine),
        content_uri=_contents(tileset, parts, firsts, n),
        transform=joined(lambda one: one.transform),
        level=laid(tileset.level, levels, firsts, n),
        more_contents=_by_row(tileset, new, firsts, lambda one: one.more_contents),
        content_volumes=_volumes(tileset, new, firsts, lambda one: one.content_volumes),
        request_volumes=_volumes(tileset, new, firsts, lambda one: one.request_volumes),
        up=_ups(tileset, new, firsts, n),
        unread=_unread(tileset, parts, firsts),
        entered=_entered(tileset, parts, firsts),
        documents=tuple(dict.fromkeys(chain(tileset.documents, *(part.documents for part in new)))),
        diagnostics=tuple([text for one in (tileset, *new) for text in one.diagnostics][:MOST_DIAGNOSTICS]),
    )


def without_parts(tileset: Tileset, parts: Mapping[int, UnreadPart], rows: Sequence[range]) -> Tileset:
    """A tileset whose tiles stand for these parts again, as before they were read; all other rows stay.

    `rows`: where the parts' tiles are; what hangs below those is taken out, too. They are tiles no more: nothing leads
    to them, and nothing is in them, until they are some other part's (`with_parts`).
    """
    is_gone = np.zeros(len(tileset), bool)
    for some in rows:
        is_gone[some.start : some.stop] = True
    tops = list(parts)
    child_count, refine, level = tileset.child_count.copy(), tileset.refine.copy(), tileset.level.copy()
    child_count[tops], child_count[is_gone] = 0, 0
    refine[is_gone], level[is_gone] = REPLACE, 0
    gone = set(np.flatnonzero(is_gone).tolist())
    return replace(
        tileset,
        child_count=child_count,
        refine=refine,
        level=level,
        geometric_error=np.where(is_gone, 0.0, tileset.geometric_error),
        content_uri=_without(tileset.content_uri, gone),
        more_contents={tile: uris for tile, uris in tileset.more_contents.items() if tile not in gone},
        content_volumes=_kept(tileset.content_volumes, is_gone),
        request_volumes=_kept(tileset.request_volumes, is_gone),
        unread={tile: part for tile, part in {**tileset.unread, **parts}.items() if tile not in gone},
        entered={tile: files for tile, files in tileset.entered.items() if tile not in gone and tile not in parts},
    )


def laid(own: NDArray[_Scalar], parts: Sequence[NDArray[_Scalar]], firsts: Sequence[int], n: int) -> NDArray[_Scalar]:
    """(n, …) rows: a tileset's own (m, …), and its parts' from their first rows on."""
    found = np.zeros((n, *own.shape[1:]), own.dtype)
    found[: len(own)] = own
    for part, first in zip(parts, firsts, strict=True):
        found[first : first + len(part)] = part
    return found


def _without(uris: tuple[str | None, ...], tiles: Collection[int]) -> tuple[str | None, ...]:
    if all(uris[tile] is None for tile in tiles):
        return uris
    found = list(uris)
    for tile in tiles:
        found[tile] = None
    return tuple(found)


def _contents(tileset: Tileset, parts: Mapping[int, Tileset], firsts: Sequence[int], n: int) -> tuple[str | None, ...]:
    found = [*_without(tileset.content_uri, parts), *[None] * (n - len(tileset))]
    for part, first in zip(parts.values(), firsts, strict=True):
        found[first : first + len(part)] = part.content_uri
    return tuple(found)


def _by_row(
    tileset: Tileset, parts: Sequence[Tileset], firsts: Sequence[int], what: Callable[[Tileset], Mapping[int, Any]]
) -> dict[int, Any]:
    """Entries by row, of the whole and of the parts that begin at `firsts`."""
    found = dict(what(tileset))
    for part, first in zip(parts, firsts, strict=True):
        found |= {row + first: entry for row, entry in what(part).items()}
    return found


def _unread(tileset: Tileset, parts: Mapping[int, Tileset], firsts: Sequence[int]) -> dict[int, UnreadPart]:
    found: dict[int, UnreadPart] = _by_row(tileset, list(parts.values()), firsts, lambda one: one.unread)
    for tile in parts:
        found.pop(tile, None)
    return found


def _entered(tileset: Tileset, parts: Mapping[int, Tileset], firsts: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = _by_row(tileset, list(parts.values()), firsts, lambda one: one.entered)
    for tile in parts:
        part = part_below(tileset, tile)
        if part is not None:
            found[tile] = part.above if part.implicit is not None else (*part.above, part.address)
    return found


def _volumes(
    tileset: Tileset, parts: Sequence[Tileset], firsts: Sequence[int], what: Callable[[Tileset], TileVolumes]
) -> TileVolumes:
    having = [(what(one), first) for one, first in zip((tileset, *parts), (0, *firsts), strict=True) if len(what(one))]
    if not having:
        return TileVolumes()
    tile = np.concatenate([volumes.tile + np.int32(first) for volumes, first in having])
    order = np.argsort(tile, kind="stable")
    return TileVolumes(
        tile[order],
        np.concatenate([volumes.centre for volumes, _first in having])[order],
        np.concatenate([volumes.half_axes for volumes, _first in having])[order],
        np.concatenate([volumes.is_ball for volumes, _first in having])[order],
    )


def _kept(volumes: TileVolumes, is_gone: NDArray[np.bool_]) -> TileVolumes:
    stays = ~is_gone[volumes.tile]
    if stays.all():
        return volumes
    return TileVolumes(volumes.tile[stays], volumes.centre[stays], volumes.half_axes[stays], volumes.is_ball[stays])


def _ups(tileset: Tileset, parts: Sequence[Tileset], firsts: Sequence[int], n: int) -> NDArray[np.uint8] | None:
    own = up_axis_number(tileset.asset)
    ups = [np.full(len(one), own, np.uint8) if one.up is None else one.up for one in (tileset, *parts)]
    found = laid(ups[0], ups[1:], firsts, n)
    return found if (found != own).any() else None

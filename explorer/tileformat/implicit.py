"""From an implicit tile and its subtrees to rows of tiles. 3D Tiles 1.1 (OGC 22-025r4), section 12.

Subtrees are read in breadth-first order, so that where a limit is reached the coarse levels are whole. A subtree that
cannot be had leaves its topmost tile, with the content it may have: where that is not there either, the tile above
stays on screen as it does for any tile that cannot be loaded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, FetchError, NotThere
from explorer.i18n import _
from explorer.tileformat.implicit_rows import Budget, ImplicitRoot, ImplicitRows, row_id
from explorer.tileformat.morton import morton_coordinates
from explorer.tileformat.subtree import Subtree, read_subtree
from explorer.tileformat.subtree_metadata import semantic_columns
from explorer.tileformat.tileset_uris import join_uri

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class _Below:
    """A subtree still to be read."""

    level: int
    place: IntArray
    """(2 or 3,) coordinates of its root on its level."""
    parent: int


def read_implicit(
    root: ImplicitRoot,
    first_row: int,
    resolve: Callable[[str], bytes] | None,
    expect: Callable[[list[str]], None] | None,
    budget: Budget,
    say: Callable[[str], None],
    *,
    start: tuple[int, IntArray] | None = None,
) -> ImplicitRows:
    """All tiles of an implicit tileset, its root included, as far as the budget reaches.

    Parameters
    ----------
    first_row
        How many implicit tiles of other tiles come before (`row_id`).
    resolve
        Gives the bytes of a file by its address relative to the base of the whole tileset.
    expect
        Told of addresses that `resolve` will be asked for, in this order.
    say
        Takes one sentence on each thing that is odd or left out.
    start
        Level and place of the tile to begin at, the topmost one of a subtree that was left for later; None: the root.

    Raises
    ------
    FetchError
        The subtree to `start` with cannot be had now, and may come yet.
    """
    rows = ImplicitRows(root, first_row)
    level, place = start or (0, np.zeros(root.tiling.dimensions, np.int64))
    queue = deque([_Below(level, place, root.parent)])
    while queue:
        at = queue.popleft()
        if budget.files <= 0:
            rows.leave(at.level, at.place, at.parent)
            continue
        budget.files -= 1
        subtree = _fetched(root, at, resolve, must_be_had=start is not None and not len(rows))
        if isinstance(subtree, Subtree) and int(subtree.tiles.sum()) > budget.tiles:
            subtree = _("There are more implicit tiles than can be kept; the finest are left out.")
        if isinstance(subtree, Subtree) and not subtree.tiles[0]:
            subtree = _("A subtree does not have its own topmost tile. [{uri}]").format(uri=subtree.buffers.uri)
        if isinstance(subtree, str):
            budget.say_once(subtree, say)
            if at.level == 0:
                rows.problem = subtree
            budget.tiles -= 1
            rows.add_unread(at.level, at.place, at.parent, with_content=at.level > 0)
            continue
        below = _added(rows, subtree, at, say)
        budget.tiles -= int(subtree.tiles.sum())
        if len(below) > budget.subtrees:
            budget.say_once(_("There are more subtrees than can be read; the finest tiles are left out."), say)
            continue
        budget.subtrees -= len(below)
        queue.extend(below)
        if expect is not None:
            expect([subtree_address(root, one.level, one.place) for one in below[: max(budget.files - len(queue), 0)]])
    rows.name_contents(budget, say)
    return rows


def subtree_address(root: ImplicitRoot, level: int, place: IntArray) -> str:
    """Where the subtree is whose topmost tile has this level and place, (2 or 3,)."""
    name = root.tiling.subtree_uri.filled(np.array([level]), place[None])[0]
    return join_uri(root.base, name)


def _fetched(
    root: ImplicitRoot, at: _Below, resolve: Callable[[str], bytes] | None, *, must_be_had: bool = False
) -> Subtree | str:
    """A subtree, or a sentence on why it cannot be had; raises where it may come yet and `must_be_had`."""
    tiling = root.tiling
    uri = subtree_address(root, at.level, at.place)
    if resolve is None:
        return _("The subtree {uri} is not read here.").format(uri=uri)
    try:
        beside = partial(_beside, resolve, uri)
        return read_subtree(resolve(uri), uri, tiling, at.level, len(root.templates), beside)
    except (FetchError, ContentError) as problem:
        if must_be_had and isinstance(problem, FetchError) and not isinstance(problem, NotThere):
            raise
        return _("A subtree is left out: {problem}").format(problem=problem)


def _beside(resolve: Callable[[str], bytes], base: str, relative: str) -> bytes:
    return resolve(join_uri(base, relative))


def _added(rows: ImplicitRows, subtree: Subtree, at: _Below, say: Callable[[str], None]) -> list[_Below]:
    """Add the tiles of a subtree; returns the subtrees below it."""
    dimensions = rows.root.tiling.dimensions
    parents: list[IntArray] = []
    nodes: list[IntArray] = []
    levels: list[IntArray] = []
    places: list[IntArray] = []
    first, above, orphans = len(rows), np.zeros(0, np.int64), 0
    for level in range(subtree.levels):
        start = rows.root.tiling.nodes(level)
        width = 1 << (dimensions * level)
        numbers = np.flatnonzero(subtree.tiles[start : start + width])
        if level == 0:
            parent = np.full(len(numbers), at.parent, np.int64)
        else:
            found = above[numbers >> dimensions]
            orphans += int((found < 0).sum())
            numbers, found = numbers[found >= 0], found[found >= 0]
            parent = row_id(rows.first_row + found)
        above = np.full(width, -1, np.int64)
        above[numbers] = first + np.arange(len(numbers))
        first += len(numbers)
        parents.append(parent)
        nodes.append(start + numbers)
        levels.append(np.full(len(numbers), at.level + level))
        places.append((at.place << level) + morton_coordinates(numbers, dimensions))
    if orphans:
        text = _("{n} tiles have no tile above them and are left out. [{uri}]")
        say(text.format(n=orphans, uri=subtree.buffers.uri))
    added = rows.add(np.concatenate(levels), np.concatenate(places), np.concatenate(parents))
    _describe(rows, subtree, added, np.concatenate(nodes), say)
    numbers = np.flatnonzero(subtree.child_subtrees)
    found = above[numbers >> dimensions] if len(numbers) else numbers
    numbers, found = numbers[found >= 0], found[found >= 0]
    below = (at.place << subtree.levels) + morton_coordinates(numbers, dimensions)
    parent = row_id(rows.first_row + found)
    return [
        _Below(at.level + subtree.levels, place, above) for place, above in zip(below, parent.tolist(), strict=True)
    ]


def _describe(
    rows: ImplicitRows, subtree: Subtree, added: IntArray, nodes: IntArray, say: Callable[[str], None]
) -> None:
    """Contents of the tiles at `nodes` of a subtree, and what its property tables say; `added` are their rows."""
    document, schema = subtree.document, rows.root.schema
    tables = document.get("contentMetadata")
    tables = tables if isinstance(tables, list) else [tables]
    for content, available in enumerate(subtree.contents):
        here = available[nodes]
        uris: list[str] | None = None
        if content < len(tables) and tables[content] is not None:
            rank = (np.cumsum(available) - 1)[nodes[here]]
            columns = semantic_columns(subtree, tables[content], int(available.sum()), schema(), say)
            rows.describe_contents(content, added[here], columns.numbers, rank)
            uris = [columns.uris[i] for i in rank.tolist()] if columns.uris is not None else None
        rows.add_contents(content, added[here], uris)
    if document.get("tileMetadata") is not None:
        columns = semantic_columns(subtree, document["tileMetadata"], int(subtree.tiles.sum()), schema(), say)
        rows.describe_tiles(added, columns.numbers, (np.cumsum(subtree.tiles) - 1)[nodes])

"""Reading a tileset whose tiles are all plain: boxes or regions, at most one content each, everything as the standard
has it.

Nearly all files are of this kind, and large ones have a hundred thousand tiles. Here they are decoded into typed
structures and gathered level by level, which takes a quarter of the time of walking from tile to tile. Whatever is not
plain, or not sound, is left to `TilesetWalk`, which can say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, starmap
from operator import attrgetter
from struct import Struct
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from explorer.heap import let_go_later
from explorer.tileformat.regions import are_sound
from explorer.tileformat.tileset import ADD, REPLACE, up_axis_number
from explorer.tileformat.tileset_arrays import Columns
from explorer.tileformat.tileset_file import TilesetFile
from explorer.tileformat.tileset_uris import EXTERNAL, NOT_READ, ending, join_uri
from explorer.tileformat.tileset_volumes import FARTHEST_M, Volume, boxes_of_regions

FloatArray = NDArray[np.float64]

MAX_PLAIN_TILES = 4_000_000
_MANY = 10_000
"""Tiles of a tree that takes so long to read that its first levels are worth having before."""
_LONGEST_ADDRESS = 2000
FIRST_LEVELS = 4
"""Below the root: 341 tiles of a quadtree."""
_AS_ABOVE = 2
_REFINES = {"ADD": ADD, "REPLACE": REPLACE, None: _AS_ABOVE}
_LEFT_OUT = (*NOT_READ, EXTERNAL)


_Six = tuple[float, float, float, float, float, float]
_Twelve = tuple[float, float, float, float, float, float, float, float, float, float, float, float]
_Sixteen = tuple[
    float, float, float, float, float, float, float, float, float, float, float, float, float, float, float, float
]


class _Box(msgspec.Struct, gc=False):
    box: _Twelve | None = None
    region: _Six | None = None
    sphere: UnsetType = UNSET


class _Content(msgspec.Struct, gc=False):
    uri: str | None = None
    url: str | None = None
    """As 3D Tiles 1.0 was first written."""
    volume: _Box | UnsetType = msgspec.field(default=UNSET, name="boundingVolume")


class _TileHead(msgspec.Struct, gc=False):
    """All of a tile but its children. Fields that may not be there make it one that is not plain."""

    volume: _Box = msgspec.field(name="boundingVolume")
    error: float = msgspec.field(name="geometricError")
    refine: str | None = None
    content: _Content | None = None
    transform: _Sixteen | None = None
    contents: UnsetType = UNSET
    extensions: UnsetType = UNSET
    implicit: UnsetType = msgspec.field(default=UNSET, name="implicitTiling")
    request: UnsetType = msgspec.field(default=UNSET, name="viewerRequestVolume")


class _Tile(_TileHead, gc=False):
    children: list[_Tile] = []


class _FileHead(msgspec.Struct, gc=False):
    asset: dict[str, Any]
    required: list[Any] = msgspec.field(default=[], name="extensionsRequired")


class _File(_FileHead, gc=False, kw_only=True):
    root: _Tile


def _file_down_to(level: int) -> type[Any]:
    """A file of which nothing below a level is looked at."""
    below: Any = msgspec.Raw
    for _level in range(level + 1):
        below = msgspec.defstruct("_Tile", [("children", list[below], [])], bases=(_TileHead,), gc=False)
    return msgspec.defstruct("_File", [("root", below)], bases=(_FileHead,), gc=False, kw_only=True)


_FIELDS = attrgetter("volume", "error", "refine", "content", "transform", "children")
_BOX = attrgetter("box")


class _NotPlain(Exception):
    pass


def read_plain(data: bytes) -> tuple[TilesetFile, Columns] | None:
    """What the bytes of a tileset.json hold, if all its tiles are plain; None: read it tile by tile."""
    try:
        file = msgspec.json.decode(data, type=_File)
        document = {"asset": file.asset, "extensionsRequired": file.required}
        levels = _levels(file.root)
        tiles = list(chain.from_iterable(levels))
        found = TilesetFile(document, ""), _columns(tiles, [len(one) for one in levels], up_axis_number(file.asset))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NotPlain):
        return None
    del file, levels
    let_go_later(tiles)
    return found


def read_first_levels(data: bytes) -> tuple[TilesetFile, Columns] | None:
    """The first rows of what `read_plain` gives, for a large tree, in a small part of the time.

    None: the tree is small or flat, or not plain as far as it was looked at, or there is nothing to draw in the last of
    these levels; or it names external tilesets, which are read as they are needed.
    """
    n, n_inner = data.count(b'"geometricError"') - 1, data.count(b'"children"')
    if n < _MANY or (n / max(n_inner, 1)) ** FIRST_LEVELS > n / 8 or _names_external(data):
        return None
    try:
        file = msgspec.json.decode(data, type=_file_down_to(FIRST_LEVELS))
        levels = _levels(file.root, FIRST_LEVELS + 1)
        tiles, lengths = list(chain.from_iterable(levels)), [len(one) for one in levels]
        _check(len(tiles) < n / 4 and all(tile.content for tile in levels[-1]))
        document = {"asset": file.asset, "extensionsRequired": file.required}
        return TilesetFile(document, ""), _columns(tiles, lengths, up_axis_number(file.asset))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NotPlain):
        return None


def _names_external(data: bytes) -> bool:
    """Whether some content of a tileset.json is a tileset of its own, anywhere; without reading all of it."""
    at = data.find(EXTERNAL.encode())
    while at >= 0:
        before = data[max(at - _LONGEST_ADDRESS, 0) : at]
        if before[: before.rfind(b'"')].rstrip(b" \t\r\n:").endswith((b'"uri"', b'"url"')):
            return True
        at = data.find(EXTERNAL.encode(), at + 1)
    return False


def _columns(tiles: list[_Tile], lengths: list[int], up: int) -> Columns:
    """Of tiles level by level; `lengths`: tiles of each level. Children of the last level are none, or not told."""
    _check(tiles[0].refine is not None)
    n = len(tiles)
    volumes, said_errors, refines, contents, turns, children = zip(*map(_FIELDS, tiles), strict=True)
    n_above = n - lengths[-1]
    counts = np.fromiter(map(len, children[:n_above]), np.int64, n_above)
    parent = np.concatenate([[-1], np.repeat(np.arange(n_above), counts)])
    boxes, own_frame = _boxes(volumes)
    errors = np.array(said_errors, np.float64)
    _check(((errors >= 0.0) & (errors < FARTHEST_M)).all())
    turned = [turn for turn in turns if turn is not None]
    transforms = _numbers(turned, 16)
    _check((np.abs(transforms).sum(axis=1) < FARTHEST_M).all())
    return Columns(
        box=boxes,
        own_frame=own_frame,
        error=errors,
        parent=parent,
        refine=_refines(refines, parent, lengths),
        uri=_uris(contents),
        level=np.repeat(np.arange(len(lengths)), lengths),
        up=np.full(n, up, np.uint8),
        moved=np.arange(n) if len(turned) == n else np.flatnonzero([turn is not None for turn in turns]),
        local=transforms,
        content_volume=_content_volumes(contents),
    )


def _levels(root: _Tile, most: int = MAX_PLAIN_TILES) -> list[list[_Tile]]:
    levels, n = [[root]], 1
    while len(levels) < most and (level := list(chain.from_iterable(tile.children for tile in levels[-1]))):
        levels.append(level)
        n += len(level)
        _check(n <= MAX_PLAIN_TILES)
    return levels


def _check(is_plain: Any) -> None:
    if not is_plain:
        raise _NotPlain


def _numbers(rows: Sequence[Sequence[float]], count: int) -> FloatArray:
    """Rows of `count` numbers each, as an array."""
    # half the time of numpy's own way over sequences
    found = np.frombuffer(b"".join(starmap(Struct(f"{count}d").pack, rows)), np.float64).reshape(-1, count)
    _check(np.isfinite(found).all())
    return found


def _boxes(volumes: Sequence[_Box]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Twelve numbers each, and whether the tile's transform moves them: not those of regions."""
    said = list(map(_BOX, volumes))
    listed = [box for box in said if box is not None]
    boxes = _numbers(listed, 12)
    _check((np.abs(boxes).sum(axis=1) < FARTHEST_M).all())
    if len(boxes) == len(volumes):
        return boxes, np.ones(len(volumes), bool)
    own_frame = np.array([box is not None for box in said])
    regions = [volume.region for volume in volumes if volume.box is None and volume.region is not None]
    _check(len(boxes) + len(regions) == len(volumes))
    numbers = _numbers(regions, 6)
    _check(are_sound(numbers))
    found = np.empty((len(volumes), 12))
    found[own_frame], found[~own_frame] = boxes, boxes_of_regions(numbers)
    return found, own_frame


def _refines(names: Sequence[str | None], parent: NDArray[np.int64], lengths: list[int]) -> NDArray[np.uint8]:
    """How tiles are refined; those that do not say it, as the tile above them."""
    _check(set(names) <= _REFINES.keys())
    found = np.array([_REFINES[name] for name in names], np.uint8)
    first = 1
    for length in lengths[1:]:
        level = slice(first, first + length)
        found[level] = np.where(found[level] == _AS_ABOVE, found[parent[level]], found[level])
        first += length
    return found


def _uris(contents: Sequence[_Content | None]) -> list[str | None]:
    said = [None if one is None else one.uri or one.url for one in contents]
    uris = [uri for uri in said if uri]
    _check(len(uris) == len(contents) - contents.count(None))
    text = "\n".join(uris).lower()  # searched at once: a look at every address takes longer than all the rest
    if any(end in text for end in _LEFT_OUT):
        _check(not any(ending(uri).endswith(_LEFT_OUT) for uri in uris))
    if "./" in text or "//" in text:
        return [None if uri is None else join_uri("", uri) for uri in said]
    return said


def _content_volumes(contents: Sequence[_Content | None]) -> dict[int, Volume]:
    said = {row: one.volume for row, one in enumerate(contents) if one is not None and one.volume is not UNSET}
    if not said:
        return {}
    boxes, own_frame = _boxes(list(said.values()))
    return {
        row: Volume(numbers, own) for row, numbers, own in zip(said, boxes.tolist(), own_frame.tolist(), strict=True)
    }

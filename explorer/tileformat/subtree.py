"""Reading subtree files: which tiles, contents and further subtrees there are below a tile of an implicit tileset.

3D Tiles 1.1 (OGC 22-025r4), section 12.6 "Subtrees", and its forerunner 3DTILES_implicit_tiling of 3D Tiles 1.0, where
a bit stream is a `bufferView` and a single content's availability is no list.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.container import load_json
from explorer.tileformat.tileset_uris import MAX_TEMPLATE, UriTemplate

BoolArray = NDArray[np.bool_]

MAX_NODES = 1 << 22
"""Tiles of one level of a subtree: eleven levels of a quadtree, seven of an octree."""
MAX_LEVELS = 48
"""Levels below this are no larger than dust."""

_MAGIC = b"subt"
_HEADER = struct.Struct("<4sIQQ")


@dataclass(frozen=True)
class ImplicitTiling:
    """How an implicit tileset is divided."""

    dimensions: int
    """2: quadtree, 3: octree."""
    subtree_levels: int
    available_levels: int
    subtree_uri: UriTemplate

    def nodes(self, levels: int) -> int:
        """How many tiles a full tree of so many levels has."""
        return int(((1 << (self.dimensions * levels)) - 1) // ((1 << self.dimensions) - 1))


def implicit_tiling(tile: dict[str, Any]) -> dict[str, Any] | None:
    """What a tile says about its implicit tiling, in either spelling; None: it is an explicit tile."""
    extensions = tile.get("extensions")
    older = extensions.get("3DTILES_implicit_tiling") if isinstance(extensions, dict) else None
    said = tile.get("implicitTiling", older)
    return None if said is None else said if isinstance(said, dict) else {}


def read_tiling(said: dict[str, Any]) -> ImplicitTiling:
    """The tiling out of its JSON. Raises ValueError with a word on what is wrong."""
    dimensions = {"QUADTREE": 2, "OCTREE": 3}.get(str(said.get("subdivisionScheme")))
    if dimensions is None:
        raise ValueError("subdivisionScheme")
    levels = _count(said, "subtreeLevels")
    deepest = said.get("maximumLevel")  # the older spelling counts from 0
    if deepest is not None and "availableLevels" not in said:
        available = _count({"maximumLevel": deepest + 1 if isinstance(deepest, int) else deepest}, "maximumLevel")
    else:
        available = _count(said, "availableLevels")
    subtrees = said.get("subtrees")
    uri = subtrees.get("uri") if isinstance(subtrees, dict) else None
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_TEMPLATE:
        raise ValueError("subtrees.uri")
    return ImplicitTiling(dimensions, levels, min(available, MAX_LEVELS), UriTemplate(uri))


def _count(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(name)
    return value


@dataclass(frozen=True, eq=False)
class Subtree:
    """One subtree, its tiles level by level and within each level in Morton order. t tiles of `levels` levels."""

    levels: int
    tiles: BoolArray
    """(t,) which tiles there are."""
    contents: tuple[BoolArray, ...]
    """(t,) each: which tiles have this content."""
    child_subtrees: BoolArray
    """One for each place right below the lowest level; empty where nothing can be below."""
    document: dict[str, Any]
    buffers: GltfBuffers


def read_subtree(
    data: bytes, uri: str, tiling: ImplicitTiling, level: int, n_contents: int, resolve: Callable[[str], bytes] | None
) -> Subtree:
    """A subtree whose root is on `level`, out of the bytes of a .subtree file or its JSON form.

    What lies below the lowest available level is left out. `resolve` gives the bytes of buffers in other files, by
    their address in this one.

    Raises
    ------
    ContentError
        No subtree, cut off, larger than can be read, or with bit streams that are too short.
    """
    document, binary = _split(data, uri)
    buffers = GltfBuffers(document, binary, uri, resolve)
    levels = min(tiling.subtree_levels, max(tiling.available_levels - level, 0))
    if 1 << (tiling.dimensions * levels) > MAX_NODES:
        raise ContentError(
            _("The subtree has {n} levels, more than can be read. [{uri}]").format(n=tiling.subtree_levels, uri=uri)
        )
    nodes = tiling.nodes(levels)
    tiles = _availability(buffers, document.get("tileAvailability"), nodes, "tileAvailability")
    contents = tuple(
        _availability(buffers, said, nodes, f"contentAvailability[{i}]")
        for i, said in enumerate(_content_availability(document)[:n_contents])
    )
    below = 1 << (tiling.dimensions * levels) if level + levels < tiling.available_levels else 0
    children = _availability(buffers, document.get("childSubtreeAvailability"), below, "childSubtreeAvailability")
    return Subtree(levels, tiles, contents, children, document, buffers)


def _split(data: bytes, uri: str) -> tuple[dict[str, Any], memoryview]:
    if data[:4] != _MAGIC:
        if data.lstrip()[:1] == b"{":
            return load_json(data, "subtree", uri), memoryview(b"")
        raise ContentError(_("The file is not a subtree. [{uri}]").format(uri=uri))
    if len(data) < _HEADER.size:
        raise ContentError(_("The subtree ends inside its header. [{uri}]").format(uri=uri))
    _magic, version, json_length, binary_length = _HEADER.unpack_from(data)
    if version != 1:
        raise ContentError(
            _("The subtree has version {version}; this program reads version 1. [{uri}]").format(
                version=version, uri=uri
            )
        )
    end = _HEADER.size + json_length + binary_length
    if end > len(data):
        raise ContentError(
            _("The subtree is cut off: it says {said} bytes and has {found}. [{uri}]").format(
                said=end, found=len(data), uri=uri
            )
        )
    text = data[_HEADER.size : _HEADER.size + json_length].rstrip(b"\x00")
    return load_json(text, "subtree", uri), memoryview(data)[end - binary_length : end]


def _content_availability(document: dict[str, Any]) -> list[Any]:
    extensions = document.get("extensions")
    several = extensions.get("3DTILES_multiple_contents") if isinstance(extensions, dict) else None
    said = several.get("contentAvailability") if isinstance(several, dict) else document.get("contentAvailability")
    return said if isinstance(said, list) else [] if said is None else [said]


def _availability(buffers: GltfBuffers, said: Any, count: int, place: str) -> BoolArray:
    """Bits as booleans; the lowest bit of each byte comes first."""
    if count == 0:
        return np.zeros(0, bool)
    if not isinstance(said, dict):
        raise buffers.fail(place, _("is not there."))
    view = said.get("bitstream", said.get("bufferView"))
    if view is None:
        constant = said.get("constant")
        if constant not in (0, 1):
            raise buffers.fail(place, _("is neither a bit stream nor 0 or 1."))
        return np.full(count, bool(constant))
    data = buffers.view(view)
    n_bytes = (count + 7) // 8
    if len(data) < n_bytes:
        raise buffers.fail(place, _("{n} bits do not fit into its {size} bytes.").format(n=count, size=len(data)))
    return np.unpackbits(np.frombuffer(data, np.uint8, n_bytes), bitorder="little", count=count).astype(bool)

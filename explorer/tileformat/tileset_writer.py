"""Writing tileset.json, 3D Tiles 1.1 (OGC 22-025r4). Same tree, same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import OrientedBox
from explorer.tileformat.encode import GENERATOR

REPLACE = 0
ADD = 1


@dataclass
class TileNode:
    """A tile to be written."""

    box: OrientedBox
    """In the frame of the tile's own content: before `transform`, and so within all transforms above it."""
    geometric_error: float
    """How far the content may be from the finest data. [m]"""
    content_uri: str | None = None
    children: Sequence[TileNode] = ()
    transform: NDArray[np.float64] | None = None
    """4x4, column vectors, this tile's frame to its parent's; None: the same."""
    refine: int | None = None
    """`REPLACE`, `ADD`, or None: as the parent."""
    extras: Mapping[str, Any] = field(default_factory=dict)


def encode_tileset(
    root: TileNode, *, extras: Mapping[str, Any] | None = None, geometric_error: float | None = None
) -> bytes:
    """The tileset.json of a tree.

    `extras` goes into `asset.extras` (say `{"citiverse": CitiverseExtras(...).to_dict()}`); `geometric_error` is that
    of drawing nothing at all, by default the root's or, where that is less, its box's size.
    """
    asset: dict[str, Any] = {"version": "1.1", "generator": GENERATOR}
    if extras:
        asset["extras"] = dict(extras)
    nothing = geometric_error if geometric_error is not None else max(root.geometric_error, root.box.radius)
    document = {
        "asset": asset,
        "geometricError": float(nothing),
        "root": _tile(root, REPLACE if root.refine is None else root.refine, None),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _tile(node: TileNode, refine: int, inherited: int | None) -> dict[str, Any]:
    tile: dict[str, Any] = {
        "boundingVolume": {"box": node.box.to_list12()},
        "geometricError": float(node.geometric_error),
    }
    if refine != inherited:
        tile["refine"] = "ADD" if refine == ADD else "REPLACE"
    if node.transform is not None:
        tile["transform"] = [float(value) for value in np.asarray(node.transform, np.float64).T.reshape(-1)]
    if node.content_uri is not None:
        tile["content"] = {"uri": node.content_uri}
    if node.children:
        tile["children"] = [
            _tile(child, refine if child.refine is None else child.refine, refine) for child in node.children
        ]
    if node.extras:
        tile["extras"] = dict(node.extras)
    return tile

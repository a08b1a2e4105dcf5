"""What the indexes of a place's layers know of its features: their parts, their tiles, and what stands where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from explorer.app.places import OpenLayer

_BLOCK_M = 6.0
"""A block's roof lies at most about this far from those of its buildings. [m]"""


def with_parts(layers: Sequence[OpenLayer], feature_ids: frozenset[str]) -> frozenset[str]:
    """The features and all their parts: hiding a building hides what it is made of."""
    found = set(feature_ids)
    for layer in layers:
        if layer.index is not None:
            pending = list(feature_ids)
            while pending:
                for child in layer.index.children(pending.pop()):
                    if child.id not in found:
                        found.add(child.id)
                        pending.append(child.id)
    return frozenset(found)


def contents_of(layer: OpenLayer, feature_ids: Iterable[str]) -> list[str]:
    """The addresses of the finest tiles that these features of a layer are in."""
    if layer.index is None:
        return []
    hits = [layer.index.get(feature_id) for feature_id in sorted(feature_ids)]
    return [hit.content_uri for hit in hits if hit is not None and hit.content_uri]


def building_at(layers: Sequence[OpenLayer], key: Any, easting: float, northing: float, height: float) -> str | None:
    """The building at a place of the map [m] on a coarse tile, where a block of several has no id of its own.

    `key`: id of the layer and row of the tile. By the index's boxes, the smallest first. None on a finest tile: what
    has no id there has none.
    """
    layer_id, tile = key
    layer = next((one for one in layers if one.layer.id == layer_id), None)
    if layer is None or layer.index is None or layer.tileset.child_count[tile] == 0:
        return None
    fits = [
        ((hit.bounds[3] - hit.bounds[0]) * (hit.bounds[4] - hit.bounds[1]), hit.id)
        for hit in layer.index.within((easting, northing, easting, northing))
        if hit.kind.startswith("Building")
        and hit.bounds is not None
        and hit.bounds[2] - _BLOCK_M <= height <= hit.bounds[5] + _BLOCK_M
    ]
    return min(fits)[1] if fits else None

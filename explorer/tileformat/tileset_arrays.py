"""From the tiles of a tileset as they are read, one after another, to arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.extras import CitiverseExtras
from explorer.tileformat.tileset import Tileset

FARTHEST_M = 1e15
"""Lengths beyond this are no city's, and would overflow when multiplied."""


@dataclass
class TileRows:
    """The columns as they grow, one entry a tile."""

    box: list[list[float]] = field(default_factory=list)
    """Twelve numbers each."""
    own_frame: list[bool] = field(default_factory=list)
    """False for regions, which no transform moves."""
    local: list[list[float] | None] = field(default_factory=list)
    """Sixteen numbers, column by column, where the tile has a transform."""
    error: list[float] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    refine: list[int] = field(default_factory=list)
    uri: list[str | None] = field(default_factory=list)
    level: list[int] = field(default_factory=list)
    more: dict[int, tuple[str, ...]] = field(default_factory=dict)


def tileset_arrays(rows: TileRows, base_uri: str, asset: dict[str, Any], diagnostics: tuple[str, ...]) -> Tileset:
    """The tileset, with transforms added up and boxes, errors and regions brought to the root frame."""
    parent = np.array(rows.parent, np.int32)
    level = np.array(rows.level, np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        transform = _accumulated(rows, parent, level)
    usable = np.isfinite(transform).all(axis=(1, 2)) & (np.abs(transform) < FARTHEST_M).all(axis=(1, 2))
    transform[~usable] = np.eye(4)  # a chain of huge transforms: drawn in the wrong place rather than not a number
    boxes = np.array(rows.box, np.float64)
    centre, half_axes = boxes[:, :3].copy(), boxes[:, 3:].reshape(-1, 3, 3).copy()
    moved = np.array(rows.own_frame)
    linear = transform[moved, :3, :3]
    centre[moved] = np.einsum("nij,nj->ni", linear, centre[moved]) + transform[moved, :3, 3]
    half_axes[moved] = half_axes[moved] @ linear.transpose(0, 2, 1)
    count = np.bincount(parent[1:], minlength=len(parent)).astype(np.int32)
    first = np.zeros(len(parent), np.int32)
    # Breadth-first: the children of earlier rows come first, so each block begins where the ones before it end.
    first[:] = 1 + np.concatenate([[0], np.cumsum(count)[:-1]])
    return Tileset(
        centre=centre,
        half_axes=half_axes,
        geometric_error=np.array(rows.error) * _scale(transform),
        parent=parent,
        first_child=first,
        child_count=count,
        refine=np.array(rows.refine, np.uint8),
        content_uri=tuple(rows.uri),
        transform=transform,
        level=level,
        base_uri=base_uri,
        asset=asset,
        extras=CitiverseExtras.from_asset(asset),
        more_contents=rows.more,
        diagnostics=diagnostics,
    )


def _accumulated(rows: TileRows, parent: NDArray[np.int32], level: NDArray[np.int32]) -> NDArray[np.float64]:
    """Each tile's transform to the root frame, one level after another."""
    transform = np.broadcast_to(np.eye(4), (len(parent), 4, 4)).copy()
    has_own = np.array([local is not None for local in rows.local])
    if has_own.any():
        own = np.array([local for local in rows.local if local is not None], np.float64)
        transform[has_own] = own.reshape(-1, 4, 4).transpose(0, 2, 1)
    starts = np.searchsorted(level, np.arange(1, int(level[-1]) + 2))
    for first, last in pairwise(starts.tolist()):
        above = transform[parent[first:last]]
        transform[first:last] = above @ transform[first:last]
    return transform


def _scale(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """The most that each transform stretches; geometric errors grow with it (3D Tiles 1.1, "Geometric error")."""
    scale = np.linalg.norm(transform[:, :3, :3], axis=1).max(axis=1)
    # Rotations are written with ten digits or so: what is 1 but for that, is 1.
    return np.where(np.abs(scale - 1.0) < 1e-6, 1.0, scale)

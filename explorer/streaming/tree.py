"""The tile tree in the world frame, as arrays that selection reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, WorldFrame, boxes_to_world, fit_world_from, looks_like_ecef
from explorer.streaming.volumes import WorldVolumes
from explorer.tileformat import Tileset

WorldFromTileset = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Points (n, 3) of a tileset's root frame to the world."""


@dataclass(frozen=True, eq=False)
class TileTree:
    """A tileset's tree, world frame, rows as in `Tileset`. n tiles."""

    centre: NDArray[np.float64]
    """(n, 3) middle of the box around the tile. [m]"""
    axes: NDArray[np.float64]
    """(n, 3, 3) rows: unit directions of the half axes."""
    half_lengths: NDArray[np.float64]
    """(n, 3) [m]"""
    geometric_error: NDArray[np.float64]
    """(n,) [m]"""
    parent: NDArray[np.int32]
    first_child: NDArray[np.int32]
    child_count: NDArray[np.int32]
    adds: NDArray[np.bool_]
    """(n,) children are drawn beside the tile, not in its place."""
    has_content: NDArray[np.bool_]
    """(n,) or the tile stands for a part of the tileset that was not read: until it is, what is above stays."""
    content: WorldVolumes | None = None
    """Where contents are, smaller than the tile's box; None: no tile says it."""
    request: WorldVolumes | None = None
    """Where the viewer has to be for a tile to be considered; None: no tile says it."""

    def __len__(self) -> int:
        return len(self.parent)

    @classmethod
    def from_boxes(
        cls,
        tileset: Tileset,
        centre: NDArray[np.float64],
        half_axes: NDArray[np.float64],
        content: WorldVolumes | None = None,
        request: WorldVolumes | None = None,
    ) -> TileTree:
        """The tree of a tileset with its boxes in the world: middles (n, 3) and half axes (n, 3, 3), rows."""
        lengths = np.sqrt(np.einsum("nij,nij->ni", half_axes, half_axes))
        axes = half_axes / np.maximum(lengths, 1e-12)[:, :, None]
        for flat in range(3):  # a box without thickness still has a direction across it
            found = lengths[:, flat] < 1e-9
            if found.any():
                across = np.cross(axes[found, flat - 2], axes[found, flat - 1])
                none = np.linalg.norm(across, axis=1) < 0.5
                across[none] = np.eye(3)[flat]
                axes[found, flat] = across
        _square_up(axes, lengths, half_axes)
        return cls(
            centre=centre,
            axes=axes,
            half_lengths=lengths,
            geometric_error=tileset.geometric_error,
            parent=tileset.parent,
            first_child=tileset.first_child,
            child_count=tileset.child_count,
            adds=tileset.refine == 1,
            has_content=_has_content(tileset),
            content=content,
            request=request,
        )

    def to_grow(self) -> TileTree:
        """The same tree, whose boxes can be made larger without changing those of this one."""
        content = None if self.content is None else self.content.to_grow()
        return replace(self, half_lengths=self.half_lengths.copy(), content=content)

    def hold_what(self, before: TileTree) -> None:
        """Make boxes as large as those of a tree that had the first of these tiles: they grew by what came."""
        n = len(before)
        self.half_lengths[:n] = np.maximum(self.half_lengths[:n], before.half_lengths)
        if self.content is not None and before.content is not None:
            m = len(before.content.centre)
            self.content.centre[:m], self.content.half_axes[:m] = before.content.centre, before.content.half_axes

    def bounds(self, tile: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) least and (3,) greatest world coordinates of a tile's box. [m]"""
        reach = np.abs(self.axes[tile] * self.half_lengths[tile][:, None]).sum(axis=0)
        return self.centre[tile] - reach, self.centre[tile] + reach

    def grow_each(self, tiles: Sequence[int], lo: NDArray[np.float64], hi: NDArray[np.float64]) -> bool:
        """`grow` for k tiles, (k, 3) and (k, 3); whether any had to."""
        if self.content is not None:
            for tile, own_lo, own_hi in zip(tiles, lo, hi, strict=True):
                self.content.grow(tile, own_lo, own_hi)
        rows = np.asarray(tiles, np.int64)
        reach = np.abs(self.axes[rows] * self.half_lengths[rows][:, :, None]).sum(axis=1) + _SLACK_M
        middle = self.centre[rows]
        beyond = ((lo < middle - reach) | (hi > middle + reach)).any(axis=1)
        grown = [self.grow(tiles[i], lo[i], hi[i]) for i in np.flatnonzero(beyond).tolist()]
        return any(grown)

    def grow(self, tile: int, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> bool:
        """Make a tile's box, and those above it, hold what the tile turned out to hold; whether it had to.

        Boxes that are too small are common in the wild; what they leave out would vanish at the edge of the picture.
        """
        grown = False
        if self.content is not None:
            self.content.grow(tile, lo, hi)
        while tile >= 0:
            offset = (lo + hi) / 2.0 - self.centre[tile]
            reach = np.abs(self.axes[tile] @ offset) + np.abs(self.axes[tile]) @ ((hi - lo) / 2.0)
            own_lo, own_hi = self.bounds(tile)
            if ((lo >= own_lo - _SLACK_M) & (hi <= own_hi + _SLACK_M)).all():
                break
            self.half_lengths[tile] = np.maximum(self.half_lengths[tile], reach)
            grown = True
            tile = int(self.parent[tile])
        return grown


@dataclass(frozen=True, eq=False)
class TilesetPart:
    """What hangs below a tile that stood for it: rows as of a tileset of its own."""

    tileset: Tileset
    tree: TileTree


def _has_content(tileset: Tileset) -> NDArray[np.bool_]:
    """(n,) tiles that something is to be loaded for: contents, or what tells what is below them."""
    found = np.array([uri is not None for uri in tileset.content_uri], bool)
    found[list(tileset.unread)] = True
    return found


_SLACK_M = 0.05
_SQUARE = 0.01
"""Axes whose unit directions have a smaller dot product count as square: maps bend boxes by much less."""


def _square_up(axes: NDArray[np.float64], lengths: NDArray[np.float64], half_axes: NDArray[np.float64]) -> None:
    """Put square boxes around slanting ones, in place; (n, 3, 3), (n, 3), (n, 3, 3).

    A transform that stretches what another has turned makes boxes slant. Distances are reckoned along the axes; of a
    slanting box they would be too large, and the eye could stand inside and be told that it is far away.
    """
    dots = np.einsum("nij,nij->ni", axes, np.roll(axes, 1, axis=1))
    for tile in np.flatnonzero((np.abs(dots) > _SQUARE).any(axis=1)).tolist():
        longest_first = np.argsort(-lengths[tile], kind="stable")
        square = np.linalg.qr(axes[tile, longest_first].T)[0].T
        axes[tile] = square
        lengths[tile] = np.abs(square @ half_axes[tile].T).sum(axis=1)


def world_tree(
    tileset: Tileset,
    frame: WorldFrame,
    *,
    source_crs: CompoundCrs | None = None,
    world_from_tileset: WorldFromTileset | None = None,
) -> TileTree:
    """Bring a tileset's boxes into the world, once; they hold at least what they held before.

    `source_crs`: the CRS of a tileset that is not in ECEF; `world_from_tileset`: any other way.
    Raises CrsError where the tileset is not in ECEF and neither is given.
    """
    way = world_from_tileset
    if way is None and (source_crs is not None or not looks_like_ecef(tileset.box(0))):
        way = fit_world_from(frame, source_crs, tileset.box(0))
    brought = partial(boxes_to_world, frame, fit=way)
    centre, half_axes = brought(tileset.centre, tileset.half_axes)
    n = len(tileset)
    content = WorldVolumes.of(tileset.content_volumes, n, brought)
    return TileTree.from_boxes(
        tileset, centre, half_axes, content, WorldVolumes.of(tileset.request_volumes, n, brought)
    )


def refine_towards(tileset: Tileset, content_uris: Iterable[str]) -> frozenset[int]:
    """Tiles that must be refined so that each of these contents is drawn itself: all tiles above them.

    A merged parent cannot hide one of the buildings in it; so where a feature is hidden, its leaf is drawn instead.
    """
    wanted = set(content_uris)
    found: set[int] = set()
    for tile, uri in enumerate(tileset.content_uri):
        if uri in wanted:
            above = int(tileset.parent[tile])
            while above >= 0 and above not in found:
                found.add(above)
                above = int(tileset.parent[above])
    return frozenset(found)

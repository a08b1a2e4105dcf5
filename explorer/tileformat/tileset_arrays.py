"""From the tiles of a tileset as they are read, one after another, to arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.extras import CitiverseExtras
from explorer.tileformat.implicit_rows import ImplicitRows, row_id
from explorer.tileformat.sizeless import give_sizes, has_size
from explorer.tileformat.tileset import ADD, REPLACE, Tileset
from explorer.tileformat.tileset_uris import without_queries
from explorer.tileformat.tileset_volumes import FARTHEST_M, TileVolumes, Volume
from explorer.tileformat.unread import UnreadPart

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass
class TileRows:
    """The columns as they grow, one entry an explicit tile; implicit ones come in blocks.

    Wherever a row is named, implicit tiles are called as `row_id` says: their rows are known at the end.
    """

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
    up: list[int] = field(default_factory=list)
    """Which axis of the contents' glTF points up: 0, 1 or 2."""
    more: dict[int, tuple[str, ...]] = field(default_factory=dict)
    content_volume: dict[int, Volume] = field(default_factory=dict)
    request_volume: dict[int, Volume] = field(default_factory=dict)
    implicit: list[tuple[ImplicitRows, int]] = field(default_factory=list)
    """Blocks of implicit tiles and which axis of their contents points up."""
    n_implicit: int = 0
    unread: dict[int, UnreadPart] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.parent) + self.n_implicit

    def add_terrain(self, box: list[float], error: float, parent: int, uri: str | None = None) -> int:
        """A tile of a terrain, which takes its parent's place (-1: has none): twelve numbers of a box on the globe that
        nothing moves, its geometric error [m]. Its content is up along z. Returns its row.
        """
        self.box.append(box)
        self.own_frame.append(False)
        self.local.append(None)
        self.error.append(error)
        self.parent.append(parent)
        self.refine.append(REPLACE)
        self.uri.append(uri)
        self.level.append(0 if parent < 0 else self.level[parent] + 1)
        self.up.append(2)
        return len(self.parent) - 1

    def add_implicit(self, block: ImplicitRows, up: int) -> None:
        """All tiles of an implicit tileset."""
        self.implicit.append((block, up))
        self.n_implicit += len(block)

    def has_content(self) -> bool:
        """Whether any tile has a content."""
        return any(uri is not None for uri in self.uri) or any(
            uri is not None for block, _up in self.implicit for uri in block.uris
        )


@dataclass
class Columns:
    """All tiles of a tileset as they are in its files, breadth-first, the children of a tile side by side. n tiles."""

    box: FloatArray
    own_frame: NDArray[np.bool_]
    error: FloatArray
    parent: IntArray
    refine: NDArray[np.uint8]
    uri: list[str | None]
    level: IntArray
    up: NDArray[np.uint8]
    moved: IntArray
    """(m,) rows of tiles with a transform."""
    local: FloatArray
    """(m, 16) their transforms, column by column."""
    more: dict[int, tuple[str, ...]] = field(default_factory=dict)
    content_volume: dict[int, Volume] = field(default_factory=dict)
    request_volume: dict[int, Volume] = field(default_factory=dict)
    unread: dict[int, UnreadPart] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: TileRows) -> Columns:
        """What was read one after another; blocks of implicit tiles come between the others."""
        return cls._as_read(rows)._sorted() if rows.implicit else cls._as_read(rows)

    @classmethod
    def _as_read(cls, rows: TileRows) -> Columns:
        """The explicit tiles, then block after block."""
        n, blocks = len(rows.parent), rows.implicit
        shapes = [block.boxes() for block, _up in blocks]
        parent = np.concatenate([np.array(rows.parent, np.int64), *(block.parents() for block, _up in blocks)])
        ups = [np.full(len(block), up, np.uint8) for block, up in blocks]
        moved = [n + block.first_row for block, _up in blocks if block.root.transform is not None]
        turned = [block.root.transform for block, _up in blocks if block.root.transform is not None]
        found = cls(
            np.concatenate([np.array(rows.box, np.float64).reshape(-1, 12), *(boxes for boxes, _own in shapes)]),
            np.concatenate([np.array(rows.own_frame, bool), *(own for _boxes, own in shapes)]),
            np.concatenate([np.array(rows.error, np.float64), *(block.errors() for block, _up in blocks)]),
            np.where(parent < -1, n + row_id(parent), parent),
            np.concatenate([np.array(rows.refine, np.uint8), *(block.refines(REPLACE, ADD) for block, _up in blocks)]),
            [*rows.uri, *(uri for block, _up in blocks for uri in block.uris)],
            np.concatenate([np.array(rows.level, np.int64), *(block.levels() for block, _up in blocks)]),
            np.concatenate([np.array(rows.up, np.uint8), *ups]),
            np.array([*(row for row, local in enumerate(rows.local) if local is not None), *moved], np.int64),
            np.array([*(local for local in rows.local if local is not None), *turned], np.float64).reshape(-1, 16),
            dict(rows.more),
            dict(rows.content_volume),
            {row if row >= 0 else n + row_id(row): volume for row, volume in rows.request_volume.items()},
            {row if row >= 0 else n + row_id(row): part for row, part in rows.unread.items()},
        )
        for block, _up in blocks:
            first = n + block.first_row
            found.more |= {first + row: uris for row, uris in block.more.items()}
            found.content_volume |= {first + row: volume for row, volume in block.content_volumes().items()}
        return found

    def _sorted(self) -> Columns:
        """In breadth-first order, the children of a tile side by side."""
        order = _breadth_first(self.parent, self.level)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        parent = self.parent[order]
        return Columns(
            self.box[order],
            self.own_frame[order],
            self.error[order],
            np.where(parent < 0, -1, place[parent]),
            self.refine[order],
            [self.uri[row] for row in order.tolist()],
            self.level[order],
            self.up[order],
            place[self.moved],
            self.local,
            {int(place[row]): uris for row, uris in self.more.items()},
            {int(place[row]): volume for row, volume in self.content_volume.items()},
            {int(place[row]): volume for row, volume in self.request_volume.items()},
            {int(place[row]): part for row, part in self.unread.items()},
        )


def _breadth_first(parent: IntArray, level: IntArray) -> IntArray:
    """Rows level by level, within a level in the order of their parents, and otherwise as they came."""
    by_level = np.argsort(level, kind="stable")
    starts = np.searchsorted(level[by_level], np.arange(int(level.max(initial=0)) + 2))
    place = np.empty(len(parent), np.int64)
    order: list[IntArray] = []
    for first, last in pairwise(starts.tolist()):
        rows = by_level[first:last]
        if first:
            rows = rows[np.argsort(place[parent[rows]], kind="stable")]
        place[rows] = np.arange(first, last)
        order.append(rows)
    return np.concatenate(order)


def tileset_arrays(
    rows: TileRows | Columns,
    base_uri: str,
    asset: dict[str, Any],
    diagnostics: tuple[str, ...],
    documents: Sequence[str] = (),
    above: FloatArray | None = None,
) -> Tileset:
    """The tileset, with transforms added up and boxes, errors and regions brought to the root frame.

    `above`: 4x4 from the frame in which the root stands to that; None: it is the root frame.
    """
    columns = rows if isinstance(rows, Columns) else Columns.of(rows)
    parent, level = columns.parent.astype(np.int32), columns.level.astype(np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        transform = _accumulated(columns.moved, columns.local, parent, level, above)
        usable = np.abs(transform.reshape(-1, 16)).max(axis=1) < FARTHEST_M  # numbers that are none are not
    transform[~usable] = np.eye(4)  # a chain of huge transforms: drawn in the wrong place rather than not a number
    centre, half_axes = _moved(columns.box, columns.own_frame, transform)
    contents = _volumes({row: volume for row, volume in columns.content_volume.items() if has_size(volume)}, transform)
    sizes = give_sizes(centre, half_axes, parent, contents)
    if sizes:
        diagnostics = (*diagnostics, f"{sizes} [{without_queries(base_uri)}]")
    count = np.bincount(parent[1:], minlength=len(parent)).astype(np.int32)
    first = np.zeros(len(parent), np.int32)
    # Breadth-first: the children of earlier rows come first, so each block begins where the ones before it end.
    first[:] = 1 + np.concatenate([[0], np.cumsum(count)[:-1]])
    return Tileset(
        centre=centre,
        half_axes=half_axes,
        geometric_error=np.minimum(columns.error * _scale(transform), FARTHEST_M),
        parent=parent,
        first_child=first,
        child_count=count,
        refine=columns.refine,
        content_uri=tuple(columns.uri),
        transform=transform,
        level=level,
        base_uri=base_uri,
        asset=asset,
        extras=CitiverseExtras.from_asset(asset),
        more_contents=columns.more,
        content_volumes=contents,
        request_volumes=_volumes(columns.request_volume, transform),
        unread=columns.unread,
        up=columns.up if (columns.up != columns.up[0]).any() else None,
        documents=tuple(documents),
        diagnostics=diagnostics,
    )


def _moved(boxes: FloatArray, moved: NDArray[np.bool_], transform: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes (m, 12) as middles and half axes in the root frame; those not `moved` are in it."""
    centre, half_axes = boxes[:, :3].copy(), boxes[:, 3:].reshape(-1, 3, 3).copy()
    linear = transform[moved, :3, :3]
    centre[moved] = np.einsum("nij,nj->ni", linear, centre[moved]) + transform[moved, :3, 3]
    half_axes[moved] = half_axes[moved] @ linear.transpose(0, 2, 1)
    return centre, half_axes


def _volumes(volumes: dict[int, Volume], transform: FloatArray) -> TileVolumes:
    if not volumes:
        return TileVolumes()
    listed = sorted(volumes.items())
    tile = np.array([row for row, _volume in listed], np.int32)
    boxes = np.array([volume.numbers for _row, volume in listed], np.float64)
    own_frame = np.array([volume.own_frame for _row, volume in listed])
    centre, half_axes = _moved(boxes, own_frame, transform[tile])
    return TileVolumes(tile, centre, half_axes, np.array([volume.is_ball for _row, volume in listed]))


def _accumulated(
    moved: IntArray,
    local: FloatArray,
    parent: NDArray[np.int32],
    level: NDArray[np.int32],
    above: FloatArray | None,
) -> FloatArray:
    """Each tile's transform to the root frame, one level after another."""
    transform = np.broadcast_to(np.eye(4), (len(parent), 4, 4)).copy()
    transform[moved] = local.reshape(-1, 4, 4).transpose(0, 2, 1)
    if above is not None:
        transform[0] = above @ transform[0]
    starts = np.searchsorted(level, np.arange(1, int(level[-1]) + 2))
    for first, last in pairwise(starts.tolist()):
        transform[first:last] = transform[parent[first:last]] @ transform[first:last]
    return transform


def _scale(transform: FloatArray) -> FloatArray:
    """The most that each transform stretches; geometric errors grow with it (3D Tiles 1.1, "Geometric error")."""
    linear = transform[:, :3, :3]
    scale = np.sqrt(np.einsum("nij,nij->nj", linear, linear).max(axis=1))
    # Rotations are written with ten digits or so: what is 1 but for that, is 1.
    return np.where(np.abs(scale - 1.0) < 1e-6, 1.0, scale)

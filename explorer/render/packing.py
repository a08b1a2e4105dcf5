"""Meshes as the GPU takes them: vertices interleaved, indices by what draws them. Numpy alone, so workers do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.albedo import any_of, only_class
from explorer.render.geometry import MeshArrays, pack_vertices
from explorer.render.patches import Patches, cut_into_patches
from explorer.render.tile_shaders import Kind
from explorer.streaming import PreparedMesh, PreparedTile, SharperPhoto
from explorer.tileformat import PLAIN_USE, ImageUse, SurfaceClass

_DETAIL_M = 1.6
"""Shorter lines (dormers, chimneys) are details: a third of all, and only seen from near by. [m]"""
_IS_GROUND = np.zeros(256, bool)
_IS_GROUND[[SurfaceClass.TERRAIN, SurfaceClass.ROAD, SurfaceClass.PAVING, SurfaceClass.GREEN, SurfaceClass.BARE]] = True
_MOST_SHORT = 0xFFFF
"""Vertices that two bytes can name; the last number cuts strips in Panda3D."""
_MIRRORS = np.zeros(256, bool)
_MIRRORS[[SurfaceClass.WATER, SurfaceClass.WINDOW]] = True
LINE_KINDS: tuple[Kind, ...] = ("edges", "details")
_POOLS: tuple[tuple[tuple[Kind, ...], ...], ...] = ((("solid", "surface"), ("water",)), (("edges",), ("details",)))
"""What stands one after the other in the pools of `Gathering`. Closed shells are surfaces like others there: one call
draws a page's, and what casts shadow is all of the first pool."""
MOST_GATHERED = 1024
"""Vertices of a mesh that is gathered with others; larger ones are worth a call of their own."""
_SEEN_IN_PARTS_M = 800.0
"""Tiles that finer ones replace are cut into patches up to this size: larger ones are seen from afar, with all of their
patches in view. [m]"""
_NO_INDICES = np.zeros(0, np.uint16)


@dataclass(frozen=True, eq=False)
class PackedMesh:
    """A mesh ready to be copied to the GPU."""

    rows: NDArray[np.void]
    """(n,) of `geometry.VERTEX`, or `PHOTO_VERTEX`."""
    indices: Mapping[Kind, NDArray[np.unsignedinteger]]
    """By what draws them, (k, 3) corners of triangles or (k, 2) ends of lines; of two bytes each where those are
    enough; none is empty."""
    n_triangles: int
    has_ground: bool
    photo: NDArray[np.uint8] | None = field(default=None)
    """As in `PreparedMesh`."""
    sharper: SharperPhoto | None = field(default=None)
    image_use: ImageUse = field(default=PLAIN_USE)
    has_holes: bool = False
    """Some of the photograph is seen through, and lets the sun through."""
    patches: Patches | None = field(default=None)
    """Parts that are left out one by one; None: all is drawn or nothing."""

    @cached_property
    def pooled(self) -> tuple[tuple[NDArray[np.uint16], int], ...]:
        """For triangles and for lines: all indices, flat, and how many are of the pool's first kind."""
        return tuple(self._pooled(*kinds) for kinds in _POOLS)

    def _pooled(self, first: Sequence[Kind], second: Sequence[Kind]) -> tuple[NDArray[np.uint16], int]:
        found = [self.indices[kind].reshape(-1) for kind in (*first, *second) if kind in self.indices]
        n_first = sum(self.indices[kind].size for kind in first if kind in self.indices)
        if len(found) < 2:
            return (found[0].astype(np.uint16, copy=False) if found else _NO_INDICES), n_first
        return np.concatenate(found).astype(np.uint16, copy=False), n_first

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        texels = 0 if self.photo is None else self.photo.nbytes * 4 // 3
        waiting = 0 if self.sharper is None else self.sharper.size_bytes
        pieces = 0 if self.patches is None else self.patches.size_bytes
        return self.rows.nbytes + sum(some.nbytes for some in self.indices.values()) + texels + waiting + pieces


def packed_mesh(mesh: MeshArrays) -> PackedMesh:
    """Interleave a mesh and sort its triangles and lines."""
    only = only_class(mesh.surface_class)
    rows = pack_vertices(mesh, only=only)
    photo = mesh.photo if mesh.texture_coordinates is not None else None
    sharper = getattr(mesh, "sharper", None) if photo is not None else None
    indices: Mapping[Kind, NDArray[np.unsignedinteger]] = _sorted(mesh, photo is not None, only)
    if len(rows) <= _MOST_SHORT:
        indices = {kind: some.astype(np.uint16, copy=False) for kind, some in indices.items()}
    has_ground, use = any_of(_IS_GROUND, mesh.surface_class, only), getattr(mesh, "image_use", PLAIN_USE)
    has_ground &= not is_board(mesh)
    has_holes = photo is not None and use.alpha_scale < inf and bool((photo[:, :, 3] < 128).any())
    return PackedMesh(rows, indices, len(mesh.triangles), has_ground, photo, sharper, use, has_holes)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # as in `prepare_tile`
def packed_tile(tile: PreparedTile, *, in_patches: bool = False) -> PreparedTile:
    """The tile with its meshes packed: what workers do last, so that the main thread has only to copy.

    `in_patches`: and cut into patches where that pays.
    """
    meshes = joined([packed_mesh(mesh) if isinstance(mesh, PreparedMesh) else mesh for mesh in tile.meshes])
    if in_patches and _is_seen_in_parts(tile):
        meshes = tuple(_with_patches(mesh) if isinstance(mesh, PackedMesh) else mesh for mesh in meshes)
    for mesh in meshes:
        if isinstance(mesh, PackedMesh) and len(mesh.rows) <= MOST_GATHERED:
            _ = mesh.pooled  # worked out here, beside the main thread
    before = sum(mesh.size_bytes for mesh in tile.meshes)
    return replace(tile, meshes=meshes, size_bytes=tile.size_bytes - before + sum(one.size_bytes for one in meshes))


def _is_seen_in_parts(tile: PreparedTile) -> bool:
    return tile.is_finest or float(np.subtract(tile.hi, tile.lo)[:2].max()) < _SEEN_IN_PARTS_M


def _with_patches(mesh: PackedMesh) -> PackedMesh:
    if mesh.photo is not None or len(mesh.rows) <= MOST_GATHERED:
        return mesh
    found = cut_into_patches(mesh.rows["position"], mesh.indices)
    return mesh if found is None else replace(mesh, indices=found[0], patches=found[1])


def joined(meshes: Sequence[Any]) -> tuple[Any, ...]:
    """Meshes without a photograph become one, drawn by one call; others, and what is not packed, stay as they are."""
    alike = [mesh for mesh in meshes if isinstance(mesh, PackedMesh) and mesh.photo is None]
    if len(alike) < 2:
        return tuple(meshes)
    first = np.cumsum([0, *(len(mesh.rows) for mesh in alike)])
    is_short = first[-1] <= _MOST_SHORT
    indices: dict[Kind, NDArray[np.unsignedinteger]] = {}
    for kind in dict.fromkeys(kind for mesh in alike for kind in mesh.indices):
        parts = [
            mesh.indices[kind].astype(np.uint32) + np.uint32(n)
            for mesh, n in zip(alike, first, strict=False)
            if kind in mesh.indices
        ]
        whole = np.concatenate(parts)
        indices[kind] = whole.astype(np.uint16) if is_short else whole
    one = PackedMesh(
        np.concatenate([mesh.rows for mesh in alike]),
        indices,
        sum(mesh.n_triangles for mesh in alike),
        any(mesh.has_ground for mesh in alike),
    )
    return (one, *(mesh for mesh in meshes if not any(mesh is other for other in alike)))


def is_board(mesh: Any) -> bool:
    """Whether a mesh, packed or not, is ground that is guessed: no ground that the data has."""
    return "board" in mesh.indices if isinstance(mesh, PackedMesh) else getattr(mesh, "is_board", False)


def _sorted(mesh: MeshArrays, with_photo: bool, only: int | None) -> dict[Kind, NDArray[np.uint32]]:
    found: dict[Kind, NDArray[np.uint32]] = {}
    if with_photo:
        found["photo"] = mesh.triangles
    elif is_board(mesh):
        found["board"] = mesh.triangles
    else:
        plain, found["water"], n_closed = _by_mirror(mesh.triangles, mesh.surface_class, mesh.n_closed, only)
        found["solid"], found["surface"] = plain[:n_closed], plain[n_closed:]
    if mesh.edges is not None and len(mesh.edges):
        is_short = _squared_lengths(mesh.positions, mesh.edges) < _DETAIL_M**2
        found["edges"], found["details"] = _parted(mesh.edges, is_short)
    return {kind: some for kind, some in found.items() if len(some)}


def _squared_lengths(positions: NDArray[np.float32], lines: NDArray[np.integer]) -> NDArray[np.float32]:
    """Of lines, (k, 2) rows of positions (n, 3), in m², (k,). Axis by axis: positions lie so in memory."""
    starts, ends = np.ascontiguousarray(lines.T)
    squared = np.zeros(len(lines), np.float32)
    for column in positions.T:
        along = column.take(ends)
        along -= column.take(starts)
        along *= along
        squared += along
    return squared


def _by_mirror(
    triangles: NDArray[np.uint32], surface_class: NDArray[np.uint8], n_closed: int, only: int | None
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], int]:
    """Triangles of surfaces that do not mirror, those of surfaces that do, and how many of the former are closed."""
    if not any_of(_MIRRORS, surface_class, only):
        return triangles, triangles[:0], n_closed
    mirrors = _MIRRORS[surface_class[triangles[:, 0]]]
    return *_parted(triangles, mirrors), n_closed - int(np.count_nonzero(mirrors[:n_closed]))


def _parted(indices: NDArray[np.uint32], is_other: NDArray[np.bool_]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Without a copy where all are of one kind."""
    if not is_other.any():
        return indices, indices[:0]
    return indices.take(np.flatnonzero(~is_other), axis=0), indices.take(np.flatnonzero(is_other), axis=0)

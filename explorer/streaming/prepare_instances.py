"""Instances on their way to the renderer: the template once, and where it stands, as offsets from the tile's centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.moving import Moved
from explorer.streaming.parts import Part, by_texture, finished, part_of
from explorer.streaming.prepared import PreparedInstances, PreparedMesh
from explorer.streaming.simplify import coarser_levels
from explorer.streaming.tree import WorldFromTileset
from explorer.streaming.vegetation import as_model_trees, with_plain_colours
from explorer.tileformat import NO_FEATURE, Instances, Mesh
from explorer.tileformat.instancing import rows_of, spelled_out, world_transforms
from explorer.tileformat.vertices import flat_shaded

FEW_TRIANGLES = 3000
"""Sets of no more triangles than this, all instances together, are drawn as plain triangles, with edge lines."""
PATCH_M = 300.0
"""Side of the squares of ground whose instances are drawn or left out together. [m]"""
MOST_PATCHES = 8
"""Squares along one side of a tile, at most."""
VERTEX_DECIDES = -1.0
NOBODY = -2.0
"""In place of a feature row: the template's vertices say whose they are; or nobody's."""


@dataclass(frozen=True, eq=False)
class PlacedInstances:
    """Instances in the world, before the tile's centre is known."""

    instances: Instances
    transforms: NDArray[np.float64]
    """(n, 4, 4) template to world. [m]"""
    least: NDArray[np.float64]
    """(n, 3) least world coordinates of each instance."""
    greatest: NDArray[np.float64]

    @property
    def lo(self) -> NDArray[np.float64]:
        """(3,) least world coordinates of all."""
        return np.asarray(self.least.min(axis=0))

    @property
    def hi(self) -> NDArray[np.float64]:
        """(3,) greatest world coordinates of all."""
        return np.asarray(self.greatest.max(axis=0))


def placed_instances(
    groups: Sequence[Instances], transform: NDArray[np.float64], way: WorldFromTileset
) -> tuple[list[PlacedInstances], list[Mesh]]:
    """Instances in the world, and the few that are better drawn as plain meshes."""
    kept: list[PlacedInstances] = []
    plain: list[Mesh] = []
    for group in groups:
        meshes = tuple(with_plain_colours(mesh) for mesh in group.meshes if len(mesh.triangles))
        group = replace(group, meshes=tuple(_no_building(mesh) for mesh in as_model_trees(meshes)))
        if not len(group) or not group.meshes:
            continue
        world = world_transforms(group, transform, way)
        if sum(len(mesh.triangles) for mesh in group.meshes) * len(group) <= FEW_TRIANGLES:
            plain += [_shaded(spelled_out(mesh, world, rows_of(group))) for mesh in group.meshes]
            continue
        corners = _corners(group.meshes)
        reach = np.einsum("nij,kj->nki", world[:, :3, :3], corners) + world[:, None, :3, 3]
        kept.append(PlacedInstances(group, world, reach.min(axis=1), reach.max(axis=1)))
    return kept, plain


def _no_building(mesh: Mesh) -> Mesh:
    """The mesh with no surface class rather than none said: what stands in many places has no roofs and walls."""
    if mesh.surface_class is not None or mesh.image is not None:
        return mesh
    return replace(mesh, surface_class=np.zeros(len(mesh.positions), np.uint8))


def _shaded(mesh: Mesh) -> Mesh:
    return flat_shaded(mesh) if mesh.normals is None else mesh


def _corners(meshes: Sequence[Mesh]) -> NDArray[np.float64]:
    """(8, 3) corners of the box around the template."""
    lo = np.min([mesh.positions[mesh.triangles].min(axis=(0, 1)) for mesh in meshes], axis=0)
    hi = np.max([mesh.positions[mesh.triangles].max(axis=(0, 1)) for mesh in meshes], axis=0)
    return np.array([np.where([i & 1, i & 2, i & 4], hi, lo) for i in range(8)])


def prepared_instances(placed: PlacedInstances, centre: NDArray[np.float64], problems: list[str]) -> PreparedInstances:
    """The arrays of one set of instances, as offsets from the tile's centre."""
    group = placed.instances
    rows = rows_of(group)
    corners = _corners(group.meshes)
    middle = (corners[0] + corners[-1]) / 2.0
    places = placed.transforms[:, :3].copy()
    places[:, :, 3] += placed.transforms[:, :3, :3] @ middle - centre
    numbers = np.full(len(group), VERTEX_DECIDES, np.float32)
    if rows is not None:
        numbers = np.where(rows == NO_FEATURE, NOBODY, rows.astype(np.float64)).astype(np.float32)
    order, patches = _patches(places[:, :2, 3])
    first = patches[:-1]

    def prepared(meshes: Sequence[Mesh]) -> tuple[PreparedMesh, ...]:
        parts = [_template_part(mesh, middle, has_own_rows=rows is None) for mesh in meshes]
        groups = by_texture(parts)
        return tuple(finished(some, with_edges=False, shortest_edge=0.0, problems=problems) for some in groups)

    return PreparedInstances(
        meshes=prepared(group.meshes),
        coarser=() if rows is None else tuple(prepared(level) for level in coarser_levels(group.meshes)),
        size_m=float(np.linalg.norm(placed.greatest - placed.least, axis=1).max()),
        places=np.ascontiguousarray(places[order], np.float32),
        numbers=numbers[order],
        patches=patches,
        lo=np.minimum.reduceat(placed.least[order] - centre, first).astype(np.float32),
        hi=np.maximum.reduceat(placed.greatest[order] - centre, first).astype(np.float32),
    )


def _patches(at: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Places (n, 2) by squares of ground: their order, and where each square's begin in it, n at the end."""
    side = max(PATCH_M, float(np.ptp(at, axis=0).max()) / MOST_PATCHES)
    i, j = np.floor((at - at.min(axis=0)) / side).astype(np.int64).T
    key = i * (MOST_PATCHES + 1) + j
    order = np.argsort(key, kind="stable")
    firsts = np.flatnonzero(np.diff(key[order], prepend=-1))
    return order, np.append(firsts, len(at)).astype(np.int64)


def _template_part(mesh: Mesh, middle: NDArray[np.float64], *, has_own_rows: bool) -> Part:
    used = np.zeros(len(mesh.positions), bool)
    used[mesh.triangles] = True
    near = np.where(used[:, None], mesh.positions, middle)
    part = part_of(Moved.of(_shaded(replace(mesh, positions=near)), middle), middle)
    # one row for all vertices: the renderer then darkens the template towards its own foot
    return part if has_own_rows else replace(part, feature_index=np.zeros(len(part.positions), np.uint32))

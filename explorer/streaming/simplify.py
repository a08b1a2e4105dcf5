"""Fewer triangles for what is seen from afar: vertices that share a cell of a grid become one.

Rossignac and Borrel 1993, Multi-resolution 3D approximations for rendering complex scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat import Mesh, SurfaceClass
from explorer.tileformat.vertices import flat_shaded

CELLS = 4
"""Cells along each side of a template's box, for what is some way off."""
_SIZE = 0.97
"""How large that is against the template: means of vertices alone would shrink it, corners let it look larger."""
FEWEST = 40
"""Templates of no more triangles than this are always drawn as they are."""
_OCTAHEDRON = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
_FACES = np.array([[i, (i + 1) % 4, 4] for i in range(4)] + [[(i + 1) % 4, i, 5] for i in range(4)], np.uint32)
_BOX = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3), (0, 2, 6, 4)]
_SIDES = np.array([three for a, b, c, d in _QUADS for three in ((a, b, c), (a, c, d))], np.uint32)
_SAVES = 0.6
"""A coarser level has no more than this share of the triangles of the one before."""


def coarser_levels(meshes: Sequence[Mesh]) -> list[tuple[Mesh, ...]]:
    """The template with fewer triangles, once or twice; none where it has few or shows pictures.

    Crowns and stems stay apart. What is far is a plain body or two.
    """
    if any(mesh.image is not None for mesh in meshes):
        return []
    levels: list[tuple[Mesh, ...]] = []
    n = sum(len(mesh.triangles) for mesh in meshes)
    for found in (_clustered(meshes), _hulls(meshes)):
        n_found = sum(len(mesh.triangles) for mesh in found)
        if n > FEWEST and 0 < n_found <= _SAVES * n:
            levels.append(found)
            n = n_found
    return levels


def _clustered(meshes: Sequence[Mesh]) -> tuple[Mesh, ...]:
    lo = np.min([mesh.positions.min(axis=0) for mesh in meshes], axis=0)
    hi = np.max([mesh.positions.max(axis=0) for mesh in meshes], axis=0)
    fewer = [_merged(mesh, lo, np.maximum(hi - lo, 1e-9) / CELLS) for mesh in meshes]
    return tuple(flat_shaded(mesh) for mesh in fewer if len(mesh.triangles))


def _merged(mesh: Mesh, lo: NDArray[np.float64], step: NDArray[np.float64]) -> Mesh:
    at = np.clip((mesh.positions - lo) / step, 0, CELLS - 1).astype(np.int64)
    key = (at[:, 0] * CELLS + at[:, 1]) * CELLS + at[:, 2]
    if mesh.surface_class is not None:
        key = key * 256 + mesh.surface_class
    _keys, first, cell = np.unique(key, return_index=True, return_inverse=True)
    count = np.bincount(cell)
    positions = np.stack([np.bincount(cell, mesh.positions[:, i]) / count for i in range(3)], axis=1)
    kinds = np.zeros(len(positions), np.uint8) if mesh.surface_class is None else mesh.surface_class[first]
    for kind in np.unique(kinds):
        whole = mesh.positions if mesh.surface_class is None else mesh.positions[mesh.surface_class == kind]
        positions[kinds == kind] = _stretched(positions[kinds == kind], whole.astype(np.float64), _SIZE)
    triangles = cell[mesh.triangles]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    if len(triangles):
        _sorted, kept = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
        triangles = triangles[np.sort(kept)]
    colours = None
    if mesh.colours is not None:
        colours = np.stack([np.bincount(cell, mesh.colours[:, i]) / count for i in range(4)], axis=1).astype(np.uint8)
    return replace(
        mesh,
        positions=positions,
        triangles=triangles.astype(np.uint32),
        normals=None,
        outline=None,
        surface_class=None if mesh.surface_class is None else mesh.surface_class[first],
        feature_index=None if mesh.feature_index is None else mesh.feature_index[first],
        colours=colours,
    )


def _stretched(few: NDArray[np.float64], whole: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Points brought to a share of the box of others; flat ones stay."""
    lo, hi = whole.min(axis=0), whole.max(axis=0)
    least, side = few.min(axis=0), np.ptp(few, axis=0)
    middle, reach = (lo + hi) / 2.0, (hi - lo) * size / 2.0
    share = np.where(side > 1e-9, (few - least) / np.maximum(side, 1e-9) * 2.0 - 1.0, 0.0)
    return np.asarray(np.where(side > 1e-9, middle + share * reach, few))


def _hulls(meshes: Sequence[Mesh]) -> tuple[Mesh, ...]:
    """One plain body for each kind of surface: a crown as an octahedron, all else as a box, normals outwards."""
    found: list[Mesh] = []
    for mesh in meshes:
        used = np.zeros(len(mesh.positions), bool)
        used[mesh.triangles] = True
        kinds = np.zeros(len(used), np.uint8) if mesh.surface_class is None else mesh.surface_class
        found += [_hull(mesh, np.flatnonzero(used & (kinds == kind)), int(kind)) for kind in np.unique(kinds[used])]
    return tuple(found)


def _hull(mesh: Mesh, rows: NDArray[np.intp], kind: int) -> Mesh:
    at = mesh.positions[rows]
    lo, hi = at.min(axis=0), at.max(axis=0)
    if kind == SurfaceClass.TRUNK:  # its branches would make it as wide as the crown
        middle, reach = np.median(at[:, :2], axis=0), 0.5 * at[:, :2].std(axis=0)
        lo[:2], hi[:2] = middle - reach, middle + reach
    corners, triangles, size = (_OCTAHEDRON, _FACES, 1.12) if kind == SurfaceClass.TREE else (_BOX, _SIDES, 1.0)
    n = len(corners)
    return replace(
        mesh,
        positions=(lo + hi) / 2.0 + corners * (hi - lo) / 2.0 * size,
        triangles=triangles,
        normals=(corners / np.linalg.norm(corners, axis=1)[:, None]).astype(np.float32),
        surface_class=None if mesh.surface_class is None else np.full(n, kind, np.uint8),
        feature_index=None if mesh.feature_index is None else np.repeat(mesh.feature_index[rows[:1]], n),
        colours=None if mesh.colours is None else np.tile(mesh.colours[rows].mean(axis=0).astype(np.uint8), (n, 1)),
        texture_coordinates=None,
        outline=None,
    )

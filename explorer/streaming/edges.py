"""Edge lines that make plain blocks readable: creases and borders of a mesh, never the seams of its triangulation."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat import SurfaceClass
from explorer.tileformat.vertices import unique_rows

CREASE_DEG = 20.0
"""Faces that meet at more than this make an edge. [degrees]"""
WELD_M = 0.001
"""Corners nearer than this are one. [m]"""

_NO_EDGES = (
    SurfaceClass.TERRAIN,
    SurfaceClass.WATER,
    SurfaceClass.ROAD,
    SurfaceClass.PAVING,
    SurfaceClass.GREEN,
    SurfaceClass.BARE,
    SurfaceClass.TREE,
    SurfaceClass.TRUNK,
    SurfaceClass.RAIL,
)
_HAS_EDGES = np.ones(256, bool)
_HAS_EDGES[[int(surface) for surface in _NO_EDGES]] = False


def crease_edges(
    positions: NDArray[np.float32],
    triangles: NDArray[np.uint32],
    surface_class: NDArray[np.uint8] | None = None,
    *,
    crease_deg: float = CREASE_DEG,
    shortest_m: float = 0.0,
) -> NDArray[np.uint32]:
    """Creases and borders as pairs of vertices, shape (k, 2), rows of `positions`.

    Corners are welded by position first, so faces need not share vertices. An edge is drawn where only one face has
    it, or where any two faces at it are turned by more than `crease_deg`. Whether neighbours are wound alike does not
    matter: a face that runs along the edge in the same direction as the first counts turned over. Of faces with the
    same corners one counts: some tools write each twice, so that it is seen from both sides. Ground and trees (by
    `surface_class`, (n,)) have no edges, and edges shorter than `shortest_m` are left out.
    """
    none = np.zeros((0, 2), np.uint32)
    if surface_class is not None and len(triangles):
        triangles = triangles[_HAS_EDGES[surface_class[triangles[:, 0]]]]
    if len(triangles) == 0:
        return none
    used, faces = _compact(triangles, len(positions))
    welded = _weld(positions[used])
    corners = welded[faces]
    sound = (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    corners, faces = corners[sound], faces[sound]
    normals, good = _normals(positions[used], faces)
    corners, faces, normals = corners[good], faces[good], normals[good]
    if len(faces) == 0:
        return none
    order, starts, count, forward = _by_edge(corners)
    if count.max() > 2 and not (once := _first_of_each(corners)).all():
        corners, faces, normals = corners[once], faces[once], normals[once]
        order, starts, count, forward = _by_edge(corners)
    face, forward = order // 3, forward[order]
    head = np.repeat(starts, count)
    agreement = np.einsum("ij,ij->i", normals[face], normals[face[head]])
    agreement = np.where(forward == forward[head], -agreement, agreement)
    agreement[starts] = 1.0
    sharpest = np.minimum.reduceat(agreement, starts)
    drawn = starts[(count == 1) | (sharpest < cos(radians(crease_deg)))]
    half_edge = order[drawn]
    corner = half_edge % 3
    a = faces[half_edge // 3, corner]
    b = faces[half_edge // 3, (corner + 1) % 3]
    edges: NDArray[np.uint32] = used[np.stack([a, b], axis=1)].astype(np.uint32)
    return _long_enough(edges, positions, shortest_m)


def _by_edge(
    corners: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Half edges of faces (m, 3), sorted so that those of an edge stand together.

    Returns their numbers (3 m,), where each edge begins and how many it has, and by number whether it runs upwards.
    """
    first, second = corners.reshape(-1), corners[:, [1, 2, 0]].reshape(-1)
    forward = first < second
    low, high = np.where(forward, first, second), np.where(forward, second, first)
    key = low * (np.int64(corners.max()) + 1) + high
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return order, starts, np.diff(np.append(starts, len(key))), forward


def _first_of_each(corners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(m,) faces whose three corners no face before them has, in whatever order."""
    first, _which = unique_rows(np.sort(corners, axis=1).astype(np.uint32))
    found = np.zeros(len(corners), bool)
    found[first] = True
    return found


def given_or_creases(
    positions: NDArray[np.float32],
    meshes: Sequence[tuple[NDArray[np.uint32], NDArray[np.uint32] | None]],
    surface_class: NDArray[np.uint8],
    shortest_m: float,
) -> NDArray[np.uint32]:
    """Lines of joined meshes, (k, 2) rows of `positions`: those that a mesh's data gives, else its creases.

    `meshes` are (triangles, outline or None), both as rows of `positions`. Given lines obey `shortest_m`, too, and are
    drawn once where both faces at an edge list it.
    """
    creased = [triangles for triangles, outline in meshes if outline is None]
    given = [outline for _triangles, outline in meshes if outline is not None]
    lines = [_long_enough(_once(np.concatenate(given), positions), positions, shortest_m)] if given else []
    if creased:
        lines.append(crease_edges(positions, np.concatenate(creased), surface_class, shortest_m=shortest_m))
    return np.concatenate(lines) if len(lines) != 1 else lines[0]


def _once(edges: NDArray[np.uint32], positions: NDArray[np.float32]) -> NDArray[np.uint32]:
    """The first of edges that lie in the same place."""
    if len(edges) == 0:
        return edges
    ends = _weld(positions[edges.reshape(-1)]).reshape(-1, 2)
    ends.sort(axis=1)
    _pairs, first = np.unique(ends[:, 0] * np.int64(2 * len(edges)) + ends[:, 1], return_index=True)
    kept: NDArray[np.uint32] = edges[np.sort(first)]
    return kept


def _long_enough(edges: NDArray[np.uint32], positions: NDArray[np.float32], shortest_m: float) -> NDArray[np.uint32]:
    if shortest_m <= 0.0:
        return edges
    length = np.linalg.norm(positions[edges[:, 0]] - positions[edges[:, 1]], axis=1)
    kept: NDArray[np.uint32] = edges[length >= shortest_m]
    return kept


def _compact(triangles: NDArray[np.uint32], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Only the vertices in use, and the triangles in terms of them."""
    mask = np.zeros(n, bool)
    mask[triangles] = True
    used = np.flatnonzero(mask)
    place = np.zeros(n, np.int64)
    place[used] = np.arange(len(used))
    return used, place[triangles]


def _weld(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each position the number of the millimetre cell that it is in."""
    # 32 bits hold millimetres up to 2,000 km from the tile's centre; what is farther has no edges worth a line.
    cells = np.clip(np.rint(positions.astype(np.float64) / WELD_M), -(2**31), 2**31 - 1).astype(np.int32)
    _first, inverse = unique_rows(cells.view(np.uint32))
    return inverse.astype(np.int64)


def _normals(
    positions: NDArray[np.float32], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    points = positions.astype(np.float64)
    a = points[triangles[:, 0]]
    normals = np.cross(points[triangles[:, 1]] - a, points[triangles[:, 2]] - a)
    length = np.sqrt(np.einsum("ij,ij->i", normals, normals))
    good = length > 1e-9
    return normals / np.where(good, length, 1.0)[:, None], good

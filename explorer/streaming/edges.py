"""Edge lines that make plain blocks readable: creases and borders of a mesh, never the seams of its triangulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat import SurfaceClass
from explorer.tileformat.vertices import in_order, unique_rows

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
        triangles = _of_solids(triangles, surface_class)
    if len(triangles) == 0:
        return none
    faces = _Faces.of(positions, triangles)
    if len(faces) == 0:
        return none
    meeting = _Meeting.of(faces)
    once = meeting.once()
    if once is not None:
        faces = faces.kept(once)
        meeting = _Meeting.of(faces)
    half_edge = meeting.edges_sharper_than(cos(radians(crease_deg)))
    vertices = faces.vertices.reshape(-1)
    ends = vertices.take(half_edge), vertices.take(faces.next_half_edge.take(half_edge))
    edges = np.stack(ends, axis=1).astype(np.uint32, copy=False)
    return _long_enough(edges, positions, shortest_m)


def _of_solids(triangles: NDArray[np.uint32], surface_class: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Those of classes that have edges."""
    if _HAS_EDGES[int(surface_class.min()) : int(surface_class.max()) + 1].all():
        return triangles
    return triangles[_HAS_EDGES.take(surface_class.take(triangles[:, 0]))]


@dataclass(frozen=True, eq=False)
class _Faces:
    """Triangles that have an area and three corners. m of them."""

    vertices: NDArray[np.integer]
    """(m, 3) rows of the positions."""
    corners: NDArray[np.int64]
    """(m, 3) the same, but equal where positions are."""
    normals: NDArray[np.float64]
    """(3, m) unit."""

    def __len__(self) -> int:
        return len(self.vertices)

    @classmethod
    def of(cls, positions: NDArray[np.float32], triangles: NDArray[np.uint32]) -> _Faces:
        used, inside = _in_use(triangles, len(positions))
        some = positions if used is None else positions[used]
        corners = _weld(some).take(inside)
        normals, good = _normals(some, inside)
        a, b, c = corners.T
        good &= (a != b) & (b != c) & (c != a)
        faces = cls(triangles, corners, normals)
        return faces if good.all() else faces.kept(good)

    def kept(self, which: NDArray[np.bool_]) -> _Faces:
        """Those for which (m,) holds."""
        rows = np.flatnonzero(which)
        x, y, z = self.normals
        return _Faces(
            self.vertices.take(rows, axis=0),
            self.corners.take(rows, axis=0),
            np.stack([x.take(rows), y.take(rows), z.take(rows)]),
        )

    @cached_property
    def next_half_edge(self) -> NDArray[np.int64]:
        """(3 m,) for each half edge the one after it around the same face; half edge 3 f + k runs from corner k."""
        after = np.arange(1, self.vertices.size + 1)
        after[2::3] -= 3
        return after


@dataclass(frozen=True, eq=False)
class _Meeting:
    """Which faces meet at which edge."""

    faces: _Faces
    order: NDArray[np.int64]
    """(3 m,) half edges, those of one edge next to each other; by number among themselves."""
    starts: NDArray[np.intp]
    """(e,) where edges begin in `order`."""
    count: NDArray[np.intp]
    """(e,) half edges of each."""

    @classmethod
    def of(cls, faces: _Faces) -> _Meeting:
        corners = faces.corners.reshape(-1)
        after = corners.take(faces.next_half_edge)
        n_corners = int(corners.max()) + 1
        both = np.minimum(corners, after)
        both *= n_corners
        both += np.maximum(corners, after, out=after)
        order, key = in_order(both, n_corners**2)
        is_first = np.ones(len(key), bool)
        np.not_equal(key[1:], key[:-1], out=is_first[1:])
        starts = np.flatnonzero(is_first)
        return cls(faces, order, starts, np.diff(starts, append=len(key)))

    def once(self) -> NDArray[np.bool_] | None:
        """(m,) faces whose three corners no face before them has, in whatever order; None where that is all."""
        head, other = self._pairs
        opposite = self.faces.corners[:, [2, 0, 1]].reshape(-1)
        if self.count.max() < 3 and not (opposite.take(head) == opposite.take(other)).any():
            return None
        first, _which = unique_rows(np.sort(self.faces.corners, axis=1).astype(np.uint32))
        found = np.zeros(len(self.faces), bool)
        found[first] = True
        return None if found.all() else found

    def edges_sharper_than(self, cosine: float) -> NDArray[np.int64]:
        """The first half edge of each edge that only one face has, or where two are turned by more than this."""
        is_drawn = self.count == 1
        head, other = self._pairs
        if len(head):
            one, two = head // 3, other // 3
            x, y, z = self.faces.normals
            agreement = x.take(one) * x.take(two) + y.take(one) * y.take(two) + z.take(one) * z.take(two)
            corners = self.faces.corners.reshape(-1)
            is_upwards = corners < corners.take(self.faces.next_half_edge)
            np.negative(agreement, out=agreement, where=is_upwards.take(head) == is_upwards.take(other))
            shared = np.flatnonzero(~is_drawn)
            if len(shared) < len(head):
                n_others = self.count[shared] - 1
                agreement = np.minimum.reduceat(agreement, np.cumsum(n_others) - n_others)
            is_drawn[shared] = agreement < cosine
        found: NDArray[np.int64] = self.order.take(self.starts[is_drawn])
        return found

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every half edge but the first of each edge, and that first one beside it."""
        is_other = np.ones(len(self.order), bool)
        is_other[self.starts] = False
        heads = self.order.take(self.starts)
        return np.repeat(heads, self.count - 1), self.order[is_other]


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


def _in_use(
    triangles: NDArray[np.unsignedinteger], n: int
) -> tuple[NDArray[np.intp] | None, NDArray[np.unsignedinteger]]:
    """Vertices that triangles name, and the triangles in terms of them; None where that is all n."""
    mask = np.zeros(n, bool)
    mask[triangles.reshape(-1)] = True
    if mask.all():
        return None, triangles
    used = np.flatnonzero(mask)
    place = np.zeros(n, np.uint32)
    place[used] = np.arange(len(used), dtype=np.uint32)
    return used, place[triangles]


def _weld(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each position the number of the millimetre cell that it is in."""
    cells = np.empty((3, len(positions)), np.int32)
    for axis, column in enumerate(positions.T):
        # 32 bits hold millimetres up to 2,000 km from the tile's centre; what is farther has no edges worth a line.
        millimetres = column / np.float64(WELD_M)
        np.rint(millimetres, out=millimetres)
        np.clip(millimetres, -(2**31), 2**31 - 1, out=millimetres)
        cells[axis] = millimetres
    _first, inverse = unique_rows(cells.view(np.uint32).T)
    return inverse.astype(np.int64, copy=False)


def _normals(
    positions: NDArray[np.float32], triangles: NDArray[np.unsignedinteger]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Unit normals of triangles, (3, m), and which have one."""
    a, b, c = np.ascontiguousarray(triangles.T)
    ways = []
    for column in positions.T:
        of_axis = column.astype(np.float64)
        start = of_axis.take(a)
        ways.append((of_axis.take(b) - start, of_axis.take(c) - start))
    (ax, bx), (ay, by), (az, bz) = ways
    normals = np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
    length = np.sqrt(normals[0] ** 2 + normals[1] ** 2 + normals[2] ** 2)
    good = length > 1e-9
    normals /= np.where(good, length, 1.0)
    return normals, good

"""Planar polygons with holes, as city models give them, into triangles: fast where they are simple, checked always.

Triangles and most quads need no triangulator; the rest goes to earcut. Earcut never fails, it drops or overlaps on bad
input, so the triangles' area is compared with the polygon's (1 %), then the polygon is repaired, and as a last resort
fanned with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.i18n import _
from importers.polygons import doubled_areas, following_corners, polygon_area, snap_to

MIN_AREA = 1e-6
"""Polygons of less are points or lines to the eye and have no normal. [m²]"""
AREA_TOLERANCE = 0.01
"""Largest relative difference between a polygon's area and its triangles'. [-]"""


@dataclass(slots=True)
class Faces:
    """Polygons being collected: flat lists, so that one pass of numpy can treat them all."""

    corners: list[int] = field(default_factory=list)
    """Rows of the vertex array, ring after ring."""
    ring_sizes: list[int] = field(default_factory=list)
    rings_per_face: list[int] = field(default_factory=list)

    def add(self, rings: list[list[int]]) -> None:
        """One polygon: its outline, then its holes. Raises TypeError where a ring is not a list of integers."""
        for ring in rings:
            self.ring_sizes.append(len(ring))
            self.corners += ring
        self.rings_per_face.append(len(rings))

    def __len__(self) -> int:
        return len(self.rings_per_face)


@dataclass(slots=True)
class Triangulation:
    """n vertices, m triangles, both sorted by face."""

    positions: NDArray[np.float64]
    """(n, 3); each face has vertices of its own."""
    triangles: NDArray[np.int32]
    """(m, 3) rows of `positions`, wound like the face's outline."""
    face_of_vertex: NDArray[np.int64]
    """(n,)"""
    face_of_triangle: NDArray[np.int64]
    """(m,)"""
    problems: list[tuple[int, str, bool]]
    """(face, what was wrong, whether the face was left out)."""


def triangulate(vertices: NDArray[np.float64], faces: Faces) -> Triangulation:
    """Triangles of all faces.

    `vertices` (n, 3) may hold NaN; a face that uses one, or a row that does not exist, is left out and named in
    `problems`, like a face without area.
    """
    work = _Work(vertices, faces)
    work.clean()
    work.normals()
    work.split_simple()
    work.split_others()
    return work.result()


class _Work:
    """The passes of `triangulate`, sharing their arrays."""

    def __init__(self, vertices: NDArray[np.float64], faces: Faces) -> None:
        self.vertices = vertices
        self.n_faces = len(faces)
        self.corner = np.asarray(faces.corners, np.int64).reshape(-1)
        ring_sizes = np.asarray(faces.ring_sizes, np.int64)
        rings_per_face = np.asarray(faces.rings_per_face, np.int64)
        self.face_of_ring = np.repeat(np.arange(self.n_faces), rings_per_face)
        self.ring = np.repeat(np.arange(len(ring_sizes)), ring_sizes)
        self.n_rings = len(ring_sizes)
        first = np.concatenate(([0], np.cumsum(rings_per_face)[:-1])).astype(np.int64)
        self.is_outline = np.zeros(self.n_rings, bool)
        self.is_outline[first[rings_per_face > 0]] = True
        self.problems: dict[int, tuple[str, bool]] = {}
        self.triangles: list[NDArray[np.int64]] = []
        self.faces: list[NDArray[np.int64]] = []
        self.extra: list[NDArray[np.float64]] = []
        self.extra_faces: list[NDArray[np.int64]] = []
        self.n_points = 0
        for face in np.flatnonzero(rings_per_face == 0).tolist():
            self.problems[face] = (_("polygon without an outline"), True)

    def leave_out(self, faces: NDArray[np.int64], reason: str) -> None:
        for face in faces.tolist():
            self.problems.setdefault(face, (reason, True))

    def clean(self) -> None:
        """Drop repeated corners, short rings, and faces with corners that are not there."""
        exists = (self.corner >= 0) & (self.corner < len(self.vertices))
        points = np.zeros((len(self.corner), 3))
        points[exists] = self.vertices[self.corner[exists]]
        finite = np.isfinite(points).all(axis=1)
        face = self.face_of_ring[self.ring]
        self.leave_out(np.unique(face[~exists]), _("vertex number out of range"))
        self.leave_out(np.unique(face[~finite]), _("coordinate is not a number"))
        bad = np.zeros(self.n_faces, bool)
        bad[list(self.problems)] = True
        keep = ~bad[face]
        points, ring = points[keep], self.ring[keep]
        following = following_corners(ring)
        differs = (points != points[following]).any(axis=1)
        self.points, self.ring = points[differs], ring[differs]
        size = np.bincount(self.ring, minlength=self.n_rings)
        short = size < 3
        collapsed = short & self.is_outline & ~bad[self.face_of_ring]
        self.leave_out(self.face_of_ring[collapsed], _("polygon with fewer than three different corners"))
        bad[self.face_of_ring[collapsed]] = True
        keep = ~(short | bad[self.face_of_ring])[self.ring]
        self.points, self.ring = self.points[keep], self.ring[keep]
        self.bad = bad

    def normals(self) -> None:
        """Newell's normal of each ring, about its first corner; faces without area are left out."""
        size = np.bincount(self.ring, minlength=self.n_rings)
        start = np.cumsum(size) - size
        following = following_corners(self.ring)
        relative = self.points - self.points[start[self.ring]] if len(self.points) else self.points
        cross = np.cross(relative, relative[following]) * 0.5
        ring_normal = np.stack([np.bincount(self.ring, cross[:, axis], self.n_rings) for axis in range(3)], axis=1)
        area = np.linalg.norm(ring_normal, axis=1)
        outline = np.full(self.n_faces, -1)
        outline[self.face_of_ring[self.is_outline]] = np.flatnonzero(self.is_outline)
        normal = np.zeros((self.n_faces, 3))
        has = outline >= 0
        normal[has] = ring_normal[outline[has]]
        flat = (np.linalg.norm(normal, axis=1) < MIN_AREA) & ~self.bad
        self.leave_out(np.flatnonzero(flat), _("polygon without area"))
        self.bad |= flat
        keep = ~self.bad[self.face_of_ring][self.ring]
        empty_hole = ~self.is_outline & (area < MIN_AREA)
        keep &= ~empty_hole[self.ring]
        self.points, self.ring = self.points[keep], self.ring[keep]
        self.normal = normal
        self.n_points = len(self.points)
        self.size = np.bincount(self.ring, minlength=self.n_rings)
        self.start = np.cumsum(self.size) - self.size
        self.n_live_rings = np.bincount(self.face_of_ring[self.size > 0], minlength=self.n_faces)
        self.outline = outline

    def split_simple(self) -> None:
        """Triangles as they are; quads along a diagonal that leaves both halves facing the polygon's way."""
        single = self.n_live_rings == 1
        ring = np.where(single, self.outline, 0)
        size = np.where(single, self.size[ring] if self.n_rings else 0, 0)
        start = self.start[ring] if self.n_rings else ring
        three, four = np.flatnonzero(size == 3), np.flatnonzero(size == 4)
        self._emit(start[three][:, None] + np.array([0, 1, 2]), three)
        first = self._faces_along(start[four], four, np.array([[0, 1, 2], [0, 2, 3]]))
        second = self._faces_along(start[four], four, np.array([[1, 2, 3], [1, 3, 0]]))
        shorter = self._diagonal(start[four], 0, 2) <= self._diagonal(start[four], 1, 3)
        use_first = first & (shorter | ~second)
        use_second = second & ~use_first
        for chosen, split in ((use_first, [[0, 1, 2], [0, 2, 3]]), (use_second, [[1, 2, 3], [1, 3, 0]])):
            rows = start[four[chosen]]
            self._emit((rows[:, None, None] + np.array(split)).reshape(-1, 3), np.repeat(four[chosen], 2))
        done = np.zeros(self.n_faces, bool)
        done[three] = True
        done[four[use_first | use_second]] = True
        self.left = np.flatnonzero(~done & ~self.bad)

    def _faces_along(
        self, start: NDArray[np.int64], faces: NDArray[np.int64], split: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether both halves of quads, split so, face the way of the whole."""
        corners = self.points[start[:, None, None] + split]
        halves = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
        along: NDArray[np.bool_] = (np.einsum("qhc,qc->qh", halves, self.normal[faces]) > 0).all(axis=1)
        return along

    def _diagonal(self, start: NDArray[np.int64], a: int, b: int) -> NDArray[np.float64]:
        length: NDArray[np.float64] = np.linalg.norm(self.points[start + a] - self.points[start + b], axis=1)
        return length

    def _emit(self, triangles: NDArray[np.int64], faces: NDArray[np.int64]) -> None:
        self.triangles.append(triangles)
        self.faces.append(faces)

    def split_others(self) -> None:
        """Everything else, by earcut in the plane that the polygon is seen largest in."""
        live = np.flatnonzero(self.size > 0)
        live_face = self.face_of_ring[live]
        first, last = np.searchsorted(live_face, self.left), np.searchsorted(live_face, self.left, "right")
        axis = np.argmax(np.abs(self.normal[self.left]), axis=1)
        for face, a, b, drop in zip(self.left.tolist(), first.tolist(), last.tolist(), axis.tolist(), strict=True):
            rings = live[a:b]
            start = int(self.start[rings[0]])
            ends = np.cumsum(self.size[rings]).astype(np.uint32)
            points = self.points[start : start + int(ends[-1])]
            plane = _AXES[drop]
            local = np.ascontiguousarray(points[:, plane] - points[0, plane])
            self._split_one(face, start, points, local, ends, drop)

    def _split_one(
        self,
        face: int,
        start: int,
        points: NDArray[np.float64],
        local: NDArray[np.float64],
        ends: NDArray[np.uint32],
        drop: int,
    ) -> None:
        triangles = mapbox_earcut.triangulate_float64(local, ends).reshape(-1, 3).astype(np.int64)
        doubled = doubled_areas(local, triangles)
        wanted = polygon_area(local, ends)
        way = 1.0 if self.normal[face, drop] * _SIGN[drop] > 0 else -1.0
        if len(triangles) and abs(np.abs(doubled).sum() * 0.5 - wanted) <= AREA_TOLERANCE * max(wanted, MIN_AREA):
            keep = np.abs(doubled) > 1e-10
            flip = (doubled * way < 0) & keep
            triangles[flip] = triangles[flip][:, ::-1]
            self._emit(triangles[keep] + start, np.full(int(keep.sum()), face))
            return
        if self._repair(face, points, local, ends, way, drop):
            self.problems.setdefault(face, (_("self-crossing polygon, repaired"), False))
            return
        n = int(ends[0])
        fan = np.stack([np.zeros(n - 2, np.int64), np.arange(1, n - 1), np.arange(2, n)], axis=1)
        self._emit(fan + start, np.full(n - 2, face))
        self.problems.setdefault(face, (_("polygon that could not be repaired, drawn as a fan"), False))

    def _repair(
        self,
        face: int,
        points: NDArray[np.float64],
        local: NDArray[np.float64],
        ends: NDArray[np.uint32],
        way: float,
        drop: int,
    ) -> bool:
        """Triangles of the polygon made valid, on new vertices in its plane."""
        rings = np.split(local, ends[:-1].astype(np.int64))
        valid = shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
        parts = [part for part in shapely.get_parts(valid).tolist() if part.geom_type in ("Polygon", "MultiPolygon")]
        polygons = [polygon for part in parts for polygon in shapely.get_parts(part).tolist()]
        normal = self.normal[face]
        done = False
        for polygon in polygons:
            if polygon.area < MIN_AREA:
                continue
            loops = [np.asarray(ring.coords)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
            flat = np.concatenate(loops)
            loop_ends = np.cumsum([len(loop) for loop in loops]).astype(np.uint32)
            triangles = mapbox_earcut.triangulate_float64(flat, loop_ends).reshape(-1, 3).astype(np.int64)
            doubled = doubled_areas(flat, triangles)
            flip = doubled * way < 0
            triangles[flip] = triangles[flip][:, ::-1]
            at = self.n_points + sum(len(extra) for extra in self.extra)
            a, b = _AXES[drop]
            solid = np.empty((len(flat), 3))
            solid[:, [a, b]] = flat + points[0, [a, b]]
            centre = points.mean(axis=0)
            solid[:, drop] = centre[drop] - ((solid[:, [a, b]] - centre[[a, b]]) @ normal[[a, b]]) / normal[drop]
            snap_to(solid, flat, points, local, drop)
            self.extra.append(solid)
            self.extra_faces.append(np.full(len(solid), face))
            self._emit(triangles + at, np.full(len(triangles), face))
            done = True
        return done

    def result(self) -> Triangulation:
        """Everything sorted by face; vertices that no triangle uses are gone."""
        face_of_vertex = np.concatenate([self.face_of_ring[self.ring], *self.extra_faces])
        positions = np.concatenate([self.points, *self.extra]) if self.extra else self.points
        triangles = np.concatenate(self.triangles) if self.triangles else np.zeros((0, 3), np.int64)
        faces = np.concatenate(self.faces) if self.faces else np.zeros(0, np.int64)
        order = np.argsort(faces, kind="stable")
        triangles, faces = triangles[order], faces[order]
        used = np.zeros(len(positions), bool)
        used[triangles.ravel()] = True
        rows = np.flatnonzero(used)
        rows = rows[np.argsort(face_of_vertex[rows], kind="stable")]
        new_row = np.zeros(len(positions), np.int64)
        new_row[rows] = np.arange(len(rows))
        problems = [(face, reason, gone) for face, (reason, gone) in sorted(self.problems.items())]
        return Triangulation(
            positions[rows], new_row[triangles].astype(np.int32), face_of_vertex[rows], faces, problems
        )


_AXES = ([1, 2], [0, 2], [0, 1])
"""The plane that is left when x, y or z is dropped …"""
_SIGN = (1.0, -1.0, 1.0)
"""… and whether a counter-clockwise polygon there has its normal along the dropped axis."""

"""Exact rays against all triangles of a place.

Embree answers in float32, so everything is taken relative to the middle of the area: within 2 km of it a coordinate is
good to 0.13 mm. Distances are then worked out again in float64 from the triangle that was hit. Traversal is watertight
(Embree's robust mode), and a ray's answer does not depend on the other rays of the call.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.surface.triangles import TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]

LIFT = 0.02
"""Rays that ask about a place begin at least this far in front of its surface, out of reach of rounding. [m]"""
LOW_ROOM = 2.0
"""What has a building's underside less than this above it is inside: nobody stands there. [m]"""
_MOST_KEPT = 8
"""Casters of a place: its area, what is around it, and some ground under the pointer. [-]"""

BUILDING_CLASSES = (
    SurfaceClass.UNKNOWN,
    SurfaceClass.WALL,
    SurfaceClass.ROOF,
    SurfaceClass.FLOOR,
    SurfaceClass.WINDOW,
    SurfaceClass.DOOR,
)
_IS_BUILDING: NDArray[np.bool_] = np.isin(np.arange(256), [int(kind) for kind in BUILDING_CLASSES])


class _Scene:
    """Embree's index over some of the triangles."""

    def __init__(self, soup: TriangleSoup, rows: NDArray[np.int64]) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.rows = rows
        self._scene = EmbreeScene(robust=True)
        if len(rows):
            TriangleMesh(self._scene, np.ascontiguousarray(soup.positions[rows], dtype=np.float32))
            # the index is built by the first query: do it here, in the thread that has the time
            self.hits(np.zeros((1, 3), np.float32), np.array([[0.0, 0.0, 1.0]], np.float32))

    def occluded(self, origins: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.bool_]:
        if not len(self.rows) or not len(origins):
            return np.zeros(len(origins), np.bool_)
        answer = self._scene.run(origins, directions, query="OCCLUDED")
        return np.asarray(answer >= 0)

    def hits(self, origins: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.int64]:
        """Row of the soup that is hit first, -1 for none."""
        if not len(self.rows) or not len(origins):
            return np.full(len(origins), -1, np.int64)
        answer = np.asarray(self._scene.run(origins, directions, query="INTERSECT"), dtype=np.int64)
        return np.where(answer >= 0, self.rows[np.maximum(answer, 0)], -1)


class KeptCasters:
    """The last few casters, by what they were made for. Thread-safe."""

    def __init__(self) -> None:
        self._casters: OrderedDict[Hashable, RayCaster] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> RayCaster | None:
        """The caster that was kept for this; None where there is none."""
        with self._lock:
            found = self._casters.get(key)
            if found is not None:
                self._casters.move_to_end(key)
            return found

    def keep(self, key: Hashable, caster: RayCaster) -> RayCaster:
        """Keep a caster, and let the one go that was asked for longest ago; returns it."""
        with self._lock:
            self._casters[key] = caster
            while len(self._casters) > _MOST_KEPT:
                self._casters.popitem(last=False)
        return caster


class RayCaster:
    """Rays against a soup of triangles. Thread-safe; queries let other threads run."""

    def __init__(self, soup: TriangleSoup) -> None:
        self.soup = soup
        self._origin = np.asarray(soup.origin, dtype=np.float64)
        top = soup.positions[:, :, 2].max(initial=0.0)
        self._sky = float(top) + 10.0

    @property
    def has_ground(self) -> bool:
        """Whether any triangle is ground."""
        return bool(self.soup.is_ground.any())

    # each index is made when it is first asked: a pointer needs the ground alone

    @cached_property
    def _all(self) -> _Scene:
        return _Scene(self.soup, np.arange(len(self.soup), dtype=np.int64))

    @cached_property
    def _ground(self) -> _Scene:
        return _Scene(self.soup, np.flatnonzero(self.soup.is_ground))

    @cached_property
    def _buildings(self) -> _Scene:
        return _Scene(self.soup, np.flatnonzero(_IS_BUILDING[self.soup.surface_class]))

    def _local(self, origins: ArrayLike, directions: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        start = np.asarray(origins, dtype=np.float64).reshape(-1, 3) - self._origin
        way = np.broadcast_to(np.asarray(directions, dtype=np.float64), start.shape)
        length = np.linalg.norm(way, axis=1, keepdims=True)
        unit = way / np.where(length > 0.0, length, 1.0)
        return np.ascontiguousarray(start, dtype=np.float32), np.ascontiguousarray(unit, dtype=np.float32)

    def occluded(self, origins: ArrayLike, directions: ArrayLike) -> NDArray[np.bool_]:
        """Whether anything is in the way of rays that never end.

        Parameters
        ----------
        origins : shape (n, 3)
            Where the rays begin, in the world, off their surface by `LIFT` or more. [m]
            A ray from a place that is NaN is not occluded.
        directions : shape (n, 3) or (3,)
            Of any length but 0.

        Returns
        -------
        shape (n,), bool
        """
        start, way = self._local(origins, directions)
        return self._all.occluded(start, way)

    def first_hit(self, origins: ArrayLike, directions: ArrayLike) -> tuple[FloatArray, NDArray[np.int64]]:
        """Distance to the first surface (n,) [m], inf for none, and its row in `soup` (n,), -1 for none."""
        start, way = self._local(origins, directions)
        rows = self._all.hits(start, way)
        return self._distances(origins, directions, rows), rows

    def _distances(self, origins: ArrayLike, directions: ArrayLike, rows: NDArray[np.int64]) -> FloatArray:
        """Distance in float64 from points to the planes of triangles along directions."""
        distances = np.full(len(rows), np.inf)
        hit = np.flatnonzero(rows >= 0)
        if not len(hit):
            return distances
        start = np.asarray(origins, dtype=np.float64).reshape(-1, 3)
        way = np.broadcast_to(np.asarray(directions, dtype=np.float64), start.shape)[hit]
        way = way / np.linalg.norm(way, axis=1, keepdims=True)
        start = start[hit] - self._origin
        corners = self.soup.positions[rows[hit]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        across = np.einsum("ij,ij->i", normals, way)
        ahead = np.einsum("ij,ij->i", normals, corners[:, 0] - start)
        distances[hit] = np.maximum(ahead / np.where(across == 0.0, 1e-30, across), 0.0)
        return distances

    def ground_height(self, xy: ArrayLike) -> FloatArray:
        """Height of the highest ground (land, water, bridges) at world positions (n, 2): (n,) [m], NaN for none."""
        flat = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        above = np.column_stack([flat, np.full(len(flat), self._origin[2] + self._sky)])
        down = np.array([0.0, 0.0, -1.0])
        start, way = self._local(above, down)
        rows = self._ground.hits(start, way)
        distances = self._distances(above, down, rows)
        return np.where(rows >= 0, above[:, 2] - distances, np.nan)

    def inside_building(
        self, points: ArrayLike, own: NDArray[np.int32] | None = None, low_room: float = LOW_ROOM
    ) -> NDArray[np.bool_]:
        """Which world points (n, 3) are in a building or so close below one that nobody can stand there.

        The first building surface above decides: seen from within (its normal points up, or it is a roof) the point is
        inside; an underside counts if it is less than `low_room` above. Trees and bridges are not buildings. Where
        solids are wound the wrong way and have no surface classes, the answer is wrong. With `own`, rows of the soup's
        features (n,), a point is not in the building that it belongs to.
        """
        up = np.array([0.0, 0.0, 1.0])
        start, way = self._local(points, up)
        rows = self._buildings.hits(start, way)
        distances = self._distances(points, up, rows)
        hit = np.maximum(rows, 0)
        if not len(self.soup):
            return np.zeros(len(rows), np.bool_)
        corners = self.soup.positions[hit]
        rise = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
        is_roof = self.soup.surface_class[hit] == SurfaceClass.ROOF
        is_within = (rise > 0.0) | is_roof
        result: NDArray[np.bool_] = (rows >= 0) & (is_within | (distances < low_room))
        if own is not None:
            result &= self.soup.feature_index[hit] != own
        return result

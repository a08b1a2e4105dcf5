"""Roads, water, green, terrain in coarser tiles: outlines simplified together, so that no gap opens between neighbours.

Neighbours on the map share their borders. Simplified one by one they would part; as a coverage they do not (GEOS's
coverage simplifier, after Visvalingam and Whyatt). Corners that stay keep their own height; what lies between is
triangulated anew, with some of the inner points where the ground is not flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.batch import MeshBatch
from importers.prisms import gather_pieces
from importers.spatial import NearestOnMap, delaunay
from importers.triangulation import Faces, triangulate


class GroundOutlines:
    """The ground features of a city as polygons, with the heights of their corners."""

    def __init__(self, fine: MeshBatch, rows: NDArray[np.int64], vectors: NDArray[np.float64]) -> None:
        self._n = len(fine)
        up = vectors[:, 2] > 0.05 * np.linalg.norm(vectors, axis=1)
        shapes: list[Any] = []
        kept: list[int] = []
        vertices: list[NDArray[np.int64]] = []
        for row in rows.tolist():
            triangles = fine.triangles[fine.triangle_start[row] : fine.triangle_start[row + 1]]
            triangles = triangles[up[fine.triangle_start[row] : fine.triangle_start[row + 1]]]
            shape = _union(fine.positions[triangles][:, :, :2]) if len(triangles) else None
            if shape is not None:
                shapes.append(shape)
                kept.append(row)
                vertices.append(np.unique(triangles))
        self.rows = np.array(kept, np.int64)
        self.shapes = np.array(shapes, object)
        self.points = [fine.positions[some] for some in vertices]
        n_points = [len(some) for some in vertices]
        every = np.concatenate(self.points) if self.points else np.zeros((1, 3))
        of = np.repeat(np.arange(len(kept)), n_points) if kept else np.zeros(1, np.int64)
        self._heights = every[:, 2]
        self._nearest = NearestOnMap(every[:, :2], of)

    def simplified(self, tolerance: float, inner_spacing: float | None) -> MeshBatch:
        """All ground features with borders simplified by `tolerance` [m].

        `inner_spacing` keeps inner points about so far apart; None keeps none. [m]
        """
        shapes = _simplify(self.shapes, tolerance)
        if inner_spacing is None:
            positions, triangles, vertex_of, triangle_of = self._flat(shapes)
        else:
            positions, triangles, vertex_of, triangle_of = self._with_inner_points(shapes, inner_spacing)
        return gather_pieces(self._n, self.rows, [(positions, triangles, vertex_of, triangle_of, 0)])

    def _flat(self, shapes: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        parts, of = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        coordinates, ring = shapely.get_coordinates(rings, return_index=True)
        last = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.zeros(0, bool)
        coordinates, ring = coordinates[~last], ring[~last]
        corners = np.column_stack([coordinates, self._height(coordinates, of[part[ring]])])
        sizes = np.bincount(ring, minlength=len(rings))
        faces = Faces(list(range(len(corners))), sizes.tolist(), np.bincount(part, minlength=len(parts)).tolist())
        done = triangulate(corners, faces)
        triangles = _facing_up(done.positions, done.triangles.astype(np.int64))
        return done.positions, triangles, of[done.face_of_vertex], of[done.face_of_triangle]

    def _with_inner_points(self, shapes: NDArray[Any], spacing: float) -> tuple[NDArray[Any], ...]:
        columns: list[tuple[NDArray[Any], ...]] = []
        shift = 0
        for at, shape in enumerate(shapes.tolist()):
            dense = shapely.segmentize(shape, spacing)
            border = np.unique(shapely.get_coordinates(dense), axis=0)
            inner = _thinned(self.points[at], spacing)
            shapely.prepare(shape)
            inner = inner[shapely.contains_xy(shape, inner[:, 0], inner[:, 1])]
            points = np.concatenate([border, inner[:, :2]])
            origin = points.mean(axis=0)
            triangles = delaunay(points - origin)
            if triangles is None:
                continue
            middle = points[triangles].mean(axis=1)
            triangles = triangles[shapely.contains_xy(shape, middle[:, 0], middle[:, 1])]
            height = np.concatenate([self._height(border, np.full(len(border), at)), inner[:, 2]])
            positions = np.column_stack([points, height])
            columns.append(
                (
                    positions,
                    _facing_up(positions, triangles) + shift,
                    np.full(len(positions), at),
                    np.full(len(triangles), at),
                )
            )
            shift += len(positions)
        if not columns:
            nothing = np.zeros(0, np.int64)
            return np.zeros((0, 3)), np.zeros((0, 3), np.int64), nothing, nothing
        return tuple(np.concatenate(column) for column in zip(*columns, strict=True))

    def _height(self, points: NDArray[np.float64], of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Height of the nearest corner of the same feature (n,). [m]"""
        heights: NDArray[np.float64] = self._heights[self._nearest.of(points, of)]
        return heights


def _union(triangles: NDArray[np.float64]) -> Any | None:
    """The area that triangles (t, 3, 2) cover; None where they cover none."""
    polygons = shapely.polygons(triangles)
    try:
        shape = shapely.coverage_union_all(polygons)
        if not shape.is_valid:
            raise ValueError
    except (shapely.GEOSException, ValueError):
        shape = shapely.union_all(shapely.make_valid(polygons), grid_size=1e-3)
    parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon" and part.area > 1e-3]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _simplify(shapes: NDArray[Any], tolerance: float) -> NDArray[Any]:
    simplify = getattr(shapely, "coverage_simplify", None)
    if simplify is None:  # GEOS before 3.12: one by one
        return np.asarray(shapely.simplify(shapes, tolerance, preserve_topology=True), object)
    found = np.asarray(simplify(shapes, tolerance), object)
    bad = shapely.is_empty(found) | ~shapely.is_valid(found)
    found[bad] = shapes[bad]
    return found


def _thinned(points: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Of the points in each square of a grid, the one nearest to its middle."""
    scaled = points[:, :2] / spacing
    cell = np.floor(scaled).astype(np.int64)
    off = ((scaled - cell - 0.5) ** 2).sum(axis=1)
    order = np.lexsort((off, cell[:, 1], cell[:, 0]))
    ordered = cell[order]
    first = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    thinned: NDArray[np.float64] = points[order[first]]
    return thinned


def _facing_up(positions: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    down = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    return np.where(down[:, None], triangles[:, ::-1], triangles)

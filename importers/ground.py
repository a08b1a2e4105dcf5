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

from explorer.tileformat.vertices import unique_rows
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
        used = np.concatenate(vertices) if vertices else np.zeros(0, np.int64)
        self._points = fine.positions[used]
        self._of = np.repeat(np.arange(len(kept)), [len(some) for some in vertices])
        self._simplified: tuple[float, NDArray[Any]] | None = None
        self._nearest = NearestOnMap(self._points[:, :2], self._of)

    def simplified(self, tolerance: float, inner_spacing: float | None) -> MeshBatch:
        """All ground features with borders simplified by `tolerance` [m].

        `inner_spacing` keeps inner points about so far apart; None keeps none. [m]
        """
        if self._simplified is None or self._simplified[0] != tolerance:
            self._simplified = tolerance, _simplify(self.shapes, tolerance)
        shapes = self._simplified[1]
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
        border, border_of = shapely.get_coordinates(shapely.segmentize(shapes, spacing), return_index=True)
        words = np.column_stack([np.ascontiguousarray(border).view(np.uint64), border_of.astype(np.uint64)])
        first = unique_rows(words)[0]
        border, border_of = border[first], border_of[first]
        inner, inner_of = _thinned(self._points, self._of, spacing)
        shapely.prepare(shapes)
        inside = shapely.contains_xy(shapes[inner_of], inner[:, 0], inner[:, 1])
        inner, inner_of = inner[inside], inner_of[inside]
        outline = np.column_stack([border, self._height(border, border_of)])
        positions, of = np.concatenate([outline, inner]), np.concatenate([border_of, inner_of])
        order = np.argsort(of, kind="stable")
        positions, of = positions[order], of[order]
        triangles, owner = delaunay(positions[:, :2], of)
        middle = positions[triangles, :2].mean(axis=1)
        inside = shapely.contains_xy(shapes[owner], middle[:, 0], middle[:, 1])
        triangles, owner = triangles[inside], owner[inside]
        return positions, _facing_up(positions, triangles), of, owner

    def _height(self, points: NDArray[np.float64], of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Height of the nearest corner of the same feature (n,). [m]"""
        heights: NDArray[np.float64] = self._points[self._nearest.of(points, of), 2]
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


def _thinned(
    points: NDArray[np.float64], feature: NDArray[np.int64], spacing: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of a feature's points in each square of a grid, the one nearest to its middle; and their features, ascending."""
    scaled = points[:, :2] / spacing
    cell = np.floor(scaled).astype(np.int64)
    off = ((scaled - cell - 0.5) ** 2).sum(axis=1)
    order = np.lexsort((off, cell[:, 1], cell[:, 0], feature))
    ordered = np.column_stack([feature, cell])[order]
    first = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))[: len(order)]
    return points[order[first]], feature[order[first]]


def _facing_up(positions: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    down = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    return np.where(down[:, None], triangles[:, ::-1], triangles)

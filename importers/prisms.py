"""Buildings as prisms: their outline, simplified on the map, raised from the ground to their roof's mean height."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.batch import MeshBatch, triangle_vectors
from importers.triangulation import Faces, triangulate


def roof_heights(batch: MeshBatch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest point and mean roof height of each feature (f,): the mean weighs by area on the map. [m]"""
    n = len(batch)
    base = np.full(n, np.inf)
    np.minimum.at(base, batch.feature_of_vertex, batch.positions[:, 2])
    up = np.maximum(triangle_vectors(batch)[:, 2], 0.0)
    up[batch.surface == SurfaceClass.FLOOR] = 0.0
    middle = batch.positions[batch.triangles, 2].mean(axis=1)
    of = batch.feature_of_triangle
    weight = np.bincount(of, up, n)
    top = np.divide(np.bincount(of, up * middle, n), weight, out=np.full(n, np.inf), where=weight > 0)
    return base, top


def simplified(shapes: NDArray[Any], tolerance: float) -> NDArray[Any]:
    """Outlines with corners left out that matter less than `tolerance` [m]; small holes and parts closed."""
    result = shapely.simplify(shapes, tolerance, preserve_topology=True)
    # Most are one polygon without holes, of which nothing can be left out.
    whole = (shapely.get_type_id(result) == shapely.GeometryType.POLYGON) & (
        shapely.get_num_interior_rings(result) == 0
    )
    for row in np.flatnonzero(~whole).tolist():
        result[row] = _without_small_parts(result[row], tolerance)
    return np.asarray(result, object)


def _without_small_parts(shape: Any, tolerance: float) -> Any:
    least = 4.0 * tolerance * tolerance
    polygons = [one for one in shapely.get_parts(shape).tolist() if one.area >= least]
    if not polygons:
        polygons = [max(shapely.get_parts(shape).tolist(), key=lambda one: one.area)]
    kept = []
    for polygon in polygons:
        holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= least]
        kept.append(polygon if len(holes) == len(polygon.interiors) else shapely.Polygon(polygon.exterior, holes))
    return kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept)


def boxes(shapes: NDArray[Any]) -> NDArray[Any]:
    """The smallest rectangle around each outline, of the outline's own area about the same centre."""
    rectangles = shapely.minimum_rotated_rectangle(shapes)
    area = shapely.area(rectangles)
    sound = (shapely.get_type_id(rectangles) == shapely.GeometryType.POLYGON) & (area >= 0.01)
    corners = shapely.get_coordinates(rectangles[sound]).reshape(-1, 5, 2)[:, :4]
    centre = corners.mean(axis=1, keepdims=True)
    scale = np.maximum(np.sqrt(shapely.area(shapes[sound]) / area[sound]), 0.5)
    result = shapes.copy()
    result[sound] = shapely.polygons(centre + (corners - centre) * scale[:, None, None])
    return result


def prisms(
    n_features: int, rows: NDArray[np.int64], shapes: NDArray[Any], base: NDArray[np.float64], top: NDArray[np.float64]
) -> MeshBatch:
    """Closed prisms for the features `rows` (ascending) over `shapes`, from `base` to `top` (one value a row).

    The other rows of the batch are empty.
    """
    parts, part_row = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    outline = np.append(True, ring_part[1:] != ring_part[:-1]) if len(ring_part) else np.zeros(0, bool)
    coordinates, ring = _oriented(coordinates, ring, outline)
    owner = part_row[ring_part[ring]]
    walls, wall_owner = _walls(coordinates, ring, owner, base, top)
    roof, roof_of = _lids(coordinates, ring, ring_part, part_row, top, facing_up=True)
    floor, floor_of = _lids(coordinates, ring, ring_part, part_row, base, facing_up=False)
    return gather_pieces(
        n_features,
        rows,
        [
            (
                walls.reshape(-1, 3),
                np.arange(len(walls) * 4).reshape(-1, 4)[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3),
                np.repeat(wall_owner, 4),
                np.repeat(wall_owner, 2),
                SurfaceClass.WALL,
            ),
            (*roof, *roof_of, SurfaceClass.ROOF),
            (*floor, *floor_of, SurfaceClass.FLOOR),
        ],
    )


def _oriented(
    coordinates: NDArray[np.float64], ring: NDArray[np.int64], outline: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rings without their closing point, outlines counter-clockwise and holes clockwise."""
    n = int(ring[-1]) + 1 if len(ring) else 0
    last = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.zeros(0, bool)
    following = np.minimum(np.arange(1, len(ring) + 1), max(len(ring) - 1, 0))
    local = coordinates - coordinates.mean(axis=0) if len(coordinates) else coordinates
    cross = local[:, 0] * local[following, 1] - local[:, 1] * local[following, 0]
    signed = np.bincount(ring, np.where(last, 0.0, cross), n)
    turn = (signed > 0) != outline
    sizes = np.bincount(ring, minlength=n)
    start = np.cumsum(sizes) - sizes
    step = np.arange(len(ring)) - start[ring]
    order = np.where(turn[ring], start[ring] + sizes[ring] - 1 - step, np.arange(len(ring)))
    return coordinates[order][~last], ring[~last]


def _walls(
    coordinates: NDArray[np.float64],
    ring: NDArray[np.int64],
    owner: NDArray[np.int64],
    base: NDArray[np.float64],
    top: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One quad (4 corners) for each edge, seen from outside counter-clockwise."""
    following = np.arange(1, len(ring) + 1)
    if len(ring):
        first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
        following[np.append(ring[1:] != ring[:-1], True)] = first
    a, b = coordinates, coordinates[following] if len(ring) else coordinates
    low, high = base[owner][:, None], top[owner][:, None]
    quads = np.stack([np.hstack([a, low]), np.hstack([b, low]), np.hstack([b, high]), np.hstack([a, high])], axis=1)
    return quads, owner


def _lids(
    coordinates: NDArray[np.float64],
    ring: NDArray[np.int64],
    ring_part: NDArray[np.int64],
    part_row: NDArray[np.int64],
    height: NDArray[np.float64],
    *,
    facing_up: bool,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Roofs or floors: (positions, triangles), (owner of each vertex, owner of each triangle)."""
    sizes = np.bincount(ring, minlength=len(ring_part))
    per_part = np.bincount(ring_part, minlength=len(part_row))
    corners = np.hstack([coordinates, height[part_row[ring_part[ring]]][:, None]])
    faces = Faces(list(range(len(corners))), sizes.tolist(), per_part.tolist())
    done = triangulate(corners, faces)
    triangles = done.triangles.astype(np.int64) if facing_up else done.triangles[:, ::-1].astype(np.int64)
    return (done.positions, triangles), (part_row[done.face_of_vertex], part_row[done.face_of_triangle])


Piece = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], int]
"""Positions, triangles, row of each vertex, row of each triangle, surface class."""


def gather_pieces(n_features: int, rows: NDArray[np.int64], pieces: list[Piece]) -> MeshBatch:
    """One batch of pieces, sorted by feature; the pieces' rows are positions in `rows`."""
    positions = np.concatenate([piece[0] for piece in pieces])
    shift = np.cumsum([0] + [len(piece[0]) for piece in pieces])
    triangles = np.concatenate([piece[1] + n for piece, n in zip(pieces, shift.tolist(), strict=False)])
    vertex_feature = rows[np.concatenate([piece[2] for piece in pieces])]
    triangle_feature = rows[np.concatenate([piece[3] for piece in pieces])]
    surface = np.concatenate([np.full(len(piece[1]), piece[4], np.uint8) for piece in pieces])
    vertex_order = np.argsort(vertex_feature, kind="stable")
    triangle_order = np.argsort(triangle_feature, kind="stable")
    new_row = np.empty(len(positions), np.int64)
    new_row[vertex_order] = np.arange(len(positions))
    vertex_counts = np.bincount(vertex_feature, minlength=n_features)
    triangle_counts = np.bincount(triangle_feature, minlength=n_features)
    return MeshBatch(
        positions[vertex_order],
        new_row[triangles[triangle_order]],
        surface[triangle_order],
        np.concatenate(([0], np.cumsum(vertex_counts))).astype(np.int64),
        np.concatenate(([0], np.cumsum(triangle_counts))).astype(np.int64),
    )

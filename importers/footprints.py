"""Outlines of buildings on the map, from their ground surfaces or, without those, from their roofs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.batch import MeshBatch
from importers.model import CityFeature

_LEAST_AREA = 0.01
"""Smaller outlines stand for nothing. [m²]"""


def footprints_of(
    features: Sequence[CityFeature], batch: MeshBatch, rows: NDArray[np.int64], vectors: NDArray[np.float64]
) -> dict[int, Any]:
    """Outline (polygon or multipolygon) of each feature in `rows`; those without any are missing.

    `vectors` (m, 3) are the area vectors of the batch's triangles.
    """
    floor = batch.surface == SurfaceClass.FLOOR
    up = vectors[:, 2]
    level = np.abs(up) > 0.05 * np.linalg.norm(vectors, axis=1)
    result: dict[int, Any] = {}
    unions: list[tuple[int, NDArray[np.int64]]] = []
    for row in rows.tolist():
        given = features[row].footprint
        if given is not None:
            result[row] = given
            continue
        own = np.arange(batch.triangle_start[row], batch.triangle_start[row + 1])
        chosen = own[floor[own] & level[own]]
        if not len(chosen):
            chosen = own[(up[own] > 0) & level[own]]
        if not len(chosen):
            continue
        ring = _single_ring(batch.triangles[chosen].tolist())
        if ring is None:
            unions.append((row, chosen))
        else:
            polygon = shapely.Polygon(batch.positions[ring][:, :2])
            result[row] = polygon if polygon.is_valid else shapely.make_valid(polygon)
    for row, chosen in unions:
        corners = batch.positions[batch.triangles[chosen]][:, :, :2]
        # Snapped to a millimetre, so that neighbours that should share an edge do.
        result[row] = shapely.union_all(shapely.polygons(corners), grid_size=1e-3)
    return _polygonal(result)


def _single_ring(triangles: list[list[int]]) -> list[int] | None:
    """The outline of triangles that share corners, if it is one loop; None where it is not."""
    following: dict[int, int] = {}
    edges = {(a, b) for t in triangles for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))}
    for a, b in sorted(edges):
        if (b, a) not in edges:
            if a in following:
                return None
            following[a] = b
    if not following:
        return None
    first = next(iter(following))
    ring = [first]
    at = following[first]
    while at != first:
        ring.append(at)
        if at not in following or len(ring) > len(following):
            return None
        at = following[at]
    return ring if len(ring) == len(following) else None


def _polygonal(found: dict[int, Any]) -> dict[int, Any]:
    """The polygons in each geometry, as one; those without any of some size are left out."""
    shapes = np.array(list(found.values()), object)
    simple = (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON) & (shapely.area(shapes) > _LEAST_AREA)
    result: dict[int, Any] = {}
    for (row, shape), is_simple in zip(found.items(), simple.tolist(), strict=True):
        polygons = [shape] if is_simple else _polygons_in(shape)
        if polygons:
            result[row] = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return result


def _polygons_in(shape: Any) -> list[Any]:
    parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type in ("Polygon", "MultiPolygon")]
    return [polygon for part in parts for polygon in shapely.get_parts(part).tolist() if polygon.area > _LEAST_AREA]

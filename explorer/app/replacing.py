"""What a proposal takes the place of: buildings whose plan its footprint covers, trees in it; the ground it is on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.app.places import Place, courtyards_on_map, footprint_on_map
from explorer.scenario import Proposal
from explorer.surface import SurfaceModel

_TREE = "SolitaryVegetationObject"
_MIN_SHARE = 0.2
"""A building that the footprint covers by less than this stays. [-]"""


def replaced_by(place: Place, surface: SurfaceModel, proposal: Proposal) -> tuple[str, ...]:
    """Ids of the buildings whose plan the footprint covers by a fifth or more, or in their middle, and of trees in it.

    By the search index's boxes and the surface's own triangles; ascending. What stands in a courtyard stays.
    """
    outline = shapely.Polygon(footprint_on_map(proposal), courtyards_on_map(proposal)).buffer(0)
    e0, n0, e1, n1 = outline.bounds
    ids: set[str] = set()
    for layer in place.layers:
        if layer.index is None:
            continue
        for hit in layer.index.within((e0, n0, e1, n1)):
            if hit.kind == _TREE and hit.bounds is not None:
                west, south, _low, east, north, _high = hit.bounds
                if outline.contains(shapely.Point((west + east) / 2.0, (south + north) / 2.0)):
                    ids.add(hit.id)
            elif hit.kind.startswith("Building") and hit.bounds is not None:
                plan = _plan_of(place, surface, hit.id, hit.bounds)
                if plan is not None and plan.area > 0.0:
                    share = plan.intersection(outline).area / plan.area
                    if share >= _MIN_SHARE or outline.contains(plan.representative_point()):
                        ids.add(hit.parent or hit.id)
    return tuple(sorted(ids))


def lowest_ground(surface: SurfaceModel, ring: Sequence[tuple[float, float]], otherwise: float) -> float:
    """Lowest ground at the corners of an outline in the world: walls then reach the ground everywhere. [m]

    `otherwise` where none is known.
    """
    points = np.array(ring)
    lo, hi = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
    rays = surface.rays((float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])), 0.0)
    heights = rays.ground_height(points)
    known = heights[np.isfinite(heights)]
    return float(known.min()) if len(known) else otherwise


def _plan_of(place: Place, surface: SurfaceModel, feature_id: str, bounds: tuple[float, ...]) -> Any | None:
    """A building's plan from its own finest triangles, in map coordinates."""
    x, y, _z = place.frame.origin
    soup = surface.triangles((bounds[0] - x, bounds[1] - y, bounds[3] - x, bounds[4] - y))
    own: NDArray[np.float64] = np.asarray(soup.world)[np.asarray(soup.feature_ids) == feature_id]
    if len(own) == 0:
        return shapely.box(bounds[0], bounds[1], bounds[3], bounds[4])
    polygons = shapely.polygons(own[:, :, :2] + np.array([x, y]))
    return shapely.union_all(shapely.set_precision(polygons[shapely.area(polygons) > 1e-4], 1e-3))

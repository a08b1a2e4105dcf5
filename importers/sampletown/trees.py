"""Trees: where they stand, and low crowns with a handsome silhouette on thin trunks, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.sampletown.partition import Zones
from importers.sampletown.scale import F64, Scale
from importers.sampletown.streets import Layout, Street

SPECIES = (
    "Tilia europaea",
    "Ulmus hollandica",
    "Platanus hispanica",
    "Populus nigra",
    "Salix alba",
    "Malus sylvestris",
)
HEIGHT = np.array([11.0, 13.0, 14.0, 19.0, 9.0, 5.5])
SPREAD = np.array([0.62, 0.6, 0.72, 0.3, 0.85, 0.8])
"""Crown diameter over height of the tree."""
SIDES = 6
RINGS = np.array([[0.0, 0.0], [0.22, 0.72], [0.5, 1.0], [0.8, 0.68], [1.0, 0.0]])
"""Crown profile: height share from bottom to top, radius share."""


@dataclass
class Trees:
    """n trees, plan coordinates."""

    xy: F64
    species: NDArray[np.int64]
    height: F64
    crown: F64
    """Crown diameter. [m]"""


def plant(layout: Layout, zones: Zones, footprints: NDArray[np.object_], scale: Scale) -> Trees:
    """Along streets and quays, around the square, in parks and gardens, along country roads and dykes."""
    rng = scale.rng("trees")
    spots: list[tuple[F64, F64]] = []
    for street in layout.streets:
        spots += _along(street, scale, rng)
    for park in zones.parks:
        spots.append(_scatter(park, 95.0, (0, 1, 2, 4), rng))
    for garden in zones.gardens:
        spots.append(_scatter(garden, 260.0, (5, 5, 0), rng))
    spots.append(_scatter(layout.extent.difference(layout.outline.buffer(30.0)), 5200.0, (4, 3, 1), rng))
    for ditch in zones.ditches:
        if rng.random() < 0.3:
            spots.append(_beside(ditch, rng))
    xy = np.concatenate([s[0] for s in spots])
    species = np.concatenate([s[1] for s in spots]).astype(np.int64)
    keep = _free(xy, layout, zones, footprints)
    xy, species = xy[keep], species[keep]
    height = HEIGHT[species] * rng.uniform(0.75, 1.2, len(xy))
    return Trees(xy, species, height, height * SPREAD[species] * rng.uniform(0.85, 1.15, len(xy)))


def _along(street: Street, scale: Scale, rng: np.random.Generator) -> list[tuple[F64, F64]]:
    planted = {"main": 1.0, "ring": 1.0, "quay": 0.8, "market": 0.9, "street": 0.55, "edge": 0.3, "lane": 0.12}
    if rng.random() > planted[street.rank] or street.line.length < 20.0:
        return []
    spacing = 9.5 if street.rank in ("main", "ring", "quay") else 12.0
    side = street.carriageway / 2 + (0.55 if street.footway > 1.7 else 0.5) * street.footway
    kind = int(rng.choice([0, 0, 1, 2]))
    spots = []
    for sign in (-1.0, 1.0):
        line = shapely.offset_curve(street.line, sign * side, join_style="mitre")
        if line.is_empty or line.geom_type != "LineString":
            continue
        xy = shapely.get_coordinates(
            shapely.line_interpolate_point(line, np.arange(spacing * 0.7, line.length, spacing))
        )
        out = np.hypot(xy[:, 0], xy[:, 1]) > scale.radius * 1.12
        spots.append((xy, np.where(out, 3, kind)))
    return spots


def _beside(ditch: shapely.Geometry, rng: np.random.Generator) -> tuple[F64, F64]:
    """A row of pollard willows along a stretch of a ditch."""
    line = shapely.LineString(shapely.get_coordinates(ditch)[:2])
    start, stop = sorted(rng.uniform(0.0, 1.0, 2) * line.length)
    at = shapely.line_interpolate_point(shapely.offset_curve(line, 2.2), np.arange(start, stop, 8.0))
    other = shapely.line_interpolate_point(shapely.offset_curve(line, -4.2), np.arange(start, stop, 8.0))
    xy = shapely.get_coordinates(np.concatenate([at, other]))
    return xy, np.full(len(xy), 4.0)


def _scatter(
    area: shapely.Geometry, per_tree: float, kinds: tuple[int, ...], rng: np.random.Generator
) -> tuple[F64, F64]:
    """Points strewn over an area, about one per `per_tree` square metres."""
    x0, y0, x1, y1 = area.bounds
    count = int((x1 - x0) * (y1 - y0) / per_tree)
    xy = rng.uniform((x0, y0), (x1, y1), (count, 2))
    shapely.prepare(area)
    xy = xy[shapely.contains_xy(area, xy[:, 0], xy[:, 1])]
    return xy, rng.choice(kinds, len(xy)).astype(np.float64)


def _free(xy: F64, layout: Layout, zones: Zones, footprints: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Away from walls, carriageways, water, and not too close to an earlier tree."""
    points = shapely.points(xy)
    free = np.ones(len(xy), dtype=bool)
    free[shapely.STRtree(footprints).query(points, predicate="dwithin", distance=2.2)[0]] = False
    road, water = zones.carriageway.buffer(0.35, quad_segs=1), layout.water.polygon.buffer(1.2, quad_segs=1)
    ditches = shapely.union_all(zones.ditches).buffer(0.5)
    for area in (road, water, ditches):
        shapely.prepare(area)
        free &= ~shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=4.2)
    for i, j in zip(*(k[np.lexsort((b[a < b], a[a < b]))].tolist() for k in (a[a < b], b[a < b])), strict=True):
        if free[i]:
            free[j] = False
    return free


def tree_meshes(
    trees: Trees, ground: F64, rng: np.random.Generator
) -> tuple[F64, NDArray[np.int32], NDArray[np.uint8]]:
    """Positions (n, k, 3), and triangles and surfaces that all share: a lathed crown and a four-sided trunk."""
    n = len(trees.xy)
    clear = np.where(trees.species == 3, 0.12, np.where(trees.species == 5, 0.22, 0.26)) * trees.height
    turn = rng.uniform(0, 2 * np.pi, n)
    rows = []
    for share, radius in RINGS:
        z = clear + share * (trees.height - clear)
        for k in range(SIDES if radius else 1):
            t = turn + (k + 0.5 * (share > 0.4)) / SIDES * 2 * np.pi
            r = radius * trees.crown / 2 * rng.uniform(0.86, 1.1, n)
            rows.append(
                np.column_stack(
                    [np.cos(t) * r, np.sin(t) * r, z + (rng.uniform(-0.03, 0.03, n) * trees.height if radius else 0)]
                )
            )
    crown = len(rows)
    thick = 0.1 + 0.011 * trees.height
    for z, grow in ((np.full(n, -0.3), 1.25), (clear + 0.25 * (trees.height - clear), 0.8)):
        for k in range(4):
            t = turn + k * np.pi / 2
            rows.append(np.column_stack([np.cos(t) * thick * grow, np.sin(t) * thick * grow, z]))
    positions = np.stack(rows, axis=1)
    positions[:, :, :2] += trees.xy[:, None]
    positions[:, :, 2] += ground[:, None]
    triangles = _lathe() + _trunk(crown)
    surface = np.full(len(triangles), SurfaceClass.TREE, dtype=np.uint8)
    surface[len(_lathe()) :] = SurfaceClass.TRUNK
    return positions, np.array(triangles, dtype=np.int32), surface


def _lathe() -> list[tuple[int, int, int]]:
    triangles = []
    rings = [[0]] + [[1 + r * SIDES + k for k in range(SIDES)] for r in range(len(RINGS) - 2)]
    rings.append([1 + (len(RINGS) - 2) * SIDES])
    for low, high in pairwise(rings):
        for k in range(SIDES):
            n = (k + 1) % SIDES
            if len(low) > 1:
                triangles.append((low[k], low[n], high[k % len(high)]))
            if len(high) > 1:
                triangles.append((low[n % len(low)], high[n], high[k]))
    return triangles


def _trunk(first: int) -> list[tuple[int, int, int]]:
    triangles = []
    for k in range(4):
        n = (k + 1) % 4
        a, b, c, d = first + k, first + n, first + 4 + n, first + 4 + k
        triangles += [(a, b, c), (a, c, d)]
    b, t = first, first + 4
    return [*triangles, (b, b + 2, b + 1), (b, b + 3, b + 2), (t, t + 1, t + 2), (t, t + 2, t + 3)]

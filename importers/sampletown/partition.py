"""The plan cut into faces that share every corner: streets, footways, yards, parks, water, bridges, meadows.

All border lines are snapped to a grid of 1 cm, noded against each other and polygonised, so neighbouring faces have the
very same vertices along their border. Constrained Delaunay triangles keep those vertices (ear clippers that drop
collinear ones would leave cracks), and heights belong to vertices: the ground is watertight by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.sampletown.relief import DYKE_BACK, DYKE_CREST, DYKE_FOOT, DYKE_HEEL
from importers.sampletown.scale import F64, Scale
from importers.sampletown.streets import Layout, Street

GRID = 0.01
STEP = 22.0
"""Longest border edge in town, so that surfaces follow the relief. [m]"""
MEADOW_STEP = 48.0
"""The same in the meadows, which are nearly level. [m]"""
MEADOW_CELL = 96.0
WATER_CELL = 120.0


@dataclass
class Zones:
    """The areas that decide what a face is, plan coordinates."""

    carriageway: shapely.Geometry
    street: shapely.Geometry
    """Carriageways and footways, also over water."""
    net_blocks: list[shapely.Polygon]
    """What is left of the blocks between the footways."""
    gardens: list[shapely.Geometry] = field(default_factory=list)
    """Green inside net blocks."""
    parks: list[shapely.Geometry] = field(default_factory=list)
    """Net blocks, or parts, that are green all over."""
    paths: list[shapely.Geometry] = field(default_factory=list)
    """Paved paths in parks and gardens."""
    ditches: list[shapely.Geometry] = field(default_factory=list)
    """Narrow water between the meadows."""


@dataclass(frozen=True)
class Faces:
    """The plan as triangles. v vertices, m triangles, f faces."""

    vertices: F64
    """(v, 2) plan coordinates [m]"""
    triangles: NDArray[np.int64]
    """(m, 3) rows of `vertices`, counter-clockwise."""
    face: NDArray[np.int64]
    """(m,) the face of each triangle."""
    points: F64
    """(f, 2) a point inside each face."""
    polygons: NDArray[np.object_]
    """(f,) the faces themselves."""


def make_zones(layout: Layout) -> Zones:
    """Carriageways with rounded kerb corners, footways along them, and the net blocks."""
    lines = np.array([s.line for s in layout.streets], dtype=object)
    half = np.array([s.carriageway / 2 for s in layout.streets])
    walk = half + np.array([s.footway for s in layout.streets])
    carriageway = shapely.union_all(shapely.buffer(lines, half, quad_segs=3)).buffer(4.0, quad_segs=3)
    carriageway = carriageway.buffer(-4.0, quad_segs=2).intersection(layout.extent).simplify(0.05)
    street = shapely.union_all(shapely.buffer(lines, walk, quad_segs=3)).intersection(layout.extent)
    carriageway = carriageway.intersection(street.buffer(-0.6, quad_segs=1))
    land = layout.outline.difference(layout.water.polygon.buffer(11.0, quad_segs=2)).difference(layout.square)
    net = shapely.get_parts(land.difference(street))
    net = [p for p in net if p.area > 30.0]
    net.sort(key=lambda p: (round(p.centroid.x, 1), round(p.centroid.y, 1)))
    return Zones(carriageway, street, net)


def cut_plan(layout: Layout, zones: Zones) -> Faces:
    """Node all borders and triangulate every face."""
    town = [
        layout.water.polygon.boundary,
        zones.carriageway.boundary,
        zones.street.boundary,
        *[g.boundary for g in zones.gardens + zones.parks],
        *[p.boundary for p in zones.paths],
        *_street_cuts(layout),
    ]
    meadows = [
        *[d.boundary for d in zones.ditches],
        *_dykes(layout),
        *_cells(layout, zones),
    ]
    lines = np.concatenate(
        [
            shapely.segmentize(np.array(town, dtype=object), STEP),
            shapely.segmentize(np.array(meadows, dtype=object), MEADOW_STEP),
        ]
    )
    # The rim itself stays out of this: its points, moved by rounding, would partly fall outside.
    lines = shapely.intersection(lines, layout.extent)
    rim = shapely.segmentize(layout.extent.boundary, MEADOW_STEP)
    noded = shapely.union_all(np.append(lines, rim), grid_size=GRID)
    polygons = np.array(shapely.polygonize([noded]).geoms, dtype=object)
    return _triangulate(polygons)


def lay_ditches(layout: Layout, zones: Zones, scale: Scale) -> list[shapely.Geometry]:
    """The long ditches of a polder, side by side, clear of town, roads and dykes."""
    rng = scale.rng("ditches")
    turn, spacing, reach = rng.uniform(0, np.pi), 58.0, scale.extent
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    offsets = np.arange(-reach, reach, spacing) + rng.uniform(-9.0, 9.0, len(np.arange(-reach, reach, spacing)))
    lines = [shapely.LineString([across * o - along * reach, across * o + along * reach]) for o in offsets]
    room = layout.extent.buffer(-22.0).difference(layout.outline.buffer(38.0)).difference(zones.street.buffer(9.0))
    room = room.difference(layout.water.polygon.buffer(DYKE_HEEL + 10.0, quad_segs=2))
    parts = shapely.get_parts(shapely.intersection(np.array(lines, dtype=object), room))
    return [
        part.buffer(1.3, cap_style="flat") for part in parts if part.geom_type == "LineString" and part.length > 60.0
    ]


def _dykes(layout: Layout) -> list[shapely.Geometry]:
    outside = layout.extent.difference(layout.outline.buffer(20.0))
    water = layout.water.polygon
    lines = (4.0, 8.0, DYKE_FOOT, DYKE_CREST, DYKE_BACK, DYKE_HEEL)
    return [water.buffer(d, quad_segs=2).boundary.intersection(outside) for d in lines]


def _grid_lines(layout: Layout, cell: float) -> shapely.Geometry:
    x0, y0, x1, y1 = layout.extent.bounds
    xs, ys = np.arange(x0 + cell * 0.37, x1, cell), np.arange(y0 + cell * 0.37, y1, cell)
    ends = [((x, y0), (x, y1)) for x in xs] + [((x0, y), (x1, y)) for y in ys]
    return shapely.multilinestrings([shapely.linestrings(end) for end in ends])


def _cells(layout: Layout, zones: Zones) -> list[shapely.Geometry]:
    """Borders that cut meadows and water into pieces a tile can hold."""
    water = layout.water.polygon
    meadow = layout.extent.difference(layout.outline).difference(zones.street).difference(water)
    shore = layout.outline.intersection(water.buffer(11.0, quad_segs=2)).difference(zones.street)
    return [
        _grid_lines(layout, MEADOW_CELL).intersection(meadow),
        _grid_lines(layout, WATER_CELL).intersection(shapely.union(water, shore)),
    ]


def _street_cuts(layout: Layout) -> list[shapely.Geometry]:
    """Lines across the streets: some 70 m apart on land, 4 m on bridges, so that decks can arch."""
    water = layout.water.polygon
    cuts: list[shapely.Geometry] = []
    for street in layout.streets:
        length = street.line.length
        at = np.linspace(13.0, length - 13.0, max(2, int((length - 26.0) / 70.0) + 1)) if length > 45.0 else np.empty(0)
        over = street.line.intersection(water) if street.rank in ("main", "ring") else shapely.LineString()
        for part in shapely.get_parts(over):
            if part.geom_type == "LineString" and part.length > 3.0:
                ends = [street.line.project(shapely.Point(part.coords[k])) for k in (0, -1)]
                at = np.append(at, np.arange(min(ends) - 2.0, max(ends) + 2.0, 4.0))
        cuts += _crossings(street, at)
    return cuts  # what sticks out by a hair bounds no face, so polygonising drops it


def _crossings(street: Street, at: F64) -> list[shapely.Geometry]:
    points = shapely.get_coordinates(shapely.line_interpolate_point(street.line, at))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(street.line, np.minimum(at + 1.0, street.line.length))
    )
    behind = shapely.get_coordinates(shapely.line_interpolate_point(street.line, np.maximum(at - 1.0, 0.0)))
    along = ahead - behind
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]]) * (street.carriageway / 2 + street.footway + 0.02)
    return list(shapely.linestrings(np.stack([points - across, points + across], axis=1)))


def _triangulate(polygons: NDArray[np.object_]) -> Faces:
    collections = shapely.constrained_delaunay_triangles(polygons)
    parts, face = shapely.get_parts(collections, return_index=True)
    corners = shapely.get_coordinates(parts).reshape(-1, 4, 2)[:, :3]
    keys = np.rint(corners / GRID).astype(np.int64).reshape(-1, 2)
    _, first, vertex = np.unique(keys[:, 0] * (1 << 32) + keys[:, 1], return_index=True, return_inverse=True)
    vertices = keys[first] * GRID
    triangles = vertex.reshape(-1, 3)
    a, b, c = vertices[triangles[:, 0]], vertices[triangles[:, 1]], vertices[triangles[:, 2]]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    triangles[area < 0] = triangles[area < 0][:, ::-1]
    keep = np.abs(area) > 1e-9
    points = shapely.get_coordinates(shapely.point_on_surface(polygons))
    return Faces(vertices, triangles[keep], face[keep], points, polygons)

"""The ground as features: heights on the faces of the plan, kerbs and quay walls where levels differ, bridge decks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.sampletown.partition import Faces, Zones
from importers.sampletown.relief import Relief
from importers.sampletown.scale import F64, KERB, WATER_LEVEL
from importers.sampletown.streets import Layout

MEADOW, WATER, CARRIAGEWAY, FOOTWAY, SQUARE, QUAYSIDE, YARD, GARDEN, PARK, PATH, DITCH = range(11)
"""What a face of the plan is."""
SURFACE = np.array(
    [
        SurfaceClass.GREEN, SurfaceClass.WATER, SurfaceClass.ROAD, SurfaceClass.PAVING, SurfaceClass.PAVING,
        SurfaceClass.PAVING, SurfaceClass.PAVING, SurfaceClass.GREEN, SurfaceClass.GREEN, SurfaceClass.PAVING,
        SurfaceClass.WATER,
    ],
    dtype=np.uint8,
)  # fmt: skip
BELOW_WATER = 1.2
"""Quay walls go this far below the water. [m]"""
DITCH_DEPTH = 0.4
"""Water in the ditches lies this much below the meadow: less than a step, so that walkers can leave it. [m]"""
DECK = 0.8
PARAPET = 1.0
PARAPET_WIDTH = 0.3


@dataclass(frozen=True)
class Soup:
    """Triangles with what they are and which face they belong to. m triangles, plan coordinates with heights."""

    corners: F64
    """(m, 3, 3) [m]"""
    surface: NDArray[np.uint8]
    face: NDArray[np.int64]


def classify(faces: Faces, layout: Layout, zones: Zones) -> NDArray[np.int64]:
    """What each of n faces is, (n,) of the kinds above, by a point inside it."""
    x, y = faces.points[:, 0], faces.points[:, 1]

    def inside(area: shapely.Geometry) -> NDArray[np.bool_]:
        shapely.prepare(area)
        return np.asarray(shapely.contains_xy(area, x, y))

    kind = np.full(len(x), MEADOW)
    kind[inside(layout.outline)] = YARD
    kind[inside(layout.water.polygon.buffer(11.0, quad_segs=2).intersection(layout.outline))] = QUAYSIDE
    for areas, what in ((zones.gardens, GARDEN), (zones.parks, PARK), (zones.paths, PATH), (zones.ditches, DITCH)):
        if areas:
            points = shapely.points(x, y)
            hits = shapely.STRtree(areas).query(points, predicate="within")[0]
            kind[hits] = what
    kind[inside(layout.square)] = SQUARE
    street = inside(zones.street)
    kind[street] = FOOTWAY
    kind[inside(zones.carriageway)] = CARRIAGEWAY
    kind[inside(layout.water.polygon) & ~street] = WATER
    return kind


def over_water(faces: Faces, layout: Layout, kind: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Faces that are bridge decks: street above water."""
    water = layout.water.polygon
    shapely.prepare(water)
    wet = np.asarray(shapely.contains_xy(water, faces.points[:, 0], faces.points[:, 1]))
    street: NDArray[np.bool_] = (kind == CARRIAGEWAY) | (kind == FOOTWAY)
    return wet & street


def deck_rise(points: F64, layout: Layout) -> F64:
    """How far a deck arches above the quays, by the distance from the bank: slope at most 7 %. [m]"""
    half = layout.water.width / 2
    bank = shapely.distance(shapely.points(points), layout.water.polygon.boundary)
    t = np.clip(bank / half, 0.0, 1.0)
    rise: F64 = 0.035 * half * (1.0 - (1.0 - t) ** 2)
    return rise


def ground_soup(faces: Faces, layout: Layout, kind: NDArray[np.int64], relief: Relief) -> tuple[Soup, Soup]:
    """All ground and water, and all bridges, as triangles of their faces."""
    deck = over_water(faces, layout, kind)
    height = relief.height(faces.vertices)
    ground_kind = np.where(deck, WATER, kind)
    z = _corner_heights(faces, ground_kind, height)
    walls = _steps(faces, ground_kind, z)
    top = np.concatenate([faces.vertices[faces.triangles], z[:, :, None]], axis=2)
    ground = _join(Soup(top, SURFACE[ground_kind[faces.face]], faces.face), walls)
    return ground, _decks(faces, layout, kind, deck, height)


def _corner_heights(faces: Faces, kind: NDArray[np.int64], height: F64) -> F64:
    """(m, 3) heights of triangle corners."""
    of = kind[faces.face][:, None]
    z = height[faces.triangles] - np.where(of == CARRIAGEWAY, KERB, np.where(of == DITCH, DITCH_DEPTH, 0.0))
    return np.where(of == WATER, WATER_LEVEL, z)


@dataclass(frozen=True)
class _Edges:
    """Borders between faces: triangle and corner on this side (left of a to b) and, if any, on the other."""

    triangle: NDArray[np.int64]
    corner: NDArray[np.int64]
    other_triangle: NDArray[np.int64]
    other_corner: NDArray[np.int64]


def _borders(faces: Faces) -> tuple[_Edges, NDArray[np.int64]]:
    """Pairs of triangle edges that meet, and the rows (triangle * 3 + corner) of edges that meet nothing."""
    a = faces.triangles.ravel()
    b = faces.triangles[:, [1, 2, 0]].ravel()
    key = np.minimum(a, b) * (len(faces.vertices) + 1) + np.maximum(a, b)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    left, right = order[same], order[same + 1]
    alone = np.ones(len(a), dtype=bool)
    alone[left] = alone[right] = False
    return _Edges(left // 3, left % 3, right // 3, right % 3), np.flatnonzero(alone)


def _steps(faces: Faces, kind: NDArray[np.int64], z: F64) -> Soup:
    """Kerbs and quay walls: upright faces wherever two neighbours meet at different heights, seen from the lower."""
    edges, _ = _borders(faces)
    k, other = kind[faces.face[edges.triangle]], kind[faces.face[edges.other_triangle]]
    here = np.stack([z[edges.triangle, edges.corner], z[edges.triangle, (edges.corner + 1) % 3]], axis=1)
    there = np.stack(
        [z[edges.other_triangle, (edges.other_corner + 1) % 3], z[edges.other_triangle, edges.other_corner]], axis=1
    )
    step = here - there
    differs = (np.abs(step).max(axis=1) > 1e-6) & (k != other)
    e = np.flatnonzero(differs)
    a = faces.vertices[faces.triangles[edges.triangle[e], edges.corner[e]]]
    b = faces.vertices[faces.triangles[edges.triangle[e], (edges.corner[e] + 1) % 3]]
    top, low = np.maximum(here[e], there[e]), np.minimum(here[e], there[e])
    wet = (k[e] == WATER) | (other[e] == WATER)
    low = np.where(wet[:, None], low - BELOW_WATER, low)
    rural = wet & ((k[e] == MEADOW) | (other[e] == MEADOW))
    ditch = (k[e] == DITCH) | (other[e] == DITCH)
    surface = np.where(wet, np.where(rural, SurfaceClass.BARE, SurfaceClass.QUAY), SurfaceClass.PAVING).astype(np.uint8)
    surface[ditch] = SurfaceClass.GREEN
    # Seen from the lower side: this side lies left of a to b, so its wall faces left when the other side is higher.
    flip = step[e].sum(axis=1) < 0
    a, b = np.where(flip[:, None], b, a), np.where(flip[:, None], a, b)
    top, low = np.where(flip[:, None], top[:, ::-1], top), np.where(flip[:, None], low[:, ::-1], low)
    higher = np.where(flip, edges.other_triangle[e], edges.triangle[e])
    return _upright(a, b, low, top, surface, faces.face[higher])


def _upright(a: F64, b: F64, low: F64, top: F64, surface: NDArray[np.uint8], face: NDArray[np.int64]) -> Soup:
    """Upright quads along a to b, facing right of that direction. a, b (n, 2); low, top (n, 2) at a and b."""
    al, bl = np.column_stack([a, low[:, 0]]), np.column_stack([b, low[:, 1]])
    at, bt = np.column_stack([a, top[:, 0]]), np.column_stack([b, top[:, 1]])
    corners = np.stack([np.stack([al, bl, bt], axis=1), np.stack([al, bt, at], axis=1)], axis=1).reshape(-1, 3, 3)
    return Soup(corners, np.repeat(surface, 2), np.repeat(face, 2))


def _join(*soups: Soup) -> Soup:
    return Soup(
        np.concatenate([s.corners for s in soups]),
        np.concatenate([s.surface for s in soups]),
        np.concatenate([s.face for s in soups]),
    )


def _decks(faces: Faces, layout: Layout, kind: NDArray[np.int64], deck: NDArray[np.bool_], height: F64) -> Soup:
    """Bridges: arched decks with kerbs, undersides and parapets."""
    mine = np.flatnonzero(deck[faces.face])
    part = Faces(faces.vertices, faces.triangles[mine], faces.face[mine], faces.points, faces.polygons)
    used = np.unique(part.triangles)
    level = height.copy()
    level[used] += deck_rise(faces.vertices[used], layout)
    z = _corner_heights(part, kind, level)
    top = np.concatenate([part.vertices[part.triangles], z[:, :, None]], axis=2)
    under = top[:, ::-1].copy()
    under[:, :, 2] = level[part.triangles[:, ::-1]] - DECK
    bridge = np.full(len(top), SurfaceClass.BRIDGE, dtype=np.uint8)
    tops = Soup(top, SURFACE[kind[part.face]], part.face)
    return _join(tops, Soup(under, bridge, part.face), _steps(part, kind, z), _parapets(faces, kind, deck, level))


def _parapets(faces: Faces, kind: NDArray[np.int64], deck: NDArray[np.bool_], level: F64) -> Soup:
    """Walls along the free edges of the decks: outside from the underside up, a top, and the inside."""
    edges, _ = _borders(faces)
    here, there = deck[faces.face[edges.triangle]], deck[faces.face[edges.other_triangle]]
    t = np.concatenate([edges.triangle[here & ~there], edges.other_triangle[~here & there]])
    c = np.concatenate([edges.corner[here & ~there], edges.other_corner[~here & there]])
    o = np.concatenate([edges.other_triangle[here & ~there], edges.triangle[~here & there]])
    free = (kind == WATER)[faces.face[o]]
    t, c = t[free], c[free]
    ia, ib = faces.triangles[t, c], faces.triangles[t, (c + 1) % 3]
    a, b = faces.vertices[ia], faces.vertices[ib]
    along = (b - a) / np.maximum(np.hypot(*(b - a).T), 1e-9)[:, None]
    inward = np.column_stack([-along[:, 1], along[:, 0]]) * PARAPET_WIDTH
    z = np.column_stack([level[ia], level[ib]])
    paint = np.full(len(a), SurfaceClass.BRIDGE, dtype=np.uint8)
    face = faces.face[t]
    outer = _upright(a, b, z - DECK, z + PARAPET, paint, face)
    inner = _upright(b + inward, a + inward, z[:, ::-1] - 0.05, z[:, ::-1] + PARAPET, paint, face)
    up = z + PARAPET
    rim = [
        np.column_stack([p, h])
        for p, h in ((a, up[:, 0]), (b, up[:, 1]), (b + inward, up[:, 1]), (a + inward, up[:, 0]))
    ]
    quads = np.stack([np.stack([rim[0], rim[1], rim[2]], 1), np.stack([rim[0], rim[2], rim[3]], 1)], 1).reshape(
        -1, 3, 3
    )
    return _join(outer, inner, Soup(quads, np.repeat(paint, 2), np.repeat(face, 2)))

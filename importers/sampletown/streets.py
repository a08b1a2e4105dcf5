"""Streets and the blocks between them: mains, rings and quays first, then fields halved until they are blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from importers.sampletown.scale import F64, Scale
from importers.sampletown.water import Water, make_water


@dataclass(frozen=True)
class Street:
    """A centre line and what lies along it."""

    line: shapely.LineString
    carriageway: float
    """Width. [m]"""
    footway: float
    """Width of the footway on either side. [m]"""
    rank: str
    """main, ring, quay, market, street, lane or edge."""


@dataclass
class Layout:
    """The plan before it is cut into ground: plan coordinates, metres."""

    extent: shapely.Polygon
    outline: shapely.Polygon
    water: Water
    square: shapely.Polygon
    streets: list[Street] = field(default_factory=list)
    blocks: list[shapely.Polygon] = field(default_factory=list)
    """Gross blocks: from centre line to centre line."""


def make_layout(scale: Scale) -> Layout:
    """Water, square, streets and gross blocks."""
    rng = scale.rng("layout")
    water = make_water(scale)
    extent = shapely.Point(0, 0).buffer(scale.extent, quad_segs=18)
    outline = _outline(scale, rng)
    square = _square(scale, rng)
    layout = Layout(extent, outline, water, square)
    mains = [m if m.length > scale.extent else m.intersection(outline) for m in _mains(scale, rng)]
    rings = _rings(scale, rng)
    shore = water.polygon.buffer(11.0, quad_segs=2)
    land = outline.difference(shore).difference(square)
    layout.streets += [Street(m, 8.0, 3.0, "main") for m in _lines_outside(mains, square, extent)]
    layout.streets += [Street(r, 7.0, 2.5, "ring") for r in rings]
    layout.streets += [Street(q, 5.5, 2.2, "quay") for q in _parts(shore.boundary.intersection(outline))]
    layout.streets += [Street(e, 5.0, 1.8, "edge") for e in _parts(outline.boundary.difference(shore))]
    layout.streets.append(Street(shapely.LineString(square.exterior.coords), 4.5, 2.0, "market"))
    network = shapely.unary_union([land.boundary, *(m.intersection(land) for m in mains + rings)], grid_size=0.01)
    fields = [f for f in shapely.polygonize([network]).geoms if land.contains(f.representative_point())]
    fields.sort(key=lambda f: (round(f.centroid.x, 1), round(f.centroid.y, 1)))
    for piece in fields:
        _subdivide(piece, layout, scale, rng)
    return layout


def _outline(scale: Scale, rng: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 97)[:-1]
    p = rng.uniform(0, 2 * np.pi, 3)
    r = scale.radius * (
        1 + 0.06 * np.sin(2 * angle + p[0]) + 0.04 * np.sin(3 * angle + p[1]) + 0.02 * np.sin(5 * angle + p[2])
    )
    return shapely.Polygon(np.column_stack([r * np.cos(angle), r * np.sin(angle)]))


def _square(scale: Scale, rng: np.random.Generator) -> shapely.Polygon:
    a, b = scale.square, scale.square * rng.uniform(0.68, 0.8)
    corners = np.array([[-a, -b], [a, -b], [a, b], [-a, b]]) * (1 + rng.uniform(-0.1, 0.1, (4, 2)))
    turn = rng.uniform(-0.15, 0.15)
    return shapely.Polygon(corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]))


def _bend(a: F64, b: F64, sag: float, step: float = 16.0) -> shapely.LineString:
    """A gentle arc (quadratic Bezier) from a to b whose middle leaves the chord by `sag` metres."""
    chord = b - a
    length = float(np.hypot(*chord))
    normal = np.array([-chord[1], chord[0]]) / max(length, 1e-9)
    control = (a + b) / 2 + normal * 2 * sag
    t = np.linspace(0, 1, max(3, int(length / step) + 1))[:, None]
    return shapely.LineString((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b)


def _mains(scale: Scale, rng: np.random.Generator) -> list[shapely.LineString]:
    radius = scale.radius
    north = 3 if radius < 260 else 4 if radius < 700 else 6
    angles = np.linspace(np.radians(14), np.radians(166), north) + rng.uniform(-0.09, 0.09, north)
    angles = np.append(angles, np.radians(-90) + rng.uniform(-0.1, 0.1))
    mains = []
    for k, angle in enumerate(angles):
        goes_out = k == north or k % 2 == 0
        reach = scale.extent + 60.0 if goes_out else radius * 1.25
        end = reach * np.array([np.cos(angle), np.sin(angle)])
        sag = 0.0 if k == north else radius * rng.uniform(-0.07, 0.07)
        mains.append(_bend(np.zeros(2), end, sag))
    if radius > 900:  # a long river needs more than the bridges of market and rings
        for x in (-0.62 * radius, 0.62 * radius):
            mains.append(_bend(np.array([x, -0.75 * radius]), np.array([x * 0.9, 0.3 * radius]), 0.02 * radius))
    return mains


def _rings(scale: Scale, rng: np.random.Generator) -> list[shapely.LineString]:
    shares = [] if scale.radius < 250 else [0.62] if scale.radius < 900 else [0.42, 0.78]
    rings = []
    for share in shares:
        angle = np.linspace(0, 2 * np.pi, int(np.clip(scale.radius * share * 0.4, 48, 400)))
        p = rng.uniform(0, 2 * np.pi, 2)
        r = scale.radius * share * (1 + 0.035 * np.sin(3 * angle + p[0]) + 0.02 * np.sin(4 * angle + p[1]))
        r[-1] = r[0]
        rings.append(shapely.LineString(np.column_stack([r * np.cos(angle), r * np.sin(angle)])))
    return rings


def _parts(geometry: shapely.Geometry) -> list[shapely.LineString]:
    merged = shapely.line_merge(geometry) if geometry.geom_type != "LineString" else geometry
    return [g for g in shapely.get_parts(merged) if g.geom_type == "LineString" and g.length > 1.0]


def _lines_outside(
    lines: list[shapely.LineString], square: shapely.Polygon, extent: shapely.Polygon
) -> list[shapely.LineString]:
    return [part for line in lines for part in _parts(line.difference(square).intersection(extent))]


def _target_area(scale: Scale, centre: shapely.Point, rng: np.random.Generator) -> float:
    """How big a gross block may be before it is cut again: small at the heart, larger outwards. [m2]"""
    share = min(1.0, float(np.hypot(centre.x, centre.y)) / scale.radius)
    return (6800.0 + 5600.0 * share) * float(rng.uniform(0.8, 1.25))


def _subdivide(piece: shapely.Polygon, layout: Layout, scale: Scale, rng: np.random.Generator) -> None:
    todo = [piece]
    while todo:
        field_ = todo.pop()
        if field_.area < _target_area(scale, field_.centroid, rng):
            layout.blocks.append(field_)
            continue
        cut = _cut_line(field_, rng)
        pieces = _split(field_, cut)
        if len(pieces) < 2:
            layout.blocks.append(field_)
            continue
        wide = field_.area > 26000.0
        for part in _parts(cut.intersection(field_)):
            layout.streets.append(
                Street(part, 5.5 if wide else 4.2, 2.0 if wide else 1.6, "street" if wide else "lane")
            )
        todo += pieces


def _cut_line(piece: shapely.Polygon, rng: np.random.Generator) -> shapely.LineString:
    """A slightly bent line across the longer axis, near the middle."""
    box = shapely.get_coordinates(shapely.oriented_envelope(piece))[:4]
    along, across = box[1] - box[0], box[3] - box[0]
    if np.hypot(*along) < np.hypot(*across):
        along, across = across, along
    share, turn, sag = rng.uniform(0.44, 0.56), rng.uniform(-0.07, 0.07), rng.uniform(-0.03, 0.03)
    middle = box[0] + along * share + across / 2
    c, s = np.cos(turn), np.sin(turn)
    direction = np.array([across[0] * c - across[1] * s, across[0] * s + across[1] * c])
    return _bend(middle - direction * 0.62, middle + direction * 0.62, sag * float(np.hypot(*across)), step=24.0)


def _split(piece: shapely.Polygon, cut: shapely.LineString) -> list[shapely.Polygon]:
    lines = shapely.unary_union([piece.boundary, cut.intersection(piece)], grid_size=0.01)
    faces = [f for f in shapely.polygonize([lines]).geoms if piece.contains(f.representative_point())]
    return sorted(faces, key=lambda f: (round(f.centroid.x, 1), round(f.centroid.y, 1)))

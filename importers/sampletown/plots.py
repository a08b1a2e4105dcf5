"""Where buildings stand: rows along the edges of the net blocks, corners, slabs, warehouses, gardens, parks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.sampletown.partition import Zones
from importers.sampletown.rows import FLAT, GABLE_FRONT, PYRAMIDAL, SAWTOOTH, SLAB, TOWER, Row, row_style
from importers.sampletown.scale import F64, Scale
from importers.sampletown.streets import Layout


@dataclass
class Plots:
    """Footprints with what shall stand on them. n buildings, plan coordinates."""

    most_storeys: int
    quads: list[F64] = field(default_factory=list)
    """(4, 2) each, counter-clockwise, the street front first: 0 to 1."""
    shape: list[int] = field(default_factory=list)
    storeys: list[int] = field(default_factory=list)
    pitch: list[float] = field(default_factory=list)
    """Rise of the roof over its run. [-]"""
    function: list[str] = field(default_factory=list)
    year: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)

    def add(self, quad: F64, shape: int, storeys: int, pitch: float, function: str, year: int, block: int) -> None:
        """Note one building."""
        self.quads.append(quad)
        self.shape.append(shape)
        self.storeys.append(min(storeys, self.most_storeys))
        self.pitch.append(pitch)
        self.function.append(function)
        self.year.append(year)
        self.block.append(block)


def place_buildings(layout: Layout, zones: Zones, scale: Scale, plots: Plots) -> None:
    """Fill the net blocks, the innermost first; fills `zones.gardens` and `zones.parks` too."""
    rng = scale.rng("plots")
    centres = np.array([[b.centroid.x, b.centroid.y] for b in zones.net_blocks])
    share = np.hypot(centres[:, 0], centres[:, 1]) / scale.radius
    basin = shapely.box(*layout.water.basin)
    towers = _tower_blocks(zones, share, scale, rng)
    for index in np.argsort(share, kind="stable"):
        block = shapely.simplify(zones.net_blocks[index], 0.35).buffer(-0.35, join_style="mitre")
        if len(plots.quads) > scale.buildings * 1.08 + 8 or block.geom_type != "Polygon":
            zones.parks.append(zones.net_blocks[index])
            continue
        _fill(block, int(index), float(share[index]), basin, plots, zones, rng, tower=index in towers)


def _fill(
    block: shapely.Polygon, index: int, share: float, basin: shapely.Polygon, plots: Plots, zones: Zones,
    rng: np.random.Generator, *, tower: bool,
) -> None:  # fmt: skip
    """Decide what a block is and fill it."""
    inner = _inradius(block)
    chance = rng.random()
    if tower and block.distance(basin) > 34.0:
        _tower(block, index, share, plots, zones, rng)
    elif block.area < 450.0 or inner < 9.0 or (share > 0.16 and chance < 0.055):
        zones.parks.append(zones.net_blocks[index])
    elif block.distance(basin) < 34.0:
        _warehouses(block, index, plots, rng)
    elif share > 0.3 and 0.085 <= chance < 0.155 and inner > 20.0:
        _slabs(block, index, plots, zones, rng)
    else:
        _perimeter(block, index, share, inner, plots, zones, rng)


def _tower_blocks(zones: Zones, share: F64, scale: Scale, rng: np.random.Generator) -> set[int]:
    """Which blocks carry a tower: a handful near the centre, where there is room, one for each 500 buildings or so."""
    room = np.array([_inradius(b) > 15.0 for b in zones.net_blocks])
    near = np.flatnonzero(room & (share > 0.14) & (share < 0.42))
    count = min(len(near), max(scale.buildings >= 200, round(scale.buildings / 500)))
    return set(rng.permutation(near)[:count].tolist())


def _inradius(block: shapely.Polygon) -> float:
    return float(shapely.maximum_inscribed_circle(block, tolerance=0.8).length)


def _perimeter(
    block: shapely.Polygon, index: int, share: float, inner: float, plots: Plots, zones: Zones, rng: np.random.Generator
) -> None:  # fmt: skip
    """Rows of houses along all edges, a green yard inside."""
    front = 0.0 if share < 0.45 else float(rng.uniform(1.5, 3.5))
    row = row_style(share, rng)
    depth = min(row.depth, max(7.0, inner - front - 4.5))
    edge = block.buffer(-front, join_style="mitre") if front else block
    if edge.geom_type != "Polygon":
        zones.parks.append(zones.net_blocks[index])
        return
    # In the old town yards are paved along the houses; further out gardens reach the footway.
    yard = edge.buffer(-(depth + 2.5), join_style="mitre") if share < 0.42 else block.buffer(-0.6, join_style="mitre")
    zones.gardens += [g for g in shapely.get_parts(yard) if g.area > 60.0]
    _rows_along(shapely.normalize(edge), depth, index, share, row, plots, rng)


def _rows_along(
    edge: shapely.Polygon, depth: float, index: int, share: float, row: Row, plots: Plots, rng: np.random.Generator
) -> None:  # fmt: skip
    """Houses along a ring, side by side, with corner buildings where it turns sharply.

    At a corner of turning angle theta two strips of depth d meet at the mitre, whose foot on either edge lies
    d tan(theta / 2) from the corner: that kite is the corner building; at slight turns it is shared out instead.
    """
    ring = shapely.get_coordinates(shapely.orient_polygons(edge).exterior)[:-1]
    after = np.roll(ring, -1, axis=0)
    along = after - ring
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / length[:, None]
    before = np.roll(unit, 1, axis=0)
    turn = np.arctan2(before[:, 0] * unit[:, 1] - before[:, 1] * unit[:, 0], (before * unit).sum(axis=1))
    foot = depth * np.tan(np.clip(turn, -1.2, 2.1) / 2)
    sharp = np.abs(turn) > 0.42
    for k in range(len(ring)):
        n = (k + 1) % len(ring)
        inward = np.array([-unit[k, 1], unit[k, 0]])
        start = max(foot[k], 0.0) if sharp[k] else 0.0
        end = max(foot[n], 0.0) if sharp[n] else 0.0
        style = row if share > 0.3 or rng.random() < 0.5 else row_style(share, rng)
        if not row.corners:
            start, end = start + (2.0 if sharp[k] else 0.0), end + (2.0 if sharp[n] else 0.0)
        elif sharp[k] and 0.42 < turn[k] < 2.0 and min(length[k], length[k - 1]) > foot[k]:
            _corner(ring[k], before[k], unit[k], inward, float(foot[k]), depth, index, style, plots, rng)
        skew = (0.0 if sharp[k] else float(foot[k]), 0.0 if sharp[n] else float(foot[n]))
        _row_of_houses(ring[k], unit[k], inward, start, length[k] - end, skew, depth, index, style, plots, rng)


def _corner(
    at: F64, before: F64, ahead: F64, inward: F64, foot: float, depth: float, index: int, row: Row, plots: Plots,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    quad = np.array([at, at + ahead * foot, at + ahead * foot + inward * depth, at - before * foot])
    if foot < 3.0:
        return
    storeys = row.storeys[1] + int(rng.random() < 0.35)
    shape = (PYRAMIDAL if row.shapes[0] != FLAT else FLAT) if rng.random() < 0.7 else FLAT
    plots.add(quad, shape, storeys, row.pitch * 0.8, "mixed use", int(rng.integers(*row.year)), index)


def _row_of_houses(
    at: F64, unit: F64, inward: F64, start: float, end: float, skew: tuple[float, float], depth: float, index: int,
    row: Row, plots: Plots, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Houses from `start` to `end` along an edge; the outermost party walls lean by `skew` to meet the next edge's."""
    length = end - start
    if length < 0.75 * row.width or length - max(skew[0], 0) - max(skew[1], 0) < 3.0:
        return
    count = max(1, round(length / (row.width + row.gap / 2)))
    bounds = start + np.linspace(0.0, length, count + 1)
    storeys = rng.integers(row.storeys[0], row.storeys[1] + 1, count)
    shapes = rng.integers(0, len(row.shapes), count)
    years = np.sort(rng.integers(row.year[0], row.year[1], 2))
    same = len(row.shapes) == 1
    for i in range(count):
        o0, o1 = bounds[i], bounds[i + 1]
        if row.gap:
            o0, o1 = (o0 + row.gap, o1) if i % 2 == 0 else (o0, o1)
        b0 = o0 + (skew[0] if i == 0 else 0.0)
        b1 = o1 - (skew[1] if i == count - 1 else 0.0)
        if o1 - o0 < 3.0 or b1 - b0 < 2.0:
            continue
        quad = np.array(
            [at + unit * o0, at + unit * o1, at + unit * b1 + inward * depth, at + unit * b0 + inward * depth]
        )
        year = int(years[0]) if same else int(rng.integers(*row.year))
        plots.add(quad, row.shapes[shapes[i]], int(storeys[i]), row.pitch, row.function, year, index)


def _box(centre: F64, along: F64, half_length: float, half_width: float) -> F64:
    across = np.array([-along[1], along[0]])
    a, b = along * half_length, across * half_width
    return np.array([centre - a - b, centre + a - b, centre + a + b, centre - a + b])


def _frame(block: shapely.Polygon) -> tuple[F64, F64, float, float]:
    """Centre, unit vector along the longer side, length and width of the block's oriented envelope."""
    box = shapely.get_coordinates(shapely.oriented_envelope(block))[:4]
    a, b = box[1] - box[0], box[3] - box[0]
    if np.hypot(*a) < np.hypot(*b):
        a, b = b, -a
    length, width = float(np.hypot(*a)), float(np.hypot(*b))
    return box.mean(axis=0), a / length, length, width


def _warehouses(block: shapely.Polygon, index: int, plots: Plots, rng: np.random.Generator) -> None:
    row = Row(rng.uniform(13.0, 17.0), rng.uniform(16.0, 19.0), (3, 5), rng.uniform(0.55, 0.8),
              (GABLE_FRONT, GABLE_FRONT, FLAT, SAWTOOTH), (1860, 1935), "warehouse", 0.0, True)  # fmt: skip
    depth = min(row.depth, max(8.0, _inradius(block) - 3.0))
    _rows_along(shapely.normalize(block), depth, index, 0.5, row, plots, rng)


def _tower(
    block: shapely.Polygon, index: int, share: float, plots: Plots, zones: Zones, rng: np.random.Generator
) -> None:  # fmt: skip
    centre, along, _, _ = _frame(block)
    point = shapely.get_coordinates(shapely.maximum_inscribed_circle(block, tolerance=0.8))[0]
    half = float(min(13.0, _inradius(block) * 0.62))
    storeys = int(rng.integers(9, 17) * (1.0 if share < 0.4 else 0.8))
    plots.add(
        _box(point, along, half, half * 0.85), TOWER, storeys, 0.0, "apartments", int(rng.integers(1996, 2023)), index
    )
    lawn = block.buffer(-6.0, join_style="mitre").difference(shapely.Polygon(plots.quads[-1]).buffer(4.0))
    zones.gardens += [g for g in shapely.get_parts(lawn) if g.area > 40.0]
    del centre


def _slabs(block: shapely.Polygon, index: int, plots: Plots, zones: Zones, rng: np.random.Generator) -> None:
    """Parallel slabs of flats on a lawn."""
    centre, along, length, width = _frame(block)
    across = np.array([-along[1], along[0]])
    rows = max(1, int((width - 6.0) / 34.0))
    storeys, year = int(rng.integers(4, 10)), int(rng.integers(1958, 1985))
    lawn: shapely.Geometry = block.buffer(-3.0, join_style="mitre")
    for k in range(rows):
        at = centre + across * (width * ((k + 0.5) / rows - 0.5))
        for shrink in (0.84, 0.7, 0.55, 0.4):
            quad = _box(at, along, min(length * shrink, 76.0) / 2, 5.8)
            if block.buffer(-2.0).contains(shapely.Polygon(quad)):
                plots.add(quad, SLAB, storeys, 0.0, "apartments", year, index)
                lawn = lawn.difference(shapely.Polygon(quad).buffer(2.5, join_style="mitre"))
                break
    zones.gardens += [g for g in shapely.get_parts(lawn) if g.area > 40.0]


def green_empty_blocks(plots: Plots, chosen: NDArray[np.int64], zones: Zones) -> None:
    """Blocks in which nothing was built in the end become parks."""
    built = {plots.block[k] for k in chosen.tolist()}
    tree = shapely.STRtree(zones.parks) if zones.parks else None
    for index, block in enumerate(zones.net_blocks):
        if index in built or (tree is not None and len(tree.query(block.representative_point(), predicate="within"))):
            continue
        shapely.prepare(block)
        zones.gardens = [garden for garden in zones.gardens if not block.contains(garden.representative_point())]
        zones.parks.append(block)


def keep_sound(plots: Plots, zones: Zones) -> NDArray[np.int64]:
    """Rows of footprints that are simple, inside their block, and overlap no earlier one."""
    shapes = shapely.polygons(np.array(plots.quads))
    sound = shapely.is_valid(shapes) & (shapely.area(shapes) > 14.0)
    block = np.array(plots.block)
    room = np.array([*zones.net_blocks, None], dtype=object)[block]
    shapely.prepare(zones.net_blocks)
    out = np.flatnonzero(sound & (block >= 0) & ~shapely.covers(room, shapes))
    sound[out] = shapely.area(shapely.difference(shapes[out], room[out])) < 0.6
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    earlier = (left < right) & sound[left] & sound[right]
    left, right = left[earlier], right[earlier]
    clash = shapely.area(shapely.intersection(shapes[left], shapes[right])) > 0.4
    for a, b in sorted(zip(left[clash].tolist(), right[clash].tolist(), strict=True)):
        if sound[a]:
            sound[b] = False
    return np.flatnonzero(sound)

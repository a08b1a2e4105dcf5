"""Buildings that stand together as one mass: what a far tile draws of houses that it could not draw one by one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.batch import MeshBatch, concatenate, ranges, runs, triangle_vectors
from importers.coarser import surfaces_of
from importers.deviation import deviations
from importers.footprints import footprints_of
from importers.levels import FINEST, THREADS, Levels
from importers.model import CityFeature
from importers.prisms import prisms, roof_heights, simplified
from importers.shading import ShadedBatch, shade
from importers.spatial import joined

_KINDS = ((0.4, 3.0, 1.5), (6.0, 6.0, 3.0))
"""Rows of houses, and quarters: gap that is closed, difference of roof heights, tolerance of outlines. [m]"""
_PATCH = 120.0
"""Blocks end at the lines of a grid this wide: larger ones would not follow the ground. [m]"""
_TOO_LARGE = 80.0
"""Buildings wider than this stand for themselves. [m]"""
_GOOD_ENOUGH = 5.0
"""No bound of a block needs to be sharper: it is drawn from far away. [m]"""
_AT_ONCE = 20_000
"""Triangles that are measured in one piece: memory stays the same however large the city. [-]"""


@dataclass(slots=True)
class Blocks:
    """b blocks of at least two buildings; a building may be in one block of each kind."""

    shaded: ShadedBatch
    """Row i draws block i."""
    kind: NDArray[np.int64]
    """(b,) 0 rows of houses, 1 quarters."""
    errors: NDArray[np.float64]
    """(b,) bound of the deviation from its buildings' finest meshes, both ways. [m]"""
    vertices: NDArray[np.int64]
    """(b,)"""
    start: NDArray[np.int64]
    """(b + 1,) block i has the buildings `members[start[i]:start[i + 1]]`."""
    members: NDArray[np.int64]
    """Rows of the features, ascending in each block."""

    def __len__(self) -> int:
        return len(self.kind)


def build_blocks(levels: Levels, features: Sequence[CityFeature], leaves: Sequence[NDArray[np.int64]]) -> Blocks | None:
    """Blocks of the buildings in each of these leaves (rows of features); None where no two stand together.

    A block never has buildings of two leaves, so that each tile above has it whole or not at all.
    """
    fine = levels.candidates[FINEST].mesh
    vectors = triangle_vectors(fine)
    base, top = roof_heights(fine)
    is_building, _main = surfaces_of(fine, vectors)
    fit = is_building & np.isfinite(top) & (top > base + 0.5) & (2.0 * levels.half[:, :2].max(axis=1) < _TOO_LARGE)
    fit &= ~levels.is_ground
    leaf_of = np.full(len(fine), -1)
    for number, rows in enumerate(leaves):
        leaf_of[rows] = number
    rows = np.flatnonzero(fit & (leaf_of >= 0))
    found = footprints_of(features, fine, rows, vectors)
    rows = np.array(sorted(found), np.int64)
    if len(rows) < 2:
        return None
    shapes = np.array([found[row] for row in rows.tolist()], object)
    patch = np.floor(levels.centre[rows, :2] / _PATCH).astype(np.int64)
    together = np.column_stack([leaf_of[rows], patch])
    groups: list[NDArray[np.int64]] = []
    kinds: list[int] = []
    with ThreadPoolExecutor(THREADS) as pool:
        closing = []
        for kind, (gap, difference, tolerance) in enumerate(_KINDS):
            for chosen in _standing_together(shapes, gap, together, top[rows], difference):
                closing.append(pool.submit(_closed, shapes[chosen], gap, tolerance))
                groups.append(rows[chosen])
                kinds.append(kind)
        outlines = [outline.result() for outline in closing]
    if not groups:
        return None
    return _measured(levels, groups, outlines, kinds, base, top, vectors)


def _standing_together(
    shapes: NDArray[Any],
    gap: float,
    together: NDArray[np.int64],
    top: NDArray[np.float64],
    difference: float,
) -> list[NDArray[np.intp]]:
    """Groups of at least two shapes with gaps no wider than `gap`, roofs about as high, and the same `together`."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap)
    joining = (
        (one < other) & (together[one] == together[other]).all(axis=1) & (abs(top[one] - top[other]) <= difference)
    )
    label = joined(len(shapes), one[joining], other[joining])
    order = np.argsort(label, kind="stable")
    pieces = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [piece for piece in pieces if len(piece) > 1]


def _closed(shapes: NDArray[Any], gap: float, tolerance: float) -> Any:
    """One outline around shapes and the gaps between them."""
    reach = gap / 2.0 + 0.05
    grown = shapely.buffer(shapes, reach, join_style="mitre", mitre_limit=2.0)
    whole = shapely.buffer(shapely.union_all(grown), -reach, join_style="mitre", mitre_limit=2.0)
    if whole.is_empty:
        whole = shapely.union_all(shapes)
    outline: Any = simplified(np.array([whole], object), tolerance)[0]
    return outline


def _measured(
    levels: Levels,
    groups: list[NDArray[np.int64]],
    outlines: list[Any],
    kinds: list[int],
    base: NDArray[np.float64],
    top: NDArray[np.float64],
    vectors: NDArray[np.float64],
) -> Blocks:
    start = np.concatenate(([0], np.cumsum([len(group) for group in groups]))).astype(np.int64)
    members = np.concatenate(groups)
    of = np.repeat(np.arange(len(groups)), np.diff(start))
    fine = levels.candidates[FINEST].mesh
    low = np.full(len(groups), np.inf)
    np.minimum.at(low, of, base[members])
    up = np.bincount(fine.feature_of_triangle, np.maximum(vectors[:, 2], 0.0), len(fine))[members]
    weight = np.maximum(np.bincount(of, up, len(groups)), 1e-9)
    high = np.bincount(of, up * top[members], len(groups)) / weight
    batch = prisms(len(groups), np.arange(len(groups)), np.array(outlines, object), low, np.maximum(high, low + 0.5))
    own, own_error = _lightest(levels, members)
    whole = MeshBatch(own.positions, own.triangles, own.surface, own.vertex_start[start], own.triangle_start[start])
    good_enough = np.full(len(groups), _GOOD_ENOUGH)
    pieces = runs(whole.triangle_counts, _AT_ONCE)
    with ThreadPoolExecutor(THREADS) as pool:
        errors = np.concatenate(
            list(
                pool.map(
                    lambda piece: deviations(batch.between(*piece), whole.between(*piece), good_enough[slice(*piece)]),
                    pieces,
                )
            )
        )
    # the way over the lightest form of each building is no shorter than the way to its finest
    errors += np.maximum.reduceat(own_error, start[:-1])
    shaded = shade(batch)
    return Blocks(shaded, np.array(kinds), errors, shaded.mesh.vertex_counts, start, members)


def _lightest(levels: Levels, rows: NDArray[np.int64]) -> tuple[MeshBatch, NDArray[np.float64]]:
    """The candidate with fewest vertices of each of these features, in their order, and its error (r,). [m]"""
    vertices = np.where(np.isfinite(levels.errors[:, rows]), levels.vertices[:, rows], np.iinfo(np.int64).max)
    candidate = np.argmin(vertices, axis=0)
    order = np.argsort(candidate, kind="stable")
    parts = [levels.candidates[number].mesh.take(rows[candidate == number]) for number in np.unique(candidate).tolist()]
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))
    return concatenate(parts).take(back), levels.errors[candidate, rows]


@dataclass(slots=True)
class ChosenBlocks:
    """What blocks stand for in one tile."""

    blocks: NDArray[np.int64]
    """Rows of `Blocks`."""
    is_inside: NDArray[np.bool_]
    """(r,) which of the tile's features a block stands for."""
    vertices: int = 0
    error: float = 0.0
    """The largest of their bounds. [m]"""


def take_blocks(
    blocks: Blocks, rows: NDArray[np.int64], drawn: NDArray[np.int64], budget: float, too_many: int
) -> ChosenBlocks:
    """Blocks in place of a tile's features `rows` (ascending), which would need `drawn` (r,) vertices one by one.

    Rows of houses first; quarters where that does not bring `too_many` vertices down to none.
    """
    place = np.searchsorted(rows, blocks.members)
    is_here = rows[np.minimum(place, len(rows) - 1)] == blocks.members
    first = blocks.start[:-1]
    cost = np.add.reduceat(np.where(is_here, drawn[np.minimum(place, len(rows) - 1)], 0), first)
    usable = is_here[first] & (blocks.errors <= budget) & (blocks.vertices < cost)
    saved = cost - blocks.vertices
    chosen = np.flatnonzero(usable & (blocks.kind == 0))
    if int(saved[chosen].sum()) < too_many:
        chosen = np.flatnonzero(usable & (blocks.kind == 1))
        inside = np.zeros(len(rows), bool)
        inside[place[ranges(blocks.start, chosen)[0]]] = True
        alone = usable & (blocks.kind == 0)
        alone[alone] = ~inside[place[blocks.start[np.flatnonzero(alone)]]]
        chosen = np.sort(np.concatenate([chosen, np.flatnonzero(alone)]))
    inside = np.zeros(len(rows), bool)
    inside[place[ranges(blocks.start, chosen)[0]]] = True
    return ChosenBlocks(
        chosen, inside, int(blocks.vertices[chosen].sum()), float(blocks.errors[chosen].max(initial=0.0))
    )

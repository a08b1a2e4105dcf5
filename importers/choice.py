"""Which of its features a tile draws, and how finely: the lightest that its error budget allows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.blocks import Blocks, ChosenBlocks, take_blocks
from importers.distances import TriangleTable
from importers.levels import Levels

DROPPED = -1
"""In place of a candidate's number: the feature is left out."""
_LEAST_BUDGET = 2.0
"""Coarser tiles need not be better than this. [m]"""
_BUDGET_OF_SIZE = 1.0 / 128.0
"""A tile of this size is drawn when it is some hundred pixels wide; its budget is then a few pixels. [-]"""
_GROWTH = 1.4
_MOST_GROWTH = 3.0
"""From there on a tile has more vertices than it should: a city of holes would be worse. [-]"""
_DROP = 0.6
"""Features may be left out when smaller than this times the budget: a city of holes is worse than a coarse one. [-]"""


@dataclass(slots=True)
class Choice:
    """What one tile draws."""

    rows: NDArray[np.int64]
    """Features, ascending."""
    candidate: NDArray[np.int64]
    """Candidate number of each, or `DROPPED`."""
    error: float = 0.0
    """Bound of the tile's deviation from the finest data, both ways. [m]"""
    blocks: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows of `Blocks` that stand for dropped features."""


def is_crowded(levels: Levels, rows: NDArray[np.int64], size: float, max_vertices: int) -> bool:
    """Whether a tile of this size [m] has too many features to draw each of them, even coarsely."""
    drawn = _lightest(levels, rows, _budget_of(size))[1]
    return int(drawn.sum()) > max_vertices


def choose(
    levels: Levels, rows: NDArray[np.int64], size: float, max_vertices: int, blocks: Blocks | None = None
) -> Choice:
    """What a tile of this size [m] draws for its features: the lightest that its error budget allows.

    Where that is more than `max_vertices`, blocks stand for the buildings in them; then features smaller than the
    budget may be left out, the smallest first and no more than need be, unless they would be missed from farther away
    than that. The budget grows until that is enough, but not without end.
    """
    budget = _budget_of(size)
    most = budget * _MOST_GROWTH
    diagonal = 2.0 * np.linalg.norm(levels.half[rows], axis=1)
    none = ChosenBlocks(np.zeros(0, np.int64), np.zeros(len(rows), bool))
    while True:
        candidate, drawn, error = _lightest(levels, rows, budget)
        taken, too_many = none, int(drawn.sum()) - max_vertices
        if blocks is not None and too_many > 0:
            taken = take_blocks(blocks, rows, drawn, budget, too_many)
            drawn[taken.is_inside] = 0
        alone = ~taken.is_inside
        small = (diagonal <= _DROP * budget) & ~levels.is_ground[rows] & alone
        if int(drawn[~small].sum()) + taken.vertices <= max_vertices or budget * _GROWTH > most:
            break
        budget *= _GROWTH
    small = _smallest(small, diagonal, drawn, int(drawn.sum()) + taken.vertices - max_vertices)
    candidate[taken.is_inside], error[taken.is_inside] = DROPPED, taken.error
    if small.any() and not small.all():
        cost = np.maximum(_drop_costs(levels, rows, candidate, small, blocks, taken), diagonal[small])
        leave_out = np.flatnonzero(small)[cost <= 1.5 * budget]
        error[leave_out] = cost[cost <= 1.5 * budget]
        candidate[leave_out] = DROPPED
    return Choice(rows, candidate, float(error.max(initial=0.0)), taken.blocks)


def _budget_of(size: float) -> float:
    return max(_LEAST_BUDGET, size * _BUDGET_OF_SIZE)


def _lightest(
    levels: Levels, rows: NDArray[np.int64], budget: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """For each feature the candidate with fewest vertices within the budget, their number and its error (r,)."""
    errors, vertices = levels.errors[:, rows], levels.vertices[:, rows]
    column = np.arange(len(rows))
    candidate = np.argmin(np.where(errors <= budget, vertices, np.iinfo(np.int64).max), axis=0)
    return candidate, vertices[candidate, column], errors[candidate, column]


def _smallest(
    small: NDArray[np.bool_], diagonal: NDArray[np.float64], drawn: NDArray[np.int64], too_many: int
) -> NDArray[np.bool_]:
    """Of the features that may be left out, the smallest that bring `too_many` vertices down to none (r,)."""
    order = np.flatnonzero(small)[np.argsort(diagonal[small], kind="stable")]
    saved = np.cumsum(drawn[order])
    chosen = np.zeros(len(small), bool)
    if too_many > 0:
        chosen[order[: int(np.searchsorted(saved, too_many)) + 1]] = True
    return chosen


def _drop_costs(
    levels: Levels,
    rows: NDArray[np.int64],
    candidate: NDArray[np.int64],
    small: NDArray[np.bool_],
    blocks: Blocks | None,
    taken: ChosenBlocks,
) -> NDArray[np.float64]:
    """How far each small feature reaches from what is kept: by its bounds' corners, so a bound for all of it. [m]"""
    kept = []
    if blocks is not None and len(taken.blocks):
        mesh = blocks.shaded.mesh.take(taken.blocks)
        kept.append(mesh.positions[mesh.triangles])
    stays = ~small & (candidate != DROPPED)
    for number in np.unique(candidate[stays]).tolist():
        mesh = levels.candidates[number].mesh.take(rows[stays & (candidate == number)])
        kept.append(mesh.positions[mesh.triangles])
    corners = np.concatenate(kept)
    centre, half = levels.centre[rows[small]], levels.half[rows[small]]
    feature, triangle = _over(centre, corners)
    table, worst = TriangleTable(corners - centre[0]), np.zeros(len(feature))
    for sign in _CORNERS:
        points = (centre - centre[0] + half * sign)[feature]
        np.maximum(worst, table.distances(points, triangle), out=worst)
    costs = np.full(len(centre), np.inf)
    np.minimum.at(costs, feature, worst)
    return costs


def _over(points: NDArray[np.float64], corners: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of the points (n, 3) are over or under which triangles (t, 3, 3), or else next to: rows of both."""
    shapes = shapely.polygons(corners[:, :, :2])
    level = np.flatnonzero(shapely.area(shapes) > _LEVEL)
    chosen = level if len(level) else np.arange(len(corners))
    tree, places = shapely.STRtree(shapes[chosen]), shapely.points(points[:, :2])
    point, found = tree.query_nearest(places, all_matches=True)
    return point, chosen[found]


_LEVEL = 0.01
"""Triangles that cover less on the map are walls. [m²]"""
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])

"""Which feature goes to which tile: a quadtree that adapts to how much there is to draw, not to how many things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAX_VERTICES = 20_000
"""Most vertices that a tile should have: some hundred kilobytes. [-]"""
_MIN_CELL = 4.0
"""Cells are not split below this, however much stands in them. [m]"""


@dataclass(slots=True)
class Cell:
    """A node of the plan. Leaves have rows of their own; inner cells stand for all rows below them."""

    level: int
    number: int = -1
    """Position in breadth-first order; names the content file."""
    size: float = 0.0
    """Edge of the square that the cell covers. [m]"""
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Features of a leaf; for an inner cell, of all leaves below it. Ascending."""
    children: list[Cell] = field(default_factory=list)

    @property
    def is_leaf(self) -> bool:
        """Whether it has no children."""
        return not self.children


def plan_tiles(
    lo: NDArray[np.float64], hi: NDArray[np.float64], vertices: NDArray[np.int64], max_vertices: int = MAX_VERTICES
) -> Cell:
    """A quadtree over features with bounds `lo`, `hi` (f, 2) and these numbers of vertices.

    Each feature is whole in exactly one leaf, by the centre of its bounds. A feature that is wider than half a cell
    when the cell is split, or heavier than a tile should be, gets a leaf of its own there. The root is never a leaf:
    there are always two levels.
    """
    rows = np.arange(len(lo))
    centre = (lo + hi) / 2.0
    if len(rows) == 0:
        root = Cell(0, size=1.0)
        root.children = [Cell(1, size=1.0)]
        _number(root)
        return root
    low, high = centre.min(axis=0), centre.max(axis=0)
    edge = max(float((high - low).max()), _MIN_CELL)
    corner = (low + high) / 2.0 - edge / 2.0
    root = _Planner(lo, hi, centre, vertices, max_vertices).cell(rows, corner, edge, 0)
    if root.is_leaf:
        leaf = Cell(1, size=root.size, rows=root.rows)
        root.children = [leaf]
    root.size = max(float((hi.max(axis=0) - lo.min(axis=0)).max()), root.size)
    _number(root)
    return root


class _Planner:
    def __init__(
        self,
        lo: NDArray[np.float64],
        hi: NDArray[np.float64],
        centre: NDArray[np.float64],
        vertices: NDArray[np.int64],
        max_vertices: int,
    ) -> None:
        self.width = (hi - lo).max(axis=1)
        self.centre = centre
        self.vertices = vertices
        self.max_vertices = max_vertices

    def cell(self, rows: NDArray[np.int64], corner: NDArray[np.float64], edge: float, level: int) -> Cell:
        cell = Cell(level, size=edge, rows=rows)
        if len(rows) <= 1 or int(self.vertices[rows].sum()) <= self.max_vertices or edge <= _MIN_CELL:
            return cell
        large = (self.width[rows] > edge) | (self.vertices[rows] > self.max_vertices)
        for row in rows[large]:
            cell.children.append(Cell(level + 1, size=float(self.width[row]), rows=np.array([row])))
        rest = rows[~large]
        half = edge / 2.0
        middle = corner + half
        east = self.centre[rest, 0] >= middle[0]
        north = self.centre[rest, 1] >= middle[1]
        for quarter in range(4):
            chosen = rest[(east == bool(quarter & 1)) & (north == bool(quarter & 2))]
            if len(chosen):
                at = corner + half * np.array([quarter & 1, quarter >> 1])
                cell.children.append(self.cell(chosen, at, half, level + 1))
        if len(cell.children) == 1 and not large.any():  # nothing was gained: use the child in this cell's place
            return _raised(cell.children[0])
        return cell


def _raised(cell: Cell) -> Cell:
    for inner in walk(cell):
        inner.level -= 1
    return cell


def walk(cell: Cell) -> Iterator[Cell]:
    """The cell and all below it, parents first."""
    yield cell
    for child in cell.children:
        yield from walk(child)


def _number(root: Cell) -> None:
    queue = [root]
    for number, cell in enumerate(queue):
        cell.number = number
        queue.extend(cell.children)

"""How far the tiles of a tileset are from the finest data below them, measured on samples of both.

Samples of the leaves are handed up the tree and thinned on the way, as errors grow and samples may lie farther apart.
So each leaf is sampled once and gets one search tree, and a tile costs about as much whatever lies below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.jobs import Progress
from explorer.tileformat import REPLACE, Tileset
from importers.distances import NearTriangles, farthest, samples_on, thinned
from importers.spatial import search_tree

_SAMPLES_PER_ERROR = 6.0
"""Samples are this much denser than the error that is checked: finer ones would not change the verdict. [-]"""
_MOST_SAMPLES = 40_000
"""Samples on each surface that is compared; spacing follows from it. [-]"""
_LEAST_SPACING = 0.05
"""[m]"""
_HANDED_UP = 1.0 / 3.0
"""Of samples from below that are closer than this share of a tile's spacing, one is handed up. [-]"""


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """What was found for one tile."""

    error: float
    """Largest distance between its content and the leaves below it, seen from samples on both. [m]"""
    spacing: float
    """Distance between samples. [m]"""


def measure_errors(
    tileset: Tileset, triangles: Mapping[int, NDArray[np.float64]], progress: Progress
) -> dict[int, MeasuredError]:
    """The error of each tile that replaces, and is replaced by, what is below it, as far as both have triangles.

    `triangles` (t, 3, 3): of each tile that has content, finite, in the tileset's frame. Leaves are not measured.
    """
    return _Measuring(tileset, triangles).run(progress)


class _Measuring:
    def __init__(self, tileset: Tileset, triangles: Mapping[int, NDArray[np.float64]]) -> None:
        self.tileset = tileset
        middle = tileset.centre[0] if len(tileset) else np.zeros(3)
        self.triangles = {tile: some - middle for tile, some in triangles.items() if len(some)}
        self.order = _children_first(tileset)
        self.spacing = self._spacings()
        self.leaves: list[NearTriangles] = []
        """So far, in their order: those below one tile follow each other."""
        self.first_leaf: dict[int, int] = {}

    def _spacings(self) -> NDArray[np.float64]:
        """Distance between samples (n,) for tiles that are to be measured, infinite for others. [m]"""
        n = len(self.tileset)
        area, spacing = np.zeros(n), np.full(n, np.inf)
        has_leaves, is_replaced = np.zeros(n, bool), np.ones(n, bool)
        for tile in self.order:
            children, own = self.tileset.children(tile), self.triangles.get(tile)
            if not len(children):
                area[tile], has_leaves[tile] = (0.0, False) if own is None else (_area(own), True)
                continue
            below = slice(children.start, children.stop)
            area[tile], has_leaves[tile] = area[below].sum(), has_leaves[below].any()
            is_replaced[tile] = self.tileset.refine[tile] == REPLACE and is_replaced[below].all()
            if own is not None and has_leaves[tile] and is_replaced[tile]:
                by_area = np.sqrt(2.0 * max(area[tile], _area(own)) / _MOST_SAMPLES)
                by_error = self.tileset.geometric_error[tile] / _SAMPLES_PER_ERROR
                spacing[tile] = max(by_area, by_error, _LEAST_SPACING)
        return spacing

    def run(self, progress: Progress) -> dict[int, MeasuredError]:
        dense = self.spacing.copy()
        for tile in reversed(self.order):  # what is handed up must be dense enough for all above
            for child in self.tileset.children(tile):
                dense[child] = min(dense[child], dense[tile])
        found: dict[int, MeasuredError] = {}
        waiting: dict[int, NDArray[np.float64]] = {}
        for done, tile in enumerate(self.order):
            progress.report(0.5 + 0.5 * done / len(self.order), _("Measuring errors"))
            self.first_leaf[tile] = min(
                (self.first_leaf.pop(child) for child in self.tileset.children(tile)), default=len(self.leaves)
            )
            samples = self._samples(tile, dense[tile], waiting)
            if not len(samples):
                continue
            waiting[tile] = samples
            if np.isfinite(self.spacing[tile]):
                found[tile] = self._measured(tile, samples)
        return found

    def _samples(self, tile: int, spacing: float, waiting: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Samples (n, 3) on the leaves below a tile, of those that are `waiting`; none where nobody above needs any."""
        parts = [waiting.pop(child) for child in self.tileset.children(tile) if child in waiting]
        if not np.isfinite(spacing):
            return np.zeros((0, 3))
        if parts:
            return thinned(np.concatenate(parts), spacing * _HANDED_UP)
        if self.tileset.child_count[tile] or tile not in self.triangles:
            return np.zeros((0, 3))
        self.leaves.append(NearTriangles(self.triangles[tile]))
        return samples_on(self.triangles[tile], spacing)

    def _measured(self, tile: int, fine: NDArray[np.float64]) -> MeasuredError:
        """`fine`: samples on the leaves below."""
        spacing, stated = float(self.spacing[tile]), float(self.tileset.geometric_error[tile])
        own = self.triangles[tile]
        coarse = samples_on(own, spacing)
        to_fine = search_tree(fine).query(coarse, workers=-1)[0]
        to_coarse = search_tree(coarse).query(fine, workers=-1)[0]
        back = farthest(fine, [NearTriangles(own)], to_coarse, stated)  # as a rule the larger one, and sooner found
        both = farthest(coarse, self.leaves[self.first_leaf[tile] :], to_fine, stated, back)
        return MeasuredError(both, spacing)


def _children_first(tileset: Tileset) -> list[int]:
    """All tiles; those below one stand right before it."""
    order: list[int] = []
    stack = [0] if len(tileset) else []
    while stack:
        tile = stack.pop()
        order.append(tile)
        stack.extend(tileset.children(tile))
    return order[::-1]


def _area(triangles: NDArray[np.float64]) -> float:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return 0.5 * float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())

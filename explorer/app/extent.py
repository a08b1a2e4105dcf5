"""Where a city is: the points that a camera must see to have all of it in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import WorldFrame
from explorer.layers import FeatureIndex
from explorer.streaming import TileTree

_CHUNK = 4096
_FEW = 100
"""Among fewer buildings than this, none is far out."""
_UPRIGHT = 0.99
"""Cosine of the angle to the vertical up to which a box tells heights. [-]"""
_ABOUT_M = 15.0
"""What stands this far above and below the middle of a box that leans. [m]"""


def built_points(indexes: Sequence[FeatureIndex], frame: WorldFrame) -> NDArray[np.float64] | None:
    """The convex hull of the buildings in these indexes, without the outermost hundredth, (n, 3) world; None: none."""
    boxes = [box for index in indexes for box in index.boxes("Building")]
    if not boxes:
        return None
    array = np.array(boxes, dtype=np.float64)
    middle = (array[:, :2] + array[:, 3:5]) / 2.0
    near = np.linalg.norm(middle - np.median(middle, axis=0), axis=1)
    if len(near) > _FEW:
        array = array[near <= np.percentile(near, 99.0)]
    feet = np.maximum(array[:, 2], np.percentile(array[:, 2], 2.0))
    corners = [
        np.column_stack([array[:, east], array[:, north], heights])
        for east in (0, 3)
        for north in (1, 4)
        for heights in (feet, array[:, 5])
    ]
    return frame.to_world(outermost(np.concatenate(corners)))


def built_middles(indexes: Sequence[FeatureIndex], frame: WorldFrame) -> NDArray[np.float64]:
    """The middles of the feet of the buildings in these indexes, (n, 3) world."""
    boxes = np.array([box for index in indexes for box in index.boxes("Building")], np.float64).reshape(-1, 6)
    middles = np.column_stack([(boxes[:, 0] + boxes[:, 3]) / 2.0, (boxes[:, 1] + boxes[:, 4]) / 2.0, boxes[:, 2]])
    return frame.to_world(middles)


def tile_middles(tree: TileTree) -> NDArray[np.float64]:
    """The middles of the finest tiles, (n, 3) world."""
    return np.asarray(tree.centre[(tree.child_count == 0) & tree.has_content])


def tile_points(trees: Sequence[TileTree]) -> NDArray[np.float64]:
    """The convex hull of the finest tiles, (n, 3) world; a square of 200 m where there is none.

    Boxes are often parallel to the axes of the earth, not of the place: such a box is as high as it is wide, though the
    city in it is flat, so of its heights only the middle counts.
    """
    corners = [_corners(tree, np.flatnonzero((tree.child_count == 0) & tree.has_content)) for tree in trees]
    points = np.concatenate([*corners, np.zeros((0, 3))])
    if not len(points):
        return np.array([(x, y, z) for x in (-100.0, 100.0) for y in (-100.0, 100.0) for z in (-100.0, 100.0)])
    return outermost(points)


def _corners(tree: TileTree, tiles: NDArray[np.intp]) -> NDArray[np.float64]:
    axes = np.abs(tree.axes[tiles])
    reach = (axes * tree.half_lengths[tiles][:, :, None]).sum(axis=1)
    leans = axes[:, :, 2].max(axis=1) < _UPRIGHT
    reach[leans, 2] = np.minimum(reach[leans, 2], _ABOUT_M)
    signs = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
    corners: NDArray[np.float64] = (tree.centre[tiles][:, None] + signs * reach[:, None]).reshape(-1, 3)
    return corners


def outermost(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points that are farthest in some direction: all that counts for bounds and for what a camera must see.

    (n, 3) -> (m, 3) corners of the convex hull: those of the plan to the decimetre, others of a city of 1 km radius to
    some metres. (scipy's exact hull costs half a second of imports at every start.)
    """
    row = np.arange(240) + 0.5
    height, turn = 1.0 - row / 120.0, np.pi * (1.0 + 5.0**0.5) * row  # Fibonacci's spiral over the sphere
    across = np.sqrt(1.0 - height**2)
    spiral = np.stack([np.cos(turn) * across, np.sin(turn) * across, height], axis=1)
    around = np.radians(np.arange(0.0, 360.0, 1.5))
    ring = np.stack([np.cos(around), np.sin(around), np.zeros(len(around))], axis=1)
    directions = np.concatenate([np.eye(3), -np.eye(3), ring, spiral]).astype(np.float32)
    from_middle = (points - points.mean(axis=0)).astype(np.float32)
    best, farthest = np.full(len(directions), -np.inf, np.float32), np.zeros(len(directions), np.intp)
    for start in range(0, len(points), _CHUNK):
        reach = directions @ from_middle[start : start + _CHUNK].T
        rows = reach.argmax(axis=1)
        value = reach[np.arange(len(rows)), rows]
        is_better = value > best
        best, farthest = np.where(is_better, value, best), np.where(is_better, rows + start, farthest)
    return points[np.unique(farthest)]

"""Points and lines on their way to the renderer: places in the world, colours, and how large a point is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.prepared import PreparedLines, PreparedPoints
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import ADD, NO_FEATURE, Lines, Points, PointSemantics, Tileset, semantics_of

POINT_COLOUR = (186, 182, 174, 255)
"""sRGB of points that say nothing of themselves."""
LINE_COLOUR = (84, 82, 80, 255)
SIZE_OF_SPACING = 1.2
"""A point's diameter as a share of the distance to the next one: surfaces close, edges stay. [-]"""
_MAX_SEARCHED = 300_000
_SAMPLE = 2000
_MOST_LEVELS = 8


def points_in_world(
    things: Sequence[Points], transform: NDArray[np.float64], way: WorldFromTileset
) -> list[tuple[Points, PointSemantics]]:
    """Points with their places in the world and their normals turned along, and what they were; empty ones left out."""
    moved = []
    for points in things:
        if len(points):
            root = points.positions @ transform[:3, :3].T + transform[:3, 3]
            normals = None if points.normals is None else _turned(points.normals, root, transform, way)
            there = replace(points, positions=np.asarray(way(root), np.float64), normals=normals)
            colours = _colours(points.colours, len(points), POINT_COLOUR)
            moved.append((there, semantics_of(points, transform, colours)))
    return moved


def lines_in_world(things: Sequence[Lines], transform: NDArray[np.float64], way: WorldFromTileset) -> list[Lines]:
    """Lines with their places in the world; empty ones left out."""
    roots = [
        (lines, lines.positions @ transform[:3, :3].T + transform[:3, 3]) for lines in things if len(lines.segments)
    ]
    return [replace(lines, positions=np.asarray(way(root), np.float64)) for lines, root in roots]


def _turned(
    normals: NDArray[np.float32], root: NDArray[np.float64], transform: NDArray[np.float64], way: WorldFromTileset
) -> NDArray[np.float32]:
    steps, middle = np.eye(3), root.mean(axis=0)
    ends = way(np.concatenate([middle + steps, middle - steps]))
    linear = (ends[:3] - ends[3:]).T / 2.0 @ transform[:3, :3]
    if abs(np.linalg.det(linear)) < 1e-30:
        return normals
    turned = normals.astype(np.float64) @ np.linalg.inv(linear)
    return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1), 1e-12)[:, None], np.float32)


def prepared_points(
    points: Points, centre: NDArray[np.float64], semantics: PointSemantics, halvings: int = 0
) -> PreparedPoints:
    """The arrays of points in the world, as offsets from the tile's centre. `halvings`: see `levels_added`."""
    n = len(points)
    normals = np.zeros((n, 4), np.int8)
    if points.normals is not None:
        normals[:, :3] = np.round(points.normals * 127.0)
    return PreparedPoints(
        positions=(points.positions - centre).astype(np.float32),
        normals=normals,
        colours=semantics.colours,
        feature_index=_features(points.feature_index, n),
        size_m=SIZE_OF_SPACING * spacing(points.positions) / 2.0**halvings,
        semantics=semantics,
    )


def prepared_lines(lines: Lines, centre: NDArray[np.float64]) -> PreparedLines:
    """The arrays of lines in the world, as offsets from the tile's centre."""
    n = len(lines.positions)
    return PreparedLines(
        positions=(lines.positions - centre).astype(np.float32),
        segments=np.ascontiguousarray(lines.segments, np.uint32),
        colours=_colours(lines.colours, n, LINE_COLOUR),
        feature_index=_features(lines.feature_index, n),
    )


def levels_added(tileset: Tileset) -> NDArray[np.uint8]:
    """(n tiles,) how many levels of descendants add to each tile: with each, points stand half as far apart."""
    levels = np.zeros(len(tileset), np.uint8)
    adds = tileset.refine == ADD
    own = np.array([uri is not None for uri in tileset.content_uri], np.uint8)
    for level in range(int(tileset.level.max(initial=0)), 0, -1):
        rows = np.flatnonzero(tileset.level == level)
        above = tileset.parent[rows]
        # where a worker looks while the tileset grows, some may hang below what it does not know of yet
        rows, above = rows[above < len(levels)], above[above < len(levels)]
        rows, above = rows[adds[above]], above[adds[above]]
        np.maximum.at(levels, above, np.minimum(levels[rows], _MOST_LEVELS - 1) + own[rows])
    return levels


def spacing(positions: NDArray[np.float64]) -> float:
    """How far one point usually is from the next. [m]"""
    n = len(positions)
    if n < 2:
        return 1.0
    if n > _MAX_SEARCHED:  # as if they lay on the two longest sides of their box
        sides = np.sort(np.ptp(positions, axis=0))
        return float(max(np.sqrt(sides[1] * sides[2] / n), 1e-3))
    from scipy.spatial import cKDTree  # half a second and 30 MB, for point clouds alone

    some = positions[:: max(n // _SAMPLE, 1)]
    distance = np.asarray(cKDTree(positions).query(some, k=2)[0])[:, 1]
    distance = distance[distance > 1e-6]
    return float(np.median(distance)) if len(distance) else 1.0


def _colours(colours: NDArray[np.uint8] | None, n: int, plain: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    return np.tile(np.array(plain, np.uint8), (n, 1)) if colours is None else np.ascontiguousarray(colours, np.uint8)


def _features(rows: NDArray[np.uint32] | None, n: int) -> NDArray[np.uint32]:
    return np.full(n, NO_FEATURE, np.uint32) if rows is None else np.ascontiguousarray(rows, np.uint32)

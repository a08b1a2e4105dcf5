"""Plane geometry of a walker: what a wall is when looked at from above, through the band between knee and head.

Plain floats, because a step asks about a handful of triangles and numpy's calls would cost more than the answers.
"""

from __future__ import annotations

from math import hypot

Point = tuple[float, float]
Polygon = tuple[Point, ...]
Triangle = tuple[float, float, float, float, float, float, float, float, float]
"""Nine coordinates: x0 y0 z0 x1 y1 z1 x2 y2 z2. [m]"""


def band_polygon(triangle: Triangle, low: float, high: float) -> Polygon:
    """The part of a triangle between two heights, seen from above: a convex polygon of up to 5 corners.

    A vertical wall gives a line, seen from above, as a polygon without area; nothing in the band gives ().
    """
    points: list[tuple[float, ...]] = [triangle[0:3], triangle[3:6], triangle[6:9]]
    points = _clipped(points, low, 1.0)
    points = _clipped(points, high, -1.0)
    return tuple((point[0], point[1]) for point in points)


def _clipped(points: list[tuple[float, ...]], height: float, sign: float) -> list[tuple[float, ...]]:
    """What lies on the upper (sign 1) or lower (-1) side of a height (Sutherland and Hodgman 1974)."""
    kept: list[tuple[float, ...]] = []
    for index, here in enumerate(points):
        before = points[index - 1]
        d_here, d_before = (here[2] - height) * sign, (before[2] - height) * sign
        if (d_here > 0.0 and d_before < 0.0) or (d_here < 0.0 and d_before > 0.0):
            t = d_before / (d_before - d_here)
            kept.append((before[0] + (here[0] - before[0]) * t, before[1] + (here[1] - before[1]) * t, height))
        if d_here >= 0.0:
            kept.append(here)
    return kept


def closest_point(x: float, y: float, polygon: Polygon) -> tuple[float, float, float]:
    """Distance to a convex polygon and the point of it that is closest; 0 inside."""
    best, best_x, best_y = float("inf"), x, y
    turns_left = turns_right = False
    for index, (bx, by) in enumerate(polygon):
        ax, ay = polygon[index - 1]
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        length2 = ex * ex + ey * ey
        t = min(max((px * ex + py * ey) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        qx, qy = ax + ex * t, ay + ey * t
        distance = hypot(x - qx, y - qy)
        if distance < best:
            best, best_x, best_y = distance, qx, qy
        cross = ex * py - ey * px
        turns_left, turns_right = turns_left or cross > 0.0, turns_right or cross < 0.0
    # on the same side of every edge; a line without area has both sides or none, and none counts as on it
    if len(polygon) > 2 and not (turns_left and turns_right):
        return (0.0, x, y) if turns_left or turns_right else (best, best_x, best_y)
    return best, best_x, best_y


def segment_meets(ax: float, ay: float, bx: float, by: float, polygon: Polygon) -> bool:
    """Whether the way from a to b touches a convex polygon (or begins or ends in it)."""
    if closest_point(ax, ay, polygon)[0] <= 0.0 or closest_point(bx, by, polygon)[0] <= 0.0:
        return True
    dx, dy = bx - ax, by - ay
    for index, (qx, qy) in enumerate(polygon):
        px, py = polygon[index - 1]
        side_p, side_q = dx * (py - ay) - dy * (px - ax), dx * (qy - ay) - dy * (qx - ax)
        ex, ey = qx - px, qy - py
        side_a, side_b = ex * (ay - py) - ey * (ax - px), ex * (by - py) - ey * (bx - px)
        if side_p * side_q <= 0.0 and side_a * side_b <= 0.0 and (side_p != side_q or side_a != side_b):
            return True
    return False

"""An outline while it is drawn: corners, the line to the pointer, lengths typed, metres shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin

from explorer.i18n import _
from explorer.ui import grouped

Point = tuple[float, float, float]
Label = tuple[Point, str, bool]
"""Where in the world, what is written there, and whether it is the one that counts now."""

_RIGHT = pi / 2.0
SHORTEST_EDGE = 0.05
"""Two corners nearer than this are one. [m]"""


@dataclass
class Outline:
    """Corners in the world, and where the next one would be. [m]"""

    corners: list[Point] = field(default_factory=list)
    pointer: Point | None = None
    typed: str = ""
    """Length of the next edge as far as it is typed."""

    def clear(self) -> None:
        """Begin anew."""
        self.corners.clear()
        self.pointer, self.typed = None, ""

    def follow(self, pointer: Point, *, is_square: bool = False) -> None:
        """The pointer is here; `is_square` keeps right angles to the edge of before (or to the grid)."""
        self.pointer = self._squared(pointer) if is_square and self.corners else pointer

    def _squared(self, pointer: Point) -> Point:
        last = self.corners[-1]
        base = 0.0
        if len(self.corners) > 1:
            before = self.corners[-2]
            base = atan2(last[1] - before[1], last[0] - before[0])
        dx, dy = pointer[0] - last[0], pointer[1] - last[1]
        angle = base + round((atan2(dy, dx) - base) / _RIGHT) * _RIGHT
        length = dx * cos(angle) + dy * sin(angle)
        return last[0] + length * cos(angle), last[1] + length * sin(angle), pointer[2]

    @property
    def next_corner(self) -> Point | None:
        """Where the next corner would be: in the pointer's direction, as far as is typed."""
        length = number_of(self.typed)
        if self.pointer is None or not self.corners or length is None or length <= 0.0:
            return self.pointer
        last = self.corners[-1]
        dx, dy = self.pointer[0] - last[0], self.pointer[1] - last[1]
        reach = hypot(dx, dy)
        if reach < SHORTEST_EDGE:
            return self.pointer
        return last[0] + dx / reach * length, last[1] + dy / reach * length, self.pointer[2]

    def add(self, corner: Point) -> bool:
        """Put a corner there; False where it would be the one of before."""
        self.typed = ""
        if self.corners and _length(self.corners[-1], corner) < SHORTEST_EDGE:
            return False
        self.corners.append(corner)
        return True

    def take_back(self) -> None:
        """Take back what was typed or, if nothing is, the last corner."""
        if self.typed:
            self.typed = self.typed[:-1]
        elif self.corners:
            self.corners.pop()

    def points(self) -> list[Point]:
        """Corners and the one that would be next."""
        following = self.next_corner if self.corners else None
        return [*self.corners, *([following] if following is not None else [])]

    def labels(self) -> list[Label]:
        """Metres of every edge, square metres in the middle."""
        points = self.points()
        if len(points) < 2:
            return []
        labels: list[Label] = []
        for number, (a, b) in enumerate(pairwise(points)):
            is_open = number == len(points) - 2 and len(points) > len(self.corners)
            if _length(a, b) < SHORTEST_EDGE and not (is_open and self.typed):
                continue  # the pointer still rests on the corner that it has just made
            words = f"{self.typed}_ m" if is_open and self.typed else metres(_length(a, b))
            labels.append((_between(a, b), words, is_open))
        if len(points) >= 3:
            labels.append((_between(points[-1], points[0]), metres(_length(points[-1], points[0])), False))
            middle = tuple(sum(p[i] for p in points) / len(points) for i in range(3))
            labels.append(((middle[0], middle[1], middle[2]), square_metres(area_of(points)), False))
        return labels


def number_of(typed: str) -> float | None:
    """What is typed as a number, with a point or a comma; None where it is none yet."""
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        return None


def area_of(points: list[Point]) -> float:
    """Area of a ring that does not cross itself. [m²]"""
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))
    return abs(twice) / 2.0


def metres(length: float) -> str:
    """A length as people read it."""
    return _("{length:.2f} m").format(length=length) if length < 100.0 else _("{length:.1f} m").format(length=length)


def square_metres(area: float) -> str:
    """An area as people read it."""
    return f"{grouped(area)} m²" if area < 10_000.0 else _("{area:.2f} ha").format(area=area / 10_000.0)


def _length(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _between(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, (a[2] + b[2]) / 2.0


def rectangle(corners: list[Point]) -> list[Point]:
    """The four corners of the rectangle along the grid between the first and the last; none where it is flat."""
    if len(corners) < 2:
        return []
    (x0, y0, z0), (x1, y1, z1) = corners[0], corners[-1]
    return [(x0, y0, z0), (x1, y0, (z0 + z1) / 2.0), (x1, y1, z1), (x0, y1, (z0 + z1) / 2.0)]

"""Which squares of the map a view needs. Pure arithmetic on a camera."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.geo import Camera

MOST_LEVELS = 8
"""Squares at once; in step with shaders/lib/imagery.glsl."""
CELL = 64
"""Squares begin at whole multiples of so many of their texels, and move by as many."""
_BEHIND = 0.3
"""Twice the share of a square that lies behind the closest ground in view, at least: who turns finds something."""
_LOOSE_CELLS = 0.8
"""A square stays until the view would have it this far from where it is."""
_SHARP = 1.4
"""A square is meant for ground that is seen with texels between one pixel and this many."""
_LEAST_HEIGHT = 1.5
"""[m]"""


@dataclass(frozen=True, slots=True)
class Square:
    """One square. Its texel is `base * 2**level`; rows run southwards."""

    level: int
    column: int
    """West edge, in cells of `CELL` texels from the zero of the scene's map."""
    row: int
    """North edge, in cells."""
    side: int
    """Texels a side."""
    texel: float
    """[m]"""

    @property
    def west(self) -> float:
        """Easting of the west edge. [m]"""
        return self.column * CELL * self.texel

    @property
    def north(self) -> float:
        """Northing of the north edge. [m]"""
        return self.row * CELL * self.texel

    @property
    def size(self) -> float:
        """[m]"""
        return self.side * self.texel


@dataclass(frozen=True, slots=True)
class View:
    """A camera on the scene's map, and how high it stands above the ground."""

    camera: Camera
    easting: float
    northing: float
    above_ground: float
    """[m]"""
    reach: float
    """How far there is something to be covered. [m]"""

    @property
    def pixel_angle(self) -> float:
        """What a metre's distance makes of a pixel. [m]"""
        return 1.0 / self.camera.sse_factor


def planned_squares(
    view: View, base: float, side: int, before: Mapping[int, Square], *, least_level: int = 0
) -> list[Square]:
    """The squares of a view, fine ones first.

    Parameters
    ----------
    base
        Texel of level 0: the finest pixel that any source has. [m]
    side
        Texels a side, a multiple of `CELL`.
    before
        Squares of the last plan by level; one that is still good stays where it is.
    """
    camera, height = view.camera, max(view.above_ground, _LEAST_HEIGHT)
    tilt, half = math.radians(-camera.pitch_deg), math.radians(camera.fov_y_deg) / 2.0
    near = _ground_distance(height, tilt + half)
    far = min(_ground_distance(height, tilt - half), view.reach)
    nearest = math.hypot(height, max(near, 0.0))
    first = max(math.floor(math.log2(max(nearest * view.pixel_angle / base, 1e-9))), least_level)
    heading = math.radians(camera.heading_deg)
    squares: list[Square] = []
    for level in range(first, first + MOST_LEVELS):
        texel = base * 2.0**level
        size = side * texel
        end = math.sqrt(max((texel * _SHARP / view.pixel_angle) ** 2 - height**2, 0.0))
        begin = max(near, -end)  # looking down, the foot is in view, and what lies behind it as well
        end = min(max(end, begin), max(far, begin))
        closest, loose = min(max(0.0, begin), end), (0.5 - _BEHIND / 2.0) * size
        ahead = min(max((begin + end) / 2.0, closest - loose), closest + loose)
        east = view.easting + ahead * math.sin(heading)
        north = view.northing + ahead * math.cos(heading)
        squares.append(_placed(level, east, north, side, texel, before.get(level)))
        if size > 2.0 * view.reach + 2.0 * abs(ahead):
            break
    return squares


def _ground_distance(height: float, below_horizon: float) -> float:
    """How far away level ground is seen at an angle below the horizon; negative behind the foot. [m]"""
    if below_horizon <= 1e-3:
        return math.inf
    return height / math.tan(min(below_horizon, math.pi - 0.3))


def _placed(level: int, east: float, north: float, side: int, texel: float, before: Square | None) -> Square:
    cell = CELL * texel
    column, row = (east - side * texel / 2.0) / cell, (north + side * texel / 2.0) / cell
    if before is not None and before.texel == texel and before.side == side:
        close = max(abs(before.column - column), abs(before.row - row)) <= _LOOSE_CELLS
        if close:
            return before
    return Square(level, round(column), round(row), side, texel)

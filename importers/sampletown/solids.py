"""Building solids, many of a kind at once: closed shells over four-cornered footprints, normals outwards.

A shell is a list of corners (u, v, z): u runs along the street front, v into the plot, both 0 to 1 (bilinear over the
footprint), z in metres; each is an array over the buildings of the batch, so that one template builds a whole street.

        3 ------- 2        v
        |         |        ^
        0 ------- 1        +--> u      street in front of 0-1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass
from importers.sampletown import rows as p
from importers.sampletown.scale import F64

BELOW_GROUND = 0.5
WALL, ROOF, FLOOR = int(SurfaceClass.WALL), int(SurfaceClass.ROOF), int(SurfaceClass.FLOOR)


@dataclass
class Batch:
    """Buildings of one kind. n of them."""

    quads: F64
    """(n, 4, 2)"""
    base: F64
    """Ground level. [m]"""
    eaves: F64
    """Height of the eaves above `base`. [m]"""
    pitch: F64
    chance: F64
    """(n, 4) uniform draws that decide on chimneys and dormers."""
    storeys: int = 0
    """The same for all where the shape has bands or balconies."""
    corners: list[tuple[F64, F64, F64]] = field(default_factory=list)
    triangles: list[tuple[int, int, int]] = field(default_factory=list)
    surface: list[int] = field(default_factory=list)

    @property
    def width(self) -> F64:
        """Street front. [m]"""
        out: F64 = np.hypot(*np.moveaxis(self.quads[:, 1] - self.quads[:, 0], -1, 0))
        return out

    @property
    def depth(self) -> F64:
        """[m]"""
        out: F64 = np.hypot(*np.moveaxis(self.quads[:, 3] - self.quads[:, 0], -1, 0))
        return out

    def corner(self, u: F64 | float, v: F64 | float, z: F64) -> int:
        """Add a corner; returns its number."""
        zero = np.zeros(len(self.base))
        self.corners.append((zero + u, zero + v, zero + z))
        return len(self.corners) - 1

    def face(self, surface: int, *corners: int) -> None:
        """Add a convex face, counter-clockwise seen from outside."""
        for k in range(1, len(corners) - 1):
            self.triangles.append((corners[0], corners[k], corners[k + 1]))
            self.surface.append(surface)

    def ring(self, u: Sequence[F64 | float], v: Sequence[F64 | float], z: F64) -> list[int]:
        """Corners (u0, v0), (u1, v0), (u1, v1), (u0, v1) at height z."""
        return [self.corner(u[i], v[j], z) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]

    def box(self, u: Sequence[F64 | float], v: Sequence[F64 | float], low: F64, high: F64, top: int = ROOF) -> None:
        """A closed box of its own."""
        a, b = self.ring(u, v, low), self.ring(u, v, high)
        self.face(FLOOR, a[3], a[2], a[1], a[0])
        self.walls(a, b)
        self.face(top, *b)

    def walls(self, low: Sequence[int], high: Sequence[int]) -> None:
        """Four upright faces between two rings."""
        for k in range(4):
            n = (k + 1) % 4
            self.face(WALL, low[k], low[n], high[n], high[k])

    def positions(self) -> F64:
        """(n, k, 3) of all corners."""
        u = np.stack([c[0] for c in self.corners], axis=1)[:, :, None]
        v = np.stack([c[1] for c in self.corners], axis=1)[:, :, None]
        q = self.quads[:, None]
        xy = (1 - u) * (1 - v) * q[:, :, 0] + u * (1 - v) * q[:, :, 1] + u * v * q[:, :, 2] + (1 - u) * v * q[:, :, 3]
        z = self.base[:, None] + np.stack([c[2] for c in self.corners], axis=1)
        out: F64 = np.concatenate([xy, z[:, :, None]], axis=2)
        return out


def build(batch: Batch, shape: int) -> tuple[F64, NDArray[np.int32], NDArray[np.uint8], F64]:
    """Positions (n, k, 3), triangles (m, 3) and surfaces (m,) shared by all, and heights (n,) above the base."""
    makers = {
        p.FLAT: _flat, p.GABLED: _gabled, p.GABLE_FRONT: _gable_front, p.HIPPED: _hipped, p.PYRAMIDAL: _pyramidal,
        p.SAWTOOTH: _sawtooth, p.SLAB: _slab, p.TOWER: _tower, p.CHURCH: _church,
    }  # fmt: skip
    makers[shape](batch)
    positions = batch.positions()
    height = positions[:, :, 2].max(axis=1) - batch.base
    return positions, np.array(batch.triangles, dtype=np.int32), np.array(batch.surface, dtype=np.uint8), height


def _base(b: Batch) -> list[int]:
    low = b.ring((0, 1), (0, 1), np.full(len(b.base), -BELOW_GROUND))
    b.face(FLOOR, low[3], low[2], low[1], low[0])
    return low


def _parapet_roof(
    b: Batch, u: Sequence[F64 | float], v: Sequence[F64 | float], low: list[int], roof: F64, rim: float
) -> None:
    """Walls from the ring `low` up to a flat roof behind a parapet."""
    thick_u, thick_v = 0.28 / b.width, 0.28 / b.depth
    inner_u, inner_v = (u[0] + thick_u, u[1] - thick_u), (v[0] + thick_v, v[1] - thick_v)
    outer, inner, floor = b.ring(u, v, roof + rim), b.ring(inner_u, inner_v, roof + rim), b.ring(inner_u, inner_v, roof)
    b.walls(low, outer)
    for k in range(4):
        n = (k + 1) % 4
        b.face(WALL, outer[k], outer[n], inner[n], inner[k])
        b.face(WALL, inner[k], inner[n], floor[n], floor[k])
    b.face(ROOF, *floor)


def _flat(b: Batch) -> None:
    _parapet_roof(b, (0, 1), (0, 1), _base(b), b.eaves, 0.45)
    u = 0.18 + 0.4 * b.chance[:, 0]
    b.box((u, u + 0.9 / b.width), (0.62, 0.62 + 0.7 / b.depth), b.eaves - 0.3, b.eaves + 1.1)


def _chimney(b: Batch, u: F64, v: F64 | float, ridge: F64) -> None:
    half_u, half_v = 0.32 / b.width, 0.42 / b.depth
    b.box((u - half_u, u + half_u), (v - half_v, v + half_v), ridge - 1.4, ridge + 0.75)


def _gabled(b: Batch) -> None:
    low = _base(b)
    high = b.ring((0, 1), (0, 1), b.eaves)
    rise = b.pitch * b.depth / 2
    ridge = b.eaves + rise
    left, right = b.corner(0, 0.5, ridge), b.corner(1, 0.5, ridge)
    b.walls(low, high)
    b.face(WALL, high[1], high[2], right)
    b.face(WALL, high[3], high[0], left)
    b.face(ROOF, high[0], high[1], right, left)
    b.face(ROOF, high[2], high[3], left, right)
    _chimney(b, 0.5 / b.width + 0.02, 0.5, ridge)
    if b.storeys:  # a batch with dormers
        front = 0.3 * b.chance[:, 1] * 0.3 + 0.1
        z = b.eaves + 2 * rise * front
        top = np.minimum(z + 1.35, ridge - 0.35)
        back = np.minimum((top - b.eaves) / (2 * rise) + 0.03, 0.49)
        half = 0.21 + 0.12 * b.chance[:, 2]
        b.box((0.5 - half, 0.5 + half), (front, back), z - 0.25, top)


def _gable_front(b: Batch) -> None:
    low = _base(b)
    high = b.ring((0, 1), (0, 1), b.eaves)
    ridge = b.eaves + b.pitch * b.width / 2
    front, back = b.corner(0.5, 0, ridge), b.corner(0.5, 1, ridge)
    b.walls(low, high)
    b.face(WALL, high[0], high[1], front)
    b.face(WALL, high[2], high[3], back)
    b.face(ROOF, high[1], high[2], back, front)
    b.face(ROOF, high[3], high[0], front, back)
    _chimney(b, np.full(len(b.base), 0.5), 0.72, ridge)


def _hipped(b: Batch) -> None:
    """The ridge runs along the longer side: footprints deeper than wide are turned."""
    turn = b.depth > b.width
    b.quads = np.where(turn[:, None, None], np.roll(b.quads, -1, axis=1), b.quads)
    low = _base(b)
    high = b.ring((0, 1), (0, 1), b.eaves)
    inset = np.minimum(0.5 * b.depth / b.width, 0.44)
    ridge = b.eaves + b.pitch * b.depth / 2
    left, right = b.corner(inset, 0.5, ridge), b.corner(1 - inset, 0.5, ridge)
    b.walls(low, high)
    b.face(ROOF, high[0], high[1], right, left)
    b.face(ROOF, high[1], high[2], right)
    b.face(ROOF, high[2], high[3], left, right)
    b.face(ROOF, high[3], high[0], left)
    _chimney(b, inset + 0.02, 0.5, ridge)


def _pyramidal(b: Batch) -> None:
    low = _base(b)
    high = b.ring((0, 1), (0, 1), b.eaves)
    apex = b.corner(0.5, 0.5, b.eaves + b.pitch * np.minimum(b.width, b.depth) / 2)
    b.walls(low, high)
    for k in range(4):
        b.face(ROOF, high[k], high[(k + 1) % 4], apex)


def _sawtooth(b: Batch, teeth: int = 4) -> None:
    low = _base(b)
    tooth = np.minimum(b.depth / teeth * 0.5, 2.6)
    valley = [[b.corner(u, t / teeth, b.eaves) for t in range(teeth + 1)] for u in (0, 1)]
    crest = [[b.corner(u, t / teeth, b.eaves + tooth) for t in range(teeth)] for u in (0, 1)]
    b.face(WALL, low[0], low[1], valley[1][0], valley[0][0])
    b.face(WALL, low[2], low[3], valley[0][teeth], valley[1][teeth])
    b.face(WALL, low[1], low[2], *valley[1][::-1])
    b.face(WALL, low[3], low[0], *valley[0])
    for t in range(teeth):
        b.face(WALL, valley[0][t], valley[1][t], crest[1][t], crest[0][t])
        b.face(ROOF, crest[0][t], crest[1][t], valley[1][t + 1], valley[0][t + 1])
        b.face(WALL, valley[1][t], valley[1][t + 1], crest[1][t])
        b.face(WALL, valley[0][t + 1], valley[0][t], crest[0][t])


def _slab(b: Batch) -> None:
    """Flats with galleries at the back and stair towers on the roof."""
    _parapet_roof(b, (0, 1), (0, 1), _base(b), b.eaves, 0.5)
    storey = b.eaves / b.storeys
    edge_u, deep = 0.6 / b.width, 1.25 / b.depth
    for k in range(1, b.storeys):
        b.box((edge_u, 1 - edge_u), (1 - 0.1 / b.depth, 1 + deep), storey * k - 0.22, storey * k + 0.08, top=WALL)
    for u in (0.22, 0.72):
        b.box((u, u + 4.0 / b.width), (0.3, 0.3 + 4.2 / b.depth), b.eaves - 0.4, b.eaves + 2.7)


def _tower(b: Batch) -> None:
    """A podium, a shaft banded by its floors, a crown."""
    _parapet_roof(b, (0, 1), (0, 1), _base(b), np.full(len(b.base), 6.4), 0.5)
    storey = (b.eaves - 6.4) / max(b.storeys - 2, 1)
    core, band = (0.15, 0.85), (0.125, 0.875)
    low = b.ring(core, core, np.full(len(b.base), 5.8))
    b.face(FLOOR, low[3], low[2], low[1], low[0])
    _parapet_roof(b, core, core, low, b.eaves, 0.6)
    for k in range(1, b.storeys - 1):
        b.box(band, band, 6.4 + storey * k - 0.3, 6.4 + storey * k + 0.25, top=WALL)
    b.box((0.34, 0.66), (0.34, 0.66), b.eaves - 0.5, b.eaves + 3.2)


def _church(b: Batch) -> None:
    """A nave with aisles and choir along u, a tower with a spire at its west end (u = 0)."""
    low = np.full(len(b.base), -BELOW_GROUND)
    nave, aisle = b.eaves, b.eaves * 0.52
    b.box((0.2, 0.8), (0.0, 1.0), low, aisle)
    for u, v, eaves, pitch in (((0.14, 0.86), (0.2, 0.8), nave, 1.25), ((0.84, 1.0), (0.3, 0.7), nave * 0.8, 1.2)):
        a, c = b.ring(u, v, low), b.ring(u, v, eaves)
        ridge = eaves + pitch * (v[1] - v[0]) / 2 * b.depth
        left, right = b.corner(u[0], 0.5, ridge), b.corner(u[1], 0.5, ridge)
        b.face(FLOOR, a[3], a[2], a[1], a[0])
        b.walls(a, c)
        b.face(WALL, c[1], c[2], right)
        b.face(WALL, c[3], c[0], left)
        b.face(ROOF, c[0], c[1], right, left)
        b.face(ROOF, c[2], c[3], left, right)
    half = 0.078 * b.width / b.depth
    side = (0.5 - half, 0.5 + half)
    a, c = b.ring((0.0, 0.156), side, low), b.ring((0.0, 0.156), side, nave * 2.15)
    b.face(FLOOR, a[3], a[2], a[1], a[0])
    b.walls(a, c)
    b.face(ROOF, *c)
    b.box((-0.006, 0.162), (side[0] - 0.01, side[1] + 0.01), nave * 2.15 - 0.6, nave * 2.15 + 0.5, top=WALL)
    _spire(b, nave)


def _spire(b: Batch, nave: F64, sides: int = 8) -> None:
    angle = (np.arange(sides) + 0.5) / sides * 2 * np.pi
    z = nave * 2.15 + 0.3
    radius = 0.07
    foot = [b.corner(0.078 + radius * np.cos(t), 0.5 + radius * np.sin(t) * b.width / b.depth, z) for t in angle]
    apex = b.corner(0.078, 0.5, nave * 4.0)
    b.face(FLOOR, *foot[::-1])
    for k in range(sides):
        b.face(ROOF, foot[k], foot[(k + 1) % sides], apex)

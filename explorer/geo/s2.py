"""Cells of the S2 geometry as volumes: 3DTILES_bounding_volume_S2 names a tile's by a token and two heights.

Numbering and projection: Google's S2 (s2geometry.io, "S2 Cells"; quadratic projection). Points of the sphere lie on the
ellipsoid at the same latitude and longitude, as CesiumJS has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.geo.ellipsoid import ecef_from_geodetic
from explorer.geo.volumes import boxes_around, east_north_up, rise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_LEVELS = 30
_TOKEN = re.compile(r"[0-9a-fA-F]{1,16}")
_IJ = ((0, 1, 3, 2), (0, 2, 3, 1), (3, 2, 0, 1), (3, 1, 0, 2))
"""By orientation and position along the curve: twice the first coordinate, and the second."""
_TURN = (1, 0, 0, 3)
_WIDEST = 1.7044
"""Radians that the longest edge of a face's cell is long; on each level half of that. (S2's kMaxEdge)"""


@dataclass(frozen=True)
class S2Cell:
    """A square of one of the six faces of the cube around the Earth."""

    face: int
    level: int
    """0 to 30; on each there are 4 times as many cells."""
    i: int
    """0 to 2**level - 1, along the face's first axis."""
    j: int

    @classmethod
    def of_token(cls, token: str) -> S2Cell:
        """Raises ValueError where a token means no cell."""
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"no token of an S2 cell: {token[:20]!r}")
        number = int(token.ljust(16, "0"), 16)
        face, low = number >> 61, number & -number
        trailing = low.bit_length() - 1
        if face > 5 or number == 0 or trailing % 2 or trailing > 2 * _LEVELS:
            raise ValueError(f"no S2 cell: {token!r}")
        level = _LEVELS - trailing // 2
        i = j = 0
        orientation = face & 1
        for k in range(level):
            position = number >> (59 - 2 * k) & 3
            ij = _IJ[orientation][position]
            i, j = i << 1 | ij >> 1, j << 1 | ij & 1
            orientation ^= _TURN[position]
        return cls(face, level, i, j)


def s2_boxes(
    face: int, level: IntArray, i: IntArray, j: IntArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The boxes around cells (n,) of a face, between two heights each [m], along east, north and up at their middles.

    Centres (n, 3) and half axes (n, 3, 3), rows, in ECEF.
    """
    side = np.exp2(-level.astype(np.float64))
    steps = np.linspace(0.0, 1.0, 5)
    s, t = ((at[:, None] + steps) * side[:, None] for at in (i, j))
    u, v = _projected(s)[:, :, None], _projected(t)[:, None, :]
    one = np.ones((len(level), 5, 5))
    u, v = u * one, v * one
    x, y, z = ((one, u, v), (-u, one, v), (-u, -v, one), (-one, -v, -u), (v, -one, -u), (v, u, -one))[face]
    lon, lat = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
    grid = np.empty((len(level), 5, 5, 2, 3))
    grid[..., 0], grid[..., 1] = np.degrees(lon)[..., None], np.degrees(lat)[..., None]
    grid[..., 2] = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1)[:, None, None, :]
    points = ecef_from_geodetic(grid.reshape(-1, 3)).reshape(len(level), 50, 3)
    return boxes_around(points, east_north_up(lon[:, 2, 2], lat[:, 2, 2]), 2.0 * rise(_WIDEST * side))


def _projected(s: FloatArray) -> FloatArray:
    """From equal parts of a face (0 to 1) to its plane (-1 to 1), so that cells are of about the same size."""
    return np.where(s >= 0.5, (4.0 * s * s - 1.0) / 3.0, (1.0 - 4.0 * (1.0 - s) ** 2) / 3.0)

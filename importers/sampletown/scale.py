"""How big everything is for a town of so many buildings, and the streams of chance that shape it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

WATER_LEVEL = -0.35
"""Water of river and harbour. [m NAP]"""
QUAY_LEVEL = 1.75
"""Streets along the water. [m NAP]"""
KERB = 0.12
"""A carriageway lies this much below the footways beside it. [m]"""


@dataclass(frozen=True)
class Scale:
    """Lengths of a town, in metres, all following from how many buildings it has."""

    buildings: int
    seed: int
    radius: float
    river_width: float
    river_y: float
    """The river's mean position, south of the market at the plan's origin."""
    meadows: float
    """Open land around the outermost street."""
    square: float
    """Half the length of the market square."""
    rotation: float
    """From the plan (river eastwards) to the map, counter-clockwise. [rad]"""

    @property
    def extent(self) -> float:
        """Radius of all the ground there is."""
        return self.radius * 1.12 + self.meadows

    @property
    def most_storeys(self) -> int:
        """Hamlets have no flats: two storeys below 60 buildings, three below 200; a town grows as its centre will."""
        return 2 if self.buildings < 60 else 3 if self.buildings < 200 else 99

    def rng(self, stage: str) -> np.random.Generator:
        """A stream of its own for each stage, so that a change in one leaves the others as they are."""
        return np.random.Generator(np.random.PCG64([self.seed, *stage.encode()]))


def scale_for(buildings: int, seed: int, stretch: float = 1.0) -> Scale:
    """The lengths that give room for `buildings`; `stretch` enlarges the radius if that proved too small."""
    radius = stretch * math.sqrt(max(buildings, 60) * 285.0 / math.pi) + 18.0
    river_width = min(120.0, 16.0 + 0.066 * radius)
    square = float(np.clip(0.1 * radius, 17.0, 48.0))
    river_y = -max(0.27 * radius, river_width / 2 + 11 + square * 0.8 + 22)
    rng = np.random.Generator(np.random.PCG64([seed, 77]))
    meadows = float(np.clip(0.7 * radius, 260.0, 480.0))
    rotation = float(rng.uniform(-0.6, 0.6))
    return Scale(buildings, seed, radius, river_width, river_y, meadows, square, rotation)


def smoothstep(x: F64) -> F64:
    """0 below 0, 1 above 1, smooth in between."""
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)

"""How high the ground is: one smooth function that every surface of the town asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from importers.sampletown.scale import F64, QUAY_LEVEL, WATER_LEVEL, Scale, smoothstep
from importers.sampletown.water import Water

DYKE_FOOT, DYKE_CREST, DYKE_BACK, DYKE_HEEL = 14.0, 24.0, 30.0, 44.0
"""The river dyke in the meadows: distances from the water at which its slopes begin and end. [m]"""
DYKE_HEIGHT = 2.6


@dataclass(frozen=True)
class Relief:
    """Ground heights in plan coordinates. [m NAP]

    Along the water in town the ground is level with the quay, which is what lets bridges and quays meet it exactly.
    """

    water: Water
    radius: float
    outline: F64
    """Radius of the town's edge at 96 equal angles from east, counter-clockwise. [m]"""
    phases: F64

    def height(self, xy: F64) -> F64:
        """Ground at points (n, 2); the value on water means nothing. [m NAP]"""
        x, y = xy[:, 0], xy[:, 1]
        shore = self.water.distance(xy)
        rural = smoothstep((np.hypot(x, y) - self._edge(x, y)) / 140.0 + 0.15)
        p = self.phases
        waves = np.sin(x / 173.0 + p[0]) * np.cos(y / 149.0 + p[1]) + 0.5 * np.sin((x + y) / 97.0 + p[2])
        mound = np.exp(-(x * x + y * y) / (0.28 * self.radius + 40.0) ** 2)
        rise = smoothstep((shore - 17.0) / 130.0)
        town = QUAY_LEVEL + rise * (1.1 + 0.55 * waves + 1.9 * mound)
        meadow = 0.75 + 0.22 * waves
        bank = WATER_LEVEL + 0.3 + (meadow - WATER_LEVEL - 0.3) * smoothstep(shore / 8.0)
        dyke = np.interp(shore, [DYKE_FOOT, DYKE_CREST, DYKE_BACK, DYKE_HEEL], [0.0, DYKE_HEIGHT, DYKE_HEIGHT, 0.0])
        height: F64 = town + (bank + dyke - town) * rural
        return height

    def _edge(self, x: F64, y: F64) -> F64:
        turn = np.arctan2(y, x) % (2 * np.pi) / (2 * np.pi) * len(self.outline)
        edge: F64 = np.interp(turn, np.arange(len(self.outline) + 1), np.append(self.outline, self.outline[0]))
        return edge


def make_relief(scale: Scale, water: Water, outline: shapely.Polygon) -> Relief:
    """The height function of one town."""
    corners = shapely.get_coordinates(outline.exterior)[:-1]
    phases = scale.rng("relief").uniform(0, 2 * np.pi, 3)
    return Relief(water, scale.radius, np.hypot(corners[:, 0], corners[:, 1]), phases)

"""What a building is before it has windows: an outline, storeys and a roof."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

RoofForm = Literal["flat", "gabled", "hipped", "pyramidal", "skillion"]
Ring = tuple[tuple[float, float], ...]

SKIRT_DEPTH = 0.5
"""Walls go on this far below the base, so that no gap shows where the ground falls away. [m]"""


@dataclass(frozen=True, slots=True)
class BuildingMass:
    """A building's shape in local metres: x east, y north, z up from the base (ground floor).

    `footprint` and `holes` may run in either direction; the first point is not repeated (it may be).
    """

    footprint: Ring
    holes: tuple[Ring, ...] = ()
    storeys: int = 3
    storey_height: float = 3.0
    """[m]"""
    roof_form: RoofForm = "flat"
    roof_height: float = 0.0
    """From eaves to ridge; of a flat roof the parapet's height. [m]"""
    base_height: float = 0.0
    """Where the base is above the zero of the solid's positions. [m]"""

    @property
    def eaves_height(self) -> float:
        """From the base to where the roof begins. [m]"""
        return self.storeys * self.storey_height


@dataclass(frozen=True, slots=True)
class MassFigures:
    """The figures that a planner asks for. All above the base; the skirt in the ground does not count."""

    footprint_area: float
    """[m²]"""
    gross_floor_area: float
    """Footprint area × storeys; rooms in the roof do not count. [m²]"""
    eaves_height: float
    """[m]"""
    height: float
    """To the highest point, ridge or parapet. [m]"""
    volume: float
    """Enclosed between base and roof; a parapet's thin wall counts. [m³]"""


def is_finite(mass: BuildingMass) -> bool:
    """Whether all numbers of it are finite."""
    rings = (mass.footprint, *mass.holes)
    numbers = (mass.storeys, mass.storey_height, mass.roof_height, mass.base_height)
    return all(map(math.isfinite, numbers)) and all(math.isfinite(v) for ring in rings for p in ring for v in p)

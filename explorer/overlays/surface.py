"""What overlays ask of the place, as a protocol: `explorer.surface.SurfaceModel` answers it, and so do small fakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Area = tuple[float, float, float, float]
"""Least x and y, greatest x and y in the WORLD (scene CRS minus origin). [m]"""


class Rays(Protocol):
    """Answers whether something stands in the way."""

    def occluded(self, origins: FloatArray, directions: FloatArray) -> BoolArray:
        """Whether each ray from `origins` (n, 3) along unit `directions` (n, 3), both world, hits anything; (n,)."""
        ...


class Facades(Protocol):
    """Points on walls."""

    @property
    def points(self) -> FloatArray:
        """(n, 3) in the world. [m]"""
        ...

    @property
    def normals(self) -> FloatArray:
        """(n, 3) outward, unit."""
        ...

    @property
    def feature_ids(self) -> Sequence[str | None]:
        """(n,) the feature that each point belongs to, None for none."""
        ...


class Surface(Protocol):
    """What a place is made of, at full detail, whatever a window may show."""

    def rays(self, area: Area, margin: float) -> Rays:
        """Ray queries among everything inside the area and `margin` metres around it."""
        ...

    def ground_samples(self, area: Area, resolution: float) -> FloatArray:
        """World positions on the ground at the middle of each cell, (rows, cols, 3); row 0 is north, column 0 is west.

        At most 2 cm above the ground; z is NaN where there is no ground, and inside buildings.
        """
        ...

    def facade_samples(self, area: Area, spacing: float) -> Facades:
        """Points on the walls in an area, `spacing` metres apart."""
        ...


def surface_key(surface: Any) -> str:
    """What identifies the content of a surface: its `key`, if it has one. [str]"""
    return str(getattr(surface, "key", ""))


def surface_sources(surface: Any) -> list[str]:
    """Where a surface's data comes from, if it says so in `sources`."""
    sources = getattr(surface, "sources", ())
    return [str(source) for source in (sources() if callable(sources) else sources)]

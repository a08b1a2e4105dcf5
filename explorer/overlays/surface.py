"""What overlays ask of the place, as a protocol: `explorer.surface.SurfaceModel` answers it, and so do small fakes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Progress

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

    def rays(self, area: Area, margin: float | None = None, *, progress: Progress | None = None) -> Rays:
        """Ray queries among everything inside the area and `margin` metres around it; None: whatever may shade it."""
        ...

    def ground_samples(self, area: Area, resolution: float, *, progress: Progress | None = None) -> FloatArray:
        """World positions on the ground at the middle of each cell, (rows, cols, 3); row 0 is north, column 0 is west.

        z is NaN where there is no ground, and inside buildings.
        """
        ...

    def facade_samples(self, area: Area, spacing: float, *, progress: Progress | None = None) -> Facades:
        """Points on the walls in an area, `spacing` metres apart."""
        ...


def surface_key(surface: Any, rays: Any) -> str:
    """What identifies the content that rays are asked of.

    The surface's own `key` if it has one, else a hash of the triangles that `rays` holds: what lies beyond their
    reach does not make a result stale.
    """
    key = getattr(surface, "key", None)
    if key is not None:
        return str(key)
    soup = getattr(rays, "soup", None)
    if soup is None:
        return ""
    digest = hashlib.blake2b(repr(tuple(map(float, soup.origin))).encode(), digest_size=16)
    for array in (soup.positions, soup.surface_class):
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def surface_facts(surface: Any) -> dict[str, Any]:
    """What a surface says about its own shortcomings: tiles that could not be read, ground that was estimated."""
    facts: dict[str, Any] = {}
    problems = [str(problem) for problem in getattr(surface, "problems", ())]
    if problems:
        facts["problems"] = problems
    if getattr(surface, "ground_is_estimated", False):
        facts["ground"] = "estimated from the feet of the buildings: the city model has no terrain"
    return facts

"""How stretches of houses look: shapes, storeys, roofs, years, by how far out they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FLAT, GABLED, GABLE_FRONT, HIPPED, PYRAMIDAL, SAWTOOTH, SLAB, TOWER, CHURCH = range(9)
"""Shapes that `solids` knows. The ridge of GABLED runs along the street, of GABLE_FRONT away from it."""
ROOF_NAMES = ("flat", "gabled", "gabled", "hipped", "pyramidal", "sawtooth", "flat", "flat", "gabled")


@dataclass(frozen=True)
class Row:
    """How a stretch of houses looks."""

    width: float
    depth: float
    storeys: tuple[int, int]
    pitch: float
    shapes: tuple[int, ...]
    year: tuple[int, int]
    function: str
    gap: float = 0.0
    """Between pairs of houses. [m]"""
    corners: bool = True


def row_style(share: float, rng: np.random.Generator) -> Row:
    """The style of a stretch of houses, by how far out it is."""
    draw = rng.random()
    if share < 0.3:
        old = (GABLE_FRONT, GABLE_FRONT, GABLED, FLAT) if draw < 0.6 else (GABLED, GABLED, FLAT)
        return Row(
            rng.uniform(5.4, 7.2),
            rng.uniform(10.5, 12.0),
            (3, 5),
            rng.uniform(0.9, 1.25),
            old,
            (1640, 1905),
            "mixed use",
        )
    if share < 0.62:
        shapes = (GABLED,) if draw < 0.7 else (FLAT,)
        n = int(rng.integers(2, 4)) if draw < 0.7 else int(rng.integers(3, 5))
        return Row(
            rng.uniform(5.4, 6.6),
            rng.uniform(9.0, 10.5),
            (n, n),
            rng.uniform(0.75, 1.05),
            shapes,
            (1905, 1940),
            "residential",
        )
    if draw < 0.72:
        return Row(
            rng.uniform(5.4, 6.4),
            rng.uniform(8.4, 9.6),
            (2, 2),
            rng.uniform(0.6, 0.95),
            (GABLED,),
            (1950, 1998),
            "residential",
            0.0,
            False,
        )
    return Row(
        rng.uniform(7.0, 8.2),
        rng.uniform(8.6, 9.8),
        (2, 2),
        rng.uniform(0.6, 0.85),
        (HIPPED, GABLED),
        (1932, 2015),
        "residential",
        3.4,
        False,
    )

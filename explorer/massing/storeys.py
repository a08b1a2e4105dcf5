"""Where storeys lie on each other: what tells the eye how large a plain block is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.massing.building import BuildingMass


def storey_lines(mass: BuildingMass) -> NDArray[np.float64]:
    """Level lines around the walls, courtyards too, between every two storeys: (k, 2, 3) ends in local metres."""
    lines = []
    for ring in (mass.footprint, *mass.holes):
        start = np.asarray(ring, dtype=np.float64)
        end = np.roll(start, -1, axis=0)
        for storey in range(1, int(mass.storeys)):
            level = np.full((len(start), 1), storey * mass.storey_height)
            lines.append(np.stack([np.hstack([start, level]), np.hstack([end, level])], axis=1))
    return np.concatenate(lines) if lines else np.zeros((0, 2, 3))

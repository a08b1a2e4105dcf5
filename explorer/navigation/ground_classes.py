"""Which surfaces are ground: what people walk on outdoors, and what "height of the ground" means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass

GROUND_CLASSES = frozenset(
    {
        SurfaceClass.TERRAIN,
        SurfaceClass.WATER,
        SurfaceClass.ROAD,
        SurfaceClass.PAVING,
        SurfaceClass.GREEN,
        SurfaceClass.BARE,
        SurfaceClass.BRIDGE,
        SurfaceClass.RAIL,
    }
)
"""Open ground: land, water, and what bridges them. Quay walls and furniture stand on it and do not count."""

IS_GROUND: NDArray[np.bool_] = np.isin(np.arange(256), [int(kind) for kind in GROUND_CLASSES])
"""(256,) by value of a surface class, to be indexed with arrays of classes."""

IS_LAND: NDArray[np.bool_] = np.isin(
    np.arange(256),
    [int(kind) for kind in (SurfaceClass.TERRAIN, SurfaceClass.PAVING, SurfaceClass.GREEN, SurfaceClass.BARE)],
)
"""Ground that fills the places between buildings. Data with carriageways, water and bridges alone has none."""

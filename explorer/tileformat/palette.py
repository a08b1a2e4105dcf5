"""The colour that a surface class has when the data gives none: quiet, like an architect's model in good light.

Written into tiles so that other viewers show them well; a renderer may choose its own by the class itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.surface_class import SurfaceClass

_SRGB: dict[SurfaceClass, tuple[int, int, int]] = {
    SurfaceClass.UNKNOWN: (214, 208, 198),
    SurfaceClass.WALL: (226, 217, 203),
    SurfaceClass.ROOF: (178, 106, 84),
    SurfaceClass.FLOOR: (150, 145, 138),
    SurfaceClass.WINDOW: (126, 152, 168),
    SurfaceClass.DOOR: (122, 92, 70),
    SurfaceClass.TERRAIN: (196, 197, 176),
    SurfaceClass.WATER: (122, 163, 184),
    SurfaceClass.ROAD: (142, 143, 146),
    SurfaceClass.PAVING: (197, 188, 176),
    SurfaceClass.GREEN: (151, 177, 121),
    SurfaceClass.BARE: (207, 194, 165),
    SurfaceClass.BRIDGE: (186, 181, 172),
    SurfaceClass.TREE: (112, 146, 92),
    SurfaceClass.TRUNK: (120, 98, 76),
    SurfaceClass.RAIL: (133, 126, 120),
    SurfaceClass.FURNITURE: (128, 132, 138),
    SurfaceClass.QUAY: (171, 163, 150),
    SurfaceClass.OTHER: (205, 201, 194),
}


def srgb_palette() -> NDArray[np.uint8]:
    """sRGB colour of every surface class, shape (256, 4); values that are no class look like `UNKNOWN`."""
    table = np.empty((256, 4), np.uint8)
    table[:] = (*_SRGB[SurfaceClass.UNKNOWN], 255)
    for surface, colour in _SRGB.items():
        table[surface, :3] = colour
    return table


def linear_from_srgb(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Linear light from sRGB values, both 0 to 1 (IEC 61966-2-1)."""
    value = np.asarray(srgb, np.float64)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """sRGB values from linear light, both 0 to 1 (IEC 61966-2-1)."""
    value = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1.0 / 2.4) - 0.055)


def srgb_of_levels(most: int) -> NDArray[np.uint8]:
    """sRGB bytes of all linear levels 0 to `most`, shape (most + 1,): a table is soon looked up."""
    return np.round(srgb_from_linear(np.arange(most + 1) / most) * 255.0).astype(np.uint8)

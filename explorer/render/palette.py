"""Colours of the model by surface class: warm white buildings, quiet ground. Linear RGB for the shaders."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat import SurfaceClass

_SRGB: dict[SurfaceClass, str] = {
    SurfaceClass.UNKNOWN: "e6e1d8",
    SurfaceClass.WALL: "e8e2d8",
    SurfaceClass.ROOF: "be9c88",
    SurfaceClass.FLOOR: "bdb6ab",
    SurfaceClass.WINDOW: "8fa6b5",
    SurfaceClass.DOOR: "a8907a",
    SurfaceClass.TERRAIN: "8b9881",
    SurfaceClass.WATER: "5f8593",
    SurfaceClass.ROAD: "828283",
    SurfaceClass.PAVING: "a8a197",
    SurfaceClass.GREEN: "82926e",
    SurfaceClass.BARE: "b3a993",
    SurfaceClass.BRIDGE: "b5aea4",
    SurfaceClass.TREE: "708c5a",
    SurfaceClass.TRUNK: "8b7a68",
    SurfaceClass.RAIL: "857e78",
    SurfaceClass.FURNITURE: "9a958e",
    SurfaceClass.QUAY: "a0968a",
    SurfaceClass.OTHER: "d5cfc4",
}
N_CLASSES = 20
LAND = "85947b"
"""The land beyond data that has ground of its own."""
BOARD = "a29f99"
"""What a model without any ground stands on."""


BOARD_SRGB = tuple(int(BOARD[i : i + 2], 16) for i in (0, 2, 4))
"""The same in bytes."""


def linear(srgb_hex: str) -> tuple[float, float, float]:
    """A colour as designers write it, in linear light."""
    values = np.array([int(srgb_hex[i : i + 2], 16) for i in (0, 2, 4)]) / 255.0
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(light[0]), float(light[1]), float(light[2])


@lru_cache(maxsize=1)
def class_colours() -> NDArray[np.float32]:
    """Linear colours by `SurfaceClass`, shape (20, 3); the last row is spare. Read only: all ask for the same."""
    table = np.full((N_CLASSES, 3), 0.6, dtype=np.float32)
    for kind, colour in _SRGB.items():
        table[int(kind)] = linear(colour)
    table.setflags(write=False)
    return table

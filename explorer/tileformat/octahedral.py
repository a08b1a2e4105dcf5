"""Small encodings of directions and colours in 3D Tiles: unit vectors on an octahedron, colours in 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def oct_decode(encoded: NDArray[Any]) -> NDArray[np.float64]:
    """Unit vectors (n, 3) of whole numbers (n, 2), their type's range being -1 to 1.

    Cigolle et al. 2014, A Survey of Efficient Representations for Independent Unit Vectors; OGC 18-053r2, 11.2.2.
    """
    x, y = (encoded.astype(np.float64) / float(np.iinfo(encoded.dtype).max) * 2.0 - 1.0).T
    z = 1.0 - np.abs(x) - np.abs(y)
    below = z < 0.0
    folded_x = (1.0 - np.abs(y)) * np.where(x < 0.0, -1.0, 1.0)
    folded_y = (1.0 - np.abs(x)) * np.where(y < 0.0, -1.0, 1.0)
    vectors = np.stack([np.where(below, folded_x, x), np.where(below, folded_y, y), z], axis=1)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])


def rgb565_decode(encoded: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """sRGB bytes (n, 3) of 16-bit colours (n,): five bits of red, six of green, five of blue."""
    value = encoded.astype(np.uint32)
    channels = np.stack([(value >> 11) / 31.0, ((value >> 5) & 63) / 63.0, (value & 31) / 31.0], axis=1)
    return np.round(channels * 255.0).astype(np.uint8)

"""What a tile's vertices reflect, worked out once when the tile is packed, so that no frame works it out again.

Each vertex gets the square root of its linear albedo (eight bits are enough so) and its openness to the sky: walls are
darker towards their foot and trees towards theirs, which sets a model on its ground as real shade in corners would.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.render.palette import class_colours
from explorer.tileformat import NO_FEATURE, SurfaceClass

_FOOT_OPENNESS = 0.70
_FOOT_REACH = 9.0
"""Above this height over its foot a wall sees the whole sky. [m]"""
_FLOOR_OPENNESS = 0.6
_GROUND_OPENNESS = 1.0
# plain numbers: looking up a member of an enum costs as much as comparing a small array with it
_UNKNOWN, _WALL, _ROOF = int(SurfaceClass.UNKNOWN), int(SurfaceClass.WALL), int(SurfaceClass.ROOF)
_FLOOR, _TREE = int(SurfaceClass.FLOOR), int(SurfaceClass.TREE)
_STANDING = np.zeros(256, bool)
_STANDING[
    [
        int(one)
        for one in (
            SurfaceClass.UNKNOWN,
            SurfaceClass.WALL,
            SurfaceClass.WINDOW,
            SurfaceClass.DOOR,
            SurfaceClass.TREE,
            SurfaceClass.TRUNK,
            SurfaceClass.FURNITURE,
            SurfaceClass.OTHER,
        )
    ]
] = True
_SRGB_TO_LINEAR = np.where(
    (_byte := np.arange(256) / 255.0) <= 0.04045, _byte / 12.92, ((_byte + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def vertex_tints(
    positions: NDArray[np.float32],
    surface_class: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    feature_index: NDArray[np.uint32],
    *,
    signal: tuple[float, float, float, float] | None = None,
) -> NDArray[np.uint8]:
    """Square root of the albedo and openness, both of 255, shape (n, 4).

    Parameters
    ----------
    positions, surface_class, colours, feature_index
        (n, 3) m with height last, (n,), (n, 4) sRGB, (n,): of one mesh.
    signal
        Linear colour and share (0 to 1) that is mixed in: what is proposed.
    """
    colours_of = class_colours()
    base = colours_of[np.minimum(surface_class, len(colours_of) - 1)]
    plain = surface_class == _UNKNOWN
    if plain.any():
        base[plain] = _SRGB_TO_LINEAR[colours[plain, :3]]
    base *= _luck(surface_class, feature_index)
    if signal is not None:
        base += (np.asarray(signal[:3], np.float32) - base) * signal[3]
    tints = np.empty((len(positions), 4), np.uint8)
    tints[:, :3] = np.round(np.sqrt(np.clip(base, 0.0, 1.0)) * 255.0)
    tints[:, 3] = np.round(_openness(positions, surface_class, feature_index) * 255.0)
    return tints


def tints_of_colours(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Square root of the linear light of sRGB colours (n, 4), of 255; the fourth stays."""
    tints = np.empty(colours.shape, np.uint8)
    tints[:, :3] = np.round(np.sqrt(_SRGB_TO_LINEAR[colours[:, :3]]) * 255.0)
    tints[:, 3] = colours[:, 3]
    return tints


def _luck(surface_class: NDArray[np.uint8], feature_index: NDArray[np.uint32]) -> NDArray[np.float32]:
    """No two buildings or trees are quite the same colour: a factor (n, 3), the same for a whole feature."""
    factor = np.ones((len(surface_class), 3), np.float32)
    tree = surface_class == _TREE
    solid = ((surface_class == _WALL) | (surface_class == _ROOF)) & (feature_index != NO_FEATURE)
    one = _hash(feature_index)
    factor[solid] = (0.955 + 0.075 * one[solid])[:, None]
    if tree.any():
        other = _hash(feature_index[tree] + np.uint32(17))
        factor[tree] = np.stack([0.86 + 0.3 * one[tree], 0.9 + 0.2 * other, 0.85 + 0.25 * one[tree]], axis=1)
    return factor


def _hash(numbers: NDArray[np.uint32]) -> NDArray[np.float32]:
    """0 to 1 by chance, always the same for a number (Wang's integer hash)."""
    n = (numbers ^ np.uint32(61)) ^ (numbers >> np.uint32(16))
    n = n * np.uint32(9)
    n = (n ^ (n >> np.uint32(4))) * np.uint32(0x27D4EB2D)
    low: NDArray[np.uint32] = (n ^ (n >> np.uint32(15))) & np.uint32(0xFFFF)
    return low.astype(np.float32) / np.float32(65535.0)


def _openness(
    positions: NDArray[np.float32], surface_class: NDArray[np.uint8], feature_index: NDArray[np.uint32]
) -> NDArray[np.float32]:
    """Share of the sky that is seen, (n,): by height over the foot of the vertex' feature."""
    openness = np.full(len(positions), _GROUND_OPENNESS, np.float32)
    openness[surface_class == _FLOOR] = _FLOOR_OPENNESS
    standing = _STANDING[surface_class] & (feature_index != NO_FEATURE)
    if not standing.any():
        return openness
    place, n = _numbered(feature_index[standing])
    height = positions[standing, 2]
    height[~np.isfinite(height)] = 0.0
    low, high = np.full(n, np.inf, np.float32), np.full(n, -np.inf, np.float32)
    np.minimum.at(low, place, height)
    np.maximum.at(high, place, height)
    reach = np.clip(high - low, 0.5, _FOOT_REACH)
    share = np.clip((height - low[place]) / reach[place], 0.0, 1.0)
    openness[standing] = _FOOT_OPENNESS + (1.0 - _FOOT_OPENNESS) * share
    return openness


def _numbered(rows: NDArray[np.uint32]) -> tuple[NDArray[np.intp], int]:
    """Features by number from 0 on, and how many numbers there are; rows of one tile mostly follow each other."""
    least = int(rows.min())
    n = int(rows.max()) - least + 1
    if n <= 4 * len(rows):
        return (rows - np.uint32(least)).astype(np.intp), n
    known, place = np.unique(rows, return_inverse=True)
    return place, len(known)

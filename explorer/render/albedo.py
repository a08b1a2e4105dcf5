"""What a tile's vertices reflect, worked out once when the tile is packed, so that no frame works it out again.

Each vertex gets the square root of its linear albedo (eight bits are enough so) and its openness to the sky: walls are
darker towards their foot and trees towards theirs, which sets a model on its ground as real shade in corners would.
"""

from __future__ import annotations

from functools import cache
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from explorer.render.palette import class_colours
from explorer.tileformat import NO_FEATURE, SurfaceClass
from explorer.tileformat.byte_colours import ByteColours, srgb_of_linear
from explorer.tileformat.palette import srgb_of_levels

Signal = tuple[float, float, float, float]
"""Linear colour and share (0 to 1) that is mixed in: what is proposed."""
_FOOT_OPENNESS = 0.70
_LEAST_REACH, _FOOT_REACH = np.float32(0.5), np.float32(9.0)
"""Above this height over its foot a wall sees the whole sky; what is lower sees it from its top on. [m]"""
_FOOT_RISE = np.float32((1.0 - _FOOT_OPENNESS) * 255.0)
_AT_FOOT = np.float32(_FOOT_OPENNESS * 255.0 + 0.499)
"""Rounded when its fraction is cut off; a half downwards."""
_FLOOR_OPENNESS = 0.6
_BRIGHTEST = np.float32(255.0)
_FEW = 2048
"""Vertices that are looked up sooner than it is found out whether that is needed."""
_SPARSE = 2
"""Times as many vertices as classes of features: working out each of these once is less then."""
_SHORT_RUN = 16
"""Runs of fewer vertices of a feature take longer to find than their vertices to go through."""
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
_TINT_OF_SRGB = np.rint(np.sqrt(_SRGB_TO_LINEAR) * 255.0).astype(np.uint8)
_OPENNESS_OF_CLASS = np.full(256, 255, np.uint8)
_OPENNESS_OF_CLASS[_FLOOR] = round(_FLOOR_OPENNESS * 255.0)


def vertex_tints(
    positions: NDArray[np.float32],
    surface_class: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    feature_index: NDArray[np.uint32],
    *,
    signal: Signal | None = None,
    are_linear: bool = False,
    only: int | None = None,
    are_shown: bool = False,
) -> NDArray[np.uint8]:
    """Square root of the albedo and openness, both of 255, shape (n, 4).

    Parameters
    ----------
    positions, surface_class, colours, feature_index
        (n, 3) m with height last, (n,), (n, 4) sRGB, (n,): of one mesh.
    are_linear
        The colours are linear instead of sRGB.
    only
        The class that all are of, as by `only_class`.
    are_shown
        The colours count whatever the class; else those of unknown class alone, and the others have the palette's.
    """
    openness = _openness(positions, surface_class, feature_index, only)
    if signal is None and (only == _UNKNOWN or are_shown):
        tints = (_tints_of_linear() if are_linear else _tints_of_bytes()).without_alpha(colours)
        tints[:, 3] = openness
        return tints
    tints = _tints_of_kinds(surface_class, feature_index, signal)
    plain = surface_class == _UNKNOWN
    if plain.any():
        shown = colours[plain]
        tints[plain] = _tints(_SRGB_TO_LINEAR[(srgb_of_linear()(shown) if are_linear else shown)[:, :3]], signal)
    tints[:, 3] = openness
    return tints


def _tints_of_kinds(
    surface_class: NDArray[np.uint8],
    feature_index: NDArray[np.uint32],
    signal: Signal | None,
) -> NDArray[np.uint8]:
    """Of vertices whose class says their colour, (n, 4), with no meaning in the fourth channel.

    Worked out once for each class of each feature where that is less, and looked up.
    """
    if len(surface_class) > _FEW:
        number = feature_index + np.uint32(1)  # what is of no feature comes first
        first, least = number.min(), int(surface_class.min())
        n_features, n_classes = int(number.max() - first) + 1, int(np.ptp(surface_class)) + 1
        if n_features * n_classes * _SPARSE < len(surface_class):
            features, classes = np.divmod(np.arange(n_features * n_classes, dtype=np.uint32), np.uint32(n_classes))
            classes += np.uint32(least)
            features += first
            features -= np.uint32(1)
            one_of_each = _tints_of_kinds(classes.astype(np.uint8), features, signal)
            place = (number - first).astype(np.intp)
            place *= n_classes
            place += surface_class
            place -= least
            found: NDArray[np.uint8] = one_of_each.view(np.uint32)[:, 0].take(place).view(np.uint8).reshape(-1, 4)
            return found
    colours_of = class_colours()
    base = colours_of[np.minimum(surface_class, len(colours_of) - 1)]
    _vary(base, surface_class, feature_index)
    return _tints(base, signal)


def _tints(base: NDArray[np.float32], signal: Signal | None) -> NDArray[np.uint8]:
    """Of linear colours (n, 3), with no meaning in the fourth channel; what is given is used up."""
    if signal is not None:
        base += (np.asarray(signal[:3], np.float32) - base) * signal[3]
    tints = np.zeros((len(base), 4), np.uint8)
    tints[:, :3] = np.rint(np.sqrt(np.clip(base, 0.0, 1.0)) * np.float32(255.0))
    return tints


def tints_of_colours(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Square root of the linear light of sRGB colours (n, 4), of 255; the fourth stays."""
    return _tints_of_bytes()(colours)


@cache
def _tints_of_bytes() -> ByteColours:
    return ByteColours(_TINT_OF_SRGB)


@cache
def _tints_of_linear() -> ByteColours:
    """By way of sRGB, to the same bytes: dark colours have more of them there."""
    return ByteColours(_TINT_OF_SRGB[srgb_of_levels(255)])


def only_class(surface_class: NDArray[np.uint8]) -> int | None:
    """The class that all of (n,) are of, as mostly; None where there are several, or none."""
    if not len(surface_class):
        return None
    least = int(surface_class.min())
    return least if least == int(surface_class.max()) else None


def any_of(of_class: NDArray[np.bool_], surface_class: NDArray[np.uint8], only: int | None = None) -> bool:
    """Whether a table, (256,), says yes of any of the classes, (n,); mostly there is but one: `only`."""
    if only is not None:
        return bool(of_class[only])
    if len(surface_class) < _FEW:
        return bool(of_class.take(surface_class).any())
    least, greatest = int(surface_class.min()), int(surface_class.max())
    if least == greatest or not of_class[least : greatest + 1].any():
        return bool(of_class[least])
    return bool(of_class.take(surface_class).any())


def _vary(base: NDArray[np.float32], surface_class: NDArray[np.uint8], feature_index: NDArray[np.uint32]) -> None:
    """No two buildings or trees are quite the same colour: a factor on `base` (n, 3), the same for a whole feature."""
    tree = surface_class == _TREE
    solid = ((surface_class == _WALL) | (surface_class == _ROOF)) & (feature_index != NO_FEATURE)
    if solid.any():
        base[solid] *= (np.float32(0.955) + np.float32(0.075) * _hash(feature_index[solid]))[:, None]
    if tree.any():
        one, other = _hash(feature_index[tree]), _hash(feature_index[tree] + np.uint32(17))
        base[tree] *= np.stack([0.86 + 0.3 * one, 0.9 + 0.2 * other, 0.85 + 0.25 * one], axis=1)


def _hash(numbers: NDArray[np.uint32]) -> NDArray[np.float32]:
    """0 to 1 by chance, always the same for a number (Wang's integer hash)."""
    n = (numbers ^ np.uint32(61)) ^ (numbers >> np.uint32(16))
    n = n * np.uint32(9)
    n = (n ^ (n >> np.uint32(4))) * np.uint32(0x27D4EB2D)
    low: NDArray[np.uint32] = (n ^ (n >> np.uint32(15))) & np.uint32(0xFFFF)
    return low.astype(np.float32) / np.float32(65535.0)


def _openness(
    positions: NDArray[np.float32],
    surface_class: NDArray[np.uint8],
    feature_index: NDArray[np.uint32],
    only: int | None,
) -> NDArray[np.uint8]:
    """Share of the sky that is seen, of 255, (n,): by height over the foot of the vertex' feature.

    `only`: as by `only_class`.
    """
    if only is not None:
        if not _STANDING[only]:
            return np.full(len(surface_class), _OPENNESS_OF_CLASS[only])
        if feature_index.max() != NO_FEATURE:
            return _over_foot(positions[:, 2], feature_index)
    elif not any_of(_STANDING, surface_class):
        return _OPENNESS_OF_CLASS[surface_class]
    standing = np.flatnonzero(_STANDING.take(surface_class) & (feature_index != NO_FEATURE))
    openness: NDArray[np.uint8] = _OPENNESS_OF_CLASS.take(surface_class)
    if len(standing) == len(openness):
        return _over_foot(positions[:, 2], feature_index)
    if len(standing):
        openness[standing] = _over_foot(positions[standing, 2], feature_index[standing])
    return openness


def _over_foot(height: NDArray[np.float32], feature: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Openness, (n,), of what stands, by height [m] over the lowest vertex of its feature.

    Where vertices of a feature follow each other, least and greatest are those of whole runs.
    """
    if not (isfinite(height.min()) and isfinite(height.max())):
        height = np.where(np.isfinite(height), height, np.float32(0.0))
    counts, rows, lows, highs = None, feature, height, height
    if len(height) > _FEW and np.count_nonzero(is_next := feature[1:] != feature[:-1]) * _SHORT_RUN < len(height):
        starts = np.concatenate([[0], np.flatnonzero(is_next) + 1])
        counts = np.append(starts[1:], len(height)) - starts
        rows, lows, highs = feature[starts], np.minimum.reduceat(height, starts), np.maximum.reduceat(height, starts)
    place, n = _numbered(rows)
    low, high = np.full(n, np.inf, np.float32), np.full(n, -np.inf, np.float32)
    np.minimum.at(low, place, lows)
    np.maximum.at(high, place, highs)
    slope: NDArray[np.float32] = _FOOT_RISE / np.minimum(np.maximum(high - low, _LEAST_REACH), _FOOT_REACH)
    at_zero, rise = (_AT_FOOT - low * slope).take(place), slope.take(place)
    if counts is not None:
        at_zero, rise = np.repeat(at_zero, counts), np.repeat(rise, counts)
    rise *= height
    rise += at_zero
    np.minimum(rise, _BRIGHTEST, out=rise)
    return rise.astype(np.uint8)


def _numbered(rows: NDArray[np.uint32]) -> tuple[NDArray[np.intp], int]:
    """Features by number from 0 on, and how many numbers there are; rows of one tile mostly follow each other."""
    n = int(rows.max()) + 1
    if n <= 4 * len(rows):
        return rows.astype(np.intp), n
    least = int(rows.min())
    n -= least
    if n <= 4 * len(rows):
        return (rows - np.uint32(least)).astype(np.intp), n
    known, place = np.unique(rows, return_inverse=True)
    return place, len(known)

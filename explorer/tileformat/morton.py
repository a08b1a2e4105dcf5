"""Morton order: the numbers of implicit tiles, whose binary digits are those of x, y (and z) in turn.

3D Tiles 1.1 (OGC 22-025r4), section 12.6.1: x has the lowest bit, then y, then z.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def morton_coordinates(numbers: IntArray, dimensions: int) -> IntArray:
    """Coordinates x, y (and z) of Morton numbers (n,): shape (n, dimensions)."""
    if len(numbers) == 0 or int(numbers.max()) < _TABLED:
        found: IntArray = _table(dimensions)[numbers]
        return found
    return _untwined(numbers, dimensions)


def _untwined(numbers: IntArray, dimensions: int) -> IntArray:
    coordinates = np.zeros((len(numbers), dimensions), np.int64)
    for bit in range(_bits(numbers) // dimensions + 1):
        for axis in range(dimensions):
            coordinates[:, axis] |= ((numbers >> (dimensions * bit + axis)) & 1) << bit
    return coordinates


def morton_numbers(coordinates: IntArray) -> IntArray:
    """Morton numbers (n,) of coordinates (n, 2 or 3), which are not negative and fit together into 63 bits."""
    dimensions = coordinates.shape[1]
    numbers = np.zeros(len(coordinates), np.int64)
    for bit in range(_bits(coordinates)):
        for axis in range(dimensions):
            numbers |= ((coordinates[:, axis] >> bit) & 1) << (dimensions * bit + axis)
    return numbers


_TABLED = 1 << 12
"""Subtrees are small as a rule, and many."""


@cache
def _table(dimensions: int) -> IntArray:
    return _untwined(np.arange(_TABLED), dimensions)


def _bits(values: IntArray) -> int:
    return int(values.max(initial=0)).bit_length()

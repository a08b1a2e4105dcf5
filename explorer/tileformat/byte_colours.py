"""Colours of four bytes looked up in a table, two channels at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.palette import srgb_of_levels


class ByteColours:
    """Red, green and blue by a table; the fourth channel stays.

    A look-up costs the same for one byte as for two, so pairs of channels are looked up: half the time.
    """

    def __init__(self, table: NDArray[np.uint8]) -> None:
        """`table`: (256,) what becomes of a red, green or blue byte."""
        pairs = np.arange(1 << 16, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
        self._pairs = table[pairs].view(np.uint16).reshape(-1)

    def __call__(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What becomes of colours, (n, 4); a new array."""
        found = self.without_alpha(colours)
        found[:, 3] = colours[:, 3]
        return found

    def without_alpha(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same, with no meaning in the fourth channel."""
        return self._pairs.take(np.ascontiguousarray(colours).view(np.uint16)).view(np.uint8)


@cache
def srgb_of_linear() -> ByteColours:
    """From linear bytes to sRGB."""
    return ByteColours(srgb_of_levels(255))

"""Colours of four bytes looked up in a table."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.palette import srgb_of_levels


class ByteColours:
    """Red, green and blue by a table; the fourth channel stays.

    Python's own translation of bytes: numpy first makes every byte a number of eight, which takes longer than to look
    it up, and drives everything else out of the processor's cache.
    """

    def __init__(self, table: NDArray[np.uint8]) -> None:
        """`table`: (256,) what becomes of a red, green or blue byte."""
        self._table = table.tobytes()

    def __call__(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What becomes of colours, (n, 4); a new array."""
        found = self.without_alpha(colours)
        found[:, 3] = colours[:, 3]
        return found

    def without_alpha(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same, (n, 4), with no meaning in the fourth channel."""
        found = bytearray(np.ascontiguousarray(colours).reshape(-1).data).translate(self._table)
        return np.frombuffer(found, np.uint8).reshape(colours.shape)


@cache
def srgb_of_linear() -> ByteColours:
    """From linear bytes to sRGB."""
    return ByteColours(srgb_of_levels(255))

"""Bounding volumes without any size: a point holds no content, and what is in it would never be in view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.geo import OrientedBox
from explorer.i18n import _
from explorer.tileformat.tileset_volumes import TileVolumes, Volume

FloatArray = NDArray[np.float64]
_SMALLEST = 1e-6
"""Shorter half axes are none. [m]"""
GUESSED_M = 250.0
"""How far a content is taken to reach from its volume's middle, where nothing around it has a size. [m]"""


def has_size(volume: Volume) -> bool:
    """Whether anything can be in it."""
    return any(abs(number) > _SMALLEST for number in volume.numbers[3:])


def give_sizes(centre: FloatArray, half_axes: FloatArray, parent: NDArray[np.int32], contents: TileVolumes) -> str:
    """Give boxes without size, in place, that of their contents, of what is below them, or of their parent.

    Boxes of n tiles in breadth-first order: middles (n, 3) and half axes (n, 3, 3), rows. Returns what to say of it.
    """
    is_missing = np.einsum("nij,nij->n", half_axes, half_axes) < _SMALLEST**2
    count = int(is_missing.sum())
    if not count:
        return ""
    said = _("Bounding volumes without size: {n}; those of what is below or above them are taken.").format(n=count)
    for i, row in enumerate(contents.tile.tolist()):
        if is_missing[row]:
            centre[row], half_axes[row], is_missing[row] = contents.centre[i], contents.half_axes[i], False
    _take_what_is_below(centre, half_axes, parent, is_missing)
    if is_missing[0]:  # and so are all
        text = _("The bounding volumes have no size; contents are taken to reach {metres:.0f} m from their middles.")
        said = text.format(metres=GUESSED_M)
        is_leaf = np.bincount(parent[1:], minlength=len(parent)) == 0
        half_axes[is_leaf], is_missing[is_leaf] = np.eye(3) * GUESSED_M, False
        _take_what_is_below(centre, half_axes, parent, is_missing)
    for row in np.flatnonzero(is_missing).tolist():  # parents come first
        centre[row], half_axes[row] = centre[parent[row]], half_axes[parent[row]]
    return said


def _take_what_is_below(
    centre: FloatArray, half_axes: FloatArray, parent: NDArray[np.int32], is_missing: NDArray[np.bool_]
) -> None:
    """Give boxes without size the one around their children's, as far as those have any."""
    for row in np.flatnonzero(is_missing)[::-1].tolist():
        first, end = np.searchsorted(parent, (row, row + 1)).tolist()
        below = [i for i in range(max(first, 1), end) if not is_missing[i]]
        if below:
            corners = np.concatenate([OrientedBox(centre[i], half_axes[i]).corners() for i in below])
            around = OrientedBox.from_points(corners)
            centre[row], half_axes[row], is_missing[row] = around.centre, around.half_axes, False

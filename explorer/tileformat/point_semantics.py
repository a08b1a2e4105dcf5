"""What a style may ask of single points: the semantics of their feature table.

References
----------
.. [1] OGC 22-025r4, 3D Tiles Specification 1.1, “Styling”, section “Point Cloud”.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.content import Points

POINT_SEMANTICS = frozenset({"POSITION", "POSITION_ABSOLUTE", "COLOR", "NORMAL"})
"""Their names in styles."""


@dataclass(frozen=True, eq=False)
class PointSemantics:
    """n points of one tile, as its file and its tileset have them. Make one with `semantics_of`."""

    local: NDArray[np.floating]
    """(n, 3) places before centre and transform of the tile; float32 where that says the same. [m]"""
    centre: NDArray[np.float64]
    """(3,) what is added to them in the tile's frame. [m]"""
    transform: NDArray[np.float64]
    """4x4, the tile's frame to the tileset's root frame."""
    colours: NDArray[np.uint8]
    """(n, 4) sRGB with alpha: the data's own, or those that we draw it in."""
    normals: NDArray[np.float32] | None
    """(n, 3) in the tile's frame; None: the data has none."""
    feature_index: NDArray[np.uint32] | None
    """(n,) row in the tile's feature table, `NO_FEATURE` for none; None: they are nobody's."""

    def __len__(self) -> int:
        return len(self.local)

    def values(self, name: str) -> NDArray[np.float64] | None:
        """(n, 3), or (n, 4) of `COLOR` from 0 to 1; None where the data does not say. `name`: of `POINT_SEMANTICS`."""
        if name == "POSITION":
            return self.local.astype(np.float64)
        if name == "POSITION_ABSOLUTE":
            return (self.local + self.centre) @ self.transform[:3, :3].T + self.transform[:3, 3]
        if name == "COLOR":
            return self.colours / 255.0
        return None if self.normals is None else self.normals.astype(np.float64)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.local, self.colours, self.normals, self.feature_index)
        return sum(array.nbytes for array in arrays if array is not None)


def semantics_of(points: Points, transform: NDArray[np.float64], colours: NDArray[np.uint8]) -> PointSemantics:
    """The semantics of points as decoded. `colours` (n, 4): what they are drawn in."""
    centre = np.zeros(3) if points.centre is None else points.centre
    whole = points.positions - centre
    short = whole.astype(np.float32)
    local: NDArray[np.floating] = short if np.array_equal(short, whole) else whole
    return PointSemantics(local, centre, transform, colours, points.normals, points.feature_index)

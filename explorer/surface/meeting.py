"""What of a city a face of a section may run through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CutFace
from explorer.surface.sources import TilesetSource
from explorer.surface.triangles import Area, TriangleSoup


def extent_along(sources: Sequence[TilesetSource], face: CutFace) -> Area | None:
    """The rectangle of the map over the tiles that a face may run through; None where there are none. [m]"""
    tiles = [tile for source in sources for tile in source.meeting(face)]
    if not tiles:
        return None
    lo = np.min([tile.lo for tile in tiles], axis=0)
    hi = np.max([tile.hi for tile in tiles], axis=0)
    if face.outline is not None:
        corners = face.to_world(face.outline)
        lo, hi = np.maximum(lo, corners.min(axis=0)), np.minimum(hi, corners.max(axis=0))
        if (lo[:2] > hi[:2]).any():
            return None
    return float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])


def is_met(soup: TriangleSoup, face: CutFace) -> NDArray[np.bool_]:
    """Which triangles meet the plane of a face, or lie above a flat one: of a solid, all that makes its outline."""
    at = face.to_face(soup.world)
    above = at[:, :, 2] * (1.0 if face.normal[2] >= 0.0 else -1.0)
    meets: NDArray[np.bool_] = above.max(axis=1) >= 0.0
    if not face.is_flat:
        meets &= above.min(axis=1) <= 0.0
    return meets

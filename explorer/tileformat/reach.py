"""How much of a tileset of the whole earth is of a scene: what no map of the place holds is left out as it is read.

A map projection bends away from the earth, so tiles of another continent lie nowhere in a city's map, and those that
are as wide as a country have no shape in it. They are never drawn; the former are not even asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from explorer.tileformat.tileset import Tileset

REACH_M = 150_000.0
"""From the middle of the scene: who flies a kilometre high sees as far. [m]"""
WIDEST_M = 100_000.0
"""Sum of the lengths of its half axes beyond which a tile has no shape in a map. [m]"""


@dataclass(frozen=True, eq=False)
class Reach:
    """Of a scene in a tileset's root frame."""

    centre: NDArray[np.float64]
    """(3,)"""
    radius: float = REACH_M
    """[m]"""


def within_reach(tileset: Tileset, reach: Reach) -> Tileset:
    """The tileset, tile by tile in the same rows, but what is beyond reach holds nothing, and wide tiles draw nothing.

    What is read later of the tileset is treated alike.
    """
    away = reach.centre - tileset.centre
    lengths = np.linalg.norm(tileset.half_axes, axis=2)
    axes = tileset.half_axes / np.maximum(lengths, 1e-9)[:, :, None]
    beside = np.maximum(np.abs(np.einsum("nij,nj->ni", axes, away)) - lengths, 0.0)
    is_beyond = np.linalg.norm(beside, axis=1) > reach.radius
    is_wide = lengths.sum(axis=1) > WIDEST_M
    uris = [
        None if gone else uri for gone, uri in zip((is_beyond | is_wide).tolist(), tileset.content_uri, strict=True)
    ]
    beyond = is_beyond.tolist()
    return replace(
        tileset,
        content_uri=uris,
        more_contents={row: uris_ for row, uris_ in tileset.more_contents.items() if uris[row] is not None},
        unread={row: part for row, part in tileset.unread.items() if not beyond[row]},
        reach=reach,
    )

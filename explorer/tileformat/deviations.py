"""What real files do against the standard, put right once their tile is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.geo import OrientedBox
from explorer.i18n import _
from explorer.tileformat.content import Instances, TileContent

_REACH = 1.5
"""Boxes of foreign tiles are not always as large as what is in them."""


def placed_once(content: TileContent, transform: NDArray[np.float64], box: OrientedBox) -> TileContent:
    """The content, with instances brought back to the tile's frame where they were already moved out of it.

    Early i3dm.export wrote the places of instances in the root's frame and gave their tile a transform all the same.
    They are so if all lie far from the tile's `box` (root frame) by the book, and all in it as they stand.
    """
    if not content.instances or np.array_equal(transform, np.eye(4)):
        return content
    places = np.concatenate([group.transforms[:, :3, 3] for group in content.instances])
    if not len(places):
        return content
    radius = max(box.radius * _REACH, 1.0)
    by_the_book = places @ transform[:3, :3].T + transform[:3, 3]
    is_far = np.linalg.norm(by_the_book - box.centre, axis=1).min() > 2.0 * radius
    is_home = np.linalg.norm(places - box.centre, axis=1).max() <= radius
    if not (is_far and is_home):
        return content
    back = np.linalg.inv(transform)
    said = _("Instances that their file had already moved by the tile's transform are not moved again.")
    groups: tuple[Instances, ...] = tuple(replace(one, transforms=back @ one.transforms) for one in content.instances)
    return replace(content, instances=groups, diagnostics=(*content.diagnostics, said))

"""A byte a feature that the shaders read: hidden, selected, hovered. A change writes bytes, never a mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HIDDEN, SELECTED, HOVERED = 1, 2, 4
"""In step with shaders/lib/features.glsl."""


def style_bytes(
    ids: tuple[str, ...], hidden: frozenset[str], selected: frozenset[str], hovered: frozenset[str]
) -> NDArray[np.uint8] | None:
    """One byte for each of a tile's features, or None where no feature is styled."""
    wanted = hidden | selected | hovered
    if not wanted or wanted.isdisjoint(ids):
        return None
    table = np.zeros(len(ids), dtype=np.uint8)
    for row, feature_id in enumerate(ids):
        if feature_id in wanted:
            table[row] = (
                (HIDDEN if feature_id in hidden else 0)
                | (SELECTED if feature_id in selected else 0)
                | (HOVERED if feature_id in hovered else 0)
            )
    return table


def style_texture(table: NDArray[np.uint8]) -> Any:
    """The table as a buffer texture of unsigned bytes."""
    from panda3d.core import GeomEnums, Texture

    texture = Texture("feature style")
    texture.setup_buffer_texture(len(table), Texture.T_unsigned_byte, Texture.F_r8i, GeomEnums.UH_dynamic)
    memoryview(texture.modify_ram_image()).cast("B")[:] = table.data.cast("B")
    return texture

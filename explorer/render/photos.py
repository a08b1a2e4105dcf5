"""Photographs on tiles as textures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import SamplerState, Texture

from explorer.tileformat import ImageUse

_WRAPS = {
    "repeat": SamplerState.WM_repeat,
    "mirror": SamplerState.WM_mirror,
    "clamp": SamplerState.WM_clamp,
}


def photo_texture(texels: NDArray[np.uint8], use: ImageUse) -> Any:
    """Blue, green, red, alpha (rows, columns, 4), first row on top: the v of glTF runs downwards, so rows stay."""
    texture = Texture("photo")
    rows, columns = texels.shape[:2]
    texture.setup_2d_texture(columns, rows, Texture.T_unsigned_byte, Texture.F_rgba8)
    memoryview(texture.modify_ram_image()).cast("B")[:] = np.ascontiguousarray(texels).data.cast("B")
    texture.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    texture.set_magfilter(SamplerState.FT_linear if use.is_smooth else SamplerState.FT_nearest)
    texture.set_wrap_u(_WRAPS[use.wraps[0]])
    texture.set_wrap_v(_WRAPS[use.wraps[1]])
    # the driver has its own copy once it is drawn
    texture.set_keep_ram_image(False)
    return texture

"""Photographs on tiles as textures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import SamplerState, Texture


def photo_texture(texels: NDArray[np.uint8]) -> Any:
    """Blue, green, red, alpha (rows, columns, 4), first row on top: the v of glTF runs downwards, so rows stay."""
    texture = Texture("photo")
    rows, columns = texels.shape[:2]
    texture.setup_2d_texture(columns, rows, Texture.T_unsigned_byte, Texture.F_rgba8)
    memoryview(texture.modify_ram_image()).cast("B")[:] = np.ascontiguousarray(texels).data.cast("B")
    texture.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    texture.set_wrap_u(SamplerState.WM_repeat)
    texture.set_wrap_v(SamplerState.WM_repeat)
    # the driver has its own copy once it is drawn
    texture.set_keep_ram_image(False)
    return texture

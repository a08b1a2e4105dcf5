"""A simulation's result draped over the ground: values and legend as textures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import SamplerState, Texture

NO_VALUE = -1.0e30
"""Stands for NaN in the texture, because comparisons with NaN differ between drivers. In step with colormap.glsl."""


@dataclass(frozen=True)
class OverlayDrape:
    """What to drape, and how to read it."""

    values: NDArray[np.float32]
    """(rows, columns), row 0 north; NaN where there is no answer."""
    bounds: tuple[float, float, float, float]
    """x0, y0, x1, y1 of the raster's outer edges in the world. [m]"""
    colours: NDArray[np.uint8]
    """(256, 3) sRGB from low to high."""
    low: float
    high: float
    opacity: float = 0.86


def value_texture(values: NDArray[np.float32]) -> Any:
    """One float a texel; Panda3D's first row is the southern one."""
    texture = Texture("overlay values")
    rows, columns = values.shape
    texture.setup_2d_texture(columns, rows, Texture.T_float, Texture.F_r32)
    clean = np.where(np.isnan(values), np.float32(NO_VALUE), values).astype(np.float32)
    texture.set_ram_image(np.ascontiguousarray(clean[::-1]).tobytes())
    texture.set_minfilter(SamplerState.FT_nearest)
    texture.set_magfilter(SamplerState.FT_nearest)
    return texture


def legend_texture(colours: NDArray[np.uint8]) -> Any:
    """The legend as a strip of 256 texels; Panda3D wants BGR."""
    texture = Texture("overlay colours")
    texture.setup_2d_texture(len(colours), 1, Texture.T_unsigned_byte, Texture.F_rgb)
    texture.set_ram_image(np.ascontiguousarray(colours[:, ::-1]).tobytes())
    texture.set_wrap_u(SamplerState.WM_clamp)
    return texture

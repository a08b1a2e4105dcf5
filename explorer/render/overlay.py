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
    opacity: float = 0.94


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


def overlay_inputs(drape: OverlayDrape | None) -> dict[str, Any]:
    """Shader inputs of an overlay, or of none; where it lies is `overlay_bounds`."""
    none = OverlayDrape(np.zeros((1, 1), np.float32), (0, 0, 1, 1), np.zeros((256, 3), np.uint8), 0.0, 1.0, 0.0)
    shown = drape or none
    return {
        "overlay_values": value_texture(shown.values),
        "overlay_colours": legend_texture(shown.colours),
        "overlay_range": (shown.low, shown.high, shown.opacity, 0.0 if drape is None else 1.0),
        "grey_out": 0.0 if drape is None else 1.0,
    }


def overlay_bounds(drape: OverlayDrape | None, origin: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 relative to the render origin. [m]"""
    x0, y0, x1, y1 = (0.0, 0.0, 1.0, 1.0) if drape is None else drape.bounds
    x, y = float(origin[0]), float(origin[1])
    return x0 - x, y0 - y, x1 - x, y1 - y

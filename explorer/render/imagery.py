"""Pictures of the ground as a texture of several squares, and where the squares lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import PTA_LVecBase4f, SamplerState, Texture, UnalignedLVecBase4f

MOST_SQUARES = 8
"""In step with shaders/lib/imagery.glsl."""
OVER = ("ground", "roofs", "all")
"""What a picture may be draped over, each more than the one before."""


@dataclass(frozen=True)
class ImageryDrape:
    """Squares of the ground, fine ones first."""

    texels: NDArray[np.uint8]
    """(n, side, side, 4) red, green, blue times alpha, and alpha; first row in the north."""
    places: tuple[tuple[float, float, float], ...]
    """Western and northern edge in the world, and size of each. [m]"""
    over: str = "ground"
    """One of `OVER`."""


class ImageryTexture:
    """The squares on the GPU. Main thread only."""

    def __init__(self) -> None:
        self._texture: Any = None
        self._shape: tuple[int, ...] = ()
        self._drape: ImageryDrape | None = None
        self.size_bytes = 0

    def take(self, drape: ImageryDrape) -> None:
        """Send these instead of those before."""
        count, side = drape.texels.shape[:2]
        if count > MOST_SQUARES:
            raise ValueError(f"at most {MOST_SQUARES} squares, not {count}")
        if self._texture is None or self._shape != (count, side):
            self.release()
            self._texture, self._shape = _array_texture(count, side), (count, side)
        memoryview(self._texture.modify_ram_image()).cast("B")[:] = drape.texels.reshape(-1).data
        self._drape = ImageryDrape(np.zeros((count, 0, 0, 4), np.uint8), drape.places, drape.over)
        self.size_bytes = drape.texels.nbytes

    def inputs(self, origin: NDArray[np.float64]) -> dict[str, Any]:
        """What shaders/lib/imagery.glsl reads, relative to the render origin."""
        if self._drape is None:
            return {}
        count, side = self._shape
        rows = np.zeros((MOST_SQUARES, 4))
        for number, (west, north, size) in enumerate(self._drape.places):
            rows[number] = west - origin[0], north - origin[1], 1.0 / size, size / side
        table = PTA_LVecBase4f([UnalignedLVecBase4f(*map(float, row)) for row in rows])
        over = float(OVER.index(self._drape.over))
        return {"imagery": self._texture, "imagery_squares": table, "imagery_fit": (float(count), over, 0.0, 0.0)}

    def release(self) -> None:
        """Give the memory back."""
        if self._texture is not None:
            self._texture.release_all()
        self._texture, self._shape, self._drape, self.size_bytes = None, (), None, 0


def _array_texture(count: int, side: int) -> Any:
    texture = Texture("imagery")
    texture.setup_2d_texture_array(side, side, count, Texture.T_unsigned_byte, Texture.F_rgba8)
    # its levels are the squares themselves: none are made by the driver
    texture.set_minfilter(SamplerState.FT_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    texture.set_wrap_u(SamplerState.WM_clamp)
    texture.set_wrap_v(SamplerState.WM_clamp)
    return texture

"""Photographs come small, and become sharper where somebody stands near enough to see more of them.

What a picture shows of a photograph is bounded by its pixels: a texel smaller than a pixel is sent to the GPU and kept
for nothing. So a photograph comes with 1024 px a side at most, which a frame can send, and the encoded bytes
of a larger one wait. Which is most blurred is asked now and then; a worker decodes it at twice, four times its side.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.photos import photo_texture
from explorer.streaming import SharperPhoto
from explorer.tileformat import PLAIN_USE, ImageUse

_BLURRED = 1.5
"""A texel that covers so many pixels is worth a sharper photograph."""


@dataclass(frozen=True, eq=False)
class PhotoWish:
    """A photograph that is worth being decoded again, larger."""

    key: Hashable
    """Of its tile."""
    data: bytes
    side: int
    """[px]"""
    use: ImageUse = PLAIN_USE


@dataclass(eq=False)
class _Blurred:
    path: Any
    sharper: SharperPhoto
    side: int
    """What it has now. [px]"""
    n_bytes: int


@dataclass(eq=False)
class BlurredPhotos:
    """The photographs of one tile of which there is more."""

    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    """Corners of the tile in the world. [m]"""
    photos: list[_Blurred] = field(default_factory=list)

    def add(self, path: Any, photo: NDArray[np.uint8], sharper: SharperPhoto) -> None:
        """A node that shows the small one."""
        self.photos.append(_Blurred(path, sharper, max(photo.shape[:2]), photo.nbytes))

    def wish(self, camera: Camera, most: int) -> tuple[float, SharperPhoto, int] | None:
        """How much the worst of them is blurred, what there is of it, and the side that would do; None: none is."""
        nearest = np.clip(np.asarray(camera.position), self.lo, self.hi)
        distance = max(float(np.linalg.norm(nearest - camera.position)), camera.near)
        pixel_m = distance * 2.0 * camera.tan_half_fov[1] / camera.height
        worst = None
        for one in self.photos:
            limit = min(one.sharper.side, most)
            texel_m = one.sharper.metres_a_texel * one.sharper.side / one.side
            if one.side >= limit or texel_m < _BLURRED * pixel_m:
                continue
            blur = texel_m / pixel_m
            if worst is None or blur > worst[0]:
                worst = (blur, one.sharper, min(one.side * (2 if blur < 2.0 * _BLURRED else 4), limit))
        return worst

    def sharpen(self, wish: PhotoWish, texels: NDArray[np.uint8] | None) -> int:
        """Show this instead (None: it cannot be had, and is not asked for again); returns the bytes more it takes."""
        more = 0
        for one in self.photos:
            if one.sharper.data is wish.data and one.sharper.use == wish.use and wish.side > one.side:
                one.side = wish.side
                if texels is not None:
                    one.path.set_shader_input("photo", photo_texture(texels, one.sharper.use))
                    more += (texels.nbytes - one.n_bytes) * 4 // 3
                    one.n_bytes = texels.nbytes
        return more


def most_blurred(tiles: Iterable[tuple[Hashable, BlurredPhotos]], camera: Camera, most: int) -> PhotoWish | None:
    """The photograph of these tiles that would gain most, sides of `most` at most [px]; None: all are sharp enough."""
    found: tuple[float, PhotoWish] | None = None
    for key, one in tiles:
        wish = one.wish(camera, most)
        if wish is not None and (found is None or wish[0] > found[0]):
            found = wish[0], PhotoWish(key, wish[1].data, wish[2], wish[1].use)
    return None if found is None else found[1]

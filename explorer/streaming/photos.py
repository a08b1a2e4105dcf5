"""Photographs on tiles, from their encoded bytes to texels; on a worker thread."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from math import ceil, inf, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat import PLAIN_USE, ImageUse
from explorer.tileformat.ktx2 import KTX2_SIZE, decode_ktx2, is_ktx2
from explorer.tileformat.texels import IMAGE_KINDS, as_rgba, unreadable

MAX_SIDE = 4096
"""Larger photographs are made smaller: what every OpenGL 3.3 driver takes, and 64 MiB at most. [px]"""
FIRST_SIDE = 1024
"""Of a photograph when it comes: 4 MiB, which a frame can send to the GPU. [px]"""
_LEAST_SIDE = 64
_MAX_PIXELS = 4 * MAX_SIDE * MAX_SIDE
"""Of a whole image, once unpacked: 256 MiB on a worker; a file of a hundred bytes can say more."""


@dataclass(frozen=True, eq=False)
class SharperPhoto:
    """What is left out of a photograph until somebody looks at it from near by."""

    data: bytes
    """The encoded image."""
    side: int
    """Longest side that it is worth drawing. [px]"""
    metres_a_texel: float
    """On the surface, at that side. [m]"""
    use: ImageUse = PLAIN_USE

    @property
    def size_bytes(self) -> int:
        """What the encoded image takes in memory."""
        return len(self.data)


def decode_photo(data: bytes, most: int = MAX_SIDE, use: ImageUse = PLAIN_USE) -> NDArray[np.uint8]:
    """Texels of a PNG, JPEG, WebP or KTX2 image, (rows, columns, 4) blue, green, red, alpha; first row on top.

    Made smaller until no side is longer than `most`. [px] What is seen through by `use` has an alpha below a half.
    Raises `ContentError` for what is no image, and for one of more than 8,192 x 8,192 pixels.
    """
    return read_photo(data, most, use)[0]


def read_photo(data: bytes, most: int, use: ImageUse = PLAIN_USE) -> tuple[NDArray[np.uint8], int]:
    """See `decode_photo`; and the longest side that the whole has, `MAX_SIDE` at most. [px]"""
    from PIL import Image

    if is_ktx2(data):
        whole = Image.fromarray(decode_ktx2(data, _MAX_PIXELS, most))
        side = max(KTX2_SIZE.unpack_from(data, 20))
        whole.thumbnail((most, most))
        return _seen(whole, use), min(side, MAX_SIDE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=IMAGE_KINDS) as image:
                side = max(image.size)
                image.draft("RGB", (most, most))  # a JPEG is made smaller while it is decoded
                if image.width * image.height > _MAX_PIXELS:
                    raise ContentError(_("A photograph of {w} x {h} pixels is too large.").format(
                        w=image.width, h=image.height))  # fmt: skip
                whole = as_rgba(image)
        if max(whole.size) > most:
            whole.thumbnail((most, most))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ContentError(unreadable(error)) from error
    return _seen(whole, use), min(side, MAX_SIDE)


def photo_for(
    data: bytes, metres_a_unit: float, finest_m: float, use: ImageUse = PLAIN_USE
) -> tuple[NDArray[np.uint8], SharperPhoto | None]:
    """A photograph as large as it is worth when it comes, and what more of it may be seen from near by.

    Parameters
    ----------
    metres_a_unit
        Size on the surface of one unit of texture coordinates. [m]
    finest_m
        Size of a pixel on the surface at the least distance it is seen from; 0: it may be seen from any. [m]
    """
    worth = MAX_SIDE
    if finest_m > 0.0 and 0.0 < metres_a_unit < MAX_SIDE * finest_m:
        worth = max(1 << ceil(log2(max(metres_a_unit / finest_m, 1.0))), _LEAST_SIDE)
    texels, side = read_photo(data, min(worth, FIRST_SIDE), use)
    side = min(side, worth)
    if side <= FIRST_SIDE or not 0.0 < metres_a_unit < inf:
        return texels, None
    return texels, SharperPhoto(data, side, metres_a_unit / side, use)


def _seen(image: Any, use: ImageUse) -> NDArray[np.uint8]:
    """The texels of an RGBA image, with the alpha that `use` makes of its own."""
    texels = np.ascontiguousarray(np.asarray(image)[:, :, [2, 1, 0, 3]])
    alpha = texels[:, :, 3]
    if use.alpha_scale == inf:
        alpha[:] = 255
        return texels
    scale, most = use.alpha_scale, int(alpha.max(initial=0))
    if use.is_blended and 0 < most < 128:
        scale *= 255.0 / most
    if scale != 1.0:
        # rounded upwards: what is a half but for the last bit is not below it
        alpha[:] = np.minimum(np.ceil(np.arange(256) * scale), 255.0).astype(np.uint8)[alpha]
    return _filled(texels)


def _filled(texels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is seen through gets the mean colour of the rest, so that leaves have no black rims when made smaller."""
    is_clear = texels[:, :, 3] < 128
    if is_clear.any() and not is_clear.all():
        texels[is_clear, :3] = np.round(texels[~is_clear, :3].mean(axis=0)).astype(np.uint8)
    return texels

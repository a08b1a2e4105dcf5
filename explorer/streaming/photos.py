"""Photographs on tiles, from their encoded bytes to texels; on a worker thread."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.ktx2 import decode_ktx2, is_ktx2

MAX_SIDE = 4096
"""Larger photographs are made smaller: what every OpenGL 3.3 driver takes, and 64 MiB at most. [px]"""
_MAX_PIXELS = 16 * MAX_SIDE * MAX_SIDE


def decode_photo(data: bytes) -> NDArray[np.uint8]:
    """Texels of a PNG, JPEG, WebP or KTX2 image, (rows, columns, 4) blue, green, red, alpha; first row on top.

    Raises `ContentError` for what is no image, and for one of more than 16,384 x 16,384 pixels.
    """
    from PIL import Image

    if is_ktx2(data):
        whole = Image.fromarray(decode_ktx2(data, _MAX_PIXELS, MAX_SIDE))
        whole.thumbnail((MAX_SIDE, MAX_SIDE))
        return np.ascontiguousarray(np.asarray(whole)[:, :, [2, 1, 0, 3]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise ContentError(_("A photograph of {w} x {h} pixels is too large.").format(
                        w=image.width, h=image.height))  # fmt: skip
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is made smaller while it is decoded
                whole = image.convert("RGBA")
        if max(whole.size) > MAX_SIDE:
            whole.thumbnail((MAX_SIDE, MAX_SIDE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ContentError(_("A photograph cannot be read: {why}").format(why=error)) from error
    return _filled(np.ascontiguousarray(np.asarray(whole)[:, :, [2, 1, 0, 3]]))


def _filled(texels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is seen through gets the mean colour of the rest, so that leaves have no black rims when made smaller."""
    is_clear = texels[:, :, 3] < 128
    if is_clear.any() and not is_clear.all():
        texels[is_clear, :3] = np.round(texels[~is_clear, :3].mean(axis=0)).astype(np.uint8)
    return texels

"""Bytes of a picture into texels."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from explorer.errors import ContentError
from explorer.i18n import _

Texels = NDArray[np.uint8]
"""(rows, columns, 4): red, green, blue times alpha, and alpha; first row in the north."""

_MOST_PIXELS = 4096 * 4096


def decode_picture(data: bytes, uri: str, size: tuple[int, int]) -> Texels:
    """PNG, JPEG, WebP, GIF or TIFF as texels of this width and height. Raises `ContentError`, naming the address."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ContentError(_("The picture is too large for a tile. [{uri}]").format(uri=uri))
            plain = _plain(image)
    except UnidentifiedImageError as error:
        text = _("This is no picture, but {what}. [{uri}]")
        raise ContentError(text.format(what=_what_it_is(data), uri=uri)) from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        text = _("The picture is damaged: {why}. [{uri}]")
        raise ContentError(text.format(why=str(error)[:80] or type(error).__name__, uri=uri)) from error
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.BILINEAR)
    return premultiplied(np.asarray(plain))


def _plain(image: Image.Image) -> Image.Image:
    """RGBA of 8 bits. Pillow itself takes greys of 16 bits for numbers and makes all that is above 255 white."""
    is_deep = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")  # "I": of an older Pillow
    if not is_deep:
        return image.convert("RGBA")
    values = np.asarray(image).astype(np.uint32)
    rgba = np.full((*values.shape, 4), 255, np.uint8)
    rgba[..., :3] = ((values + 128) // 257)[..., None]
    if isinstance(hole := image.info.get("transparency"), int):
        rgba[values == hole, 3] = 0
    return Image.fromarray(rgba)


def _what_it_is(data: bytes) -> str:
    head = data[:200].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return _("a web page")
    if head.startswith((b"<", b"{")):
        return _("a text such as {text}").format(text=repr(data[:60].decode("utf-8", "replace").strip()))
    return _("something else")


def premultiplied(rgba: NDArray[np.uint8]) -> Texels:
    """(rows, columns, 4) colours times alpha, so that what is mixed with nothing does not turn dark."""
    alpha = rgba[..., 3:]
    if alpha.min(initial=255) == 255:
        return np.ascontiguousarray(rgba)
    made = rgba.copy()
    made[..., :3] = (rgba[..., :3].astype(np.uint16) * alpha + 127) // 255
    return made

"""Textures of KHR_texture_basisu: KTX 2 files with a Basis Universal payload (ETC1S or UASTC), as plain pixels.

Khronos KTX File Format 2.0, section 3; KHR_texture_basisu for glTF 2.0. The transcoder is a library with wheels for
Linux, Windows and macOS that is still young (an alpha): where it is missing, textures say so, and the plain image that
may stand beside them is used.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _

MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
_HEADER = struct.Struct("<9I")
KTX2_SIZE = struct.Struct("<2I")
"""Width and height, from byte 20 on."""
_LEVEL = struct.Struct("<3Q")
_MAX_LEVELS = 32


def is_ktx2(data: bytes) -> bool:
    """Whether an image is a KTX 2 file."""
    return data[:12] == MAGIC


@cache
def can_transcode() -> bool:
    """Whether the library that reads such textures is installed."""
    try:
        import opengl_basisu
    except ImportError:
        return False
    return hasattr(opengl_basisu, "open")


def decode_ktx2(data: bytes, max_pixels: int, max_side: int) -> NDArray[np.uint8]:
    """Pixels of a KTX 2 texture, (rows, columns, 4) RGBA, first row on top. Releases the GIL while it transcodes.

    Its largest level with no side over `max_side`, or its smallest. Raises ContentError where the file is damaged, has
    more than `max_pixels`, is of another kind, or cannot be read because the library is missing.
    """
    if not can_transcode():
        raise ContentError(_("A KTX2 texture needs the library {what}, which is not installed.").format(
            what="opengl_basisu"))  # fmt: skip
    import opengl_basisu

    sizes = _checked_levels(data, max_pixels)
    if struct.unpack_from("<I", data, 40)[0] == 0:  # "make the smaller levels yourself": the transcoder wants a number
        data = data[:40] + struct.pack("<I", 1) + data[44:]
    level = next((i for i, size in enumerate(sizes) if max(size) <= max_side), len(sizes) - 1)
    try:
        texture = opengl_basisu.open(data)
        found = texture.transcode(opengl_basisu.Target.RGBA8, level)
    except (opengl_basisu.BasisuError, ValueError, MemoryError) as problem:
        raise ContentError(_("A KTX2 texture cannot be read: {problem}").format(problem=problem)) from problem
    return np.asarray(found.data, np.uint8)


def _checked_levels(data: bytes, max_pixels: int) -> list[tuple[int, int]]:
    """Width and height of each level, after the header was compared with the file and with what there is room for."""
    damaged = ContentError(_("A KTX2 texture is damaged."))
    if not is_ktx2(data) or len(data) < 80 + _LEVEL.size:
        raise damaged
    _format, _type, width, height, depth, layers, faces, n_levels, _scheme = _HEADER.unpack_from(data, 12)
    if width * height > max_pixels:
        raise ContentError(_("A photograph of {w} x {h} pixels is too large.").format(w=width, h=height))
    if not (width and height) or depth or layers > 1 or faces != 1 or n_levels > _MAX_LEVELS:
        raise damaged
    sizes = []
    for level in range(max(n_levels, 1)):
        if 80 + (level + 1) * _LEVEL.size > len(data):
            raise damaged
        offset, length, unfolded = _LEVEL.unpack_from(data, 80 + level * _LEVEL.size)
        w, h = max(width >> level, 1), max(height >> level, 1)
        if offset + length > len(data) or unfolded > 16 * ((w + 3) // 4) * ((h + 3) // 4):
            raise damaged
        sizes.append((w, h))
    return sizes

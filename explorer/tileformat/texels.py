"""Images whose texels are numbers (feature ids, properties), looked up by texture coordinates.

Specification: EXT_mesh_features "Feature ID by Texture Coordinates", EXT_structural_metadata "Property Textures".
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, quoted
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index
from explorer.tileformat.ktx2 import decode_ktx2, is_ktx2
from explorer.tileformat.materials import sampling, texture_place

MAX_TEXELS = 1 << 24
IMAGE_KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
"""Those of the standards, and two that exporters write. The other hundred that the library knows are no textures, and
some of them start programs (PostScript)."""


class Texels:
    """The images of a document that hold numbers; each is decoded once."""

    def __init__(self, buffers: GltfBuffers, image: Callable[[Any], bytes | None]) -> None:
        self._buffers = buffers
        self._image = image
        self._decoded: dict[Any, NDArray[np.uint8]] = {}

    def coordinates(self, info: dict[str, Any], attributes: dict[str, Any], n: int) -> NDArray[np.float64]:
        """Where each of a primitive's n vertices is in a texture, (n, 2). Raises ContentError where it does not say."""
        set_index, matrix = texture_place(info)
        name = f"TEXCOORD_{set_index}"
        found = self._buffers.floats(attributes.get(name))
        if found.shape != (n, 2):
            raise self._buffers.fail(name, _("there are not as many values as vertices."))
        found = np.nan_to_num(found)
        return found if matrix is None else found @ matrix[:, :2].T + matrix[:, 2]

    def numbers(self, info: dict[str, Any], places: NDArray[np.float64]) -> NDArray[np.int64]:
        """The number in the texel at each place, (k, 2) to (k,): its channels are bytes, the lowest first.

        The nearest texel counts, wrapped as the sampler says. Raises ContentError where there is no such image.
        """
        index = info.get("index")
        texels = self._texels(index)
        channels = info.get("channels", [0])
        if not isinstance(channels, list) or not all(is_index(c) and c < 4 for c in channels) or len(channels) > 4:
            raise self._buffers.fail(f"textures[{index}]", _("has channels that no image has."))
        rows, columns = texels.shape[:2]
        wraps, _is_smooth = sampling(self._buffers, index)
        at = [wrapped(places[:, axis], size, wraps[axis]) for axis, size in ((0, columns), (1, rows))]
        found = texels[at[1], at[0]].astype(np.int64)
        return np.asarray(sum(found[:, channel] << (8 * i) for i, channel in enumerate(channels)), np.int64)

    def _texels(self, index: Any) -> NDArray[np.uint8]:
        if not is_index(index) or index not in self._decoded:
            data = self._image(index)
            place = f"textures[{index}]"
            if data is None:
                raise self._buffers.fail(place, _("is named but is not there."))
            try:
                self._decoded[index] = decode_ktx2(data, MAX_TEXELS, 1 << 14) if is_ktx2(data) else _decoded(data)
            except ContentError as problem:
                raise self._buffers.fail(place, str(problem)) from problem
        return self._decoded[index]


def _decoded(data: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=IMAGE_KINDS) as image:
                if image.width * image.height > MAX_TEXELS:
                    raise ContentError(_("A photograph of {w} x {h} pixels is too large.").format(
                        w=image.width, h=image.height))  # fmt: skip
                return np.asarray(as_rgba(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ContentError(unreadable(error)) from error


def as_rgba(image: Any) -> Any:
    """A picture of the imaging library with eight bits for each of red, green, blue and alpha."""
    if image.mode.startswith("I"):  # grey of sixteen bits: the library would make all white that is more than 255
        from PIL import Image

        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    return image.convert("RGBA")


def unreadable(error: Exception) -> str:
    """What to tell of an image that the library does not read."""
    from PIL import UnidentifiedImageError

    why = _("it is of no known kind") if isinstance(error, UnidentifiedImageError) else quoted(error, 200)
    return _("A photograph cannot be read: {why}").format(why=why)


def wrapped(place: NDArray[np.float64], size: int, wrap: str) -> NDArray[np.int64]:
    """(n,) texels, 0 to size - 1, at places (n,) of which 0 to 1 is the image; `wrap` as in `ImageUse`."""
    if wrap == "clamp":
        place = np.clip(place, 0.0, 1.0)
    elif wrap == "mirror":
        place = 1.0 - np.abs(place % 2.0 - 1.0)
    elif ((place < 0.0) | (place > 1.0)).any():  # 1.0 itself is the far border far more often than the near one
        place = place % 1.0
    return np.clip(np.floor(place * size), 0, size - 1).astype(np.int64)

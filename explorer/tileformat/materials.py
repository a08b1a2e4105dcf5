"""What of a glTF material a city needs: base colour and base colour texture, and what of them is seen through."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index
from explorer.tileformat.content import OPAQUE_USE, PLAIN_USE, ImageUse
from explorer.tileformat.ktx2 import can_transcode, is_ktx2

_WHITE = (1.0, 1.0, 1.0, 1.0)
_WRAPS = {33071: "clamp", 33648: "mirror"}
_NEAREST = 9728
_LEAST_ALPHA = 1.0 / 255.0
"""What is blended with less than this is not there."""


@dataclass(frozen=True)
class Material:
    """Base colour of a primitive."""

    base_colour: tuple[float, float, float, float] = _WHITE
    image: bytes | None = None
    image_use: ImageUse = OPAQUE_USE
    tex_coord: int = 0
    uv_matrix: NDArray[np.float64] | None = None
    """(2, 3), KHR_texture_transform."""
    unlit: bool = False
    """KHR_materials_unlit."""
    is_clear: bool = False
    """Nothing of it is seen: its alpha is nought, or less than its cutoff."""


class Materials:
    """The materials of a document, each read once."""

    def __init__(self, buffers: GltfBuffers, say: Callable[[str], None]) -> None:
        self._buffers = buffers
        self._say = say
        self._read: dict[Any, Material] = {}
        self._images: dict[Any, bytes | None] = {}

    def get(self, index: Any) -> Material:
        """A material by its index; None or a broken one is plain white."""
        if not is_index(index):
            return Material()
        if index not in self._read:
            try:
                self._read[index] = self._material(self._buffers.item("materials", index))
            except ContentError as problem:
                self._say(str(problem))
                self._read[index] = Material()
        return self._read[index]

    def _material(self, material: dict[str, Any]) -> Material:
        surface = material.get("pbrMetallicRoughness")
        glossy = _extension(material, "KHR_materials_pbrSpecularGlossiness")
        is_technique = not glossy and not isinstance(surface, dict)
        if glossy or not isinstance(surface, dict):  # where both are given, the extension is the better description
            surface = glossy or _technique(material)
        unlit = _extension(material, "KHR_materials_unlit") is not None
        colour = _colour(surface.get("baseColorFactor", surface.get("diffuseFactor")))
        texture = surface.get("baseColorTexture", surface.get("diffuseTexture"))
        glow = _glow(material)
        if not any(colour[:3]) and any(glow):  # as unlit surfaces were written before there was a word for them
            colour, texture, unlit = (*glow, colour[3]), material.get("emissiveTexture"), True
        use = PLAIN_USE if is_technique else _by_alpha(material, colour[3])
        is_clear = use.alpha_scale < 0.5 or (use.is_blended and colour[3] < _LEAST_ALPHA)
        if not isinstance(texture, dict):
            return Material(colour, image_use=use, unlit=unlit, is_clear=is_clear)
        set_index, matrix = texture_place(texture)
        index = texture.get("index")
        wraps, is_smooth = sampling(self._buffers, index)
        use = replace(use, wraps=wraps, is_smooth=is_smooth)
        return Material(colour, self.texture(index), use, set_index, matrix, unlit, is_clear)

    def texture(self, index: Any) -> bytes | None:
        """The encoded image of a texture, the best that can be read; None (and a word) where there is none."""
        try:
            texture = self._buffers.item("textures", index)
        except ContentError as problem:  # the colour beside it still counts
            self._say(_("A texture is left out: {problem}").format(problem=problem))
            return None
        sources = [texture.get("source")]
        for name in ("EXT_texture_webp", "KHR_texture_basisu"):
            better = _extension(texture, name)
            if better is not None:
                sources.insert(0, better.get("source"))
        sources = [source for source in sources if is_index(source)]
        if not sources:
            what = ", ".join(texture.get("extensions") or ()) or _("an image")
            self._say(_("A texture needs {what}, which this version cannot read.").format(what=what))
        for source in sources:
            if source not in self._images:
                self._images[source] = self._image(source)
            image = self._images[source]
            if image is not None and is_ktx2(image) and not can_transcode():
                self._say(_("A KTX2 texture needs the library {what}, which is not installed.").format(
                    what="opengl_basisu"))  # fmt: skip
            elif image is not None:
                return image
        return None

    def _image(self, index: Any) -> bytes | None:
        try:
            image = self._buffers.item("images", index)
            if "bufferView" in image:
                return bytes(self._buffers.view(image["bufferView"]))
            if isinstance(image.get("uri"), str):
                return self._buffers.data(image["uri"], f"images[{index}]")
        except ContentError as problem:
            self._say(_("A texture is left out: {problem}").format(problem=problem))
        return None


def sampling(buffers: GltfBuffers, index: Any) -> tuple[tuple[str, str], bool]:
    """`wraps` and `is_smooth` of `ImageUse`, as a texture's sampler says; without a sound one as most lie."""
    try:
        sampler = buffers.item("textures", index).get("sampler")
        said = buffers.item("samplers", sampler) if is_index(sampler) else {}
    except ContentError:
        said = {}
    across, down = (
        _WRAPS.get(value, "repeat") if is_index(value) else "repeat" for value in (said.get("wrapS"), said.get("wrapT"))
    )
    return (across, down), said.get("magFilter") != _NEAREST


def texture_place(texture: dict[str, Any]) -> tuple[int, NDArray[np.float64] | None]:
    """Which set of texture coordinates a texture is laid by, and the (2, 3) matrix that moves them (None: as is)."""
    transform = _extension(texture, "KHR_texture_transform") or {}
    set_index = transform.get("texCoord", texture.get("texCoord", 0))
    return set_index if is_index(set_index) else 0, _uv_matrix(transform) if transform else None


def _extension(entry: dict[str, Any], name: str) -> dict[str, Any] | None:
    extensions = entry.get("extensions")
    found = extensions.get(name) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else None


TECHNIQUES = ("KHR_techniques_webgl", "KHR_technique_webgl")
"""A material that is a program of WebGL 1, and how converters of OSGB misspelt it."""
_DIFFUSE = ("u_diffuse", "u_tex", "diffuse")
"""What programs call the colour or image of a surface; the last as in glTF 1.0, beside the misspelt name."""


def _technique(material: dict[str, Any]) -> dict[str, Any]:
    """The program is not ours to run, but what it is given as diffuse is what it shows."""
    found = next((said for name in TECHNIQUES if (said := _extension(material, name)) is not None), None)
    if found is None:
        return {}
    values: dict[str, Any] = {}
    for said in (found.get("values"), material.get("values")):
        values |= said if isinstance(said, dict) else {}
    diffuse = next((values[name] for name in _DIFFUSE if name in values), None)
    if isinstance(diffuse, dict):
        return {"baseColorTexture": diffuse}
    return {"baseColorFactor": diffuse} if isinstance(diffuse, list) else {}


def _by_alpha(material: dict[str, Any], alpha: float) -> ImageUse:
    """What of a material's image is seen through (glTF 3.9.4), `alpha` being that of its colour."""
    mode = material.get("alphaMode")
    if mode == "BLEND":
        return ImageUse(is_blended=True)
    if mode != "MASK":
        return OPAQUE_USE
    cutoff = material.get("alphaCutoff", 0.5)
    if not isinstance(cutoff, (int, float)) or isinstance(cutoff, bool) or not math.isfinite(cutoff):
        cutoff = 0.5
    return ImageUse(alpha_scale=0.5 * alpha / cutoff if cutoff > 0.0 else math.inf)


def _glow(material: dict[str, Any]) -> tuple[float, float, float]:
    """The light that a material sends out by itself, linear; nought where it says none."""
    said = material.get("emissiveFactor")
    if isinstance(said, list) and len(said) == 3 and all(isinstance(v, (int, float)) for v in said):
        r, g, b = (min(max(float(v), 0.0), 1.0) if math.isfinite(v) else 0.0 for v in said)
        return r, g, b
    return 0.0, 0.0, 0.0


def _colour(value: Any) -> tuple[float, float, float, float]:
    """A colour of four numbers, or of three, which is not seen through; white, where it is neither."""
    if isinstance(value, list) and len(value) in (3, 4) and all(isinstance(v, (int, float)) for v in value):
        r, g, b, a = (float(v) if math.isfinite(v) else 1.0 for v in (*value, 1.0)[:4])
        return (r, g, b, a)
    return _WHITE


def _uv_matrix(transform: dict[str, Any]) -> NDArray[np.float64] | None:
    """KHR_texture_transform: translation x rotation x scale."""
    try:
        offset = np.array(transform.get("offset", (0.0, 0.0)), np.float64).reshape(2)
        scale = np.array(transform.get("scale", (1.0, 1.0)), np.float64).reshape(2)
        angle = float(transform.get("rotation", 0.0))
    except (ValueError, TypeError):
        return None
    c, s = math.cos(angle), math.sin(angle)
    matrix = np.array([[c * scale[0], s * scale[1], offset[0]], [-s * scale[0], c * scale[1], offset[1]]])
    return matrix if np.isfinite(matrix).all() else None

"""What of a glTF material a city needs: base colour and base colour texture."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index

_WHITE = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Material:
    """Base colour of a primitive."""

    base_colour: tuple[float, float, float, float] = _WHITE
    image: bytes | None = None
    tex_coord: int = 0
    uv_matrix: NDArray[np.float64] | None = None
    """(2, 3), KHR_texture_transform."""


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
        if not isinstance(surface, dict):
            surface = _specular_glossiness(material) or _technique(material)
        colour = _colour(surface.get("baseColorFactor", surface.get("diffuseFactor")))
        texture = surface.get("baseColorTexture", surface.get("diffuseTexture"))
        if not isinstance(texture, dict):
            return Material(colour)
        transform = (texture.get("extensions") or {}).get("KHR_texture_transform") or {}
        set_index = transform.get("texCoord", texture.get("texCoord", 0))
        return Material(
            colour,
            self._texture(texture.get("index")),
            set_index if isinstance(set_index, int) else 0,
            _uv_matrix(transform) if transform else None,
        )

    def _texture(self, index: Any) -> bytes | None:
        texture = self._buffers.item("textures", index)
        extensions = texture.get("extensions") or {}
        source = texture.get("source")
        webp = extensions.get("EXT_texture_webp")
        if isinstance(webp, dict):
            source = webp.get("source", source)
        if not is_index(source):
            what = ", ".join(extensions) or _("an image")
            self._say(_("A texture needs {what}, which this version cannot read.").format(what=what))
            return None
        if source not in self._images:
            self._images[source] = self._image(source)
        return self._images[source]

    def _image(self, index: Any) -> bytes | None:
        image = self._buffers.item("images", index)
        try:
            if "bufferView" in image:
                return bytes(self._buffers.view(image["bufferView"]))
            if isinstance(image.get("uri"), str):
                return self._buffers.data(image["uri"], f"images[{index}]")
        except ContentError as problem:
            self._say(_("A texture is left out: {problem}").format(problem=problem))
        return None


def _specular_glossiness(material: dict[str, Any]) -> dict[str, Any]:
    extensions = material.get("extensions")
    found = extensions.get("KHR_materials_pbrSpecularGlossiness") if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else {}


def _technique(material: dict[str, Any]) -> dict[str, Any]:
    """KHR_techniques_webgl: the program is not ours to run, but what it is given as diffuse is what it shows."""
    extensions = material.get("extensions")
    found = extensions.get("KHR_techniques_webgl") if isinstance(extensions, dict) else None
    values = found.get("values") if isinstance(found, dict) else None
    diffuse = values.get("u_diffuse", values.get("u_tex")) if isinstance(values, dict) else None
    if isinstance(diffuse, dict):
        return {"baseColorTexture": diffuse}
    return {"baseColorFactor": diffuse} if isinstance(diffuse, list) else {}


def _colour(value: Any) -> tuple[float, float, float, float]:
    if isinstance(value, list) and len(value) == 4 and all(isinstance(v, (int, float)) for v in value):
        r, g, b, a = (float(v) if math.isfinite(v) else 1.0 for v in value)
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

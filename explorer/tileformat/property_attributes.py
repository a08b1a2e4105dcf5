"""Properties of single vertices and texels: read and told, though only whole features show attributes so far.

Specification: EXT_structural_metadata, "Property Attributes" and "Property Textures".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index
from explorer.tileformat.property_values import Property, describe, entry, transformed
from explorer.tileformat.texels import Texels


def vertex_properties(
    buffers: GltfBuffers, metadata: dict[str, Any], primitive: dict[str, Any], say: Callable[[str], None]
) -> dict[str, NDArray[Any]]:
    """Properties of a primitive's n vertices by name: (n,) or, of vectors, (n, width); enums as the numbers stored.

    `metadata` is the document's EXT_structural_metadata with its schema. What cannot be read is left out with a word.
    """
    found: dict[str, NDArray[Any]] = {}
    attributes = entry(primitive, "attributes")
    for name, about, stored, place in _named(metadata, primitive, "propertyAttributes"):
        try:
            what = describe(buffers, about, metadata.get("schema") or {}, place)
            values = buffers.accessor(attributes.get(str(stored.get("attribute"))))
            if what.dtype is None or what.array or values.shape[1] != what.width:
                raise buffers.fail(place, _("has an unknown type."))
            values = transformed(buffers, values, what, stored, place)
            found[name] = values[:, 0] if what.width == 1 else values
        except ContentError as problem:
            say(_("An attribute is left out: {problem}").format(problem=problem))
    return found


def texel_properties(
    buffers: GltfBuffers,
    texels: Texels,
    metadata: dict[str, Any],
    primitive: dict[str, Any],
    say: Callable[[str], None],
) -> dict[str, NDArray[Any]]:
    """Properties that textures hold, by name, at a primitive's n vertices: (n,), or (n, width) of vectors.

    Components are as wide as their type says and lie in the texture's channels one after the other.
    """
    found: dict[str, NDArray[Any]] = {}
    attributes = entry(primitive, "attributes")
    for name, about, stored, place in _named(metadata, primitive, "propertyTextures"):
        try:
            what = describe(buffers, about, metadata.get("schema") or {}, place)
            places = texels.coordinates(stored, attributes, buffers.count(attributes.get("POSITION")))
            values = _from_bytes(buffers, what, texels.numbers(stored, places), stored, place)
            values = transformed(buffers, values, what, stored, place)
            found[name] = values[:, 0] if values.shape[1] == 1 else values
        except ContentError as problem:
            say(_("An attribute is left out: {problem}").format(problem=problem))
    return found


def tell_properties(
    buffers: GltfBuffers,
    texels: Texels,
    metadata: dict[str, Any],
    primitive: dict[str, Any],
    say: Callable[[str], None],
) -> None:
    """Say which properties of vertices and texels a primitive has, and what of them cannot be read."""
    names = [*vertex_properties(buffers, metadata, primitive, say)]
    names += texel_properties(buffers, texels, metadata, primitive, say)
    if names:
        said = ", ".join(dict.fromkeys(names))
        say(_("Single vertices or texels have attributes ({names}); only those of whole features are shown.").format(
            names=said))  # fmt: skip


def _named(
    metadata: dict[str, Any], primitive: dict[str, Any], kind: str
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any], str]]:
    """(name, class property, where it is stored, place) of what a primitive names in a list of the metadata."""
    indices = entry(entry(primitive, "extensions"), "EXT_structural_metadata").get(kind)
    listed = metadata.get(kind)
    for index in indices if isinstance(indices, list) else ():
        one = listed[index] if isinstance(listed, list) and is_index(index) and index < len(listed) else None
        classes = entry(metadata.get("schema"), "classes")
        about = entry(entry(classes, str(one.get("class"))), "properties") if isinstance(one, dict) else {}
        for key, stored in entry(one, "properties").items():
            if isinstance(about.get(key), dict) and isinstance(stored, dict):
                yield str(about[key].get("name", key)), about[key], stored, f"{kind}[{index}].{key}"


def _from_bytes(
    buffers: GltfBuffers, what: Property, numbers: NDArray[np.int64], stored: dict[str, Any], place: str
) -> NDArray[Any]:
    """Values, (n, width), out of the up to four bytes that the channels of a texel are."""
    channels = stored.get("channels", [0])
    n_bytes = len(channels) if isinstance(channels, list) else 0
    width = what.width * (what.length or 1)
    if what.dtype is None or what.dtype.itemsize * width != n_bytes:
        raise buffers.fail(place, _("has channels that do not fit its type."))
    data = numbers.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :n_bytes]
    return np.ascontiguousarray(data).view(what.dtype).reshape(-1, width)

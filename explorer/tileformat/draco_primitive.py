"""Primitives whose vertices and triangles are a Draco stream.

Specification: KHR_draco_mesh_compression (Khronos glTF 2.0 extension).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index
from explorer.tileformat.draco import DracoGeometry, decode_draco

NAME = "KHR_draco_mesh_compression"


class DracoPrimitives:
    """The Draco streams of a document; each is decoded once, however often its mesh is placed."""

    def __init__(self, buffers: GltfBuffers, say: Callable[[str], None]) -> None:
        self._buffers = buffers
        self._say = say
        self._decoded: dict[Any, DracoGeometry] = {}

    def supply(
        self, primitive: dict[str, Any], attributes: dict[str, Any], max_points: int, place: str
    ) -> NDArray[np.uint32] | None:
        """Hand the stream's values to the buffers, for the accessors of its attributes, and give its triangles, (m, 3).

        None, and nothing handed over, where the primitive has no stream, or a broken one with plain data beside it.
        Raises ContentError where the stream is broken, or declares more than `max_points`.
        """
        self._buffers.supply({})
        extensions = primitive.get("extensions")
        extension = extensions.get(NAME) if isinstance(extensions, dict) else None
        if not isinstance(extension, dict):
            return None
        try:
            found = self._geometry(extension, max_points, place)
        except ContentError as problem:
            if not self._has_plain_data(primitive, attributes):
                raise
            self._say(_("The data that stands beside a compressed part is used: {problem}").format(problem=problem))
            return None
        ids = extension.get("attributes")
        supplied: dict[Any, NDArray[Any]] = {}
        for name, unique_id in ids.items() if isinstance(ids, dict) else ():
            if name in attributes and is_index(unique_id) and unique_id in found.attributes:
                supplied[attributes[name]] = self._buffers.of_its_type(attributes[name], found.attributes[unique_id])
            else:
                self._say(_("The compressed data has no {name}, though the file says so.").format(name=name))
        if attributes["POSITION"] not in supplied:
            supplied[attributes["POSITION"]] = found.attributes[found.positions]
        self._compare(attributes["POSITION"], found.n_points)
        self._buffers.supply(supplied)
        assert found.triangles is not None
        return found.triangles

    def _geometry(self, extension: dict[str, Any], max_points: int, place: str) -> DracoGeometry:
        view = extension.get("bufferView")
        if not is_index(view) or view not in self._decoded:
            data = bytes(self._buffers.view(view))
            try:
                found = decode_draco(data, max_points)
            except ValueError as problem:
                raise self._buffers.fail(place, str(problem)) from problem
            if found.triangles is None or found.positions < 0:
                raise self._buffers.fail(place, _("its Draco stream has no triangles."))
            self._decoded[view] = found
        return self._decoded[view]

    def _has_plain_data(self, primitive: dict[str, Any], attributes: dict[str, Any]) -> bool:
        named = [*attributes.values(), *([primitive["indices"]] if "indices" in primitive else [])]
        return all("bufferView" in self._buffers.item("accessors", index) for index in named)

    def _compare(self, accessor: Any, n: int) -> None:
        """Tell where the compressed data has another number of vertices than the file says it has."""
        said = self._buffers.count(accessor)
        if said != n:
            self._say(_("The file says {said} vertices; its compressed data has {found}.").format(said=said, found=n))

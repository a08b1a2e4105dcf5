"""glTF 1.0, in which cities were published until 2017: its document as glTF 2.0 has it, as far as a city needs that.

Khronos glTF 1.0 specification; KHR_binary_glTF (the body, images), KHR_materials_common, WEB3D_quantized_attributes.
What the two have in common keeps its place: nodes, matrices, buffers. Objects by name become entries of lists, an
accessor's stride its view's, a technique's diffuse value the base colour. Programs for the graphics card, animations,
skins and lights are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, ResolveUri
from explorer.tileformat.palette import linear_from_srgb

_BODIES = ("binary_glTF", "KHR_binary_glTF")
"""How the body of a binary file is called among its buffers."""
_ATTRIBUTES = {"TEXCOORD": "TEXCOORD_0", "COLOR": "COLOR_0", "BATCHID": "_BATCHID"}
_BLEND = 3042
"""OpenGL's BLEND, among the states that a technique switches on."""
_FLOAT = 5126
MOST_BYTES = 1 << 28
"""Of values that were quantised: a guard against small files that unfold."""


def is_gltf_one(document: dict[str, Any]) -> bool:
    """Whether a document is of version 1: it keeps its meshes by name."""
    return isinstance(document.get("meshes"), dict)


def as_gltf_two(
    document: dict[str, Any], body: memoryview, uri: str, resolve: ResolveUri | None
) -> tuple[dict[str, Any], memoryview]:
    """The same document as of glTF 2.0, and its body, with values that were quantised behind it as they are meant.

    Raises ContentError where those cannot be read; what else is damaged is told by whoever reads the document.
    """
    made = _Upgrade(document, body)
    return made.document, made.with_values(uri, resolve)


class _Upgrade:
    def __init__(self, document: dict[str, Any], body: memoryview) -> None:
        self._old, self._body = document, body
        self._places = {kind: {name: i for i, name in enumerate(_table(document, kind))} for kind in _KINDS}
        self._techniques = _table(document, "techniques")
        self._quantised: dict[int, dict[str, Any]] = {}
        """By accessor, what WEB3D_quantized_attributes says of it."""
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "extensions": document.get("extensions"),
            "buffers": self._buffers(),
            "bufferViews": [self._view(view) for view in _table(document, "bufferViews").values()],
            "accessors": [],
            "samplers": list(_table(document, "samplers").values()),
            "images": [self._image(image) for image in _table(document, "images").values()],
            "textures": [self._texture(texture) for texture in _table(document, "textures").values()],
            "materials": [self._material(material) for material in _table(document, "materials").values()],
        }
        for accessor in _table(document, "accessors").values():
            self._add(accessor)
        self.document["meshes"] = [self._mesh(mesh) for mesh in _table(document, "meshes").values()]
        self.document["nodes"] = self._nodes()
        scenes = [{"nodes": self._all("nodes", one.get("nodes"))} for one in _table(document, "scenes").values()]
        if scenes:
            self.document |= {"scenes": scenes, "scene": self._index("scenes", document.get("scene")) or 0}

    def _index(self, kind: str, name: Any) -> int | None:
        """The place of what has a name; None: nothing has."""
        return self._places[kind].get(name) if isinstance(name, str) else None

    def _all(self, kind: str, names: Any) -> list[int]:
        found = [self._index(kind, name) for name in names] if isinstance(names, list) else []
        return [index for index in found if index is not None]

    def _buffers(self) -> list[dict[str, Any]]:
        """The body comes first, whatever the others are."""
        self._at: dict[str, int] = {}
        found: list[dict[str, Any]] = [{"byteLength": len(self._body)}]
        for name, buffer in _table(self._old, "buffers").items():
            if name in _BODIES and len(self._body):
                self._at[name] = 0
                continue
            self._at[name] = len(found)
            found.append({key: buffer[key] for key in ("uri", "byteLength") if key in buffer})
        return found

    def _view(self, view: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {key: view[key] for key in ("byteOffset", "byteLength") if key in view}
        return {"buffer": self._at.get(str(view.get("buffer"))), **said}

    def _add(self, accessor: dict[str, Any]) -> None:
        """An accessor, with a view of its own, which has its offset and stride."""
        said: dict[str, Any] = {key: accessor[key] for key in ("componentType", "count", "type") if key in accessor}
        index = self._index("bufferViews", accessor.get("bufferView"))
        quantised = _extension(accessor, "WEB3D_quantized_attributes")
        if quantised is not None:
            self._quantised[len(self.document["accessors"])] = quantised
        if index is not None:
            view = dict(self.document["bufferViews"][index])
            offset, stride = accessor.get("byteOffset", 0), accessor.get("byteStride", 0)
            numbers = (offset, view.get("byteOffset", 0), view.get("byteLength", 0))
            if all(type(one) is int for one in numbers):  # else whoever reads the accessor says what is wrong
                view["byteOffset"], view["byteLength"] = numbers[1] + offset, numbers[2] - offset
            if stride:
                view["byteStride"] = stride
            said["bufferView"] = len(self.document["bufferViews"])
            self.document["bufferViews"].append(view)
        self.document["accessors"].append(said)

    def _image(self, image: dict[str, Any]) -> dict[str, Any]:
        inside = _extension(image, "KHR_binary_glTF") or image.get("KHR_binary_glTF")
        if isinstance(inside, dict):
            return {"bufferView": self._index("bufferViews", inside.get("bufferView"))}
        return {"uri": image.get("uri")}

    def _texture(self, texture: dict[str, Any]) -> dict[str, Any]:
        said = {"source": self._index("images", texture.get("source"))}
        sampler = self._index("samplers", texture.get("sampler"))
        return said if sampler is None else {**said, "sampler": sampler}

    def _material(self, material: dict[str, Any]) -> dict[str, Any]:
        """Its diffuse value, and what it says of alpha."""
        common = _extension(material, "KHR_materials_common") or {}
        technique = self._techniques.get(str(material.get("technique")), {})
        values = {name: one.get("value") for name, one in _table(technique, "parameters").items()}
        for said in (material.get("values"), common.get("values")):
            values |= said if isinstance(said, dict) else {}
        diffuse, alpha = values.get("diffuse"), values.get("transparency", 1.0)
        surface: dict[str, Any] = {}
        texture = self._index("textures", diffuse)
        if texture is not None:
            surface["baseColorTexture"] = {"index": texture}
        elif isinstance(diffuse, list) and len(diffuse) in (3, 4) and all(isinstance(v, (int, float)) for v in diffuse):
            surface["baseColorFactor"] = [*map(float, linear_from_srgb(np.clip(diffuse[:3], 0.0, 1.0)))]
            surface["baseColorFactor"].append(float((*diffuse, 1.0)[3]))
        if isinstance(alpha, (int, float)) and alpha < 1.0:
            colour = surface.setdefault("baseColorFactor", [1.0, 1.0, 1.0, 1.0])
            colour[3] *= float(alpha)
        found: dict[str, Any] = {"pbrMetallicRoughness": surface}
        states = technique.get("states")
        enabled = states.get("enable") if isinstance(states, dict) else None
        if common.get("transparent") is True or (isinstance(enabled, list) and _BLEND in enabled):
            found["alphaMode"] = "BLEND"
        if common.get("technique") == "CONSTANT":
            found["extensions"] = {"KHR_materials_unlit": {}}
        return found

    def _mesh(self, mesh: dict[str, Any]) -> dict[str, Any]:
        primitives = mesh.get("primitives")
        return {
            "primitives": [self._primitive(one) for one in primitives if isinstance(one, dict)] if primitives else []
        }

    def _primitive(self, primitive: dict[str, Any]) -> dict[str, Any]:
        attributes = {}
        for name, accessor in _table(primitive, "attributes", str).items():
            index = self._index("accessors", accessor)
            if index is not None:
                attributes[_ATTRIBUTES.get(name, name)] = index
        colours = attributes.get("COLOR_0")
        if colours is not None and self.document["accessors"][colours].get("componentType") != _FLOAT:
            self.document["accessors"][colours]["normalized"] = True  # the shader was told so, not the file
        found = {"attributes": attributes, "mode": primitive.get("mode", primitive.get("primitive", 4))}
        for name, kind in (("indices", "accessors"), ("material", "materials")):
            index = self._index(kind, primitive.get(name))
            if index is not None:
                found[name] = index
        return found

    def _nodes(self) -> list[dict[str, Any]]:
        """A node may have several meshes: all but the first have nodes of their own, below it."""
        nodes = list(_table(self._old, "nodes").values())
        found: list[dict[str, Any]] = []
        more: list[dict[str, Any]] = []
        for node in nodes:
            made = {key: node[key] for key in ("matrix", "translation", "rotation", "scale", "name") if key in node}
            children, meshes = self._all("nodes", node.get("children")), self._all("meshes", node.get("meshes"))
            for mesh in meshes[1:]:
                children.append(len(nodes) + len(more))
                more.append({"mesh": mesh})
            if meshes:
                made["mesh"] = meshes[0]
            found.append({**made, "children": children} if children else made)
        return found + more

    def with_values(self, uri: str, resolve: ResolveUri | None) -> memoryview:
        """The body; behind it as floats what the file has as whole numbers, which accessors name from now on."""
        if not self._quantised:
            return self._body
        buffers = GltfBuffers(self.document, self._body, uri, resolve)
        body = bytearray(self._body) + bytes(-len(self._body) % 4)
        primitives = [one for mesh in self.document["meshes"] for one in mesh["primitives"]]
        used = {index for one in primitives for index in one["attributes"].values()}
        for index, said in self._quantised.items():
            accessor = self.document["accessors"][index]
            if index not in used or "bufferView" not in accessor:
                continue
            if len(body) > len(self._body) + MOST_BYTES:
                raise buffers.fail("accessors", _("its values are more than can be read."))
            values = _decoded(buffers.accessor(index), said.get("decodeMatrix"))
            view = {"buffer": 0, "byteOffset": len(body), "byteLength": values.nbytes}
            accessor |= {"bufferView": len(self.document["bufferViews"]), "componentType": _FLOAT}
            accessor.pop("normalized", None)
            self.document["bufferViews"].append(view)
            body += values.tobytes()
        self.document["buffers"][0] = {"byteLength": len(body)}
        return memoryview(body)


def _decoded(numbers: NDArray[Any], matrix: Any) -> NDArray[np.float32]:
    """Whole numbers (n, k) by a matrix of (k + 1)² numbers, column by column. Raises ValueError where it is none."""
    k = numbers.shape[1]
    affine = np.asarray(matrix, np.float64).reshape(k + 1, k + 1).T
    return np.ascontiguousarray(numbers.astype(np.float64) @ affine[:k, :k].T + affine[:k, k], np.float32)


def _table(entry: dict[str, Any], kind: str, of: type = dict) -> dict[str, Any]:
    """Objects by name, what is none left out."""
    found = entry.get(kind)
    return {name: one for name, one in found.items() if isinstance(one, of)} if isinstance(found, dict) else {}


def _extension(entry: dict[str, Any], name: str) -> dict[str, Any] | None:
    extensions = entry.get("extensions")
    found = extensions.get(name) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else None


_KINDS = ("bufferViews", "accessors", "samplers", "images", "textures", "materials", "meshes", "nodes", "scenes")

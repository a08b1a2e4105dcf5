"""Writing one tile's content as GLB, as every glTF viewer reads it. Same content, same bytes.

glTF 2.0 with EXT_mesh_features (feature ids as attributes) and EXT_structural_metadata (property tables).
Specifications: Khronos glTF 2.0; github.com/CesiumGS/glTF, branch 3d-tiles-next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.container import join_glb
from explorer.tileformat.content import NO_FEATURE, FeatureTable, TileContent
from explorer.tileformat.property_tables import encode_columns, property_id
from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.vertices import PackedVertices, pack_mesh

GENERATOR = "citiverse-explorer"
FEATURES_CLASS = "features"
SURFACES_CLASS = "surfaces"
BY_CLASS = "by surface class"
"""In a primitive's extras: the colours written are the palette's, not the data's."""
CLOSED = "closed"
"""Key in a primitive's extras: true where it is nothing but closed shells."""

_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_UBYTE, _USHORT, _UINT, _FLOAT = 5121, 5123, 5125, 5126


@dataclass
class _Writer:
    """The buffer and the lists that a glTF grows by."""

    blobs: list[bytes] = field(default_factory=list)
    length: int = 0
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def view(self, data: bytes) -> int:
        """A buffer view of these bytes, on a multiple of 8 as property tables ask."""
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": len(data)})
        pad = -len(data) % 8
        self.blobs.append(data + b"\x00" * pad)
        self.length += len(data) + pad
        return len(self.views) - 1

    def attribute(self, values: NDArray[Any], component: int, kind: str, **more: Any) -> int:
        """An accessor of a vertex attribute; rows are padded to multiples of 4 bytes as glTF asks."""
        rows = np.ascontiguousarray(values).reshape(len(values), -1)
        raw = rows.view(np.uint8).reshape(len(rows), -1)
        pad = -raw.shape[1] % 4
        if pad:
            raw = np.concatenate([raw, np.zeros((len(raw), pad), np.uint8)], axis=1)
        index = self.view(raw.tobytes())
        self.views[index] |= {"byteStride": raw.shape[1], "target": _ARRAY_BUFFER}
        return self._accessor(index, len(rows), component, kind, more)

    def indices(self, triangles: NDArray[np.uint32], n_vertices: int) -> int:
        """An accessor of vertex indices, 16 bits wide where that is enough (65535 itself is reserved)."""
        wide = n_vertices > 65535
        index = self.view(triangles.astype("<u4" if wide else "<u2").tobytes())
        self.views[index]["target"] = _ELEMENT_ARRAY_BUFFER
        return self._accessor(index, triangles.size, _UINT if wide else _USHORT, "SCALAR", {})

    def _accessor(self, view: int, count: int, component: int, kind: str, more: dict[str, Any]) -> int:
        accessor = {"bufferView": view, "componentType": component, "count": count, "type": kind, **more}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def encode_glb(content: TileContent, schema: Mapping[str, str] | None = None) -> bytes:
    """A tile's content as GLB bytes.

    Parameters
    ----------
    content
        Positions in the tile's frame: metres, Z up, small enough for float32 (the tile's transform carries the rest).
        Meshes of the same material become one primitive.
    schema
        Column types by name, settled over the whole dataset (`ColumnTypes`); None: each tile for itself.

    Attributes written: POSITION, NORMAL, COLOR_0 (linear), TEXCOORD_0 with an image, and feature ids: set 0 is the row
    in the property table "features" (its property with the semantic ID is the stable id), the next one the surface
    class, a row in "surfaces". Triangles without area are dropped.
    """
    writer = _Writer()
    tables = _tables(content, schema, writer)
    materials: list[dict[str, Any]] = []
    images: dict[bytes, int] = {}
    primitives = []
    for key, packed in _by_material(content).items():
        material = _material(key, images)
        materials.append(material)
        primitives.append(_primitive(packed, len(materials) - 1, content.features, writer, key))
    document: dict[str, Any] = {"asset": {"version": "2.0", "generator": GENERATOR}}
    used = []
    if primitives:
        used.append("EXT_mesh_features")
        document |= {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}]}
        document |= {"meshes": [{"primitives": primitives}], "materials": materials}
    if tables:
        used.append("EXT_structural_metadata")
        document["extensions"] = {"EXT_structural_metadata": tables}
    if used:
        document["extensionsUsed"] = used
    if images:
        document |= _images(images, writer)
    if writer.accessors:
        document["accessors"] = writer.accessors
    if writer.views:
        document["bufferViews"] = writer.views
        document["buffers"] = [{"byteLength": writer.length}]
    return join_glb(document, b"".join(writer.blobs))


_MaterialKey = tuple[bytes | None, tuple[float, float, float, float], bool, bool, float]


def _by_material(content: TileContent) -> dict[_MaterialKey, PackedVertices]:
    groups: dict[_MaterialKey, list[PackedVertices]] = {}
    for mesh in content.meshes:
        packed = pack_mesh(mesh)
        if packed is not None:
            image = mesh.image if mesh.texture_coordinates is not None else None
            scale = inf if image is None else mesh.image_use.alpha_scale
            key = (image, mesh.base_colour, mesh.colours is None, mesh.is_closed, scale)
            groups.setdefault(key, []).append(packed)
    return {key: _concatenated(group, key[0] is not None) for key, group in groups.items()}


def _concatenated(group: list[PackedVertices], textured: bool) -> PackedVertices:
    first = np.cumsum([0, *(len(part.positions) for part in group)])
    classes = [part.surface_class for part in group]
    return PackedVertices(
        positions=np.concatenate([part.positions for part in group]),
        normals=np.concatenate([part.normals for part in group]),
        colours=np.concatenate([part.colours for part in group]),
        surface_class=None
        if all(one is None for one in classes)
        else np.concatenate(
            [
                np.zeros(len(part.positions), np.uint8) if one is None else one
                for part, one in zip(group, classes, strict=True)
            ]
        ),
        feature_index=np.concatenate([part.feature_index for part in group]),
        texture_coordinates=np.concatenate([part.texture_coordinates for part in group]) if textured else None,
        triangles=np.concatenate([part.triangles + np.uint32(n) for part, n in zip(group, first, strict=False)]),
    )


def _primitive(
    packed: PackedVertices, material: int, features: FeatureTable, writer: _Writer, key: _MaterialKey
) -> dict[str, Any]:
    textured, is_closed = key[0] is not None, key[3]
    positions = _y_up(packed.positions)
    low, high = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    narrow = packed.colours.dtype == np.uint8
    attributes = {
        "POSITION": writer.attribute(positions, _FLOAT, "VEC3", min=low, max=high),
        "NORMAL": writer.attribute(_y_up(packed.normals), _FLOAT, "VEC3"),
        "COLOR_0": writer.attribute(packed.colours, _UBYTE if narrow else _USHORT, "VEC4", normalized=True),
    }
    if textured and packed.texture_coordinates is not None:
        attributes["TEXCOORD_0"] = writer.attribute(packed.texture_coordinates, _FLOAT, "VEC2")
    sets: list[dict[str, Any]] = []
    n = len(features)
    if n:
        ids, component = _feature_ids(packed.feature_index, n)
        attributes["_FEATURE_ID_0"] = writer.attribute(ids, component, "SCALAR")
        sets.append({"featureCount": n, "nullFeatureId": n, "attribute": 0, "label": "feature", "propertyTable": 0})
    if packed.surface_class is not None:
        at = len(sets)
        attributes[f"_FEATURE_ID_{at}"] = writer.attribute(packed.surface_class, _UBYTE, "SCALAR")
        table = 1 if n else 0
        sets.append(
            {"featureCount": len(SurfaceClass), "attribute": at, "label": "surfaceClass", "propertyTable": table}
        )
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": writer.indices(packed.triangles, len(positions)),
        "material": material,
        "mode": 4,
    }
    if sets:
        primitive["extensions"] = {"EXT_mesh_features": {"featureIds": sets}}
    ours: dict[str, Any] = {"colours": BY_CLASS} if narrow else {}
    if is_closed:
        ours[CLOSED] = True
    if ours:
        primitive["extras"] = {"citiverse": ours}
    return primitive


def _y_up(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Z up to glTF's Y up: (x, y, z) -> (x, z, -y). 0 is added so that no -0 is written."""
    return np.stack([vectors[:, 0], vectors[:, 2], 0.0 - vectors[:, 1]], axis=1).astype("<f4")


def _feature_ids(feature_index: NDArray[np.uint32], n: int) -> tuple[NDArray[Any], int]:
    """Feature ids as glTF allows: uint16, or float32 which is exact to 2^24; n stands for no feature."""
    ids = np.where((feature_index == NO_FEATURE) | (feature_index >= n), n, feature_index)
    return (ids.astype("<u2"), _USHORT) if n <= 65535 else (ids.astype("<f4"), _FLOAT)


def _tables(content: TileContent, schema: Mapping[str, str] | None, writer: _Writer) -> dict[str, Any]:
    classes: dict[str, Any] = {}
    tables: list[dict[str, Any]] = []
    features = content.features
    if len(features):
        properties, stored = encode_columns(features.columns, schema, writer.view)
        ids, ids_stored = encode_columns({"gml_id": list(features.ids)}, {"gml_id": "STRING"}, writer.view)
        key = property_id("gml_id", properties)
        definition = {**ids["gml_id"], "semantic": "ID"}
        classes[FEATURES_CLASS] = {"properties": {key: definition, **properties}}
        stored = {key: ids_stored["gml_id"], **stored}
        tables.append({"name": FEATURES_CLASS, "class": FEATURES_CLASS, "count": len(features), "properties": stored})
    if any(mesh.surface_class is not None for mesh in content.meshes):
        names = [surface.name.lower() for surface in SurfaceClass]
        properties, stored = encode_columns({"name": names}, {"name": "STRING"}, writer.view)
        classes[SURFACES_CLASS] = {"properties": properties}
        tables.append({"name": SURFACES_CLASS, "class": SURFACES_CLASS, "count": len(names), "properties": stored})
    if not tables:
        return {}
    return {"schema": {"id": "citiverse", "classes": classes}, "propertyTables": tables}


def _material(key: _MaterialKey, images: dict[bytes, int]) -> dict[str, Any]:
    image, base_colour, _by_class, is_closed, alpha_scale = key
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    if base_colour != (1.0, 1.0, 1.0, 1.0):
        surface["baseColorFactor"] = [float(value) for value in base_colour]
    if image is not None:
        surface["baseColorTexture"] = {"index": images.setdefault(image, len(images))}
    material: dict[str, Any] = {"pbrMetallicRoughness": surface, "doubleSided": not is_closed}
    if alpha_scale < inf:
        cutoff = base_colour[3] * 0.5 / max(alpha_scale, 0.5)
        material |= {"alphaMode": "MASK", "alphaCutoff": cutoff}
    elif base_colour[3] < 1.0:
        material["alphaMode"] = "BLEND"
    return material


def _images(images: dict[bytes, int], writer: _Writer) -> dict[str, Any]:
    entries = [{"bufferView": writer.view(data), "mimeType": _mime_type(data)} for data in images]
    return {
        "images": entries,
        "textures": [{"source": index, "sampler": 0} for index in range(len(entries))],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}],
    }


def _mime_type(data: bytes) -> str:
    return "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"

"""A hill whose geometry meshoptimizer or Draco compressed, put together by hand."""

from __future__ import annotations

from typing import Any

import DracoPy
import meshopt
import numpy as np

from explorer.tileformat.container import join_glb
from tests.tileformat.gltf_specimen import COMPONENT, Gltf

N = 12
HILL = np.array([[x, y, (x * 7 + y * 3) % 5] for y in range(N) for x in range(N)], "<f4")
_cells = np.arange(N * N).reshape(N, N)[:-1, :-1].ravel()
FACES = np.concatenate(
    [np.stack([_cells, _cells + 1, _cells + N], 1), np.stack([_cells + 1, _cells + N + 1, _cells + N], 1)]
).astype("<u4")


def z_up(points: np.ndarray) -> np.ndarray:
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)


def folded(gltf: Gltf, stream: bytes, count: int, stride: int, mode: str, **more: Any) -> int:
    """A view that is a stream of meshoptimizer, with a fallback buffer of no bytes beside it."""
    view = gltf.view(stream)
    inner = gltf.document["bufferViews"][view]
    extension = {**inner, "byteStride": stride, "count": count, "mode": mode, **more}
    outer: dict[str, Any] = {"buffer": 1, "byteLength": count * stride}
    if mode == "ATTRIBUTES":
        outer["byteStride"] = stride
    gltf.document["bufferViews"][view] = {**outer, "extensions": {"EXT_meshopt_compression": extension}}
    return view


def glb_of(gltf: Gltf) -> bytes:
    fallback = {"byteLength": 1 << 20, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}
    gltf.document["buffers"] = [{"byteLength": len(gltf.binary)}, fallback]
    gltf.document["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return join_glb(gltf.document, gltf.binary)


def folded_hill(mode: str = "TRIANGLES", dtype: str = "<u2", **more: Any) -> Gltf:
    gltf = Gltf()
    places = folded(gltf, meshopt.encode_gltf_buffer(HILL, "ATTRIBUTES"), len(HILL), 12, "ATTRIBUTES", **more)
    indices = FACES.reshape(-1).astype(dtype)
    stream = meshopt.encode_gltf_buffer(indices, mode)
    corner = folded(gltf, stream, len(indices), indices.itemsize, mode)
    gltf.document["accessors"] = [
        {"bufferView": places, "componentType": 5126, "count": len(HILL), "type": "VEC3"},
        {"bufferView": corner, "componentType": COMPONENT[dtype[1:]], "count": len(indices), "type": "SCALAR"},
    ]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}, "indices": 1}]
    return gltf


def draco_hill(stream: bytes, ids: dict[str, int], **accessors: dict[str, Any]) -> Gltf:
    gltf = Gltf()
    view = gltf.view(stream)
    n = len(HILL)
    named: dict[str, dict[str, Any]] = {"POSITION": {"componentType": 5126, "type": "VEC3"}, **accessors}
    gltf.document["accessors"] = [{"count": FACES.size, "componentType": 5123, "type": "SCALAR"}]
    attributes = {}
    for name, entry in named.items():
        attributes[name] = len(gltf.document["accessors"])
        gltf.document["accessors"].append({"count": n, **entry})
    primitive = {
        "attributes": attributes,
        "indices": 0,
        "extensions": {"KHR_draco_mesh_compression": {"bufferView": view, "attributes": ids}},
    }
    gltf.document["meshes"][0]["primitives"] = [primitive]
    gltf.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return gltf


def encoded_hill(**more: Any) -> bytes:
    ids = np.arange(len(HILL)) // 2
    return bytes(DracoPy.encode(HILL, FACES, generic_attributes={5: ids[:, None].astype("<u2")}, **more))


def by_name(stream: bytes, **wanted: int) -> dict[str, int]:
    """Unique ids of attributes, by Draco's own types (0 positions, 1 normals, 2 colours, 3 places in the image)."""
    found = DracoPy.decode(stream).attributes
    return {
        name: next(one["unique_id"] for one in found if one["attribute_type"] == kind) for name, kind in wanted.items()
    }

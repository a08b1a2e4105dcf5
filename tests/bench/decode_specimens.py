"""Tiles that are known to the last bit, plain and in what decoders unfold: what `tests.bench.decode` measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import DracoPy
import meshopt
import numpy as np

from explorer.tileformat.draco import decode_draco
from explorer.tileformat.vertices import flat_shaded
from tests.specimens import box_mesh
from tests.tileformat.compressed_hill import by_name, draco_hill, folded, glb_of
from tests.tileformat.gltf_specimen import Gltf


def hill_of(side: int) -> dict[str, np.ndarray]:
    y, x = np.divmod(np.arange(side * side), side)
    corner = (y * side + x).reshape(side, side)[:-1, :-1].ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + side, corner + 1], 1), np.stack([corner + 1, corner + side, corner + side + 1], 1)]
    )
    height = 3.0 * np.sin(x / 9.0) * np.cos(y / 7.0)
    normals = np.stack([-np.cos(x / 9.0) / 3.0, np.ones(side * side), np.sin(y / 7.0) / 3.0], axis=1)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    colours = np.stack([x % 256, y % 256, (x + y) % 256, np.full(side * side, 255)], axis=1)
    return {
        "POSITION": np.stack([x, height, y], axis=1).astype("<f4"),
        "NORMAL": normals.astype("<f4"),
        "COLOR_0": colours.astype("u1"),
        "_FEATURE_ID_0": (x // 8 + (y // 8) * (side // 8 + 1)).astype("<u2"),
        "faces": faces.astype("<u4"),
    }


def street_of(n_vertices: int) -> dict[str, np.ndarray]:
    """Houses side by side, 24 vertices each."""
    house = flat_shaded(box_mesh((0.0, 0.0, 0.0), (6.0, 8.0, 9.0)))
    assert house.normals is not None
    n = n_vertices // len(house.positions)
    x, y = np.divmod(np.arange(n), 40)
    at = np.stack([x * 12.0, y * 6.0, np.zeros(n)], axis=1)
    rows = np.arange(n)[:, None, None] * len(house.positions)
    z_up = (house.positions + at[:, None]).reshape(-1, 3), np.tile(house.normals, (n, 1))
    y_up = [np.ascontiguousarray(rows_of[:, [0, 2, 1]], "<f4") for rows_of in z_up]
    return {
        "POSITION": y_up[0],
        "NORMAL": y_up[1],
        "_FEATURE_ID_0": np.repeat(np.arange(n), len(house.positions)).astype("<u2"),
        "faces": np.ascontiguousarray((house.triangles[None] + rows).reshape(-1, 3)[:, ::-1], "<u4"),
    }


def plain(hill: dict[str, np.ndarray]) -> bytes:
    gltf = Gltf()
    made = gltf.primitive(hill["POSITION"], indices=gltf.accessor(hill["faces"].reshape(-1)))
    made["attributes"]["NORMAL"] = gltf.accessor(hill["NORMAL"])
    if "COLOR_0" in hill:
        made["attributes"]["COLOR_0"] = gltf.accessor(hill["COLOR_0"], normalized=True)
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(hill["_FEATURE_ID_0"])
    made["extensions"] = _features(hill)
    return gltf.glb()


def _features(hill: dict[str, np.ndarray]) -> dict[str, Any]:
    count = int(hill["_FEATURE_ID_0"].max()) + 1
    return {"EXT_mesh_features": {"featureIds": [{"featureCount": count, "attribute": 0}]}}


def in_draco(hill: dict[str, np.ndarray]) -> tuple[bytes, Callable[[], Any]]:
    stream = bytes(
        DracoPy.encode(
            hill["POSITION"],
            hill["faces"],
            colors=hill.get("COLOR_0"),
            normals=hill["NORMAL"].astype(np.float64),
            generic_attributes={5: hill["_FEATURE_ID_0"][:, None]},
            quantization_bits=14,
        )
    )
    numbers: dict[str, int] = {"POSITION": 0, "NORMAL": 1}
    more: dict[str, dict[str, Any]] = {"NORMAL": {"componentType": 5126, "type": "VEC3"}}
    if "COLOR_0" in hill:
        numbers["COLOR_0"], more["COLOR_0"] = 2, {"componentType": 5121, "type": "VEC4", "normalized": True}
    more["_FEATURE_ID_0"] = {"componentType": 5123, "type": "SCALAR"}
    gltf = draco_hill(stream, by_name(stream, **numbers) | {"_FEATURE_ID_0": 5}, **more)
    n, m = len(hill["POSITION"]), 3 * len(hill["faces"])
    for accessor in gltf.document["accessors"]:
        accessor["count"] = m if accessor["type"] == "SCALAR" and accessor["componentType"] == 5125 else n
    gltf.document["meshes"][0]["primitives"][0]["extensions"] |= _features(hill)
    return gltf.glb(), lambda: decode_draco(stream, 10_000_000)


def in_meshopt(hill: dict[str, np.ndarray]) -> tuple[bytes, Callable[[], Any]]:
    gltf, streams = Gltf(), []
    accessors = gltf.document["accessors"]
    attributes = {}
    for name, kind, component in (("POSITION", "VEC3", 5126), ("NORMAL", "VEC3", 5126), ("COLOR_0", "VEC4", 5121)):
        if name not in hill:
            continue
        rows = hill[name]
        stream = meshopt.encode_gltf_buffer(rows, "ATTRIBUTES")
        streams.append((stream, len(rows), rows.strides[0], "ATTRIBUTES"))
        accessors.append(
            {
                "bufferView": folded(gltf, stream, len(rows), rows.strides[0], "ATTRIBUTES"),
                "componentType": component,
                "count": len(rows),
                "type": kind,
                "normalized": name == "COLOR_0",
            }
        )
        attributes[name] = len(accessors) - 1
    indices = hill["faces"].reshape(-1)
    stream = meshopt.encode_gltf_buffer(indices, "TRIANGLES")
    streams.append((stream, len(indices), 4, "TRIANGLES"))
    view = folded(gltf, stream, len(indices), 4, "TRIANGLES")
    accessors.append({"bufferView": view, "componentType": 5125, "count": len(indices), "type": "SCALAR"})
    made: dict[str, Any] = {"attributes": attributes, "indices": len(accessors) - 1}
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(hill["_FEATURE_ID_0"])
    made["extensions"] = _features(hill)
    gltf.document["meshes"][0]["primitives"] = [made]
    return glb_of(gltf), lambda: [meshopt.decode_gltf_buffer(data, *rest) for data, *rest in streams]

"""Contents put together by hand, as odd as a test wants them: a glTF, and the older header around one."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.tileformat import TileContent, decode_content
from explorer.tileformat.container import join_glb

COMPONENT = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4")
"""In glTF's frame: x to the right, y up; seen from +z, which is our south."""


@dataclass
class Gltf:
    """A glTF put together by hand."""

    binary: bytes = b""
    document: dict[str, Any] = field(
        default_factory=lambda: {
            "asset": {"version": "2.0"},
            "scenes": [{"nodes": [0]}],
            "scene": 0,
            "nodes": [{"mesh": 0}],
            "bufferViews": [],
            "accessors": [],
            "meshes": [{"primitives": []}],
        }
    )

    def view(self, data: bytes, **more: Any) -> int:
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **more}
        )
        self.binary += data + b"\0" * (-len(data) % 4)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, **more: Any) -> int:
        width = 1 if values.ndim == 1 else values.shape[1]
        kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}[width]
        entry = {"bufferView": self.view(values.tobytes()), "count": len(values), "type": kind}
        entry |= {"componentType": COMPONENT[values.dtype.str[1:]], **more}
        self.document["accessors"].append(entry)
        return len(self.document["accessors"]) - 1

    def primitive(self, positions: np.ndarray = TRIANGLE, **more: Any) -> dict[str, Any]:
        made = {"attributes": {"POSITION": self.accessor(positions)}, **more}
        self.document["meshes"][0]["primitives"].append(made)
        return made

    def glb(self) -> bytes:
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        return join_glb(self.document, self.binary)

    def decode(self, **more: Any) -> TileContent:
        return decode_content(self.glb(), "tiles/x.glb", **more)


def corners(content: TileContent) -> np.ndarray:
    return np.concatenate([mesh.positions[mesh.triangles] for mesh in content.meshes])


def b3dm(glb: bytes, feature: Any = None, batch: Any = None, binary: bytes = b"") -> bytes:
    parts = [json.dumps(one).encode() if one is not None else b"" for one in (feature, batch)]
    parts = [part + b" " * (-len(part) % 8) for part in parts]
    length = 28 + len(parts[0]) + len(parts[1]) + len(binary) + len(glb)
    header = struct.pack("<4s6I", b"b3dm", 1, length, len(parts[0]), 0, len(parts[1]), len(binary))
    return header + parts[0] + parts[1] + binary + glb

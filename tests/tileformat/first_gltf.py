"""Documents of glTF 1.0 put together by hand."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np

SQUARE = np.array([[0, 0, 0], [10, 0, 0], [10, 6, 0], [0, 6, 0]], "<f4")
CORNERS = np.array([0, 1, 2, 0, 2, 3], "<u2")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class One:
    """A document of version 1 put together by hand: everything has a name, strides belong to accessors."""

    def __init__(self) -> None:
        self.body = b""
        self.document: dict[str, Any] = {
            "asset": {"version": "1.0", "premultipliedAlpha": True},
            "extensionsUsed": ["KHR_binary_glTF"],
            "scene": "defaultScene",
            "scenes": {"empty": {"nodes": []}, "defaultScene": {"nodes": ["root"]}},
            "nodes": {"root": {"children": ["house"], "matrix": [*np.eye(4).ravel()]}, "house": {"meshes": ["walls"]}},
            "meshes": {},
            "accessors": {},
            "bufferViews": {},
            "materials": {"plain": {"technique": "t", "values": {"diffuse": [0.8, 0.2, 0.1, 1.0]}}},
            "techniques": {"t": {"parameters": {"diffuse": {"type": 35666}}, "states": {"enable": [2929, 2884]}}},
        }

    def view(self, name: str, data: bytes) -> str:
        self.document["bufferViews"][name] = {
            "buffer": "binary_glTF",
            "byteOffset": len(self.body),
            "byteLength": len(data),
        }
        self.body += data + b"\0" * (-len(data) % 4)
        return name

    def accessor(self, name: str, values: np.ndarray, view: str | None = None, **more: Any) -> str:
        kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}[1 if values.ndim == 1 else values.shape[1]]
        component = {"u1": 5121, "i2": 5122, "u2": 5123, "f4": 5126}[values.dtype.str[1:]]
        said: dict[str, Any] = {"bufferView": view or self.view(f"view of {name}", values.tobytes()), "byteOffset": 0}
        self.document["accessors"][name] = (
            said | {"componentType": component, "count": len(values), "type": kind} | more
        )
        return name

    def mesh(self, name: str = "walls", **attributes: str) -> None:
        primitive = {"attributes": attributes, "indices": "corners", "material": "plain", "mode": 4}
        self.document["meshes"][name] = {"primitives": [primitive]}

    def glb(self) -> bytes:
        self.document["buffers"] = {
            "binary_glTF": {"byteLength": len(self.body), "type": "arraybuffer", "uri": "data:,"}
        }
        text = json.dumps(self.document).encode()
        text += b" " * (-len(text) % 4)
        return struct.pack("<4s4I", b"glTF", 1, 20 + len(text) + len(self.body), len(text), 0) + text + self.body


def plain_house() -> One:
    """A square of two triangles in one colour."""
    made = One()
    made.accessor("places", SQUARE)
    made.accessor("corners", CORNERS)
    made.mesh(POSITION="places")
    return made

"""Subtree files and implicit tilesets, written by hand for tests, and what is read of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explorer.errors import FetchError
from explorer.tileformat import Tileset, read_tileset
from tests.specimens import tile_json, tileset_json

Bits = Sequence[int] | int
"""Bits one by one, or a constant 0 or 1 for all."""


def packed(bits: Sequence[int]) -> bytes:
    """Bits as bytes, the lowest first."""
    return bytes(sum(bit << i for i, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8))


class SubtreeMaker:
    """Puts a subtree together, buffer view by buffer view."""

    def __init__(self) -> None:
        self.binary = b""
        self.document: dict[str, Any] = {"buffers": [], "bufferViews": []}

    def view(self, data: bytes, buffer: int = 0) -> int:
        """A buffer view with bytes of the buffer inside the file."""
        self.binary += b"\0" * (-len(self.binary) % 8)
        views = self.document["bufferViews"]
        views.append({"buffer": buffer, "byteOffset": len(self.binary), "byteLength": len(data)})
        self.binary += data
        return len(views) - 1

    def availability(self, bits: Bits) -> dict[str, int]:
        """Availability as it is told in the JSON."""
        if isinstance(bits, int):
            return {"constant": bits}
        return {"bitstream": self.view(packed(bits)), "availableCount": sum(bits)}

    def table(self, class_name: str, count: int, **columns: np.ndarray[Any, Any]) -> int:
        """A property table of numbers."""
        properties = {name: {"values": self.view(values.tobytes())} for name, values in columns.items()}
        tables = self.document.setdefault("propertyTables", [])
        tables.append({"class": class_name, "count": count, "properties": properties})
        return len(tables) - 1

    def bytes(self) -> bytes:
        """The .subtree file."""
        if self.binary:
            self.document["buffers"] = [{"byteLength": len(self.binary)}]
        text = json.dumps(self.document).encode()
        text += b" " * (-len(text) % 8)
        binary = self.binary + b"\0" * (-len(self.binary) % 8)
        return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary


def subtree(tiles: Bits, contents: Sequence[Bits] = (), children: Bits = 0) -> bytes:
    """A subtree with its three kinds of availability."""
    maker = SubtreeMaker()
    maker.document["tileAvailability"] = maker.availability(tiles)
    maker.document["contentAvailability"] = [maker.availability(bits) for bits in contents]
    maker.document["childSubtreeAvailability"] = maker.availability(children)
    return maker.bytes()


def implicit(
    scheme: str = "QUADTREE",
    levels: int = 2,
    available: int = 2,
    content: Any = "c/{level}_{x}_{y}.glb",
    error: float = 64.0,
    **more: Any,
) -> dict[str, Any]:
    """A tile of 100 m around the origin whose descendants are implicit."""
    z = "" if scheme == "QUADTREE" else "_{z}"
    tiling = {
        "subdivisionScheme": scheme,
        "subtreeLevels": levels,
        "availableLevels": available,
        "subtrees": {"uri": "s/{level}_{x}_{y}" + z + ".subtree"},
    }
    uri = content if isinstance(content, str) else None
    return tile_json(uri, error, **({"refine": "REPLACE", "implicitTiling": tiling} | more))


def implicit_tileset(**more: Any) -> bytes:
    """A tileset.json with an implicit root."""
    return tileset_json(implicit(**more))


def reader(files: dict[str, bytes]) -> Callable[[str], bytes]:
    """Reads out of a dictionary, as a store does."""

    def resolve(uri: str) -> bytes:
        if uri not in files:
            raise FetchError(f"not there: {uri}")
        return files[uri]

    return resolve


def opened(tileset: bytes, **files: bytes) -> Tileset:
    """A tileset whose subtrees are given by name, "s0_0_0" for s/0_0_0.subtree."""
    return read_tileset(tileset, "t", reader({f"s/{name[1:]}.subtree": data for name, data in files.items()}))


def check_order(tileset: Tileset) -> None:
    """Rows are breadth-first, and children lie side by side behind their parents."""
    assert (np.diff(tileset.level) >= 0).all()
    for row in range(len(tileset)):
        assert tileset.parent[list(tileset.children(row))].tolist() == [row] * int(tileset.child_count[row])
    assert sum(tileset.child_count.tolist()) == len(tileset) - 1

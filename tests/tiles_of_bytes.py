"""Contents of 3D Tiles 1.0, made of bytes: a header, a feature table, a batch table, and what follows."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.tileformat import TileContent, encode_glb
from tests.specimens import box_mesh

Table = dict[str, Any]


def packed_table(values: Table, **arrays: ArrayLike) -> tuple[bytes, bytes]:
    """JSON and binary of a table: `values` as they are, arrays by offset."""
    table, binary = dict(values), b""
    for name, array in arrays.items():
        stored = np.ascontiguousarray(array)
        binary += b"\x00" * (-len(binary) % 8)
        table[name] = {"byteOffset": len(binary), **table.get(name, {})}
        binary += stored.tobytes()
    text = json.dumps(table).encode()
    return text + b" " * (-len(text) % 8), binary + b"\x00" * (-len(binary) % 8)


def tile_of_bytes(kind: bytes, feature: tuple[bytes, bytes], batch: Table, more: bytes, body: bytes) -> bytes:
    """Any content: `more` is what its header has besides the others', `body` what follows the tables."""
    text = json.dumps(batch).encode() if batch else b""
    text += b" " * (-len(text) % 8)
    parts = (*feature, text, b"")
    length = 28 + len(more) + sum(map(len, parts)) + len(body)
    return struct.pack("<4s6I", kind, 1, length, *map(len, parts)) + more + b"".join(parts) + body


def unit_block_glb() -> bytes:
    """A block of 1 x 2 x 4 m on its origin: its sides tell all directions apart."""
    return encode_glb(TileContent((box_mesh((0.5, 1.0, 2.0), (1.0, 2.0, 4.0), None),)))


def i3dm(
    values: Table, batch: Table | None = None, *, body: bytes | None = None, kind: int = 1, **arrays: Any
) -> bytes:
    """Instances of the unit block, or of the glTF that `body` is (`kind` 1) or names (0)."""
    feature = packed_table(values, **arrays)
    template = unit_block_glb() if body is None else body
    return tile_of_bytes(b"i3dm", feature, batch or {}, struct.pack("<I", kind), template)


def pnts(values: Table, batch: Table | None = None, **arrays: Any) -> bytes:
    """Points."""
    return tile_of_bytes(b"pnts", packed_table(values, **arrays), batch or {}, b"", b"")


def cmpt(*parts: bytes) -> bytes:
    """Contents in one."""
    body = b"".join(part + b"\x00" * (-len(part) % 8) for part in map(_padded, parts))
    return struct.pack("<4s3I", b"cmpt", 1, 16 + len(body), len(parts)) + body


def _padded(part: bytes) -> bytes:
    """The part with its stated length rounded up, so that the next begins where it says."""
    part += b"\x00" * (-len(part) % 8)
    return part[:8] + struct.pack("<I", len(part)) + part[12:]


def oct_encode(vectors: ArrayLike, bits: int) -> np.ndarray:
    """Unit vectors as two whole numbers each, by the paper: fold the lower half of the octahedron outwards."""
    v = np.atleast_2d(np.asarray(vectors, np.float64))
    p = v[:, :2] / np.abs(v).sum(axis=1)[:, None]
    folded = (1.0 - np.abs(p[:, ::-1])) * np.where(p < 0.0, -1.0, 1.0)
    p = np.where(v[:, 2:] < 0.0, folded, p)
    return np.round((p * 0.5 + 0.5) * (2**bits - 1)).astype(f"<u{bits // 8}")

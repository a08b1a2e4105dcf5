"""Decoding quantized-mesh terrain (Cesium, "quantized-mesh-1.0", github.com/CesiumGS/quantized-mesh) into a mesh.

A tile is a rectangle of longitude and latitude. Its vertices are counted in 1/32767 of the rectangle and of the height
range, each as the zigzag difference to the one before; its indices as differences to the highest one so far.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.geo import region_box
from explorer.i18n import _

_HEADER = struct.Struct("<3d2f3dd3d")
_MOST = 32767.0
_MAX_VERTICES = 1 << 22
_OCT_NORMALS, _WATER_MASK, _METADATA = 1, 2, 4
_MASK_SIDE = 256
_WET = 127
"""Of a mask's 255: more is water."""
_HEIGHTS = (-500.0, 2500.0)
"""Heights that a tile's box holds before its content is known. [m]"""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle on the globe. [degrees]"""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, parts: Sequence[Rectangle]) -> Rectangle:
        """The smallest that holds all of these, one at least."""
        west, south = min(part.west for part in parts), min(part.south for part in parts)
        return cls(west, south, max(part.east for part in parts), max(part.north for part in parts))

    def box(self) -> list[float]:
        """Twelve numbers of a box that holds all that may stand here, before anybody knows how high it lies. [m]"""
        radians = [math.radians(v) for v in (self.west, self.south, self.east, self.north)]
        return list(region_box([*radians, *_HEIGHTS]).to_list12())


@dataclass(frozen=True)
class QuantizedMesh:
    """A decoded tile. n vertices, m triangles."""

    u: NDArray[np.float64]
    """(n,) 0 in the west, 1 in the east."""
    v: NDArray[np.float64]
    """(n,) 0 in the south, 1 in the north."""
    height: NDArray[np.float64]
    """(n,) above the ellipsoid. [m]"""
    triangles: NDArray[np.uint32]
    """(m, 3) counter-clockwise seen from above."""
    edges: tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]
    """Rows of the vertices on the west, south, east and north edge."""
    normals: NDArray[np.float32] | None = None
    """(n, 3) unit, earth-centred."""
    water: NDArray[np.uint8] | None = None
    """(256, 256) or (1, 1), first row in the north, 255 = water; None: all land."""
    metadata: bytes = b""
    """As the extension has it: a length, and JSON."""


class _Cursor:
    """Reads on through bytes that may end too early."""

    def __init__(self, data: memoryview, uri: str) -> None:
        self.data, self.uri, self.at = data, uri, 0

    def fail(self, problem: str) -> ContentError:
        return ContentError(_("The terrain tile is damaged: {problem} [{uri}]").format(problem=problem, uri=self.uri))

    def take(self, dtype: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self.at + size > len(self.data):
            raise self.fail(_("it ends at byte {at}, inside a list.").format(at=len(self.data)))
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += size
        return found

    def count(self) -> int:
        return int(self.take("<u4", 1)[0])


def read_quantized_mesh(data: bytes | memoryview, uri: str) -> QuantizedMesh:
    """A terrain tile out of its bytes. Raises ContentError, naming the address, where they cannot be one."""
    cursor = _Cursor(memoryview(data), uri)
    if len(cursor.data) < _HEADER.size + 4:
        raise cursor.fail(_("it ends at byte {at}, inside its header.").format(at=len(cursor.data)))
    header = _HEADER.unpack_from(cursor.data)
    low, high = float(header[3]), float(header[4])
    if not (np.isfinite([low, high]).all() and low <= high and max(abs(low), abs(high)) < 1e5):
        raise cursor.fail(_("its heights are from {low} to {high} m.").format(low=low, high=high))
    cursor.at = _HEADER.size
    n = cursor.count()
    if not 0 < n <= _MAX_VERTICES:
        raise cursor.fail(_("it says it has {n} vertices.").format(n=n))
    u, v, h = (_undelta(np.asarray(cursor.take("<u2", n), np.int64)) / _MOST for _axis in range(3))
    for values in (u, v, h):
        if float(values.min()) < 0.0 or float(values.max()) > 1.0:
            raise cursor.fail(_("a vertex lies outside of it."))
    triangles, dtype = _triangles(cursor, n)
    edges = []
    for _side in range(4):
        rows = np.asarray(cursor.take(dtype, cursor.count()), np.uint32)
        if len(rows) and int(rows.max()) >= n:
            raise cursor.fail(_("an edge names a vertex that is not there."))
        edges.append(rows)
    normals, water, metadata = _extensions(cursor, n)
    height = low + h * (high - low)
    return QuantizedMesh(u, v, height, triangles, (edges[0], edges[1], edges[2], edges[3]), normals, water, metadata)


def _undelta(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum((codes >> 1) ^ -(codes & 1))


def _triangles(cursor: _Cursor, n: int) -> tuple[NDArray[np.uint32], str]:
    dtype = "<u4" if n > 65536 else "<u2"
    cursor.at += -cursor.at % (4 if n > 65536 else 2)
    count = cursor.count()
    if count > 2 * _MAX_VERTICES:
        raise cursor.fail(_("it says it has {n} triangles.").format(n=count))
    codes = np.asarray(cursor.take(dtype, 3 * count), np.int64)
    # the highest index so far grows by one at each 0
    highest = np.cumsum(codes == 0) - (codes == 0)
    rows = highest - codes
    if len(rows) and (int(rows.min()) < 0 or int(rows.max()) >= n):
        raise cursor.fail(_("a triangle names a vertex that is not there."))
    return rows.astype(np.uint32).reshape(-1, 3), dtype


def _extensions(cursor: _Cursor, n: int) -> tuple[NDArray[np.float32] | None, NDArray[np.uint8] | None, bytes]:
    """Those that are known; others are passed over, and what is cut off is left out, for the ground is there."""
    normals: NDArray[np.float32] | None = None
    water: NDArray[np.uint8] | None = None
    metadata = b""
    while cursor.at + 5 <= len(cursor.data):
        kind, length = struct.unpack_from("<BI", cursor.data, cursor.at)
        start = cursor.at + 5
        body = cursor.data[start : start + length]
        cursor.at = start + length
        if len(body) < length:
            break
        if kind == _OCT_NORMALS and length >= 2 * n:
            normals = oct_decoded(np.frombuffer(body, np.uint8, 2 * n).reshape(n, 2))
        elif kind == _WATER_MASK and length in (1, _MASK_SIDE**2):
            side = 1 if length == 1 else _MASK_SIDE
            water = np.frombuffer(body, np.uint8).reshape(side, side)
        elif kind == _METADATA:
            metadata = bytes(body)
    return normals, water, metadata


def oct_decoded(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit vectors (n, 3) from octahedral codes (n, 2) of 8 bits each.

    Cigolle et al. 2014, "A survey of efficient representations for independent unit vectors", section 3.2.
    """
    xy = codes.astype(np.float64) / 255.0 * 2.0 - 1.0
    z = 1.0 - np.abs(xy).sum(axis=1)
    sign = np.where(xy >= 0.0, 1.0, -1.0)
    folded = np.where(z[:, None] < 0.0, (1.0 - np.abs(xy[:, ::-1])) * sign, xy)
    vectors = np.column_stack([folded, z])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)[:, None]
    return vectors.astype(np.float32)

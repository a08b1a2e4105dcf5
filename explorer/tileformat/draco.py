"""Geometry that Draco compressed, as plain arrays, with what a stream declares checked before it is decoded.

Draco bitstream specification 2.2 (google.github.io/draco/spec): sections "Draco Header", "Metadata" and "Connectivity".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

MOST_FACES_PER_BYTE = 256
"""Far more triangles or points a byte than streams hold (cities 0.05 to 3, a flat grid of 500 x 500 points 66)."""
_FREE = 4096
_STORED: dict[int, np.dtype[Any]] = {
    1 + i: np.dtype(name) for i, name in enumerate(("i1", "u1", "i2", "u2", "i4", "u4"))
}
"""Draco's integer types. The library hands signed ones over as float32 (exact for all that glTF has), and those of two
bytes without a sign as of four; what is normalised would then be divided by far too much."""
_MAX_METADATA = 4096


@dataclass(frozen=True)
class DracoGeometry:
    """A decoded stream: n points, m triangles."""

    attributes: dict[int, NDArray[Any]]
    """(n, width) by unique id: float32, or integers as they were stored; quantised ones are dequantised."""
    triangles: NDArray[np.uint32] | None
    """(m, 3); None for a point cloud."""
    positions: int
    """Unique id of the positions."""
    n_points: int


def decode_draco(data: bytes, max_points: int) -> DracoGeometry:
    """Triangles and attributes of a Draco stream (a mesh or a point cloud). Releases the GIL while it decodes.

    `max_points` is the most points, and corners of triangles, that the reader has room for.
    Raises ValueError, with a sentence for people, where the stream is damaged or declares too much.
    """
    import DracoPy

    n_faces, n_points = declared_counts(data)
    most = min(max_points, MOST_FACES_PER_BYTE * len(data) + _FREE)
    if n_faces > most or n_points > most:
        raise ValueError(
            _("its Draco stream says {n} elements, more than it can hold.").format(n=max(n_faces, n_points))
        )
    try:
        found = DracoPy.decode(data)
    except (DracoPy.FileTypeException, ValueError, RuntimeError, MemoryError, AssertionError) as problem:
        raise ValueError(_("its Draco stream is damaged.")) from problem
    attributes: dict[int, NDArray[Any]] = {}
    positions = -1
    for attribute in found.attributes:
        values = np.asarray(attribute["data"])
        values = values.reshape(-1, max(int(attribute["num_components"]), 1))
        stored = _STORED.get(int(attribute["data_type"]), values.dtype)
        values = values.astype(stored, copy=False)
        attributes[int(attribute["unique_id"])] = values
        if int(attribute["attribute_type"]) == 0 and positions < 0:
            positions = int(attribute["unique_id"])
    faces = getattr(found, "faces", None)
    n = len(attributes[positions]) if positions >= 0 else 0
    if any(len(values) != n for values in attributes.values()):
        raise ValueError(_("its Draco stream is damaged."))
    triangles = None if faces is None else np.asarray(faces, np.uint32).reshape(-1, 3)
    return DracoGeometry(attributes, triangles, positions, n)


def declared_counts(data: bytes) -> tuple[int, int]:
    """Triangles and points (of edge-broken meshes: corners before seams) that a stream says it holds.

    Raises ValueError where there is no Draco header, or it breaks off.
    """
    try:
        return _counts(data)
    except (struct.error, IndexError) as problem:
        raise ValueError(_("its Draco stream is damaged.")) from problem


def _counts(data: bytes) -> tuple[int, int]:
    magic, major, minor, kind, method, flags = struct.unpack_from("<5s4BH", data)
    if magic != b"DRACO" or kind > 1 or method > 1:
        raise ValueError(_("its Draco stream is damaged."))
    at = 11
    version = (major, minor)
    if version >= (1, 3) and flags & 0x8000:
        at = _after_metadata(data, at)
    if kind == 0:
        return 0, int(struct.unpack_from("<i", data, at)[0])
    if method == 0:
        faces, at = _whole(data, at, version >= (2, 2))
        points, at = _whole(data, at, version >= (2, 2))
        return faces, points
    at += 1
    if version < (2, 2):
        _new, at = _whole(data, at, version >= (2, 0))
    points, at = _whole(data, at, version >= (2, 0))
    faces, at = _whole(data, at, version >= (2, 0))
    return faces, points


def _whole(data: bytes, at: int, is_packed: bool) -> tuple[int, int]:
    """A number at a place, and the place after it: seven bits a byte, or four bytes in older streams."""
    if not is_packed:
        return int(struct.unpack_from("<I", data, at)[0]), at + 4
    value = 0
    for i in range(10):
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise IndexError(at)


def _after_metadata(data: bytes, at: int) -> int:
    """The place after the metadata: blocks of attributes, then that of the geometry."""
    n, at = _whole(data, at, True)
    for _i in range(min(n, _MAX_METADATA)):
        _id, at = _whole(data, at, True)
        at = _after_block(data, at)
    return _after_block(data, at)


def _after_block(data: bytes, at: int) -> int:
    waiting, read = 1, 0
    while waiting:
        waiting, read = waiting - 1, read + 1
        if read > 1:  # blocks inside others have names
            at += 1 + data[at]
        entries, at = _whole(data, at, True)
        for _i in range(min(entries, len(data))):
            at += 1 + data[at]
            size, at = _whole(data, at, True)
            at += size
        inner, at = _whole(data, at, True)
        waiting += inner
        if read > _MAX_METADATA or at > len(data):
            raise IndexError(at)
    return at

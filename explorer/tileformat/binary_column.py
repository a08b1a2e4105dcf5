"""Values of a property of a batch table: listed in the JSON, or in its binary part."""

from __future__ import annotations

from typing import Any

import numpy as np

COMPONENT_TYPES: dict[str, np.dtype[Any]] = {
    "BYTE": np.dtype("<i1"),
    "UNSIGNED_BYTE": np.dtype("<u1"),
    "SHORT": np.dtype("<i2"),
    "UNSIGNED_SHORT": np.dtype("<u2"),
    "INT": np.dtype("<i4"),
    "UNSIGNED_INT": np.dtype("<u4"),
    "FLOAT": np.dtype("<f4"),
    "DOUBLE": np.dtype("<f8"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def column_values(stored: Any, binary: memoryview, n: int) -> list[Any] | None:
    """n values of a property, in the JSON or by offset, a vector as a tuple; None where they do not fit."""
    if isinstance(stored, list):
        return stored if len(stored) == n else None
    if not isinstance(stored, dict):
        return None
    offset, component, kind = stored.get("byteOffset"), stored.get("componentType"), stored.get("type")
    dtype = COMPONENT_TYPES.get(component) if isinstance(component, str) else None
    width = _WIDTHS.get(kind) if isinstance(kind, str) else None
    if dtype is None or width is None or not isinstance(offset, int) or offset < 0:
        return None
    if offset + n * width * dtype.itemsize > len(binary):
        return None
    values = np.frombuffer(binary, dtype, n * width, offset).reshape(n, width)
    return list(values[:, 0].tolist()) if width == 1 else list(map(tuple, values.tolist()))

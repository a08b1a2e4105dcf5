"""Feature and batch tables of 3D Tiles 1.0 contents (OGC 18-053r2, sections 8 and 9)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.content import FeatureTable
from explorer.tileformat.features import feature_table

_TYPES: dict[str, np.dtype[Any]] = {
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


def global_number(table: dict[str, Any], binary: memoryview, name: str) -> int | None:
    """A whole number of a feature table, given in the JSON or by offset (uint32)."""
    value = table.get(name)
    if isinstance(value, dict):
        offset = value.get("byteOffset")
        if isinstance(offset, int) and 0 <= offset <= len(binary) - 4:
            return int(np.frombuffer(binary, "<u4", 1, offset)[0])
        return None
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 2**53 else None


def global_vector(table: dict[str, Any], binary: memoryview, name: str) -> NDArray[np.float64] | None:
    """Three numbers of a feature table, given in the JSON or by offset (float32)."""
    value = table.get(name)
    if isinstance(value, dict):
        offset = value.get("byteOffset")
        if not isinstance(offset, int) or not 0 <= offset <= len(binary) - 12:
            return None
        value = np.frombuffer(binary, "<f4", 3, offset).tolist()
    try:
        found = np.array(value, np.float64).reshape(3)
    except (ValueError, TypeError):
        return None
    return found if np.isfinite(found).all() else None


def read_batch_table(table: dict[str, Any], binary: memoryview, n: int) -> tuple[FeatureTable, list[str]]:
    """Columns of n features; a column that does not fit is left out with a diagnostic."""
    columns: dict[str, list[Any]] = {}
    diagnostics: list[str] = []
    for name, stored in table.items():
        if name in ("extensions", "extras", "HIERARCHY"):
            continue
        values = _column(stored, binary, n)
        if values is None:
            diagnostics.append(_("The attribute {name} does not fit its features; it is left out.").format(name=name))
        else:
            columns[name] = values
    return feature_table(columns, n), diagnostics


def _column(stored: Any, binary: memoryview, n: int) -> list[Any] | None:
    if isinstance(stored, list):
        return stored if len(stored) == n else None
    if not isinstance(stored, dict):
        return None
    offset, component, kind = stored.get("byteOffset"), stored.get("componentType"), stored.get("type")
    dtype = _TYPES.get(component) if isinstance(component, str) else None
    width = _WIDTHS.get(kind) if isinstance(kind, str) else None
    if dtype is None or width is None or not isinstance(offset, int) or offset < 0:
        return None
    if offset + n * width * dtype.itemsize > len(binary):
        return None
    values = np.frombuffer(binary, dtype, n * width, offset).reshape(n, width)
    return list((values[:, 0] if width == 1 else values).tolist())

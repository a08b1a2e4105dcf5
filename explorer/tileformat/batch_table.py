"""Feature and batch tables of 3D Tiles 1.0 contents (OGC 18-053r2, sections 8 and 9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.binary_column import column_values
from explorer.tileformat.content import FeatureTable
from explorer.tileformat.features import feature_table
from explorer.tileformat.hierarchy import instances_of, read_hierarchy


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


def most_rows(table: dict[str, Any], binary: memoryview) -> int:
    """No table of these bytes has more rows: what a file says is checked against it before rows are made."""
    listed = max((len(values) for values in table.values() if isinstance(values, list)), default=0)
    return max(listed, len(binary), instances_of(table))


def read_batch_table(table: dict[str, Any], binary: memoryview, n: int) -> tuple[FeatureTable, list[str]]:
    """Columns of n features; a column that does not fit is left out with a diagnostic."""
    columns: dict[str, list[Any]] = {}
    diagnostics: list[str] = []
    for name, stored in table.items():
        if name in ("extensions", "extras", "HIERARCHY"):
            continue
        values = column_values(stored, binary, n)
        if values is None:
            diagnostics.append(_("The attribute {name} does not fit its features; it is left out.").format(name=name))
        else:
            columns[name] = values
    joined = read_hierarchy(table, binary, n)
    for name, values in joined.columns.items():
        columns.setdefault(name, values)
    return replace(feature_table(columns, n), classes=joined.classes), [*diagnostics, *joined.diagnostics]

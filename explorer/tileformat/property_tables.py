"""Writing attribute columns as EXT_structural_metadata property tables.

Specification: 3D Metadata Specification 1.0 (binary table format), EXT_structural_metadata for glTF 2.0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from explorer.tileformat.columns import BOOLEAN, FLOAT64, INT32, INT64, JSON, STRING, type_of_values

JSON_SEMANTIC = "_JSON"
"""Marks a STRING property whose values are JSON text, to be given back as what the text says."""

_NUMPY: dict[str, np.dtype[Any]] = {
    "INT8": np.dtype("<i1"),
    "UINT8": np.dtype("<u1"),
    "INT16": np.dtype("<i2"),
    "UINT16": np.dtype("<u2"),
    INT32: np.dtype("<i4"),
    "UINT32": np.dtype("<u4"),
    INT64: np.dtype("<i8"),
    "UINT64": np.dtype("<u8"),
    "FLOAT32": np.dtype("<f4"),
    FLOAT64: np.dtype("<f8"),
}
_NO_TEXT = ("", "-", "no data", "\u2205")


class ViewSink(Protocol):
    """Takes the bytes of one buffer view and says its index."""

    def __call__(self, data: bytes) -> int: ...


def encode_columns(
    columns: Mapping[str, Sequence[Any]], schema: Mapping[str, str] | None, add_view: ViewSink
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns as (class properties, table properties) of EXT_structural_metadata.

    `schema` gives types by column name; a column that it does not name, or whose values do not fit, gets the type that
    fits it. Columns without any value are left out. None is noData. Property ids are made of the letters that the
    specification allows; the original is kept as `name`.
    """
    class_properties: dict[str, Any] = {}
    table_properties: dict[str, Any] = {}
    for name, values in columns.items():
        kind = _type_that_fits(values, (schema or {}).get(name))
        if not kind:
            continue
        key = property_id(name, class_properties)
        definition, stored = _encode(values, kind, add_view)
        class_properties[key] = definition if key == name else {"name": name, **definition}
        table_properties[key] = stored
    return class_properties, table_properties


def property_id(name: str, taken: Mapping[str, Any]) -> str:
    """A property id `[A-Za-z_][A-Za-z0-9_]*` like `name` and unlike all that are taken."""
    key = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    key = f"_{key}" if key[0].isdigit() else key
    unique, n = key, 2
    while unique in taken:
        unique, n = f"{key}_{n}", n + 1
    return unique


def _type_that_fits(values: Sequence[Any], asked: str | None) -> str:
    found = type_of_values(values)
    if not found or asked is None or asked == found:
        return found
    if asked == JSON or (asked == STRING and found == JSON):
        return JSON
    if asked == FLOAT64 and found in (INT32, INT64):
        return FLOAT64
    if asked in _NUMPY and found in (INT32, INT64, FLOAT64):
        dtype = _NUMPY[asked]
        plain = [value for value in values if value is not None]
        if dtype.kind == "f":
            return asked if asked == FLOAT64 else found
        limits = np.iinfo(dtype)
        if found != FLOAT64 and all(limits.min < int(value) < limits.max for value in plain):
            return asked
    return found


def _encode(values: Sequence[Any], kind: str, add_view: ViewSink) -> tuple[dict[str, Any], dict[str, Any]]:
    if kind == BOOLEAN:
        bits = np.packbits(np.array([bool(value) for value in values]), bitorder="little")
        return {"type": "BOOLEAN"}, {"values": add_view(bits.tobytes())}
    if kind in _NUMPY:
        return _encode_numbers(values, kind, add_view)
    if kind == STRING and all(value == "" for value in values):
        # A buffer view may not be empty: a sign for "nothing here", for which every reader puts the default.
        definition, stored = _encode_texts([_NO_TEXT[1]] * len(values), kind, add_view)
        return {**definition, "noData": _NO_TEXT[1], "default": ""}, stored
    return _encode_texts(values, kind, add_view)


def _encode_numbers(values: Sequence[Any], kind: str, add_view: ViewSink) -> tuple[dict[str, Any], dict[str, Any]]:
    dtype = _NUMPY[kind]
    gaps = [value is None or (isinstance(value, float) and not math.isfinite(value)) for value in values]
    definition: dict[str, Any] = {"type": "SCALAR", "componentType": kind}
    no_data: int | float = 0
    if any(gaps):
        no_data = _no_number(kind)
        definition["noData"] = no_data
    plain = [no_data if gap else value for gap, value in zip(gaps, values, strict=True)]
    return definition, {"values": add_view(np.array(plain, dtype).tobytes())}


def _no_number(kind: str) -> int | float:
    dtype = _NUMPY[kind]
    if dtype.kind == "f":
        return float(np.finfo(dtype).min)
    if kind == INT64:
        return -(2**53 - 1) - 1  # the lowest that every JSON reader keeps; values are smaller in size
    limits = np.iinfo(dtype)
    return int(limits.min if dtype.kind == "i" else limits.max)


def _encode_texts(values: Sequence[Any], kind: str, add_view: ViewSink) -> tuple[dict[str, Any], dict[str, Any]]:
    definition: dict[str, Any] = {"type": "STRING"}
    if kind == JSON:
        definition["semantic"] = JSON_SEMANTIC
        texts = [None if _is_gap(value) else _json_text(value) for value in values]
    else:
        texts = [None if value is None else str(value) for value in values]
    if None in texts:
        used = set(texts)
        no_data = next((text for text in _NO_TEXT if text not in used), "\u2205" * 8)
        definition["noData"] = no_data
        texts = [no_data if text is None else text for text in texts]
    encoded = [(text or "").encode("utf-8", "replace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, "<u4")
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    stored = {
        "values": add_view(b"".join(encoded)),
        "stringOffsets": add_view(offsets.tobytes()),
        "stringOffsetType": "UINT32",
    }
    return definition, stored


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

"""Reading EXT_structural_metadata property tables into columns of plain Python values.

Specification: 3D Metadata Specification 1.0 (binary table format).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.property_tables import JSON_SEMANTIC

_NUMBERS: dict[str, np.dtype[Any]] = {
    "INT8": np.dtype("<i1"),
    "UINT8": np.dtype("<u1"),
    "INT16": np.dtype("<i2"),
    "UINT16": np.dtype("<u2"),
    "INT32": np.dtype("<i4"),
    "UINT32": np.dtype("<u4"),
    "INT64": np.dtype("<i8"),
    "UINT64": np.dtype("<u8"),
    "FLOAT32": np.dtype("<f4"),
    "FLOAT64": np.dtype("<f8"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16, "ENUM": 1}
MAX_ROWS = 1 << 24


@dataclass
class PropertyTable:
    """One table: its class, its rows, and which column is the id."""

    class_name: str
    count: int
    columns: dict[str, list[Any]] = field(default_factory=dict)
    ids: list[Any] | None = None
    """Values of the property with the semantic ID; not among the columns where the table is ours."""


def read_property_table(
    buffers: GltfBuffers, metadata: dict[str, Any], index: int, say: Callable[[str], None]
) -> PropertyTable:
    """Table `index`; a property that cannot be read is left out with a diagnostic.

    Raises ContentError if there is no such table.
    """
    place = f"propertyTables[{index}]"
    tables = metadata.get("propertyTables")
    table = tables[index] if isinstance(tables, list) and 0 <= index < len(tables) else None
    if not isinstance(table, dict):
        raise buffers.fail(place, _("is named but is not there."))
    count = buffers.number(table, "count", place)
    if count > MAX_ROWS:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=count))
    schema = metadata.get("schema")
    if not isinstance(schema, dict):
        say(_("The attributes' schema is not in the file, so they cannot be read."))
        return PropertyTable(str(table.get("class")), count)
    name = str(table.get("class"))
    found = PropertyTable(name, count)
    definition = _object(_object(schema, "classes"), name)
    stored = _object(table, "properties")
    ours = schema.get("id") == "citiverse"
    for key, about in _object(definition, "properties").items():
        if not isinstance(about, dict):
            continue
        try:
            values = _column(buffers, about, stored.get(key), count, schema, f"{place}.{key}")
        except ContentError as problem:
            say(_("An attribute is left out: {problem}").format(problem=problem))
            continue
        if about.get("semantic") == "ID" and found.ids is None:
            found.ids = values
            if ours:
                continue
        found.columns[str(about.get("name", key))] = values
    return found


def _object(parent: Any, key: str) -> dict[str, Any]:
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def _column(
    buffers: GltfBuffers, about: dict[str, Any], stored: Any, count: int, schema: dict[str, Any], place: str
) -> list[Any]:
    default = about.get("default")
    if not isinstance(stored, dict):
        return [default] * count
    kind, is_array = about.get("type"), bool(about.get("array"))
    fixed = buffers.number(about, "count", place) if is_array and "count" in about else None
    data = buffers.view(stored.get("values"))
    ends: NDArray[np.int64] | None = None
    total = count
    if is_array and fixed is None:
        ends = _offsets(buffers, stored, "arrayOffsets", "arrayOffsetType", count, place)
        total = int(ends[-1])
    elif fixed is not None:
        total = count * fixed
    if total > MAX_ROWS * 16:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=total))
    elements = _elements(buffers, about, stored, data, total, schema, place)
    if ends is not None:
        values: list[Any] = [elements[a:b] for a, b in pairwise(ends.tolist())]
    elif fixed is not None:
        values = [elements[i * fixed : (i + 1) * fixed] for i in range(count)]
    else:
        values = elements
    if "noData" in about:
        none = about["noData"]
        values = [default if value == none else value for value in values]
    if about.get("semantic") == JSON_SEMANTIC and kind == "STRING":
        values = [None if value is None else _from_json(value) for value in values]
    return values


def _elements(
    buffers: GltfBuffers,
    about: dict[str, Any],
    stored: dict[str, Any],
    data: memoryview,
    total: int,
    schema: dict[str, Any],
    place: str,
) -> list[Any]:
    kind = about.get("type")
    if kind == "STRING":
        ends = _offsets(buffers, stored, "stringOffsets", "stringOffsetType", total, place)
        if int(ends[-1]) > len(data):
            raise buffers.fail(place, _("a text ends past the end of its bytes."))
        raw, bounds = bytes(data), ends.tolist()
        return [raw[a:b].decode("utf-8", "replace") for a, b in pairwise(bounds)]
    if kind == "BOOLEAN":
        if (total + 7) // 8 > len(data):
            raise buffers.fail(place, _("there are fewer values than rows."))
        bits = np.unpackbits(np.frombuffer(data, np.uint8, (total + 7) // 8), bitorder="little")
        return list(bits[:total].astype(bool).tolist())
    return _numbers(buffers, about, stored, data, total, schema, place)


def _numbers(
    buffers: GltfBuffers,
    about: dict[str, Any],
    stored: dict[str, Any],
    data: memoryview,
    total: int,
    schema: dict[str, Any],
    place: str,
) -> list[Any]:
    kind = about.get("type")
    width = _WIDTHS.get(kind) if isinstance(kind, str) else None
    enum = _object(_object(schema, "enums"), str(about.get("enumType"))) if kind == "ENUM" else {}
    component = enum.get("valueType", "UINT16") if kind == "ENUM" else about.get("componentType")
    dtype = _NUMBERS.get(component) if isinstance(component, str) else None
    if width is None or dtype is None:
        raise buffers.fail(place, _("has an unknown type."))
    if total * width * dtype.itemsize > len(data):
        raise buffers.fail(place, _("there are fewer values than rows."))
    values: NDArray[Any] = np.frombuffer(data, dtype, total * width).reshape(total, width)
    if about.get("normalized") and dtype.kind in "iu":
        values = np.maximum(values / float(np.iinfo(dtype).max), -1.0)
    scale, offset = stored.get("scale", about.get("scale")), stored.get("offset", about.get("offset"))
    if scale is not None or offset is not None:
        try:
            values = values * np.asarray(1 if scale is None else scale, np.float64).reshape(-1)
            values = values + np.asarray(0 if offset is None else offset, np.float64).reshape(-1)
        except (TypeError, ValueError) as problem:
            raise buffers.fail(place, _("its scale or offset has another shape.")) from problem
    if kind == "ENUM":
        listed = enum.get("values")
        pairs = [v for v in listed if isinstance(v, dict)] if isinstance(listed, list) else []
        names = {pair.get("value"): pair.get("name") for pair in pairs}
        return [names.get(value, value) for value in values[:, 0].tolist()]
    return list(values[:, 0].tolist() if width == 1 else values.tolist())


def _offsets(
    buffers: GltfBuffers, stored: dict[str, Any], name: str, type_name: str, count: int, place: str
) -> NDArray[np.int64]:
    dtype = _NUMBERS.get(str(stored.get(type_name, "UINT32")))
    data = buffers.view(stored.get(name))
    if dtype is None or dtype.kind != "u":
        raise buffers.fail(place, _("has an unknown type."))
    if (count + 1) * dtype.itemsize > len(data):
        raise buffers.fail(place, _("there are fewer values than rows."))
    ends = np.frombuffer(data, dtype, count + 1).astype(np.int64)
    if (np.diff(ends) < 0).any() or ends[0] < 0:
        raise buffers.fail(place, _("its offsets do not grow."))
    return ends


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

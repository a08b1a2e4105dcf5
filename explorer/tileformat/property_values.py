"""Values of one property, from the bytes of a property table to plain Python values, one a row.

Specification: 3D Metadata Specification 1.0, "Binary Table Format" and "Property".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers

NUMBERS: dict[str, np.dtype[Any]] = {
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
"""Component types."""
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16, "ENUM": 1}
"""Components of an element, by type."""
MAX_ROWS = 1 << 21
"""Features of one tile. A row costs memory even where a file holds nothing for it."""
_MAX_ELEMENTS = 1 << 25


@dataclass(frozen=True)
class Property:
    """What a schema says of a property, checked for what reading needs."""

    kind: str
    """SCALAR, VEC2 … MAT4, ENUM, STRING, BOOLEAN."""
    dtype: np.dtype[Any] | None
    """Type of a component as it is stored; None for STRING and BOOLEAN."""
    width: int
    """Components of an element."""
    array: bool
    length: int | None
    """Elements of every array; None: each array has its own length, or it is none."""
    normalised: bool
    names: dict[Any, Any] | None
    """Names of an ENUM's values."""
    no_data: Any
    default: Any
    scale: Any
    offset: Any


def describe(buffers: GltfBuffers, about: dict[str, Any], schema: dict[str, Any], place: str) -> Property:
    """A class property in terms of what is stored. Raises ContentError where its type is not known."""
    kind = about.get("type")
    names = None
    component = about.get("componentType")
    if kind == "ENUM":
        enum = entry(entry(schema, "enums"), str(about.get("enumType")))
        component = enum.get("valueType", "UINT16")
        listed = enum.get("values")
        pairs = [v for v in listed if isinstance(v, dict)] if isinstance(listed, list) else []
        names = {pair.get("value"): pair.get("name") for pair in pairs if isinstance(pair.get("value"), int)}
    if kind in NUMBERS:  # as drafts of the standard had it, and some writers still do
        kind, component = "SCALAR", kind
    dtype = NUMBERS.get(component) if isinstance(component, str) else None
    if not isinstance(kind, str) or not (kind in ("STRING", "BOOLEAN") or (kind in WIDTHS and dtype is not None)):
        raise buffers.fail(place, _("has an unknown type."))
    is_array = bool(about.get("array"))
    return Property(
        kind,
        None if kind in ("STRING", "BOOLEAN") else dtype,
        WIDTHS.get(kind, 1),
        is_array,
        buffers.number(about, "count", place) if is_array and "count" in about else None,
        bool(about.get("normalized")),
        names,
        about.get("noData"),
        about.get("default"),
        about.get("scale"),
        about.get("offset"),
    )


def read_values(buffers: GltfBuffers, what: Property, stored: dict[str, Any], count: int, place: str) -> list[Any]:
    """`count` values, one a row; the default (None where there is none) for those that are noData.

    Vectors are tuples; those in arrays, and matrices, are flat lists, matrices column by column; arrays are lists of
    elements. Normalised integers, scale and offset (the table's own before the class's) are applied; noData is compared
    before that, as it is stored.
    Raises ContentError where the bytes do not hold what is said.
    """
    data = buffers.view(_named(stored, "values", "bufferView"))
    ends = _array_ends(buffers, what, stored, count, place)
    total = int(ends[-1]) if ends is not None else count * (what.length or 1)
    if total > _MAX_ELEMENTS:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=total))
    if what.dtype is None:
        raw = (
            _texts(buffers, stored, data, total, place)
            if what.kind == "STRING"
            else _truths(buffers, data, total, place)
        )
        final = raw
    else:
        if total * what.width * what.dtype.itemsize > len(data):
            raise buffers.fail(place, _("there are fewer values than rows."))
        numbers: NDArray[Any] = np.frombuffer(data, what.dtype, total * what.width).reshape(total, what.width)
        raw = _plain(numbers, what)
        turned = transformed(buffers, numbers, what, stored, place)
        final = raw if turned is numbers else _plain(turned, what)
    rows = _rows(final, what, ends, count)
    if what.no_data is not None:
        none = _as_stored(what.no_data, what.dtype)
        stored_rows = rows if final is raw else _rows(raw, what, ends, count)
        rows = [what.default if value == none else row for value, row in zip(stored_rows, rows, strict=True)]
    is_vector = what.kind.startswith("VEC") and not what.array
    return [tuple(row) if isinstance(row, list) else row for row in rows] if is_vector else rows


def transformed(
    buffers: GltfBuffers, values: NDArray[Any], what: Property, stored: dict[str, Any], place: str
) -> NDArray[Any]:
    """Stored numbers, (n, width), as what they mean: normalised, then times scale plus offset."""
    scale, offset = stored.get("scale", what.scale), stored.get("offset", what.offset)
    if what.normalised and values.dtype.kind in "iu":
        values = np.maximum(values / float(np.iinfo(values.dtype).max), -1.0)
    if scale is None and offset is None:
        return values
    try:
        # those of arrays of a fixed length differ from element to element
        factor = np.asarray(1 if scale is None else scale, np.float64).reshape(-1)
        start = np.asarray(0 if offset is None else offset, np.float64).reshape(-1)
        across = max(len(factor), len(start), 1)
        whole = values.reshape(-1, across) if across > values.shape[1] else values
        return (whole * factor + start).reshape(values.shape)
    except (TypeError, ValueError) as problem:
        raise buffers.fail(place, _("its scale or offset has another shape.")) from problem


def entry(parent: Any, key: str) -> dict[str, Any]:
    """The JSON object under a key; an empty one where there is none."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def _named(stored: dict[str, Any], name: str, older: str) -> Any:
    """A buffer view by the standard's key, or by that of its draft."""
    return stored.get(name, stored.get(older))


def _rows(elements: list[Any], what: Property, ends: NDArray[np.int64] | None, count: int) -> list[Any]:
    if ends is not None:
        return [elements[a:b] for a, b in pairwise(ends.tolist())]
    if what.length is not None:
        return [elements[i * what.length : (i + 1) * what.length] for i in range(count)]
    return elements


def _plain(values: NDArray[Any], what: Property) -> list[Any]:
    if what.names is not None:
        return [what.names.get(value, value) for value in values[:, 0].tolist()]
    return list(values[:, 0].tolist() if what.width == 1 else values.tolist())


def _as_stored(value: Any, dtype: np.dtype[Any] | None) -> Any:
    """A number of the schema as a stored one is read: rounded to float32, for one."""
    if dtype is None or isinstance(value, str):
        return value
    try:
        return np.asarray(value).astype(dtype).tolist() if dtype.kind == "f" else value
    except (TypeError, ValueError, OverflowError):
        return value


def _array_ends(
    buffers: GltfBuffers, what: Property, stored: dict[str, Any], count: int, place: str
) -> NDArray[np.int64] | None:
    if not what.array or what.length is not None:
        return None
    view = _named(stored, "arrayOffsets", "arrayOffsetBufferView")
    return _offsets(buffers, view, stored.get("arrayOffsetType", stored.get("offsetType")), count, place)


def _texts(buffers: GltfBuffers, stored: dict[str, Any], data: memoryview, total: int, place: str) -> list[Any]:
    view = _named(stored, "stringOffsets", "stringOffsetBufferView")
    ends = _offsets(buffers, view, stored.get("stringOffsetType", stored.get("offsetType")), total, place)
    if int(ends[-1]) > len(data):
        raise buffers.fail(place, _("a text ends past the end of its bytes."))
    raw = bytes(data)
    if raw.isascii():  # one text, of which the others are parts
        text = raw.decode("ascii")
        return [text[a:b] for a, b in pairwise(ends.tolist())]
    return [raw[a:b].decode("utf-8", "replace") for a, b in pairwise(ends.tolist())]


def _truths(buffers: GltfBuffers, data: memoryview, total: int, place: str) -> list[Any]:
    size = (total + 7) // 8
    if size > len(data):
        raise buffers.fail(place, _("there are fewer values than rows."))
    bits = np.unpackbits(np.frombuffer(data, np.uint8, size), bitorder="little")
    return list(bits[:total].astype(bool).tolist())


def _offsets(buffers: GltfBuffers, view: Any, kind: Any, count: int, place: str) -> NDArray[np.int64]:
    dtype = NUMBERS.get(str(kind or "UINT32"))
    data = buffers.view(view)
    if dtype is None or dtype.kind != "u":
        raise buffers.fail(place, _("has an unknown type."))
    if (count + 1) * dtype.itemsize > len(data):
        raise buffers.fail(place, _("there are fewer values than rows."))
    ends = np.frombuffer(data, dtype, count + 1).astype(np.int64)
    if (np.diff(ends) < 0).any() or ends[0] < 0:
        raise buffers.fail(place, _("its offsets do not grow."))
    return ends

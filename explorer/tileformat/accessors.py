"""glTF accessors as numpy arrays, with every offset and count checked before anything is allocated.

Khronos glTF 2.0 specification, section 3.6.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, FetchError
from explorer.i18n import _

_COMPONENTS: dict[int, np.dtype[Any]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
MAX_COUNT = 1 << 26
"""Elements of an accessor that has no bytes behind it (zeros, or sparse)."""

ResolveUri = Callable[[str], bytes]


class GltfBuffers:
    """Buffers, buffer views and accessors of one glTF document; everything raises ContentError with its place."""

    def __init__(
        self, document: dict[str, Any], binary: memoryview, uri: str, resolve: ResolveUri | None = None
    ) -> None:
        self.document = document
        self.uri = uri
        self._binary = binary
        self._resolve = resolve
        self._buffers: dict[int, memoryview] = {}

    def fail(self, place: str, problem: str) -> ContentError:
        """An error that names the place in the document."""
        return ContentError(_("{place}: {problem} [{uri}]").format(place=place, problem=problem, uri=self.uri))

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """Entry `index` of the document's list `kind` ("accessors", "bufferViews" …)."""
        listed = self.document.get(kind)
        if not isinstance(listed, list) or not is_index(index) or index >= len(listed):
            raise self.fail(f"{kind}[{index}]", _("is named but is not there."))
        found = listed[index]
        if not isinstance(found, dict):
            raise self.fail(f"{kind}[{index}]", _("is not an object."))
        return found

    def number(self, entry: dict[str, Any], name: str, place: str, default: int | None = None) -> int:
        """A count or an offset: a whole number, not negative."""
        value = entry.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or not is_index(value):
            raise self.fail(place, _("{name} should be a whole number, 0 or more.").format(name=name))
        return value

    def view(self, index: Any) -> memoryview:
        """The bytes of a buffer view."""
        place = f"bufferViews[{index}]"
        view = self.item("bufferViews", index)
        buffer = self._buffer(view.get("buffer"))
        start = self.number(view, "byteOffset", place, 0)
        length = self.number(view, "byteLength", place)
        if start + length > len(buffer):
            raise self.fail(place, _("ends at byte {end}, past the end of its buffer.").format(end=start + length))
        return buffer[start : start + length]

    def data(self, uri: str, place: str) -> bytes:
        """The bytes of a data URI, or of a file beside this one."""
        if uri.startswith("data:"):
            _head, comma, text = uri.partition(",")
            try:
                return base64.b64decode(text, validate=False) if comma else b""
            except (binascii.Error, ValueError) as problem:
                raise self.fail(place, _("its data URI is not base64.")) from problem
        if self._resolve is None:
            raise self.fail(place, _("needs the file {name}, which is not read here.").format(name=uri))
        try:
            return self._resolve(uri)
        except FetchError as problem:
            raise self.fail(place, str(problem)) from problem

    def accessor(self, index: Any) -> NDArray[Any]:
        """Values of an accessor as they are stored, shape (count, width); sparse ones filled in."""
        place = f"accessors[{index}]"
        entry = self.item("accessors", index)
        dtype, width = self._layout(entry, place)
        count = self.number(entry, "count", place)
        if "bufferView" in entry:
            offset = self.number(entry, "byteOffset", place, 0)
            values = self._read(entry["bufferView"], offset, count, width, dtype, place)
        else:
            if count > MAX_COUNT:
                raise self.fail(place, _("count {n} is more than can be read.").format(n=count))
            values = np.zeros((count, width), dtype)
        sparse = entry.get("sparse")
        return values if sparse is None else self._filled(values, sparse, place)

    def floats(self, index: Any, *, quantised: bool = True) -> NDArray[np.float64]:
        """Values as float64; integers are normalised where the accessor says so (`quantised` False: never)."""
        values = self.accessor(index)
        if values.dtype.kind == "f" or not (quantised and self.item("accessors", index).get("normalized")):
            return values.astype(np.float64)
        limit = float(np.iinfo(values.dtype).max)
        return np.maximum(values / limit, -1.0)

    def count(self, index: Any) -> int:
        """How many elements an accessor has, without reading them."""
        return self.number(self.item("accessors", index), "count", f"accessors[{index}]")

    def _layout(self, entry: dict[str, Any], place: str) -> tuple[np.dtype[Any], int]:
        component, kind = entry.get("componentType"), entry.get("type")
        dtype = _COMPONENTS.get(component) if isinstance(component, int) else None
        width = _WIDTHS.get(kind) if isinstance(kind, str) else None
        if dtype is None or width is None:
            raise self.fail(place, _("has an unknown type."))
        if isinstance(kind, str) and kind.startswith("MAT") and dtype.itemsize < 4:
            raise self.fail(place, _("has an unknown type."))  # columns of small matrices are padded; nobody needs them
        return dtype, width

    def _read(
        self, view_index: Any, offset: int, count: int, width: int, dtype: np.dtype[Any], place: str
    ) -> NDArray[Any]:
        data = self.view(view_index)
        size = width * dtype.itemsize
        stride = (
            self.number(self.item("bufferViews", view_index), "byteStride", f"bufferViews[{view_index}]", 0) or size
        )
        if stride < size:
            raise self.fail(place, _("its stride is smaller than an element."))
        if count and offset + stride * (count - 1) + size > len(data):
            raise self.fail(
                place, _("{n} elements do not fit into the {size} bytes of its view.").format(n=count, size=len(data))
            )
        if count == 0:
            return np.zeros((0, width), dtype)
        if stride == size:
            return np.frombuffer(data, dtype, count * width, offset).reshape(count, width)
        array: NDArray[Any] = np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize))
        return array.copy()

    def _filled(self, values: NDArray[Any], sparse: Any, place: str) -> NDArray[Any]:
        place += ".sparse"
        parts = (sparse.get("indices"), sparse.get("values")) if isinstance(sparse, dict) else (None, None)
        where, what = parts
        if not isinstance(where, dict) or not isinstance(what, dict):
            raise self.fail(place, _("is not complete."))
        n = self.number(sparse, "count", place)
        dtype = _COMPONENTS.get(where.get("componentType", -1))
        if dtype is None or dtype.kind != "u":
            raise self.fail(place, _("has an unknown type."))
        rows = self._read(where.get("bufferView"), self.number(where, "byteOffset", place, 0), n, 1, dtype, place)
        start = self.number(what, "byteOffset", place, 0)
        new = self._read(what.get("bufferView"), start, n, values.shape[1], values.dtype, place)
        if n and int(rows.max()) >= len(values):
            raise self.fail(place, _("names an element past the end."))
        filled = values.copy()
        filled[rows[:, 0]] = new
        return filled

    def _buffer(self, index: Any) -> memoryview:
        if not is_index(index) or index not in self._buffers:
            buffer = self.item("buffers", index)
            place = f"buffers[{index}]"
            length = self.number(buffer, "byteLength", place)
            uri = buffer.get("uri")
            found = self._binary if uri is None else memoryview(self.data(str(uri), place))
            if length > len(found):
                raise self.fail(place, _("says {said} bytes and has {found}.").format(said=length, found=len(found)))
            self._buffers[index] = found
        return self._buffers[index]


def is_index(value: Any) -> bool:
    """Whether a JSON value is a whole number, 0 or more (True is none)."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

"""glTF accessors as numpy arrays, with every offset and count checked before anything is allocated.

Khronos glTF 2.0 specification, section 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, FetchError, quoted
from explorer.i18n import _
from explorer.tileformat.data_uri import data_of_uri, is_data_uri
from explorer.tileformat.meshopt_views import MAX_UNFOLDED, meshopt_extension, unfold, unfolded_size

_COMPONENTS: dict[int, np.dtype[Any]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_COLUMNS = {"MAT2": 2, "MAT3": 3, "MAT4": 4}
MAX_COUNT = 1 << 22
"""Elements of an accessor that has no bytes behind it (zeros, or sparse)."""

_LONGEST_PLACE = 120
ResolveUri = Callable[[str], bytes]


class GltfBuffers:
    """Buffers, buffer views and accessors of one glTF document; everything raises ContentError with its place."""

    def __init__(
        self,
        document: dict[str, Any],
        binary: memoryview,
        uri: str,
        resolve: ResolveUri | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.document = document
        self.uri = uri
        self._binary = binary
        self._resolve = resolve
        self._say = say or (lambda sentence: None)
        self._buffers: dict[int, memoryview] = {}
        self._views: dict[int, tuple[memoryview, int]] = {}
        self._n_unfolded = 0
        self._supplied: dict[Any, NDArray[Any]] = {}

    def fail(self, place: str, problem: str) -> ContentError:
        """An error that names the place in the document."""
        place = place if len(place) <= _LONGEST_PLACE else f"{place[:_LONGEST_PLACE]}…"
        return ContentError(_("{place}: {problem} [{uri}]").format(place=place, problem=problem, uri=self.uri))

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """Entry `index` of the document's list `kind` ("accessors", "bufferViews" …)."""
        listed = self.document.get(kind)
        if type(index) is not int or type(listed) is not list or not 0 <= index < len(listed):
            raise self.fail(f"{kind}[{quoted(index)}]", _("is named but is not there."))
        found: dict[str, Any] = listed[index]
        if type(found) is not dict:
            raise self.fail(f"{kind}[{index}]", _("is not an object."))
        return found

    def number(self, entry: dict[str, Any], name: str, place: str, default: int | None = None) -> int:
        """A count or an offset: a whole number, not negative."""
        value = entry.get(name, default)
        if type(value) is int and value >= 0:  # nearly always, and asked for very often
            return value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not is_index(value):
            raise self.fail(place, _("{name} should be a whole number, 0 or more.").format(name=name))
        return value

    def supply(self, values: dict[Any, NDArray[Any]]) -> None:
        """Values, (count, width), of accessors whose data came another way (Draco); instead of any supplied before."""
        self._supplied = values

    def of_its_type(self, index: Any, values: NDArray[Any]) -> NDArray[Any]:
        """Whole numbers that came another way, of the type that their accessor says, where all of them fit into it."""
        said = _COMPONENTS.get(self.item("accessors", index).get("componentType", -1))
        if said is None or said == values.dtype or said.kind != values.dtype.kind or said.kind == "f":
            return values
        limits = np.iinfo(said)
        fits = not values.size or (int(values.min()) >= limits.min and int(values.max()) <= limits.max)
        return values.astype(said) if fits else values

    def view(self, index: Any) -> memoryview:
        """The bytes of a buffer view, unfolded where they are compressed."""
        return self._strided(index)[0]

    def _strided(self, index: Any) -> tuple[memoryview, int]:
        """The bytes of a buffer view, and how many there are from one element to the next; 0: they are packed."""
        found = self._views.get(index) if type(index) is int else None
        if found is None:
            view, place = self.item("bufferViews", index), f"bufferViews[{index}]"
            packed, stride = meshopt_extension(view), self.number(view, "byteStride", place, 0)
            if packed is None:
                found = self._slice(view, place), stride
            else:
                found = self._unfold(view, packed, place), stride
                if stride == 0 and packed.get("mode") == "ATTRIBUTES":
                    found = found[0], self.number(packed, "byteStride", place, 0)
            self._views[index] = found
        return found

    def _slice(self, view: dict[str, Any], place: str) -> memoryview:
        buffer = self._buffer(view.get("buffer"))
        start = self.number(view, "byteOffset", place, 0)
        length = self.number(view, "byteLength", place)
        if start + length > len(buffer):
            raise self.fail(place, _("ends at byte {end}, past the end of its buffer.").format(end=start + length))
        return buffer[start : start + length]

    def _unfold(self, view: dict[str, Any], packed: dict[str, Any], place: str) -> memoryview:
        try:
            data = self._slice(packed, place)
            count, stride = self.number(packed, "count", place), self.number(packed, "byteStride", place)
            mode, filter_name = packed.get("mode"), packed.get("filter")
            size = unfolded_size(count, stride, mode, filter_name, len(data))
            self._n_unfolded += size
            if self._n_unfolded > MAX_UNFOLDED:
                raise self.fail(place, _("the compressed data unfolds to more than can be read."))
            return unfold(data, count, stride, str(mode), filter_name)
        except (ValueError, ContentError) as problem:
            damaged = problem if isinstance(problem, ContentError) else self.fail(place, str(problem))
            buffer = self.item("buffers", view.get("buffer"))
            if (meshopt_extension(buffer) or {}).get("fallback"):  # then that buffer has no bytes of its own
                raise damaged from problem
            self._say(_("The data that stands beside a compressed part is used: {problem}").format(problem=damaged))
            return self._slice(view, place)

    def data(self, uri: str, place: str) -> bytes:
        """The bytes of a data URI, or of a file beside this one."""
        if is_data_uri(uri):
            try:
                return data_of_uri(uri)
            except ValueError as problem:
                raise self.fail(place, _("its data URI is not base64.")) from problem
        if self._resolve is None:
            raise self.fail(place, _("needs the file {name}, which is not read here.").format(name=uri))
        try:
            return self._resolve(uri)
        except FetchError as problem:
            raise self.fail(place, str(problem)) from problem

    def accessor(self, index: Any) -> NDArray[Any]:
        """Values of an accessor as they are stored, shape (count, width); sparse ones filled in.

        Matrices come column by column, without the bytes that pad the columns of small ones (glTF 3.6.2.4).
        """
        if is_index(index) and index in self._supplied:
            return self._supplied[index]
        place = f"accessors[{index}]"
        entry = self.item("accessors", index)
        dtype, width, columns = self._layout(entry, place)
        count = self.number(entry, "count", place)
        if "bufferView" in entry:
            offset = self.number(entry, "byteOffset", place, 0)
            values = self._read(entry["bufferView"], offset, count, width, dtype, place, columns)
        else:
            if count > MAX_COUNT:
                raise self.fail(place, _("count {n} is more than can be read.").format(n=count))
            values = np.zeros((count, width), dtype)
        sparse = entry.get("sparse")
        return values if sparse is None else self._filled(values, sparse, place, columns)

    def floats(self, index: Any, *, quantised: bool = True) -> NDArray[np.float64]:
        """Values as float64; integers are normalised where the accessor says so (`quantised` False: never)."""
        values = self.accessor(index)
        if values.dtype.kind == "f" or not (quantised and self.item("accessors", index).get("normalized")):
            with np.errstate(invalid="ignore"):  # signalling NaNs of damaged files
                return values.astype(np.float64)
        limit = float(np.iinfo(values.dtype).max)
        return np.maximum(values / limit, -1.0)

    def numbers(self, index: Any) -> NDArray[np.floating]:
        """Values as float32 where they are stored so, else as `floats`; not to be written to."""
        values = self.accessor(index)
        return values if values.dtype == np.float32 else self.floats(index)

    def scaled(self, index: Any) -> tuple[NDArray[np.floating], float]:
        """Values, and what to multiply them by to have `numbers`: of short integers the integers, exact in float32.

        The integers lie by column in memory, in which order whoever moves them wants them.
        """
        values = self.accessor(index)
        if values.dtype == np.float32:
            return values, 1.0
        if values.dtype.itemsize > 2:
            return self.floats(index), 1.0
        whole = values.T.astype(np.float32, order="C").T
        if not self.item("accessors", index).get("normalized"):
            return whole, 1.0
        limit = np.iinfo(values.dtype).max
        if values.dtype.kind == "i":  # one more below zero than above it, which counts as the next (glTF 3.11)
            np.maximum(whole, np.float32(-limit), out=whole)
        return whole, 1.0 / limit

    def floats_32(self, index: Any) -> NDArray[np.float32]:
        """The same as float32, not to be written to: they may be the file's own bytes."""
        values = self.accessor(index)
        if values.dtype == np.float32:
            return values
        with np.errstate(invalid="ignore", over="ignore"):
            return self.floats(index).astype(np.float32)

    def count(self, index: Any) -> int:
        """How many elements an accessor has, without reading them."""
        if is_index(index) and index in self._supplied:
            return len(self._supplied[index])
        return self.number(self.item("accessors", index), "count", f"accessors[{index}]")

    def _layout(self, entry: dict[str, Any], place: str) -> tuple[np.dtype[Any], int, int]:
        """Type of a component, components of an element, and columns that it comes in (1 where it is no matrix)."""
        component, kind = entry.get("componentType"), entry.get("type")
        dtype = _COMPONENTS.get(component) if isinstance(component, int) else None
        width = _WIDTHS.get(kind) if isinstance(kind, str) else None
        if dtype is None or width is None:
            raise self.fail(place, _("has an unknown type."))
        return dtype, width, _COLUMNS.get(str(kind), 1)

    def _read(
        self, view_index: Any, offset: int, count: int, width: int, dtype: np.dtype[Any], place: str, columns: int = 1
    ) -> NDArray[Any]:
        data, stride = self._strided(view_index)
        rows = width // columns
        column = rows * dtype.itemsize
        if columns > 1:
            column += -column % 4
        size = column * (columns - 1) + rows * dtype.itemsize  # the last column's padding may be missing at the end
        stride = stride or column * columns
        if stride < size:
            raise self.fail(place, _("its stride is smaller than an element."))
        if count and offset + stride * (count - 1) + size > len(data):
            raise self.fail(
                place, _("{n} elements do not fit into the {size} bytes of its view.").format(n=count, size=len(data))
            )
        if count == 0:
            return np.zeros((0, width), dtype)
        if stride == width * dtype.itemsize:
            return np.frombuffer(data, dtype, count * width, offset).reshape(count, width)
        array: NDArray[Any] = np.ndarray((count, columns, rows), dtype, data, offset, (stride, column, dtype.itemsize))
        return array.reshape(count, width)

    def _filled(self, values: NDArray[Any], sparse: Any, place: str, columns: int) -> NDArray[Any]:
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
        new = self._read(what.get("bufferView"), start, n, values.shape[1], values.dtype, place, columns)
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
            if uri is not None:
                found = memoryview(self.data(str(uri), place))
            else:  # only the first buffer is the file's own chunk; others stand for data that is compressed elsewhere
                found = self._binary if index == 0 else memoryview(b"")
            if length > len(found):
                said = _("says {said} bytes and has {found}.").format(said=length, found=len(found))
                if len(found) == 0:
                    raise self.fail(place, said)
                self._say(str(self.fail(place, said)))  # what lies within may still be whole
            self._buffers[index] = found
        return self._buffers[index]


def is_index(value: Any) -> TypeGuard[int]:
    """Whether a JSON value is a whole number, 0 or more (True is none)."""
    return type(value) is int and value >= 0

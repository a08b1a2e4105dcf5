"""The frame of 3D Tiles 1.0 contents: a header, a feature table, a batch table, and what follows.

OGC 18-053r2, sections 8 (feature table), 9 (batch table) and the headers of 10 to 13. Every length and offset is
checked before anything is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.batch_table import global_number, global_vector
from explorer.tileformat.binary_column import COMPONENT_TYPES
from explorer.tileformat.container import load_json
from explorer.tileformat.property_reader import MAX_ROWS


def cut_to_length(data: memoryview, uri: str, header: int) -> memoryview:
    """The content without what follows its stated length. Raises ContentError where it is shorter, or not version 1."""
    if len(data) < header:
        raise ContentError(
            _("The content ends after {n} bytes, inside its header. [{uri}]").format(n=len(data), uri=uri)
        )
    version, length = struct.unpack_from("<II", data, 4)
    if version != 1:
        raise ContentError(
            _("The content is {what} version {version}; this program reads version 1. [{uri}]").format(
                what=bytes(data[:4]).decode("latin1"), version=version, uri=uri
            )
        )
    if length > len(data) or length < header - 8:
        raise ContentError(
            _("The content is cut off: it says {said} bytes and has {found}. [{uri}]").format(
                said=length, found=len(data), uri=uri
            )
        )
    return data[:length]


@dataclass(frozen=True)
class Tables:
    """Feature table and batch table of a content, and the bytes that follow them."""

    uri: str
    feature: dict[str, Any]
    feature_binary: memoryview
    batch: dict[str, Any]
    batch_binary: memoryview
    body: memoryview

    def fail(self, name: str, problem: str) -> ContentError:
        """An error that names the place in the feature table."""
        return ContentError(
            _("{place}: {problem} [{uri}]").format(place=f"feature table {name}", problem=problem, uri=self.uri)
        )

    def number(self, name: str) -> int | None:
        """A whole number that holds for the whole content, None where there is none."""
        return global_number(self.feature, self.feature_binary, name)

    def vector(self, name: str) -> NDArray[np.float64] | None:
        """(3,) numbers that hold for the whole content; None where there are none."""
        return global_vector(self.feature, self.feature_binary, name)

    def length(self, name: str) -> int:
        """How many points or instances there are; raises ContentError where it is missing or beyond reason."""
        n = self.number(name)
        if n is None:
            raise self.fail(name, _("is missing."))
        if n > MAX_ROWS:
            raise self.fail(name, _("count {n} is more than can be read.").format(n=n))
        return n

    def column(self, name: str, dtype: str, width: int, n: int) -> NDArray[Any] | None:
        """(n, width) values of a semantic as they are stored, None where there is none."""
        stored = self.feature.get(name)
        if not isinstance(stored, dict):
            return None
        found = np.dtype(COMPONENT_TYPES.get(str(stored.get("componentType")), dtype))
        offset = stored.get("byteOffset", 0)
        if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
            raise self.fail(name, _("{name} should be a whole number, 0 or more.").format(name="byteOffset"))
        if offset + n * width * found.itemsize > len(self.feature_binary):
            raise self.fail(
                name,
                _("{n} elements do not fit into the {size} bytes of its view.").format(
                    n=n, size=len(self.feature_binary)
                ),
            )
        if n == 0:
            return np.zeros((0, width), found)
        return np.frombuffer(self.feature_binary, found, n * width, offset).reshape(n, width)

    def positions(self, n: int) -> NDArray[np.float64]:
        """(n, 3) of POSITION or POSITION_QUANTIZED, without RTC_CENTER."""
        local, offset = self.local_positions(n)
        return local if offset is None else local + offset

    def local_positions(self, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """(n, 3) of POSITION or POSITION_QUANTIZED, and the QUANTIZED_VOLUME_OFFSET (3,) that is to be added."""
        if n == 0:  # then there is nothing to be said about where they are
            return np.zeros((0, 3)), None
        plain = self.column("POSITION", "<f4", 3, n)
        if plain is not None:
            return as_float64(plain), None
        stored = self.column("POSITION_QUANTIZED", "<u2", 3, n)
        if stored is None:
            raise self.fail("POSITION", _("is missing."))
        offset, scale = self.vector("QUANTIZED_VOLUME_OFFSET"), self.vector("QUANTIZED_VOLUME_SCALE")
        if offset is None or scale is None:
            raise self.fail("QUANTIZED_VOLUME_OFFSET", _("is missing."))
        return np.asarray(stored / 65535.0 * scale), offset


def as_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    """Values as float64; a hostile one that is no number at all stays none, without a warning."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def split_tables(data: memoryview, uri: str, start: int, lengths: Sequence[int]) -> Tables:
    """Cut a content into its parts: the tables begin at `start` and have these four lengths."""
    parts: list[memoryview] = []
    for length in lengths:
        if start + length > len(data):
            raise ContentError(
                _("A table of the {what} at byte {at} is longer than the file. [{uri}]").format(
                    what=bytes(data[:4]).decode("latin1"), at=start, uri=uri
                )
            )
        parts.append(data[start : start + length])
        start += length
    feature, feature_binary, batch, batch_binary = parts
    return Tables(
        uri,
        _table(feature, "feature table", uri),
        feature_binary,
        _table(batch, "batch table", uri),
        batch_binary,
        data[start:],
    )


def _table(text: memoryview, what: str, uri: str) -> dict[str, Any]:
    stripped = bytes(text).rstrip(b"\x00 ")
    return load_json(stripped, what, uri) if stripped else {}

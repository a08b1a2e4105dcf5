"""Archives of 3D Tiles as ZIP files: .3tz (3D Tiles Archive Format 1.3), with or without its index.

The index is the last file of the archive: 24 bytes for each other file, the MD5 of its path and where it begins, so
that one file is found without reading a directory of millions. Nothing in it is believed: what stands at the place has
to bear the name, and where it does not, the directory of the ZIP file decides.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import FetchError, NotThere
from explorer.i18n import _
from explorer.store.archive import MAX_BYTES, ArchiveStore, too_large
from explorer.store.decoding import Damaged, TooLarge, unzstd
from explorer.store.names import tidied

INDEX_NAME = "@3dtilesIndex1@"
MAX_INDEX_BYTES = 24 * 20_000_000

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_TAIL = 22 + 65535 + 20 + 56
"""The end of a ZIP file: its last record, the longest comment, and the records of ZIP64 before it."""
_ENTRY = np.dtype([("low", "<u8"), ("high", "<u8"), ("offset", "<u8")])
_UNKNOWN = 0xFFFFFFFF
_ZSTD = (93, 20)
"""Methods of Zstandard: the one of the format, and what ZIP called it at first (APPNOTE 6.3.7, 6.3.8)."""


class _Index(NamedTuple):
    """Hashes of paths in halves, ascending by the first, and where the files begin."""

    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    offset: NDArray[np.uint64]


class _Packed(NamedTuple):
    """A file in the archive."""

    start: int
    """Where its bytes begin."""
    method: int
    packed_size: int
    size: int
    checksum: int


class ThreeTzStore(ArchiveStore):
    """Reads from a .3tz archive. Thread-safe: every read opens the file for itself, and none waits for another."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._size = self._path.stat().st_size
        self._directory: dict[str, zipfile.ZipInfo] | None = None
        self._index = self._read_index()
        if self._index is None:
            self._central()

    def close(self) -> None:
        """Nothing to let go of."""

    def _read(self, name: str, uri: str) -> bytes | None:
        found = self._by_index(name)
        if found is None:
            entry = self._central().get(name)
            if entry is None:
                return None
            found = self._by_directory(entry)
        if found is None:
            raise NotThere(_("The archive is damaged where the file should be. [{uri}]").format(uri=uri))
        return self._unpacked(found, uri)

    def _has(self, name: str) -> bool:
        return self._by_index(name) is not None or name in self._central()

    def _names(self) -> Iterable[str]:
        return self._central()

    def _unpacked(self, packed: _Packed, uri: str) -> bytes:
        if packed.size > MAX_BYTES or packed.packed_size > MAX_BYTES:
            raise too_large(uri)
        if packed.start + packed.packed_size > self._size:
            raise NotThere(_("The archive is cut off inside the file. [{uri}]").format(uri=uri))
        data = self._bytes(packed.start, packed.packed_size)
        if packed.method == zipfile.ZIP_DEFLATED:
            unpack = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                data = unpack.decompress(data, packed.size + 1)  # one more: a file that says too little is found out
            except zlib.error:
                data = b""
        elif packed.method in _ZSTD:
            try:
                data = unzstd(data, packed.size)
            except (Damaged, TooLarge):
                data = b""
        elif packed.method != zipfile.ZIP_STORED:
            raise NotThere(
                _("The file is compressed in a way that cannot be read (method {n}). [{uri}]").format(
                    n=packed.method, uri=uri
                )
            )
        if len(data) != packed.size or zlib.crc32(data) != packed.checksum:
            raise NotThere(_("The archive is damaged where the file should be. [{uri}]").format(uri=uri))
        return data

    def _bytes(self, start: int, length: int) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(length)
        except (OSError, OverflowError) as error:
            raise FetchError(
                _("The file cannot be read: {reason}. [{path}]").format(reason=error, path=self._path)
            ) from error

    def _by_index(self, name: str) -> _Packed | None:
        """A file as the index finds it; None where it does not, or does not tell sizes."""
        if self._index is None:
            return None
        low, high = np.frombuffer(hashlib.md5(name.encode(), usedforsecurity=False).digest(), "<u8")
        index = self._index
        row = int(np.searchsorted(index.low, low))
        while row < len(index.low) and index.low[row] == low:
            if index.high[row] == high:
                return self._at(int(index.offset[row]), name)
            row += 1
        return None

    def _at(self, offset: int, name: str) -> _Packed | None:
        """The file whose local header is at a place, if it bears the name and tells its sizes."""
        header = self._bytes(offset, _LOCAL.size) if offset + _LOCAL.size <= self._size else b""
        if len(header) < _LOCAL.size:
            return None
        mark, _version, flags, method, _time, _date, checksum, packed, size, n_name, n_extra = _LOCAL.unpack(header)
        start = offset + _LOCAL.size + n_name + n_extra
        if mark != b"PK\x03\x04" or flags & 0b1001:  # encrypted, or sizes come behind the file
            return None
        rest = self._bytes(offset + _LOCAL.size, n_name + n_extra)
        if rest[:n_name] != name.encode():
            return None
        wide = _zip64(rest[n_name:], [size, packed])
        return None if wide is None else _Packed(start, method, wide[1], wide[0], checksum)

    def _central(self) -> dict[str, zipfile.ZipInfo]:
        """The directory of the ZIP file, read once."""
        with self._lock:
            if self._directory is None:
                try:
                    with zipfile.ZipFile(self._path) as archive:
                        entries = [entry for entry in archive.infolist() if entry.filename]
                    # as tilesets name them; what bears that very name counts before what only comes to the same
                    self._directory = {tidied(entry.filename): entry for entry in entries if not entry.is_dir()}
                    self._directory |= {entry.filename: entry for entry in entries}
                except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
                    raise FetchError(
                        _("The archive cannot be opened: {reason}. [{path}]").format(reason=error, path=self._path)
                    ) from error
            return self._directory

    def _by_directory(self, entry: zipfile.ZipInfo) -> _Packed | None:
        header = self._bytes(entry.header_offset, _LOCAL.size) if 0 <= entry.header_offset < self._size else b""
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04" or entry.flag_bits & 1:
            return None
        n_name, n_extra = struct.unpack_from("<2H", header, 26)
        start = entry.header_offset + _LOCAL.size + n_name + n_extra
        return _Packed(start, entry.compress_type, entry.compress_size, entry.file_size, entry.CRC)

    def _read_index(self) -> _Index | None:
        """The index; None where there is none that can be used."""
        tail_at = max(self._size - _TAIL, 0)
        tail = self._bytes(tail_at, self._size - tail_at)
        end = tail.rfind(b"PK\x05\x06")
        last = tail.rfind(b"PK\x01\x02", 0, end) if end > 0 else -1
        if last < 0 or last + _CENTRAL.size > len(tail):
            return None
        fields = _CENTRAL.unpack_from(tail, last)
        sizes, n_name, n_extra, offset = [fields[9], fields[8]], fields[10], fields[11], fields[16]
        name = tail[last + _CENTRAL.size :][:n_name]
        extra = tail[last + _CENTRAL.size + n_name :][:n_extra]
        wide = _zip64(extra, [*sizes, offset])
        if name != INDEX_NAME.encode() or wide is None or wide[0] > MAX_INDEX_BYTES:
            return None
        found = self._at(wide[2], INDEX_NAME)
        if found is None or found.method != zipfile.ZIP_STORED or found.size % _ENTRY.itemsize:
            return None
        if found.size > MAX_INDEX_BYTES or found.packed_size != found.size or found.start + found.size > self._size:
            return None
        entries = np.frombuffer(self._bytes(found.start, found.size), _ENTRY)
        order = np.argsort(entries["low"], kind="stable")  # writers do not agree on which half counts first
        return _Index(entries["low"][order], entries["high"][order], entries["offset"][order])


def _zip64(extra: bytes, values: list[int]) -> list[int] | None:
    """Sizes and offsets with those that are too large for 32 bits taken from the ZIP64 field; None where it is bad."""
    if _UNKNOWN not in values:
        return values
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = [int(n) for n in np.frombuffer(field[: len(field) // 8 * 8], "<u8")]
            if len(wide) < values.count(_UNKNOWN):
                return None
            return [wide.pop(0) if value == _UNKNOWN else value for value in values]
        at += 4 + length
    return None

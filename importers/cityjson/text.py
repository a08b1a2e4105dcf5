"""The text of a city file: read, unpacked, and as UTF-8, whatever the disk has."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from explorer.errors import CityModelError, NotThere
from explorer.i18n import _
from explorer.store import check_ends

_MOST_UNPACKED = 1 << 28
_MOST_TIMES = 100
"""City files shrink to a tenth; what grows a hundredfold, past a quarter of a gigabyte, is a trap. [bytes, -]"""


def read_text(path: Path) -> bytes:
    """What a file says, as UTF-8 without a byte order mark; one that is packed with gzip is unpacked.

    Raises CityModelError for what cannot be read, is empty, or is plainly no JSON.
    """
    data = _bytes(path)
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, path)
    if data[:4] == b"PK\x03\x04":
        raise CityModelError(_("The file is a ZIP archive; unpack it first. [{path}]").format(path=path))
    data = _as_utf8(data, path)
    if not data.strip():
        raise CityModelError(_("The file is empty; a CityJSON file was expected. [{path}]").format(path=path))
    if data.lstrip()[:1] == b"<":
        text = _("The file is XML, such as CityGML; turn it into CityJSON first, by citygml-tools say. [{path}]")
        raise CityModelError(text.format(path=path))
    return data


def what_is_no_utf8(data: bytes) -> str | None:
    """The first byte that is no UTF-8, in words; None where all are."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return _("byte {value} at place {place}").format(value=f"0x{data[error.start]:02X}", place=error.start)
    return None


def _bytes(path: Path) -> bytes:
    try:
        check_ends(path, may_be_pipe=True)
        return path.read_bytes()
    except NotThere as error:
        raise CityModelError(str(error)) from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or error
        raise CityModelError(_("Cannot read the file: {reason}. [{path}]").format(reason=reason, path=path)) from error


def _unpacked(data: bytes, path: Path) -> bytes:
    most = max(_MOST_UNPACKED, _MOST_TIMES * len(data))
    parts: list[bytes] = []
    size = 0
    while data:  # a gzip file may have several members, one after the other
        packer = zlib.decompressobj(wbits=31)
        try:
            parts.append(packer.decompress(data, most + 1 - size))
        except zlib.error as error:
            text = _("The file cannot be unpacked: {reason}. Was it damaged on its way? [{path}]")
            raise CityModelError(text.format(reason=error, path=path)) from error
        size += len(parts[-1])
        if size > most:
            text = _("The file unpacks to more than {times} times its size, as no city file does. [{path}]")
            raise CityModelError(text.format(times=_MOST_TIMES, path=path))
        if not packer.eof:
            raise CityModelError(_("The packed file ends too early. Was it cut off? [{path}]").format(path=path))
        data = packer.unused_data.lstrip(b"\0")  # tapes and some tools fill up with zeros
    return b"".join(parts)


def _as_utf8(data: bytes, path: Path) -> bytes:
    encoding = json.detect_encoding(data)
    if encoding == "utf-8":
        return data
    if encoding == "utf-8-sig":
        return data[3:]
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        text = _("The file begins as {encoding} and is not. Save it as UTF-8. [{path}]")
        raise CityModelError(text.format(encoding=encoding.upper(), path=path)) from error

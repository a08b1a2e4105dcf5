"""The outermost layers of tile files: JSON that may be hostile, and the two chunks of a GLB.

GLB: Khronos glTF 2.0 specification, section 4.4.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from explorer.errors import ContentError, DataError, quoted
from explorer.i18n import _

HOSTILE = (
    TypeError, ValueError, LookupError, AttributeError, OverflowError, MemoryError, RecursionError, struct.error,
)  # fmt: skip
"""What Python says of files that are not as they should be, where no check foresaw how."""
GLB_MAGIC = 0x46546C67
_FIRST_HEADER = struct.Struct("<III2I")
"""Of version 1 (KHR_binary_glTF): after the length that of the JSON, which follows, and its kind: 0."""
_JSON_CHUNK = 0x4E4F534A
_BIN_CHUNK = 0x004E4942
_MOST_TOLD = 20
_told: ContextVar[list[str] | None] = ContextVar("_told", default=None)
"""Who hears of JSON that is read though it is not as it should be, on this thread."""


@contextmanager
def telling_of_json() -> Iterator[list[str]]:
    """A list of what is told, within the block, of the JSON that `load_json` reads: a sentence each."""
    told: list[str] = []
    before = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(before)


def load_json(data: bytes, what: str, uri: str, error: type[DataError] = ContentError) -> dict[str, Any]:
    """A JSON object out of bytes.

    `what` names the part in the message ("tileset", "glTF", "batch table"). NaN and Infinity, which JSON forbids and
    some exporters write, are read; so are names in other letters than UTF-8, as far as they go, which is told
    (`telling_of_json`). Raises `error` with the line of the mistake.
    """
    text = data[3:] if data[:3] == b"\xef\xbb\xbf" else data
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _load_json_slowly(text, what, uri, error)
    if not isinstance(found, dict):
        raise error(_("The {what} should be a JSON object and is not. [{uri}]").format(what=what, uri=uri))
    return found


def _load_json_slowly(data: bytes, what: str, uri: str, error: type[DataError]) -> Any:
    """The standard library's reader: tells line and column of a mistake, and reads NaN."""
    try:
        return _parsed(data, what, uri)
    except json.JSONDecodeError as problem:
        if data[:64].lstrip()[:1] == b"<":
            text = _("The {what} is a web page, or XML, and not JSON: is this the address of the file itself? [{uri}]")
            raise error(text.format(what=what, uri=uri)) from problem
        raise error(
            _("The {what} is not valid JSON: {problem} in line {line}, column {column}. [{uri}]").format(
                what=what, problem=problem.msg, line=problem.lineno, column=problem.colno, uri=uri
            )
        ) from problem
    except RecursionError as problem:
        raise error(_("The {what} is nested too deep to be read. [{uri}]").format(what=what, uri=uri)) from problem
    except UnicodeDecodeError as problem:
        text = _("The {what} is not text in UTF-8 at its byte {at}. [{uri}]")
        raise error(text.format(what=what, at=problem.start, uri=uri)) from problem
    except ValueError as problem:  # a number of thousands of digits
        text = _("The {what} cannot be read: {why}. [{uri}]")
        raise error(text.format(what=what, why=quoted(str(problem)), uri=uri)) from problem


def _parsed(data: bytes, what: str, uri: str) -> Any:
    """JSON with a mark for each letter that is not UTF-8: most such bytes are in names, of Latin-1 or GBK.

    Raises UnicodeDecodeError where it is no JSON then, and what `json.loads` raises.
    """
    try:
        return json.loads(data)
    except UnicodeDecodeError as problem:
        if problem.encoding != "utf-8":
            raise
        try:
            found = json.loads(data.decode("utf-8", "replace"))
        except json.JSONDecodeError:
            raise problem from None
        told = _told.get()
        if told is not None and len(told) < _MOST_TOLD:
            text = _(
                "The {what} is not text in UTF-8 at its byte {at}: what cannot be read of it is marked “�”. [{uri}]"
            )
            told.append(text.format(what=what, at=problem.start, uri=uri))
        return found


def split_glb(data: bytes | memoryview, uri: str) -> tuple[dict[str, Any], memoryview]:
    """The glTF JSON and the binary chunk (empty if there is none) of a GLB of version 2, or the body of one of 1.

    Raises ContentError where lengths do not fit, the version is another, or the JSON is broken.
    """
    view = memoryview(data)
    if len(view) < 20:
        raise ContentError(_("The glTF ends after {n} bytes, inside its header. [{uri}]").format(n=len(view), uri=uri))
    magic, version, length = struct.unpack_from("<III", view)
    if magic != GLB_MAGIC:
        raise ContentError(_("The content is not a binary glTF. [{uri}]").format(uri=uri))
    if version not in (1, 2):
        raise ContentError(
            _("The content is glTF version {version}; this program reads versions 1 and 2. [{uri}]").format(
                version=version, uri=uri
            )
        )
    if length > len(view):
        raise ContentError(
            _("The glTF is cut off: it says {said} bytes and has {found}. [{uri}]").format(
                said=length, found=len(view), uri=uri
            )
        )
    if version == 1:
        return _split_first(view[:length], uri)
    chunks: dict[int, memoryview] = {}
    offset = 12
    while offset + 8 <= length:
        chunk_length, kind = struct.unpack_from("<II", view, offset)
        if offset + 8 + chunk_length > length:
            raise ContentError(
                _("A chunk of the glTF at byte {at} is longer than the file. [{uri}]").format(at=offset, uri=uri)
            )
        chunks.setdefault(kind, view[offset + 8 : offset + 8 + chunk_length])
        offset += 8 + chunk_length
    if _JSON_CHUNK not in chunks:
        raise ContentError(_("The glTF has no JSON chunk. [{uri}]").format(uri=uri))
    document = load_json(bytes(chunks[_JSON_CHUNK]).rstrip(b"\x00"), "glTF", uri)
    return document, chunks.get(_BIN_CHUNK, memoryview(b""))


def _split_first(view: memoryview, uri: str) -> tuple[dict[str, Any], memoryview]:
    _magic, _version, _length, n_json, kind = _FIRST_HEADER.unpack_from(view)
    end = _FIRST_HEADER.size + n_json
    if kind != 0 or end > len(view):
        raise ContentError(_("The glTF has no JSON chunk. [{uri}]").format(uri=uri))
    return load_json(bytes(view[_FIRST_HEADER.size : end]).rstrip(b"\x00 "), "glTF", uri), view[end:]


def join_glb(document: dict[str, Any], binary: bytes) -> bytes:
    """A GLB of version 2 from the glTF JSON and the binary chunk (left out if empty). Same input, same bytes."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
    if binary:
        binary += b"\x00" * (-len(binary) % 4)
        chunks += struct.pack("<II", len(binary), _BIN_CHUNK) + binary
    return struct.pack("<III", GLB_MAGIC, 2, 12 + len(chunks)) + chunks

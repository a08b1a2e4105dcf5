"""Bodies that a server sends compressed, decoded piece by piece up to a limit: a bomb never unfolds in memory."""

from __future__ import annotations

import sys
import zlib
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""All that people's browsers ask for, and all that some servers have kept packed, whatever they are asked for."""
_ZSTD_MARK = b"\x28\xb5\x2f\xfd"

_NO_PACKING = frozenset({"", "identity", "none", "binary", "utf-8", "utf8", "aws-chunked"})
"""What servers say of bodies that are as they are; stores of objects keep what programs said as they put them there."""


class TooLarge(Exception):
    """More than the limit."""


class Damaged(Exception):
    """Not what its name says."""


class UnknownPacking(Exception):
    """Packed in a way that was not asked for."""


def decoded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The bytes that a body of this Content-Encoding stands for. Raises `TooLarge`, `Damaged`, `UnknownPacking`."""
    names = [name for name in encoding.lower().replace(" ", "").split(",") if name not in _NO_PACKING]
    if len(names) > 1:
        raise UnknownPacking(encoding[:100])
    if not names:
        if len(body) > max_bytes:
            raise TooLarge
        return body
    if names[0] in ("gzip", "x-gzip"):
        return _inflated(body, 31, max_bytes)
    if names[0] == "deflate":
        # zlib's wrapping is meant (RFC 9110, section 8.4.1.2); some servers send it bare
        has_wrapping = len(body) >= 2 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
        return _inflated(body, 15 if has_wrapping else -15, max_bytes)
    if names[0] == "br":
        return _unbrotlied(body, max_bytes)
    if names[0] == "zstd":
        return unzstd(body, max_bytes)
    raise UnknownPacking(names[0][:100])


def unzstd(body: bytes, max_bytes: int) -> bytes:
    """What Zstandard's frames (RFC 8878), one after the other, hold. Raises `TooLarge`, `Damaged`."""
    parts: list[bytes] = []
    size = 0
    while body:
        frame = zstd.ZstdDecompressor()
        try:
            parts.append(frame.decompress(body, max_bytes - size + 1))
        except zstd.ZstdError as error:
            raise Damaged(str(error)) from error
        size += len(parts[-1])
        if size > max_bytes:
            raise TooLarge
        if not frame.eof:
            raise Damaged("incomplete")
        body = frame.unused_data
        if not body.startswith(_ZSTD_MARK):
            break
    return b"".join(parts)


def _unbrotlied(body: bytes, max_bytes: int) -> bytes:
    import brotli

    unpack: Any = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    while body or not unpack.can_accept_more_data():
        try:
            # what is given back may be a buffer more than the limit
            parts.append(unpack.process(body, output_buffer_limit=max_bytes - size + 1))
        except brotli.error as error:
            raise Damaged(str(error)) from error
        body = b""
        size += len(parts[-1])
        if size > max_bytes:
            raise TooLarge
    if parts and not unpack.is_finished():
        raise Damaged("incomplete")
    return b"".join(parts)


def _inflated(body: bytes, window_bits: int, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        member = zlib.decompressobj(window_bits)
        try:
            parts.append(member.decompress(body, max_bytes - size + 1))
        except zlib.error as error:
            raise Damaged(str(error)) from error
        size += len(parts[-1])
        if size > max_bytes:
            raise TooLarge
        if not member.eof:
            raise Damaged("incomplete")
        body = member.unused_data  # gzip may be several one after the other (RFC 1952, section 2.2)
        if window_bits != 31 or not body.startswith(b"\x1f\x8b"):
            break
    return b"".join(parts)

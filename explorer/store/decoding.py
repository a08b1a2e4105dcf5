"""Bodies that a server sends compressed, decoded piece by piece up to a limit: a bomb never unfolds in memory."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Any, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""All that people's browsers ask for, and all that some servers have kept packed, whatever they are asked for."""
_ZSTD_MARK, _SKIPPED = b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"
"""First bytes of a frame, and of one that holds nothing; the lower half of the latter's first is free."""
_PIECE = 1 << 18
"""Bytes that are fed at once."""
_MOST_PARTS = 10_000
"""A packer that cuts its stream into blocks of 64 kB makes as many of 600 MB."""

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
    return _of_parts(body, max_bytes, zstd.ZstdDecompressor, _goes_on_as_zstd)


def _goes_on_as_zstd(rest: bytes) -> bool:
    """Whether another frame follows, or one to be skipped (RFC 8878, section 3.1.2)."""
    return rest == _ZSTD_MARK or (rest[1:] == _SKIPPED[1:] and rest[:1] != b"" and rest[0] & 0xF0 == _SKIPPED[0])


class _Unpacker(Protocol):
    """As zlib and zstd have it: for one member or frame."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: Any, max_length: int, /) -> bytes: ...


def _of_parts(
    body: bytes, max_bytes: int, unpacker: Callable[[], _Unpacker], goes_on: Callable[[bytes], bool]
) -> bytes:
    """Members or frames one after the other, fed in pieces: what is left after each is copied, whoever packed them."""
    parts: list[bytes] = []
    view, at, size, n = memoryview(body), 0, 0, 0
    while at < len(body):
        unpack, n = unpacker(), n + 1
        if n > _MOST_PARTS:
            raise Damaged("too many parts")
        while not unpack.eof:
            piece = view[at : at + _PIECE]
            if not piece:
                raise Damaged("incomplete")
            try:
                parts.append(unpack.decompress(piece, max_bytes - size + 1))
            except (zlib.error, zstd.ZstdError) as error:
                raise Damaged(str(error)) from error
            size += len(parts[-1])
            if size > max_bytes:
                raise TooLarge
            at += len(piece) - len(unpack.unused_data)
        if not goes_on(body[at : at + 4]):
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
    """gzip may be several members one after the other (RFC 1952, section 2.2)."""

    def goes_on(rest: bytes) -> bool:
        return window_bits == 31 and rest.startswith(b"\x1f\x8b")

    return _of_parts(body, max_bytes, lambda: zlib.decompressobj(window_bits), goes_on)

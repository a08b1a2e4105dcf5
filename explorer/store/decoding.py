"""Bodies that a server sends compressed, decoded piece by piece up to a limit: a bomb never unfolds in memory."""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"
"""What we can decode piece by piece within a limit; the usual decoders of br and zstd know no such limit."""


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
    raise UnknownPacking(names[0][:100])


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

"""Changes to files that keep their frame: lengths and checksums fit, and what they frame says something else.

A mutator of plain bytes breaks a file's first length long before it reaches a number deep inside; readers would be
tried at their front door alone.
"""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from copy import deepcopy
from typing import Any

Change = Callable[[bytes], bytes]

_ODD: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 7, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63, 2**64, -(2**31), 10**30,
    0.0, -0.0, 0.5, 1e-300, 1e308, -1e308, 1e39, None, True, False, "", "0", "x", "é", "\ud800", "../..", "a" * 3000,
    "data:,", "data:;base64,AAAA", "POINTS", [], {}, [0], [[]], [None], [1e39] * 3, [0.0] * 12, [0.0] * 16, {"": {}},
    5120, 5121, 5123, 5125, 5126, "SCALAR", "VEC2", "VEC3", "VEC4", "MAT4", "FLOAT32", "UINT8", "INT64", "STRING",
)  # fmt: skip


def changed(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    """The file with something else said in it; `anyhow` changes bytes that have no frame known here."""
    magic = data[:4]
    if magic == b"glTF" and len(data) >= 20:
        return _glb(data, dice, anyhow)
    if magic in (b"b3dm", b"pnts", b"i3dm") and len(data) >= 32:
        return _tables(data, dice, anyhow)
    if magic == b"cmpt" and len(data) >= 16:
        return _cmpt(data, dice, anyhow)
    if magic == b"subt" and len(data) >= 24:
        return _subtree(data, dice, anyhow)
    if magic[:2] == b"PK":
        return _zip(data, dice, anyhow)
    lines = data.splitlines()
    if len(lines) > 1 and all(line.lstrip()[:1] in (b"{", b"") for line in lines):  # a line is a document each
        at = dice.randrange(len(lines))
        lines[at] = changed_json(lines[at], dice, anyhow)
        return b"\n".join(lines) + b"\n"
    return changed_json(data, dice, anyhow)


def changed_json(text: bytes, dice: random.Random, anyhow: Change) -> bytes:
    """Other values at one to three places of a document, or other bytes where it is none."""
    try:
        document = json.loads(text.rstrip(b"\0 "))
    except (ValueError, RecursionError):
        return anyhow(text)
    for _time in range(dice.choice((1, 1, 1, 2, 3))):
        places = list(_places(document))
        if not places:
            return anyhow(text)
        holder, key = dice.choice(places)
        kind = dice.random()
        if kind < 0.12:
            del holder[key]
        elif kind < 0.3:
            other, name = dice.choice(places)
            holder[key] = json.loads(json.dumps(other.get(name) if isinstance(other, dict) else None))
        elif kind < 0.6 and isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
            value = holder[key]
            holder[key] = dice.choice((value + 1, value - 1, -value, value * 2, value // 2, value + 4, value * 1000))
        elif kind < 0.65 and isinstance(holder, dict):
            name = dice.choice(list(holder))
            holder[name], holder[key] = holder[key], holder[name]
        else:
            holder[key] = deepcopy(dice.choice(_ODD))
    return json.dumps(document).encode()


def _places(node: Any, depth: int = 0) -> Any:
    """Every key of every object and list, with what holds it."""
    if depth > 40:
        return
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items)[:400]:
        yield node, key
        yield from _places(value, depth + 1)


def _glb(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    (length,) = struct.unpack_from("<I", data, 12)
    text, rest = data[20 : 20 + length], data[20 + length :]
    if dice.random() < 0.25 and len(rest) > 8:
        body = anyhow(rest[8:])
        body += bytes(-len(body) % 4)
        rest = struct.pack("<I", len(body)) + rest[4:8] + body
    else:
        text = changed_json(text, dice, anyhow)
    text += b" " * (-len(text) % 4)
    whole = struct.pack("<I", len(text)) + data[16:20] + text + rest
    return data[:8] + struct.pack("<I", 12 + len(whole)) + whole


def _tables(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    header = 32 if data[:4] == b"i3dm" else 28
    lengths = struct.unpack_from("<4I", data, 12)
    if sum(lengths) > len(data):
        return anyhow(data)
    parts, at = [], header
    for length in lengths:
        parts.append(data[at : at + length])
        at += length
    parts.append(data[at:])
    which = dice.choice([i for i, part in enumerate(parts) if part] or [4])
    if which in (0, 2):
        parts[which] = changed_json(parts[which], dice, anyhow)
    else:
        parts[which] = changed(parts[which], dice, anyhow) if which == 4 and parts[4] else anyhow(parts[which])
    for i in range(4):
        parts[i] += (b" " if i in (0, 2) else b"\0") * (-len(parts[i]) % 8)
    body = b"".join(parts)
    sizes = struct.pack("<4I", *(len(part) for part in parts[:4]))
    return data[:8] + struct.pack("<I", header + len(body)) + sizes + data[28:header] + body


def _cmpt(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    parts, at = [], 16
    while at + 12 <= len(data) and len(parts) < 64:
        (length,) = struct.unpack_from("<I", data, at + 8)
        if length < 12 or at + length > len(data):
            return anyhow(data)
        parts.append(data[at : at + length])
        at += length
    if not parts:
        return anyhow(data)
    which = dice.randrange(len(parts))
    part = changed(parts[which], dice, anyhow)
    part += bytes(-len(part) % 8)
    parts[which] = part[:8] + struct.pack("<I", len(part)) + part[12:] if len(part) >= 12 else part
    body = b"".join(parts)
    return data[:8] + struct.pack("<II", 16 + len(body), len(parts)) + body


def _subtree(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    n_text, n_binary = struct.unpack_from("<2Q", data, 8)
    if 24 + n_text + n_binary > len(data):
        return anyhow(data)
    text = changed_json(data[24 : 24 + n_text], dice, anyhow)
    text += b" " * (-len(text) % 8)
    binary = data[24 + n_text : 24 + n_text + n_binary]
    if dice.random() < 0.2 and binary:
        binary = anyhow(binary)
    return data[:8] + struct.pack("<2Q", len(text), len(binary)) + text + binary


def _zip(data: bytes, dice: random.Random, anyhow: Change) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist()[:50] if info.file_size < 1 << 20}
    except Exception:  # whatever a broken archive does to the standard library is not ours to find
        return anyhow(data)
    if not files:
        return anyhow(data)
    name = dice.choice(sorted(files))
    files[name] = changed(files[name], dice, anyhow)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for one, content in files.items():
            archive.writestr(one, content)
    return stream.getvalue()

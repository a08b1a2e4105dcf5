"""What a content keeps in further files: buffers and pictures of a glTF, and the model of an i3dm."""

from __future__ import annotations

import struct
from typing import Any

from explorer.errors import ContentError
from explorer.tileformat.container import HOSTILE, load_json, split_glb
from explorer.tileformat.data_uri import is_data_uri
from explorer.tileformat.feature_table import cut_to_length, split_tables

_MOST_INNER, _MOST_DEPTH = 10_000, 8


def files_beside(data: bytes, uri: str) -> list[str]:
    """Their addresses as the content says them, relative to itself; none where it is damaged."""
    return list(dict.fromkeys(_some(memoryview(data), uri, 0)))


def _some(data: memoryview, uri: str, depth: int) -> list[str]:
    try:
        return _named(data, uri, depth)
    except (ContentError, *HOSTILE):
        return []


def _named(data: memoryview, uri: str, depth: int) -> list[str]:
    magic = bytes(data[:4])
    if magic == b"glTF":
        return _of_gltf(split_glb(data, uri)[0])
    if magic in (b"b3dm", b"i3dm"):
        header = 28 if magic == b"b3dm" else 32
        data = cut_to_length(data, uri, header)
        body = split_tables(data, uri, header, struct.unpack_from("<4I", data, 12)).body
        is_named = magic == b"i3dm" and struct.unpack_from("<I", data, 28) == (0,)
        return [bytes(body).split(b"\x00")[0].decode().strip()] if is_named else _named(body, uri, depth)
    if magic == b"cmpt":
        return _of_cmpt(data, uri, depth) if depth < _MOST_DEPTH else []
    return _of_gltf(load_json(bytes(data).rstrip(b"\x00 "), "glTF", uri)) if bytes(data[:1]) == b"{" else []


def _of_cmpt(data: memoryview, uri: str, depth: int) -> list[str]:
    found: list[str] = []
    at = 16
    for _n in range(min(struct.unpack_from("<I", data, 12)[0], _MOST_INNER)):
        (length,) = struct.unpack_from("<I", data, at + 8)
        if length < 12:
            break
        found += _some(data[at : at + length], uri, depth + 1)
        at += length
    return found


def _of_gltf(document: dict[str, Any]) -> list[str]:
    said: list[Any] = []
    for part in ("buffers", "images"):
        listed = document.get(part)
        entries = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
        said += [one.get("uri") for one in entries if isinstance(one, dict)]
    return [one for one in said if isinstance(one, str) and one and not is_data_uri(one)]

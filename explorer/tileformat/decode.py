"""One tile's content, whatever its format, as meshes and features: GLB, glTF, b3dm, and cmpt of those."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import ResolveUri
from explorer.tileformat.batch_table import global_number, global_vector, read_batch_table
from explorer.tileformat.container import load_json, split_glb
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Mesh, TileContent
from explorer.tileformat.gltf import decode_gltf
from explorer.tileformat.property_reader import MAX_ROWS

_JSON_STARTS = 570425344
"""A header word this large is the beginning of JSON text: the header is one of the shorter, older ones."""
_HOSTILE = (
    TypeError, ValueError, LookupError, AttributeError, OverflowError, MemoryError, RecursionError, struct.error,
)  # fmt: skip
_MAX_INNER = 4096
_MAX_DEPTH = 8


def decode_content(data: bytes, uri: str, *, up_axis: str = "Y", resolve: ResolveUri | None = None) -> TileContent:
    """A tile's content.

    Parameters
    ----------
    data
        GLB or glTF 2.0, b3dm (with its older headers), or cmpt of those.
    uri
        Its address, for messages.
    up_axis
        The axis of the glTF that points up: `Tileset.up_axis`.
    resolve
        Gives the bytes of files beside a glTF (`.bin`, images), by the address in it; None: they cannot be read.

    Returns
    -------
    TileContent
        Positions are float64 in the tile's frame, Z up, RTC_CENTER applied: multiply by `Tileset.transform`.

    Raises
    ------
    ContentError
        Nothing can be made of it; the message names the address and the place.
    """
    up_axis = up_axis if up_axis in ("X", "Y", "Z") else "Y"
    try:
        return _decode(memoryview(data), uri, up_axis, resolve, 0)
    except ContentError:
        raise
    except _HOSTILE as problem:
        # Last line of defence: whatever a hostile file does that no check foresaw, it costs this tile alone.
        raise ContentError(
            _("The content is damaged: {problem}. [{uri}]").format(problem=problem or type(problem).__name__, uri=uri)
        ) from problem


def _decode(data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None, depth: int) -> TileContent:
    magic = bytes(data[:4])
    if magic == b"glTF":
        document, binary = split_glb(data, uri)
        return decode_gltf(document, binary, uri, up_axis=up_axis, resolve=resolve)
    if magic == b"b3dm":
        return _decode_b3dm(data, uri, up_axis, resolve)
    if magic == b"cmpt":
        return _decode_cmpt(data, uri, up_axis, resolve, depth)
    if magic in (b"i3dm", b"pnts", b"vctr", b"geom"):
        what = magic.decode()
        raise ContentError(
            _("The content needs {what}, which this version cannot read. [{uri}]").format(what=what, uri=uri)
        )
    if bytes(data[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        document = load_json(bytes(data), "glTF", uri)
        return decode_gltf(document, memoryview(b""), uri, up_axis=up_axis, resolve=resolve)
    raise ContentError(
        _("The content is of no known kind: it begins with {magic!r}. [{uri}]").format(magic=magic, uri=uri)
    )


def _decode_b3dm(data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None) -> TileContent:
    data = _cut_to_length(data, uri, 28)
    start, lengths, legacy_batches = _b3dm_header(data)
    parts: list[memoryview] = []
    for length in lengths:
        if start + length > len(data):
            raise ContentError(
                _("A table of the b3dm at byte {at} is longer than the file. [{uri}]").format(at=start, uri=uri)
            )
        parts.append(data[start : start + length])
        start += length
    feature_json, feature_binary, batch_json, batch_binary = parts
    feature = load_json(bytes(feature_json).rstrip(b"\x00"), "feature table", uri) if len(feature_json) else {}
    n = legacy_batches if legacy_batches is not None else global_number(feature, feature_binary, "BATCH_LENGTH") or 0
    if n > MAX_ROWS:
        raise ContentError(_("The b3dm says that it has {n} features. [{uri}]").format(n=n, uri=uri))
    table, diagnostics = FeatureTable(tuple(str(i) for i in range(n))), list[str]()
    if len(batch_json):
        batch = load_json(bytes(batch_json).rstrip(b"\x00"), "batch table", uri)
        if n == 0:  # some writers leave the feature table out; the columns then say how many features there are
            n = max((len(values) for values in batch.values() if isinstance(values, list)), default=0)
        table, diagnostics = read_batch_table(batch, batch_binary, n)
    document, binary = split_glb(data[start:], uri)
    content = decode_gltf(
        document,
        binary,
        uri,
        up_axis=up_axis,
        rtc=global_vector(feature, feature_binary, "RTC_CENTER"),
        batch_table=table if n else None,
        resolve=resolve,
    )
    return TileContent(content.meshes, content.features, (*diagnostics, *content.diagnostics))


def _b3dm_header(data: memoryview) -> tuple[int, list[int], int | None]:
    """Where the tables begin, their four lengths, and the number of features where an older header holds it.

    The two older headers have no feature table: [batches][batch table], and [batch table JSON][binary][batches].
    """
    first, second, third, fourth = struct.unpack_from("<4I", data, 12)
    if third >= _JSON_STARTS:
        return 20, [0, 0, second, 0], first
    if fourth >= _JSON_STARTS:
        return 24, [0, 0, first, second], third
    return 28, [first, second, third, fourth], None


def _cut_to_length(data: memoryview, uri: str, header: int) -> memoryview:
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


def _decode_cmpt(data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None, depth: int) -> TileContent:
    data = _cut_to_length(data, uri, 16)
    (count,) = struct.unpack_from("<I", data, 12)
    if count > _MAX_INNER or depth >= _MAX_DEPTH:
        raise ContentError(_("The composite content is nested too deep, or of too many parts. [{uri}]").format(uri=uri))
    offset = 16
    parts: list[TileContent] = []
    problems: list[ContentError] = []
    for i in range(count):
        if offset + 12 > len(data):
            raise ContentError(
                _("The composite content ends before part {i} of {n}. [{uri}]").format(i=i + 1, n=count, uri=uri)
            )
        (length,) = struct.unpack_from("<I", data, offset + 8)
        if length < 12 or offset + length > len(data):
            raise ContentError(
                _("Part {i} of the composite content has no sound length. [{uri}]").format(i=i + 1, uri=uri)
            )
        try:
            parts.append(_decode(data[offset : offset + length], uri, up_axis, resolve, depth + 1))
        except ContentError as problem:
            problems.append(problem)
        offset += length
    if problems and not parts:
        raise problems[0]
    return merge_contents(parts, tuple(str(problem) for problem in problems))


def merge_contents(parts: Sequence[TileContent], diagnostics: tuple[str, ...] = ()) -> TileContent:
    """Several contents as one: the features of each follow those of the ones before."""
    if len(parts) == 1 and not diagnostics:
        return parts[0]
    meshes: list[Mesh] = []
    ids: list[str] = []
    columns: dict[str, list[object]] = {}
    for part in parts:
        first = len(ids)
        for mesh in part.meshes:
            index = mesh.feature_index
            if index is not None and first:
                index = np.where(index == NO_FEATURE, NO_FEATURE, index + np.uint32(first)).astype(np.uint32)
            meshes.append(
                Mesh(
                    mesh.positions,
                    mesh.triangles,
                    mesh.normals,
                    mesh.surface_class,
                    index,
                    mesh.colours,
                    mesh.texture_coordinates,
                    mesh.image,
                    mesh.base_colour,
                )
            )
        for name, values in part.features.columns.items():
            columns.setdefault(name, [None] * first).extend(values)
        ids.extend(part.features.ids)
        for column in columns.values():
            column.extend([None] * (len(ids) - len(column)))
    said = tuple(sentence for part in parts for sentence in part.diagnostics)
    return TileContent(tuple(meshes), FeatureTable(tuple(ids), columns), (*diagnostics, *said))

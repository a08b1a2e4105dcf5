"""One tile's content, whatever its format, as plain arrays: GLB, glTF, b3dm, i3dm, pnts, and cmpt of those."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from explorer.errors import ContentError, NestedTileset
from explorer.i18n import _
from explorer.tileformat.accessors import ResolveUri
from explorer.tileformat.b3dm import decode_b3dm
from explorer.tileformat.container import HOSTILE, load_json, split_glb, telling_of_json
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Instances, Lines, Mesh, Points, TileContent
from explorer.tileformat.feature_table import cut_to_length
from explorer.tileformat.gltf import decode_gltf
from explorer.tileformat.i3dm import decode_i3dm
from explorer.tileformat.pnts import decode_pnts
from explorer.tileformat.tileset_file import is_tileset

_MAX_INNER = 4096
_MAX_DEPTH = 8


def decode_content(
    data: bytes, uri: str, *, up_axis: str = "Y", resolve: ResolveUri | None = None, as_stored: bool = False
) -> TileContent:
    """A tile's content.

    Parameters
    ----------
    data
        GLB or glTF 2.0, b3dm (with its older headers), i3dm, pnts, or cmpt of those.
    uri
        Its address, for messages.
    up_axis
        The axis of the glTF that points up: `Tileset.up_axis`.
    resolve
        Gives the bytes of files beside a glTF (`.bin`, images), by the address in it; None: they cannot be read.
    as_stored
        Leave vertices where the file has them, with the way to the tile's frame beside them (`Mesh.placement`): for
        those who move them on anyway, and need not do it twice.

    Returns
    -------
    TileContent
        Positions are float64 in the tile's frame, Z up, RTC_CENTER applied: multiply by `Tileset.transform`.

    Raises
    ------
    NestedTileset
        It is a tileset.json; see `part_below`.
    ContentError
        Nothing can be made of it; the message names the address and the place.
    """
    up_axis = up_axis if up_axis in ("X", "Y", "Z") else "Y"
    try:
        with telling_of_json() as told:
            content = _decode(memoryview(data), uri, up_axis, resolve, 0, as_stored=as_stored)
        return replace(content, diagnostics=(*told, *content.diagnostics)) if told else content
    except ContentError:
        raise
    except HOSTILE as problem:
        # Last line of defence: whatever a hostile file does that no check foresaw, it costs this tile alone.
        raise ContentError(
            _("The content is damaged: {problem}. [{uri}]").format(problem=problem or type(problem).__name__, uri=uri)
        ) from problem


def _decode(
    data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None, depth: int, *, as_stored: bool
) -> TileContent:
    magic = bytes(data[:4])
    if magic == b"glTF":
        document, binary = split_glb(data, uri)
        return decode_gltf(document, binary, uri, up_axis=up_axis, resolve=resolve, as_stored=as_stored)
    if magic == b"b3dm":
        return decode_b3dm(data, uri, up_axis, resolve, as_stored=as_stored)
    if magic == b"i3dm":
        return decode_i3dm(data, uri, up_axis, resolve)
    if magic == b"pnts":
        return decode_pnts(data, uri)
    if magic == b"cmpt":
        return _decode_cmpt(data, uri, up_axis, resolve, depth, as_stored=as_stored)
    if magic in (b"vctr", b"geom"):
        what = magic.decode()
        raise ContentError(
            _("The content needs {what}, which this version cannot read. [{uri}]").format(what=what, uri=uri)
        )
    begin = bytes(data[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begin == b"{":
        document = load_json(bytes(data), "glTF", uri)
        if is_tileset(document):
            text = _("The content is a tileset of its own, where none can hang: it is not read. [{uri}]")
            raise NestedTileset(text.format(uri=uri))
        if "asset" not in document:
            raise ContentError(_("The content is of no known kind: it is JSON, and no glTF. [{uri}]").format(uri=uri))
        return decode_gltf(document, memoryview(b""), uri, up_axis=up_axis, resolve=resolve, as_stored=as_stored)
    if begin == b"<":
        raise ContentError(_("The content is of no known kind: it is a web page, or XML. [{uri}]").format(uri=uri))
    if not magic:
        raise ContentError(_("The content is of no known kind: the file is empty. [{uri}]").format(uri=uri))
    raise ContentError(
        _("The content is of no known kind: it begins with {magic!r}. [{uri}]").format(magic=magic, uri=uri)
    )


def _decode_cmpt(
    data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None, depth: int, *, as_stored: bool
) -> TileContent:
    data = cut_to_length(data, uri, 16)
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
            part = data[offset : offset + length]
            parts.append(_decode(part, uri, up_axis, resolve, depth + 1, as_stored=as_stored))
        except ContentError as problem:
            text = _("Part {i} of the composite content, at byte {at}: {problem}")
            problems.append(ContentError(text.format(i=i + 1, at=offset, problem=problem)))
        offset += length
    if problems and not parts:
        raise problems[0]
    return merge_contents(parts, tuple(str(problem) for problem in problems))


def merge_contents(parts: Sequence[TileContent], diagnostics: tuple[str, ...] = ()) -> TileContent:
    """Several contents as one: the features of each follow those of the ones before."""
    if len(parts) == 1 and not diagnostics:
        return parts[0]
    ids: list[str] = []
    columns: dict[str, list[object]] = {}
    classes: list[tuple[str, ...]] = []
    firsts: list[int] = []
    for part in parts:
        first = len(ids)
        firsts.append(first)
        for name, values in part.features.columns.items():
            columns.setdefault(name, [None] * first).extend(values)
        ids.extend(part.features.ids)
        classes.extend(part.features.classes or [()] * len(part.features))
        for column in columns.values():
            column.extend([None] * (len(ids) - len(column)))
    counted = list(zip(parts, firsts, strict=True))
    return TileContent(
        tuple(_counted_from(mesh, first) for part, first in counted for mesh in part.meshes),
        FeatureTable(tuple(ids), columns, tuple(classes) if any(classes) else ()),
        (*diagnostics, *(sentence for part in parts for sentence in part.diagnostics)),
        tuple(
            replace(_counted_from(some, first), meshes=tuple(_counted_from(mesh, first) for mesh in some.meshes))
            for part, first in counted
            for some in part.instances
        ),
        tuple(_counted_from(points, first) for part, first in counted for points in part.points),
        tuple(_counted_from(lines, first) for part, first in counted for lines in part.lines),
    )


_Counted = TypeVar("_Counted", Mesh, Instances, Points, Lines)


def _counted_from(thing: _Counted, first: int) -> _Counted:
    """The same with its feature rows counted from `first` on."""
    index = thing.feature_index
    if index is None or not first:
        return thing
    moved = np.where(index == NO_FEATURE, NO_FEATURE, index + np.uint32(first))
    return replace(thing, feature_index=moved.astype(np.uint32))

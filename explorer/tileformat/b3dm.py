"""Batched 3D models: a GLB with a table of features (OGC 18-053r2, section 10), and its two older headers."""

from __future__ import annotations

import struct
from dataclasses import replace

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import ResolveUri
from explorer.tileformat.batch_table import read_batch_table
from explorer.tileformat.container import split_glb
from explorer.tileformat.content import FeatureTable, TileContent, row_names
from explorer.tileformat.feature_table import cut_to_length, split_tables
from explorer.tileformat.gltf import decode_gltf
from explorer.tileformat.property_reader import MAX_ROWS

_JSON_STARTS = 570425344
"""A header word this large is the beginning of JSON text: the header is one of the shorter, older ones."""


def decode_b3dm(
    data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None, *, as_stored: bool = False
) -> TileContent:
    """Meshes and features of a b3dm; see `decode_content`."""
    data = cut_to_length(data, uri, 28)
    start, lengths, legacy_batches = _header(data)
    tables = split_tables(data, uri, start, lengths)
    n = legacy_batches if legacy_batches is not None else tables.number("BATCH_LENGTH") or 0
    if n > MAX_ROWS:
        raise ContentError(_("The b3dm says that it has {n} features. [{uri}]").format(n=n, uri=uri))
    table, diagnostics = FeatureTable(row_names(n)), list[str]()
    if tables.batch:
        if n == 0:  # some writers leave the feature table out; the columns then say how many features there are
            n = max((len(values) for values in tables.batch.values() if isinstance(values, list)), default=0)
        table, diagnostics = read_batch_table(tables.batch, tables.batch_binary, n)
    document, binary = split_glb(tables.body, uri)
    content = decode_gltf(
        document,
        binary,
        uri,
        up_axis=up_axis,
        rtc=tables.vector("RTC_CENTER"),
        batch_table=table if n else None,
        resolve=resolve,
        as_stored=as_stored,
    )
    return replace(content, diagnostics=(*diagnostics, *content.diagnostics))


def _header(data: memoryview) -> tuple[int, list[int], int | None]:
    """Where the tables begin, their four lengths, and the number of features where an older header holds it.

    The two older headers have no feature table: [batches][batch table], and [batch table JSON][binary][batches].
    """
    first, second, third, fourth = struct.unpack_from("<4I", data, 12)
    if third >= _JSON_STARTS:
        return 20, [0, 0, second, 0], first
    if fourth >= _JSON_STARTS:
        return 24, [0, 0, first, second], third
    return 28, [first, second, third, fourth], None

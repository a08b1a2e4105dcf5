"""Point clouds of 3D Tiles 1.0 (OGC 18-053r2, section 12), and 3DTILES_draco_point_compression."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.batch_table import most_rows, read_batch_table
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Points, TileContent
from explorer.tileformat.draco_points import DracoPoints, decode_draco_points
from explorer.tileformat.feature_table import Tables, cut_to_length, split_tables
from explorer.tileformat.octahedral import oct_decode, rgb565_decode

_DRACO = "3DTILES_draco_point_compression"
CLASSIFICATION = {
    2: (173, 150, 120),
    3: (170, 184, 130),
    4: (140, 165, 105),
    5: (112, 146, 92),
    6: (196, 122, 98),
    9: (110, 152, 180),
    10: (133, 126, 120),
    11: (142, 143, 146),
    17: (186, 181, 172),
    26: (171, 163, 150),
}
"""sRGB by the classes of LAS 1.4 (ASPRS, table 17); 26 is the works of art (bridges, quays) of the Dutch AHN."""
_CLASS_NAMES = ("classification", "class", "classificatie")
_UNCLASSIFIED = (190, 186, 178)


def decode_pnts(data: memoryview, uri: str) -> TileContent:
    """Points and features of a pnts; see `decode_content`."""
    data = cut_to_length(data, uri, 28)
    tables = split_tables(data, uri, 28, struct.unpack_from("<4I", data, 12))
    n = tables.length("POINTS_LENGTH")
    diagnostics: list[str] = []
    draco = _draco(tables, n, diagnostics)
    offset = None
    if draco is not None and draco.positions is not None:
        local = draco.positions
    else:
        local, offset = tables.local_positions(n)
    added = [one for one in (offset, tables.vector("RTC_CENTER")) if one is not None]
    centre = np.sum(added, axis=0) if added else None
    features, rows = _features(tables, draco, n, diagnostics)
    colours = _colours(tables, draco, n)
    if colours is None:
        colours = _by_class(features, rows)
    positions = local if centre is None else local + centre
    points = Points(positions, colours, _normals(tables, draco, n), rows, centre)
    points, lost = finite_points(points)
    if lost:
        diagnostics.append(
            _("{n} points have places that are no numbers; they are left out. [{uri}]").format(n=lost, uri=uri)
        )
    return TileContent((), features, tuple(diagnostics), points=(points,) if len(points) else ())


def finite_points(points: Points) -> tuple[Points, int]:
    """The points whose places are numbers, and how many are not."""
    good = np.isfinite(points.positions).all(axis=1)
    if good.all():
        return points, 0
    kept = replace(
        points,
        positions=points.positions[good],
        colours=None if points.colours is None else points.colours[good],
        normals=None if points.normals is None else points.normals[good],
        feature_index=None if points.feature_index is None else points.feature_index[good],
    )
    return kept, len(points) - len(kept)


def _draco(tables: Tables, n: int, diagnostics: list[str]) -> DracoPoints | None:
    extensions = tables.feature.get("extensions")
    found = extensions.get(_DRACO) if isinstance(extensions, dict) else None
    if not isinstance(found, dict):
        return None
    start, length = found.get("byteOffset"), found.get("byteLength")
    if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 0:
        raise tables.fail(_DRACO, _("is not complete."))
    if start + length > len(tables.feature_binary):
        raise tables.fail(_DRACO, _("ends at byte {end}, past the end of its buffer.").format(end=start + length))
    batch = tables.batch.get("extensions")
    more = batch.get(_DRACO) if isinstance(batch, dict) else None
    properties = {**_numbers(found.get("properties")), **_numbers((more or {}).get("properties"))}
    draco = decode_draco_points(bytes(tables.feature_binary[start : start + length]), properties, n)
    if draco is None:
        raise ContentError(
            _("The content needs {what}, which this version cannot read. [{uri}]").format(what=_DRACO, uri=tables.uri)
        )
    if isinstance(draco, str):
        raise tables.fail(_DRACO, draco)
    return draco


def _numbers(stored: Any) -> dict[str, int]:
    """Draco's own numbers of the attributes, by name."""
    if not isinstance(stored, dict):
        return {}
    return {str(name): number for name, number in stored.items() if isinstance(number, int)}


def _colours(tables: Tables, draco: DracoPoints | None, n: int) -> NDArray[np.uint8] | None:
    """(n, 4) of RGBA, RGB, RGB565 or CONSTANT_RGBA, whichever comes first (12.2.4)."""
    colours = np.full((n, 4), 255, np.uint8)
    for name, width in (("RGBA", 4), ("RGB", 3)):
        stored = None if draco is None else draco.attributes.get(name)
        if stored is None:
            stored = tables.column(name, "<u1", width, n)
        if stored is not None and stored.shape == (n, width):
            colours[:, :width] = stored
            return colours
    packed = tables.column("RGB565", "<u2", 1, n)
    if packed is not None:
        colours[:, :3] = rgb565_decode(packed[:, 0])
        return colours
    constant = tables.feature.get("CONSTANT_RGBA")
    if isinstance(constant, dict):
        offset = constant.get("byteOffset")
        if not isinstance(offset, int) or not 0 <= offset <= len(tables.feature_binary) - 4:
            return None
        constant = list(tables.feature_binary[offset : offset + 4])
    if isinstance(constant, list) and len(constant) == 4 and all(isinstance(v, (int, float)) for v in constant):
        colours[:] = np.clip(np.nan_to_num(np.array(constant, np.float64)), 0, 255).astype(np.uint8)
        return colours
    return None


def _by_class(features: FeatureTable, rows: NDArray[np.uint32] | None) -> NDArray[np.uint8] | None:
    """Colours by what a laser survey says the points are, None where it does not."""
    column = next((values for name, values in features.columns.items() if name.lower() in _CLASS_NAMES), None)
    if column is None or rows is None:
        return None
    table = np.array(
        [CLASSIFICATION.get(value, _UNCLASSIFIED) if isinstance(value, int) else _UNCLASSIFIED for value in column]
        + [_UNCLASSIFIED],
        np.uint8,
    )
    colours = np.full((len(rows), 4), 255, np.uint8)
    colours[:, :3] = table[np.where(rows == NO_FEATURE, len(column), rows)]
    return colours


def _normals(tables: Tables, draco: DracoPoints | None, n: int) -> NDArray[np.float32] | None:
    stored = None if draco is None else draco.attributes.get("NORMAL")
    if stored is None:
        stored = tables.column("NORMAL", "<f4", 3, n)
    if stored is None:
        encoded = tables.column("NORMAL_OCT16P", "<u1", 2, n)
        return None if encoded is None else oct_decode(encoded).astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        normals = stored.astype(np.float64)
        normals = normals / np.linalg.norm(normals, axis=1)[:, None]
    normals[~np.isfinite(normals).all(axis=1)] = (0.0, 0.0, 1.0)
    return np.asarray(normals, np.float32)


def _features(
    tables: Tables, draco: DracoPoints | None, n: int, diagnostics: list[str]
) -> tuple[FeatureTable, NDArray[np.uint32] | None]:
    """The features that points belong to (BATCH_ID), or the points themselves where each has attributes of its own."""
    stored = None if draco is None else draco.attributes.get("BATCH_ID")
    if stored is None:
        stored = tables.column("BATCH_ID", "<u2", 1, n)
    if stored is not None and stored.dtype.kind != "f":
        count = min(tables.number("BATCH_LENGTH") or 0, max(n, most_rows(tables.batch, tables.batch_binary)))
        table, said = read_batch_table(tables.batch, tables.batch_binary, count)
        diagnostics += said
        ids = stored.reshape(-1).astype(np.int64)
        inside = (ids >= 0) & (ids < count)
        if not inside.all():
            diagnostics.append(_("Some vertices belong to features that are not in the tile's table."))
        return table, np.where(inside, ids, NO_FEATURE).astype(np.uint32)
    columns = {
        name: list(map(tuple, values.tolist())) if values.shape[1] > 1 else values[:, 0].tolist()
        for name, values in (draco.attributes.items() if draco is not None else ())
        if name not in ("POSITION", "RGB", "RGBA", "NORMAL", "BATCH_ID")
    }
    batch = {name: values for name, values in tables.batch.items() if name not in columns}
    batch = {**batch, **columns}
    if not any(name not in ("extensions", "extras") for name in batch):
        return FeatureTable(), None
    table, said = read_batch_table(batch, tables.batch_binary, n)
    diagnostics += said
    return table, np.arange(n, dtype=np.uint32)

"""From feature ids to features: EXT_mesh_features sets and batch ids become rows of one feature table per tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index
from explorer.tileformat.content import NO_FEATURE, FeatureTable, row_names
from explorer.tileformat.encode import SURFACES_CLASS
from explorer.tileformat.property_reader import MAX_ROWS, PropertyTable, read_metadata, read_property_table
from explorer.tileformat.surface_class import SurfaceClass

_STABLE_COLUMNS = ("gml_id", "gmlid", "gml:id", "identificatie", "globalid", "guid", "uuid")
_ID_COLUMNS = ("gml_id", "gmlid", "gml:id", "identificatie", "id", "globalid", "guid", "uuid", "fid", "name")
_MOSTLY = 0.75
"""Of a stable id's values are different: real tiles hold a building twice, and the others keep their ids."""
_PLAIN = {str, int, bool}
_PLAIN_OR_NONE = {*_PLAIN, type(None)}
_CLASSES = {surface.name.lower(): int(surface) for surface in SurfaceClass}


def feature_table(columns: Mapping[str, Sequence[Any]], n: int, ids: Sequence[Any] | None = None) -> FeatureTable:
    """A table of n rows whose ids are `ids`, or the first column that looks like a stable id, or row numbers."""
    lowered = {name.lower(): name for name in reversed(list(columns))}
    others = [name for name in lowered if name.endswith("id") and name not in _ID_COLUMNS]
    for candidate in (*_ID_COLUMNS, *others):
        if ids is None and candidate in lowered:
            values = columns[lowered[candidate]]
            is_stable = candidate in _STABLE_COLUMNS
            kinds, different = (_PLAIN_OR_NONE, _MOSTLY * n) if is_stable else (_PLAIN, n)
            if set(map(type, values)) <= kinds and len(set(values)) >= different:
                ids = values
    if ids is None:
        names = row_names(n)
    else:
        some = ids[:n]
        are_texts = set(map(type, some)) <= {str}
        names = tuple(some) if are_texts else tuple([str(row if one is None else one) for row, one in enumerate(some)])
    return FeatureTable(names, {name: list(values) for name, values in columns.items()})


@dataclass
class _Block:
    """Features of one property table (or of none), and where their rows begin in the tile's table."""

    first: int
    table: PropertyTable | None
    count: int


@dataclass(frozen=True)
class FeatureIds:
    """What a primitive says of its n vertices' features."""

    rows: NDArray[np.uint32] | None = None
    """(n,) rows of the tile's feature table; None: it does not say, or a texture says."""
    surfaces: NDArray[np.uint8] | None = None
    """(n,) of `SurfaceClass`."""
    texture: dict[str, Any] | None = None
    """The texture that holds ids, as the file names it."""
    rows_of: Callable[[NDArray[np.int64]], NDArray[np.uint32]] | None = None
    """Gives rows for the texture's ids."""


class FeatureRows:
    """Collects the features that the primitives of a tile name, in the order in which they are met."""

    def __init__(self, buffers: GltfBuffers, say: Callable[[str], None]) -> None:
        self._buffers = buffers
        self._say = say
        self.metadata = read_metadata(buffers, say)
        """The document's EXT_structural_metadata, with its schema."""
        self._tables: dict[int, PropertyTable] = {}
        self._blocks: dict[Any, _Block] = {}
        self._n = 0

    def read(self, primitive: dict[str, Any], n_vertices: int) -> FeatureIds:
        """Features and surface classes of a primitive's vertices.

        Of several sets of ids, that with a property table counts, and the first of such; a word is said of the others.
        """
        surfaces: NDArray[np.uint8] | None = None
        chosen: tuple[dict[str, Any], PropertyTable | None] | None = None
        n_sets = 0
        for entry in _feature_id_sets(primitive):
            table = self._table(entry.get("propertyTable"))
            if table is not None and table.class_name == SURFACES_CLASS and "name" in table.columns:
                surfaces = self._surfaces(table, self._ids(primitive, entry, n_vertices))
                continue
            n_sets += 1
            if chosen is None or (chosen[1] is None and table is not None):
                chosen = entry, table
        if chosen is None:
            return FeatureIds(surfaces=surfaces)
        if n_sets > 1:
            self._say(_("Features are told apart in {n} ways; the first that has attributes is used.").format(n=n_sets))
        entry, table = chosen
        if isinstance(entry.get("texture"), dict):
            return FeatureIds(None, surfaces, entry["texture"], lambda ids: self._rows(entry, table, ids))
        return FeatureIds(self._rows(entry, table, self._ids(primitive, entry, n_vertices)), surfaces)

    def table(self) -> FeatureTable:
        """All features met so far."""
        blocks = list(self._blocks.values())
        if not blocks:  # a tile may list features that have no triangles
            table = self._table(0) if self.metadata.get("propertyTables") else None
            if table is not None and table.class_name != SURFACES_CLASS:
                blocks = [_Block(0, table, table.count)]
        if len(blocks) == 1 and blocks[0].table is not None:
            return feature_table(blocks[0].table.columns, blocks[0].count, blocks[0].table.ids)
        columns: dict[str, list[Any]] = {}
        ids: list[Any] = []
        for block in blocks:
            own = block.table.columns if block.table is not None else {}
            one = feature_table(own, block.count, block.table.ids if block.table is not None else None)
            for name, values in one.columns.items():
                columns.setdefault(name, [None] * block.first).extend(values)
            for values in columns.values():
                values.extend([None] * (block.first + block.count - len(values)))
            ids.extend(one.ids)
        return FeatureTable(tuple(ids), columns)

    def _table(self, index: Any) -> PropertyTable | None:
        if not is_index(index):
            return None
        if index not in self._tables:
            try:
                self._tables[index] = read_property_table(self._buffers, self.metadata, index, self._say)
            except ContentError as problem:
                self._say(str(problem))
                return None
        return self._tables[index]

    def _ids(self, primitive: dict[str, Any], entry: dict[str, Any], n_vertices: int) -> NDArray[np.integer]:
        """Of n vertices: unsigned as stored, or int64 with -1 for what is none."""
        if "attribute" not in entry:
            return np.arange(n_vertices, dtype=np.int64)
        name = f"_FEATURE_ID_{entry['attribute']}"
        attributes = primitive.get("attributes")
        ids = self._buffers.accessor(attributes.get(name) if isinstance(attributes, dict) else None)[:, 0]
        if len(ids) != n_vertices:
            raise self._buffers.fail(name, _("there are not as many values as vertices."))
        return ids if ids.dtype.kind == "u" else _unsigned(ids)

    def _rows(self, entry: dict[str, Any], table: PropertyTable | None, ids: NDArray[np.integer]) -> NDArray[np.uint32]:
        none = entry.get("nullFeatureId")
        is_sound = not is_index(none) and ids.dtype.kind == "u"
        valid = None if is_sound else (ids >= 0) & (ids != (none if is_index(none) else -1))
        if table is not None:
            count, key = table.count, entry.get("propertyTable")
        else:
            named = ids if valid is None else ids[valid]
            count, key = int(named.max(initial=0) if len(named) else -1) + 1, ("no table", len(self._blocks))
        if count > MAX_ROWS:
            raise self._buffers.fail("_FEATURE_ID", _("count {n} is more than can be read.").format(n=count))
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = _Block(self._n, table, count)
            self._n += count
        if valid is None and are_below(ids, count):
            rows = ids.astype(np.uint32)
            if block.first:
                rows += np.uint32(block.first)
            return rows
        valid = ids < count if valid is None else valid & (ids < count)
        return np.where(valid, ids.astype(np.int64) + block.first, NO_FEATURE).astype(np.uint32)

    @staticmethod
    def _surfaces(table: PropertyTable, ids: NDArray[np.integer]) -> NDArray[np.uint8]:
        classes = np.array([_CLASSES.get(str(name).lower(), 0) for name in table.columns["name"]] + [0], np.uint8)
        if are_below(ids, table.count):
            return classes.take(ids)
        inside = (ids >= 0) & (ids < table.count)
        return classes[np.where(inside, ids.astype(np.int64), table.count)]


def _feature_id_sets(primitive: dict[str, Any]) -> list[dict[str, Any]]:
    extensions = primitive.get("extensions")
    extension = extensions.get("EXT_mesh_features") if isinstance(extensions, dict) else None
    sets = extension.get("featureIds") if isinstance(extension, dict) else None
    return [entry for entry in sets if isinstance(entry, dict)] if isinstance(sets, list) else []


def are_below(ids: NDArray[Any], count: int) -> bool:
    """Whether ids are stored as whole numbers, none negative, and all below a count; False: look at each."""
    return ids.dtype.kind == "u" and int(ids.max(initial=0)) < count


def _unsigned(values: NDArray[Any]) -> NDArray[np.integer]:
    """Ids as uint32 where all can be so, as they mostly can; else as `whole_numbers`."""
    if len(values) and values.min() >= 0 and values.max() < 2.0**32 - 1.0:  # false where one is no number
        return (np.rint(values) if values.dtype.kind == "f" else values).astype(np.uint32)
    return whole_numbers(values)


def whole_numbers(values: NDArray[Any]) -> NDArray[np.int64]:
    """Ids as int64; what is not a finite number becomes -1."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(values) & (np.abs(values) < 2.0**53)
        return np.where(good, np.rint(np.where(good, values, 0.0)), -1).astype(np.int64)

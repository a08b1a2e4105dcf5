"""Reading EXT_structural_metadata: its schema, and property tables as columns of plain Python values.

Specification: EXT_structural_metadata (glTF 2.0 vendor extension), 3D Metadata Specification 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.container import load_json
from explorer.tileformat.data_uri import shown_uri
from explorer.tileformat.property_tables import JSON_SEMANTIC
from explorer.tileformat.property_values import MAX_ROWS, Property, describe, entry, read_values

__all__ = ["MAX_ROWS", "PropertyTable", "read_metadata", "read_property_table"]

_MAX_DEFAULTS = 1 << 23
"""Values of one table that are not in the file, but defaults of its schema."""


@dataclass
class PropertyTable:
    """One table: its class, its rows, and which column is the id."""

    class_name: str
    count: int
    columns: dict[str, list[Any]] = field(default_factory=dict)
    ids: list[Any] | None = None
    """Values of the property with the semantic ID; not among the columns where the table is ours."""


def read_metadata(buffers: GltfBuffers, say: Callable[[str], None]) -> dict[str, Any]:
    """The document's EXT_structural_metadata, with the schema in it also where that is a file of its own.

    Without a schema, or with one that cannot be read, there is no key `schema`; the latter is told.
    """
    found = entry(buffers.document.get("extensions"), "EXT_structural_metadata")
    address = found.get("schemaUri")
    if "schema" in found or not isinstance(address, str):
        return found
    try:
        return {**found, "schema": load_json(buffers.data(address, "schemaUri"), "schema", shown_uri(address))}
    except ContentError as problem:
        say(_("The attributes' schema cannot be read: {problem}").format(problem=problem))
        return found


def read_property_table(
    buffers: GltfBuffers, metadata: dict[str, Any], index: int, say: Callable[[str], None]
) -> PropertyTable:
    """Table `index`; a property that cannot be read is left out with a diagnostic.

    Raises ContentError if there is no such table.
    """
    place = f"propertyTables[{index}]"
    tables = metadata.get("propertyTables")
    table = tables[index] if isinstance(tables, list) and 0 <= index < len(tables) else None
    if not isinstance(table, dict):
        raise buffers.fail(place, _("is named but is not there."))
    count = buffers.number(table, "count", place)
    if count > MAX_ROWS:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=count))
    schema = metadata.get("schema")
    left = _MAX_DEFAULTS
    name = str(table.get("class"))
    if not isinstance(schema, dict):
        say(_("The attributes' schema is not in the file, so they cannot be read."))
        return PropertyTable(name, count)
    found = PropertyTable(name, count)
    classes = entry(schema, "classes")
    if name not in classes:
        say(_("The attributes' schema does not describe {name}, so they cannot be read.").format(name=name))
    stored = entry(table, "properties")
    ours = schema.get("id") == "citiverse"
    for key, about in entry(entry(classes, name), "properties").items():
        if not isinstance(about, dict) or (key not in stored and about.get("default") is None):
            continue
        try:
            if key in stored:
                values = _column(buffers, about, stored[key], count, schema, f"{place}.{key}")
            elif count > left:
                raise buffers.fail(f"{place}.{key}", _("count {n} is more than can be read.").format(n=count))
            else:
                left -= count
                values = [about["default"]] * count
        except ContentError as problem:
            say(_("An attribute is left out: {problem}").format(problem=problem))
            continue
        if about.get("semantic") == "ID" and found.ids is None:
            found.ids = values
            if ours:
                continue
        named = str(about.get("name", key))
        found.columns[named if named not in found.columns else key] = values
    return found


def _column(
    buffers: GltfBuffers, about: dict[str, Any], stored: Any, count: int, schema: dict[str, Any], place: str
) -> list[Any]:
    if not isinstance(stored, dict):
        raise buffers.fail(place, _("is not an object."))
    what: Property = describe(buffers, about, schema, place)
    values = read_values(buffers, what, stored, count, place)
    if about.get("semantic") == JSON_SEMANTIC and what.kind == "STRING":
        values = [None if value is None else _from_json(value) for value in values]
    return values


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

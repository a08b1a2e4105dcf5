"""3DTILES_batch_table_hierarchy: features of several classes, and the parents whose attributes they share.

https://github.com/CesiumGS/3d-tiles/tree/main/extensions/3DTILES_batch_table_hierarchy, and the member HIERARCHY of
which it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explorer.i18n import _
from explorer.tileformat.binary_column import column_values

EXTENSION = "3DTILES_batch_table_hierarchy"
CLASS_COLUMN = "class"
"""Name of the class of each feature, unless the table has such a column itself."""
_DEEPEST = 64


def instances_of(table: dict[str, Any]) -> int:
    """How many instances a table's hierarchy lists, 0 where it has none."""
    found = _found(table)
    ids = found.get("classIds") if found is not None else None
    return len(ids) if isinstance(ids, list) else 0


@dataclass(frozen=True)
class Joined:
    """What a hierarchy says of n features."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    """Their own attributes and those of all above them, the nearest first."""
    classes: tuple[tuple[str, ...], ...] = ()
    """The class of each and those of all above it, its own first; empty: there is no hierarchy."""
    diagnostics: tuple[str, ...] = ()


def read_hierarchy(table: dict[str, Any], binary: memoryview, n: int) -> Joined:
    """What the hierarchy of a batch table says of the n features; one that does not fit is left out."""
    found = _found(table)
    if found is None:
        return Joined()
    try:
        hierarchy = _Hierarchy(found, binary)
    except (ValueError, TypeError, KeyError, IndexError):
        return Joined(diagnostics=(_("The hierarchy of the features does not fit together; it is left out."),))
    columns: dict[str, list[Any]] = {}
    known = min(n, hierarchy.count)
    for row in range(known):
        for name, value in hierarchy.attributes(row).items():
            if value is not None:
                columns.setdefault(name, [None] * n)[row] = value
    classes = (*map(hierarchy.classes, range(known)), *[()] * (n - known))
    said = (_("A feature is above itself in the hierarchy; the circle is cut."),) if hierarchy.has_circle else ()
    return Joined(columns, classes, said)


def _found(table: dict[str, Any]) -> dict[str, Any] | None:
    extensions = table.get("extensions")
    found = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    found = table.get("HIERARCHY") if found is None else found
    return found if isinstance(found, dict) else None


class _Hierarchy:
    def __init__(self, found: dict[str, Any], binary: memoryview) -> None:
        count = found["instancesLength"]
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError("instancesLength")
        self.count = count
        self.has_circle = False
        class_ids = _indices(found["classIds"], binary, count)
        self._names: list[str] = []
        self._tables: list[dict[str, list[Any]]] = []
        for one in found["classes"]:
            self._names.append(str(one.get("name", len(self._names))))
            self._tables.append(_class_columns(one, binary))
        met = [0] * len(self._tables)
        self._places: list[tuple[int, int]] = []
        """Class and row in the class of each instance."""
        for class_id in class_ids:
            self._places.append((class_id, met[class_id]))
            met[class_id] += 1
        self._parents = _parents(found, binary, count)
        self._known: dict[int, dict[str, Any]] = {}
        self._known_classes: dict[int, tuple[str, ...]] = {}

    def attributes(self, instance: int) -> dict[str, Any]:
        """Everything that holds for an instance; the class is its own."""
        class_id, _row = self._places[instance]
        return {CLASS_COLUMN: self._names[class_id], **self._joined(instance, ())}

    def classes(self, instance: int) -> tuple[str, ...]:
        """Its class and those of all above it, each once, its own first."""
        known = self._known_classes.get(instance)
        if known is None:
            names: dict[str, None] = {}
            pending, seen = [instance], {instance}
            for one in pending:  # grows as it goes up
                names[self._names[self._places[one][0]]] = None
                above = [parent for parent in self._parents[one] if parent not in seen]
                seen.update(above)
                pending += above
            known = self._known_classes[instance] = tuple(names)
        return known

    def _joined(self, instance: int, below: tuple[int, ...]) -> dict[str, Any]:
        known = self._known.get(instance)
        if known is not None:
            return known
        joined: dict[str, Any] = {}
        for parent in self._parents[instance]:
            if parent == instance:
                continue  # this is how the standard says that there is none
            if parent in below or len(below) >= _DEEPEST:
                self.has_circle = True
                continue
            for name, value in self._joined(parent, (*below, instance)).items():
                joined.setdefault(name, value)
        class_id, row = self._places[instance]
        for name, values in self._tables[class_id].items():
            if row < len(values) and values[row] is not None:
                joined[name] = values[row]
        self._known[instance] = joined
        return joined


def _class_columns(one: dict[str, Any], binary: memoryview) -> dict[str, list[Any]]:
    length = one["length"]
    columns = {}
    for name, stored in one.get("instances", {}).items():
        values = column_values(stored, binary, length)
        if values is not None:
            columns[str(name)] = values
    return columns


def _parents(found: dict[str, Any], binary: memoryview, count: int) -> list[tuple[int, ...]]:
    """The parents of each instance: one by `parentIds` alone, several where `parentCounts` says how many."""
    if "parentIds" not in found:
        return [()] * count
    if "parentCounts" not in found:
        return [(parent,) for parent in _below(_indices(found["parentIds"], binary, count), count)]
    counts = _indices(found["parentCounts"], binary, count)
    ids = _below(_indices(found["parentIds"], binary, sum(counts)), count)
    parents, at = [], 0
    for n in counts:
        parents.append(tuple(ids[at : at + n]))
        at += n
    return parents


def _indices(stored: Any, binary: memoryview, n: int) -> list[int]:
    if isinstance(stored, dict):
        stored = {"type": "SCALAR", "componentType": "UNSIGNED_SHORT", **stored}
    values = column_values(stored, binary, n)
    if values is None or any(isinstance(v, bool) or not isinstance(v, int) or v < 0 for v in values):
        raise ValueError("indices")
    return values


def _below(values: list[int], count: int) -> list[int]:
    if values and max(values) >= count:
        raise ValueError("indices")
    return values

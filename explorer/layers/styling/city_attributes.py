"""Attributes of a whole city by its index, for tiles that carry none: coarse ones, and parts of a building.

Read on a worker, one column for each attribute that a style asks for; tiles' features are found in it by their id.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from explorer.layers.feature_index import FeatureIndex
from explorer.layers.styling.columns import Attributes, Column, IntArray, column_of, rows_of
from explorer.layers.styling.values import UNDEFINED
from explorer.tileformat import FeatureTable

_DEEPEST = 8
"""Parents above a feature that are asked for what it does not say."""
KIND = "kind"
"""What a feature is, as the index says it."""


class CityAttributes:
    """Columns of one index. `load` may run on a worker while the main thread asks for what is there."""

    def __init__(self, index: FeatureIndex) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._row_of: dict[str, int] = {}
        self._is_drawn = np.zeros(0, bool)
        self._columns: dict[str, Column | None] = {}
        """None: no feature has it."""

    def has(self, names: Iterable[str]) -> bool:
        """Whether all these were loaded."""
        return all(name in self._columns for name in names)

    def load(self, names: Iterable[str]) -> None:
        """Read these attributes of all features. Not on the main thread. Raises `DataError`."""
        with self._lock:
            missing = [name for name in names if name not in self._columns]
            if not missing:
                return
            described = self._index.described()
            row_of = {identifier: row for row, (identifier, *_rest) in enumerate(described)}
            parents = np.array(
                [row_of.get(parent or "", -1) for _id, parent, _kind, _attributes in described], np.int64
            )
            values: dict[str, list[Any]] = {name: [UNDEFINED] * len(described) for name in missing}
            decode = msgspec.json.Decoder(dict[str, Any]).decode
            for row, (_identifier, _parent, _kind, attributes) in enumerate(described):
                found = decode(attributes)
                for name in missing:
                    if name in found:
                        values[name][row] = found[name]
            if KIND in values:
                values[KIND] = [kind for _id, _parent, kind, _attributes in described]
            is_drawn = np.ones(len(described), bool)
            is_drawn[parents[parents >= 0]] = False
            columns = {name: _column(_inherited(some, parents)) for name, some in values.items()}
            self._row_of, self._is_drawn = row_of, is_drawn
            self._columns = {**self._columns, **columns}

    def of_tables(self, tables: Sequence[FeatureTable]) -> Attributes:
        """Attributes of tiles' features; what the index does not say is taken from the tiles."""
        return _OfCity(tables, self)

    def of_all(self) -> Attributes:
        """Attributes of the whole city: of each feature that is drawn, not of a building that is drawn in parts."""
        ids = [identifier for identifier, row in self._row_of.items() if self._is_drawn[row]]
        return _OfCity([FeatureTable(tuple(ids))], self)

    def rows_of(self, tables: Sequence[FeatureTable]) -> IntArray:
        """(n,) rows of tiles' features in the index, -1 where it does not know one."""
        look_up = self._row_of.get
        return np.array([look_up(one, -1) for table in tables for one in table.ids], np.int64)

    def whole(self, name: str) -> Column | None:
        """One attribute of all features; None where no feature has it, or it was not loaded."""
        return self._columns.get(name)


def _column(values: list[Any]) -> Column | None:
    return None if all(one is UNDEFINED for one in values) else column_of(values)


def _inherited(values: list[Any], parents: IntArray) -> list[Any]:
    """Where a feature says nothing, what the nearest above it says."""
    for row, value in enumerate(values):
        above, n = int(parents[row]), 0
        while value is UNDEFINED and above >= 0 and n < _DEEPEST:
            value = values[above]
            above, n = int(parents[above]), n + 1
        values[row] = value
    return values


class _OfCity(Attributes):
    def __init__(self, tables: Sequence[FeatureTable], city: CityAttributes) -> None:
        super().__init__(tables)
        self._city = city
        self._rows = city.rows_of(tables)

    def column(self, name: str) -> Column:
        whole = self._city.whole(name)
        if whole is None:
            return super().column(name)
        if name not in self._known:
            self._known[name] = rows_of(whole, self._rows)
        return self._known[name]

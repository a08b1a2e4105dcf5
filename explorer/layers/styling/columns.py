"""Attributes of many features as arrays: texts and the like by number, measures as floats. Made when first needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.values import UNDEFINED, Vector, plain_value, to_float
from explorer.tileformat import FeatureTable

FEW = 2000
"""A column of measures that has no more different ones is kept by number: expressions are worked out for each once."""
_ID = "id"
EXACT_CLASS, ALL_CLASSES = "getExactClassName()", "isClass()"
"""Names by which expressions ask for a feature's class, and for the list of it and of all those above."""
CLASS_NAMES = (EXACT_CLASS, ALL_CLASSES)
_CLASS = "class"
"""The attribute that stands for the class of features that are in no hierarchy."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Values by number: `values[codes[row]]`."""

    codes: NDArray[np.int32]
    """(n,)"""
    values: list[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, which: NDArray[np.intp]) -> Coded:
        """Some of the rows."""
        return Coded(self.codes[which], self.values)

    def to_list(self) -> list[Any]:
        """One value a row."""
        return [self.values[code] for code in self.codes.tolist()]


@dataclass(frozen=True, eq=False)
class Measured:
    """Numbers of which many differ, and what is none beside them; or vectors, all of one length."""

    numbers: NDArray[np.float64]
    """(n,) NaN where it is none; (n, k) vectors."""
    others: Coded | None = None
    """(n,) what stands where there is no number, code -1 where there is one; None: all are numbers."""

    def __len__(self) -> int:
        return len(self.numbers)

    def coded(self) -> Coded:
        """The same by number."""
        if self.numbers.ndim == 2:
            return Coded(np.arange(len(self), dtype=np.int32), self.to_list())
        return self.whole(FEW) or self.by_sorting()

    def whole(self, few: int) -> Coded | None:
        """Whole numbers that lie close together (years, storeys) need no sorting."""
        known = self.numbers if self.others is None else self.numbers[self.others.codes < 0]
        low, high = known.min(initial=np.inf), known.max(initial=-np.inf)
        if not -(2.0**53) <= low <= high <= 2.0**53 or high - low > few or not (known == np.rint(known)).all():
            return None
        values: list[Any] = (np.arange(high - low + 1.0) + low).tolist()
        codes = np.where(np.isnan(self.numbers), 0.0, self.numbers - low).astype(np.int32)
        return self._with_others(codes, values)

    def by_sorting(self) -> Coded:
        """By number, whatever they are."""
        found, codes = np.unique(self.numbers, return_inverse=True)
        return self._with_others(codes.astype(np.int32), found.tolist())

    def _with_others(self, codes: NDArray[np.int32], values: list[Any]) -> Coded:
        if self.others is not None:
            is_other = self.others.codes >= 0
            codes[is_other] = self.others.codes[is_other] + len(values)
            values += self.others.values
        return Coded(codes, values)

    def to_list(self) -> list[Any]:
        """One value a row."""
        if self.numbers.ndim == 2:
            return list(map(Vector, self.numbers.tolist()))
        values: list[Any] = self.numbers.tolist()
        if self.others is not None:
            for row in np.flatnonzero(self.others.codes >= 0).tolist():
                values[row] = self.others.values[int(self.others.codes[row])]
        return values


Column = Coded | Measured
IntArray = NDArray[np.int64]


class Attributes:
    """Attributes of n features, those of several tables one after the other. Columns are kept once they are made."""

    def __init__(self, tables: Sequence[FeatureTable], *, few: int = FEW) -> None:
        self._tables, self._few = tables, few
        self.n = sum(map(len, tables))
        self._known: dict[str, Column] = {}
        self.groups: dict[frozenset[str], list[Any]] = {}
        """What `columnwise` found out about the kinds of values in these columns."""

    def __len__(self) -> int:
        return self.n

    def column(self, name: str) -> Column:
        """One attribute of all features; `undefined` where a table has none of this name."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = column_of(self._values(name), self._few)
        return found

    def _values(self, name: str) -> list[Any]:
        if len(self._tables) == 1:
            return _of_table(self._tables[0], name)
        return list(chain.from_iterable(_of_table(table, name) for table in self._tables))


class DistinctFeatures(Attributes):
    """Attributes of several tables' features, each id once: a feature is in the tiles of several levels."""

    def __init__(self, tables: Sequence[FeatureTable]) -> None:
        super().__init__(tables)
        self._whole = Attributes(tables)
        first: dict[Any, int] = {}
        row = 0
        for number, table in enumerate(tables):
            has_ids = not _is_numbered(table)
            for identifier in table.ids:
                first.setdefault(identifier if has_ids else (number, identifier), row)
                row += 1
        self._rows = np.fromiter(first.values(), np.int64, len(first))
        self.n = len(first)

    def column(self, name: str) -> Column:
        if name not in self._known:
            self._known[name] = rows_of(self._whole.column(name), self._rows)
        return self._known[name]


def _is_numbered(table: FeatureTable) -> bool:
    """Whether its ids are but the numbers of its rows: those of another tile are other features."""
    return table.ids[:1] == ("0",) and table.ids[-1] == str(len(table) - 1)


def _of_table(table: FeatureTable, name: str) -> list[Any]:
    """Stable ids of our own tiles stand beside the columns, and are asked for like one."""
    if name in CLASS_NAMES:
        return _classes(table, name)
    values = table.columns.get(name)
    if values is None:
        return list(table.ids) if name == _ID else list(repeat(UNDEFINED, len(table)))
    return values if len(values) == len(table) else [*values, *repeat(UNDEFINED, len(table))][: len(table)]


def _classes(table: FeatureTable, name: str) -> list[Any]:
    if table.classes:
        own_first: Sequence[Sequence[Any]] = table.classes
    else:
        own_first = [() if one is None or one is UNDEFINED else (one,) for one in _of_table(table, _CLASS)]
    return [list(one) if name == ALL_CLASSES else one[0] if one else UNDEFINED for one in own_first]


def column_of(values: list[Any], few: int = FEW) -> Column:
    """Plain Python values as a column; measures by number where they are no more than `few`. None is `null`."""
    kinds = set(map(type, values))
    numeric = kinds & {int, float}
    if not numeric:
        return _coded(values, kinds)
    if kinds <= {int, float, type(None)}:
        try:
            numbers = np.array(values, np.float64)  # None becomes NaN
        except OverflowError:
            numbers = np.array([to_float(one) if type(one) is int else one for one in values], np.float64)
        # a column's own NaN is as good as no value: files say it so where they have no sign of their own for it
        others = Coded(np.where(np.isnan(numbers), 0, -1).astype(np.int32), [None]) if type(None) in kinds else None
    else:
        is_number = [type(one) is float or type(one) is int for one in values]
        pairs = list(zip(values, is_number, strict=True))
        numbers = np.array([plain_value(one) if yes else np.nan for one, yes in pairs], np.float64)
        rest = _coded([None if yes else one for one, yes in pairs], kinds)
        others = Coded(np.where(is_number, -1, rest.codes).astype(np.int32), rest.values)
    numbers += 0.0  # a zero below zero is a zero
    measured = Measured(numbers, others)
    return measured.whole(few) or (measured.by_sorting() if _has_few(numbers, few) else measured)


def _has_few(numbers: NDArray[np.float64], few: int) -> bool:
    """Whether few numbers differ, by a sample: sorting all is what takes long."""
    if len(numbers) <= few or few <= 0:
        return len(numbers) <= few
    return len(np.unique(numbers[:: len(numbers) // few])) <= few // 8


def _coded(values: list[Any], kinds: set[type]) -> Coded:
    """By number, in the order in which values come first."""
    numbered: dict[Any, int] = {}
    if kinds <= {str, type(None)} or (len(kinds) == 1 and kinds <= {bool, str, type(UNDEFINED)}):
        known = dict.fromkeys(values)
        numbered = {one: code for code, one in enumerate(known)}
        return Coded(np.fromiter(map(numbered.__getitem__, values), np.int32, len(values)), list(known))
    codes = np.empty(len(values), np.int32)
    found: list[Any] = []
    for row, value in enumerate(values):
        # True and 1 are one key to Python, and what is nested is none
        key = (type(value), value if isinstance(value, (str, bool, int, float, type(None))) else repr(value))
        code = numbered.setdefault(key, len(found))
        if code == len(found):
            found.append(plain_value(value))
        codes[row] = code
    return Coded(codes, found)


def rows_of(column: Column, rows: IntArray) -> Column:
    """Some rows of a column, `undefined` where one is -1."""
    outside = rows < 0
    if isinstance(column, Coded):
        codes = column.codes[np.maximum(rows, 0)]
        if outside.any():
            return Coded(np.where(outside, len(column.values), codes).astype(np.int32), [*column.values, UNDEFINED])
        return Coded(codes, column.values)
    numbers = column.numbers[np.maximum(rows, 0)]
    others = None if column.others is None else column.others.rows(np.maximum(rows, 0))
    if outside.any():
        numbers = np.where(outside, np.nan, numbers)
        known = np.full(len(rows), -1, np.int32) if others is None else others.codes
        values = [] if others is None else others.values
        others = Coded(np.where(outside, len(values), known).astype(np.int32), [*values, UNDEFINED])
    return Measured(numbers, others)

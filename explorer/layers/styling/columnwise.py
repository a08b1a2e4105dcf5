"""An expression worked out for all features at once: 100,000 take some milliseconds.

Two ways, and a tree may go both. Where all attributes of a part are kept by number (texts, truth values, measures of
which few differ), the part is worked out once for each combination that there is (`combinations`). Where they are
measures, it is reckoned with arrays (`arraywise`); features whose value is none (`null`, a text) are then a group of
their own, in which it is one by number. What arrays cannot hold (a text made of a measure) goes the first way with
every number of its own: slow, and the same. In all cases it means what `scalar` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.arraywise import (
    Array,
    Result,
    RowGroup,
    colours_of,
    numbers_of,
    to_list,
    truths_of,
)
from explorer.layers.styling.columns import Attributes, Coded, Measured
from explorer.layers.styling.combinations import DENSE, by_combination, first_by_combination, n_combinations
from explorer.layers.styling.tree import Node, names_in
from explorer.layers.styling.values import Mixed

Rows = NDArray[np.intp]
Group = tuple[Rows | None, dict[str, Coded | Array], int]
"""Rows (None: all) in which each attribute is of one kind, those attributes, and how many rows they are."""


def truths(node: Node, table: Attributes) -> NDArray[np.bool_]:
    """(n,) whether it is true of each feature."""
    return _gathered(node, table, truths_of, np.zeros(table.n, bool))


def numbers(node: Node, table: Attributes) -> NDArray[np.float64]:
    """(n,) the number that it gives; NaN where it gives none."""
    return _gathered(node, table, numbers_of, np.full(table.n, np.nan))


def colours(node: Node, table: Attributes) -> NDArray[np.float64]:
    """(n, 4) red, green, blue, alpha of 0 to 1; NaN where it gives no colour."""
    return _gathered(node, table, colours_of, np.full((table.n, 4), np.nan))


def values(node: Node, table: Attributes) -> list[Any]:
    """What it gives for each feature, as a plain value: slow, for few."""
    found = np.empty(table.n, object)
    for rows, result in _results(node, table):
        some = np.empty(len(result), object)
        some[:] = to_list(result)
        found[slice(None) if rows is None else rows] = some
    return list(found)


def first_true(conditions: Sequence[Node], table: Attributes) -> NDArray[np.int32]:
    """(n,) which is the first condition that is true of each feature, -1 where none is."""
    columns = {name: table.column(name) for one in conditions for name in names_in(one)}
    coded = {name: column for name, column in columns.items() if isinstance(column, Coded)}
    if table.n and len(coded) == len(columns) and n_combinations(coded) <= table.n // 4 + DENSE:
        return first_by_combination(conditions, coded, table.n)
    found = np.full(table.n, -1, np.int32)
    is_open = np.ones(table.n, bool)
    for number, one in enumerate(conditions):
        is_first = truths(one, table) & is_open
        found[is_first] = number
        is_open ^= is_first
    return found


def _gathered(node: Node, table: Attributes, reduced: Callable[[Result], Array], found: Array) -> Array:
    for rows, result in _results(node, table):
        found[slice(None) if rows is None else rows] = reduced(result)
    return found


def _results(node: Node, table: Attributes) -> Iterator[tuple[Rows | None, Result]]:
    """Results of groups of rows in each of which every attribute is of one kind; None: all rows are one group."""
    for rows, columns, n in _groups(names_in(node), table):
        try:
            with np.errstate(all="ignore"):
                yield rows, RowGroup(columns, n).evaluate(node)
        except Mixed:
            coded = {
                name: Measured(one).coded() if isinstance(one, np.ndarray) else one for name, one in columns.items()
            }
            yield rows, by_combination(node, coded, n)


def _groups(names: frozenset[str], table: Attributes) -> list[Group]:
    """Kept with the table: the conditions of a style mostly ask for the same attributes."""
    found = table.groups.get(names)
    if found is None:
        found = table.groups[names] = list(_parted(names, table))
    return found


def _parted(names: frozenset[str], table: Attributes) -> Iterator[Group]:
    columns = {name: table.column(name) for name in names}
    split = [one.others.codes >= 0 for one in columns.values() if isinstance(one, Measured) and one.others is not None]
    if not split:
        yield None, {name: c.numbers if isinstance(c, Measured) else c for name, c in columns.items()}, table.n
        return
    kinds = np.zeros(table.n, np.int64)
    for is_other in split:
        kinds = kinds * 2 + is_other
    for kind in np.unique(kinds) if len(split) > 1 else (0, 1):
        rows = np.flatnonzero(kinds == kind)
        some: dict[str, Coded | Array] = {}
        for name, column in columns.items():
            if isinstance(column, Coded):
                some[name] = column.rows(rows)
            elif column.others is not None and len(rows) and column.others.codes[rows[0]] >= 0:
                some[name] = column.others.rows(rows)
            else:
                some[name] = column.numbers[rows]
        if len(rows):
            yield rows, some, len(rows)

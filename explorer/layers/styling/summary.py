"""What an attribute holds, over all features that could have it: what classes are made from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.city_attributes import KIND
from explorer.layers.styling.columns import Attributes, Coded, Measured
from explorer.layers.styling.values import UNDEFINED, is_number

_MOSTLY = 0.9
"""Of the values are numbers, where an attribute counts as measured."""


@dataclass(frozen=True, eq=False)
class Summary:
    """One attribute of a layer."""

    name: str
    n: int
    """Features that could have it: all, or all of the kinds of which some do."""
    n_missing: int
    """Of them without a value."""
    counts: tuple[tuple[Any, int], ...]
    """Values and how many features have them, the most frequent first."""
    numbers: NDArray[np.float64]
    """All values that are finite numbers, in ascending order."""
    kinds: tuple[str, ...] = ()
    """Kinds of features that have it, where others do not; empty: there are no kinds, or all have it."""
    is_whole: bool = True
    """Whether it is of all of the data; False: of what is loaded."""

    @property
    def is_measured(self) -> bool:
        """Whether it is a measure, whose values have an order: numbers, and more than a handful of them."""
        known = self.n - self.n_missing
        return known > 0 and len(self.numbers) >= _MOSTLY * known and len(self.counts) > 2


def summary_of(name: str, table: Attributes, *, is_whole: bool = True) -> Summary:
    """What an attribute holds over these features. Slow for a large city: not on the main thread."""
    column = table.column(name)
    coded = column if isinstance(column, Coded) else column.coded()
    is_missing = np.array([_is_missing(one) for one in coded.values], bool)[coded.codes]
    kinds, counts_here = _kinds(table, ~is_missing)
    counted = np.bincount(coded.codes[counts_here & ~is_missing], minlength=len(coded.values)).tolist()
    pairs = [(value, n) for value, n in zip(coded.values, counted, strict=True) if n]
    pairs.sort(key=lambda pair: (-pair[1], str(pair[0])))
    numbers = _numbers(column)
    return Summary(
        name, int(counts_here.sum()), int((is_missing & counts_here).sum()), tuple(pairs), numbers, kinds, is_whole
    )


def _is_missing(value: Any) -> bool:
    return value is None or value is UNDEFINED or value == "" or (isinstance(value, float) and math.isnan(value))


def _numbers(column: Coded | Measured) -> NDArray[np.float64]:
    if isinstance(column, Measured):
        found = column.numbers
    else:
        found = np.array([one if is_number(one) else np.nan for one in column.values], np.float64)[column.codes]
    return np.sort(found[np.isfinite(found)])


def _kinds(table: Attributes, has_value: NDArray[np.bool_]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Kinds of features that have a value at all, and which features are of them; a street has no number of storeys."""
    column = table.column(KIND)
    everything = np.ones(table.n, bool)
    if not isinstance(column, Coded) or any(not isinstance(one, str) for one in column.values):
        return (), everything
    with_value = np.bincount(column.codes[has_value], minlength=len(column.values))
    having = [kind for kind, n in zip(column.values, with_value.tolist(), strict=True) if n]
    there = np.bincount(column.codes, minlength=len(column.values))
    if not having or len(having) == int((there > 0).sum()):
        return (), everything
    return tuple(sorted(having)), np.isin(column.codes, [column.values.index(kind) for kind in having])

"""An expression worked out once for each combination of values that there is, where all its attributes are known by
number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.columns import Coded
from explorer.layers.styling.scalar import worker
from explorer.layers.styling.tree import Node, names_in
from explorer.layers.styling.values import truth

DENSE = 4096
"""Combinations that are looked up in a table however few features there are."""


def n_combinations(columns: Mapping[str, Coded]) -> int:
    """How many combinations of their values could be."""
    n = 1
    for one in columns.values():
        n *= max(len(one.values), 1)
    return n


def _combinations(columns: Mapping[str, Coded], n: int) -> tuple[NDArray[Any], list[dict[str, Any]]]:
    """Which combination of values each row has (n,), and the combinations that there are."""
    if not columns:
        return np.zeros(n, np.int32), [{}]
    combined: NDArray[Any] = np.zeros(n, np.int64)
    if n_combinations(columns) < 2**62:
        for one in columns.values():
            combined = combined * len(one.values) + one.codes
        size = n_combinations(columns)
    else:  # a number of its own for each row says as much
        combined, size = np.arange(n), n
        digits = {name: one.codes.tolist() for name, one in columns.items()}
        return combined, [{name: columns[name].values[digits[name][row]] for name in columns} for row in range(n)]
    if size <= 4 * n + DENSE:
        is_there = np.zeros(size, bool)
        is_there[combined] = True
        which = np.flatnonzero(is_there)
        place = np.zeros(size, np.int32)
        place[which] = np.arange(len(which))
        codes: NDArray[Any] = place[combined]
    else:
        found, codes = np.unique(combined, return_inverse=True)
        which = found.astype(np.intp)
    parts: dict[str, list[Any]] = {}
    for name, one in reversed(list(columns.items())):
        parts[name] = [one.values[code] for code in (which % len(one.values)).tolist()]
        which = which // len(one.values)
    names = list(parts)
    return codes, [dict(zip(names, row, strict=True)) for row in zip(*parts.values(), strict=True)]


def by_combination(node: Node, columns: Mapping[str, Coded], n: int) -> Coded:
    """What an expression gives (n,)."""
    work = worker(node)
    used = {name: columns[name] for name in sorted(names_in(node))}
    codes, there = _combinations(used, n)
    with np.errstate(all="ignore"):
        return Coded(codes, [work(row.__getitem__) for row in there])


def first_by_combination(conditions: Sequence[Node], columns: Mapping[str, Coded], n: int) -> NDArray[np.int32]:
    """(n,) which is the first condition that is true, -1 where none is."""
    works = [worker(one) for one in conditions]
    codes, there = _combinations(columns, n)
    with np.errstate(all="ignore"):
        first = [
            next((number for number, work in enumerate(works) if truth(work(row.__getitem__))), -1) for row in there
        ]
    return np.asarray(np.array(first, np.int32)[codes])

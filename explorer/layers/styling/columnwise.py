"""An expression worked out for all features at once: 100,000 take some milliseconds.

Two ways, and a tree may go both. Where all attributes of a part are kept by number (texts, truth values, measures of
which few differ), the part is worked out once for each combination that there is. Where they are measures, it is
reckoned with arrays; features whose value is none (`null`, a text) are then a group of their own, in which it is one
by number. What arrays cannot hold (a text made of a measure) goes the first way with every number of its own: slow, and
the same. In all cases it means what `scalar` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.columns import Attributes, Coded, Measured
from explorer.layers.styling.functions import FUNCTIONS
from explorer.layers.styling.scalar import COMPONENTS, spine, worker
from explorer.layers.styling.tree import Binary, Call, Literal, Member, Node, Ternary, Unary, Variable, names_in
from explorer.layers.styling.values import UNDEFINED, Vector, is_number, truth

Array = NDArray[Any]
Result = Coded | Array
"""By number, or float64 (n,) of numbers, float64 (n, k) of vectors, bool (n,)."""
Rows = NDArray[np.intp]
Group = tuple[Rows | None, dict[str, Coded | Array], int]
"""Rows (None: all) in which each attribute is of one kind, those attributes, and how many rows they are."""
_DENSE = 4096
"""Combinations that are looked up in a table however few features there are."""


class _Mixed(Exception):
    """Arrays cannot hold this."""


def truths(node: Node, table: Attributes) -> NDArray[np.bool_]:
    """(n,) whether it is true of each feature."""
    return _gathered(node, table, _truths_of, np.zeros(table.n, bool))


def numbers(node: Node, table: Attributes) -> NDArray[np.float64]:
    """(n,) the number that it gives; NaN where it gives none."""
    return _gathered(node, table, _numbers_of, np.full(table.n, np.nan))


def colours(node: Node, table: Attributes) -> NDArray[np.float64]:
    """(n, 4) red, green, blue, alpha of 0 to 1; NaN where it gives no colour."""
    return _gathered(node, table, _colours_of, np.full((table.n, 4), np.nan))


def values(node: Node, table: Attributes) -> list[Any]:
    """What it gives for each feature, as a plain value: slow, for few."""
    found = np.empty(table.n, object)
    for rows, result in _results(node, table):
        some = np.empty(len(result), object)
        some[:] = _to_list(result)
        found[slice(None) if rows is None else rows] = some
    return list(found)


def first_true(conditions: Sequence[Node], table: Attributes) -> NDArray[np.int32]:
    """(n,) which is the first condition that is true of each feature, -1 where none is."""
    columns = {name: table.column(name) for one in conditions for name in names_in(one)}
    coded = {name: column for name, column in columns.items() if isinstance(column, Coded)}
    if table.n and len(coded) == len(columns) and _n_combinations(coded) <= table.n // 4 + _DENSE:
        return _first_by_combination(conditions, coded, table.n)
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
                yield rows, _Group(columns, n).evaluate(node)
        except _Mixed:
            coded = {
                name: Measured(one).coded() if isinstance(one, np.ndarray) else one for name, one in columns.items()
            }
            yield rows, _by_combination(node, coded, n)


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


# -- by combination ----------------------------------------------------------------------------------------------------


def _n_combinations(columns: Mapping[str, Coded]) -> int:
    n = 1
    for one in columns.values():
        n *= max(len(one.values), 1)
    return n


def _combinations(columns: Mapping[str, Coded], n: int) -> tuple[Array, list[dict[str, Any]]]:
    """Which combination of values each row has (n,), and the combinations that there are."""
    if not columns:
        return np.zeros(n, np.int32), [{}]
    combined: Array = np.zeros(n, np.int64)
    if _n_combinations(columns) < 2**62:
        for one in columns.values():
            combined = combined * len(one.values) + one.codes
        size = _n_combinations(columns)
    else:  # a number of its own for each row says as much
        combined, size = np.arange(n), n
        digits = {name: one.codes.tolist() for name, one in columns.items()}
        return combined, [{name: columns[name].values[digits[name][row]] for name in columns} for row in range(n)]
    if size <= 4 * n + _DENSE:
        is_there = np.zeros(size, bool)
        is_there[combined] = True
        which = np.flatnonzero(is_there)
        place = np.zeros(size, np.int32)
        place[which] = np.arange(len(which))
        codes: Array = place[combined]
    else:
        found, codes = np.unique(combined, return_inverse=True)
        which = found.astype(np.intp)
    parts: dict[str, list[Any]] = {}
    for name, one in reversed(list(columns.items())):
        parts[name] = [one.values[code] for code in (which % len(one.values)).tolist()]
        which = which // len(one.values)
    names = list(parts)
    return codes, [dict(zip(names, row, strict=True)) for row in zip(*parts.values(), strict=True)]


def _by_combination(node: Node, columns: Mapping[str, Coded], n: int) -> Coded:
    work = worker(node)
    used = {name: columns[name] for name in sorted(names_in(node))}
    codes, there = _combinations(used, n)
    with np.errstate(all="ignore"):
        return Coded(codes, [work(row.__getitem__) for row in there])


def _first_by_combination(conditions: Sequence[Node], columns: Mapping[str, Coded], n: int) -> NDArray[np.int32]:
    works = [worker(one) for one in conditions]
    codes, there = _combinations(columns, n)
    with np.errstate(all="ignore"):
        first = [
            next((number for number, work in enumerate(works) if truth(work(row.__getitem__))), -1) for row in there
        ]
    return np.array(first, np.int32)[codes]


# -- with arrays -------------------------------------------------------------------------------------------------------


class _Group:
    """Rows in which every attribute is either a number everywhere, or known by number."""

    def __init__(self, columns: Mapping[str, Coded | Array], n: int) -> None:
        self._columns, self._n = columns, n
        self._coded = {name: one for name, one in columns.items() if isinstance(one, Coded)}
        self._all_first = np.zeros(n, np.int32)

    def evaluate(self, node: Node) -> Result:
        """Raises `_Mixed`."""
        if isinstance(node, Variable):
            return self._columns[node.name]
        names = names_in(node)
        if not names:
            return Coded(self._all_first, [worker(node)(lambda name: UNDEFINED)])
        if names <= self._coded.keys():
            return _by_combination(node, self._coded, self._n)
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Ternary):
            return self._ternary(node)
        if isinstance(node, Member):
            return self._member(node)
        if isinstance(node, Call):
            return self._call(node)
        raise _Mixed

    def _undefined(self) -> Coded:
        return Coded(self._all_first, [UNDEFINED])

    def _unary(self, node: Unary) -> Result:
        operand = self.evaluate(node.operand)
        if node.operator == "!":
            return ~_truths_of(operand)
        array = _typed(operand)
        if array.dtype == bool:
            return self._undefined()
        return array if node.operator == "+" else -array

    def _binary(self, node: Binary) -> Result:
        first, chain = spine(node)
        value = self.evaluate(first)
        for one in chain:
            right = self.evaluate(one.right)
            if one.operator == "&&":
                value = _truths_of(value) & _truths_of(right)
            elif one.operator == "||":
                value = _truths_of(value) | _truths_of(right)
            elif one.operator == "===":
                value = _same(value, right)
            elif one.operator == "!==":
                value = ~_same(value, right)
            else:
                value = self._joined(one.operator, _typed(value), _typed(right))
        return value

    def _joined(self, sign: str, left: Array, right: Array) -> Result:
        if sign in ("=~", "!~") or left.dtype == bool or right.dtype == bool:
            return self._undefined()
        if sign in _COMPARING:
            is_plain = left.ndim == right.ndim == 1
            return np.asarray(_COMPARING[sign](left, right)) if is_plain else self._undefined()
        if left.shape == right.shape:
            return np.asarray(_RECKONING[sign](left, right))
        if right.ndim == 1 and sign in "*/":
            return np.asarray(_RECKONING[sign](left, right[:, None]))
        if left.ndim == 1 and sign == "*":
            return left[:, None] * right
        return self._undefined()

    def _ternary(self, node: Ternary) -> Result:
        test = _truths_of(self.evaluate(node.test))
        yes, no = self.evaluate(node.yes), self.evaluate(node.no)
        if isinstance(yes, Coded) and isinstance(no, Coded):
            codes = np.where(test, yes.codes, no.codes + len(yes.values))
            return Coded(codes.astype(np.int32), [*yes.values, *no.values])
        one, other = _typed(yes), _typed(no)
        if one.dtype != other.dtype or one.shape != other.shape:
            raise _Mixed
        return np.where(test if one.ndim == 1 else test[:, None], one, other)

    def _member(self, node: Member) -> Result:
        thing = _typed(self.evaluate(node.thing))
        if not isinstance(node.key, Literal):
            raise _Mixed
        key = node.key.value
        place: Any = COMPONENTS.get(key) if isinstance(key, str) else key
        if thing.ndim != 2 or not is_number(place) or place != int(place) or not 0 <= place < thing.shape[1]:
            return self._undefined()
        return np.ascontiguousarray(thing[:, int(place)])

    def _call(self, node: Call) -> Result:
        name = node.function
        results = [self.evaluate(one) for one in node.arguments]
        if name == "Boolean":
            return _truths_of(results[0])
        if name == "color":
            return self._color(results)
        on = FUNCTIONS[name].on
        if on is None and name not in ("Number", "isNaN", "isFinite"):
            raise _Mixed
        arrays = [_typed(one) for one in results]
        if on is not None:
            if any(one.dtype == bool for one in arrays):
                return self._undefined()
            found = on(arrays)
            return self._undefined() if found is None else found
        if arrays[0].ndim != 1:
            raise _Mixed
        plain = arrays[0].astype(np.float64)
        return plain if name == "Number" else np.isnan(plain) if name == "isNaN" else np.isfinite(plain)

    def _color(self, results: Sequence[Result]) -> Result:
        """A colour of a name, with an opacity that is measured."""
        keyword, alpha = results[0], _typed(results[1])
        if not isinstance(keyword, Coded) or alpha.dtype == bool or alpha.ndim != 1:
            raise _Mixed
        of = [FUNCTIONS["color"].of(one) for one in keyword.values]
        if not all(isinstance(one, Vector) for one in of):
            raise _Mixed
        found = np.array(of, np.float64).reshape(-1, 4)[keyword.codes]
        found[:, 3] = alpha
        return found


_COMPARING: dict[str, Callable[..., Any]] = {
    "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip
_RECKONING: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod,
}  # fmt: skip


def _same(left: Result, right: Result) -> NDArray[np.bool_]:
    if isinstance(left, Coded):
        left, right = right, left
    if isinstance(left, Coded):
        left = _typed(left)
    if isinstance(right, Coded) and left.ndim == 1 and left.dtype == np.float64:
        # what is no number is compared as NaN: unlike all
        numeric = [float(one) if is_number(one) else np.nan for one in right.values]
        return np.asarray(left == np.array(numeric)[right.codes])
    other = _typed(right)
    if left.dtype != other.dtype or left.shape != other.shape:
        return np.zeros(len(left), bool)
    found = left == other
    return np.asarray(found if found.ndim == 1 else found.all(axis=1))


def _typed(result: Result) -> Array:
    """As an array. Raises `_Mixed` where not all values are numbers, or vectors of one size, or truth values."""
    if isinstance(result, np.ndarray):
        return result
    if not len(result.codes):
        return np.zeros(0)
    kinds = {(type(one), len(one)) if isinstance(one, Vector) else (type(one), 0) for one in result.values}
    if len(kinds) != 1 or next(iter(kinds))[0] not in (float, bool, Vector):
        raise _Mixed
    if len(result.values) == 1:  # the same everywhere
        one = np.array(result.values[0])
        return np.broadcast_to(one, (len(result.codes), *one.shape))
    return np.array(result.values)[result.codes]


def _truths_of(result: Result) -> NDArray[np.bool_]:
    if isinstance(result, Coded):
        return np.array([truth(one) for one in result.values], bool)[result.codes]
    if result.dtype == bool:
        return result
    return np.asarray((result == result) & (result != 0.0)) if result.ndim == 1 else np.ones(len(result), bool)


def _numbers_of(result: Result) -> Array:
    if isinstance(result, Coded):
        found = [float(one) if is_number(one) else np.nan for one in result.values]
        return np.array(found, np.float64)[result.codes]
    return result if result.ndim == 1 and result.dtype == np.float64 else np.full(len(result), np.nan)


def _colours_of(result: Result) -> Array:
    if isinstance(result, Coded):
        none = (np.nan,) * 4
        found = [one if isinstance(one, Vector) and len(one) == 4 else none for one in result.values]
        return np.array(found, np.float64).reshape(-1, 4)[result.codes]
    return result if result.shape[1:] == (4,) else np.full((len(result), 4), np.nan)


def _to_list(result: Result) -> list[Any]:
    if isinstance(result, Coded):
        return result.to_list()
    return [Vector(row) for row in result.tolist()] if result.ndim == 2 else list(result.tolist())

"""An expression reckoned with arrays, for rows in which every attribute is of one kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling.columns import Coded
from explorer.layers.styling.combinations import by_combination
from explorer.layers.styling.functions import FUNCTIONS
from explorer.layers.styling.scalar import COMPONENTS, spine, worker
from explorer.layers.styling.tree import Binary, Call, Literal, Member, Node, Ternary, Unary, Variable, names_in
from explorer.layers.styling.values import UNDEFINED, Mixed, Vector, is_number, truth

Array = NDArray[Any]
Result = Coded | Array
"""By number, or float64 (n,) of numbers, float64 (n, k) of vectors, bool (n,)."""


class RowGroup:
    """Rows in which every attribute is either a number everywhere, or known by number."""

    def __init__(self, columns: Mapping[str, Coded | Array], n: int) -> None:
        self._columns, self._n = columns, n
        self._coded = {name: one for name, one in columns.items() if isinstance(one, Coded)}
        self._all_first = np.zeros(n, np.int32)

    def evaluate(self, node: Node) -> Result:
        """Raises `Mixed`."""
        if isinstance(node, Variable):
            return self._columns[node.name]
        names = names_in(node)
        if not names:
            return Coded(self._all_first, [worker(node)(lambda name: UNDEFINED)])
        if names <= self._coded.keys():
            return by_combination(node, self._coded, self._n)
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
        raise Mixed

    def _undefined(self) -> Coded:
        return Coded(self._all_first, [UNDEFINED])

    def _unary(self, node: Unary) -> Result:
        operand = self.evaluate(node.operand)
        if node.operator == "!":
            return ~truths_of(operand)
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
                value = truths_of(value) & truths_of(right)
            elif one.operator == "||":
                value = truths_of(value) | truths_of(right)
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
        test = truths_of(self.evaluate(node.test))
        yes, no = self.evaluate(node.yes), self.evaluate(node.no)
        if isinstance(yes, Coded) and isinstance(no, Coded):
            codes = np.where(test, yes.codes, no.codes + len(yes.values))
            return Coded(codes.astype(np.int32), [*yes.values, *no.values])
        one, other = _typed(yes), _typed(no)
        if one.dtype != other.dtype or one.shape != other.shape:
            raise Mixed
        return np.where(test if one.ndim == 1 else test[:, None], one, other)

    def _member(self, node: Member) -> Result:
        thing = _typed(self.evaluate(node.thing))
        if not isinstance(node.key, Literal):
            raise Mixed
        key = node.key.value
        place: Any = COMPONENTS.get(key) if isinstance(key, str) else key
        if thing.ndim != 2 or not is_number(place) or place != int(place) or not 0 <= place < thing.shape[1]:
            return self._undefined()
        return np.ascontiguousarray(thing[:, int(place)])

    def _call(self, node: Call) -> Result:
        name = node.function
        results = [self.evaluate(one) for one in node.arguments]
        if name == "Boolean":
            return truths_of(results[0])
        if name == "color":
            return self._color(results)
        on = FUNCTIONS[name].on
        if on is None and name not in ("Number", "isNaN", "isFinite"):
            raise Mixed
        arrays = [_typed(one) for one in results]
        if on is not None:
            if any(one.dtype == bool for one in arrays):
                return self._undefined()
            found = on(arrays)
            return self._undefined() if found is None else found
        if arrays[0].ndim != 1:
            raise Mixed
        plain = arrays[0].astype(np.float64)
        return plain if name == "Number" else np.isnan(plain) if name == "isNaN" else np.isfinite(plain)

    def _color(self, results: Sequence[Result]) -> Result:
        """A colour of a name, with an opacity that is measured."""
        if len(results) < 2:
            raise Mixed
        keyword, alpha = results[0], _typed(results[1])
        if not isinstance(keyword, Coded) or alpha.dtype == bool or alpha.ndim != 1:
            raise Mixed
        of = [FUNCTIONS["color"].of(one) for one in keyword.values]
        if not all(isinstance(one, Vector) for one in of):
            raise Mixed
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
    """As an array. Raises `Mixed` where not all values are numbers, or vectors of one size, or truth values."""
    if isinstance(result, np.ndarray):
        return result
    if not len(result.codes):
        return np.zeros(0)
    kinds = {(type(one), len(one)) if isinstance(one, Vector) else (type(one), 0) for one in result.values}
    if len(kinds) != 1 or next(iter(kinds))[0] not in (float, bool, Vector):
        raise Mixed
    if len(result.values) == 1:  # the same everywhere
        one = np.array(result.values[0])
        return np.broadcast_to(one, (len(result.codes), *one.shape))
    return np.array(result.values)[result.codes]


def truths_of(result: Result) -> NDArray[np.bool_]:
    """(n,) which count as true."""
    if isinstance(result, Coded):
        return np.array([truth(one) for one in result.values], bool)[result.codes]
    if result.dtype == bool:
        return result
    return np.asarray((result == result) & (result != 0.0)) if result.ndim == 1 else np.ones(len(result), bool)


def numbers_of(result: Result) -> Array:
    """(n,) float64, NaN where it is no number."""
    if isinstance(result, Coded):
        found = [float(one) if is_number(one) else np.nan for one in result.values]
        return np.array(found, np.float64)[result.codes]
    return result if result.ndim == 1 and result.dtype == np.float64 else np.full(len(result), np.nan)


def colours_of(result: Result) -> Array:
    """(n, 4) float64 of 0 to 1, NaN where it is no colour."""
    if isinstance(result, Coded):
        none = (np.nan,) * 4
        found = [one if isinstance(one, Vector) and len(one) == 4 else none for one in result.values]
        return np.array(found, np.float64).reshape(-1, 4)[result.codes]
    return result if result.shape[1:] == (4,) else np.full((len(result), 4), np.nan)


def to_list(result: Result) -> list[Any]:
    """One plain value a row."""
    if isinstance(result, Coded):
        return result.to_list()
    return [Vector(row) for row in result.tolist()] if result.ndim == 2 else list(result.tolist())

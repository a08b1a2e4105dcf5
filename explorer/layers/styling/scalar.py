"""An expression worked out for one feature at a time: what it means. Columns at once (`columnwise`) agree with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from explorer.layers.styling.functions import FUNCTIONS, matches, width
from explorer.layers.styling.tree import (
    Binary,
    Call,
    ListOf,
    Literal,
    Member,
    Node,
    Template,
    Ternary,
    Unary,
    Variable,
    names_in,
)
from explorer.layers.styling.values import UNDEFINED, Vector, is_number, same, text, truth

Feature = Callable[[str], Any]
"""An attribute by its name, `UNDEFINED` where there is none."""
Work = Callable[[Feature], Any]
COMPONENTS = {"x": 0, "y": 1, "z": 2, "w": 3, "r": 0, "g": 1, "b": 2, "a": 3}


def spine(node: Binary) -> tuple[Node, list[Binary]]:
    """The leftmost operand of operators that follow each other, and the operators in the order to apply them.

    Styles are written by programs, too: a thousand `||` must not be a thousand calls deep.
    """
    chain = [node]
    while isinstance(chain[-1].left, Binary):
        chain.append(chain[-1].left)
    return chain[-1].left, chain[::-1]


def worker(node: Node) -> Work:
    """A function that works the expression out for a feature."""
    if isinstance(node, Literal):
        value = node.value
        return lambda feature: value
    if isinstance(node, Variable):
        name = node.name
        return lambda feature: feature(name)
    if isinstance(node, Template):
        parts = [worker(part) for part in node.parts]
        return lambda feature: "".join([text(part(feature)) for part in parts])
    if isinstance(node, ListOf):
        items = [worker(item) for item in node.items]
        return lambda feature: [item(feature) for item in items]
    if isinstance(node, Unary):
        operand, sign = worker(node.operand), node.operator
        return lambda feature: unary(sign, operand(feature))
    if isinstance(node, Binary):
        return _binary_worker(node)
    if isinstance(node, Ternary):
        test, yes, no = worker(node.test), worker(node.yes), worker(node.no)
        return lambda feature: yes(feature) if truth(test(feature)) else no(feature)
    if isinstance(node, Member):
        thing, key = worker(node.thing), worker(node.key)
        return lambda feature: member(thing(feature), key(feature))
    assert isinstance(node, Call)
    return _call_worker(node)


def _call_worker(node: Call) -> Work:
    of, arguments = FUNCTIONS[node.function].of, [worker(one) for one in node.arguments]
    if not names_in(node):
        value = of(*(one(lambda name: UNDEFINED) for one in arguments))
        return lambda feature: value
    return lambda feature: of(*[one(feature) for one in arguments])


def _binary_worker(node: Binary) -> Work:
    first, chain = spine(node)
    start, steps = worker(first), [(one.operator, worker(one.right)) for one in chain]

    def work(feature: Feature) -> Any:
        value = start(feature)
        for sign, right in steps:
            if sign == "&&":
                value = truth(value) and truth(right(feature))
            elif sign == "||":
                value = truth(value) or truth(right(feature))
            else:
                value = binary(sign, value, right(feature))
        return value

    return work


def unary(sign: str, value: Any) -> Any:
    """`!`, `+` or `-`."""
    if sign == "!":
        return not truth(value)
    if width(value) is None:
        return UNDEFINED
    if sign == "+":
        return value
    return Vector(-one for one in value) if isinstance(value, Vector) else -float(value)


def binary(sign: str, left: Any, right: Any) -> Any:
    """Two values joined; undefined where the standard's operator rules do not allow the two."""
    if sign == "===":
        return same(left, right)
    if sign == "!==":
        return not same(left, right)
    if sign in ("=~", "!~"):
        found = matches(left, right)
        return found if found is UNDEFINED or sign == "=~" else not found
    if sign in ("<", ">", "<=", ">="):
        return _compared(sign, left, right) if is_number(left) and is_number(right) else UNDEFINED
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        return text(left) + text(right)
    return _reckoned(sign, left, right)


def _compared(sign: str, left: float, right: float) -> bool:
    if sign == "<":
        return left < right
    if sign == ">":
        return left > right
    return left <= right if sign == "<=" else left >= right


def _reckoned(sign: str, left: Any, right: Any) -> Any:
    a, b = width(left), width(right)
    if a is None or b is None:
        return UNDEFINED
    if a == b == 0:
        return _number(sign, float(left), float(right))
    if a == b:
        return Vector(_number(sign, x, y) for x, y in zip(left, right, strict=True))
    if b == 0 and sign in "*/":
        return Vector(_number(sign, x, float(right)) for x in left)
    if a == 0 and sign == "*":
        return Vector(_number(sign, float(left), y) for y in right)
    return UNDEFINED


def _number(sign: str, x: float, y: float) -> float:
    """IEEE 754, without Python's complaints."""
    if sign == "+":
        return x + y
    if sign == "-":
        return x - y
    if sign == "*":
        return x * y
    if sign == "/":
        if y != 0.0:
            return x / y
        if x == 0.0 or x != x:
            return math.nan
        return math.copysign(math.inf, x) * math.copysign(1.0, y)
    if y == 0.0 or not math.isfinite(x) or y != y:
        return math.nan
    return math.fmod(x, y)


def member(thing: Any, key: Any) -> Any:
    """`thing.key` or `thing[key]`: a component, an item, a property; undefined where there is none."""
    if isinstance(thing, dict):
        return thing.get(key, UNDEFINED) if isinstance(key, str) else UNDEFINED
    if isinstance(thing, Vector):
        place = COMPONENTS.get(key) if isinstance(key, str) else key
    elif isinstance(thing, (list, str)):
        if key == "length":
            return float(len(thing))
        place = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else key
    else:
        return UNDEFINED
    if not isinstance(place, (int, float)) or not 0 <= place < len(thing) or place != int(place):
        return UNDEFINED
    return thing[int(place)]

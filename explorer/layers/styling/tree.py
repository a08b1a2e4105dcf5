"""An expression of a style, parsed: a tree of frozen nodes, each knowing the character that it begins at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""

    at: int = field(default=0, compare=False, kw_only=True)
    below: ClassVar[tuple[str, ...]] = ()
    """Which fields hold nodes, or several of them."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value as it is written: a number, a text, `true`, `null`, `undefined`, `NaN`, `Math.PI`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """An attribute of the feature."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`+x`, `-x` or `!x`."""

    operator: str
    operand: Node
    below = ("operand",)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A built-in function; of a method (`regExp('a').test(x)`) the thing before the dot comes first."""

    function: str
    arguments: tuple[Node, ...]
    below = ("arguments",)


@dataclass(frozen=True, slots=True)
class Template(Node):
    """A text with variables in it: its parts, one after the other."""

    parts: tuple[Node, ...]
    below = ("parts",)


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    below = ("items",)


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands; `&&` and `||` included."""

    operator: str
    left: Node
    right: Node
    below = ("left", "right")


@dataclass(frozen=True, slots=True)
class Ternary(Node):
    """`test ? yes : no`."""

    test: Node
    yes: Node
    no: Node
    below = ("test", "yes", "no")


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`thing.name` or `thing[key]`."""

    thing: Node
    key: Node
    below = ("thing", "key")


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        for name in one.below:
            found = getattr(one, name)
            if isinstance(found, tuple):
                pending.extend(found)
            else:
                pending.append(found)


def names_in(node: Node) -> frozenset[str]:
    """Names of the attributes that an expression asks for."""
    return frozenset(one.name for one in walk(node) if isinstance(one, Variable))

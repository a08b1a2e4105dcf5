"""An expression of a style, parsed: a tree of frozen nodes, each knowing the character that it begins at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it is written: a number, a text, `true`, `null`, `undefined`, `NaN`, `Math.PI`."""

    value: Any
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """An attribute of the feature."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A text with variables in it: its parts, one after the other."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`+x`, `-x` or `!x`."""

    operator: str
    operand: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; `&&` and `||` included."""

    operator: str
    left: Node
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Ternary:
    """`test ? yes : no`."""

    test: Node
    yes: Node
    no: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """`thing.name` or `thing[key]`."""

    thing: Node
    key: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function; of a method (`regExp('a').test(x)`) the thing before the dot comes first."""

    function: str
    arguments: tuple[Node, ...]
    at: int = field(default=0, compare=False)


Node = Literal | Variable | Template | ListOf | Unary | Binary | Ternary | Member | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    if isinstance(node, (Literal, Variable)):
        return ()
    if isinstance(node, Template):
        return node.parts
    if isinstance(node, ListOf):
        return node.items
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Ternary):
        return (node.test, node.yes, node.no)
    return (node.thing, node.key) if isinstance(node, Member) else node.arguments


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        pending.extend(children(one))


def names_in(node: Node) -> frozenset[str]:
    """Names of the attributes that an expression asks for."""
    return frozenset(one.name for one in walk(node) if isinstance(one, Variable))

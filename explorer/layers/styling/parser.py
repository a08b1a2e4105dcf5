"""Expressions of the 3D Tiles Styling language into trees, by precedence climbing. Nothing is ever executed as Python.

OGC 22-025r4, “Declarative styling”; precedence as in ECMAScript 5, section 11. Three things are as CesiumJS does them,
because published styles count on them: `${name}` is replaced in texts of any quotes; a backslash stays in a text; and
`getExactClassName()`, `isExactClass(name)`, `isClass(name)` ask for a feature's class in a batch table's hierarchy, the
last for the classes of all above it, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.styling.columns import ALL_CLASSES, EXACT_CLASS
from explorer.layers.styling.functions import FUNCTIONS, METHODS, arity_words
from explorer.layers.styling.lexer import Cursor, Token
from explorer.layers.styling.tree import Binary, Call, ListOf, Literal, Member, Node, Ternary, Unary, Variable
from explorer.layers.styling.values import UNDEFINED, Pattern
from explorer.layers.styling.variables import text_node, variable_node

MOST_CHARACTERS = 100_000
"""Of one expression."""
MOST_DEPTH = 60
"""How deep parts may stand in parts."""
_BINDING = {
    "||": 1, "&&": 2, "===": 3, "!==": 3, "=~": 4, "!~": 4, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANTS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "undefined": UNDEFINED, "NaN": math.nan, "Infinity": math.inf,
}  # fmt: skip
_MATH = {"PI": math.pi, "E": math.e}


def parse(expression: str, defines: Mapping[str, Node] | None = None) -> Node:
    """The tree of an expression. `defines`: expressions that stand for a variable of their name.

    Raises `StyleError` that names the character, what was found there and what was expected.
    """
    if len(expression) > MOST_CHARACTERS:
        raise StyleError(_("An expression has more than {n} characters.").format(n=MOST_CHARACTERS), expression)
    return _Parser(expression, defines or {}).whole()


class _Parser:
    def __init__(self, expression: str, defines: Mapping[str, Node]) -> None:
        self._words = Cursor(expression)
        self._defines = defines
        self._depth = 0

    def whole(self) -> Node:
        node = self._ternary()
        if self._words.token.kind != "end":
            raise self._words.unexpected(_("an operator or the end"))
        return node

    def _check_depth(self, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise self._words.fail(self._words.token.at, _("parts stand in more than {n} others.").format(n=MOST_DEPTH))

    # -- operators -----------------------------------------------------------------------------------------------------

    def _ternary(self) -> Node:
        self._depth += 1
        self._check_depth(self._depth)
        test = self._binary(1)
        if self._words.is_at("?"):
            at = self._words.take().at
            yes = self._ternary()
            self._words.expect(":")
            test = Ternary(test, yes, self._ternary(), at=at)
        self._depth -= 1
        return test

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while self._words.token.kind == "sign" and _BINDING.get(self._words.token.value, 0) >= least:
            token = self._words.take()
            left = Binary(token.value, left, self._binary(_BINDING[token.value] + 1), at=token.at)
        return left

    def _unary(self) -> Node:
        signs = []
        while self._words.token.kind == "sign" and self._words.token.value in ("+", "-", "!"):
            signs.append(self._words.take())
            self._check_depth(len(signs))
        node = self._postfix()
        for token in reversed(signs):
            node = Unary(token.value, node, at=token.at)
        return node

    def _postfix(self) -> Node:
        node = self._primary()
        n = 0
        while self._words.is_at(".") or self._words.is_at("["):
            n += 1
            self._check_depth(n)
            at = self._words.token.at
            if self._words.take().value == "[":
                key = self._ternary()
                self._words.expect("]")
                node = Member(node, key, at=at)
                continue
            if self._words.token.kind != "name":
                raise self._words.unexpected(_("a name after the dot"))
            name = self._words.take()
            is_call = self._words.is_at("(")
            node = self._method(node, name) if is_call else Member(node, Literal(name.value, at=name.at), at=at)
        return node

    def _method(self, thing: Node, name: Token) -> Node:
        if name.value not in METHODS:
            text = _("there is no function “{name}” after a dot; there are {known}.")
            raise self._words.fail(name.at, text.format(name=name.value[:40], known=", ".join(METHODS)))
        arguments = self._arguments()
        self._check_count(name, len(arguments), *METHODS[name.value])
        return Call(f".{name.value}", (thing, *arguments), at=name.at)

    # -- what operators join -------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self._words.token
        if token.kind == "number":
            self._words.take()
            is_hex = token.value[:2] in ("0x", "0X")
            return Literal(float(int(token.value, 16)) if is_hex else float(token.value), at=token.at)
        if token.kind == "text":
            self._words.take()
            return text_node(token, self._defines, self._words.fail)
        if token.kind == "variable":
            self._words.take()
            return variable_node(token.value, token.at, self._defines, self._words.fail)
        if token.kind == "name":
            return self._named()
        if self._words.is_at("("):
            self._words.take()
            node = self._ternary()
            self._words.expect(")")
            return node
        if self._words.is_at("["):
            self._words.take()
            return ListOf(self._until("]"), at=token.at)
        raise self._words.unexpected(_("a value, a variable ${…}, a function or “(”"))

    def _named(self) -> Node:
        token = self._words.take()
        name = token.value
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name], at=token.at)
        if name == "Math":
            self._words.expect(".")
            if self._words.token.kind != "name" or self._words.token.value not in _MATH:
                raise self._words.unexpected("“PI”, “E”")
            return Literal(_MATH[self._words.take().value], at=token.at)
        if name not in FUNCTIONS:
            if self._words.is_at("("):
                raise self._words.fail(token.at, _("there is no function “{name}”.").format(name=name[:40]))
            text = _("“{name}” means nothing here; write ${{{name}}} for an attribute, '{name}' for a text.")
            raise self._words.fail(token.at, text.format(name=name[:40]))
        if not self._words.is_at("("):
            raise self._words.unexpected(_("“(” after the function “{name}”").format(name=name[:40]))
        arguments = self._arguments()
        self._check_count(token, len(arguments), *FUNCTIONS[name].arity)
        if name in ("getExactClassName", "isExactClass"):
            own: Node = Variable(EXACT_CLASS, at=token.at)
            return Binary("===", own, arguments[0], at=token.at) if arguments else own
        if name == "isClass":
            return Call(name, (Variable(ALL_CLASSES, at=token.at), *arguments), at=token.at)
        self._check_constants(token, arguments)
        return Call(name, arguments, at=token.at)

    def _check_count(self, name: Token, n: int, least: int, most: int) -> None:
        if not least <= n <= most:
            text = _("“{name}” takes {expected} arguments, and here are {n}.")
            raise self._words.fail(name.at, text.format(name=name.value, expected=arity_words(least, most), n=n))

    def _check_constants(self, name: Token, arguments: tuple[Node, ...]) -> None:
        """Say now what a constant pattern or colour has wrong, not for every feature anew."""
        constants = [one.value for one in arguments if isinstance(one, Literal)]
        if not arguments or not isinstance(arguments[0], Literal) or not isinstance(constants[0], str):
            return
        if name.value == "regExp" and len(constants) == len(arguments) and isinstance(constants[-1], str):
            try:
                Pattern(*constants)
            except StyleError as error:
                raise self._words.fail(arguments[0].at, str(error)) from error
        if name.value == "color" and FUNCTIONS["color"].of(constants[0]) is UNDEFINED:
            text = _("“{colour}” is no colour: write a name as in CSS, '#rgb' or '#rrggbb'.")
            raise self._words.fail(arguments[0].at, text.format(colour=constants[0][:40]))

    def _arguments(self) -> tuple[Node, ...]:
        self._words.expect("(")
        return self._until(")")

    def _until(self, sign: str) -> tuple[Node, ...]:
        """Expressions between commas, and the sign that ends them."""
        items: list[Node] = []
        while not self._words.is_at(sign):
            if items:
                if not self._words.is_at(","):
                    raise self._words.unexpected(_("“,” or “{sign}”").format(sign=sign))
                self._words.take()
            items.append(self._ternary())
        self._words.take()
        return tuple(items)

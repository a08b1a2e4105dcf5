"""Expressions of the 3D Tiles Styling language into trees, by precedence climbing. Nothing is ever executed as Python.

OGC 22-025r4, “Declarative styling”; precedence as in ECMAScript 5, section 11. Three things are as CesiumJS does them,
because published styles count on them: `${name}` is replaced in texts of any quotes; a backslash stays in a text; and
`getExactClassName()`, `isExactClass(name)` ask for the class of a batch table's hierarchy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.styling.functions import FUNCTIONS, METHODS, arity_words
from explorer.layers.styling.lexer import Token, end_of_variable, failure, tokens_of
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
)
from explorer.layers.styling.values import UNDEFINED, Pattern

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
_TIME = "tiles3d_tileset_time"
"""CesiumJS' clock of a tileset. Pictures here stand still, so it is 0."""
_FEATURE = "feature"
CLASS = "class"
"""The attribute that holds the class of a feature in a batch table's hierarchy."""


def parse(expression: str, defines: Mapping[str, Node] | None = None) -> Node:
    """The tree of an expression. `defines`: expressions that stand for a variable of their name.

    Raises `StyleError` that names the character, what was found there and what was expected.
    """
    if len(expression) > MOST_CHARACTERS:
        raise StyleError(_("An expression has more than {n} characters.").format(n=MOST_CHARACTERS), expression)
    return _Parser(expression, defines or {}).whole()


class _Parser:
    def __init__(self, expression: str, defines: Mapping[str, Node], tokens: list[Token] | None = None) -> None:
        self._expression = expression
        self._defines = defines
        self._tokens = tokens_of(expression) if tokens is None else tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._ternary()
        if self._token.kind != "end":
            raise self._unexpected(_("an operator or the end"))
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _is(self, sign: str) -> bool:
        return self._token.kind == "sign" and self._token.value == sign

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise self._unexpected(f"“{sign}”")
        self._take()

    def _fail(self, at: int, problem: str) -> StyleError:
        return failure(self._expression, at, problem)

    def _unexpected(self, expected: str) -> StyleError:
        token = self._token
        if token.kind == "end":
            return self._fail(token.at, _("{expected} was expected, but it ends here.").format(expected=expected))
        text = _("{expected} was expected, but here is “{found}”.")
        return self._fail(token.at, text.format(expected=expected, found=token.words[:40]))

    # -- operators -----------------------------------------------------------------------------------------------------

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self._fail(self._token.at, _("parts stand in more than {n} others.").format(n=MOST_DEPTH))
        test = self._binary(1)
        if self._is("?"):
            at = self._take().at
            yes = self._ternary()
            self._expect(":")
            test = Ternary(test, yes, self._ternary(), at)
        self._depth -= 1
        return test

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while self._token.kind == "sign" and _BINDING.get(self._token.value, 0) >= least:
            token = self._take()
            left = Binary(token.value, left, self._binary(_BINDING[token.value] + 1), token.at)
        return left

    def _unary(self) -> Node:
        signs = []
        while self._token.kind == "sign" and self._token.value in ("+", "-", "!"):
            signs.append(self._take())
            if len(signs) > MOST_DEPTH:
                raise self._fail(self._token.at, _("parts stand in more than {n} others.").format(n=MOST_DEPTH))
        node = self._postfix()
        for token in reversed(signs):
            node = Unary(token.value, node, token.at)
        return node

    def _postfix(self) -> Node:
        node = self._primary()
        n = 0
        while self._is(".") or self._is("["):
            n += 1
            if n > MOST_DEPTH:
                raise self._fail(self._token.at, _("parts stand in more than {n} others.").format(n=MOST_DEPTH))
            at = self._token.at
            if self._take().value == "[":
                key = self._ternary()
                self._expect("]")
                node = Member(node, key, at)
                continue
            if self._token.kind != "name":
                raise self._unexpected(_("a name after the dot"))
            name = self._take()
            node = self._method(node, name) if self._is("(") else Member(node, Literal(name.value, name.at), at)
        return node

    def _method(self, thing: Node, name: Token) -> Node:
        if name.value not in METHODS:
            text = _("there is no function “{name}” after a dot; there are {known}.")
            raise self._fail(name.at, text.format(name=name.value[:40], known=", ".join(METHODS)))
        arguments = self._arguments()
        self._check_count(name, len(arguments), *METHODS[name.value])
        return Call(f".{name.value}", (thing, *arguments), name.at)

    # -- what operators join -------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self._token
        if token.kind == "number":
            self._take()
            is_hex = token.value[:2] in ("0x", "0X")
            return Literal(float(int(token.value, 16)) if is_hex else float(token.value), token.at)
        if token.kind == "text":
            self._take()
            return self._text(token)
        if token.kind == "variable":
            self._take()
            return self._variable(token.value, token.at)
        if token.kind == "name":
            return self._named()
        if self._is("("):
            self._take()
            node = self._ternary()
            self._expect(")")
            return node
        if self._is("["):
            self._take()
            return ListOf(self._until("]"), token.at)
        raise self._unexpected(_("a value, a variable ${…}, a function or “(”"))

    def _named(self) -> Node:
        token = self._take()
        name = token.value
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name], token.at)
        if name == "Math":
            self._expect(".")
            if self._token.kind != "name" or self._token.value not in _MATH:
                raise self._unexpected("“PI”, “E”")
            return Literal(_MATH[self._take().value], token.at)
        if name not in FUNCTIONS:
            if self._is("("):
                raise self._fail(token.at, _("there is no function “{name}”.").format(name=name[:40]))
            text = _("“{name}” means nothing here; write ${{{name}}} for an attribute, '{name}' for a text.")
            raise self._fail(token.at, text.format(name=name[:40]))
        if not self._is("("):
            raise self._unexpected(_("“(” after the function “{name}”").format(name=name[:40]))
        arguments = self._arguments()
        self._check_count(token, len(arguments), *FUNCTIONS[name].arity)
        if name in ("getExactClassName", "isExactClass"):
            own: Node = Variable(CLASS, token.at)
            return Binary("===", own, arguments[0], token.at) if arguments else own
        self._check_constants(token, arguments)
        return Call(name, arguments, token.at)

    def _check_count(self, name: Token, n: int, least: int, most: int) -> None:
        if not least <= n <= most:
            text = _("“{name}” takes {expected} arguments, and here are {n}.")
            raise self._fail(name.at, text.format(name=name.value, expected=arity_words(least, most), n=n))

    def _check_constants(self, name: Token, arguments: tuple[Node, ...]) -> None:
        """Say now what a constant pattern or colour has wrong, not for every feature anew."""
        constants = [one.value for one in arguments if isinstance(one, Literal)]
        if not arguments or not isinstance(arguments[0], Literal) or not isinstance(constants[0], str):
            return
        if name.value == "regExp" and len(constants) == len(arguments) and isinstance(constants[-1], str):
            try:
                Pattern(*constants)
            except StyleError as error:
                raise self._fail(arguments[0].at, str(error)) from error
        if name.value == "color" and FUNCTIONS["color"].of(constants[0]) is UNDEFINED:
            text = _("“{colour}” is no colour: write a name as in CSS, '#rgb' or '#rrggbb'.")
            raise self._fail(arguments[0].at, text.format(colour=constants[0][:40]))

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        return self._until(")")

    def _until(self, sign: str) -> tuple[Node, ...]:
        """Expressions between commas, and the sign that ends them."""
        items: list[Node] = []
        while not self._is(sign):
            if items:
                if not self._is(","):
                    raise self._unexpected(_("“,” or “{sign}”").format(sign=sign))
                self._take()
            items.append(self._ternary())
        self._take()
        return tuple(items)

    # -- texts and variables -------------------------------------------------------------------------------------------

    def _text(self, token: Token) -> Node:
        whole: str = token.value
        if "${" not in whole:
            return Literal(whole, token.at)
        parts: list[Node] = []
        done = 0
        while (begin := whole.find("${", done)) >= 0:
            try:
                end = end_of_variable(whole, begin)
            except StyleError as error:
                raise self._fail(token.at + 1 + begin, _("a variable in this text is not closed.")) from error
            if begin > done:
                parts.append(Literal(whole[done:begin], token.at))
            parts.append(self._variable(whole[begin + 2 : end], token.at + 1 + begin))
            done = end + 1
        if done < len(whole):
            parts.append(Literal(whole[done:], token.at))
        return Template(tuple(parts), token.at)

    def _variable(self, inside: str, at: int) -> Node:
        """What stands between the braces: a name, and how to go on from there by dots and brackets."""
        keys = self._keys(inside, at)
        if keys[0] == _FEATURE and len(keys) > 1:
            keys = keys[1:]
        name = str(keys[0])
        if name in self._defines:
            node: Node = self._defines[name]
        else:
            node = Literal(0.0, at) if name == _TIME else Variable(name, at)
        for key in keys[1:]:
            node = Member(node, Literal(key, at), at)
        return node

    def _keys(self, inside: str, at: int) -> list[str | float]:
        """Names and indices on the way from the feature to what is asked for."""
        head, rest = _split_name(inside)
        if not head and not (rest.startswith("[") and not inside.strip().startswith("[")):
            raise self._fail(at, _("the variable has no name."))
        keys: list[str | float] = [head]
        while rest := rest.strip():
            if rest[0] == ".":
                head, rest = _split_name(rest[1:])
                if not head:
                    raise self._fail(at, _("the variable has a dot without a name after it."))
                keys.append(head)
                continue
            key, rest = self._in_brackets(rest, at)
            keys.append(key)
        return keys

    def _in_brackets(self, rest: str, at: int) -> tuple[str | float, str]:
        problem = _("in the brackets of a variable stands a text in quotes or a whole number.")
        content = rest[1:].lstrip()
        if content[:1] in ("'", '"'):
            end = content.find(content[0], 1)
            after = content[end + 1 :].lstrip()
            if end < 0 or not after.startswith("]"):
                raise self._fail(at, problem)
            return content[1:end], after[1:]
        digits, closing, after = content.partition("]")
        if not closing or not digits.strip().isdecimal() or len(digits) > 9:
            raise self._fail(at, problem)
        return float(int(digits)), after


def _split_name(inside: str) -> tuple[str, str]:
    """The name before the first dot or bracket, and what follows."""
    ends = [at for sign in ".[" if (at := inside.find(sign)) >= 0]
    end = min(ends, default=len(inside))
    return inside[:end].strip(), inside[end:]

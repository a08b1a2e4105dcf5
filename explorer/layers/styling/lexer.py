"""The words of an expression: numbers, texts, names, variables, signs; each with the character it begins at.

`Cursor` goes through them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from explorer.errors import StyleError
from explorer.i18n import _

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[^\W\d]\w*|\$(?!\{)\w*")
_SPACE = re.compile(r"\s*")
_SIGNS = ("===", "!==", ">>>", "<=", ">=", "&&", "||", "=~", "!~", "==", "!=", "<<", ">>", *"+-*/%<>!?:()[],.")
_NOT_PART = {
    "==": "===", "!=": "!==", "=": "===", "&": "&&", "|": "||",
    "^": "", "~": "", "<<": "", ">>": "", ">>>": "", ";": "", "{": "", "}": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One word. `kind`: number, text, name, variable, sign, end."""

    kind: str
    value: Any
    at: int
    words: str = ""
    """As it stands in the expression."""


def failure(expression: str, at: int, problem: str) -> StyleError:
    """An error at one character of an expression, with what stands around it."""
    before, after = expression[max(at - 24, 0) : at], expression[at : at + 24]
    around = ("…" if at > 24 else "") + before + " » " + after + ("…" if len(expression) > at + 24 else "")
    words = _("Character {n}: {problem} In: {around}").format(n=at + 1, problem=problem, around=around)
    return StyleError(words, expression, at)


def tokens_of(expression: str) -> list[Token]:
    """All words, and one that says that there are no more. Raises `StyleError`."""
    found: list[Token] = []
    at = _end_of_space(expression, 0)
    while at < len(expression):
        token, at = _next(expression, at)
        found.append(token)
        at = _end_of_space(expression, at)
    found.append(Token("end", None, len(expression)))
    return found


def _end_of_space(expression: str, at: int) -> int:
    match = _SPACE.match(expression, at)
    return match.end() if match else at


def _next(expression: str, at: int) -> tuple[Token, int]:
    letter = expression[at]
    if letter in "'\"`":
        end = _end_of_text(expression, at)
        inside = expression[at + 1 : end].replace(f"\\{letter}", letter)
        return Token("text", inside, at, expression[at : end + 1]), end + 1
    if expression.startswith("${", at):
        end = end_of_variable(expression, at)
        return Token("variable", expression[at + 2 : end], at, expression[at : end + 1]), end + 1
    for kind, pattern in (("number", _NUMBER), ("name", _NAME)):
        match = pattern.match(expression, at)
        if match:
            words = match.group()
            return Token(kind, words, at, words), match.end()
    for sign in _SIGNS:
        if expression.startswith(sign, at) and sign not in _NOT_PART:
            return Token("sign", sign, at, sign), at + len(sign)
        if expression.startswith(sign, at):
            break
    raise failure(expression, at, _no_part(expression, at))


def _no_part(expression: str, at: int) -> str:
    sign = next((one for one in sorted(_NOT_PART, key=len, reverse=True) if expression.startswith(one, at)), None)
    if sign is None:
        return _("“{sign}” is not part of the styling language.").format(sign=expression[at])
    if _NOT_PART[sign]:
        text = _("“{sign}” is not part of the styling language; write “{instead}”.")
        return text.format(sign=sign, instead=_NOT_PART[sign])
    return _("“{sign}” is not part of the styling language.").format(sign=sign)


def _end_of_text(expression: str, at: int) -> int:
    quote, end = expression[at], at + 1
    while end < len(expression) and expression[end] != quote:
        # backslashes stay, as regular expressions need them; only a quote can be written with one
        end += 2 if expression.startswith(f"\\{quote}", end) else 1
    if end >= len(expression):
        raise failure(expression, at, _("the text that begins here has no closing {quote}.").format(quote=quote))
    return end


def end_of_variable(expression: str, at: int) -> int:
    """Where the brace of the `${` at a character closes; braces in quoted names do not count."""
    end, quote = at + 2, ""
    while end < len(expression):
        letter = expression[end]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "}":
            return end
        elif expression.startswith("${", end):
            raise failure(expression, end, _("a variable cannot stand inside the name of another one."))
        end += 1
    raise failure(expression, at, _("the variable that begins here has no closing “}}”.").format())


class Cursor:
    """Goes through the words of an expression, and says what it met where something else was expected."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self._tokens = iter(tokens_of(expression))
        self.token = next(self._tokens)
        """The word that comes next."""

    def take(self) -> Token:
        """The word that comes next, and go on behind it; there is always one more, the end."""
        token = self.token
        self.token = next(self._tokens, token)
        return token

    def is_at(self, sign: str) -> bool:
        """Whether this sign comes next."""
        token = self.token
        return token.kind == "sign" and bool(token.value == sign)

    def expect(self, sign: str) -> None:
        """Go on behind this sign. Raises `StyleError` where another word comes."""
        if not self.is_at(sign):
            raise self.unexpected(f"“{sign}”")
        self.take()

    def fail(self, at: int, problem: str) -> StyleError:
        """An error at one character."""
        return failure(self.expression, at, problem)

    def unexpected(self, expected: str) -> StyleError:
        """An error at the word that comes next."""
        token = self.token
        if token.kind == "end":
            return self.fail(token.at, _("{expected} was expected, but it ends here.").format(expected=expected))
        text = _("{expected} was expected, but here is “{found}”.")
        return self.fail(token.at, text.format(expected=expected, found=token.words[:40]))

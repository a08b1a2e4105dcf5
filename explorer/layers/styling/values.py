"""Values of expressions and how they turn into each other, as ECMAScript 5 and the styling standard say.

Numbers are floats, texts `str`, truth values `bool`, arrays lists, `null` is None; `undefined`, vectors and regular
expressions have classes here.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import re2

from explorer.errors import StyleError
from explorer.i18n import _

MOST_PATTERN = 1000
"""Characters of a regular expression."""
_MOST_MEMORY = 1 << 20
"""Bytes that a compiled one may take; beyond it is refused."""


class Mixed(Exception):
    """Arrays cannot hold this: rows differ in what they are."""


class Undefined:
    """The one value that says that there is none."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()


class Vector(tuple[float, ...]):
    """vec2, vec3, vec4; colours are vec4 of 0 to 1."""

    __slots__ = ()


class Pattern:
    """A regular expression. Matched by RE2, in time that grows with the text alone, whatever a style asks for."""

    __slots__ = ("_compiled", "_from_start", "flags", "source")

    def __init__(self, source: str, flags: str = "") -> None:
        """Raises `StyleError` for one that cannot be read."""
        if len(source) > MOST_PATTERN:
            raise StyleError(_("The regular expression is longer than {n} characters.").format(n=MOST_PATTERN))
        if set(flags) - set("gimuy") or len(set(flags)) != len(flags):
            text = _("“{flags}” are no flags of a regular expression: they are g, i, m, u, y, each once.")
            raise StyleError(text.format(flags=flags[:40]))
        self.source, self.flags = source, flags
        self._from_start = "y" in flags
        self._compiled = _compiled(source, "i" in flags, "m" in flags)

    def search(self, text: str) -> Any:
        """The first match, None where there is none."""
        return self._compiled.match(text) if self._from_start else self._compiled.search(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and (self.source, self.flags) == (other.source, other.flags)

    def __hash__(self) -> int:
        return hash((self.source, self.flags))


@lru_cache(maxsize=256)
def _compiled(source: str, ignores_case: bool, has_lines: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    options.case_sensitive = not ignores_case
    try:
        return re2.compile(f"(?m){source}" if has_lines else source, options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        words = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        text = _("The regular expression “{source}” cannot be read: {why}. Looking around (?=…) is not possible.")
        raise StyleError(text.format(source=source[:80], why=words[:120])) from error


def is_number(value: Any) -> bool:
    """A number, not a truth value."""
    return isinstance(value, (float, int)) and not isinstance(value, bool)


def plain_value(value: Any) -> Any:
    """A value of a data column as one of expressions: whole numbers become floats, as JavaScript has no others."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return value + 0.0  # a zero below zero is a zero
    if isinstance(value, int):
        return to_float(value)
    if isinstance(value, tuple) and 2 <= len(value) <= 4 and all(map(is_number, value)):
        return Vector(map(float, value))
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    return value if isinstance(value, Undefined) else str(value)


def to_float(value: int) -> float:
    """A whole number as a float; one beyond all floats is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def truth(value: Any) -> bool:
    """`Boolean(value)`: false for 0, NaN, an empty text, null and undefined."""
    if isinstance(value, bool):
        return value
    if is_number(value):
        return bool(value == value and value != 0.0)
    return not (value is None or value is UNDEFINED or value == "")


def number(value: Any) -> float:
    """`Number(value)`; NaN where it is none."""
    if isinstance(value, bool) or is_number(value):
        return float(value)
    if value is None:
        return 0.0
    if isinstance(value, list) and len(value) <= 1:
        only = value[0] if value else None
        return number(only if only is None or isinstance(only, list) else text(only))
    return _number_of_text(value) if isinstance(value, str) else math.nan


def _number_of_text(words: str) -> float:
    words = words.strip()
    if not words:
        return 0.0
    if words.lstrip("+-") == "Infinity" and len(words) <= 9:
        return -math.inf if words[0] == "-" else math.inf
    for prefix, base in (("0x", 16), ("0o", 8), ("0b", 2)):
        if words[:2].lower() == prefix:
            try:
                return to_float(int(words[2:], base)) if words[2:3].isalnum() and "_" not in words else math.nan
            except ValueError:
                return math.nan
    if words.strip("0123456789+-.eE"):
        return math.nan  # "nan", "inf", "1_000" are numbers to Python alone
    try:
        return float(words)
    except ValueError:
        return math.nan


def text(value: Any) -> str:
    """`String(value)`, as the standard's section “String conversions” says."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if is_number(value):
        return number_text(float(value))
    if isinstance(value, Vector):
        return f"({', '.join(number_text(item) for item in value)})"
    if isinstance(value, list):
        return f"[{', '.join(text(item) for item in value)}]"
    if isinstance(value, Pattern):
        return f"/{value.source}/{value.flags}"
    return "undefined" if value is UNDEFINED else "[object Object]"


def number_text(value: float) -> str:
    """A number as ECMAScript writes it (9.8.1): shortest digits that give it back, exponents from 1e21 and 1e-7 on."""
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0.0:
        return "0"
    if value == int(value) and abs(value) < 1e21:
        whole = str(int(value))
        if len(whole.lstrip("-")) <= 16:
            return whole
    sign = "-" if value < 0 else ""
    mantissa, _e, exponent = f"{abs(value)!r}".partition("e")
    whole, _point, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    if -6 < point <= 21:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        return f"{sign}{digits[:point].ljust(point, '0')}{'.' if digits[point:] else ''}{digits[point:]}"
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"


def same(left: Any, right: Any) -> bool:
    """`left === right`: of one type and equal; vectors component by component."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type(left) is not type(right) or isinstance(left, (dict,)):
        return left is right
    if isinstance(left, list):
        return left is right  # as in ECMAScript, two arrays are two things
    return bool(left == right)

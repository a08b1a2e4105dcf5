"""Numbers as the language of now writes them: its decimal sign, and thousands apart by a space in all of them.

A comma or a point between thousands would be read as a decimal by half of Europe.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

_has_comma = False
_SPACE = "\u00a0"
_SIGNED_NOTHING = re.compile(r"[-+][0.\u00a0]+%?")


def use_decimal_comma(is_on: bool) -> None:
    """Write 1,5 from now on, or 1.5."""
    global _has_comma
    _has_comma = is_on


def decimal(value: float, spec: str = "g") -> str:
    """A number by a format specification of Python's, in the language of now; what rounds to nothing has no sign."""
    text = format(value, spec).replace(",", _SPACE)
    if _SIGNED_NOTHING.fullmatch(text):
        text = text.replace("-", "").replace("+", "")
    return text.replace(".", ",") if _has_comma else text


class Words(str):
    """A sentence whose `format` writes the numbers as its language does. For `{name:spec}` fields by name or place."""

    __slots__ = ()

    def format(self, *args: Any, **values: Any) -> str:
        """As `str.format`, with numbers by `decimal`."""
        return _NUMBERS.vformat(self, args, values)


class _Numbers(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and format_spec:
            return decimal(value, format_spec)
        return format(value, format_spec)


_NUMBERS = _Numbers()

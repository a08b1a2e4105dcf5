"""Types of attribute columns, settled over a whole dataset, so that every tile writes a property the same way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

INT32 = "INT32"
INT64 = "INT64"
FLOAT64 = "FLOAT64"
BOOLEAN = "BOOLEAN"
STRING = "STRING"
JSON = "JSON"
"""Text of JSON: what is nested, of mixed types, beyond 2^53, or truth values with gaps. Comes back as it was."""
EMPTY = ""
"""Nothing but None seen so far; such a column is left out."""

_EXACT = 2**53
_INT32 = 2**31 - 1
_BY_TYPE: dict[type, str] = {str: STRING, bool: BOOLEAN, type(None): EMPTY}
"""Of most values the type says it all."""


def type_of_value(value: Any) -> str:
    """The narrowest column type that holds one plain Python value exactly."""
    known = _BY_TYPE.get(type(value))
    if known is not None:
        return known
    if isinstance(value, np.bool_):
        return BOOLEAN
    if isinstance(value, (int, np.integer)):
        return INT32 if abs(int(value)) <= _INT32 else INT64 if abs(int(value)) <= _EXACT else JSON
    if isinstance(value, (float, np.floating)):
        return FLOAT64 if math.isfinite(value) else EMPTY
    return STRING if isinstance(value, str) else JSON


def widest(first: str, second: str) -> str:
    """The type of a column that holds values of both types."""
    if first == second or not second:
        return first
    if not first:
        return second
    pair = {first, second}
    if pair <= {INT32, INT64}:
        return INT64
    return FLOAT64 if pair <= {INT32, INT64, FLOAT64} else JSON


def type_of_values(values: Iterable[Any]) -> str:
    """The column type that holds all values; `BOOLEAN` with gaps becomes `JSON`, as glTF has no empty truth value."""
    values = list(values)
    if set(map(type, values)) <= {str, type(None)}:  # most columns are text
        return STRING if any(value is not None for value in values) else EMPTY
    found, gaps = EMPTY, False
    for value in values:
        one = type_of_value(value)
        gaps = gaps or not one
        found = widest(found, one)
        if found == JSON:
            break
    return JSON if found == BOOLEAN and gaps else found


class ColumnTypes:
    """Collects column types over a whole dataset, feature by feature.

    Give every feature's attributes to `observe`, then `schema` to `encode_glb` for all tiles. Order-independent.
    """

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._features = 0

    def observe(self, attributes: Mapping[str, Any]) -> None:
        """Take one feature's attributes into account."""
        self._features += 1
        for name, value in attributes.items():
            one = type_of_value(value)
            if self._types.get(name) != one:
                self._types[name] = widest(self._types.get(name, EMPTY), one)
            if one:
                self._counts[name] = self._counts.get(name, 0) + 1

    @property
    def schema(self) -> dict[str, str]:
        """Type by column name, sorted by name; columns without any value are left out."""
        return {
            name: JSON if kind == BOOLEAN and self._counts[name] < self._features else kind
            for name, kind in sorted(self._types.items())
            if kind
        }

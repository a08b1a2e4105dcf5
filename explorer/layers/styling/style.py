"""A style as published: JSON with `show`, `color`, `pointSize`, `meta`, `defines`, each an expression or conditions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.styling.columns import Attributes
from explorer.layers.styling.columnwise import colours, first_true, numbers, truths, values
from explorer.layers.styling.parser import parse
from explorer.layers.styling.scalar import worker
from explorer.layers.styling.tree import Literal, Node, names_in
from explorer.layers.styling.values import UNDEFINED, Vector
from explorer.layers.styling.values import text as text_of
from explorer.tileformat import POINT_SEMANTICS, FeatureTable

MOST_BYTES = 4 << 20
"""Of a style file."""
MOST_CONDITIONS = 5000
_MEMBERS = ("defines", "show", "color", "pointSize", "meta", "extensions", "extras")


@dataclass(frozen=True, eq=False)
class Rule:
    """One property of a style: results by condition; a lone expression follows from what is always true."""

    conditions: tuple[Node, ...]
    results: tuple[Node, ...]
    words: tuple[str, ...] = ()
    """The conditions as they are written; empty for a lone expression."""

    @cached_property
    def constants(self) -> tuple[Any, ...]:
        """Results that are the same for every feature, None where one is not."""
        return tuple(None if names_in(one) else worker(one)(lambda name: UNDEFINED) for one in self.results)

    @property
    def names(self) -> frozenset[str]:
        """Attributes that it asks for."""
        return frozenset(name for one in (*self.conditions, *self.results) for name in names_in(one))


@dataclass(frozen=True, eq=False)
class Looks:
    """What a style says of n features."""

    shown: NDArray[np.bool_]
    """(n,)"""
    colours: NDArray[np.uint8]
    """(n, 4) sRGB with alpha."""
    is_coloured: NDArray[np.bool_]
    """(n,) False: the feature keeps the data's colour."""
    classes: NDArray[np.int32]
    """(n,) which condition of `color` holds, -1 none."""
    point_px: NDArray[np.float64] | None = None
    """(n,) diameter of points [px]; NaN: as without a style. None: the style does not say."""


@dataclass(frozen=True, eq=False)
class Style:
    """A style that was read. Make one with `read_style`."""

    plain: Mapping[str, Any]
    """The JSON that it came from."""
    show: Rule | None = None
    color: Rule | None = None
    point_size: Rule | None = None
    meta: Mapping[str, Rule] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What it says that the standard does not know."""

    @property
    def names(self) -> frozenset[str]:
        """Attributes that it asks for."""
        rules = (self.show, self.color, self.point_size)
        return frozenset(name for rule in rules if rule is not None for name in rule.names)

    @property
    def is_of_points(self) -> bool:
        """Whether it asks for what single points have of their own: place, colour, normal."""
        return bool(self.names & POINT_SEMANTICS)

    def looks(self, table: Attributes) -> Looks:
        """What it says of these features. What cannot be worked out for a feature counts as not said."""
        n = table.n
        shown = np.ones(n, bool) if self.show is None else _chosen(self.show, table, truths, np.ones(1, bool))[0]
        rgba, classes = np.zeros((n, 4), np.uint8), np.full(n, -1, np.int32)
        is_coloured = np.zeros(n, bool)
        if self.color is not None:
            found, classes = _chosen(self.color, table, _coloured, np.zeros(1, _COLOURED))
            rgba, is_coloured = found["rgba"], found["is_given"]
        point_px = None
        if self.point_size is not None:
            point_px, _which = _chosen(self.point_size, table, numbers, np.full(1, np.nan))
        return Looks(shown, rgba, is_coloured, classes, point_px)

    def meta_words(self, table: Attributes) -> tuple[tuple[str, str], ...]:
        """The `meta` of the first of these features, in words; without what is undefined."""
        found = ((name, said[0]) for name, said in self.meta_of(table).items())
        return tuple((name, text_of(value)) for name, value in found if value is not UNDEFINED)

    def meta_of(self, table: Attributes) -> dict[str, list[Any]]:
        """The `meta` of each feature, for few features."""
        found = {}
        for name, rule in self.meta.items():
            which = first_true(rule.conditions, table)
            answers = [values(one, table) for one in rule.results]
            found[name] = [answers[one][row] if one >= 0 else UNDEFINED for row, one in enumerate(which.tolist())]
        return found


_COLOURED = np.dtype([("rgba", "u1", 4), ("is_given", "?")])


def _coloured(node: Node, table: Attributes) -> NDArray[np.void]:
    """(n,) sRGB bytes, and whether it gives a colour at all."""
    found = colours(node, table)
    coloured = np.zeros(table.n, _COLOURED)
    coloured["is_given"] = ~np.isnan(found @ np.ones(4))
    with np.errstate(invalid="ignore"):
        np.clip(found, 0.0, 1.0, out=found)
        found *= 255.0
        found += 0.5
        coloured["rgba"] = found.astype(np.uint8)
    return coloured


def _chosen(
    rule: Rule, table: Attributes, work: Callable[[Node, Attributes], NDArray[Any]], otherwise: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The result of the first condition that holds (n,), and which that is; `otherwise` (1,) where none does."""
    if not rule.words:
        return work(rule.results[0], table), np.zeros(table.n, np.int32)
    which = first_true(rule.conditions, table)
    # constants first: one look-up for all features, whatever condition they meet
    one_row = Attributes([FeatureTable(("",))])
    constants = [work(Literal(0.0) if names_in(one) else one, one_row) for one in rule.results]
    chosen = np.concatenate([*constants, otherwise])[which]
    for number, result in enumerate(rule.results):
        if names_in(result) and (here := which == number).any():
            chosen[here] = work(result, table)[here]
    return chosen, which


# -- reading -----------------------------------------------------------------------------------------------------------


def read_style(source: str | bytes | Mapping[str, Any], name: str = "") -> Style:
    """A style from its JSON. `name`: the file it came from, for messages.

    Raises `StyleError` that names the property, the character, what was found there and what was expected.
    """
    try:
        return _Reader(_document(source)).style()
    except StyleError as error:
        if not name:
            raise
        raise StyleError(f"{error} [{name}]", error.expression, error.at) from error


def _document(source: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, (str, bytes)):
        if len(source) > MOST_BYTES:
            raise StyleError(_("The style is larger than {n} MB.").format(n=MOST_BYTES >> 20))
        try:
            words = source.decode("utf-8-sig") if isinstance(source, bytes) else source
            found = json.loads(words, parse_constant=lambda word: math.nan)
        except UnicodeDecodeError as error:
            raise StyleError(_("The style is not a text in UTF-8.")) from error
        except json.JSONDecodeError as error:
            text = _("The style is not JSON: line {line}, column {column}: {why}.")
            message = text.format(line=error.lineno, column=error.colno, why=error.msg)
            raise StyleError(message, words, error.pos) from error
        except (ValueError, RecursionError) as error:
            raise StyleError(_("The style is not JSON: {why}.").format(why=error)) from error
    else:
        found = source
    if not isinstance(found, Mapping):
        raise StyleError(_("A style is a JSON object with “color”, “show” or “pointSize”."))
    return found


class _Reader:
    def __init__(self, plain: Mapping[str, Any]) -> None:
        self._plain = plain
        self._defines: dict[str, Node] = {}
        self._n_conditions = 0

    def style(self) -> Style:
        for name, words in self._object("defines").items():
            self._defines[str(name)] = self._parsed(words, f"defines.{str(name)[:40]}", {})
        rules = {name: self._rule(self._plain.get(name), name) for name in ("show", "color", "pointSize")}
        meta = {str(name): self._rule(one, f"meta.{str(name)[:40]}") for name, one in self._object("meta").items()}
        notes = tuple(
            _("The style says “{name}”, which the standard does not know; it is not drawn.").format(name=str(name)[:40])
            for name in self._plain
            if name not in _MEMBERS
        )
        known = {name: rule for name, rule in meta.items() if rule is not None}
        return Style(self._plain, rules["show"], rules["color"], rules["pointSize"], known, notes)

    def _object(self, name: str) -> Mapping[str, Any]:
        found = self._plain.get(name, {})
        if not isinstance(found, Mapping):
            raise StyleError(_("{place}: a JSON object was expected.").format(place=name))
        return found

    def _rule(self, said: Any, place: str) -> Rule | None:
        if said is None:
            return None
        if not isinstance(said, Mapping):
            return Rule((Literal(True),), (self._parsed(said, place, self._defines),))
        rows = said.get("conditions")
        if isinstance(rows, Mapping):  # so in the first drafts of the standard
            rows = [list(pair) for pair in rows.items()]
        if not isinstance(rows, list) or not all(isinstance(row, (list, tuple)) and len(row) == 2 for row in rows):
            text = _("{place}: “conditions” is a list of pairs: a condition and what follows from it.")
            raise StyleError(text.format(place=place))
        self._n_conditions += len(rows)
        if self._n_conditions > MOST_CONDITIONS:
            raise StyleError(_("The style has more than {n} conditions.").format(n=MOST_CONDITIONS))
        conditions, results = [], []
        for number, (condition, result) in enumerate(rows):
            conditions.append(self._parsed(condition, f"{place}.conditions[{number}][0]", self._defines))
            results.append(self._parsed(result, f"{place}.conditions[{number}][1]", self._defines))
        words = tuple(row[0] if isinstance(row[0], str) else json.dumps(row[0]) for row in rows)
        return Rule(tuple(conditions), tuple(results), words or ("",))

    def _parsed(self, words: Any, place: str, defines: Mapping[str, Node]) -> Node:
        if isinstance(words, bool):
            return Literal(words)
        if isinstance(words, (int, float)):
            return Literal(float(words))
        if not isinstance(words, str):
            raise StyleError(_("{place}: an expression in quotes was expected.").format(place=place))
        try:
            return parse(words, defines)
        except StyleError as error:
            raise StyleError(f"{place}: {error}", error.expression or words, error.at) from error


_PAIR = re.compile(r'\[\s+("(?:[^"\\]|\\.)*"),\s+("(?:[^"\\]|\\.)*")\s+\]')
_EXAMPLE = {"color": {"conditions": [["true", "color('white')"]]}}


def style_text(plain: Mapping[str, Any] | None) -> str:
    """A style's JSON as people read and type it, a condition a line; None: one to begin with."""
    words = json.dumps(_EXAMPLE if plain is None else plain, ensure_ascii=False, indent=2)
    return _PAIR.sub(r"[\1, \2]", words)


def is_colour(value: Any) -> bool:
    """Whether a result is a colour."""
    return isinstance(value, Vector) and len(value) == 4

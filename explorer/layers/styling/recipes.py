"""Styles for who writes none: an attribute in classes of values, or in steps of a measure, as 3D Tiles Styling.

What is made is plain conditions that any program draws. `extras.citiverse` remembers what was chosen, for the panel and
the legend; without it the same style has a legend of its conditions.

References
----------
.. [1] M. Okabe, K. Ito, "Color Universal Design", 2008: eight colours that people with any common colour vision tell
   apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.colour import colour_table
from explorer.layers.styling.city_attributes import KIND
from explorer.layers.styling.lexer import tokens_of
from explorer.layers.styling.summary import Summary
from explorer.layers.styling.values import is_number, number_text

OKABE_ITO = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
"""Without black, which would hide edges and shade."""
OTHER, MISSING = "#8c8c8c", "#dcdcdc"
STEPS = 7
"""Classes of a measure, about as many as are told apart in one ramp."""
WAYS = ("classes", "steps", "quantiles")
"""Each value a colour; steps of equal width; steps with equally many features."""
OURS = "citiverse"
_MOST_TEXT = 200
"""Characters of a value that can be a class."""


def variable(name: str) -> str:
    """An attribute as it is written in an expression. Raises `StyleError` for a name that cannot be."""
    if name.isascii() and name.isidentifier() and name != "feature":
        return f"${{{name}}}"
    quote = "'" if "'" not in name else '"'
    if quote in name or "${" in name or "\n" in name:
        raise StyleError(_("The attribute “{name}” has a name that no style can say.").format(name=name[:60]))
    return f"${{feature[{quote}{name}{quote}]}}"


def literal(value: Any) -> str | None:
    """A value as it is written in an expression, None where it cannot be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(float(value))
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        return None
    written = next((f"{quote}{value}{quote}" for quote in "'\"`" if quote not in value), None)
    if written is None or "${" in value or "\\" in value:
        return None
    try:
        return written if len(tokens_of(written)) == 2 else None
    except StyleError:
        return None


def style_by(summary: Summary, way: str, *, table: str = "viridis") -> dict[str, Any]:
    """A style that colours by an attribute, in one of `WAYS`. Raises `StyleError` where nothing can be coloured so."""
    if not summary.counts:
        raise StyleError(_("No feature has a value of “{name}”.").format(name=summary.name))
    if way != "classes" and not len(summary.numbers):
        raise StyleError(_("“{name}” is no measure: it has no numbers.").format(name=summary.name))
    said = variable(summary.name)
    rows = _classes(summary, said) if way == "classes" else _steps(summary, said, way, table)
    if summary.n_missing or not summary.is_whole:
        rows.append((_missing(summary, said), MISSING, {"missing": True}))
    conditions = [[condition, f"color('{colour}')"] for condition, colour, _about in rows]
    ours = {"attribute": summary.name, "way": way, "table": table, "classes": [about for _c, _colour, about in rows]}
    return {"color": {"conditions": conditions}, "extras": {OURS: ours}}


_Row = tuple[str, str, dict[str, Any]]


def _classes(summary: Summary, said: str) -> list[_Row]:
    known = [(value, text) for value, _n in summary.counts if (text := literal(value)) is not None]
    rows: list[_Row] = [
        (f"{said} === {text}", colour, {"value": value})
        for (value, text), colour in zip(known, OKABE_ITO, strict=False)
    ]
    n_others = len(summary.counts) - len(rows)
    if n_others:
        rows.append((f"{said} !== null && {said} !== undefined && {said} !== ''", OTHER, {"others": n_others}))
    return rows


def _steps(summary: Summary, said: str, way: str, table: str) -> list[_Row]:
    breaks = _even(summary.numbers) if way == "steps" else _quantiles(summary.numbers)
    ramp = colour_table(table)[np.linspace(0, 255, len(breaks) + 1).round().astype(int)]
    colours = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in ramp.tolist()]
    if not breaks:
        return [(f"{said} === {said} * 1", colours[0], {})]
    rows: list[_Row] = []
    for number in range(len(breaks) - 1, -1, -1):  # the highest on top, as people read a scale
        low = breaks[number]
        about = {"from": low} if number == len(breaks) - 1 else {"from": low, "to": breaks[number + 1]}
        rows.append((f"{said} >= {number_text(low)}", colours[number + 1], about))
    rows.append((f"{said} < {number_text(breaks[0])}", colours[0], {"to": breaks[0]}))
    return rows


def _even(numbers: NDArray[np.float64]) -> list[float]:
    """Round bounds at equal distances over all but the outermost hundredths, where single values would stretch it."""
    low, high = (float(one) for one in np.quantile(numbers, (0.01, 0.99)))
    if not high > low:
        low, high = float(numbers[0]), float(numbers[-1])
    if not high > low:
        return []
    raw = (high - low) / STEPS
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(float(size * one) for one in (1.0, 2.0, 2.5, 5.0, 10.0) if size * one >= raw * 0.999)
    first = np.floor(low / step) + 1.0
    bounds = [float(f"{(first + i) * step:.12g}") for i in range(2 * STEPS)]
    return [one for one in bounds if one < high or one == bounds[0]][: STEPS + 1]


def _quantiles(numbers: NDArray[np.float64]) -> list[float]:
    """Bounds between equally many values, rounded to what a legend can say."""
    bounds = np.quantile(numbers, np.arange(1, STEPS) / STEPS)
    span = float(numbers[-1] - numbers[0])
    digits = 0 if span <= 0.0 else int(np.ceil(-np.log10(span))) + 2
    rounded = [float(f"{round(float(one), digits):.12g}") for one in bounds]
    return sorted({one for one in rounded if numbers[0] < one <= numbers[-1]})


def _missing(summary: Summary, said: str) -> str:
    empty = f"{said} === null || {said} === undefined || {said} === ''"
    texts = [literal(kind) for kind in summary.kinds]
    kinds = " || ".join(f"{variable(KIND)} === {text}" for text in texts if text is not None)
    return f"({kinds}) && ({empty})" if kinds else empty


# -- showing and hiding classes ----------------------------------------------------------------------------------------


def ours_of(plain: Mapping[str, Any] | None) -> dict[str, Any]:
    """What we remember in a style, empty where it is not one of ours or somebody has changed it out of shape."""
    extras = plain.get("extras") if plain is not None else None
    found = extras.get(OURS) if isinstance(extras, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def hidden_of(plain: Mapping[str, Any] | None) -> frozenset[int]:
    """Which conditions of `color` a reader of the legend has switched off."""
    found = ours_of(plain).get("hidden")
    return frozenset(one for one in found if type(one) is int) if isinstance(found, list) else frozenset()


def with_hidden(plain: Mapping[str, Any], hidden: frozenset[int]) -> dict[str, Any]:
    """The style without the features of these conditions of `color`, by its `show`, so that any program hides them.

    What `show` said before is kept, and said again when all are shown. Raises `StyleError` where `color` has none.
    """
    color = plain.get("color")
    rows = color.get("conditions") if isinstance(color, Mapping) else None
    if not isinstance(rows, Sequence) or not rows:
        raise StyleError(_("The style has no classes: its “color” has no conditions."))
    ours = ours_of(plain)
    before = ours.get("show") if ours.get("hidden") else plain.get("show")
    rest = {name: value for name, value in plain.items() if name not in ("show", "extras")}
    ours = {name: value for name, value in ours.items() if name not in ("hidden", "show")}
    extras = dict(plain["extras"]) if isinstance(plain.get("extras"), Mapping) else {}
    if not hidden:
        extras = {**extras, OURS: ours} if ours else {name: one for name, one in extras.items() if name != OURS}
        shown = {} if before is None else {"show": before}
        return {**rest, **shown, **({"extras": extras} if extras else {})}
    otherwise = _as_expression(before)
    conditions = [[row[0], "false" if number in hidden else otherwise] for number, row in enumerate(rows)]
    ours = {**ours, "hidden": sorted(hidden), **({} if before is None else {"show": before})}
    show = {"conditions": [*conditions, ["true", otherwise]]}
    return {**rest, "show": show, "extras": {**extras, OURS: ours}}


def _as_expression(show: Any) -> str:
    """What `show` says, as one expression."""
    if show is None:
        return "true"
    if not isinstance(show, Mapping):
        return _written(show)
    words, rows = "true", show.get("conditions") or []
    for condition, result in reversed(list(rows.items()) if isinstance(rows, Mapping) else rows):
        words = f"(({_written(condition)}) ? ({_written(result)}) : {words})"
    return words


def _written(said: Any) -> str:
    """An expression; JSON's own numbers and truth values are expressions as they are written there."""
    return said if isinstance(said, str) else json.dumps(said)

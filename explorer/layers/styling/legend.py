"""What the colours of a style mean: a row for each condition of its `color`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.layers.styling.columns import Attributes
from explorer.layers.styling.recipes import hidden_of, ours_of
from explorer.layers.styling.style import Style, is_colour

MOST_ROWS = 40
"""Of a legend that is shown; a style may have thousands of conditions."""
_EQUALS = re.compile(r"^\(?\s*\$\{(?:feature\[)?['\"]?([^'\"}\]]+)['\"]?\]?\}\s*===\s*(['\"`])(.*)\2\s*\)?$")


@dataclass(frozen=True, slots=True)
class LegendRow:
    """One class."""

    number: int
    """Of the condition."""
    colour: tuple[int, int, int] | None
    """sRGB; None: it differs from feature to feature."""
    opacity: float = 1.0
    words: str = ""
    """The condition as it is written, or the value that it asks for."""
    about: tuple[tuple[str, Any], ...] = ()
    """What a recipe says of the class: `value`, `from`, `to`, `others`, `missing`."""
    is_hidden: bool = False
    count: int | None = None
    """Features in it; None: not counted yet."""


def legend_rows(style: Style) -> tuple[LegendRow, ...]:
    """The rows of a style's legend, in the order of its conditions; none where its `color` has no conditions."""
    rule = style.color
    if rule is None or not rule.words:
        return ()
    classes = ours_of(style.plain).get("classes")
    known = classes if isinstance(classes, list) and len(classes) == len(rule.conditions) else []
    hidden = hidden_of(style.plain)
    rows = []
    for number, (words, constant) in enumerate(zip(rule.words[: len(rule.conditions)], rule.constants, strict=True)):
        colour = tuple(round(min(max(one, 0.0), 1.0) * 255.0) for one in constant[:3]) if is_colour(constant) else None
        about = known[number] if known and isinstance(known[number], dict) else {}
        rows.append(
            LegendRow(
                number,
                (colour[0], colour[1], colour[2]) if colour is not None else None,
                min(max(float(constant[3]), 0.0), 1.0) if colour is not None else 1.0,
                _shortened(words),
                tuple(about.items()),
                number in hidden,
            )
        )
    return tuple(rows[:MOST_ROWS])


def counted(rows: Sequence[LegendRow], style: Style, table: Attributes) -> tuple[LegendRow, ...]:
    """The rows with how many of these features are in each class; without, where classes are of single points."""
    if style.is_of_points:
        return tuple(rows)
    counts = np.bincount(style.looks(table).classes + 1, minlength=len(rows) + 1)
    return tuple(replace(row, count=int(counts[row.number + 1])) for row in rows)


def _shortened(words: str) -> str:
    """A condition as people read it: the value alone where it asks for one."""
    found = _EQUALS.match(words.strip())
    if found:
        return found.group(3)
    return re.sub(r"\$\{([^}]*)\}", r"\1", words).replace("===", "=").strip()

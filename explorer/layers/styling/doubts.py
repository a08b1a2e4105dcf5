"""Attributes that a style asks for and no feature has: it colours nothing then, mostly for a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from explorer.i18n import _
from explorer.layers.styling.city_attributes import KIND
from explorer.layers.styling.columns import CLASS_NAMES
from explorer.layers.styling.style import Style
from explorer.tileformat import POINT_SEMANTICS

_ALWAYS = frozenset({"id", KIND, *CLASS_NAMES, *POINT_SEMANTICS})
"""Said of features without being an attribute of theirs."""
_MOST_SAID, _MOST_NEAR = 3, 3
_NEAR = 0.65
"""How alike names must be, 0 to 1 (Ratcliff and Obershelp's share of letters in common)."""
_OF_WORD, _LEAST_WORD = 0.9, 4
"""What likeness to a word of a name counts, and how many letters such a word has at least."""
_WORD = re.compile(r"[^\W\d_A-Z]+|[A-Z][^\W\d_A-Z]*|[A-Z]+")
"""The words of measuredHeight and of year_of_construction."""


def unknown_attributes(style: Style, known: Collection[str]) -> tuple[str, ...]:
    """Attributes that a style asks for and that are not known, in alphabetical order."""
    return tuple(sorted(style.names - _ALWAYS - set(known)))


def nearest_names(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Names that somebody may have meant, the nearest first; none where nothing is near."""
    asked = _plain(name)
    alike = sorted((-_likeness(asked, one), one) for one in known)
    return tuple(one for likeness, one in alike[:_MOST_NEAR] if -likeness >= _NEAR)


def unknown_words(style: Style, known: Collection[str], *, is_whole: bool) -> str:
    """What to say of a style that asks for what no feature has; "" where there is nothing to say.

    `is_whole`: what is known is of all of the data, not of what is loaded alone.
    """
    said = []
    unknown = unknown_attributes(style, known)
    for name in unknown[:_MOST_SAID]:
        if is_whole:
            text = _("No feature has the attribute “{name}” that the style asks for.")
        else:
            text = _("No feature that is loaded has the attribute “{name}” that the style asks for.")
        said.append(text.format(name=name[:60]))
        if near := nearest_names(name, known):
            said.append(_("Did you mean {names}?").format(names=", ".join(f"“{one[:60]}”" for one in near)))
    if len(unknown) > _MOST_SAID:
        said.append(_("Nor others: {names}.").format(names=", ".join(f"“{one[:60]}”" for one in unknown[_MOST_SAID:9])))
    return " ".join(said)


def _likeness(asked: str, other: str) -> float:
    """0 to 1, of the whole name or, less, of one of its words: "heigth" is near "measuredHeight"."""
    words = [word.casefold() for word in _WORD.findall(other) if len(word) >= _LEAST_WORD]
    if len(asked) < _LEAST_WORD:
        words = []
    return max(_share(asked, _plain(other)), *(_OF_WORD * _share(asked, word) for word in words), 0.0)


def _share(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _plain(name: str) -> str:
    """A name without what people are careless about: capitals, and how words are joined."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name

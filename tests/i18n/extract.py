"""Messages of the program that have no Dutch yet: `python -m tests.i18n.extract` prints them."""

from __future__ import annotations

import string
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
DUTCH = ROOT / "explorer" / "i18n" / "locale" / "nl.po"
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


def messages() -> dict[Message, str]:
    """Every message of `explorer` and `importers`, and a place where it is said."""
    found: dict[Message, str] = {}
    for package in ("explorer", "importers"):
        for name, line, message, _comments, _context in extract_from_dir(
            ROOT / package, method_map=[("**.py", "python")], keywords=_KEYWORDS
        ):
            found.setdefault(
                tuple(message) if isinstance(message, list | tuple) else message, f"{package}/{name}:{line}"
            )
    return found


def dutch() -> Catalog:
    """The Dutch catalogue, as Babel reads it."""
    with DUTCH.open("rb") as file:
        return read_po(file, locale="nl")


def missing() -> list[tuple[Message, str]]:
    """Messages without a translation that is used (fuzzy ones are not), and where they are said."""
    catalogue = dutch()
    without = []
    for message, place in messages().items():
        found = catalogue.get(message[0] if isinstance(message, tuple) else message)
        forms = () if found is None or found.fuzzy else found.string
        forms = (forms,) if isinstance(forms, str) else forms
        if not forms or not all(forms):
            without.append((message, place))
    return without


def placeholders(text: str) -> list[str]:
    """What `str.format` fills in, with format and conversion."""
    return sorted(
        f"{name}!{conversion or ''}:{spec}"
        for _literal, name, spec, conversion in string.Formatter().parse(text)
        if name is not None
    )


if __name__ == "__main__":
    for said, where in missing():
        print(f"{where}: {said!r}")

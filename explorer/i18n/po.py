"""A reader of gettext .po files: messages, plurals, contexts left out, fuzzy entries ignored.

The format is the one of the GNU gettext manual, "The Format of PO Files". Plural forms are those of Germanic languages
(n != 1), which is what English and Dutch need.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Catalogue:
    """Translations by message."""

    messages: dict[str, tuple[str, ...]]

    def gettext(self, message: str) -> str:
        """The translation, or the message itself where there is none."""
        found = self.messages.get(message)
        return found[0] if found and found[0] else message

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The translated form for a count."""
        found = self.messages.get(singular)
        if found and len(found) == 2 and all(found):
            return found[0] if count == 1 else found[1]
        return singular if count == 1 else plural


@dataclass
class _Entry:
    fields: dict[str, str]
    is_fuzzy: bool = False


def read_po(path: Path) -> Catalogue:
    """Read a catalogue. Raises `ValueError` naming the line that cannot be read."""
    messages: dict[str, tuple[str, ...]] = {}
    for entry in _entries(path):
        message = entry.fields.get("msgid", "")
        if not message or entry.is_fuzzy:
            continue
        if "msgid_plural" in entry.fields:
            messages[message] = (entry.fields.get("msgstr[0]", ""), entry.fields.get("msgstr[1]", ""))
        else:
            messages[message] = (entry.fields.get("msgstr", ""),)
    return Catalogue(messages)


def _entries(path: Path) -> list[_Entry]:
    entries: list[_Entry] = []
    entry = _Entry({})
    keyword = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if not line:
            if entry.fields:
                entries.append(entry)
            entry, keyword = _Entry({}), ""
        elif line.startswith("#"):
            entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
        else:
            if not line.startswith('"'):
                keyword, _space, line = line.partition(" ")
                entry.fields[keyword] = ""
            try:
                entry.fields[keyword] += str(ast.literal_eval(line.strip()))
            except (ValueError, SyntaxError, KeyError) as error:
                raise ValueError(f"line {number} of a catalogue cannot be read [{path}]") from error
    if entry.fields:
        entries.append(entry)
    return entries

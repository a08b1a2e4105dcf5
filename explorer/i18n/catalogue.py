"""The language of now, and the catalogue that translates into it."""

from __future__ import annotations

import locale
import os
from pathlib import Path

from explorer.i18n.numbers import Words, use_decimal_comma
from explorer.i18n.po import Catalogue, read_po

_FOLDER = Path(__file__).parent / "locale"
_NAMES = {"en": "English", "nl": "Nederlands"}
_DECIMAL_COMMA = frozenset({"nl"})
_catalogue = Catalogue({})
_language = "en"


def languages() -> dict[str, str]:
    """Language codes and what each language calls itself."""
    return dict(_NAMES)


def current_language() -> str:
    """Code of the language of now."""
    return _language


def set_language(code: str | None) -> str:
    """Speak this language from now on; None takes the system's. An unknown one is English. Returns the code."""
    global _catalogue, _language
    wanted = (code or _system_language()).split("_")[0].split("-")[0].lower()
    path = _FOLDER / f"{wanted}.po"
    _language = wanted if wanted in _NAMES and (wanted == "en" or path.is_file()) else "en"
    use_decimal_comma(_language in _DECIMAL_COMMA)
    _catalogue = Catalogue({}) if _language == "en" else read_po(path)
    return _language


def _system_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    return locale.getlocale()[0] or "en"


def _(message: str) -> str:
    """The message in the language of now; what its `format` fills in is written as that language writes numbers."""
    return Words(_catalogue.gettext(message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a message that fits a number; as `_`."""
    return Words(_catalogue.ngettext(singular, plural, count))

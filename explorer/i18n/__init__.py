"""All user-facing text goes through here: `_("Sentence in English")`, translated by gettext catalogues in locale/.

Catalogues are .po files, read at run time, so that a checkout and an installed wheel behave alike without a build step.
"""

from explorer.i18n.catalogue import _, current_language, languages, ngettext, set_language
from explorer.i18n.numbers import decimal

__all__ = ["_", "current_language", "decimal", "languages", "ngettext", "set_language"]

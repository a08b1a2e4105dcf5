"""All user-facing text goes through here."""
from gettext import gettext as _
from gettext import ngettext

__all__ = ["_", "ngettext"]

"""argparse's own words in the language of the program: it asks a gettext of its module, which is answered here."""

from __future__ import annotations

import argparse

from explorer.i18n import _


def speak_our_language() -> None:
    """From now on argparse says what it says in the language of the program; once a process is enough."""
    vars(argparse)["_"] = _in_our_language


def _in_our_language(text: str) -> str:
    return _words().get(text, text)


def _words() -> dict[str, str]:
    """What a user of our commands can get to read; other versions of Python may say something else in English."""
    return {
        "usage: ": _("usage: "),
        "options": _("options"),
        "positional arguments": _("positional arguments"),
        "show this help message and exit": _("show this help message and exit"),
        "show program's version number and exit": _("show program's version number and exit"),
        "%(prog)s: error: %(message)s\n": _("%(prog)s: error: %(message)s\n"),
        "argument %(argument_name)s: %(message)s": _("argument %(argument_name)s: %(message)s"),
        "the following arguments are required: %s": _("the following arguments are required: %s"),
        "unrecognized arguments: %s": _("unrecognized arguments: %s"),
        "expected one argument": _("expected one argument"),
        "expected at least one argument": _("expected at least one argument"),
        "not allowed with argument %s": _("not allowed with argument %s"),
        "ambiguous option: %(option)s could match %(matches)s": _(
            "ambiguous option: %(option)s could match %(matches)s"
        ),
        "invalid choice: %(value)r (choose from %(choices)s)": _("invalid choice: %(value)r (choose from %(choices)s)"),
        "invalid %(type)s value: %(value)r": _("invalid %(type)s value: %(value)r"),
        "ignored explicit argument %r": _("ignored explicit argument %r"),
    }

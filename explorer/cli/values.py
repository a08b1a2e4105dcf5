"""Words of the command line into values; what cannot be one is refused before any work, with an example."""

from __future__ import annotations

import argparse
import re
from datetime import date as Date

from explorer.i18n import _

MAX_SIDE = 8192
"""Of a picture: what every OpenGL 3.3 driver of the last decade can draw at once. [px]"""


def size(text: str) -> tuple[int, int]:
    """ "1280x720" """
    found = re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", text)
    if found is None:
        raise argparse.ArgumentTypeError(_("write the size as WIDTHxHEIGHT, for example 1280x720"))
    width, height = int(found[1]), int(found[2])
    if max(width, height) > MAX_SIDE:
        raise argparse.ArgumentTypeError(_("a side has at most {n} pixels").format(n=MAX_SIDE))
    return width, height


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(_("write a number above 0"))
    return value


def positive_int(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(_("write a whole number above 0"))
    return int(text)


def level(text: str) -> str:
    """ "2", "2.2": a level of detail as CityJSON writes it."""
    if re.fullmatch(r"[0-4](\.[0-9])?", text) is None:
        raise argparse.ArgumentTypeError(_("write the level of detail as the file does, for example 2.2"))
    return text


def date(text: str) -> Date:
    """ "2026-03-21", of a year that the sun can be worked out for."""
    from explorer.scenario.checks import FIRST_YEAR, LAST_YEAR, is_day

    try:
        day = Date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_("write the date as YYYY-MM-DD")) from error
    if not is_day(text):
        words = _("choose a date between the years {first} and {last}")
        raise argparse.ArgumentTypeError(words.format(first=FIRST_YEAR, last=LAST_YEAR))
    return day


def clock(text: str) -> float:
    """ "16:30" in minutes after midnight."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if found is None:
        raise argparse.ArgumentTypeError(_("write the time as HH:MM"))
    return int(found[1]) * 60.0 + int(found[2])


def area(text: str) -> tuple[float, float, float, float]:
    """ "E0,N0,E1,N1" """
    try:
        e0, n0, e1, n1 = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(_("write the area as E0,N0,E1,N1 in the scene's CRS")) from error
    return e0, n0, e1, n1

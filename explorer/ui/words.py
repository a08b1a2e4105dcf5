"""Plain words for what records and simulations call by name."""

from __future__ import annotations

import re
from datetime import date

from explorer.i18n import _, decimal


def kind_words(kind: str) -> str:
    """What a CityJSON kind is called by people."""
    words = {
        "Building": _("Building"),
        "BuildingPart": _("Part of a building"),
        "Road": _("Road"),
        "WaterBody": _("Water"),
        "PlantCover": _("Planting"),
        "SolitaryVegetationObject": _("Tree"),
        "LandUse": _("Land"),
        "Bridge": _("Bridge"),
        "TINRelief": _("Terrain"),
        "GenericCityObject": _("Other object"),
    }
    return words.get(kind, kind)


def mode_words(mode: str) -> str:
    """What a mode is called."""
    return {
        "explore": _("Explore"),
        "propose": _("Propose"),
        "simulate": _("Simulate"),
        "compare": _("Compare"),
        "present": _("Present"),
    }[mode]


def roof_words(form: str) -> str:
    """What a roof form is called."""
    return {
        "flat": _("Flat"),
        "gabled": _("Gabled"),
        "hipped": _("Hipped"),
        "pyramidal": _("Pyramid"),
        "skillion": _("Lean-to"),
    }[form]


def clock_words(minute: float) -> str:
    """Minutes after midnight as HH:MM."""
    whole = round(minute) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def grouped(value: float) -> str:
    """A whole number with its thousands apart by a space."""
    return decimal(value, ",.0f")


def _months() -> tuple[str, ...]:
    return (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"),
        _("July"), _("August"), _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip


def _short_months() -> tuple[str, ...]:
    return (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip


def date_words(iso: str, *, is_short: bool = False) -> str:
    """A date as people write it: 21 June 2026, or 21 Jun 2026."""
    year, month, day = iso.split("-")
    return f"{int(day)} {(_short_months() if is_short else _months())[int(month) - 1]} {year}"


def date_of(text: str) -> str | None:
    """The ISO date of "21-6-2026", "21 June 2026", "21/06/26" or "2026-06-21"; None where it is no date.

    The day comes before the month, as everywhere but in one country, unless the year is first.
    """
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    if len(parts) != 3:
        return None
    day, month, year = reversed(parts) if len(parts[0]) == 4 else parts
    number = month if month.isdecimal() else str(_month_of(month))
    if not (day.isdecimal() and year.isdecimal() and len(year) in (2, 4)):
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(number), int(day)).isoformat()
    except ValueError:
        return None


def _month_of(word: str) -> int:
    """1 to 12 for the name of a month, or its first three letters; 0 for none."""
    lower = word.lower()
    for names in (_months(), _short_months()):
        for number, name in enumerate(names, 1):
            if len(lower) >= 3 and name.lower().startswith(lower):
                return number
    return 0


def duration_words(hours: float) -> str:
    """Hours as "3 h 40 min"."""
    minutes = round(hours * 60.0)
    sign = "−" if minutes < 0 else ""
    return _("{sign}{hours} h {minutes:02d} min").format(sign=sign, hours=abs(minutes) // 60, minutes=abs(minutes) % 60)


def value_in_words(kind: str, value: float, *, is_share: bool = False) -> str:
    """A value of a simulation with its unit: hours of sun, or shade as yes and no or as a share."""
    if kind == "sun_hours":
        return duration_words(value)
    if is_share:
        return f"{value:.0%}"
    if value < -0.5:
        return _("no longer in shade")
    return _("in shade") if value > 0.5 else _("in the sun")


def value_words(value: object) -> str:
    """An attribute's value as people write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return decimal(round(value, 3), ".12g")
    return str(value)


def minute_of(text: str) -> int | None:
    """Minutes after midnight of "HH:MM", "H.MM" or "H"; None where it is no time."""
    hours, _colon, minutes = text.strip().replace(".", ":").partition(":")
    if not hours.isdecimal() or (minutes and not minutes.isdecimal()):
        return None
    total = int(hours) * 60 + int(minutes or 0)
    return total if int(hours) < 24 and int(minutes or 0) < 60 else None


def corners_words(touch: bool) -> str:
    """How to begin an outline, by fingers or by mouse and keys."""
    if touch:
        return _("Tap the corners on the ground, one after the other.")
    return _("Click the corners on the ground, one after the other, or press Space.")


def ending_words(touch: bool) -> str:
    """How to go on with one."""
    if touch:
        return _("Finish ends, Undo takes one back; tap the tool again to give up.")
    return _("Enter or double-click ends, Backspace takes one back, Esc gives up.")

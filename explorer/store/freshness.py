"""How long an answer need not be asked for again (RFC 9111, sections 4.2 and 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_HEURISTIC_SHARE = 0.1
"""Of the time since its last change: how long an answer holds whose server does not say (section 4.2.2)."""
_HEURISTIC_MOST_SECS = 24.0 * 3600.0
_MOST_SECS = 365.0 * 24.0 * 3600.0


def may_keep(headers: Mapping[str, str]) -> bool:
    """Whether an answer may be kept at all by a program for one person."""
    return "no-store" not in _directives(headers)


def fresh_until(headers: Mapping[str, str], now: float) -> float:
    """Until when it need not be asked again; `now` where it must be each time. [s since 1970]"""
    said = _directives(headers)
    if "no-cache" in said:
        return now
    if "max-age" in said:
        return now + min(max(_number(said["max-age"]) - _number(headers.get("age", "0")), 0.0), _MOST_SECS)
    date = _seconds(headers.get("date")) or now
    expires = _seconds(headers.get("expires"))
    if expires is not None:
        return now + min(max(expires - date, 0.0), _MOST_SECS)
    modified = _seconds(headers.get("last-modified"))
    if modified is not None and modified < date:
        return now + min(_HEURISTIC_SHARE * (date - modified), _HEURISTIC_MOST_SECS)
    return now


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """For how long a server asks not to be asked (RFC 9110, section 10.2.3); None: it does not say. [s]"""
    said = headers.get("retry-after")
    if said is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", said):
        return float(said)
    until = _seconds(said)
    return None if until is None else max(until - now, 0.0)


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    found = re.findall(r"([\w-]+)(?:\s*=\s*\"?([^\",]*)\"?)?", headers.get("cache-control", "").lower())
    return dict(found)


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,12}", text.strip()) else 0.0


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

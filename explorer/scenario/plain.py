"""Records as plain JSON values and back, checked field by field: for scene files and the journal."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, get_type_hints

import msgspec

from explorer.errors import SceneFileError, quoted
from explorer.i18n import _
from explorer.scenario.records import KINDS, Record, Unknown, kind_of

_MAX_TEXT = 100_000
_HALVES = re.compile("[\ud800-\udfff]")


def to_plain(value: Any) -> Any:
    """Tuples as lists; everything else in records is plain already."""
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def to_plain_record(record: Record) -> dict[str, Any]:
    """A record as a JSON object: type, id, fields that differ from their default, members of newer versions."""
    plain: dict[str, Any] = {"type": kind_of(record), "id": record.id}
    if isinstance(record, Unknown):
        return {**plain, **dict(record.members)}
    for f in fields(record):
        value = getattr(record, f.name)
        if f.name in ("id", "extra") or (f.default is not MISSING and value == f.default):
            continue
        plain[f.name] = to_plain(value)
    return {**plain, **{name: value for name, value in record.extra if name not in plain}}


def from_plain_record(plain: Any) -> Record:
    """A JSON object as a record. Raises `SceneFileError` naming record and field."""
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str) or not isinstance(plain.get("id"), str):
        raise SceneFileError(_("A record of the scene has no type or no id."))
    kind, record_id = plain["type"], plain["id"]
    check_finite(plain, record_id)
    cls = KINDS.get(kind)
    members = {name: value for name, value in plain.items() if name not in ("type", "id")}
    if cls is None:
        return Unknown(id=record_id, kind=kind, members=_frozen_members(members))
    known = {f.name for f in fields(cls)} - {"id", "extra"}
    values = {name: _converted(cls, name, value, record_id) for name, value in members.items() if name in known}
    extra = {name: value for name, value in members.items() if name not in known}
    try:
        record: Record = cls(id=record_id, extra=_frozen_members(extra), **values)
    except TypeError as error:
        raise SceneFileError(
            _("The record “{id}” is incomplete: {why}").format(id=quoted(record_id), why=quoted(error, 300))
        ) from error
    return record


def value_for_field(record: Record, name: str, value: Any) -> Any:
    """A JSON value as the type that a record's field has. Raises `SceneFileError`."""
    check_finite(value, record.id)
    return _converted(type(record), name, value, record.id)


@cache
def _types(kind: str) -> dict[str, Any]:
    return get_type_hints(KINDS[kind])


def _converted(cls: type[Any], name: str, value: Any, record_id: str) -> Any:
    try:
        return msgspec.convert(value, _types(next(kind for kind, known in KINDS.items() if known is cls))[name])
    except (msgspec.ValidationError, KeyError) as error:
        text = _("The field “{field}” of “{id}” cannot be read: {why}")
        raise SceneFileError(text.format(field=name, id=quoted(record_id), why=quoted(error, 300))) from error


def check_finite(value: Any, record_id: str) -> None:
    """Refuse numbers that are not finite, texts without end, and texts that no file can hold (halves of characters).

    Raises `SceneFileError` naming the record.
    """
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, float) and not math.isfinite(item):
            raise SceneFileError(_("“{id}” holds a number that is not finite.").format(id=quoted(record_id)))
        if isinstance(item, str) and len(item) > _MAX_TEXT:
            raise SceneFileError(_("“{id}” holds a text that is too long.").format(id=quoted(record_id)))
        if isinstance(item, str) and not item.isascii() and _HALVES.search(item):
            raise SceneFileError(
                _("“{id}” holds something that is not text.").format(id=_HALVES.sub("?", quoted(record_id)))
            )
        if isinstance(item, dict):
            pending.extend((*item.keys(), *item.values()))
        elif isinstance(item, (list, tuple)):
            pending.extend(item)


def _frozen_members(members: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in members.items()))

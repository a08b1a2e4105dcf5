"""The one vocabulary of change: insert, remove, set a field to an absolute value. Each is idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from explorer.errors import ScenarioError, UnknownRecord
from explorer.i18n import _
from explorer.scenario.plain import from_plain_record, to_plain, to_plain_record, value_for_field
from explorer.scenario.records import SCENE_ID, Record, Unknown, field_names
from explorer.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who, and when by the logical clock."""

    actor: str = ""
    clock: int = 0


@dataclass(frozen=True, slots=True)
class Insert:
    """Put a record in; one with the same id is replaced."""

    record: Record
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a record out; one that is not there stays away."""

    id: str
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class SetField:
    """Set one field to a value. Never "by": only absolute values can be repeated and merged."""

    id: str
    field: str
    value: Any
    stamp: Stamp = Stamp()


Operation = Insert | Remove | SetField


def differences(record: Record, values: dict[str, Any]) -> Iterator[SetField]:
    """What sets those fields of a record that have other values now."""
    for name, value in values.items():
        if getattr(record, name, None) != value:
            yield SetField(record.id, name, value)


def apply(scenario: Scenario, operations: tuple[Operation, ...]) -> tuple[Scenario, tuple[Operation, ...]]:
    """The scenario after the operations, and the operations that lead back (in the order to apply them).

    Raises `UnknownRecord` for a field of a record that is not there, `ScenarioError` for a value that the field cannot
    have, such as a number that is not finite; then nothing is changed.
    """
    records = scenario.records.copy()
    clock = scenario.clock
    back: list[Operation] = []
    for operation in operations:
        back.append(_apply_one(records, operation))
        clock = max(clock, operation.stamp.clock)
    return scenario.with_records(records, clock), tuple(reversed(back))


def _apply_one(records: dict[str, Record], operation: Operation) -> Operation:
    if isinstance(operation, Insert):
        known = records.get(operation.record.id)
        records[operation.record.id] = from_plain_record(to_plain_record(operation.record))  # values checked
        return Remove(operation.record.id) if known is None else Insert(known)
    if isinstance(operation, Remove):
        if operation.id == SCENE_ID:
            raise UnknownRecord(_("The scene itself cannot be removed."))
        known = records.pop(operation.id, None)
        return Remove(operation.id) if known is None else Insert(known)
    record = records.get(operation.id)
    if record is None or isinstance(record, Unknown) or operation.field not in field_names(record):
        text = _("“{id}” has no “{field}” to change.")
        raise UnknownRecord(text.format(id=operation.id, field=operation.field))
    before = getattr(record, operation.field)
    value = value_for_field(record, operation.field, to_plain(operation.value))
    records[operation.id] = replace(record, **{operation.field: value})
    return SetField(operation.id, operation.field, before)


def stamped(operation: Operation, stamp: Stamp) -> Operation:
    """The same operation under somebody's name and time."""
    return replace(operation, stamp=stamp)


def operation_to_plain(operation: Operation) -> dict[str, Any]:
    """As JSON values, for the journal."""
    base = {"actor": operation.stamp.actor, "clock": operation.stamp.clock}
    if isinstance(operation, Insert):
        return {"do": "insert", "record": to_plain_record(operation.record), **base}
    if isinstance(operation, Remove):
        return {"do": "remove", "id": operation.id, **base}
    return {"do": "set", "id": operation.id, "field": operation.field, "value": to_plain(operation.value), **base}


def operation_from_plain(plain: Any, scenario: Scenario) -> Operation:
    """Back from JSON values; `scenario` says what type a field has.

    Raises `ScenarioError`, and what Python says of values of another kind.
    """
    if not isinstance(plain, dict):
        raise ScenarioError(_("This is no operation: {what}").format(what=f"{plain!r:.60}"))
    stamp = Stamp(str(plain.get("actor", "")), int(plain.get("clock", 0)))
    if plain["do"] == "insert":
        return Insert(from_plain_record(plain["record"]), stamp)
    if plain["do"] == "remove":
        return Remove(str(plain["id"]), stamp)
    record = scenario.record(str(plain["id"]))
    return SetField(record.id, plain["field"], value_for_field(record, plain["field"], plain["value"]), stamp)

"""What was done since the last save, safe at any moment: lines that are only ever appended, each with its checksum.

    8c1f03aa {"format": "citiverse-journal", "version": 1, "records": […], "scene_path": …, "is_saved": true}
    1b00c9e2 {"step": [{"do": "insert", …}]}
    …

A line counts once its line feed is on the disk, so whatever a kill, a full disk or a damaged sector leaves, everything
before it can be read. SQLite in WAL mode was tried before: a truncated database may lose all of it, its helper files
can be separated from it, and it does not work on network folders.
"""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.errors import FetchError, ScenarioError
from explorer.i18n import _
from explorer.scenario.operations import Operation, apply, operation_from_plain, operation_to_plain
from explorer.scenario.plain import from_plain_record, to_plain_record
from explorer.scenario.scenario import Scenario

_FORMAT, _VERSION = "citiverse-journal", 1


@dataclass(frozen=True)
class Recovered:
    """What a journal holds."""

    scenario: Scenario
    steps: int
    """Steps after the last save."""
    scene_path: str | None
    """The scene file that was open, if any."""
    is_saved: bool = True
    """Whether what the steps began from is in a file, or can be had again."""
    is_damaged: bool = False
    """Whether something after the last step that could be read is unreadable (a torn last line is not)."""

    @property
    def is_worth_offering(self) -> bool:
        """Whether anything would be lost without it."""
        return self.steps > 0 or not self.is_saved


class Journal:
    """An append-only record of operations after a snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._size = 0

    def begin(self, scenario: Scenario, scene_path: str | None = None, *, is_saved: bool = True) -> None:
        """Start over from a scenario; `is_saved`: it is safe elsewhere.

        What was there before stays until this is whole. Raises `FetchError`.
        """
        start = {
            "format": _FORMAT,
            "version": _VERSION,
            "records": [to_plain_record(record) for record in scenario.records.values()],
            "members": dict(scenario.members),
            "clock": scenario.clock,
            "scene_path": scene_path,
            "is_saved": is_saved,
        }
        line = _line(start)
        temporary = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._close_file()
            file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                _write_whole(file, line)
            finally:
                os.close(file)
            os.replace(temporary, self.path)
            _flush_folder(self.path.parent)
            self._file, self._size = os.open(self.path, os.O_WRONLY | os.O_APPEND), len(line)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise self._failed(error) from error

    def append(self, operations: tuple[Operation, ...]) -> None:
        """Keep one step; when this returns it survives a kill and a power cut. Raises `FetchError`."""
        line = _line({"step": [operation_to_plain(operation) for operation in operations]})
        try:
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
                self._size = os.fstat(self._file).st_size
            _write_whole(self._file, line)
        except OSError as error:
            if self._file is not None:
                with suppress(OSError):  # what is torn would spoil the line after it
                    os.ftruncate(self._file, self._size)
            raise self._failed(error) from error
        self._size += len(line)

    def _failed(self, error: OSError) -> FetchError:
        text = _("The automatic backup cannot be written: {why}. Save the scene under another name now. [{path}]")
        return FetchError(text.format(why=error.strerror or error, path=self.path))

    def close(self, *, discard: bool) -> None:
        """End it; `discard` when everything is saved or given up, so that nothing is offered at the next start."""
        self._close_file()
        if discard:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)

    @staticmethod
    def recover(path: Path) -> Recovered | None:
        """What a journal holds, up to the first line that cannot be read; None where nothing is worth offering."""
        found = read_journal(path)
        return found if found is not None and found.is_worth_offering else None


def read_journal(path: Path) -> Recovered | None:
    """All that can be read, worth offering or not; None where not even the start can be."""
    try:
        *lines, torn = path.read_bytes().split(b"\n")
    except OSError:
        return None
    del torn  # the line that was being written when the end came
    start = _plain(lines[0]) if lines else None
    if start is None or start.get("format") != _FORMAT or start.get("version") != _VERSION:
        return None
    try:
        scenario = Scenario.of(*(from_plain_record(plain) for plain in start["records"]))
        members = tuple(sorted(dict(start.get("members") or {}).items()))
        scenario = replace(scenario, members=members, clock=int(start.get("clock", 0)))
    except (ScenarioError, ValueError, KeyError, TypeError, OverflowError):
        return None
    steps, is_damaged = 0, False
    for line in lines[1:]:
        after = _stepped(scenario, line)
        if after is None:
            is_damaged = True
            break
        scenario, steps = after, steps + 1
    return Recovered(scenario, steps, start.get("scene_path"), bool(start.get("is_saved", True)), is_damaged)


def _stepped(scenario: Scenario, line: bytes) -> Scenario | None:
    """The scenario after one step; None where the line cannot be read or does not fit."""
    plain = _plain(line)
    try:
        for item in plain["step"] if plain is not None else ():
            scenario, _back = apply(scenario, (operation_from_plain(item, scenario),))
    except (ScenarioError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return scenario if plain is not None else None


def _line(plain: dict[str, Any]) -> bytes:
    text = json.dumps(plain, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _plain(line: bytes) -> dict[str, Any] | None:
    checksum, _space, text = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def _write_whole(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
    os.fsync(file)


def _flush_folder(folder: Path) -> None:
    """The new name reaches the disk too; systems that cannot do this do not need it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

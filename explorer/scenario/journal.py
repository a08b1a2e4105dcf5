"""What was done since the last save, safe at any moment: SQLite in WAL mode, synchronised at every step."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import FetchError, ScenarioError
from explorer.i18n import _
from explorer.scenario.operations import Operation, apply, operation_from_plain, operation_to_plain
from explorer.scenario.plain import from_plain_record, to_plain_record
from explorer.scenario.scenario import Scenario


@dataclass(frozen=True)
class Recovered:
    """What a journal that nobody closed holds."""

    scenario: Scenario
    steps: int
    """Steps after the last save."""
    scene_path: str | None
    """The scene file that was open, if any."""


class Journal:
    """An append-only record of operations after a snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened(path)
        except sqlite3.DatabaseError:
            # a damaged journal is set aside, never in the way of starting
            path.replace(path.with_suffix(".damaged"))
            for ending in ("-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            self._connection = self._opened(path)

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY, scenario TEXT, scene_path TEXT)"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS step (id INTEGER PRIMARY KEY, operations TEXT)")
        return connection

    def begin(self, scenario: Scenario, scene_path: str | None = None) -> None:
        """Start over from a scenario that is safe elsewhere, or new."""
        text = json.dumps([to_plain_record(record) for record in scenario.records.values()])
        self._write(
            ("DELETE FROM step", ()),
            ("DELETE FROM snapshot", ()),
            ("INSERT INTO snapshot (id, scenario, scene_path) VALUES (1, ?, ?)", (text, scene_path)),
        )

    def append(self, operations: tuple[Operation, ...]) -> None:
        """Keep one step; when this returns it survives a kill and a power cut."""
        text = json.dumps([operation_to_plain(operation) for operation in operations])
        self._write(("INSERT INTO step (operations) VALUES (?)", (text,)))

    def _write(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        try:
            with self._connection:
                self._connection.execute("BEGIN")
                for sql, values in statements:
                    self._connection.execute(sql, values)
        except sqlite3.Error as error:
            text = _("The automatic backup cannot be written: {why}. Save the scene under another name now. [{path}]")
            raise FetchError(text.format(why=error, path=self.path)) from error

    def close(self, *, discard: bool) -> None:
        """End it; `discard` when everything is saved or given up, so that nothing is offered at the next start."""
        with suppress(sqlite3.Error):
            if discard:
                self._connection.execute("DELETE FROM step")
                self._connection.execute("DELETE FROM snapshot")
            self._connection.close()

    @staticmethod
    def recover(path: Path) -> Recovered | None:
        """What a session that did not end left behind; None if nothing is lost, or nothing can be read."""
        if not path.exists():
            return None
        try:
            connection = sqlite3.connect(path)
            try:
                row = connection.execute("SELECT scenario, scene_path FROM snapshot").fetchone()
                steps = connection.execute("SELECT operations FROM step ORDER BY id").fetchall()
            finally:
                connection.close()
        except sqlite3.DatabaseError:
            return None
        if row is None or not steps:
            return None
        try:
            scenario = Scenario.of(*(from_plain_record(plain) for plain in json.loads(row[0])))
        except (ScenarioError, ValueError):
            return None
        done = 0
        for (text,) in steps:
            try:
                plain = json.loads(text)
                for item in plain:
                    scenario, _back = apply(scenario, (operation_from_plain(item, scenario),))
            except (ScenarioError, ValueError, KeyError):
                break  # everything up to the first step that cannot be read
            done += 1
        return Recovered(scenario, done, row[1])

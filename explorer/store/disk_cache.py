"""Answers of web servers kept on disk: of a limited size, whole after a crash, shared by programs that run at once.

SQLite with a write-ahead log: what was committed is there after a kill, what was not is not. A damaged file is begun
anew, for everything in it can be fetched again. Addresses are kept as digests only: they may hold an access key.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, body BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    fresh_until REAL NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_use ON answers (used);
"""
_VERSION = 1
_BUSY_SECS = 5.0
_LARGEST_SHARE = 0.25
"""Of the limit: one answer larger than this would push out all others."""
_TOUCH_SECS = 60.0
"""When an answer was last used is noted no more often than this: reading need not write."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent."""

    body: bytes
    etag: str = ""
    """For `If-None-Match`."""
    modified: str = ""
    """For `If-Modified-Since`, as the server wrote it."""
    fresh_until: float = 0.0
    """Until then it need not be asked again. [s since 1970]"""


class DiskCache:
    """Keeps answers by address in one file. Thread-safe. A disk that fails costs the keeping, never the reading."""

    def __init__(self, path: Path, limit_bytes: int, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self.limit_bytes = limit_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def get(self, uri: str) -> Answer | None:
        """What is kept of an address, fresh or not."""
        with self._lock:
            try:
                row = (
                    self._open()
                    .execute("SELECT body, etag, modified, fresh_until, used FROM answers WHERE key = ?", (_key(uri),))
                    .fetchone()
                )
                if row is None:
                    return None
                if self._clock() - row[4] > _TOUCH_SECS:
                    with suppress(sqlite3.OperationalError):  # another program is writing: not worth waiting for
                        self._open().execute("UPDATE answers SET used = ? WHERE key = ?", (self._clock(), _key(uri)))
                return Answer(bytes(row[0]), row[1], row[2], row[3])
            except (sqlite3.DatabaseError, OSError) as error:
                self._failed(error)
                return None

    def put(self, uri: str, answer: Answer) -> None:
        """Keep an answer; what was used longest ago goes when the limit is reached."""
        if len(answer.body) > _LARGEST_SHARE * self.limit_bytes:
            return
        with self._lock:
            try:
                database = self._open()
                database.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        _key(uri), answer.body, len(answer.body), answer.etag, answer.modified,
                        answer.fresh_until, self._clock(),
                    ),
                )  # fmt: skip
                self._make_room(database)
            except (sqlite3.DatabaseError, OSError) as error:
                self._failed(error)

    def refresh(self, uri: str, fresh_until: float) -> None:
        """The server said that what is kept still holds."""
        with self._lock:
            try:
                self._open().execute("UPDATE answers SET fresh_until = ? WHERE key = ?", (fresh_until, _key(uri)))
            except (sqlite3.DatabaseError, OSError) as error:
                self._failed(error)

    @property
    def size_bytes(self) -> int:
        """What is kept, without the file's own overhead."""
        with self._lock:
            try:
                return self._size(self._open())
            except (sqlite3.DatabaseError, OSError) as error:
                self._failed(error)
                return 0

    def clear(self) -> None:
        """Keep nothing any more, and give the space back."""
        with self._lock:
            try:
                self._open().execute("DELETE FROM answers")
                self._open().execute("VACUUM")
            except (sqlite3.DatabaseError, OSError) as error:
                self._failed(error)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._let_go()

    def _make_room(self, database: sqlite3.Connection) -> None:
        excess = self._size(database) - self.limit_bytes
        while excess > 0:
            oldest = database.execute("SELECT key, size FROM answers ORDER BY used LIMIT 64").fetchall()
            if not oldest:
                return
            for key, size in oldest:
                database.execute("DELETE FROM answers WHERE key = ?", (key,))
                excess -= size
                if excess <= 0:
                    break
        database.execute("PRAGMA incremental_vacuum(256)")

    @staticmethod
    def _size(database: sqlite3.Connection) -> int:
        return int(database.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's other files follow it
            database = sqlite3.connect(
                self._path, timeout=_BUSY_SECS, isolation_level=None, check_same_thread=False
            )  # every statement is a transaction of its own
            self._database = database
            if database.execute("PRAGMA user_version").fetchone()[0] not in (0, _VERSION):
                raise sqlite3.DatabaseError("of another version")
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_SCHEMA)
            database.execute(f"PRAGMA user_version = {_VERSION}")
        return self._database

    def _failed(self, error: Exception) -> None:
        """A damaged file is begun anew; a busy or full disk is left alone."""
        if isinstance(error, sqlite3.OperationalError) or not isinstance(error, sqlite3.DatabaseError):
            return
        self._let_go()
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _let_go(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.DatabaseError):
                self._database.close()
            self._database = None


def _key(uri: str) -> bytes:
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).digest()

"""Archives of 3D Tiles as SQLite databases: .3dtiles, a table `media` of `key` and `content`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.errors import FetchError, NotThere
from explorer.i18n import _
from explorer.store.archive import MAX_BYTES, ArchiveStore, too_large
from explorer.store.names import tidied

_STEPS_AT_ONCE = 100_000
_MAX_STEPS = 2000
"""Times 100,000 steps of the database's machine: a row is found in a few, and a table without index scanned in some."""


class ThreeDTilesStore(ArchiveStore):
    """Reads from a .3dtiles archive. Thread-safe: one connection, one reader at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._steps = 0
        try:
            # Immutable: neither locks nor journals are written beside a file that nobody here changes.
            self._database = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._cannot_open(error) from error
        try:
            self._guard()
        except (sqlite3.Error, UnicodeError) as error:  # a damaged name cannot even be told
            self.close()
            raise self._cannot_open(error) from error
        except FetchError:
            self.close()
            raise

    def close(self) -> None:
        """See `Store.close`."""
        with self._lock:
            self._database.close()

    def _guard(self) -> None:
        """What a hostile database could do is switched off; `media` has to be a table, not a view that computes."""
        self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
        self._database.set_progress_handler(self._count, _STEPS_AT_ONCE)
        self._database.execute("PRAGMA trusted_schema = OFF")
        self._database.execute("PRAGMA cell_size_check = ON")
        row = self._database.execute(
            "SELECT type, rootpage FROM sqlite_master WHERE name = 'media' COLLATE NOCASE"
        ).fetchone()
        if row is None or row[0] != "table" or not row[1]:
            raise FetchError(_("The archive has no table of tiles (media). [{path}]").format(path=self._path))

    def _count(self) -> int:
        self._steps += 1
        return int(self._steps > _MAX_STEPS)

    def _cannot_open(self, error: Exception) -> FetchError:
        return FetchError(_("The archive cannot be opened: {reason}. [{path}]").format(reason=error, path=self._path))

    def _has(self, name: str) -> bool:
        with self._lock, suppress(sqlite3.Error, UnicodeError):
            self._steps = 0
            return self._row("1", name) is not None
        return False

    def _names(self) -> Iterable[str]:
        with self._lock, suppress(sqlite3.Error, UnicodeError):
            self._steps = 0
            asked = "SELECT key FROM media WHERE key GLOB '*.json' OR key GLOB '*.json.gz' LIMIT 1000000"
            return [tidied(key) for (key,) in self._database.execute(asked) if isinstance(key, str)]
        return ()

    def _row(self, what: str, name: str) -> Any:
        """Of a file, by its key as it should be, or as some write it; None: there is none."""
        for keys in ((name,), (f"./{name}", f"/{name}", name.replace("/", "\\"))):
            marks = ", ".join("?" * len(keys))
            row = self._database.execute(f"SELECT {what} FROM media WHERE key IN ({marks}) LIMIT 1", keys).fetchone()
            if row is not None:
                return row
        return None

    def _read(self, name: str, uri: str) -> bytes | None:
        with self._lock:
            self._steps = 0
            try:
                row = self._row("content", name)
            except sqlite3.DataError as error:
                raise too_large(uri) from error
            except (sqlite3.Error, UnicodeError) as error:
                raise NotThere(
                    _("The archive cannot be read here: {reason}. [{uri}]").format(reason=error, uri=uri)
                ) from error
        if row is None:
            return None
        if not isinstance(row[0], bytes):
            raise NotThere(_("The archive is damaged where the file should be. [{uri}]").format(uri=uri))
        data: bytes = row[0]
        return data

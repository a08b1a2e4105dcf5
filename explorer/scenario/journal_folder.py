"""Journals of several programs in one folder: each has its own file, and nobody touches that of one that still runs."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.scenario.journal import Journal, Recovered, read_journal
from explorer.scenario.process_lock import ProcessLock

_ENDING = ".journal"


@dataclass
class LeftBehind:
    """A journal whose program is gone. It is ours, by a lock, until it is let go."""

    path: Path
    found: Recovered
    written_at: float
    """When the last step was kept. [s since 1970]"""
    lock: ProcessLock

    def throw_away(self) -> None:
        """It is not wanted, or is safe elsewhere now."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.lock.release(remove=True)


class JournalFolder:
    """Gives out journals and finds those that were left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: list[ProcessLock] = []
        self.set_aside: list[Path] = []
        """Damaged journals that were found, where they lie now."""

    def new(self) -> Journal:
        """A journal of our own; other programs leave it alone while this one runs. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(3)}{_ENDING}"
            lock = ProcessLock.take(path.with_suffix(".lock"))
            if lock is not None:
                self._locks.append(lock)
                return Journal(path)

    def left_behind(self) -> list[LeftBehind]:
        """Journals with work that would be lost, newest first; what is damaged is copied aside, what is empty goes."""
        left = [found for path in self._paths() if (found := self._look_at(path)) is not None]
        return sorted(left, key=lambda one: -one.written_at)

    def _paths(self) -> list[Path]:
        try:
            return sorted(self.folder.glob(f"*{_ENDING}"))
        except OSError:
            return []

    def _look_at(self, path: Path) -> LeftBehind | None:
        lock = ProcessLock.take(path.with_suffix(".lock"))
        if lock is None:
            return None  # its program still runs, or another one is asking its user about it
        try:
            written_at = path.stat().st_mtime
        except OSError:
            lock.release(remove=True)
            return None
        found = read_journal(path)
        if found is None or found.is_damaged:
            self._copy_aside(path)
        if found is None or not found.is_worth_offering:
            with suppress(OSError):
                path.unlink()
            lock.release(remove=True)
            return None
        return LeftBehind(path, found, written_at, lock)

    def _copy_aside(self, path: Path) -> None:
        aside = path.with_suffix(".damaged")
        with suppress(OSError):
            if path.stat().st_size == 0:
                return
            aside.write_bytes(path.read_bytes())
            self.set_aside.append(aside)

    def close(self) -> None:
        """Let go of all that was given out."""
        for lock in self._locks:
            lock.release(remove=not lock.path.with_suffix(_ENDING).exists())
        self._locks.clear()

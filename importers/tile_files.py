"""Tiles on their way to disk, encoded and flushed beside the work on the next ones."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer.tileformat import TileContent, encode_glb
from importers.model import ImportReport
from importers.output import write_flushed

_MOST_WAITING = 4
"""Tiles that are held in memory until they are written. [-]"""


class TileFiles:
    """Writes tiles on threads of its own: disks take milliseconds to be sure. Use as a context manager.

    What went wrong with one is raised by a later `add`, or at the end.
    """

    def __init__(self, folder: Path, report: ImportReport) -> None:
        self._folder, self._report = folder, report
        self._pool = ThreadPoolExecutor(2)
        self._waiting: deque[tuple[Future[int], dict[str, Any]]] = deque()

    def add(self, uri: str, content: TileContent, schema: dict[str, str] | None, figures: dict[str, Any]) -> None:
        """One tile, with what the report tells of it; how many bytes it has is filled in there."""
        self._report.tiles += 1
        self._report.geometric_errors.append(figures)
        self._waiting.append((self._pool.submit(self._write, uri, content, schema), figures))
        while len(self._waiting) > _MOST_WAITING:
            self._take()

    def _write(self, uri: str, content: TileContent, schema: dict[str, str] | None) -> int:
        return write_flushed(self._folder / uri, encode_glb(content, schema))

    def _take(self) -> None:
        written, figures = self._waiting.popleft()
        figures["bytes"] = written.result()
        self._report.bytes_written += figures["bytes"]

    def __enter__(self) -> TileFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._waiting and kind is None:
                self._take()
        finally:
            self._pool.shutdown(cancel_futures=True)

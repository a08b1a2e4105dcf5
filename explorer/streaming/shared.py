"""Decoded contents that several tiles share by address: read and decoded once while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict

from explorer.tileformat import TileContent

LARGEST_BYTES = 256 * 1024
"""Of a file that is kept. Whoever repeats a model repeats a small one; a tile's own large one would only take room."""
MOST_BYTES = 8 * 1024 * 1024


class SharedContents:
    """The small contents that were asked for last, by address. Thread-safe; contents are never changed.

    Which addresses come again is known only when they do: the tree of an implicit tileset is not all there.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._used_bytes = 0
        self._found: OrderedDict[str, tuple[TileContent, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, address: str) -> TileContent | None:
        """The content at an address, if it is still here."""
        with self._lock:
            found = self._found.get(address)
            if found is None:
                return None
            self._found.move_to_end(address)
            return found[0]

    def offer(self, address: str, content: TileContent, n_bytes: int) -> None:
        """Keep a content made of a file of so many bytes, where it is small; what was asked for longest ago goes."""
        if n_bytes > LARGEST_BYTES:
            return
        with self._lock:
            if address in self._found:
                return
            self._found[address] = (content, n_bytes)
            self._used_bytes += n_bytes
            while self._used_bytes > self._most_bytes:
                _address, (_content, size) = self._found.popitem(last=False)
                self._used_bytes -= size

"""A store that counts what it answers."""

from __future__ import annotations

import threading

from explorer.store import Store


class CountingStore:
    """Passes everything on to a store; thread-safe as that is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.n = 0
        """Answers so far."""
        self.n_bytes = 0

    @property
    def root_uri(self) -> str:
        """See `Store.root_uri`."""
        return self._store.root_uri

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        data = self._store.read(uri)
        with self._lock:
            self.n += 1
            self.n_bytes += len(data)
        return data

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`."""
        return self._store.resolve(base_uri, relative)

    def close(self) -> None:
        """See `Store.close`."""
        self._store.close()

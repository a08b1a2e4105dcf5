"""What the user said about servers: the keys that open them, and the certificates that he accepts.

Kept in a file of the user's own that nobody else may read; never in a scene, a message or the cache.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import DataError
from explorer.i18n import _
from explorer.store.addresses import Pairs, said_server, server_of, with_query
from explorer.store.writing import write_atomically

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name of a header (RFC 9110, section 5.6.2)."""
_MOST = 500
_NEVER = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "range", "if-range"}
)
"""Headers that say how the conversation goes, not who speaks."""


@dataclass(frozen=True, slots=True, repr=False)
class ServerKey:
    """What opens a server: headers and parameters of the query."""

    headers: Pairs = ()
    query: Pairs = ()

    def __repr__(self) -> str:
        return f"ServerKey({[name for name, _value in (*self.headers, *self.query)]})"

    def __bool__(self) -> bool:
        return bool(self.headers or self.query)

    def joined(self, other: ServerKey) -> ServerKey:
        """Both; what `other` says counts where they differ."""
        headers = {name.lower(): (name, value) for name, value in (*self.headers, *other.headers)}
        query = dict((*self.query, *other.query))
        return ServerKey(tuple(headers.values()), tuple(query.items()))


def read_header(text: str) -> tuple[str, tuple[str, str]]:
    """`Name: value`, or a server before it (`https://tiles.example.org Name: value`): server or "", name and value.

    Raises DataError that does not repeat the value.
    """
    server, rest = "", text.strip()
    first, space, after = rest.partition(" ")
    if space and "://" in first:
        server, rest = server_of(first), after.strip()
    name, colon, value = rest.partition(":")
    name, value = name.strip(), value.strip()
    if ("://" in first and not server) or not colon or not is_header(name, value):
        raise DataError(_("This is no header: write Name: value, or a server's address before it."))
    return server, (name, value)


def is_header(name: str, value: str) -> bool:
    """Whether a header of this name and value may be sent as the user's key."""
    is_name = _TOKEN.fullmatch(name) is not None and name.lower() not in _NEVER
    return is_name and bool(value) and value.isascii() and value.isprintable()


def read_fingerprint(text: str) -> str:
    """SHA-256 of a certificate as 64 small hexadecimal digits, however it is grouped. Raises DataError."""
    digits = re.sub(r"[\s:]", "", text).lower().removeprefix("sha256")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise DataError(_("A certificate's SHA-256 fingerprint has 64 hexadecimal digits. [{text}]").format(text=text))
    return digits


class ServerBook:
    """Keys and accepted certificates by server. Thread-safe; programs that run at once share the file."""

    def __init__(self, path: Path | None = None) -> None:
        """`path`: where it is kept; None: for this run only."""
        self._path = path
        self._lock = threading.Lock()
        self._keys: dict[str, ServerKey] = {}
        self._certificates: dict[str, frozenset[str]] = {}
        self._for_now: dict[str, ServerKey] = {}
        self.version = 0
        """Another one whenever something else holds."""
        self._load()

    def key_of(self, uri: str) -> ServerKey:
        """What opens the server of an address; nothing for any other server."""
        server = server_of(uri)
        with self._lock:
            return self._keys.get(server, _NO_KEY).joined(self._for_now.get(server, _NO_KEY))

    def add_key(self, server: str, key: ServerKey, *, keep: bool) -> None:
        """Use a key from now on; `keep`: in later runs, too. Raises `FetchError` where it cannot be kept."""
        if not server or not key:
            return
        with self._lock:
            self.version += 1
            if not keep:
                self._for_now[server] = self._for_now.get(server, _NO_KEY).joined(key)
                return
            self._load()
            self._keys[server] = self._keys.get(server, _NO_KEY).joined(key)
            self._save()

    def forget(self, server: str) -> None:
        """Neither know a key for a server nor accept a certificate of its. Raises `FetchError`."""
        with self._lock:
            self.version += 1
            self._load()
            self._keys.pop(server, None)
            self._for_now.pop(server, None)
            self._certificates.pop(server, None)
            self._save()

    @property
    def servers(self) -> tuple[str, ...]:
        """Servers for which something is kept."""
        with self._lock:
            return tuple(sorted({*self._keys, *self._certificates}))

    def accepted(self, server: str) -> frozenset[str]:
        """Fingerprints of the certificates that the user accepts for a server."""
        with self._lock:
            return self._certificates.get(server, frozenset())

    def accept(self, server: str, fingerprint: str) -> None:
        """Accept one certificate for one server, instead of those of before. Raises `FetchError`."""
        with self._lock:
            self.version += 1
            self._load()
            self._certificates[server] = frozenset({fingerprint})
            self._save()

    def _load(self) -> None:
        if self._path is None:
            return
        with suppress(OSError):
            if os.name != "nt" and self._path.stat().st_mode & 0o077:
                os.chmod(self._path, 0o600)
        try:
            plain = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return
        if isinstance(plain, dict):
            self._keys = dict(_keys_in(plain.get("keys")))
            self._certificates = dict(_certificates_in(plain.get("certificates")))

    def _save(self) -> None:
        if self._path is None:
            return
        plain = {
            "keys": {server: {"headers": key.headers, "query": key.query} for server, key in self._keys.items()},
            "certificates": {server: sorted(them) for server, them in self._certificates.items()},
        }
        write_atomically(self._path, json.dumps(plain, indent=1).encode(), make_folders=True, is_private=True)


_NO_KEY = ServerKey()


def asked_with(key: ServerKey, uri: str) -> tuple[str, dict[str, str]]:
    """The address and the headers that a server is asked with."""
    return with_query(uri, key.query), dict(key.headers)


def _keys_in(plain: Any) -> Iterable[tuple[str, ServerKey]]:
    for server, said in list(plain.items())[:_MOST] if isinstance(plain, dict) else ():
        if said_server(server) == server and isinstance(said, dict):
            headers = tuple(pair for pair in _pairs(said.get("headers")) if is_header(*pair))
            yield server, ServerKey(headers, _pairs(said.get("query")))


def _certificates_in(plain: Any) -> Iterable[tuple[str, frozenset[str]]]:
    for server, said in list(plain.items())[:_MOST] if isinstance(plain, dict) else ():
        if said_server(server) == server and isinstance(said, list):
            yield server, frozenset(one for one in said if isinstance(one, str) and re.fullmatch("[0-9a-f]{64}", one))


def _pairs(plain: Any) -> Pairs:
    if not isinstance(plain, list):
        return ()
    return tuple(
        (pair[0], pair[1])
        for pair in plain[:50]
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
    )

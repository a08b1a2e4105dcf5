"""How the program goes to the web: what it keeps, whom it may ask, and what the user said about servers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from explorer.errors import AccessRefused, CertificateRefused
from explorer.i18n import _
from explorer.store.disk_cache import DiskCache
from explorer.store.server_book import ServerBook
from explorer.store.servers import Server


@dataclass
class WebAccess:
    """How the program goes to the web; shared by all stores, and changed while they work. Thread-safe."""

    cache: DiskCache | None = None
    is_offline: bool = False
    """Take what is on this computer, and ask nobody."""
    book: ServerBook = field(default_factory=ServerBook)
    """Keys and accepted certificates."""
    proxy: str = ""
    """Address of a proxy; "": as the environment says (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY)."""
    _servers: dict[str, Server] = field(default_factory=dict)
    _refusals: list[AccessRefused | CertificateRefused] = field(default_factory=list)
    _refusing: set[str] = field(default_factory=set)
    _out_of_reach: dict[str, str] = field(default_factory=dict)
    _untold: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def server(self, name: str) -> Server:
        """What is known of a server: how it does, how many ask it."""
        with self._lock:
            return self._servers.setdefault(name, Server())

    def refuse(self, error: AccessRefused | CertificateRefused) -> None:
        """A server wants a key, or consent to its certificate: to be asked once, until `may_ask_again`."""
        with self._lock:
            if error.server not in self._refusing:
                self._refusing.add(error.server)
                self._refusals.append(error)

    def take_refusals(self) -> list[AccessRefused | CertificateRefused]:
        """What the user was not asked yet."""
        if not self._refusals:
            return []
        with self._lock:
            refusals, self._refusals = self._refusals, []
        return refusals

    def may_ask_again(self, server: str) -> None:
        """The user has answered about a server; the next refusal is another question."""
        with self._lock:
            self._refusing.discard(server)

    def missed(self, uri: str, why: str) -> None:
        """A server could not be had, and what is kept of it was taken: to be told once, until it can be had again."""
        host = urlsplit(uri).netloc.rpartition("@")[2]
        text = _("The server {host} cannot be had; what is kept of it on this computer is shown. {why}")
        with self._lock:
            if host not in self._out_of_reach:
                self._out_of_reach[host] = why
                self._untold.append(text.format(host=host, why=why))

    def reached(self, uri: str) -> None:
        """A server answered."""
        if self._out_of_reach:
            with self._lock:
                self._out_of_reach.pop(urlsplit(uri).netloc.rpartition("@")[2], None)

    def take_untold(self) -> list[str]:
        """Sentences about servers out of reach that were not told yet."""
        with self._lock:
            untold, self._untold = self._untold, []
        return untold

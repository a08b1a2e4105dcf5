"""Tilesets that a server leads elsewhere: files beside one that was redirected may be beside either address.

What a document names is beside the address where it was found in the end (RFC 3986, section 5.1.3). Browsers' viewers
look beside the address that was asked for, so publishers take care that files are there, often by redirecting each by
itself, with a signature that opens that file alone. So that is asked first, and the other where nothing is there.
"""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from explorer.store.addresses import server_of


class MovedFolders:
    """Of one store: folders whose documents were found in others. Thread-safe: who reads has what was there at once."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._found: Mapping[str, str] = {}
        """By server and folder that was asked, the folder where its document was."""
        self._asked_with: frozenset[str] = frozenset()
        """What the query of that document said: files beside it are asked for with it, but no other server is."""
        self._preferred: frozenset[str] = frozenset()
        """Folders that hold nothing themselves."""

    def note(self, asked: str, found: str) -> None:
        """A document that was asked for was found at another address, or at its own."""
        before, after = _folder(asked), _folder(found)
        if before and after and before != after:
            with self._writing:
                self._found = {**self._found, before: after}
                self._asked_with |= frozenset(urlsplit(asked).query.split("&"))

    def __bool__(self) -> bool:
        return bool(self._found)

    def addresses(self, address: str) -> tuple[str, str | None]:
        """Where to ask for a file, and where next if it is not there; None: nowhere."""
        for before, after in self._found.items():
            other = self._other(before, after, address)
            if other is not None:
                return (other, None) if before in self._preferred else (address, other)
        return address, None

    def prefer(self, address: str) -> None:
        """A file was at the second of its addresses: those beside it will be, too."""
        with self._writing:
            there = (before for before, after in self._found.items() if self._other(before, after, address) is not None)
            self._preferred |= frozenset(there)

    def _other(self, before: str, after: str, address: str) -> str | None:
        try:
            asked, base = urlsplit(address), urlsplit(before)
        except ValueError:
            return None
        if (asked.scheme, asked.netloc) != (base.scheme, base.netloc):
            return None
        found = urljoin(after, "./" + posixpath.relpath(asked.path or "/", base.path))
        query = asked.query
        if server_of(found) != server_of(before):
            query = "&".join(said for said in query.split("&") if said not in self._asked_with)
        return f"{found}?{query}" if query else found


def _folder(address: str) -> str:
    """An address up to its last slash, without its query; "": it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts._replace(path=parts.path.rpartition("/")[0] + "/", query="", fragment="").geturl()

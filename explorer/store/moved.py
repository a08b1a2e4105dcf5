"""Tilesets that a server leads elsewhere: files beside one that was redirected may be beside either address.

What a document names is beside the address where it was found in the end (RFC 3986, section 5.1.3). Browsers' viewers
look beside the address that was asked for, so publishers take care that files are there, often by redirecting each by
itself, with a signature that opens that file alone. So that is asked first, and the other where nothing is there.
"""

from __future__ import annotations

import posixpath
from urllib.parse import urljoin, urlsplit

from explorer.store.addresses import server_of


class MovedFolders:
    """Of one store: folders whose documents were found in others. Thread-safe."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        """By server and folder that was asked, the folder where its document was."""
        self._asked_with: frozenset[str] = frozenset()
        """What the query of that document said: files beside it are asked for with it, but no other server is."""
        self._preferred: set[str] = set()
        """Folders that hold nothing themselves."""

    def note(self, asked: str, found: str) -> None:
        """A document that was asked for was found at another address, or at its own."""
        before, after = _folder(asked), _folder(found)
        if before and after and before != after:
            self._found[before] = after
            self._asked_with |= frozenset(urlsplit(asked).query.split("&"))

    def __bool__(self) -> bool:
        return bool(self._found)

    def addresses(self, address: str) -> tuple[str, str | None]:
        """Where to ask for a file, and where next if it is not there; None: nowhere."""
        for before in self._found:
            other = self._other(before, address)
            if other is not None:
                return (other, None) if before in self._preferred else (address, other)
        return address, None

    def prefer(self, address: str) -> None:
        """A file was at the second of its addresses: those beside it will be, too."""
        self._preferred.update(before for before in self._found if self._other(before, address) is not None)

    def _other(self, before: str, address: str) -> str | None:
        try:
            asked, base = urlsplit(address), urlsplit(before)
        except ValueError:
            return None
        if (asked.scheme, asked.netloc) != (base.scheme, base.netloc):
            return None
        found = urljoin(self._found[before], "./" + posixpath.relpath(asked.path or "/", base.path))
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

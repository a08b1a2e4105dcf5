"""What a tileset's root hands out to its readers for a while, and hands out anew when that has expired.

Google's root, say, names what is below it by addresses with a session in them, which all further addresses pass on
(`beside`). It holds for some three hours; then the server refuses every tile until the root is asked for again
(Photorealistic 3D Tiles; CesiumGS/cesium#11605). Nothing of this is Google's alone: any long parameter is taken for
such a one that the root's addresses of one server agree on, and that nobody who asked for the root said.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from explorer.jobs import stop_if_unwanted
from explorer.store.addresses import server_of

REFUSED = frozenset({400, 401, 403})
"""What servers answer to a session that they know no more."""
_PAUSE_SECS = 60.0
"""From one question for the root to the next: some servers refuse single tiles, and some count questions."""
_LOOK_AGAIN_SECS = 0.25
"""So long a tile that is not wanted any more waits at most for another that asks for the root."""
_LEAST_LETTERS = 12
"""What is shorter is no session: a version, a date, a style."""
_LOOKED_AT_BYTES, _LOOKED_AT, _LONGEST = 1 << 20, 64, 4000
"""Of a root that names thousands of tiles, the first addresses say it; letters on each side of their question mark."""

_Pairs = Mapping[tuple[str, str], str]
"""By server and name the value, letter by letter as the root writes it: a signature may depend on that."""


class Renewal(Enum):
    """What to do with an address that was refused."""

    AGAIN = "ask again"
    LATER = "not now"
    """The root was asked for only a moment ago."""
    IN_VAIN = "in vain"


class Sessions:
    """Of one tileset's store. Thread-safe."""

    def __init__(self, *, pause_secs: float = _PAUSE_SECS, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause_secs, self._clock = pause_secs, clock
        self._asking = threading.Lock()
        self._asked_at = -float("inf")
        self._root = ""
        self._now: _Pairs = {}
        self._expired: frozenset[tuple[str, str, str]] = frozenset()
        """Server, name, value as it is meant."""

    def hear(self, root: str, document: bytes) -> None:
        """What stands in the root's document, which was asked for at this address."""
        found = handed_out(root, document)
        before = {(*key, unquote_plus(value)) for key, value in self._now.items() if key in found}
        self._expired = (self._expired | before) - {(*key, unquote_plus(value)) for key, value in found.items()}
        self._root, self._now = root, {**self._now, **found}

    def current(self, address: str) -> str:
        """The address with what is handed out now in place of what has expired."""
        if not self._expired or "?" not in address:
            return address
        server = server_of(address)
        head, mark, query = address.partition("?")
        return f"{head}{mark}{'&'.join(self._renewed(server, part) for part in query.split('&'))}"

    def _renewed(self, server: str, said: str) -> str:
        name, _equals, value = said.partition("=")
        if (server, unquote_plus(name), unquote_plus(value)) in self._expired:
            return f"{name}={self._now[server, unquote_plus(name)]}"
        return said

    def renew(self, address: str, refused: str, read_root: Callable[[], bytes]) -> Renewal:
        """What to do with an address that was refused as it then was. May ask for the root anew.

        Whoever comes while another asks waits for what that one is told. Raises what `read_root` does; the next who
        comes asks again.
        """
        while not self._asking.acquire(timeout=_LOOK_AGAIN_SECS):
            stop_if_unwanted()
        try:
            if self.current(address) != refused:
                return Renewal.AGAIN
            if not self._is_handed_out(refused):
                return Renewal.IN_VAIN
            if self._clock() < self._asked_at + self._pause_secs:
                return Renewal.LATER
            self.hear(self._root, read_root())
            self._asked_at = self._clock()
            return Renewal.AGAIN if self.current(address) != refused else Renewal.IN_VAIN
        finally:
            self._asking.release()

    def _is_handed_out(self, address: str) -> bool:
        server = server_of(address)
        said = parse_qsl(urlsplit(address).query, keep_blank_values=True)
        return any(unquote_plus(self._now.get((server, name), "")) == value for name, value in said if value)


def handed_out(root: str, document: bytes) -> dict[tuple[str, str], str]:
    """By server and name the value of parameters that a document's addresses agree on, and the root's own does not say.

    Values stand as in the document.
    """
    own = {name for name, _value in parse_qsl(urlsplit(root).query, keep_blank_values=True)}
    values: dict[tuple[str, str], set[str]] = {}
    for address in _addresses(document):
        head, _mark, query = address.partition("?")
        server = server_of(head) if "//" in head else server_of(root)
        for said in query.partition("#")[0].split("&"):
            name, _equals, value = said.partition("=")
            values.setdefault((server, unquote_plus(name)), set()).add(value)
    agreed = {key: next(iter(some)) for key, some in values.items() if len(some) == 1 and key[1] not in own}
    return {key: value for key, value in agreed.items() if _may_be_one(value)}


def _may_be_one(value: str) -> bool:
    return len(value) >= _LEAST_LETTERS and value.isascii() and value.isprintable() and not set(value) & set(' "<>#&')


def _addresses(document: bytes) -> Iterator[str]:
    """The first strings of a JSON document in which there is a question mark, in time that grows with its length."""
    at = -1
    for _n in range(_LOOKED_AT):
        at = document.find(b"?", at + 1, _LOOKED_AT_BYTES)
        if at < 0:
            return
        start = document.rfind(b'"', max(at - _LONGEST, 0), at)
        end = document.find(b'"', at, at + _LONGEST)
        if start < 0 or end < 0:
            continue
        try:
            found = json.loads(document[start : end + 1])
        except ValueError:  # no string, or one with quotes in it: no address of a tile
            found = None
        if isinstance(found, str):
            yield found
        at = end

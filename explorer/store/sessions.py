"""What a tileset's root hands out to its readers for a while, and hands out anew when that has expired.

Google's root, say, names what is below it by addresses with a session in them, which all further addresses pass on
(`beside`). It holds for some three hours; then the server refuses every tile until the root is asked for again
(Photorealistic 3D Tiles; CesiumGS/cesium#11605). Nothing of this is Google's alone: any parameter is taken for such a
one that the root's addresses agree on, and that nobody who asked for the root said.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from explorer.store.addresses import server_of

REFUSED = frozenset({400, 401, 403})
"""What servers answer to a session that they know no more."""
_PAUSE_SECS = 60.0
"""From one question for the root to the next: some servers refuse single tiles, and some count questions."""
_LEAST_LETTERS = 8
"""What is shorter is no session: a version, a style."""
_LOOKED_AT_BYTES, _LOOKED_AT = 1 << 20, 64
"""Of a root that names thousands of tiles, the first say it."""
_ADDRESS = re.compile(rb'"((?:[^"\\]|\\.){0,4000}?\?(?:[^"\\]|\\.){1,4000})"')


class Sessions:
    """Of one tileset's store. Thread-safe."""

    def __init__(self, *, pause_secs: float = _PAUSE_SECS, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause_secs, self._clock = pause_secs, clock
        self._asking = threading.Lock()
        self._asked_at = -float("inf")
        self._root = ""
        self._now: Mapping[str, str] = {}
        self._expired: frozenset[tuple[str, str]] = frozenset()

    def hear(self, root: str, document: bytes) -> None:
        """What stands in the root's document, which was asked for at this address."""
        found = handed_out(root, document)
        self._expired |= {pair for pair in self._now.items() if pair[0] in found and found[pair[0]] != pair[1]}
        self._expired -= set(found.items())
        self._root, self._now = root, {**self._now, **found}

    def current(self, address: str) -> str:
        """The address with what is handed out now in place of what has expired."""
        if not self._expired or server_of(address) != server_of(self._root):
            return address
        head, mark, query = address.partition("?")
        parts = [self._renewed(part) for part in query.split("&")]
        return f"{head}{mark}{'&'.join(parts)}"

    def _renewed(self, said: str) -> str:
        for name, value in parse_qsl(said, keep_blank_values=True):
            if (name, value) in self._expired:
                return f"{said.partition('=')[0]}={self._now[name]}"
        return said

    def renew(self, address: str, refused: str, read_root: Callable[[], bytes]) -> bool:
        """Whether it is worth asking for an address again, that was refused as it then was. May ask for the root anew.

        Whoever comes while another asks waits for what that one is told. Raises what `read_root` does.
        """
        with self._asking:
            if self.current(address) != refused:
                return True
            said = dict(parse_qsl(urlsplit(refused).query))
            is_handed_out = any(said.get(name) == value for name, value in self._now.items())
            now = self._clock()
            if not is_handed_out or now < self._asked_at + self._pause_secs:
                return False
            self._asked_at = now
            self.hear(self._root, read_root())
            return self.current(address) != refused


def handed_out(root: str, document: bytes) -> dict[str, str]:
    """Parameters, with their values, that a document's addresses agree on and that the root's own does not say."""
    own = {name for name, _value in parse_qsl(urlsplit(root).query, keep_blank_values=True)}
    values: dict[str, set[str]] = {}
    for i, found in enumerate(_ADDRESS.finditer(document, 0, _LOOKED_AT_BYTES)):
        if i == _LOOKED_AT:
            break
        try:
            address = json.loads(b'"' + found[1] + b'"')
        except ValueError:
            continue
        for name, value in parse_qsl(address.partition("?")[2].partition("#")[0]):
            values.setdefault(name, set()).add(value)
    agreed = {name: next(iter(some)) for name, some in values.items() if len(some) == 1 and name not in own}
    return {name: value for name, value in agreed.items() if len(value) >= _LEAST_LETTERS and value.isprintable()}

"""Files on a web server: kept ones first, another try when the server stumbles, patience where it asks for some."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from explorer.errors import AccessRefused, CertificateRefused, FetchError, NotThere, ServerBusy
from explorer.i18n import _
from explorer.jobs import stop_if_unwanted
from explorer.store.addresses import beside, server_of, shown
from explorer.store.archive import unpacked
from explorer.store.connecting import Connections, Part, Unusable
from explorer.store.decoding import Damaged, TooLarge, UnknownPacking, decoded
from explorer.store.disk_cache import Answer
from explorer.store.freshness import fresh_until, may_keep, retry_after
from explorer.store.moved import MovedFolders
from explorer.store.servers import Server
from explorer.store.sessions import REFUSED, Renewal, Sessions
from explorer.store.web_access import WebAccess

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth asking again."""
LOCKED = frozenset({401, 403})
_WEB_PAGE = re.compile(rb"<html\b|<!doctype html", re.IGNORECASE)
MAX_TRIES = 4
MAX_STALLS = 2
"""Who waited twice in vain is told; four times twenty seconds would look like a program that hangs."""
TIMEOUT_SECS = 20.0
FIRST_WAIT_SECS = 0.25
LONGEST_WAIT_SECS = 8.0
MAX_BYTES = 512 * 1024 * 1024
"""More than this in one file is refused: no tile is that large."""


class HttpStore:
    """Reads by http or https. Thread-safe; one pool of connections for all threads."""

    def __init__(
        self,
        root_uri: str,
        *,
        others: Sequence[str] = (),
        timeout_secs: float | None = None,
        max_tries: int = MAX_TRIES,
        first_wait_secs: float | None = None,
        max_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        web: WebAccess | None = None,
    ) -> None:
        """`others`: where the root may be, if it is not at `root_uri` or that is a web page."""
        self._root_uri = root_uri
        self._others = tuple(others)
        self._timeout_secs = TIMEOUT_SECS if timeout_secs is None else timeout_secs
        self._max_tries = max_tries
        self._first_wait_secs = FIRST_WAIT_SECS if first_wait_secs is None else first_wait_secs
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._web = web or WebAccess()
        self._connections = Connections(self._web, self._timeout_secs, max_bytes)
        self._moved, self._is_root_from_disk = MovedFolders(), False
        self._sessions = Sessions()

    @property
    def root_uri(self) -> str:
        """See `Store.root_uri`."""
        return self._root_uri

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve` and `beside`."""
        return beside(base_uri, relative)

    def read(self, uri: str) -> bytes:
        """See `Store.read`; `NotThere` where asking again is in vain, `ServerBusy` where it is not worth it yet.

        What is kept on disk and fresh is not asked for; what is kept and old is asked for by its tag, and taken as it
        is when the server cannot be reached. Asks up to four times when the server stumbles, twice when it stalls; what
        came before a connection broke is not asked for again.
        """
        try:
            if uri != self._root_uri:
                return self._read_one(uri)
            body = self._read_root() if self._others else self._read_one(uri)
            self._sessions.hear(self._root_uri, body)
            return body
        except (AccessRefused, CertificateRefused) as error:
            # some servers say 403 of a single tile that is not there: no reason to ask the user
            if isinstance(error, CertificateRefused) or uri == self._root_uri or error.status == 401:
                self._web.refuse(error)
            raise

    def _read_root(self) -> bytes:
        """The first of the root's addresses where something is that is no web page; what the first gave, if none is."""
        first = self._root_uri
        found: list[bytes | FetchError] = []
        for address in (first, *self._others):
            self._root_uri = address
            try:
                body = self._read_one(address)
            except FetchError as error:
                if address == first and (not isinstance(error, NotThere) or _asks_for_more(error)):
                    raise
                found.append(error)
                continue
            if not _WEB_PAGE.search(body, 0, 1024):
                self._others = ()
                return body
            found.append(body)
        self._root_uri = first
        if isinstance(found[0], FetchError):
            raise found[0]
        return found[0]

    def _read_one(self, uri: str) -> bytes:
        kept = self._web.cache.get(uri) if self._web.cache is not None else None
        if kept is not None and (self._web.is_offline or kept.fresh_until > time.time()):
            self._is_root_from_disk |= uri == self._root_uri
            return kept.body
        if self._web.is_offline:
            raise NotThere(_("This is not kept on this computer, and the program works offline. [{uri}]").format(
                uri=shown(uri)))  # fmt: skip
        server = self._web.server(server_of(uri))
        try:
            body = self._read_in_session(uri, kept, server)
        except NotThere:
            raise
        except FetchError as error:
            if kept is None:
                raise
            self._web.missed(uri, str(error))
            return kept.body
        self._web.reached(uri)
        return body

    def _read_in_session(self, uri: str, kept: Answer | None, server: Server) -> bytes:
        """Once more with what the root hands out now, where what it handed out before is refused."""
        asked = self._sessions.current(uri)
        try:
            return self._read_where_it_is(uri, asked, kept, server)
        except NotThere as error:
            if uri == self._root_uri or error.status not in REFUSED:
                raise
            what = self._sessions.renew(uri, asked, self._root)
            if what is Renewal.LATER:
                raise FetchError(str(error)) from error
            if what is Renewal.IN_VAIN:
                raise
        return self._read_where_it_is(uri, self._sessions.current(uri), kept, server)

    def _root(self) -> bytes:
        """The root as the server has it now."""
        uri = self._root_uri
        return self._read_as_allowed(uri, uri, None, self._web.server(server_of(uri)))

    def _read_where_it_is(self, uri: str, address: str, kept: Answer | None, server: Server) -> bytes:
        """Beside the address of the root that was asked for, or beside that to which its server led."""
        first, second = (address, None) if uri == self._root_uri else self._moved.addresses(address)
        if first != uri:
            server = self._web.server(server_of(first))
        try:
            return self._read_as_allowed(uri, first, kept, server)
        except NotThere as error:
            if _asks_for_more(error):
                raise
            if second is None and not self._moved and self._is_root_from_disk and uri != self._root_uri:
                self._is_root_from_disk = False  # who kept it knows no more where it was found
                with suppress(FetchError):
                    self._sessions.hear(self._root_uri, self._root())
                second = self._moved.addresses(address)[1]
            if second is None:
                raise
            with suppress(NotThere):
                body = self._read_as_allowed(uri, second, None, self._web.server(server_of(second)))
                self._moved.prefer(uri)
                return body
            raise

    def _read_as_allowed(self, uri: str, address: str, kept: Answer | None, server: Server) -> bytes:
        """Once more where the user said something about servers while this one was asked."""
        before = self._web.book.version
        try:
            return self._read(uri, address, kept, server)
        except (AccessRefused, CertificateRefused):
            if self._web.book.version == before:
                raise
        return self._read(uri, address, kept, server)

    def _read(self, uri: str, address: str, kept: Answer | None, server: Server) -> bytes:
        rest = server.wait_secs(is_urgent=uri == self._root_uri)
        if rest > 0.0:
            raise self._busy(uri, server.reason, rest)
        part, stalls, reason = Part(), 0, ""
        for attempt in range(self._max_tries):
            stop_if_unwanted()
            body, reason, again, wait = self._try(uri, address, kept, part)
            if uri == self._root_uri and body is not None:
                self._moved.note(uri, part.address)
            if body is not None:
                server.answered()
                return body
            if not again:
                server.answered()
                raise NotThere(self._vain(uri, reason))
            if wait is not None:
                server.leave_alone(wait, reason)
                if wait > LONGEST_WAIT_SECS:
                    raise self._busy(uri, reason, wait)
            stalls += reason == self._late
            if attempt + 1 == self._max_tries or stalls >= MAX_STALLS:
                break
            self._sleep(max(self._wait_secs(attempt + 1), wait or 0.0))
        server.failed(reason)
        raise FetchError(self._vain(uri, reason))

    def _try(
        self, uri: str, address: str, kept: Answer | None, part: Part
    ) -> tuple[bytes | None, str, bool, float | None]:
        """The bytes; or what went wrong, whether asking again may help, and for how long not to. [s]"""
        import httpx

        try:
            status, headers = self._connections.get(address, kept, part)
            if status == 200:
                body = decoded(bytes(part.raw), headers.get("content-encoding", ""), self._max_bytes)
                body = unpacked(body, shown(uri), self._max_bytes)  # a plain server does not know what it has
                self._keep(uri, body, headers)
                return body, "", False, None
        except Unusable as error:
            return None, str(error), False, None
        except TooLarge:
            text = _("The file is larger than {mb:.0f} MB. [{uri}]")
            raise NotThere(text.format(mb=self._max_bytes / 1e6, uri=shown(uri))) from None
        except UnknownPacking as error:
            return (
                None,
                _("it packs the answer in a way that it was not asked for ({name})").format(name=error),
                False,
                None,
            )
        except Damaged as error:
            part.forget()
            return None, _("the answer is damaged ({error})").format(error=error), True, None
        except httpx.TimeoutException:
            return None, self._late, True, None
        except httpx.TransportError as error:
            return None, _words(error), True, None
        if status == 304 and kept is not None:
            if self._web.cache is not None:
                self._web.cache.refresh(uri, fresh_until(headers, time.time()))
            return kept.body, "", False, None
        reason = _("the server answered {status}").format(status=status)
        if status in LOCKED:
            text = _("Cannot read from the web: {reason}, for it wants a key or another one. [{uri}]")
            self._web.server(server_of(address)).answered()
            raise AccessRefused(text.format(reason=reason, uri=shown(uri)), part.server, status)
        if status in REFUSED:
            self._web.server(server_of(address)).answered()
            raise NotThere(self._vain(uri, reason), status)
        part.forget_if(status == 416)
        wait = retry_after(headers, time.time()) if status in (429, 503) else None
        return None, reason, status in RETRIED or status == 416, wait

    def close(self) -> None:
        """Close all connections; a later read opens new ones."""
        self._connections.close()

    def _keep(self, uri: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self._web.cache is not None and may_keep(headers):
            until = fresh_until(headers, time.time())
            answer = Answer(body, headers.get("etag", ""), headers.get("last-modified", ""), until)
            self._web.cache.put(uri, answer)

    @property
    def _late(self) -> str:
        return _("the server did not answer within {secs:.0f} s").format(secs=self._timeout_secs)

    def _vain(self, uri: str, reason: str) -> str:
        return _("Cannot read from the web: {reason}. [{uri}]").format(reason=reason, uri=shown(uri))

    def _busy(self, uri: str, reason: str, secs: float) -> ServerBusy:
        text = _("Cannot read from the web: {reason}; the server is asked again in {secs:.0f} s. [{uri}]")
        return ServerBusy(text.format(reason=reason, secs=max(secs, 1.0), uri=shown(uri)), server_of(uri), secs)

    def _wait_secs(self, attempt: int) -> float:
        # Spread, so that eight threads that failed together do not come back together.
        longest = min(self._first_wait_secs * 2.0 ** (attempt - 1), LONGEST_WAIT_SECS)
        return longest * random.uniform(0.5, 1.0)


def _asks_for_more(error: Exception) -> bool:
    """Whether a server wants a key or consent; 403 alone may also mean that nothing is there."""
    return isinstance(error, CertificateRefused) or (isinstance(error, AccessRefused) and error.status != 403)


def _words(error: Exception) -> str:
    """What the network says, without what may stand in an address."""
    return shown(str(error)) or type(error).__name__

"""One question to a server and its answer: connections, proxies, certificates, keys, redirects, pieces of a body.

Redirects are followed here and not by the library, so that each server is shown its own key and no other's.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from explorer.errors import CertificateRefused
from explorer.i18n import _
from explorer.jobs import stop_if_unwanted
from explorer.store.addresses import host_of, server_of, shown
from explorer.store.certificates import PinnedContext, UnknownCertificate, refusal_in, trusting_context, written
from explorer.store.decoding import ACCEPTED, Damaged, TooLarge
from explorer.store.disk_cache import Answer
from explorer.store.server_book import asked_with
from explorer.store.web_access import WebAccess

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
REDIRECTED = frozenset({301, 302, 303, 307, 308})
CONNECT_SECS = 10.0
SLOWEST = 200.0
"""A body that comes slower than this over a whole time limit counts as stalled. [bytes/s]"""
LONGEST_SECS = 900.0
"""No body takes longer, however steadily it drips."""
_NEARLY_THERE_SECS = 2.0
"""A body nobody wants any more is read to its end for so long: that costs less than a new connection."""
_LITTLE_BYTES = 65536
_LOCAL = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class Unusable(Exception):
    """What went wrong, in words that follow a colon; asking again is in vain."""


@dataclass
class Part:
    """What came of a body so far, as it was sent."""

    raw: bytearray = field(default_factory=bytearray)
    etag: str = ""
    """Strong, so that the rest may be asked for (RFC 9110, section 13.1.5); "": it may not."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer that began it."""

    server: str = ""
    """Who answered last: after a redirect not the one that was asked."""
    address: str = ""
    """Where: after a redirect not what was asked for."""

    def forget(self) -> None:
        """Begin anew."""
        self.raw.clear()
        self.etag = ""

    def forget_if(self, is_so: bool) -> None:
        """Begin anew where the server says that there is no rest."""
        if is_so:
            self.forget()


def may_go_on(headers: Mapping[str, str]) -> str:
    """The tag by which the rest of this answer can be asked for; "": it cannot."""
    tag = headers.get("etag", "")
    is_strong = tag.startswith('"') and tag.isascii() and tag.isprintable()
    return tag if is_strong and "bytes" in headers.get("accept-ranges", "").lower() else ""


def _read_to_end(answer: httpx.Response) -> None:
    """Read what nobody needs, where it is little: then the connection can be used again."""
    import httpx

    length = answer.headers.get("content-length", "")
    if answer.status_code in (204, 304) or (length.isdecimal() and len(length) < 9 and int(length) <= _LITTLE_BYTES):
        with suppress(httpx.TransportError):
            for _piece in answer.iter_raw():
                pass


def get_ready_to_connect() -> None:
    """Load what the first question to a server would wait for: the library and whom this computer trusts, 0.1 s."""
    import httpx

    trusting_context()
    del httpx


def _end(clients: dict[tuple[str, str], httpx.Client]) -> None:
    for client in clients.values():
        client.close()


class Connections:
    """The connections of one store, which end at the latest when nobody holds it any more. Thread-safe."""

    def __init__(self, web: WebAccess, timeout_secs: float, max_bytes: int) -> None:
        self._web = web
        self._timeout_secs = timeout_secs
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], httpx.Client] = {}
        """By the server whose certificate the user vouches for ("": none), and by proxy."""
        self._pinned: set[str] = set()
        # places of the city come and go, and many hold a store: no one of them knows that it is the last
        weakref.finalize(self, _end, self._clients).atexit = False

    def close(self) -> None:
        """Close all; later questions open new ones."""
        with self._lock:
            clients = dict(self._clients)
            self._clients.clear()
        _end(clients)

    def get(self, uri: str, kept: Answer | None, part: Part) -> tuple[int, Mapping[str, str]]:
        """Status and headers; where the status is 200, `part` holds the whole body as it was sent.

        Raises httpx.TransportError, `Unusable`, `TooLarge`, `Damaged`, CertificateRefused.
        """
        headers = {}
        if part.raw and part.etag:
            headers = {"Range": f"bytes={len(part.raw)}-", "If-Range": part.etag}
        elif kept is not None:
            said = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified}
            headers = {name: value for name, value in said.items() if value}
        address = uri
        for _hop in range(MAX_REDIRECTS + 1):
            server = server_of(address)
            part.server, part.address = server, address
            if not server:
                raise Unusable(_("this is not a web address"))
            with self._web.server(server).place(), self._asked(server, address, headers) as answer:
                if answer.status_code not in REDIRECTED or "location" not in answer.headers:
                    return self._take(answer, part), part.headers if answer.status_code == 206 else answer.headers
                _read_to_end(answer)
                try:
                    address = urljoin(address, answer.headers["location"])
                except ValueError:
                    raise Unusable(_("this is not a web address")) from None
        raise Unusable(_("the server sends from one address to the next without end"))

    def _take(self, answer: httpx.Response, part: Part) -> int:
        """Read the body to its end; the status, 200 also for a rest that fits."""
        if answer.status_code == 206 and part.raw and part.etag:
            found = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
            if found is None or int(found[1]) != len(part.raw):
                raise Damaged("Content-Range")
        elif answer.status_code in (200, 203):  # 203: changed on its way, by a proxy (RFC 9110, section 15.3.4)
            part.forget()
            part.etag, part.headers = may_go_on(answer.headers), answer.headers
        else:
            _read_to_end(answer)
            return answer.status_code
        start = window = time.monotonic()
        n_before = len(part.raw)
        for piece in answer.iter_raw():
            part.raw += piece
            if len(part.raw) > self._max_bytes:
                raise TooLarge
            now = time.monotonic()
            if now - start > _NEARLY_THERE_SECS:
                stop_if_unwanted()
            # A server that drips a byte now and then never trips the time limit between two reads.
            if now - window > self._timeout_secs:
                self._check_speed(len(part.raw) - n_before, now - window, now - start)
                window, n_before = now, len(part.raw)
        return 200

    def _check_speed(self, n_bytes: int, secs: float, whole_secs: float) -> None:
        import httpx

        if n_bytes < SLOWEST * secs or whole_secs > LONGEST_SECS:
            raise httpx.ReadTimeout("too slow")

    @contextmanager
    def _asked(self, server: str, address: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The answer before its body. A certificate is looked at before anything is sent."""
        import httpx

        try:
            to, keys = asked_with(self._web.book.key_of(address), address)
            answer = self._sent(server, to, {**headers, **keys})
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError):
            raise Unusable(_("this is not a web address")) from None
        try:
            yield answer
        finally:
            answer.close()

    def _sent(self, server: str, address: str, headers: Mapping[str, str]) -> httpx.Response:
        import httpx

        if server in self._pinned:
            try:
                return self._send(server, address, headers)
            except httpx.TransportError as error:
                if refusal_in(error) is None:
                    raise
                self._pinned.discard(server)  # it has another one; perhaps one that all trust
        try:
            return self._send("", address, headers)
        except httpx.TransportError as error:
            refusal = refusal_in(error)
            if refusal is None:
                raise
        try:
            answer = self._send(server, address, headers)
        except httpx.TransportError as error:
            unknown = refusal_in(error)
            if not isinstance(unknown, UnknownCertificate):
                raise
            raise self._refused(server, address, refusal.verify_message, unknown.fingerprint) from None
        self._pinned.add(server)
        return answer

    def _refused(self, server: str, address: str, why: str, fingerprint: str) -> CertificateRefused:
        is_changed = bool(self._web.book.accepted(server))
        if is_changed:
            text = _("The server {host} shows another certificate than the one you accepted ({why}); nothing was sent. "
                     "Its SHA-256 is now {fingerprint}. [{uri}]")  # fmt: skip
        else:
            text = _("The server {host} shows a certificate that this computer does not trust ({why}); nothing was "
                     "sent. Its SHA-256 is {fingerprint}. [{uri}]")  # fmt: skip
        host = host_of(server)
        words = text.format(host=host, why=why, fingerprint=written(fingerprint), uri=shown(address))
        return CertificateRefused(words, server, fingerprint, why, is_changed)

    def _send(self, pinned: str, address: str, headers: Mapping[str, str]) -> httpx.Response:
        client = self._client(pinned)
        return client.send(client.build_request("GET", address, headers=dict(headers)), stream=True)

    def _client(self, pinned: str) -> httpx.Client:
        import httpx

        proxy = self._web.proxy
        with self._lock:
            client = self._clients.get((pinned, proxy))
            if client is None:
                accepted = self._web.book.accepted
                context = PinnedContext.of(lambda one: one in accepted(pinned)) if pinned else trusting_context()
                try:
                    client = httpx.Client(
                        verify=context,
                        timeout=httpx.Timeout(self._timeout_secs, connect=min(CONNECT_SECS, self._timeout_secs)),
                        limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
                        headers={"User-Agent": "citiverse-explorer", "Accept-Encoding": ACCEPTED},
                        **self._proxies(proxy),
                    )
                except (ValueError, TypeError, ImportError, httpx.InvalidURL) as error:
                    raise Unusable(_("the proxy that the settings or the environment name cannot be used")) from error
                self._clients[pinned, proxy] = client
            return client

    def _proxies(self, proxy: str) -> dict[str, Any]:
        import httpx

        if not proxy:
            return {}
        if not server_of(proxy):
            raise ValueError(proxy)
        keys = dict(self._web.book.key_of(proxy).headers)
        headers = {"Proxy-Authorization": keys["Authorization"]} if "Authorization" in keys else {}
        return {"proxy": httpx.Proxy(proxy, headers=headers), "mounts": dict.fromkeys(_LOCAL)}

"""Files on a web server: connections kept, time limits, another try when the server stumbles."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from explorer.errors import FetchError, NotThere
from explorer.i18n import _
from explorer.store.disk_cache import Answer, DiskCache
from explorer.store.freshness import fresh_until, may_keep
from explorer.store.names import printable

if TYPE_CHECKING:
    import httpx

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth asking again."""
MAX_TRIES = 4
MAX_STALLS = 2
"""Who waited twice in vain is told; four times twenty seconds would look like a program that hangs."""
TIMEOUT_SECS = 20.0
FIRST_WAIT_SECS = 0.25
LONGEST_WAIT_SECS = 8.0
MAX_REDIRECTS = 5
MAX_BYTES = 512 * 1024 * 1024
"""More than this in one file is refused: no tile is that large."""


@dataclass
class WebAccess:
    """How the program goes to the web; shared by all stores, and changed while they work. Thread-safe."""

    cache: DiskCache | None = None
    is_offline: bool = False
    """Take what is on this computer, and ask nobody."""
    _out_of_reach: dict[str, str] = field(default_factory=dict)
    _untold: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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


class HttpStore:
    """Reads by http or https. Thread-safe; one pool of connections for all threads."""

    def __init__(
        self,
        root_uri: str,
        *,
        timeout_secs: float | None = None,
        max_tries: int = MAX_TRIES,
        first_wait_secs: float | None = None,
        max_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        web: WebAccess | None = None,
    ) -> None:
        self._root_uri = root_uri
        self._timeout_secs = TIMEOUT_SECS if timeout_secs is None else timeout_secs
        self._max_tries = max_tries
        self._first_wait_secs = FIRST_WAIT_SECS if first_wait_secs is None else first_wait_secs
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._web = web or WebAccess()
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    @property
    def root_uri(self) -> str:
        """See `Store.root_uri`."""
        return self._root_uri

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`. The query of the base (an access key, say) is kept where the other has none."""
        refusal = _("A tileset on the web may not refer to this kind of address. [{uri}]")
        try:
            address = urljoin(base_uri, relative)
            parts = urlsplit(address)
        except ValueError as error:  # "//[x": half an address of IPv6
            raise FetchError(refusal.format(uri=printable(relative))) from error
        if parts.scheme not in ("http", "https"):
            raise FetchError(refusal.format(uri=relative))
        base = urlsplit(base_uri)
        if base.query and not parts.query and parts.netloc == base.netloc:
            address = parts._replace(query=base.query).geturl()
        return address

    def read(self, uri: str) -> bytes:
        """See `Store.read`; `NotThere` where asking again is in vain.

        What is kept on disk and fresh is not asked for; what is kept and old is asked for by its tag, and taken as it
        is when the server cannot be reached. Asks up to four times when the server stumbles, twice when it stalls.
        """
        kept = self._web.cache.get(uri) if self._web.cache is not None else None
        if kept is not None and (self._web.is_offline or kept.fresh_until > time.time()):
            return kept.body
        if self._web.is_offline:
            raise NotThere(_("This is not kept on this computer, and the program works offline. [{uri}]").format(
                uri=shown(uri)))  # fmt: skip
        try:
            body = self._read(uri, kept)
        except NotThere:
            raise
        except FetchError as error:
            if kept is None:
                raise
            self._web.missed(uri, str(error))
            return kept.body
        self._web.reached(uri)
        return body

    def _read(self, uri: str, kept: Answer | None) -> bytes:
        reason, stalls, kind = "", 0, FetchError
        for attempt in range(self._max_tries):
            if attempt:
                self._sleep(self._wait_secs(attempt))
            start = time.monotonic()
            body, reason, again = self._try(uri, kept)
            if body is not None:
                return body
            stalls += time.monotonic() - start >= self._timeout_secs
            kind = FetchError if again else NotThere
            if not again or stalls >= MAX_STALLS:
                break
        raise kind(_("Cannot read from the web: {reason}. [{uri}]").format(reason=reason, uri=shown(uri)))

    def _try(self, uri: str, kept: Answer | None) -> tuple[bytes | None, str, bool]:
        """The bytes, or what went wrong and whether asking again may help."""
        import httpx

        try:
            status, body = self._get(uri, kept)
        except httpx.TooManyRedirects:
            return None, _("the server sends from one address to the next without end"), False
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            return None, _("this is not a web address"), False
        except httpx.DecodingError as error:
            return None, _("the answer is damaged ({error})").format(error=error), False
        except httpx.TimeoutException:
            return None, _("the server did not answer within {secs:.0f} s").format(secs=self._timeout_secs), True
        except httpx.TransportError as error:
            return None, str(error) or type(error).__name__, True
        if status == 200:
            return body, "", False
        return None, _("the server answered {status}").format(status=status), status in RETRIED

    def close(self) -> None:
        """Close all connections; a later read opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _get(self, uri: str, kept: Answer | None) -> tuple[int, bytes]:
        """Status and body; 304 counts as 200 with the body that is kept."""
        import httpx

        asked = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified} if kept is not None else {}
        end = time.monotonic() + self._timeout_secs
        with self._http().stream("GET", uri, headers={name: said for name, said in asked.items() if said}) as answer:
            if answer.status_code == 304 and kept is not None:
                if self._web.cache is not None:
                    self._web.cache.refresh(uri, fresh_until(answer.headers, time.time()))
                return 200, kept.body
            if answer.status_code != 200:
                return answer.status_code, b""
            chunks, size = [], 0
            for chunk in answer.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > self._max_bytes:
                    raise FetchError(
                        _("The file is larger than {mb:.0f} MB. [{uri}]").format(
                            mb=self._max_bytes / 1e6, uri=shown(uri)
                        )
                    )
                # A server that drips a byte now and then never trips the time limit between two reads.
                if time.monotonic() > end + size / 20_000.0:
                    raise httpx.ReadTimeout("too slow")
            body = b"".join(chunks)
            self._keep(uri, body, answer.headers)
            return 200, body

    def _keep(self, uri: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self._web.cache is not None and may_keep(headers):
            until = fresh_until(headers, time.time())
            answer = Answer(body, headers.get("etag", ""), headers.get("last-modified", ""), until)
            self._web.cache.put(uri, answer)

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    follow_redirects=True,
                    max_redirects=MAX_REDIRECTS,
                    timeout=httpx.Timeout(self._timeout_secs, connect=min(10.0, self._timeout_secs)),
                    limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
                    headers={"User-Agent": "citiverse-explorer"},
                )
            return self._client

    def _wait_secs(self, attempt: int) -> float:
        # Spread, so that eight threads that failed together do not come back together.
        longest = min(self._first_wait_secs * 2.0 ** (attempt - 1), LONGEST_WAIT_SECS)
        return longest * random.uniform(0.5, 1.0)


def shown(uri: str) -> str:
    """An address as it may be shown and logged: without its query and user name, which may hold a key."""
    uri = printable(uri)
    if not uri.lower().startswith(("http://", "https://")):
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()

"""Addresses of the web: whose they are, what in them is secret, and what of them may be shown."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from explorer.errors import FetchError
from explorer.i18n import _
from explorer.store.names import printable

_PORTS = {"http": 80, "https": 443}
_SECRET = re.compile(
    r"((api|access|subscription|auth|app|map|client|user|license)[-_.]?)?(key|token|secret|id_token)|session(id)?|"
    r"sig|signature|auth|authorization|bearer|jwt|pass|password|passwd|pwd|x-(amz|goog)-(signature|security-token)",
    re.IGNORECASE,
)
"""Names of query parameters that hold what is not to be shown to others."""

Pairs = tuple[tuple[str, str], ...]


def server_of(uri: str) -> str:
    """Scheme, host and port: what a key, a certificate and a limit belong to; "" for what is no address of the web."""
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = parts.hostname
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def host_of(server: str) -> str:
    """A server as it is named in sentences: its host, and its port where that is none of the usual ones."""
    scheme, _mark, host = server.partition("://")
    return host.removesuffix(f":{_PORTS.get(scheme, 0)}")


def said_server(text: str) -> str:
    """A server as the user writes it: an address, or a host with or without its port; "" where that is none."""
    return server_of(text if "://" in text else f"https://{text}")


def without_secrets(address: str) -> tuple[str, Pairs, Pairs]:
    """An address as it may be written down, the headers that its user name stands for, and its secret parameters."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address, (), ()
    headers: Pairs = ()
    name, mark, host = parts.netloc.rpartition("@")
    if mark:
        headers = (("Authorization", "Basic " + base64.b64encode(unquote(name).encode()).decode()),)
    secret: list[tuple[str, str]] = []
    left: list[str] = []
    for item in parts.query.split("&") if parts.query else []:
        said, equals, value = item.partition("=")
        if equals and _SECRET.fullmatch(unquote(said)):
            secret += parse_qsl(item, keep_blank_values=True) or [(unquote(said), unquote(value))]
        else:
            left.append(item)
    if not mark and not secret:
        return address, (), ()
    return parts._replace(netloc=host, query="&".join(left)).geturl(), headers, tuple(secret)


def with_query(address: str, query: Pairs) -> str:
    """An address with these parameters, where it does not say them itself."""
    parts = urlsplit(address)
    said = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    more = urlencode([pair for pair in query if pair[0] not in said], quote_via=quote)
    if not more:
        return address
    return parts._replace(query=f"{parts.query}&{more}" if parts.query else more).geturl()


def beside(base_uri: str, relative: str) -> str:
    """The address that `relative` means inside the document at `base_uri`.

    What the base asks for (a session, say) is asked for with addresses of the same server, too, where they do not say
    it themselves: so do servers of 3D Tiles expect it. No other server hears of it. Raises FetchError.
    """
    refusal = _("A tileset on the web may not refer to this kind of address. [{uri}]")
    try:
        path, mark, query = relative.partition("?")
        address = urljoin(base_uri, path.replace("\\", "/") + mark + query)  # as browsers read what Windows wrote
        scheme = urlsplit(address).scheme
    except ValueError as error:  # "//[x": half an address of IPv6
        raise FetchError(refusal.format(uri=printable(relative))) from error
    if scheme not in _PORTS:
        raise FetchError(refusal.format(uri=printable(relative)[:200]))
    query = base_uri.partition("#")[0].partition("?")[2]
    if not query or server_of(address) != server_of(base_uri):
        return address
    parts = urlsplit(address)
    if not parts.query:
        return parts._replace(query=query).geturl()  # letter by letter: a signature may depend on it
    return with_query(address, tuple(parse_qsl(query, keep_blank_values=True)))


def shown(uri: str) -> str:
    """An address as it may be shown and logged: without its query and user name, which may hold a key."""
    uri = printable(uri)
    if not uri.lower().startswith(("http://", "https://")):
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri.partition("?")[0].rpartition("@")[2]
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()

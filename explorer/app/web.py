"""The program's way to the web: what it keeps of it on disk, whether it asks anybody at all, and with which keys."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from explorer.app.folders import cache_folder, config_folder
from explorer.errors import DataError, FetchError
from explorer.i18n import _
from explorer.scenario import ImageryLayer, Scenario, TilesetLayer
from explorer.scenario.records import Record
from explorer.settings import Settings, load_settings
from explorer.store import (
    DiskCache,
    ServerBook,
    ServerKey,
    Store,
    WebAccess,
    is_web_address,
    open_store,
    read_fingerprint,
    read_header,
    said_server,
    server_of,
    without_secrets,
)

HEADERS_VARIABLE = "CITIVERSE_HEADERS"
"""Environment variable: headers as of `--header`, one a line. Who lists programs sees no environment of others."""

_GIGABYTE = 1 << 30
_lock = threading.Lock()
_known: dict[Path, WebAccess] = {}
_is_forced_offline = False


def web_access() -> WebAccess:
    """One for all stores; made at first use, as the settings say. Thread-safe."""
    path = cache_folder() / "web.sqlite"
    with _lock:
        access = _known.get(path)
        if access is None:
            book = ServerBook(config_folder() / "servers.json")
            access = _known[path] = WebAccess(DiskCache(path, 0), book=book)
            _follow(access, load_settings(config_folder() / "settings.json"))
        return access


def follow_settings(settings: Settings) -> None:
    """Keep and ask as the settings say from now on."""
    _follow(web_access(), settings)


def work_offline() -> None:
    """Ask nobody in this run, whatever the settings say."""
    global _is_forced_offline
    _is_forced_offline = True
    web_access().is_offline = True


def open_source(location: str, *, with_cache: bool = True) -> Store:
    """The store for a folder, a file or an address; see `open_store`."""
    if not is_web_address(location):
        return open_store(location)
    access = web_access()
    return open_store(without_keys(location), access if with_cache else replace(access, cache=None))


def without_keys(location: str) -> str:
    """An address as it may be written into scenes and lists; the keys in it are put with the user's own."""
    if not is_web_address(location):
        return location
    clean, headers, query = without_secrets(location)
    key, book = ServerKey(headers, query), web_access().book
    try:
        book.add_key(server_of(clean), key, keep=True)
    except FetchError:  # a folder that cannot be written: for this run, then
        book.add_key(server_of(clean), key, keep=False)
    return clean


def layers_without_keys(scenario: Scenario) -> Scenario:
    """A scenario whose layers' addresses hold no keys. A key from a file never takes the place of the user's own."""
    changed: dict[str, Record] = {}
    layers: list[TilesetLayer | ImageryLayer] = [*scenario.layers, *scenario.imagery]
    for layer in layers:
        clean, headers, query = without_secrets(layer.url) if is_web_address(layer.url) else (layer.url, (), ())
        if clean != layer.url:
            changed[layer.id] = replace(layer, url=clean)
            book = web_access().book
            if not book.key_of(clean):
                book.add_key(server_of(clean), ServerKey(headers, query), keep=False)
    return scenario.with_records({**scenario.records, **changed}, scenario.clock) if changed else scenario


def use_what_is_said(headers: Sequence[str], certificates: Sequence[str], named: Sequence[str | None]) -> None:
    """Take keys and accepted certificates from the command line and the environment.

    What names no server is meant for that of the one address that the command names. Keys are for this run, a
    certificate is accepted for good. Raises `DataError`, `FetchError`.
    """
    servers = list(dict.fromkeys(server_of(one) for one in named if one and is_web_address(one)))
    from_environment = [line for line in os.environ.get(HEADERS_VARIABLE, "").splitlines() if line.strip()]
    for number, text in enumerate((*from_environment, *headers)):
        server, header = read_header(text)
        if not server and number < len(from_environment) and len(servers) != 1:
            continue  # the environment is there for all commands, also for those that go nowhere
        web_access().book.add_key(server or _the_one(servers), ServerKey((header,)), keep=False)
    for text in certificates:
        said, equals, fingerprint = text.rpartition("=")
        server = said_server(said) if equals else _the_one(servers)
        if not server:
            raise DataError(_("This is not the address of a server. [{text}]").format(text=said))
        web_access().book.accept(server, read_fingerprint(fingerprint))


def _the_one(servers: list[str]) -> str:
    if len(servers) != 1:
        raise DataError(_("Say which server is meant: write its address before the header, or HOST= before SHA256."))
    return servers[0]


def _follow(access: WebAccess, settings: Settings) -> None:
    access.is_offline = _is_forced_offline or settings.offline
    access.proxy = settings.proxy
    if access.cache is not None:
        access.cache.limit_bytes = int(settings.cache_gb * _GIGABYTE)

"""The program's way to the web: what it keeps of it on disk, and whether it asks anybody at all."""

from __future__ import annotations

import threading
from pathlib import Path

from explorer.app.folders import cache_folder, config_folder
from explorer.settings import Settings, load_settings
from explorer.store import DiskCache, Store, WebAccess, is_web_address, open_store

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
            access = _known[path] = WebAccess(DiskCache(path, 0))
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


def open_source(location: str) -> Store:
    """The store for a folder, a file or an address; see `open_store`."""
    return open_store(location, web_access() if is_web_address(location) else None)


def _follow(access: WebAccess, settings: Settings) -> None:
    access.is_offline = _is_forced_offline or settings.offline
    if access.cache is not None:
        access.cache.limit_bytes = int(settings.cache_gb * _GIGABYTE)

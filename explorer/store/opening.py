"""What a store is, and which one an address asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from explorer.store.folder import FolderStore
from explorer.store.http import HttpStore, WebAccess


class Store(Protocol):
    """Reads bytes by URI. Thread-safe."""

    @property
    def root_uri(self) -> str:
        """Address of the file that was asked for (a folder's `tileset.json`); relative addresses start here."""
        ...

    def read(self, uri: str) -> bytes:
        """All bytes behind an address made by `resolve` or `root_uri`. Raises `FetchError`."""
        ...

    def resolve(self, base_uri: str, relative: str) -> str:
        """The address that `relative` means inside the document at `base_uri`.

        Raises `FetchError` if it may not be read from there.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def is_web_address(location: str | Path) -> bool:
    """Whether a location is an http or https address."""
    return isinstance(location, str) and location.lower().startswith(("http://", "https://"))


def open_store(location: str | Path, web: WebAccess | None = None) -> Store:
    """The store for a folder, a file or an http(s) address.

    A folder stands for the `tileset.json` in it; so does an address that ends as a folder's. Raises `FetchError` when
    the folder or file is not there; a web address is not asked before the first read.
    """
    if is_web_address(location):
        return HttpStore(_of_folder(str(location)), web=web)
    return FolderStore(Path(location))


def _of_folder(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address  # said when it is read
    if parts.path and not parts.path.endswith("/"):
        return address
    return parts._replace(path=(parts.path or "/") + "tileset.json").geturl()

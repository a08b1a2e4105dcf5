"""What a store is, and which one an address asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from explorer.store.folder import FolderStore
from explorer.store.http import HttpStore
from explorer.store.three_dtiles import ThreeDTilesStore
from explorer.store.three_tz import ThreeTzStore
from explorer.store.web_access import WebAccess


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


def is_archive(location: str | Path) -> bool:
    """Whether a location names a tileset in one file on disk: .3tz or .3dtiles."""
    return not is_web_address(location) and Path(location).suffix.lower() in (".3tz", ".3dtiles")


def open_store(location: str | Path, web: WebAccess | None = None) -> Store:
    """The store for a folder, a file, an archive or an http(s) address.

    A folder stands for the `tileset.json` in it; so does an address that ends as a folder's. Raises `FetchError` when
    the folder or file is not there or an archive is none; a web address is not asked before the first read.
    """
    if is_web_address(location):
        return HttpStore(_of_folder(str(location)), web=web)
    path = Path(location)
    if is_archive(path) and not path.is_dir():
        return ThreeTzStore(path) if path.suffix.lower() == ".3tz" else ThreeDTilesStore(path)
    return FolderStore(path)


def _of_folder(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address  # said when it is read
    if parts.path and not parts.path.endswith("/"):
        return address
    return parts._replace(path=(parts.path or "/") + "tileset.json").geturl()

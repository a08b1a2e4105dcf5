"""What a store is, and which one an address asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

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


def on_this_computer(location: str) -> str:
    """A location whose file:// address or ~ is written out as a path; any other as it is."""
    if location[:5].lower() == "file:":
        try:
            parts = urlsplit(location)
        except ValueError:
            return location
        host = "" if parts.netloc.lower() == "localhost" else parts.netloc
        return url2pathname(f"//{host}{parts.path}" if host else parts.path)
    if location.startswith("~"):
        return os.path.expanduser(location)
    return location


def is_archive(location: str | Path) -> bool:
    """Whether a location names a tileset in one file on disk: .3tz or .3dtiles."""
    return not is_web_address(location) and Path(location).suffix.lower() in (".3tz", ".3dtiles")


def open_store(location: str | Path, web: WebAccess | None = None) -> Store:
    """The store for a folder, a file, an archive or an http(s) address.

    A folder stands for the `tileset.json` in it, or a `root.json`; so does the address of a folder. Raises `FetchError`
    when the folder or file is not there or an archive is none; a web address is not asked before the first read, and
    only that tells which file stands for a folder of the web (`root_uri`).
    """
    if is_web_address(location):
        root, *others = _root_addresses(str(location))
        return HttpStore(root, others=others, web=web)
    path = Path(on_this_computer(location) if isinstance(location, str) else location)
    if is_archive(path) and not path.is_dir():
        return ThreeTzStore(path) if path.suffix.lower() == ".3tz" else ThreeDTilesStore(path)
    return FolderStore(path)


def _root_addresses(address: str) -> list[str]:
    """Where the tileset of an address may be, the likeliest first: it may be a folder's, with or without its slash."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return [address]  # said when it is read
    last = parts.path.rpartition("/")[2]
    if "." in last or parts.query:
        return [address]
    folder = parts.path.rstrip("/") + "/"
    found = [parts._replace(path=folder + name).geturl() for name in ("tileset.json", "root.json")]
    return [address, *found] if last else [*found, address]

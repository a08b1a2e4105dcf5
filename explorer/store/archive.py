"""Tilesets in one file: what .3tz and .3dtiles archives have in common. Read-only; nothing is unpacked to disk."""

from __future__ import annotations

import posixpath
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from explorer.errors import FetchError, NotThere
from explorer.i18n import _
from explorer.store.names import plain_name, printable, root_name

MAX_BYTES = 512 * 1024 * 1024
"""More than this in one file of an archive, unpacked, is refused: no tile is that large."""


class ArchiveStore(ABC):
    """Reads files of one archive, and nothing outside it.

    Addresses are the archive's own path with the file's path behind it: `city.3tz/content/0.glb`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser().resolve()
        if not self._path.is_file():
            raise FetchError(_("There is no such file or folder. [{path}]").format(path=path))

    @property
    def root_uri(self) -> str:
        """See `Store.root_uri`: the `tileset.json` at the archive's top, or what stands for it."""
        return f"{self._path}/{self._root_name}"

    @cached_property
    def _root_name(self) -> str:
        if self._has("tileset.json"):
            return "tileset.json"
        return root_name(self._names()) or "tileset.json"

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`."""
        name = plain_name(relative)
        if not name:
            return base_uri
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(self._inside(base_uri)), name))
        if inside == ".." or inside.startswith("../"):
            raise FetchError(
                _("The address leads out of the archive {path}. [{uri}]").format(path=self._path, uri=relative)
            )
        return f"{self._path}/{inside}"

    def read(self, uri: str) -> bytes:
        """See `Store.read`; what is compressed by gzip is unpacked. `NotThere` for all that is missing or broken."""
        name = self._inside(uri)
        data = self._read(name, uri)
        if data is None:
            data = self._read(f"{name}.gz", uri)
        if data is None:
            raise NotThere(_("The file is not in the archive. [{uri}]").format(uri=uri))
        return unpacked(data, uri)

    @abstractmethod
    def close(self) -> None:
        """See `Store.close`."""

    @abstractmethod
    def _has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """Of all files that may tell of a tileset's tiles, tidied."""

    @abstractmethod
    def _read(self, name: str, uri: str) -> bytes | None:
        """The bytes of one file as they are kept; None: there is no such file."""

    def _inside(self, uri: str) -> str:
        top = f"{self._path}/"
        name = uri.removeprefix(top)
        if (
            not uri.startswith(top)
            or uri != printable(uri)
            or posixpath.normpath(name) != name
            or name.startswith(("../", "/"))
        ):
            raise FetchError(
                _("The address leads out of the archive {path}. [{uri}]").format(path=self._path, uri=printable(uri))
            )
        return name


def unpacked(data: bytes, uri: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file, which may be kept compressed by gzip: no file of a tileset begins as such bytes do."""
    return gunzipped(data, uri, limit) if data[:2] == b"\x1f\x8b" else data


def gunzipped(data: bytes, uri: str, limit: int = MAX_BYTES) -> bytes:
    """What gzip bytes hold. `NotThere` where that is more than `limit` bytes, or damaged."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        found = unpack.decompress(data, limit + 1)
    except zlib.error as error:
        raise NotThere(
            _("The file is compressed and damaged: {reason}. [{uri}]").format(reason=error, uri=uri)
        ) from error
    if len(found) > limit:
        raise too_large(uri, limit)
    if not unpack.eof:
        raise NotThere(_("The file is compressed and cut off. [{uri}]").format(uri=uri))
    return found


def too_large(uri: str, limit: int = MAX_BYTES) -> NotThere:
    """An error about a file that is larger than any tile."""
    return NotThere(_("The file is larger than {n} MB and is not read. [{uri}]").format(n=limit >> 20, uri=uri))

"""Files below one folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from explorer.errors import FetchError, NotThere
from explorer.i18n import _
from explorer.store.archive import MAX_BYTES, too_large, unpacked
from explorer.store.names import ROOT_NAMES, plain_name, printable

_MARKS = frozenset("?#%")
"""What an address has that need not be the letters of a file's name."""


_MOST_LOOKED_AT = 100
"""Files of a folder that are asked whether they are a tileset."""


class FolderStore:
    """Reads files below the folder of the file that was opened, and none outside it.

    URIs are plain absolute paths. Percent escapes in relative addresses are decoded, as tilesets write them;
    "..", absolute paths, other schemes and links that lead out of the folder are refused.
    """

    def __init__(self, location: Path) -> None:
        try:
            path = location.expanduser()
            if path.is_dir():
                path = path / (_root_in(path) or ROOT_NAMES[0])
            if not path.exists():
                raise FetchError(_("There is no such file or folder. [{path}]").format(path=path))
            path = path.resolve()
        except (ValueError, RuntimeError, OSError) as error:
            if isinstance(error, FetchError):
                raise
            raise FetchError(_("The path cannot be followed. [{path}]").format(path=_shortened(location))) from error
        self._root = path.parent
        self._root_uri = str(path)
        self._below = os.path.join(str(self._root), "")

    @property
    def root(self) -> Path:
        """The folder that everything is read from."""
        return self._root

    @property
    def root_uri(self) -> str:
        """See `Store.root_uri`."""
        return self._root_uri

    def resolve(self, base_uri: str, relative: str) -> str:
        """See `Store.resolve`."""
        name = plain_name(relative)
        if not name:
            return base_uri
        address = os.path.normpath(os.path.join(os.path.dirname(base_uri), name))
        if not address.startswith(self._below):
            raise self._leads_out(relative)
        if not relative.isprintable() or not _MARKS.intersection(relative):
            return address
        # who mirrors a server writes addresses down letter by letter: "1.glb?v=2" is a file then
        literal = os.path.normpath(os.path.join(os.path.dirname(base_uri), relative.replace("\\", "/")))
        is_meant = literal.startswith(self._below) and os.path.exists(literal) and not os.path.exists(address)
        return literal if is_meant else address

    def read(self, uri: str) -> bytes:
        """See `Store.read`; what is compressed by gzip is unpacked."""
        path = self._inside(Path(uri), uri)
        try:
            if not path.exists() and (packed := self._inside(Path(f"{uri}.gz"), uri)).exists():
                path = packed
            _check_is_file(path)
            return unpacked(path.read_bytes(), str(path))
        except FileNotFoundError as error:
            raise NotThere(_("The file is not there. [{path}]").format(path=path)) from error
        except IsADirectoryError as error:
            raise NotThere(_("This is a folder, not a file. [{path}]").format(path=path)) from error
        except NotThere:
            raise
        except OSError as error:
            raise FetchError(
                _("The file cannot be read: {reason}. [{path}]").format(reason=error.strerror or error, path=path)
            ) from error

    def close(self) -> None:
        """Nothing to let go of."""

    def _inside(self, path: Path, given: str) -> Path:
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links; half a character
            raise FetchError(_("The path cannot be followed. [{path}]").format(path=printable(str(path)))) from error
        if not real.is_relative_to(self._root):
            raise self._leads_out(given)
        return path

    def _leads_out(self, given: str) -> FetchError:
        return FetchError(
            _("The address leads out of the folder {folder}. [{uri}]").format(folder=self._root, uri=given)
        )


def check_ends(path: Path, *, may_be_pipe: bool = False) -> None:
    """Refuse what never ends: a device, or a pipe where the same bytes are wanted twice.

    Raises `NotThere`, and what `Path.stat` raises.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or (may_be_pipe and stat.S_ISFIFO(mode))):
        raise NotThere(_("This is a device or a pipe, not a file. [{path}]").format(path=path))


def _check_is_file(path: Path) -> None:
    check_ends(path)
    if path.stat().st_size > MAX_BYTES:  # too large for a tile
        raise too_large(str(path))


def _shortened(path: Path) -> str:
    text = printable(str(path)).replace("\0", "?")
    return text if len(text) <= 300 else f"{text[:300]}…"


def _root_in(folder: Path) -> str | None:
    """What file of a folder tells of its tiles: one of the usual names, or the only JSON there that is a tileset.

    ContextCapture, for one, calls it after the production (Production_1.json).
    """
    usual = next((name for name in ROOT_NAMES if (folder / name).is_file()), None)
    if usual is not None:
        return usual
    found = [path for path in sorted(folder.glob("*.json"))[:_MOST_LOOKED_AT] if _begins_as_tileset(path)]
    return found[0].name if len(found) == 1 else None


def _begins_as_tileset(path: Path) -> bool:
    """By its first letters, for it may be large: a tileset's members come in any order, but "asset" or "root" early."""
    with path.open("rb") as file:
        start = file.read(4096)
    return b'"asset"' in start and any(word in start for word in (b'"root"', b'"geometricError"'))

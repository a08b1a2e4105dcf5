"""Names of files as tilesets write them: percent escapes decoded, and nothing but a path beside the file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from explorer.errors import FetchError
from explorer.i18n import _


def plain_name(relative: str) -> str:
    """The path that a relative address means, with "/" between its parts; it may still lead upwards by "..".

    Raises FetchError for other schemes, hosts, drives, absolute paths, zero bytes and halves of characters.
    """
    try:
        parts = urlsplit(relative)
    except ValueError as error:  # "//[x": half an address of IPv6
        raise FetchError(_("The path cannot be followed. [{path}]").format(path=printable(relative))) from error
    # A drive letter such as "C:" reads as a scheme: refused as well.
    if parts.scheme or parts.netloc:
        raise FetchError(
            _("A file on disk may refer only to files beside it, not to another address. [{uri}]").format(uri=relative)
        )
    name = unquote(parts.path)
    if "\0" in name:
        raise FetchError(_("The name of a file holds a zero byte. [{uri}]").format(uri=relative.replace("\0", "?")))
    if name.startswith(("/", "\\")) or ":" in name.split("/")[0]:
        raise FetchError(_("An absolute path is not allowed here. [{uri}]").format(uri=relative))
    if name != printable(name):
        raise FetchError(_("The path cannot be followed. [{path}]").format(path=printable(relative)))
    # Separators of Windows count everywhere, so that a tileset means the same on every machine.
    return name.replace("\\", "/")


ROOT_NAMES = ("tileset.json", "tileset.json.gz", "root.json", "root.json.gz")
"""What the file is called that tells of a tileset's tiles, the likeliest first."""


def tidied(name: str) -> str:
    """The path of a file in an archive as tilesets name it: "./a", "/a" and "a" are one, and so are both slashes."""
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/")


def root_name(names: Iterable[str]) -> str | None:
    """Which of an archive's files tells of its tiles: at its top, or else in the one folder that has such a file."""
    found = sorted(
        (name.count("/"), ROOT_NAMES.index(last), name)
        for name in names
        if (last := name.rpartition("/")[2]) in ROOT_NAMES
    )
    if not found or (len(found) > 1 and found[0][0] > 0 and found[0][:2] == found[1][:2]):
        return None
    return found[0][2]


def printable(address: str) -> str:
    """An address that can be written to any log: JSON may hold halves of characters, which UTF-8 has no bytes for."""
    return address.encode("utf-8", "replace").decode("utf-8")

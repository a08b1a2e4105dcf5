"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from explorer.errors import ExplorerError, FetchError
from explorer.i18n import _

Writer = Callable[[IO[bytes]], object]

_DEAD_SECS = 3600.0


def write_atomically(
    path: str | Path, content: bytes | Writer, *, make_folders: bool = False, is_private: bool = False
) -> None:
    """Write a file under a temporary name in the same folder, flush it to the disk, then rename it into place.

    `content` is the bytes, or a function that writes to the open file it is given. Whatever goes wrong, a former file
    of that name stays as it was and no temporary file is left. `is_private`: for this user's eyes from the first byte
    on (where the system knows such rights; on Windows by the folder it is in).

    Raises
    ------
    FetchError
        The folder is missing, not writable, or the disk is full. Errors of our own that `content` raises pass through.
    """
    target = Path(os.path.realpath(path))  # through links, or they would be replaced by files
    stem = f".{target.name[:100]}."
    temporary = target.with_name(f"{stem}{secrets.token_hex(4)}.part")
    if target.exists() and not target.is_file():
        raise FetchError(_("The file cannot be written: a folder or device has that name. [{path}]").format(path=path))
    try:
        if make_folders:
            target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent, stem)
        try:
            with open(temporary, "xb", opener=_private if is_private else None) as file:
                if callable(content):
                    content(file)
                else:
                    file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists() and not is_private:
                _keep_permissions(target, temporary)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _flush_folder(target.parent)
    except ExplorerError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise FetchError(
            _("The file cannot be written: {reason}. [{path}]").format(reason=reason, path=path)
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove_leftovers(folder: Path, stem: str) -> None:
    """What a run that was killed while writing this file left behind; a run that still does has written lately."""
    for leftover in folder.glob(f"{glob.escape(stem)}{'[0-9a-f]' * 8}.part"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _DEAD_SECS:
                leftover.unlink()


def _keep_permissions(former: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        os.chmod(new, former.stat().st_mode & 0o777)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

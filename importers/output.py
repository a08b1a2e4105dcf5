"""A folder that appears whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import FetchError
from explorer.i18n import _

OWN_NAMES = frozenset({"tileset.json", "tiles", "features.sqlite"})
"""What an import writes, side by side."""
_DROSS = frozenset({".ds_store", "thumbs.db", "desktop.ini", "features.sqlite-journal"})
"""What desktops and databases leave in any folder."""


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out` that takes its place when the block ends well, and is gone when it does not.

    A tileset that is already at `out` is replaced only then. A folder that is something else, or holds other files
    beside a tileset, is refused.

    Raises
    ------
    FetchError
        `out` is a file or a folder with other things in it, or the disk cannot be written.
    """
    out = Path(os.path.realpath(out))  # a link stays, and what it leads to is replaced
    _check_replaceable(out)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(out)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        _put_in_place(partial, out)
    except sqlite3.Error as error:
        text = _("Cannot write the search index: {reason}. Is the disk full? [{path}]")
        raise FetchError(text.format(reason=error, path=out)) from error
    except OSError as error:
        if isinstance(error, FetchError):
            raise
        raise FetchError(
            _("Cannot write: {reason}. [{path}]").format(reason=error.strerror or error, path=out)
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_replaceable(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise FetchError(_("Cannot write a tileset there: a file of that name exists. [{path}]").format(path=out))
    names = {path.name for path in out.iterdir() if path.name.lower() not in _DROSS}
    # Replacing would delete whatever else people keep there, the city file itself included.
    if names - OWN_NAMES or (names and not (out / "tileset.json").is_file()):
        raise FetchError(
            _("Cannot write a tileset there: the folder holds other things. Name a new folder. [{path}]").format(
                path=out
            )
        )


def _put_in_place(partial: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old-{os.getpid()}")
    if out.exists():
        shutil.rmtree(old, ignore_errors=True)
        out.rename(old)
    try:
        partial.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_leftovers(out: Path) -> None:
    """What imports of the same name left behind when they were killed; a tileset that was just set aside comes back."""
    for kind in ("old", "partial"):
        for leftover in sorted(out.parent.glob(f".{glob.escape(out.name)}.{kind}-*")):
            number = leftover.name.rpartition("-")[2]
            if not number.isdigit() or _is_running(int(number)):
                continue
            if kind == "old" and not out.exists():
                leftover.rename(out)
            shutil.rmtree(leftover, ignore_errors=True)


def _is_running(process: int) -> bool:
    if os.name == "nt":
        return True  # os.kill would end the process there: leave the folder alone
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def write_flushed(path: Path, data: bytes) -> int:
    """Write a file of a folder that is not yet in place; returns its size."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return len(data)

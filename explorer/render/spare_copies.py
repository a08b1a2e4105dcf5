"""The copies of vertices and indices that Panda3D keeps in memory: once the graphics card has them, a file will do.

They are read again only when a context is lost or when some of them change. So of all that no frame of late touched, a
few megabytes stay, and the rest goes to a file without a name that is gone with the process. A city in memory is then
little more than what the graphics card (or the software rasteriser) holds of it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 6 << 20
"""Of copies that stay in memory: pages of small tiles change now and then, and need not be read for it."""
MOST_WAITING_BYTES = 1 << 20
"""Of those that are on their way to the file."""
LEAST_FREE_BYTES = 1 << 30
"""Of the disk: Panda3D stands still for good, and the program with it, when a write to the file fails."""
_NO_LIMIT = 1 << 60
_LOOK_EVERY_SECS = 1.0


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class _Disk:
    """Whose room is looked after; None: nothing goes to a file."""

    folder: Path | None = None
    looked_at = 0.0


def keep_in_file(folder: Path, free_bytes: Callable[[Path], int] = _free_bytes) -> None:
    """Have spare copies kept in a file in this folder; where none can be made, they stay in memory.

    Before the window opens: what it does about copies that are not in memory is settled then.
    """
    from panda3d.core import ConfigVariableString, Filename, load_prc_file_data

    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK) or not folder.is_dir() or not _has_room(folder, free_bytes):
        return
    place = Filename.from_os_specific(str(folder)).get_fullpath()
    if "$" in place:  # taken for a variable; the file would stand in whatever folder the program was started from
        return
    # what is asked for is waited for: a frame without some of its tiles would be a hole in the picture
    load_prc_file_data("citiverse copies", "allow-incomplete-render false\n")
    ConfigVariableString("vertex-save-file-directory").set_value(place)  # in a line of text " #" would end it
    limit(MOST_BYTES, MOST_WAITING_BYTES)
    _Disk.folder = folder


def mind_the_disk(free_bytes: Callable[[Path], int] = _free_bytes) -> None:
    """Before a frame: where the disk is all but full, copies stay in memory from now on. Looks once a second."""
    now = time.monotonic()
    if _Disk.folder is None or now - _Disk.looked_at < _LOOK_EVERY_SECS:
        return
    _Disk.looked_at = now
    if not _has_room(_Disk.folder, free_bytes):
        _Disk.folder = None
        limit(_NO_LIMIT, _NO_LIMIT)


def _has_room(folder: Path, free_bytes: Callable[[Path], int]) -> bool:
    try:
        return free_bytes(folder) >= LEAST_FREE_BYTES
    except OSError:
        return False


def limit(most_bytes: int, most_waiting_bytes: int) -> tuple[int, int]:
    """Bytes of copies that stay in memory, and that wait to be written; returns those of before."""
    from panda3d.core import GeomVertexArrayData, VertexDataPage

    staying = GeomVertexArrayData.get_independent_lru()
    waiting = VertexDataPage.get_global_lru(VertexDataPage.RC_resident)
    before = staying.get_max_size(), waiting.get_max_size()
    staying.set_max_size(most_bytes)
    waiting.set_max_size(most_waiting_bytes)
    return before


def end_keeping() -> None:
    """Let the writer finish; before a process ends."""
    from panda3d.core import VertexDataPage

    VertexDataPage.stop_threads()

"""A lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class ProcessLock:
    """A file that one process at a time holds."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle: int | None = handle

    @classmethod
    def take(cls, path: Path) -> ProcessLock | None:
        """The lock, or None where somebody holds it. Raises OSError where the file cannot be made.

        A file system without locks (some network folders) gives the lock to everybody.
        """
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except OSError as error:
            if error.errno in _HELD:
                os.close(handle)
                return None
        return cls(path, handle)

    def release(self, *, remove: bool = False) -> None:
        """Let go; `remove` the file too, when nothing is left that it guards."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if remove and sys.platform != "win32":
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
        os.close(handle)
        if remove and sys.platform == "win32":  # an open file cannot be removed there
            with suppress(OSError):
                self.path.unlink(missing_ok=True)


if sys.platform == "win32":

    def _lock(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

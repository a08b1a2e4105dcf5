"""The end of a process's data segment, which two allocators would move at the same time.

Panda3D brings an allocator of its own (dlmalloc), which grows by `sbrk` as glibc's does. Each of them has a lock, but
neither knows the other's, and `sbrk` has none: when workers and the main thread both needed memory at the same moment,
both were given the same, or one was given what the other had returned. One start in some hundreds ended so, by a
segmentation fault in whatever came next or by glibc's "break adjusted to free malloc space".

An allocator like Panda3D's to whom `sbrk` has failed once asks for whole mappings ever after, which can be done from
any number of threads.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MAP_FIXED_NOREPLACE = 0x100000
"""Of Linux 4.17 (mman.h); older ones take the address for a wish."""
_PIECE_BYTES = 200_000
"""Below the 256 kB from which on dlmalloc takes a mapping for each array anyway."""
_PIECES = 64
"""More than an allocator holds free at the beginning."""
_FAILED = ctypes.c_void_p(-1).value


def leave_break_to_glibc() -> None:
    """Have Panda3D take its memory elsewhere from now on; before other threads work. Again does no harm."""
    if not sys.platform.startswith("linux"):
        return
    from panda3d.core import PTA_uchar

    with _wall() as stands:
        if stands:
            _pieces = [PTA_uchar.empty_array(_PIECE_BYTES) for _ in range(_PIECES)]


@contextmanager
def _wall() -> Iterator[bool]:
    """A page that nobody may touch right behind the data segment: as long as it stands, the segment cannot grow."""
    c = ctypes.CDLL(None)
    try:
        sbrk, new, delete = c.sbrk, c.mmap, c.munmap
    except AttributeError:
        yield False
        return
    sbrk.argtypes, sbrk.restype = [ctypes.c_ssize_t], ctypes.c_void_p
    new.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    new.restype, delete.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t]
    page = mmap.PAGESIZE
    end = -(-(sbrk(0) or 0) // page) * page
    at = new(end, page, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED_NOREPLACE, -1, 0)
    try:
        yield at == end
    finally:
        if at != _FAILED:
            delete(at, page)

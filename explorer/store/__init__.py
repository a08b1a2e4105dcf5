"""Bytes by address: a folder, an archive or a web server, read the same way by everyone; and files written whole or
not at all. Stores are thread-safe, refuse addresses that leave their folder, and say in a sentence what could not be
had.
"""

from explorer.store.archive import ArchiveStore
from explorer.store.disk_cache import DiskCache
from explorer.store.folder import FolderStore, check_ends
from explorer.store.http import HttpStore, WebAccess, shown
from explorer.store.opening import Store, is_archive, is_web_address, open_store
from explorer.store.writing import write_atomically

__all__ = [
    "ArchiveStore",
    "DiskCache",
    "FolderStore",
    "HttpStore",
    "Store",
    "WebAccess",
    "check_ends",
    "is_archive",
    "is_web_address",
    "open_store",
    "shown",
    "write_atomically",
]

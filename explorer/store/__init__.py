"""Bytes by address: a folder, an archive or a web server, read the same way by everyone; and files written whole or
not at all. Stores are thread-safe, refuse addresses that leave their folder, and say in a sentence what could not be
had.
"""

from explorer.store.addresses import host_of, said_server, server_of, shown, without_secrets
from explorer.store.archive import ArchiveStore
from explorer.store.connecting import get_ready_to_connect
from explorer.store.disk_cache import DiskCache
from explorer.store.folder import FolderStore, check_ends
from explorer.store.http import HttpStore
from explorer.store.opening import Store, is_archive, is_web_address, on_this_computer, open_store
from explorer.store.server_book import ServerBook, ServerKey, is_header, read_fingerprint, read_header
from explorer.store.servers import REQUESTS_AT_ONCE
from explorer.store.web_access import WebAccess
from explorer.store.writing import write_atomically

__all__ = [
    "REQUESTS_AT_ONCE",
    "ArchiveStore",
    "DiskCache",
    "FolderStore",
    "HttpStore",
    "ServerBook",
    "ServerKey",
    "Store",
    "WebAccess",
    "check_ends",
    "get_ready_to_connect",
    "host_of",
    "is_archive",
    "is_header",
    "is_web_address",
    "on_this_computer",
    "open_store",
    "read_fingerprint",
    "read_header",
    "said_server",
    "server_of",
    "shown",
    "without_secrets",
    "write_atomically",
]

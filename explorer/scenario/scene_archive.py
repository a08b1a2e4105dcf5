"""The ZIP around a scene, distrusted: every name, size and count is checked before a byte is unpacked."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
import zipfile
from pathlib import Path, PurePosixPath

from explorer.errors import FetchError, SceneFileError, quoted
from explorer.i18n import _

ASSETS = "assets/"
MAX_ASSET_BYTES = 16 * 1024**3
MAX_ENTRIES = 200_000
MAX_RATIO = 400
"""More than this many bytes out of one is no city, it is a trap."""

_UNFINISHED = ".part"
_DEAD_SECS = 24 * 3600.0

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
"""Characters that mean something, or nothing, to one of the three operating systems."""
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that Windows takes for devices."""


def checked_entries(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name. Raises `SceneFileError` if anything in its list is not as it should be."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise SceneFileError(_("The scene file holds too many files. [{path}]").format(path=path))
    entries: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    total = 0
    for info in infos:
        name = info.filename
        alike = name.rstrip("/").casefold()
        is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
        if not is_safe_name(name) or is_link or alike in seen or info.flag_bits & 0x1:
            text = _("The scene file holds an entry that is not allowed: {name} [{path}]")
            raise SceneFileError(text.format(name=repr(name[:80]), path=path))
        seen.add(alike)
        total += info.file_size
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) + 65536 or total > MAX_ASSET_BYTES:
            text = _("The scene file would unpack to far too much: {name} [{path}]")
            raise SceneFileError(text.format(name=repr(name[:80]), path=path))
        if not info.is_dir():
            entries[name] = info
    _check_apart(infos, path)
    return entries


def is_safe_name(name: str) -> bool:
    """Whether a file in a scene may be called so: what may not is not opened again."""
    if not name or len(name) > 240 or name.startswith("/") or _NOT_IN_NAMES.search(name):
        return False
    parts = name.removesuffix("/").split("/")
    return all(part not in ("", ".", "..") and part[-1] not in ". " and not _DEVICES.match(part) for part in parts)


def _check_apart(infos: list[zipfile.ZipInfo], path: Path) -> None:
    """Entries that share compressed bytes can unpack to far more than their sizes say (D. Fifield, 2019)."""
    end = 0
    for info in sorted(infos, key=lambda item: item.header_offset):
        if info.header_offset < end:
            raise SceneFileError(_("The scene file is damaged: its entries overlap. [{path}]").format(path=path))
        end = info.header_offset + 30 + len(info.filename.encode("utf-8", "replace")) + info.compress_size


def unpacked(archive: zipfile.ZipFile, assets: dict[str, zipfile.ZipInfo], folder: Path, path: Path) -> Path:
    """Unpack assets below `folder`, in a folder named by what they hold, whole or not at all.

    The name is a SHA-256 of names and bytes; the checksums in the ZIP could be forged to meet somebody else's pack.
    """
    temporary = folder / f".{secrets.token_hex(8)}{_UNFINISHED}"
    try:
        _remove_leftovers(folder)
        digest = _extract(archive, assets, temporary, path)
        root = folder / digest[:32]
        if root.exists():
            _mend(root, temporary, assets)
        else:
            temporary.rename(root)
        return root
    except OSError as error:
        if isinstance(error, (FileExistsError, NotADirectoryError)):
            raise  # an entry is a file and a folder at once
        text = _("The city in the scene cannot be unpacked, which takes {mb:.1f} MB in {folder}: {why}. [{path}]")
        size = sum(info.file_size for info in assets.values()) / 1e6
        raise FetchError(text.format(mb=size, folder=folder, why=error.strerror or error, path=path)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _extract(archive: zipfile.ZipFile, assets: dict[str, zipfile.ZipInfo], folder: Path, path: Path) -> str:
    """Write all assets below `folder`; returns the SHA-256 of their names and bytes."""
    digest = hashlib.sha256()
    for name, info in sorted(assets.items()):
        target = folder / _below(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest.update(f"{len(name)} {name} {info.file_size} ".encode())
        with archive.open(info) as source, target.open("xb") as sink:
            left = info.file_size
            while chunk := source.read(min(1 << 20, left + 1)):
                left -= len(chunk)
                if left < 0:
                    text = _("“{name}” is larger than it says. [{path}]")
                    raise SceneFileError(text.format(name=quoted(name), path=path))
                digest.update(chunk)
                sink.write(chunk)
    return digest.hexdigest()


def _below(name: str) -> PurePosixPath:
    return PurePosixPath(name).relative_to("assets")


def _mend(root: Path, fresh: Path, assets: dict[str, zipfile.ZipInfo]) -> None:
    """Put back what cleaners of caches took, or left cut short, of a pack that was unpacked before."""
    for name, info in assets.items():
        known = root / _below(name)
        if not known.is_file() or known.stat().st_size != info.file_size:
            known.parent.mkdir(parents=True, exist_ok=True)
            (fresh / _below(name)).replace(known)


def _remove_leftovers(folder: Path) -> None:
    """What a run that was killed while unpacking left; a run that still does has touched its folder lately."""
    for leftover in folder.glob(f".*{_UNFINISHED}"):
        if time.time() - leftover.stat().st_mtime > _DEAD_SECS:
            shutil.rmtree(leftover, ignore_errors=True)

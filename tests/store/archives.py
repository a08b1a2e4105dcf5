"""Archives of tilesets, made from files in a dictionary."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.version_info >= (3, 14):
    import zipfile as zstd_zipfile
else:
    from backports.zstd import zipfile as zstd_zipfile

INDEX = "@3dtilesIndex1@"
FILES = {"tileset.json": b"{}", "content/a b.glb": b"glTF" * 100, "content/0.glb": b"zero" * 1000}
Make = Callable[[Path, dict[str, bytes]], Path]


def three_tz(
    path: Path,
    files: dict[str, bytes],
    *,
    index: bool = True,
    compress: bool = False,
    zstd: bool = False,
    shift: int = 0,
) -> Path:
    """A .3tz archive; `shift` moves what its index says about places."""
    method = zstd_zipfile.ZIP_ZSTANDARD if zstd else zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    writer = zstd_zipfile if zstd else zipfile
    with writer.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        if index:
            entries = sorted(
                (struct.unpack("<2Q", hashlib.md5(entry.filename.encode()).digest()), entry.header_offset)
                for entry in archive.infolist()
            )
            table = b"".join(struct.pack("<3Q", *halves, offset + shift) for halves, offset in entries)
            archive.writestr(writer.ZipInfo(INDEX), table, zipfile.ZIP_STORED)
    return path


def three_dtiles(path: Path, files: dict[str, bytes], *, gzipped: bool = False) -> Path:
    """A .3dtiles archive."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE media (key TEXT PRIMARY KEY, content BLOB)")
        rows = [(name, gzip.compress(data) if gzipped else data) for name, data in files.items()]
        database.executemany("INSERT INTO media VALUES (?, ?)", rows)
    database.close()
    return path


def tz(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files)


def tz_deflated(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files, compress=True)


def tz_zstd(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3tz", files, zstd=True)


def tz_without_index(folder: Path, files: dict[str, bytes]) -> Path:
    return three_tz(folder / "city.3TZ", files, index=False, compress=True)


def dtiles(folder: Path, files: dict[str, bytes]) -> Path:
    return three_dtiles(folder / "city.3dtiles", files)


def dtiles_gzipped(folder: Path, files: dict[str, bytes]) -> Path:
    return three_dtiles(folder / "city.3dtiles", files, gzipped=True)


EVERY = pytest.mark.parametrize("make", [tz, tz_deflated, tz_zstd, tz_without_index, dtiles, dtiles_gzipped])

"""A reader of foreign bytes as one function of bytes, and what it begins from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import DataError, FetchError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
LARGEST_SEED = 120_000
ADDRESS = "fuzz/specimen"
"""What every error must name; where a reader wants a file, its folder."""
_FOLDER = Path(tempfile.mkdtemp(prefix="citiverse-fuzz-")) / ADDRESS
Seeds = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Reader:
    """What is read, from what the search begins, and what it may say no with."""

    read: Callable[[bytes], object]
    endings: tuple[str, ...] = ()
    """Of the files of shared data that are seeds."""
    made: Seeds = lambda: iter(())
    refuses: tuple[type[BaseException], ...] = (DataError, FetchError)
    names_address: bool = True
    """False for what is told the address by whoever called it."""


def shared_files(endings: tuple[str, ...]) -> Iterator[bytes]:
    """Small real files, where they are at hand."""
    for path in sorted(SHARED.rglob("*")) if SHARED.is_dir() and endings else ():
        if path.name.endswith(endings) and path.is_file() and path.stat().st_size <= LARGEST_SEED:
            yield path.read_bytes()


def in_file(name: str, data: bytes) -> Path:
    """For readers that want a path."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    path = _FOLDER / name
    path.write_bytes(data)
    return path

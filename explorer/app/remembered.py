"""What the user once said about the coordinates of a file, so that nobody is asked twice."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.app.folders import data_folder
from explorer.app.references import References
from explorer.errors import ExplorerError
from explorer.store import is_archive, write_atomically

_NAME = "coordinates.json"
_MOST = 500


def key_of(what: str) -> str:
    """A city file by its content, so that it may be moved or renamed; anything else by its name."""
    path = Path(what)
    with suppress(OSError):
        if path.is_file() and path.name != "tileset.json" and not is_archive(path):  # those may be huge
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return what


def remembered(key: str) -> References | None:
    """What was said about it."""
    found = _all().get(key)
    if not isinstance(found, dict):
        return None
    crs, offset, at = found.get("crs"), found.get("height_offset"), found.get("at")
    said = References(
        crs if isinstance(crs, str) else None,
        height_offset=float(offset) if isinstance(offset, (int, float)) else None,
        at=(float(at[0]), float(at[1])) if isinstance(at, list) and len(at) == 2 else None,
    )
    return None if said.crs is None and said.at is None else said


def remember(key: str, references: References) -> None:
    """Keep what was said. Not being able to is no reason to stop: the user is asked again."""
    known = {**_all(), key: asdict(references)}
    while len(known) > _MOST:
        del known[next(iter(known))]
    with suppress(ExplorerError, OSError):
        write_atomically(data_folder() / _NAME, json.dumps(known, indent=1).encode())


def _all() -> dict[str, Any]:
    with suppress(OSError, ValueError, ExplorerError):
        found = json.loads((data_folder() / _NAME).read_bytes())
        if isinstance(found, dict):
            return found
    return {}

"""Tilesets that the program makes itself, once, and keeps in its cache: the built-in town and imported city files.

An importer puts a folder in place whole or not at all, so what is found in the cache is whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.folders import cache_folder
from explorer.app.references import References
from explorer.errors import FetchError
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.store import check_ends, write_atomically

if TYPE_CHECKING:
    from importers import ImportReport

WARNINGS_NAME = "import-warnings.json"
"""Beside a cached tileset.json: what its import had to say, so that it is said again each time it is opened."""
MAX_WARNINGS = 5
TOWN_BUILDINGS, TOWN_SEED = 2000, 1
TOWN_URL = "citiverse:town"
"""How a scene file names the built-in town, which every machine makes for itself."""
_EDITION = 7
"""Raised whenever the importers make other tiles of the same source, so that what is kept is made anew."""


def built_in_town(progress: Progress) -> Path:
    """Folder of the built-in town's tileset; made once, then kept."""

    def make(folder: Path) -> ImportReport:
        from importers.sampletown import write_sample_town

        return write_sample_town(folder, buildings=TOWN_BUILDINGS, seed=TOWN_SEED, progress=progress)

    return _made_once(f"town-{TOWN_BUILDINGS}-{TOWN_SEED}-{_importer_version()}", make)


def imported(path: Path, references: References, progress: Progress) -> Path:
    """Folder of the tileset made of a city file; the same file with the same options is imported once."""
    try:
        check_ends(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except FetchError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        text = _("The file cannot be read: {why} [{path}]")
        raise FetchError(text.format(why=getattr(error, "strerror", None) or error, path=path)) from error
    digest.update(repr((references, _importer_version())).encode())

    def make(folder: Path) -> ImportReport:
        from importers import import_city

        return import_city(
            [path],
            folder,
            crs=references.crs,
            vertical=references.vertical,
            height_offset=references.height_offset,
            progress=progress,
        )

    return _made_once(f"{path.name.split('.')[0][:40]}-{digest.hexdigest()[:16]}", make)


def kept_here(name: str) -> Path | None:
    """The folder of a tileset that this program once made of a city file and still keeps, by its name; None: no such.

    The name holds a hash of the file, so it is the same city wherever a scene that names it has been moved.
    """
    folder = cache_folder() / "tilesets" / Path(name).name
    return folder if Path(name).name and (folder / "tileset.json").is_file() else None


def is_kept_here(location: str) -> bool:
    """Whether a tileset is one that this program made for itself, so that no other computer has it."""
    return (cache_folder() / "tilesets").resolve() in Path(location).resolve().parents


def import_warnings(folder: Path) -> tuple[list[str], list[str]]:
    """What was odd when a cached tileset was made: about the whole, and the first sentences about single objects."""
    try:
        found = json.loads((folder / WARNINGS_NAME).read_bytes())
        whole, objects = [str(one) for one in found["whole"]], [str(one) for one in found["objects"]]
    except (OSError, ValueError, KeyError, TypeError):
        return [], []
    if len(objects) > MAX_WARNINGS:
        more = _("… and {count} more things like that; citiverse import tells all of them.")
        return whole, [*objects[:MAX_WARNINGS], more.format(count=len(objects) - MAX_WARNINGS)]
    return whole, objects


def _made_once(name: str, make: Callable[[Path], ImportReport]) -> Path:
    folder = cache_folder() / "tilesets" / name
    if not (folder / "tileset.json").is_file():
        shutil.rmtree(folder, ignore_errors=True)  # what a cleaner of caches left of it
        report = make(folder)
        told = {"whole": report.warnings, "objects": report.object_warnings}
        write_atomically(folder / WARNINGS_NAME, json.dumps(told, ensure_ascii=False).encode())
    return folder


def _importer_version() -> str:
    from explorer import __version__

    return f"{__version__}.{_EDITION}"

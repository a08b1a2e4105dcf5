"""Which file to open, where to save: the system's dialog, or a list in the window where the system has none."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.finding import SCENE_ENDING
from explorer.app.system_dialogs import OPEN_ENDINGS, Pending, SystemDialogs
from explorer.i18n import _, decimal
from explorer.jobs import Job, Progress
from explorer.viewstate import FileEntry, FileList

if TYPE_CHECKING:
    from explorer.app.application import Application

_MOST_ENTRIES = 2000
_STICKS = ("/media", "/run/media", "/Volumes", "/mnt")

Then = Callable[[Path], None]


class FileChooser:
    """One question at a time. Main thread only; folders are read on a worker."""

    def __init__(self, application: Application, dialogs: SystemDialogs) -> None:
        self._app = application
        self._dialogs = dialogs
        self._pending: Pending | None = None
        self._job: Job[Any] | None = None
        self._then: Then | None = None
        self._ending = SCENE_ENDING
        """Of the file that is to be saved."""
        self._folder = Path.home()
        """Where the last file was."""

    @property
    def is_waiting(self) -> bool:
        """Whether a dialog of the system is open."""
        return self._pending is not None

    def ask_open(self, then: Then) -> None:
        """Ask for a file and go on with it."""
        if self._begin(then, is_saving=False):
            self._pending = self._dialogs.ask_open(_("Open"), self._start())
        else:
            self._app.view.files = FileList(_("Open"), shortcuts=_shortcuts())
            self.go(str(self._start()))

    def ask_save(self, suggestion: Path, then: Then) -> None:
        """Ask for a name and go on with it."""
        self._ending = suggestion.suffix
        if self._begin(then, is_saving=True):
            self._pending = self._dialogs.ask_save(_("Save as"), suggestion)
        else:
            self._app.view.files = FileList(_("Save as"), is_saving=True, shortcuts=_shortcuts(), name=suggestion.stem)
            self.go(str(suggestion.parent))

    def _begin(self, then: Then, *, is_saving: bool) -> bool:
        """Whether the system is to ask; fingers get our own list, whose lines are large enough for them."""
        self.cancel()
        self._then = then
        return self._dialogs.is_available() and not self._app.settings.touch

    def _start(self) -> Path:
        if self._folder.is_dir():
            return self._folder
        return Path.home()

    def update(self) -> None:
        """Look whether the system's dialog has an answer."""
        answer = self._pending.answer() if self._pending is not None else None
        if answer is None:
            return
        self._pending = None
        if answer:
            self._take(Path(answer))
        else:
            self._then = None

    def _take(self, path: Path) -> None:
        then, self._then = self._then, None
        self._app.view.files = None
        self._folder = path.parent
        if then is not None:
            then(path)

    def cancel(self) -> None:
        """Ask no longer."""
        if self._pending is not None:
            self._pending.close()
        if self._job is not None:
            self._job.cancel()
        self._pending = self._job = self._then = None
        self._app.view.files = None

    # -- the list in the window ----------------------------------------------------------------------------------------

    def go(self, folder: str) -> None:
        """Show another folder."""
        files = self._app.view.files
        if files is None:
            return
        files.is_reading, files.error, files.asks_overwrite = True, "", False
        endings = (self._ending,) if files.is_saving else OPEN_ENDINGS

        def read(progress: Progress) -> tuple[str, tuple[FileEntry, ...]]:
            path = Path(folder).expanduser().resolve()
            return str(path), _entries(path, endings, progress)

        # beside the tiles: a long import and a simulation may hold both of the other threads
        self._job = self._app.tile_jobs.submit(read, name="reading a folder", when_done=self._read)

    def _read(self, job: Job[Any]) -> None:
        files = self._app.view.files
        if job is not self._job or files is None:
            return
        self._job, files.is_reading = None, False
        if job.error is None:
            files.folder, files.entries = job.result()
        elif isinstance(job.error, OSError):
            text = _("This folder cannot be read: {why}")
            files.error = text.format(why=job.error.strerror or job.error)

    def choose(self, path: str) -> None:
        """A folder is gone into, a file is taken; a name to save under is asked about where such a file is there."""
        files, chosen = self._app.view.files, Path(path).expanduser()
        if files is None:
            return
        if not chosen.is_absolute():
            chosen = Path(files.folder) / chosen
        if chosen.is_dir():
            self.go(str(chosen))
        elif files.is_saving:
            if chosen.suffix != self._ending:
                chosen = chosen.with_name(chosen.name + self._ending)
            if chosen.exists() and not files.asks_overwrite:
                files.name, files.asks_overwrite = chosen.stem, True
            else:
                self._take(chosen)
        elif chosen.is_file():
            self._take(chosen)
        else:
            files.error = _("There is no such file or folder. [{path}]").format(path=chosen)


def _entries(folder: Path, endings: tuple[str, ...], progress: Progress) -> tuple[FileEntry, ...]:
    """Folders first, then files that could be opened, each by name. Raises OSError."""
    folders, files = [], []
    with os.scandir(folder) as found:
        for entry in found:
            progress.check()
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    folders.append(FileEntry(entry.name, entry.path, True))
                elif entry.name.lower().endswith(endings):
                    files.append(FileEntry(entry.name, entry.path, False, _detail(entry.stat())))
            except OSError:  # a link to nowhere
                continue
    in_order = sorted(folders, key=_by_name) + sorted(files, key=_by_name)
    return tuple(in_order[:_MOST_ENTRIES])


def _by_name(entry: FileEntry) -> str:
    return entry.name.casefold()


def _detail(stat: os.stat_result) -> str:
    when = datetime.fromtimestamp(stat.st_mtime).strftime("%Y-%m-%d %H:%M")
    large = stat.st_size >= 100_000
    size = f"{decimal(stat.st_size / 1e6, '.1f')} MB" if large else f"{decimal(stat.st_size / 1e3, '.0f')} kB"
    return f"{size}   {when}"


def _shortcuts() -> tuple[FileEntry, ...]:
    """Home, what lies in it by habit, drives and sticks."""
    home = Path.home()
    places = [(_("Home folder"), home)]
    places += [(name, home / name) for name in ("Documents", "Documenten", "Desktop", "Bureaublad", "Downloads")]
    if sys.platform == "win32":
        places += [(f"{letter}:", Path(f"{letter}:\\")) for letter in "CDEFGHIJ"]
    else:
        for root in _STICKS:
            places += [(stick.name, stick) for stick in _below(Path(root))]
    return tuple(FileEntry(name, str(path), True) for name, path in places if path.is_dir())[:10]


def _below(folder: Path) -> list[Path]:
    """Sticks are mounted in /media/NAME or /media/USER/NAME."""
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
        user = folder / os.environ.get("USER", "-")
        return [path for path in user.iterdir() if path.is_dir()] if user in found else found
    except OSError:
        return []

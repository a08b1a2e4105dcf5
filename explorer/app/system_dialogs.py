"""The system's own dialogs for files, where it has any. They run beside the frame loop, which asks for answers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from explorer.i18n import _

_LINUX_HELPERS = ("kdialog", "zenity", "matedialog", "qarma")
OPEN_ENDINGS = (".cvscene", ".json", ".jsonl", ".json.gz", ".jsonl.gz", ".3tz", ".3dtiles", ".tif", ".tiff")


class Pending(Protocol):
    """A dialog that is open."""

    def answer(self) -> str | None:
        """The path that was chosen, "" when it was closed without one, None while it is open."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


class SystemDialogs(Protocol):
    """Opens dialogs of the system."""

    def is_available(self) -> bool:
        """Whether this system has dialogs that could be shown now."""
        ...

    def ask_open(self, title: str, folder: Path) -> Pending:
        """Which file to open."""
        ...

    def ask_save(self, title: str, suggestion: Path) -> Pending:
        """Where to save."""
        ...


class NoDialogs:
    """A system without dialogs: kiosks, tests."""

    def is_available(self) -> bool:
        """Never."""
        return False

    def ask_open(self, title: str, folder: Path) -> Pending:
        """Not to be asked."""
        raise NotImplementedError

    def ask_save(self, title: str, suggestion: Path) -> Pending:
        """Not to be asked."""
        raise NotImplementedError


class PortableDialogs:
    """By portable-file-dialogs, which comes with imgui-bundle: Windows' and macOS' own, on Linux kdialog or zenity."""

    def is_available(self) -> bool:
        """On Linux somebody must have installed one of the helpers."""
        if not sys.platform.startswith("linux"):
            return True
        has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        return has_screen and any(shutil.which(name) for name in _LINUX_HELPERS)

    def ask_open(self, title: str, folder: Path) -> Pending:
        """See `SystemDialogs`."""
        from imgui_bundle import portable_file_dialogs as dialogs

        patterns = " ".join(f"*{ending}" for ending in OPEN_ENDINGS)
        filters = [_("Scenes, city files, tilesets"), patterns, _("All files"), "*"]
        dialog = dialogs.open_file(title, str(folder), filters)
        return _Portable(dialog.ready, lambda: (dialog.result() or [""])[0], dialog.kill)

    def ask_save(self, title: str, suggestion: Path) -> Pending:
        """See `SystemDialogs`."""
        from imgui_bundle import portable_file_dialogs as dialogs

        kind = _("Scenes") if suggestion.suffix == ".cvscene" else _("Styles")
        dialog = dialogs.save_file(title, str(suggestion), [kind, f"*{suggestion.suffix}"])
        return _Portable(dialog.ready, dialog.result, dialog.kill)


class _Portable:
    def __init__(self, ready: Callable[[int], bool], result: Callable[[], str], kill: Callable[[], bool]) -> None:
        self._ready, self._result, self._kill = ready, result, kill

    def answer(self) -> str | None:
        return self._result() if self._ready(0) else None

    def close(self) -> None:
        self._kill()

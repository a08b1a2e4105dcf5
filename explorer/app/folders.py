"""Where the program keeps what it may keep: settings, the journal, imported and built-in tilesets."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir, user_config_dir, user_data_dir

from explorer.errors import FetchError
from explorer.i18n import _

_NAME = "citiverse-explorer"
_HOME = "CITIVERSE_HOME"
"""Environment variable: one folder for everything, for kiosks, USB sticks and tests."""


def _folder(kind: str, fallback: str) -> Path:
    home = os.environ.get(_HOME)
    path = Path(home) / kind if home else Path(fallback)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = _("The program's own folder cannot be made: {why}. Set {name} to a folder that can be written. [{path}]")
        raise FetchError(text.format(why=error.strerror or error, name=_HOME, path=path)) from error
    return path


def config_folder() -> Path:
    """Settings."""
    return _folder("config", user_config_dir(_NAME))


def data_folder() -> Path:
    """The journal: what must survive."""
    return _folder("data", user_data_dir(_NAME))


def copies_folder() -> Path:
    """Where a running program keeps what need not be in memory."""
    return cache_folder() / "copies"


def cache_folder() -> Path:
    """Tilesets made by import and the built-in town: can be made again."""
    return _folder("cache", user_cache_dir(_NAME))

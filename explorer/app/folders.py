"""Where the program keeps what it may keep: settings, the journal, imported and built-in tilesets."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir, user_config_dir, user_data_dir

_NAME = "citiverse-explorer"
_HOME = "CITIVERSE_HOME"
"""Environment variable: one folder for everything, for kiosks, USB sticks and tests."""


def _folder(kind: str, fallback: str) -> Path:
    home = os.environ.get(_HOME)
    path = Path(home) / kind if home else Path(fallback)
    path.mkdir(parents=True, exist_ok=True)
    return path


def config_folder() -> Path:
    """Settings."""
    return _folder("config", user_config_dir(_NAME))


def data_folder() -> Path:
    """The journal: what must survive."""
    return _folder("data", user_data_dir(_NAME))


def cache_folder() -> Path:
    """Tilesets made by import and the built-in town: can be made again."""
    return _folder("cache", user_cache_dir(_NAME))

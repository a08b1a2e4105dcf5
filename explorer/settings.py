"""What a person likes: language, theme, sizes. Kept as JSON; a damaged file means defaults, never a failed start."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

THEMES = ("light", "dark", "contrast")
TIERS = ("office", "standard", "presentation")
"""What a picture may cost; `explorer.render.tiers` has the figures."""
PROFILES = ("planner", "workshop")
"""Planner: everything. Workshop: only the big, safe actions."""
EYE_HEIGHTS = (("adult", 1.65), ("child", 1.1), ("wheelchair", 1.2))
"""Heights of the eye that the program offers. [m]"""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults."""

    language: str = ""
    """"" takes the system's."""
    theme: str = "light"
    scale: float = 1.0
    """Size of the interface, 0.8 to 2.5."""
    profile: str = "planner"
    return_minutes: float = 5.0
    """In a workshop: after so long without a touch, back to the view that the scene begins with; 0: never. [min]"""
    touch: bool = False
    """Larger controls and thumb pads."""
    eye_height: float = 1.65
    less_motion: bool = False
    show_edges: bool = True
    show_shadows: bool = True
    show_photos: bool = True
    """Photographs where the city's data has them; else the plain model."""
    tier: str = ""
    """How much the picture may cost, one of `TIERS`; "" is what was measured on this computer."""
    offline: bool = False
    """Ask no server; take what is kept on this computer."""
    cache_gb: float = 2.0
    """How much of cities on the web is kept on disk, 0 to 1024. [GiB]"""
    proxy: str = ""
    """Address of the proxy to the web; "": as the environment says."""
    recent: tuple[str, ...] = ()

    def with_recent(self, place: str) -> tuple[str, ...]:
        """The list of recent places with this one first."""
        return (place, *(other for other in self.recent if other != place))[:8]


def load_settings(path: Path) -> Settings:
    """Settings from a file; what cannot be read is the default."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    return Settings(**_checked(plain)) if isinstance(plain, dict) else Settings()


def save_settings(path: Path, settings: Settings) -> None:
    """Write settings whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    os.replace(temporary, path)


def _checked(plain: dict[str, Any]) -> dict[str, Any]:
    defaults = asdict(Settings())
    checked: dict[str, Any] = {}
    for f in fields(Settings):
        value = plain.get(f.name)
        default = defaults[f.name]
        if f.name == "recent" and isinstance(value, list) and all(isinstance(item, str) for item in value):
            checked["recent"] = tuple(value[:8])
        elif isinstance(default, bool):
            if isinstance(value, bool):
                checked[f.name] = value
        elif isinstance(default, float):
            if isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value):
                checked[f.name] = float(value)
        elif isinstance(default, str) and isinstance(value, str):
            checked[f.name] = value
    checked["scale"] = min(max(checked.get("scale", 1.0), 0.8), 2.5)
    checked["eye_height"] = min(max(checked.get("eye_height", 1.65), 0.5), 3.0)
    checked["return_minutes"] = min(max(checked.get("return_minutes", 5.0), 0.0), 60.0)
    checked["cache_gb"] = min(max(checked.get("cache_gb", 2.0), 0.0), 1024.0)
    if checked.get("theme") not in THEMES:
        checked["theme"] = "light"
    if checked.get("tier") not in TIERS:
        checked["tier"] = ""
    if checked.get("profile") not in PROFILES:
        checked["profile"] = "planner"
    return checked

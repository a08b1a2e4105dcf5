"""Where shaders lie: beside the packages in a checkout, inside the package when installed."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import ShaderError
from explorer.i18n import _

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_dir(name: str) -> Path:
    """The folder of that name ("shaders", "scenes"). Raises `ShaderError` when the installation is incomplete."""
    for place in (_PACKAGE.parent / name, _PACKAGE / "_resources" / name):
        if place.is_dir():
            return place
    raise ShaderError(
        _("The installation is incomplete: the folder “{name}” is missing. Install again.").format(name=name)
    )

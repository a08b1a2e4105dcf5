"""The place that a command is about, as its options name it, and where its result may go."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli.terminal import say, terminal_progress
from explorer.errors import FetchError
from explorer.i18n import _


def opened(options: argparse.Namespace) -> Any:
    """The place that the options name; what is odd about it is said."""
    from explorer.app.finding import open_place

    with terminal_progress(_("Opening")) as progress:
        place = open_place(options.what, references(options), progress=progress)
    for warning in (*place.warnings, *place.details):
        say(warning)
    return place


def references(options: argparse.Namespace) -> Any:
    """What the options say beside the name of a place; a command need not have all of them."""
    from explorer.app.earth import latitude_longitude
    from explorer.app.references import References

    at = getattr(options, "at", None)
    return References(
        getattr(options, "crs", None),
        getattr(options, "vertical", None),
        getattr(options, "height_offset", None),
        getattr(options, "terrain", None),
        tuple(getattr(options, "imagery", ())),
        getattr(options, "imagery_over", None),
        None if at is None else latitude_longitude(at),
    )


def check_folder(path: Path) -> None:
    """Say now, not after the long work, that there is no folder to write into."""
    if not path.parent.is_dir():
        raise FetchError(_("The folder to write into is not there. [{path}]").format(path=path.parent))

"""`citiverse render`: a picture of a place, drawn without a window."""

from __future__ import annotations

import argparse
import io
from datetime import date as Date
from pathlib import Path
from typing import Any

from explorer.cli.places import check_folder, opened
from explorer.cli.simulating import worked_out
from explorer.cli.terminal import say, terminal_progress
from explorer.errors import FetchError, ScenarioError
from explorer.i18n import _

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def run_render(options: argparse.Namespace) -> int:
    """A picture without a window."""
    path = _picture_path(options.output)
    place = opened(options)
    _dress(place, options)
    if not place.layers:
        raise ScenarioError(_("There is nothing to draw: every layer of the scene is missing."))
    _write_picture(_drawn(place, options), path)
    return 0


def _picture_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in PICTURE_ENDINGS:
        raise FetchError(_("Pictures are written as .png, .jpg, .webp, .tif or .bmp. [{path}]").format(path=path))
    check_folder(path)
    return path


def _dress(place: Any, options: argparse.Namespace) -> None:
    """The section and the style that the options ask for."""
    from explorer.app.layer_styles import take_style
    from explorer.app.sections import take_section

    if options.section is not None:
        take_section(place, options.section)
    if options.style is not None:
        take_style(place, None if options.style == "none" else Path(options.style))


def _drawn(place: Any, options: argparse.Namespace) -> Any:
    """The picture, (height, width, 3) sRGB; what could not be drawn is said."""
    from explorer.app.picture import draw_picture, view_camera
    from explorer.app.simulation import variant_id_of
    from explorer.render import PRESENTATION, TIERS

    scenario, scene = place.scenario, place.scenario.scene
    variant = variant_id_of(scenario, options.variant) if options.variant else scene.active_variant
    day = options.date.isoformat() if options.date else scene.date
    minute = scene.minute if options.time is None else options.time
    camera = view_camera(place, options.view, *options.size)
    overlay = None
    if options.overlay is not None:
        overlay = worked_out(
            place,
            options.overlay.removesuffix("_difference"),
            variant_id=variant,
            day=Date.fromisoformat(day),
            minute=minute,
            resolution=options.resolution,
            is_difference=options.overlay.endswith("_difference"),
        )
    problems: list[str] = []
    with terminal_progress(_("Drawing")) as progress:
        pixels = draw_picture(
            place,
            camera,
            day=day,
            minute=minute,
            variant_id=variant,
            overlay=overlay,
            with_legend=options.legend,
            max_error=options.error,
            tier=TIERS[options.tier] if options.tier else PRESENTATION,
            on_problem=problems.append,
            progress=progress,
        )
    for problem in problems:
        if problem not in place.warnings:  # said when it was opened
            say(problem)
    return pixels


def _write_picture(pixels: Any, path: Path) -> None:
    from PIL import Image

    from explorer.store import write_atomically

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, Image.registered_extensions()[path.suffix.lower()])
    write_atomically(path, stream.getvalue())

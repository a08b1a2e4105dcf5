"""`citiverse simulate`, and the overlay of a picture: a question of the options, worked out with its progress shown."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date as Date
from pathlib import Path
from typing import Any

from explorer.cli.places import check_folder, opened
from explorer.cli.terminal import print_json, print_lines, say, terminal_progress
from explorer.errors import SimulationError
from explorer.i18n import _


def run_simulate(options: argparse.Namespace) -> int:
    """Work out an overlay, to a file and a summary."""
    from explorer.app.simulation import variant_id_of
    from explorer.overlays import check_file_name, write_overlay

    if options.output is None and not options.json:
        raise SimulationError(_("Say where the result goes with -o, or ask for the summary with --json."))
    if options.output is not None:
        check_file_name(Path(options.output), has_facades=options.receivers == "facades")
        check_folder(Path(options.output))
    place = opened(options)
    scenario, scene = place.scenario, place.scenario.scene
    variant = variant_id_of(scenario, options.variant) if options.variant else scene.active_variant
    result = worked_out(
        place,
        options.overlay,
        variant_id=variant,
        day=options.date or Date.fromisoformat(scene.date),
        minute=scene.minute if options.time is None else options.time,
        resolution=options.resolution,
        is_difference=options.compare is not None,
        compare_with=variant_id_of(scenario, options.compare),
        box=options.area,
        step=options.step,
        receivers=options.receivers,
    )
    if options.output is not None:
        write_overlay(result, Path(options.output))
    if options.json:
        print_json(result.summary())
    else:
        from explorer.app.figures import figures_of

        print_lines(f"{name}: {figure}" for name, figure in figures_of(result))
        print_lines([_("Method: {method}").format(method=result.provenance.get("method", ""))])
    return 0


def worked_out(
    place: Any,
    kind: str,
    *,
    variant_id: str | None,
    day: Date,
    minute: float,
    resolution: float,
    is_difference: bool = False,
    compare_with: str | None = None,
    box: Sequence[float] | None = None,
    step: float | None = None,
    receivers: str = "ground",
) -> Any:
    """The overlay that answers a question about a place; what its figures lack is said.

    `box`: west, south, east, north on the map [m], the whole city if not given; `resolution` [m], `step` [min].
    """
    from explorer.app.simulation import Question, answer, whole_area
    from explorer.overlays import DEFAULT_STEP_MINUTES, OverlayRequest

    if not place.layers:
        raise SimulationError(_("There is nothing to work it out for: every layer of the scene is missing."))
    request = OverlayRequest(
        kind=kind,  # type: ignore[arg-type]
        area=tuple(box) if box is not None else whole_area(place),  # type: ignore[arg-type]
        date=day,
        step_minutes=DEFAULT_STEP_MINUTES if step is None else step,
        resolution=resolution,
        variant_id=variant_id,
        receivers=receivers,  # type: ignore[arg-type]
        minute_of_day=minute,
    )
    with terminal_progress(_("Working out")) as progress:
        question = Question(request, compare_with, is_difference)
        result = answer(question, place, place.scenario, place.surface(), progress)
    for problem in result.provenance.get("problems", ()):
        say(_("The figures lack a part of the city: {why}").format(why=problem))
    return result

"""What each command does: open the place, ask the room that knows, print."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from datetime import date as Date
from pathlib import Path
from typing import Any

from explorer.cli.terminal import print_json, print_lines, say, terminal_progress
from explorer.errors import DataError, FetchError, ScenarioError, SimulationError
from explorer.i18n import _

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def _opened(options: argparse.Namespace) -> Any:
    from explorer.app.finding import open_place

    references = _references(options)
    with terminal_progress(_("Opening")) as progress:
        place = open_place(options.what, references, progress=progress)
    for warning in (*place.warnings, *place.details):
        say(warning)
    return place


def _references(options: argparse.Namespace) -> Any:
    """What the options say beside the name of a place; a command need not have all of them."""
    from explorer.app.references import References

    return References(
        getattr(options, "crs", None),
        getattr(options, "vertical", None),
        getattr(options, "height_offset", None),
        getattr(options, "terrain", None),
        tuple(getattr(options, "imagery", ())),
        getattr(options, "imagery_over", None),
    )


def _check_folder(path: Path) -> None:
    """Say now, not after the long work, that there is no folder to write into."""
    if not path.parent.is_dir():
        raise FetchError(_("The folder to write into is not there. [{path}]").format(path=path.parent))


def _scene_path(text: str) -> Path:
    from explorer.app.finding import SCENE_ENDING

    path = Path(text)
    if path.suffix != SCENE_ENDING:
        raise DataError(_("The name of a scene file ends in {ending}. [{path}]").format(ending=SCENE_ENDING, path=path))
    _check_folder(path)
    return path


def run_open(options: argparse.Namespace) -> int:
    """Open the window."""
    from explorer.app.application import run_window

    return run_window(
        options.what,
        _references(options),
        size=options.size,
        language=options.language,
        tier=options.tier,
        section=options.section,
        style=options.style,
    )


def run_import(options: argparse.Namespace) -> int:
    """City files into 3D Tiles."""
    from importers import import_city

    with terminal_progress(_("Importing")) as progress:
        report = import_city(
            options.sources,
            options.output,
            crs=options.crs,
            vertical=options.vertical,
            lod=options.lod,
            height_offset=options.height_offset,
            progress=progress,
        )
    _print_report(report, options.json)
    return 0


def run_sample(options: argparse.Namespace) -> int:
    """A made-up town."""
    from importers.sampletown import write_sample_town

    with terminal_progress(_("Building the town")) as progress:
        report = write_sample_town(
            Path(options.output), buildings=options.buildings, seed=options.seed, progress=progress
        )
    _print_report(report, options.json)
    return 0


def _print_report(report: Any, as_json: bool) -> None:
    if as_json:
        print_json(report.to_dict())
    else:
        print_lines(report.lines())


def run_render(options: argparse.Namespace) -> int:
    """A picture without a window."""
    from explorer.app.layer_styles import take_style
    from explorer.app.picture import draw_picture, view_camera
    from explorer.app.sections import take_section
    from explorer.app.simulation import variant_id_of
    from explorer.render import PRESENTATION, TIERS

    path = Path(options.output)
    if path.suffix.lower() not in PICTURE_ENDINGS:
        raise FetchError(_("Pictures are written as .png, .jpg, .webp, .tif or .bmp. [{path}]").format(path=path))
    _check_folder(path)
    place = _opened(options)
    if options.section is not None:
        take_section(place, options.section)
    if options.style is not None:
        take_style(place, None if options.style == "none" else Path(options.style))
    scenario, scene = place.scenario, place.scenario.scene
    if not place.layers:
        raise ScenarioError(_("There is nothing to draw: every layer of the scene is missing."))
    variant = variant_id_of(scenario, options.variant) if options.variant else scene.active_variant
    day = options.date.isoformat() if options.date else scene.date
    minute = scene.minute if options.time is None else options.time
    camera = view_camera(place, options.view, *options.size)
    overlay = None
    if options.overlay is not None:
        overlay = _answer(
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
    _write_picture(pixels, path)
    return 0


def _write_picture(pixels: Any, path: Path) -> None:
    from PIL import Image

    from explorer.store import write_atomically

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, Image.registered_extensions()[path.suffix.lower()])
    write_atomically(path, stream.getvalue())


def _answer(
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


def run_info(options: argparse.Namespace) -> int:
    """What a place holds."""
    from explorer.app.facts import facts_lines, place_facts

    facts = place_facts(_opened(options))
    if options.json:
        print_json(facts)
    else:
        print_lines(facts_lines(facts))
    return 0


def run_validate(options: argparse.Namespace) -> int:
    """Check a tileset, or all tilesets of a scene."""
    from explorer.app.finding import SCENE_ENDING, open_place
    from explorer.app.web import open_source
    from importers.validation import validate_tileset

    locations, is_whole = [options.what], True
    if options.what.endswith(SCENE_ENDING):
        place = open_place(options.what)
        locations = [layer.location for layer in place.layers]
        is_whole = len(place.layers) == len(place.scenario.layers)
        for warning in (*place.warnings, *place.details):
            say(warning)
    reports = []
    for location in locations:
        with terminal_progress(_("Checking")) as progress:
            store = open_source(location, with_cache=False)
            reports.append(validate_tileset(location, store=store, progress=progress))
    if options.json:
        plain = [report.to_dict() for report in reports]
        print_json(plain[0] if len(plain) == 1 else plain)
    else:
        for report in reports:
            print_lines(report.lines())
    return 0 if is_whole and all(report.ok for report in reports) else 1


def run_simulate(options: argparse.Namespace) -> int:
    """Work out an overlay, to a file and a summary."""
    from explorer.app.simulation import variant_id_of
    from explorer.overlays import check_file_name, write_overlay

    if options.output is None and not options.json:
        raise SimulationError(_("Say where the result goes with -o, or ask for the summary with --json."))
    if options.output is not None:
        check_file_name(Path(options.output), has_facades=options.receivers == "facades")
        _check_folder(Path(options.output))
    place = _opened(options)
    scenario, scene = place.scenario, place.scenario.scene
    variant = variant_id_of(scenario, options.variant) if options.variant else scene.active_variant
    result = _answer(
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


def run_scene_new(options: argparse.Namespace) -> int:
    """A scene over a tileset or city file."""
    from explorer.app.saving import save_place

    path = _scene_path(options.output)
    place = _opened(options)
    save_place(place, place.scenario, path, thumbnail=None, packed=False)
    return 0


def run_scene_pack(options: argparse.Namespace) -> int:
    """Put the tiles into a scene."""
    from explorer.app.finding import SCENE_ENDING
    from explorer.app.saving import save_place
    from explorer.scenario import read_scene

    if not options.what.endswith(SCENE_ENDING):
        raise DataError(_("Only a scene can be packed. Make one first: citiverse scene new … [{path}]").format(
            path=options.what))  # fmt: skip
    path = _scene_path(options.output)
    place = _opened(options)
    thumbnail = read_scene(Path(options.what)).thumbnail
    save_place(place, place.scenario, path, thumbnail=thumbnail, packed=True)
    return 0


def run_bench(options: argparse.Namespace) -> int:
    """Frame times along a flight."""
    from explorer.app.bench import bench_lines, run_flight
    from explorer.render import TIERS

    tier = TIERS[options.tier] if options.tier else None
    figures = run_flight(_opened(options), n_frames=options.frames, size=options.size, tier=tier)
    if options.json:
        print_json(figures)
    else:
        print_lines(bench_lines(figures))
    return 0


def run_bench_stream(options: argparse.Namespace) -> int:
    """A camera path flown as other viewers fly it."""
    import json

    from explorer.cli.bench_stream import measure_rounds, say_record
    from explorer.store import write_atomically

    out = Path(options.json)
    _check_folder(out)
    records = measure_rounds(options)
    for record in records:
        say_record(record)
    write_atomically(out, json.dumps(records).encode())
    return 0

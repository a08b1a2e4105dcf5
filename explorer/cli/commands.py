"""What each command does: open the place, ask the room that knows, print."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli.places import check_folder, opened, references
from explorer.cli.terminal import print_json, print_lines, say, terminal_progress
from explorer.errors import DataError
from explorer.i18n import _


def _scene_path(text: str) -> Path:
    from explorer.app.finding import SCENE_ENDING

    path = Path(text)
    if path.suffix != SCENE_ENDING:
        raise DataError(_("The name of a scene file ends in {ending}. [{path}]").format(ending=SCENE_ENDING, path=path))
    check_folder(path)
    return path


def run_open(options: argparse.Namespace) -> int:
    """Open the window."""
    from explorer.app.application import run_window

    return run_window(
        options.what,
        references(options),
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


def run_info(options: argparse.Namespace) -> int:
    """What a place holds."""
    from explorer.app.facts import facts_lines, place_facts

    facts = place_facts(opened(options))
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


def run_scene_new(options: argparse.Namespace) -> int:
    """A scene over a tileset or city file."""
    from explorer.app.saving import save_place

    path = _scene_path(options.output)
    place = opened(options)
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
    place = opened(options)
    thumbnail = read_scene(Path(options.what)).thumbnail
    save_place(place, place.scenario, path, thumbnail=thumbnail, packed=True)
    return 0


def run_bench(options: argparse.Namespace) -> int:
    """Frame times along a flight."""
    from explorer.app.bench import bench_lines, run_flight
    from explorer.render import TIERS

    tier = TIERS[options.tier] if options.tier else None
    figures = run_flight(opened(options), n_frames=options.frames, size=options.size, tier=tier)
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
    check_folder(out)
    records = measure_rounds(options)
    for record in records:
        say_record(record)
    write_atomically(out, json.dumps(records).encode())
    return 0

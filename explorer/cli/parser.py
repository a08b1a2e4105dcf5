"""The command line, declared in one place."""

from __future__ import annotations

import argparse
from typing import Any

from explorer import __version__
from explorer.cli import commands, drawing, simulating, values
from explorer.cli.argparse_words import speak_our_language
from explorer.i18n import _
from explorer.settings import TIERS


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options; `options.run(options)` carries the chosen one out."""
    speak_our_language()
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help=_("show the traceback of an error"))
    common.add_argument("--offline", action="store_true", help=_("ask no server; take what is kept on this computer"))
    header_help = _("key for the server, as 'Name: value'; for another server, its address before it")
    common.add_argument("--header", action="append", default=[], metavar="HEADER", help=header_help)
    certificate_help = _("accept the server's certificate of this SHA-256 from now on; HOST=SHA256 for another server")
    common.add_argument("--accept-certificate", action="append", default=[], metavar="SHA256", help=certificate_help)
    common.add_argument("--language", metavar="CODE", help=_("language of messages: en or nl"))
    parser = argparse.ArgumentParser(
        prog="citiverse",
        description=_("Walk a digital twin of your own city, propose, simulate, and share the result as one file."),
        epilog=_("Without a command the window opens: citiverse [SCENE | TILESET | CITY FILE]."),
    )
    parser.add_argument("--version", action="version", version=f"citiverse-explorer {__version__}")
    parser.set_defaults(debug=False)
    add = parser.add_subparsers(metavar=_("command"), required=True)
    for declare in (_open, _import, _sample, _render, _info, _validate, _simulate, _scene, _bench):
        declare(add, common)
    return parser


def _open(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("open", parents=[common], help=_("open the window"))
    parser.add_argument(
        "what", nargs="?", help=_("scene, tileset (folder, tileset.json, archive or address) or city file")
    )
    _reference_options(parser)
    _at_option(parser)
    _terrain_option(parser)
    _imagery_options(parser)
    _section_option(parser)
    _style_option(parser)
    parser.add_argument("--size", type=values.size, default=(1280, 720), metavar="WxH", help=_("size of the window"))
    _tier_option(parser)
    parser.set_defaults(run=commands.run_open)


def _import(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("import", parents=[common], help=_("turn city files into 3D Tiles"))
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=_("CityJSON 1.0, 1.1, 2.0 or CityJSONSeq"))
    parser.add_argument("-o", "--output", required=True, help=_("folder to write the tileset to"))
    _reference_options(parser)
    parser.add_argument(
        "--lod", type=values.level, help=_("use this level of detail of the source only, for example 2.2")
    )
    parser.add_argument("--json", action="store_true", help=_("print the report as JSON"))
    parser.set_defaults(run=commands.run_import)


def _sample(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("sample", parents=[common], help=_("make a believable harbour town of any size"))
    parser.add_argument("-o", "--output", required=True, help=_("folder to write the tileset to"))
    parser.add_argument("--buildings", type=values.positive_int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, help=_("the same seed gives the same town, byte for byte"))
    parser.add_argument("--json", action="store_true", help=_("print the report as JSON"))
    parser.set_defaults(run=commands.run_sample)


def _render(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("render", parents=[common], help=_("draw a picture without a window"))
    parser.add_argument("what", nargs="?", help=_("scene, tileset or city file; the built-in town if left out"))
    parser.add_argument("-o", "--output", required=True, metavar="PICTURE.png")
    view_help = _("scene, bird, walker, a saved viewpoint, or EASTING,NORTHING,HEIGHT,HEADING,PITCH[,FOV]")
    parser.add_argument("--view", default="scene", help=view_help)
    parser.add_argument("--size", type=values.size, default=(1280, 720), metavar="WxH")
    parser.add_argument("--date", type=values.date, help=_("date of the sun, YYYY-MM-DD"))
    parser.add_argument("--time", type=values.clock, help=_("local time of the sun, HH:MM"))
    parser.add_argument("--variant", help=_("name of the variant to show; 'existing' for the city as it is"))
    overlay_help = _("draw a simulation over the ground: sun_hours, shadow, or the difference of sun_hours")
    parser.add_argument("--overlay", choices=("sun_hours", "shadow", "sun_hours_difference"), help=overlay_help)
    _section_option(parser)
    _style_option(parser)
    parser.add_argument(
        "--legend", action="store_true", help=_("draw into a corner what the colours of a style and of an overlay mean")
    )
    parser.add_argument("--resolution", type=float, default=2.0, help=_("cell size of the overlay in metres"))
    parser.add_argument("--error", type=values.positive, default=8.0, help=_("largest screen-space error in pixels"))
    _tier_option(parser)
    _reference_options(parser)
    _at_option(parser)
    _terrain_option(parser)
    _imagery_options(parser)
    parser.set_defaults(run=drawing.run_render)


def _info(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("info", parents=[common], help=_("say what a scene, tileset or city file holds"))
    parser.add_argument("what")
    _reference_options(parser)
    _at_option(parser)
    _terrain_option(parser)
    _imagery_options(parser)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=commands.run_info)


def _validate(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("validate", parents=[common], help=_("check a tileset or scene, and measure its errors"))
    parser.add_argument("what")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=commands.run_validate)


def _simulate(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("simulate", parents=[common], help=_("work out sun hours or shadow, to a file"))
    parser.add_argument("what", help=_("scene, tileset or city file"))
    parser.add_argument("overlay", choices=("sun_hours", "shadow"))
    parser.add_argument("-o", "--output", help=_("GeoTIFF for the ground (.tif); .csv or .geojson for points"))
    parser.add_argument("--variant", help=_("name of the variant; 'existing' for the city as it is"))
    parser.add_argument("--compare", metavar="VARIANT", help=_("difference against this variant or 'existing'"))
    parser.add_argument("--area", type=values.area, metavar="E0,N0,E1,N1", help=_("in the scene's CRS; else all"))
    parser.add_argument("--date", type=values.date, help=_("YYYY-MM-DD"))
    parser.add_argument("--time", type=values.clock, help=_("HH:MM local time, for shadow"))
    step_help = _("minutes between two positions of the sun; else as in the window")
    parser.add_argument("--step", type=float, metavar="MINUTES", help=step_help)
    parser.add_argument("--resolution", type=float, default=2.0, metavar="METRES")
    parser.add_argument("--receivers", choices=("ground", "facades"), default="ground")
    _reference_options(parser)
    _at_option(parser)
    _terrain_option(parser)
    parser.add_argument("--json", action="store_true", help=_("print the summary as JSON"))
    parser.set_defaults(run=simulating.run_simulate)


def _scene(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("scene", help=_("work with scene files"))
    actions = parser.add_subparsers(metavar=_("action"), required=True)
    new = actions.add_parser("new", parents=[common], help=_("make a scene over a tileset"))
    new.add_argument("what", help=_("tileset or city file"))
    new.add_argument("-o", "--output", required=True, metavar="SCENE.cvscene")
    _reference_options(new)
    _at_option(new)
    _terrain_option(new)
    _imagery_options(new)
    new.set_defaults(run=commands.run_scene_new)
    pack = actions.add_parser("pack", parents=[common], help=_("put the tiles into the scene: one file, offline"))
    pack.add_argument("what", metavar="SCENE.cvscene")
    pack.add_argument("-o", "--output", required=True, metavar="PACKED.cvscene")
    pack.set_defaults(run=commands.run_scene_pack)


def _bench(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("bench", help=_("measure frame times along a flight over a town"))
    kinds = parser.add_subparsers(metavar=_("action"), required=True)
    _bench_flight(kinds, common)
    _bench_stream(kinds, common)


def _bench_flight(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("flight", parents=[common], help=_("a flight of our own over a town"))
    parser.add_argument("what", nargs="?", help=_("tileset; the built-in town if left out"))
    parser.add_argument("--frames", type=values.positive_int, default=120)
    parser.add_argument("--size", type=values.size, default=(1280, 720), metavar="WxH")
    _tier_option(parser)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=commands.run_bench)


def _bench_stream(add: Any, common: argparse.ArgumentParser) -> None:
    parser = add.add_parser("stream", parents=[common], help=_("fly a camera path as other viewers do, and compare"))
    parser.add_argument("what", metavar="TILESET", help=_("tileset: folder or address"))
    parser.add_argument("--path", required=True, metavar="PATH.json", help=_("camera path: citiverse-camera-path-1"))
    parser.add_argument("--json", required=True, metavar="OUT.json", help=_("file to write the records to"))
    parser.add_argument("--stride", type=values.positive_int, default=1, metavar="N", help=_("fly every Nth frame"))
    parser.add_argument("--rounds", type=values.positive_int, default=1, metavar="N", help=_("how often to measure"))
    look_help = _(
        "bench: the smallest shader, for comparing; full: as the program looks on this machine; or in one of its tiers"
    )
    looks = ("bench", "full", "office", "standard", "presentation")
    parser.add_argument("--look", choices=looks, default="bench", help=look_help)
    parser.add_argument("--shots", metavar="FOLDER", help=_("folder for pictures of the run"))
    parser.set_defaults(run=commands.run_bench_stream)


def _section_option(parser: argparse.ArgumentParser) -> None:
    section_help = _(
        "cut the city open: plane:E,N,H,HEADING[,PITCH], plane:E,N,H,NX,NY,NZ, box:E,N,H,WIDTH,DEPTH,HEIGHT[,HEADING], "
        "polygon:FILE[,FLOOR,TOP]; “:outside” at the end keeps what is outside; “none” shows it whole"
    )
    parser.add_argument("--section", metavar="SECTION", help=section_help)


def _style_option(parser: argparse.ArgumentParser) -> None:
    style_help = _("colour, show and hide features by a style file (3D Tiles Styling); “none” shows the data's colours")
    parser.add_argument("--style", metavar="STYLE.json", help=style_help)


def _terrain_option(parser: argparse.ArgumentParser) -> None:
    terrain_help = _(
        "terrain to put under the city: layer.json (quantized-mesh, heightmap-1.0), a raster of heights such as "
        "dtm.tif#vertical=EPSG:5709, or tiles: https://…/{z}/{x}/{y}.png#encoding=terrarium&vertical=EPSG:5773"
    )
    parser.add_argument("--terrain", metavar="WHERE", help=terrain_help)


def _imagery_options(parser: argparse.ArgumentParser) -> None:
    imagery_help = _(
        "picture of the ground to drape, again for another on top: a GeoTIFF, an address with {z}, {x}, {y}, a TMS or "
        "a WMTS; what is chosen in it follows a #: #layer=…&style=…&matrix_set=…&crs=…&zoom=0-19&attribution=…"
    )
    parser.add_argument("--imagery", action="append", default=[], metavar="WHERE", help=imagery_help)
    over_help = _("what imagery is draped over: the ground, the roofs, too, or everything")
    parser.add_argument("--imagery-over", choices=("ground", "roofs", "all"), help=over_help)


def _tier_option(parser: argparse.ArgumentParser) -> None:
    tier_help = _(
        "how much the picture may cost; if left out, a window measures what the computer can, "
        "and a picture takes its time"
    )
    parser.add_argument("--tier", choices=TIERS, help=tier_help)


def _reference_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--crs", help=_("CRS of the coordinates, for example EPSG:7415 or EPSG:28992+5709"))
    parser.add_argument("--vertical", metavar="CRS", help=_("CRS of the heights, for example EPSG:5709"))
    offset_help = _("metres to add to heights to make them ellipsoidal, where no geoid model is known")
    parser.add_argument("--height-offset", type=float, metavar="METRES", help=offset_help)


def _at_option(parser: argparse.ArgumentParser) -> None:
    at_help = _(
        "place that is meant, of a tileset of the whole earth, as maps on the web give it to copy: --at 52.01,4.36; "
        "south of the equator --at=-33.92,18.42"
    )
    parser.add_argument("--at", metavar="LATITUDE,LONGITUDE", help=at_help)

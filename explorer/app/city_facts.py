"""What a city file says about itself, for the question that it leaves open: where on earth is it?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.app.places import Place
from explorer.app.plausible_crs import plausible
from explorer.errors import CrsError, ExplorerError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform, MissingVertical, load_crs, parse_crs
from explorer.i18n import _, ngettext
from explorer.tileformat import Tileset
from explorer.viewstate import CrsOption, CrsQuestion

if TYPE_CHECKING:
    from importers.cityjson.metric import MetricWay

_MOST_POINTS = 500


@dataclass(frozen=True)
class OpenQuestion:
    """A file that could be opened if somebody said where it is."""

    question: CrsQuestion
    points: NDArray[np.float64]
    """Some of its eastings and northings, (n, 2). [m]"""
    brought_to: Callable[[str], CompoundCrs] | None = None
    """For a file in degrees or feet, of which only the heights are asked: the system in metres that it will be in, with
    these heights. Raises `CrsError`."""
    terrain: str = ""
    """A terrain that waits for the answer, for it does not say what its heights are measured from."""
    is_for_place: bool = False
    """Whether a place of the earth is asked for, and no system."""


def question_of_city(path: Path, error: CrsError) -> OpenQuestion:
    """What to ask about a city file that was refused with this error. Raises `CityModelError`; slow on large files."""
    from importers.cityjson.document import read_document
    from importers.cityjson.metric import metric_way
    from importers.model import ImportReport

    document = read_document(path, ImportReport())
    kinds = [found.get("type") for part in document.parts for found in part.objects.values() if isinstance(found, dict)]
    buildings = kinds.count("Building")
    things = ngettext("{count} building", "{count} buildings", buildings).format(count=buildings)
    if not buildings:
        things = ngettext("{count} object", "{count} objects", len(kinds)).format(count=len(kinds))
    named = document.reference_system
    blocks = [part.vertices for part in document.parts]
    with suppress(CrsError):  # said below
        way = None if named is None else metric_way(named, None, blocks)
        if way is not None:
            return _question_of_heights(path.name, things, named, way, blocks)
    points = _sample(blocks)
    return OpenQuestion(_question(path.name, things, named, points, error), points)


def what_was_read(place: Place) -> str:
    """One line about a city that needed no question: how much of it there is, and in which system."""
    indexes = [layer.index for layer in place.layers if layer.index is not None]
    buildings = sum(len(index.boxes("Building")) for index in indexes)
    things = ngettext("{count} building", "{count} buildings", buildings).format(count=buildings)
    if not buildings:
        objects = sum(len(index) for index in indexes)
        things = ngettext("{count} object", "{count} objects", objects).format(count=objects)
    return _("Read: {things}, {crs}.").format(things=things, crs=place.frame.crs.name)


def question_of_tileset(name: str, tileset: Tileset, error: CrsError) -> OpenQuestion:
    """What to ask about a tileset in map coordinates that does not say which."""
    corners = np.asarray(tileset.box(0).corners(), dtype=np.float64)[:, :2]
    tiles = ngettext("{count} tile", "{count} tiles", len(tileset)).format(count=len(tileset))
    return OpenQuestion(_question(name, tiles, None, corners, error), corners)


def question_of_terrain(what: str, scene_crs: CompoundCrs) -> OpenQuestion:
    """What to ask about heights that do not say what they are measured from: those of the scene are the likeliest."""
    verticals = [scene_crs.vertical, ELLIPSOIDAL] if scene_crs.vertical != ELLIPSOIDAL else [ELLIPSOIDAL]
    options = tuple(
        CrsOption(one, _("Above the ellipsoid, as GPS measures") if one == ELLIPSOIDAL else str(load_crs(one).name))
        for one in verticals
    )
    name = what.partition("#")[0].replace("\\", "/").rpartition("/")[2]
    text = _("The terrain does not say what its heights are measured from. As in this city?")
    return OpenQuestion(CrsQuestion(name, text, options, 0), np.zeros((0, 2)), terrain=what)


def question_of_place(name: str) -> OpenQuestion:
    """What to ask about a tileset of the whole earth."""
    text = _("It is of the whole earth. Which place is meant? Maps on the web give its latitude and longitude to copy.")
    label = _("Latitude, longitude, such as 52.01, 4.36")
    return OpenQuestion(CrsQuestion(name, text, chosen=-1, label=label), np.zeros((0, 2)), is_for_place=True)


def _question_of_heights(
    name: str, things: str, named: Any, way: MetricWay, blocks: list[NDArray[np.float64]]
) -> OpenQuestion:
    """What to ask about a file in degrees or feet: its map is known, and will be brought to metres."""
    from importers.cityjson.metric import in_feet, metric_way

    def brought_to(vertical: str) -> CompoundCrs:
        found = metric_way(named, vertical, blocks)
        return parse_crs(way.target, found.vertical if found is not None else vertical)

    points = _sample([way(block) for block in blocks])
    options = []
    for option in plausible(points, way.target):
        code = parse_crs(option.crs).vertical
        for vertical in (*in_feet(code, way.metres_per_unit), code):
            short = CompoundCrs(way.source_name, vertical)
            options.append(replace(option, crs=short.identifier, title=short.name))
    heights = options[0].title.rpartition(" + ")[2] if options else ""
    text = _("{things}, {crs}, {heights}: correct?")
    sentence = text.format(things=things, crs=way.source_name, heights=heights)
    question = CrsQuestion(name, sentence, tuple(options), 0 if options else -1, typed=f"{way.source_name}+")
    return OpenQuestion(question, points, brought_to)


def _sample(vertices: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Some points of the file, without the outermost, which are often strays."""
    whole = np.concatenate([np.zeros((0, 3)), *vertices])[:, :2]
    whole = whole[np.isfinite(whole).all(axis=1)]
    some = whole[:: max(len(whole) // _MOST_POINTS, 1)]
    if len(some) >= 20:
        lo, hi = np.percentile(some, [2.0, 98.0], axis=0)
        some = some[((some >= lo) & (some <= hi)).all(axis=1)]
    return np.asarray(some, dtype=np.float64)


def _question(name: str, things: str, named: Any, points: NDArray[np.float64], error: CrsError) -> CrsQuestion:
    if named is None:
        options = plausible(points)
        if options:
            text = _("{things}. The file does not say where on earth they are; the coordinates fit these systems:")
        else:
            text = _("{things}. The file does not say where on earth they are. Which coordinate system is it?")
        return CrsQuestion(name, text.format(things=things), options, 0 if options else -1)
    try:
        crs = parse_crs(named if isinstance(named, int) else str(named))
    except MissingVertical as missing:
        options = plausible(points, missing.horizontal)
        text = _("{things}, {crs}. The file does not say what its heights are measured from:")
        if options:
            text = _("{things}, {crs}, {heights}: correct?")
        heights = options[0].title.rpartition(" + ")[2] if options else ""
        sentence = text.format(things=things, crs=missing.horizontal, heights=heights)
        return CrsQuestion(name, sentence, options, 0 if options else -1, typed=f"{missing.horizontal}+")
    except CrsError:
        return CrsQuestion(name, f"{things}. {error}", plausible(points), 0)
    why = why_not(crs, None, points)
    question = CrsQuestion(name, f"{things}. {why or error}", plausible(points), -1, typed=crs.identifier)
    question.asks_offset = needs_offset(crs)
    return question


@lru_cache(maxsize=32)
def needs_offset(crs: CompoundCrs) -> bool:
    """Whether its heights need a number, for want of a geoid on this computer."""
    try:
        MapTransform(crs)
    except CrsError:
        return True
    return False


def why_not(crs: CompoundCrs, height_offset: float | None, points: NDArray[np.float64]) -> str | None:
    """Why a file with these points cannot be in this system, in a sentence; None where it can."""
    if height_offset is None and needs_offset(crs):
        text = _(
            "This computer does not know how far the zero of {heights} lies above the ellipsoid there. "
            "Type it in metres (43.5 at Delft, for example)."
        )
        return text.format(heights=crs.name.rpartition(" + ")[2])
    try:
        transform = MapTransform(crs, height_offset=height_offset)
        return transform.explain_area(points) if not transform.area_contains(points).mean() > 0.5 else None
    except ExplorerError as error:
        return str(error)

"""Sections for pictures and the window: from the words of the command line, and as the renderer takes them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from explorer.app.places import Place, variant_surface
from explorer.errors import FetchError, ScenarioError
from explorer.geo import Camera, Cut
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.scenario import Command, PlaceSection, Section, ShowSection, new_id, section_cut
from explorer.scenario.operations import apply
from explorer.surface import Caps, SurfaceModel, section_caps

_OUTSIDE = ":outside"
_MOST_BYTES = 16 << 20
_HIGHEST_GROUND = 400.0
"""Who is so high above the lowest of the city is not looked up in its ground. [m]"""


def section_of(text: str, place: Place) -> Section:
    """A section from the command line's words; positions are on the scene's map. Raises `ScenarioError`, `FetchError`.

    plane:E,N,H,HEADING[,PITCH] looks towards a heading and leaves what is behind the plane; plane:E,N,H,NX,NY,NZ has a
    normal that points to what is cut away; box:E,N,H,WIDTH,DEPTH,HEIGHT[,HEADING] stands on H;
    polygon:FILE[,FLOOR,TOP] takes the first polygon of a GeoJSON file. “:outside” at the end leaves what is outside.
    """
    words, keep = (text.removesuffix(_OUTSIDE), "outside") if text.endswith(_OUTSIDE) else (text, "inside")
    shape, _colon, rest = words.partition(":")
    common: dict[str, Any] = {"id": new_id("section"), "shape": shape, "keep": keep}
    if shape == "polygon":
        section = _polygon(rest, place, common)
    else:
        numbers = _numbers(rest)
        if shape == "plane" and len(numbers) in (4, 5, 6):
            section = _plane(numbers, common)
        elif shape == "box" and len(numbers) in (6, 7):
            e, n, h, *size = numbers[:6]
            turn = numbers[6] if len(numbers) == 7 else 0.0
            section = Section(
                easting=e, northing=n, height=h, size=(size[0], size[1], size[2]), heading_deg=turn, **common
            )
        else:
            raise ScenarioError(_usage(text))
    section_cut(section)
    return section


def take_section(place: Place, text: str) -> None:
    """Cut a place by the section of these words; "none": show it whole."""
    section = None if text == "none" else section_of(text, place)
    command: Command = ShowSection(None) if section is None else PlaceSection(section)
    operations = tuple(command.operations(place.scenario))
    place.scenario, _back = apply(place.scenario, operations)


def _usage(text: str) -> str:
    words = _(
        "“{text}” is no section. Write plane:E,N,H,HEADING[,PITCH], plane:E,N,H,NX,NY,NZ, "
        "box:E,N,H,WIDTH,DEPTH,HEIGHT[,HEADING] or polygon:FILE[,FLOOR,TOP]; “:outside” at the end keeps what is "
        "outside."
    )
    return words.format(text=text)


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    if not all(map(math.isfinite, numbers)):
        raise ScenarioError(_("The section holds a number that is not finite."))
    return numbers


def _plane(numbers: list[float], common: dict[str, Any]) -> Section:
    e, n, h, *way = numbers
    heading, pitch = way[0], way[1] if len(way) == 2 else 0.0
    if len(way) == 3:
        length = math.sqrt(sum(value * value for value in way))
        if not 1e-9 < length < math.inf:
            raise ScenarioError(_("The section's plane has no direction: its normal is zero."))
        x, y, z = (-value / length for value in way)
        heading, pitch = math.degrees(math.atan2(x, y)) % 360.0, math.degrees(math.asin(max(-1.0, min(1.0, z))))
    return Section(easting=e, northing=n, height=h, heading_deg=heading, pitch_deg=pitch, **common)


def _polygon(rest: str, place: Place, common: dict[str, Any]) -> Section:
    name, floor, top = rest, None, None
    parts = rest.rsplit(",", 2)
    if len(parts) == 3 and len(heights := _numbers(",".join(parts[1:]))) == 2:
        name, (floor, top) = parts[0], heights
    ring = _ring_of(Path(name), place)
    return Section(ring=ring, floor=floor, top=top, **common)


def _ring_of(path: Path, place: Place) -> tuple[tuple[float, float], ...]:
    """The outer ring of the first polygon of a GeoJSON file, on the scene's map.

    GeoJSON is in longitude and latitude (RFC 7946); coordinates that cannot be such are taken as the map's own.
    """
    try:
        data = path.read_bytes()[: _MOST_BYTES + 1]
    except OSError as error:
        raise FetchError(
            _("The section's polygon cannot be read: {why} [{path}]").format(why=error.strerror or error, path=path)
        ) from error
    try:
        plain = json.loads(data) if len(data) <= _MOST_BYTES else None
        coordinates = _first_polygon(plain)
        corners = np.array([[float(one[0]), float(one[1])] for one in coordinates[0]])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        text = _("There is no polygon in this file: a GeoJSON Polygon is expected. [{path}]")
        raise ScenarioError(text.format(path=path)) from error
    if len(corners) and np.isfinite(corners).all() and (np.abs(corners) <= (180.0, 90.0)).all():
        corners = place.frame.transform.from_lonlat(corners)
    return tuple((float(x), float(y)) for x, y in corners)


def _first_polygon(plain: Any) -> Any:
    if plain["type"] == "FeatureCollection":
        return next(_first_polygon(one) for one in plain["features"] if _is_area(one))
    if plain["type"] == "Feature":
        return _first_polygon(plain["geometry"])
    if plain["type"] == "MultiPolygon":
        return plain["coordinates"][0]
    if plain["type"] != "Polygon":
        raise ValueError(plain["type"])
    return plain["coordinates"]


def _is_area(feature: Any) -> bool:
    return isinstance(feature.get("geometry"), dict) and feature["geometry"].get("type") in ("Polygon", "MultiPolygon")


def cut_of(place: Place, section: Section) -> Cut:
    """A section in the world of a place."""
    return section_cut(section, place.frame.origin)


def caps_of(
    place: Place,
    cut: Cut,
    variant_id: str | None,
    progress: Progress | None = None,
    *,
    base: SurfaceModel | None = None,
) -> Caps:
    """The faces that a section shows of visible layers in a variant. Reads all data there: not on the main thread."""
    whole = base or place.surface()
    shown = {layer.id for layer in place.scenario.layers if layer.is_visible}
    pairs = zip(place.layers, whole.sources, strict=True)
    seen = SurfaceModel(place.frame, (), sources=[source for one, source in pairs if one.layer.id in shown])
    surface = variant_surface(seen, place.frame, place.scenario, variant_id)
    proposed = frozenset(proposal.id for proposal in place.scenario.proposals(variant_id))
    return section_caps(surface, cut, proposed, progress)


def is_below_ground(place: Place, camera: Camera) -> bool:
    """Whether a camera stands below the city's ground, as far as that is known there."""
    lo, _hi = place.city_bounds()
    if camera.position[2] > lo[2] + _HIGHEST_GROUND:
        return False
    ground = place.surface().known_ground(*camera.position[:2])
    return camera.position[2] < (ground if math.isfinite(ground) else float(lo[2]))

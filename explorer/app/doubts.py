"""What a scene says about its place, held against the place: its time zone, and where its layers lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.errors import SimulationError
from explorer.geo import CompoundCrs, OrientedBox, WorldFrame, fit_world_from, time_zone_at
from explorer.i18n import _
from explorer.scenario import Scenario
from explorer.sims.times import load_zone

FAR_M = 300_000.0
"""A city farther than this from its scene's origin is somewhere else: map projections bend there, and nobody looks."""
_WHOLE_COUNTRY_M = 100_000.0


def with_known_time_zone(scenario: Scenario, frame: WorldFrame, warnings: list[str]) -> Scenario:
    """The scenario with a time zone that this machine knows: its own, or that of its place, which is then said.

    Raises `CrsError` where the scene's origin is no place on the Earth.
    """
    scene, (lon, lat) = scenario.scene, frame.lonlat
    try:
        load_zone(scene.time_zone)
        return scenario
    except SimulationError:
        found = time_zone_at(lon, lat)
    text = _("The scene's time zone “{name}” is not known on this computer; that of its place is taken: {found}.")
    warnings.append(text.format(name=scene.time_zone[:60], found=found))
    records = {**scenario.records, scene.id: replace(scene, time_zone=found)}
    return scenario.with_records(records, scenario.clock)


def with_known_variant(scenario: Scenario, warnings: list[str]) -> Scenario:
    """The scenario with an active variant that is there; where it names none of its own, the first, which is said."""
    scene, known = scenario.scene, scenario.variants
    if scene.active_variant is None or scene.active_variant in {variant.id for variant in known}:
        return scenario
    text = _("The scene's active variant “{name}” is not in it; {other} is shown.")
    other = f"“{known[0].name or known[0].id}”" if known else _("the city as it is")
    warnings.append(text.format(name=scene.active_variant[:60], other=other))
    records = {**scenario.records, scene.id: replace(scene, active_variant=known[0].id if known else None)}
    return scenario.with_records(records, scenario.clock)


def doubt_about_place(name: str, box: OrientedBox, source_crs: CompoundCrs | None, frame: WorldFrame) -> str | None:
    """A sentence where a layer lies far from the scene that shows it.

    `box` holds its root tile in the layer's own coordinates. Raises `CrsError` where it lies nowhere on the map.
    """
    if source_crs is None:
        if float(np.abs(box.half_axes).sum()) > _WHOLE_COUNTRY_M:
            return None  # the scene is somewhere in it
        middle = frame.to_world(frame.transform.from_ecef(box.centre[None]))[0]
    else:
        middle = fit_world_from(frame, source_crs, box)(box.centre[None])[0]
    distance = float(np.linalg.norm(middle[:2]))
    if distance <= FAR_M:
        return None
    text = _("The layer “{name}” lies {km:.0f} km from the middle of the scene. Is {crs} the right CRS?")
    return text.format(name=name, km=distance / 1000.0, crs=frame.crs.identifier)

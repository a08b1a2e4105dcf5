"""Sections of a scene: from their record to what is cut, and what people do with them.

A scene keeps any number of them, as it keeps viewpoints; one is active, for the whole scene and not for each variant:
variants are compared through the same cut, or the comparison would show the cuts and not the proposals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from explorer.errors import ScenarioError
from explorer.geo import Cut, box_cut, plane_cut, prism_cut
from explorer.i18n import _
from explorer.scenario.operations import Insert, Operation, Remove, SetField, differences
from explorer.scenario.records import SCENE_ID, Section
from explorer.scenario.scenario import Scenario

MOST_COORDINATE = 1e9


def section_cut(section: Section, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Cut:
    """What a section leaves, in the world whose zero is at `origin` of the map.

    Raises `ScenarioError` for one that cuts nothing sensible: no direction, no extent, a polygon that crosses itself.
    """
    x, y, z = origin
    keeps_inside = section.keep == "inside"
    if section.keep not in ("inside", "outside"):
        raise ScenarioError(_("A section keeps what is “inside” or “outside”, not “{word}”.").format(word=section.keep))
    at = np.array([section.easting - x, section.northing - y, section.height - z])
    if not (np.abs(at) < MOST_COORDINATE).all():
        raise ScenarioError(_("The section lies beyond all maps."))
    if section.shape == "plane":
        heading, pitch = np.radians((section.heading_deg, section.pitch_deg))
        look = np.array([np.sin(heading) * np.cos(pitch), np.cos(heading) * np.cos(pitch), np.sin(pitch)])
        return plane_cut(at, -look if keeps_inside else look)
    if section.shape == "box":
        middle = at + np.array([0.0, 0.0, section.size[2] / 2.0])
        return box_cut(middle, section.size, section.heading_deg, keeps_inside=keeps_inside)
    if section.shape == "polygon":
        low = None if section.floor is None else section.floor - z
        high = None if section.top is None else section.top - z
        ring = np.array(section.ring, dtype=np.float64).reshape(-1, 2) - (x, y)
        return prism_cut(ring, low, high, keeps_inside=keeps_inside)
    raise ScenarioError(_("There is no section of the shape “{shape}”.").format(shape=section.shape))


@dataclass(frozen=True, slots=True)
class PlaceSection:
    """Put a section into the scene and make it the active one."""

    section: Section

    @property
    def label(self) -> str:
        return _("place section")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        section_cut(self.section)
        yield Insert(self.section)
        if scenario.scene.active_section != self.section.id:
            yield SetField(SCENE_ID, "active_section", self.section.id)


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """Set where a section cuts, checked together."""

    section_id: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return _("change section")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = scenario.record(self.section_id)
        if not isinstance(known, Section):
            raise ScenarioError(_("“{id}” is no section.").format(id=self.section_id))
        try:
            section_cut(replace(known, **self.values))
        except TypeError as error:
            raise ScenarioError(_("A section has no such value: {why}").format(why=error)) from error
        yield from differences(known, self.values)


@dataclass(frozen=True, slots=True)
class ShowSection:
    """Cut by this section; None: show the city whole."""

    section_id: str | None

    @property
    def label(self) -> str:
        return _("show section") if self.section_id is not None else _("hide section")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        if self.section_id is not None:
            scenario.record(self.section_id)
        if scenario.scene.active_section != self.section_id:
            yield SetField(SCENE_ID, "active_section", self.section_id)


@dataclass(frozen=True, slots=True)
class DeleteSection:
    """Take a section away."""

    section_id: str

    @property
    def label(self) -> str:
        return _("delete section")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.record(self.section_id)
        if scenario.scene.active_section == self.section_id:
            yield SetField(SCENE_ID, "active_section", None)
        yield Remove(self.section_id)

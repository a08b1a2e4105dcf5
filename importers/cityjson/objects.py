"""The city objects of a CityJSON document: hierarchy, attributes, and the geometries of a level of detail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from explorer.i18n import _
from explorer.jobs import Progress
from importers.cityjson.document import Document, Part
from importers.cityjson.geometry import GeometryCollector, instance_vertices, level_of, own_vertices
from importers.cityjson.semantics import class_of_object
from importers.model import ImportReport


class FoundObject(NamedTuple):
    """A city object without its geometry."""

    id: str
    kind: str
    parent: str | None
    attributes: dict[str, Any]


class CityObjects:
    """The city objects of a document on their way to features."""

    def __init__(self, document: Document, report: ImportReport, lod: float | None) -> None:
        """`lod`: the only level of detail that is taken; None: all."""
        self.document = document
        self.report = report
        self.lod = lod
        self.collector = GeometryCollector(report)
        self.found: list[FoundObject] = []
        """In the order of the file; the collector's owners are its rows."""
        self.ids: set[str] = set()
        self.levels: set[float] = set()
        """Levels of detail that the file has."""
        self._templates: dict[int, tuple[dict[str, Any], Any]] = {}

    def collect(self, progress: Progress) -> None:
        """Go through all objects and hand their geometries over."""
        parts = self.document.parts
        parent_of = _parents(parts)
        for number, part in enumerate(parts):
            progress.check()
            self.collector.begin_vertices(part.vertices)
            for done, (identifier, found) in enumerate(part.objects.items()):
                self._object(part, identifier, found, parent_of)
                if done % 512 == 511:
                    progress.report(0.2 + 0.4 * (number + done / len(part.objects)) / len(parts))
            if number % 512 == 511:
                progress.report(0.2 + 0.4 * number / len(parts))

    def _object(self, part: Part, identifier: str, found: Any, parent_of: Mapping[str, str]) -> None:
        if not isinstance(found, dict) or not isinstance(found.get("type"), str):
            self.report.count_skipped(_("city object without a type"), "?")
            self.report.warn_of_object(_("{id}: this city object has no type and was left out.").format(id=identifier))
            return
        kind: str = found["type"]
        if identifier in self.ids:
            self.report.count_skipped(_("the same id a second time"), kind)
            self.report.warn_of_object(_("{id}: this id comes twice; the first one is kept.").format(id=identifier))
            return
        self.ids.add(identifier)
        self.report.read[kind] += 1
        attributes = _attributes(found)
        self.found.append(FoundObject(identifier, kind, parent_of.get(identifier), attributes))
        owner = self.collector.add_owner(identifier, kind)
        geometries = found.get("geometry")
        if not geometries:
            return
        default_class = class_of_object(kind, attributes)
        for geometry in geometries if isinstance(geometries, list) else [geometries]:
            if not isinstance(geometry, dict):
                self.report.count_skipped(_("unknown type of geometry"), kind)
                continue
            self._geometry(part, owner, kind, geometry, default_class)

    def _geometry(self, part: Part, owner: int, kind: str, geometry: dict[str, Any], default_class: int) -> None:
        if geometry.get("type") == "GeometryInstance":
            placed = self._instance(part, kind, geometry)
            if placed is None:
                return
            geometry, vertices = placed
            if self._wanted(geometry, kind):
                self.collector.begin_vertices(vertices)
                self.collector.add(owner, geometry, default_class)
                self.collector.begin_vertices(part.vertices)
        elif self._wanted(geometry, kind):
            self.collector.add(owner, geometry, default_class)

    def _wanted(self, geometry: Mapping[str, Any], kind: str) -> bool:
        level = level_of(geometry.get("lod"))
        self.levels.add(level)
        if self.lod is None or level == self.lod:
            return True
        self.report.count_skipped(_("geometry of another level of detail"), kind)
        return False

    def _instance(self, part: Part, kind: str, geometry: Mapping[str, Any]) -> tuple[dict[str, Any], Any] | None:
        """The template's geometry and its vertices put in place."""
        try:
            number, row = geometry["template"], geometry["boundaries"][0]
            if type(row) is not int or type(number) is not int or row < 0 or number < 0:  # true is no number
                raise IndexError(row)
            if number not in self._templates:
                found = self.document.templates[number]
                self._templates[number] = own_vertices(found, self.document.template_vertices)
            template, vertices = self._templates[number]
            identity = np.eye(4).ravel()
            matrix = geometry.get("transformationMatrix", identity)
            unit = self.document.metres_per_template_unit
            return template, instance_vertices(vertices, matrix, part.vertices[row], unit)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError):
            self.report.count_skipped(_("instance of a template that is not there, or cannot be placed"), kind)
            return None


def _parents(parts: list[Part]) -> dict[str, str]:
    """Object -> the object that it is a part of, from either side's word; groups own nobody."""
    groups: set[str] = set()
    result: dict[str, str] = {}
    for part in parts:
        for identifier, found in part.objects.items():
            if isinstance(found, dict) and found.get("type") == "CityObjectGroup":
                groups.add(identifier)
    for part in parts:
        for identifier, found in part.objects.items():
            if not isinstance(found, dict):
                continue
            named = found.get("parents")
            for parent in named if isinstance(named, list) else ():
                if isinstance(parent, str) and parent not in groups and parent != identifier:
                    result.setdefault(identifier, parent)
            children = found.get("children")
            if identifier not in groups and isinstance(children, list):
                for child in children:
                    if isinstance(child, str) and child != identifier:
                        result.setdefault(child, identifier)
    return result


_STRUCTURE = frozenset({"type", "geometry", "attributes", "parents", "children", "geographicalExtent"})
_OF_GROUPS = _STRUCTURE - {"children"}
"""Who is in a group is said nowhere else: a thing may be in several."""


def _attributes(found: Mapping[str, Any]) -> dict[str, Any]:
    """All that an object says about itself; what is nested becomes JSON text."""
    result: dict[str, Any] = {}
    own = found.get("attributes")
    if isinstance(own, Mapping):
        for name, value in own.items():
            result[name] = _plain(value)
    structure = _OF_GROUPS if found.get("type") == "CityObjectGroup" else _STRUCTURE
    for name, value in found.items():  # "address", extensions' "+…"
        if name not in structure and name not in result:
            result[name] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return value

"""From a CityJSON file to a city model: objects, hierarchy, attributes, chosen levels of detail, and the CRS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import CityModelError, CrsError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, parse_crs
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.jobs import Progress
from importers.cityjson.document import Document, Part, read_document
from importers.cityjson.geometry import GeometryCollector, instance_vertices, level_of, own_vertices
from importers.cityjson.metric import to_metres
from importers.cityjson.semantics import class_of_object
from importers.model import CityFeature, CityModel, ImportReport, LodMesh
from importers.placement import check_area


def read_cityjson(
    path: str | Path,
    *,
    crs: str | None = None,
    vertical: str | None = None,
    lod: str | float | None = None,
    height_offset: float | None = None,
    progress: Progress | None = None,
) -> CityModel:
    """Read a CityJSON 1.0, 1.1 or 2.0 file, or a CityJSONSeq.

    Parameters
    ----------
    crs, vertical
        Replace what the file says: "EPSG:7415", or a horizontal CRS with a vertical one.
    lod
        Use this level of detail of the source only; None keeps all of them.
    height_offset
        Ellipsoidal height of zero where no geoid is at hand or no vertical CRS is known. [m]

    Raises
    ------
    CityModelError
        The file is no CityJSON of a supported version, is damaged, or has nothing at this level of detail.
    CrsError
        The CRS is missing, unknown, lacks a vertical part, or does not fit the coordinates.
    """
    path = Path(path)
    progress = progress or Progress()
    report = ImportReport(sources=[path.name])
    with collector_at_rest():
        document = read_document(path, report)
        progress.report(0.2, _("Reading {name}").format(name=path.name))
        crs, vertical = to_metres(document, crs, vertical, report)
        # who types how far zero lies from the ellipsoid has said what heights are measured from
        measured_from = vertical or (None if height_offset is None else ELLIPSOIDAL)
        model_crs = _find_crs(document, crs, measured_from)
        objects = _Objects(document, report, None if lod is None else level_of(lod))
        objects.collect(progress)
        features = objects.features()
    progress.report(0.9)
    features = check_area(features, model_crs, height_offset, path, report)
    title = document.metadata.get("title") or document.metadata.get("datasetTitle")
    if isinstance(document.metadata.get("title"), str):
        name = document.metadata["title"]
    else:
        name = title if isinstance(title, str) else path.name.split(".")[0]
    return CityModel(model_crs, features, name, _attribution(document.metadata), report=report)


def _find_crs(document: Document, crs: str | None, vertical: str | None) -> CompoundCrs:
    named = crs if crs is not None else document.reference_system
    if named is None:
        raise CrsError(
            _(
                "The file does not say which coordinate reference system it is in. "
                "Say it with --crs, for example --crs EPSG:7415 for Dutch RD with NAP heights. [{path}]"
            ).format(path=document.path)
        )
    try:
        return parse_crs(named if isinstance(named, int) else str(named), vertical)
    except CrsError as error:
        error.args = (f"{error} [{document.path}]",)
        raise


def _attribution(metadata: Mapping[str, Any]) -> str:
    contact = metadata.get("pointOfContact") or metadata.get("datasetPointOfContact")
    name = contact.get("contactName") if isinstance(contact, Mapping) else None
    return name if isinstance(name, str) else ""


class _Objects:
    """The city objects of a document on their way to features."""

    def __init__(self, document: Document, report: ImportReport, lod: float | None) -> None:
        self.document = document
        self.report = report
        self.lod = lod
        self.collector = GeometryCollector(report)
        self.found: list[tuple[str, str, str | None, dict[str, Any]]] = []
        self.ids: set[str] = set()
        self.levels: set[float] = set()
        self.templates: dict[int, tuple[dict[str, Any], Any]] = {}

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
        self.found.append((identifier, kind, parent_of.get(identifier), attributes))
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
            if number not in self.templates:
                found = self.document.templates[number]
                self.templates[number] = own_vertices(found, self.document.template_vertices)
            template, vertices = self.templates[number]
            identity = np.eye(4).ravel()
            matrix = geometry.get("transformationMatrix", identity)
            unit = self.document.metres_per_template_unit
            return template, instance_vertices(vertices, matrix, part.vertices[row], unit)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError):
            self.report.count_skipped(_("instance of a template that is not there, or cannot be placed"), kind)
            return None

    def features(self) -> list[CityFeature]:
        """One feature per object, in the order of the file."""
        meshes = self.collector.meshes()
        if self.lod is not None and not meshes and self.levels:
            raise CityModelError(
                _("Nothing has level of detail {lod:g}; the file has {levels}. [{path}]").format(
                    lod=self.lod,
                    levels=", ".join(f"{level:g}" for level in sorted(self.levels)),
                    path=self.document.path,
                )
            )
        finest_part = self._finest_parts(meshes)
        parents_with_solids = {parent for parent, level in finest_part.items() if level >= 1.0}
        shells = {self.found[row][0] for row, some in meshes.items() if some and some[-1].lod >= 1.0}
        parent_of = {identifier: parent for identifier, _kind, parent, _attributes in self.found}
        result = []
        for row, (identifier, kind, parent, attributes) in enumerate(self.found):
            own = meshes.get(row, [])
            if self.lod is None:
                own = self._without_outlines(own, kind, identifier in parents_with_solids)
                if own and kind in _WHOLES and own[-1].lod < finest_part.get(identifier, 0.0):
                    self.report.count_skipped(_("coarser geometry of a whole whose parts are there"), kind, len(own))
                    own = []
                elif own and kind in _DIVISIONS and _has_ancestor(identifier, parent_of, shells):
                    self.report.count_skipped(_("division of a building that has walls and a roof itself"), kind)
                    own = []
            if parent is not None and parent not in self.ids:
                self.report.warn_of_object(
                    _("{id}: its parent {parent} is not in the file.").format(id=identifier, parent=parent)
                )
            result.append(CityFeature(identifier, kind, parent, attributes, tuple(own)))
        return result

    def _finest_parts(self, meshes: Mapping[int, list[LodMesh]]) -> dict[str, float]:
        """Whole -> the finest level of detail of its parts."""
        result: dict[str, float] = {}
        for row, (_id, kind, parent, _attributes) in enumerate(self.found):
            if parent is not None and meshes.get(row) and kind.endswith(("Part", "Building")):
                result[parent] = max(result.get(parent, 0.0), meshes[row][-1].lod)
        return result

    def _without_outlines(self, meshes: list[LodMesh], kind: str, has_solid_parts: bool) -> list[LodMesh]:
        """A building's level 0 is its outline on the ground: left out where the building itself is there."""
        if "Building" not in kind or not meshes or not (has_solid_parts or meshes[-1].lod >= 1.0):
            return meshes
        kept = [mesh for mesh in meshes if mesh.lod >= 1.0]
        if len(kept) < len(meshes):
            self.report.count_skipped(
                _("outline (level 0) of a building that has solids"), kind, len(meshes) - len(kept)
            )
        return kept


_WHOLES = frozenset({"Building", "Bridge", "Tunnel"})
_DIVISIONS = frozenset({"BuildingStorey", "BuildingUnit"})
"""Storeys and flats: their outsides are the building's own walls, and would be drawn into them."""


def _has_ancestor(identifier: str, parent_of: Mapping[str, str | None], wanted: set[str]) -> bool:
    at, hops = parent_of.get(identifier), 0
    while at is not None and hops < 16:
        if at in wanted:
            return True
        at, hops = parent_of.get(at), hops + 1
    return False


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

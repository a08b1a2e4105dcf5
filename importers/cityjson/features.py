"""Which geometry of each city object is shown, where the file has it twice: coarse and fine, whole and in parts."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.errors import CityModelError
from explorer.i18n import _
from importers.cityjson.objects import CityObjects
from importers.model import CityFeature, ImportReport, LodMesh

_WHOLES = frozenset({"Building", "Bridge", "Tunnel"})
_DIVISIONS = frozenset({"BuildingStorey", "BuildingUnit"})
"""Storeys and flats: their outsides are the building's own walls, and would be drawn into them."""


def features_of(objects: CityObjects) -> list[CityFeature]:
    """One feature per object, in the order of the file; of what is there twice, coarse and fine, the fine."""
    meshes = objects.collector.meshes()
    _check_level(objects, meshes)
    finest_part = _finest_parts(objects, meshes)
    shells = {objects.found[row].id for row, some in meshes.items() if some and some[-1].lod >= 1.0}
    parent_of = {found.id: found.parent for found in objects.found}
    result = []
    for row, found in enumerate(objects.found):
        own = meshes.get(row, [])
        if objects.lod is None:
            is_inside = found.kind in _DIVISIONS and _has_ancestor(found.id, parent_of, shells)
            own = _shown(objects.report, found.kind, own, finest_part.get(found.id, 0.0), is_inside)
        if found.parent is not None and found.parent not in objects.ids:
            objects.report.warn_of_object(
                _("{id}: its parent {parent} is not in the file.").format(id=found.id, parent=found.parent)
            )
        result.append(CityFeature(found.id, found.kind, found.parent, found.attributes, tuple(own)))
    return result


def _check_level(objects: CityObjects, meshes: Mapping[int, list[LodMesh]]) -> None:
    if objects.lod is not None and not meshes and objects.levels:
        raise CityModelError(
            _("Nothing has level of detail {lod:g}; the file has {levels}. [{path}]").format(
                lod=objects.lod,
                levels=", ".join(f"{level:g}" for level in sorted(objects.levels)),
                path=objects.document.path,
            )
        )


def _shown(report: ImportReport, kind: str, own: list[LodMesh], finest_part: float, is_inside: bool) -> list[LodMesh]:
    """Of an object's own meshes those to be shown, beside its parts and inside the shell of another or not."""
    own = _without_outlines(report, own, kind, finest_part >= 1.0)
    if own and kind in _WHOLES and own[-1].lod < finest_part:
        report.count_skipped(_("coarser geometry of a whole whose parts are there"), kind, len(own))
        return []
    if own and is_inside:
        report.count_skipped(_("division of a building that has walls and a roof itself"), kind)
        return []
    return own


def _finest_parts(objects: CityObjects, meshes: Mapping[int, list[LodMesh]]) -> dict[str, float]:
    """Whole -> the finest level of detail of its parts."""
    result: dict[str, float] = {}
    for row, (_id, kind, parent, _attributes) in enumerate(objects.found):
        if parent is not None and meshes.get(row) and kind.endswith(("Part", "Building")):
            result[parent] = max(result.get(parent, 0.0), meshes[row][-1].lod)
    return result


def _without_outlines(report: ImportReport, meshes: list[LodMesh], kind: str, has_solid_parts: bool) -> list[LodMesh]:
    """A building's level 0 is its outline on the ground: left out where the building itself is there."""
    if "Building" not in kind or not meshes or not (has_solid_parts or meshes[-1].lod >= 1.0):
        return meshes
    kept = [mesh for mesh in meshes if mesh.lod >= 1.0]
    if len(kept) < len(meshes):
        report.count_skipped(_("outline (level 0) of a building that has solids"), kind, len(meshes) - len(kept))
    return kept


def _has_ancestor(identifier: str, parent_of: Mapping[str, str | None], wanted: set[str]) -> bool:
    at, hops = parent_of.get(identifier), 0
    while at is not None and hops < 16:
        if at in wanted:
            return True
        at, hops = parent_of.get(at), hops + 1
    return False

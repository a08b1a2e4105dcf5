"""From a CityJSON file to a city model with a name, an attribution and a CRS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.errors import CrsError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, parse_crs
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.jobs import Progress
from importers.cityjson.document import Document, read_document
from importers.cityjson.features import features_of
from importers.cityjson.geometry import level_of
from importers.cityjson.metric import to_metres
from importers.cityjson.objects import CityObjects
from importers.model import CityModel, ImportReport
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
        objects = CityObjects(document, report, None if lod is None else level_of(lod))
        objects.collect(progress)
        features = features_of(objects)
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

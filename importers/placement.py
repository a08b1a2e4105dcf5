"""Does the city lie where its coordinate reference system says?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.errors import CrsError
from explorer.geo import CompoundCrs, MapTransform
from explorer.i18n import _
from importers.model import CityFeature, ImportReport


def check_area(
    features: list[CityFeature], crs: CompoundCrs, height_offset: float | None, path: Path, report: ImportReport
) -> list[CityFeature]:
    """The features, less the few that lie outside the CRS's area.

    Raises `CrsError` when most of them do: then the CRS is wrong, or the axes are swapped, and it says which.
    """
    rows = [row for row, feature in enumerate(features) if feature.meshes]
    if not rows:
        return features
    centres = np.array(
        [
            0.5 * (feature.meshes[-1].positions[:, :2].min(axis=0) + feature.meshes[-1].positions[:, :2].max(axis=0))
            for feature in (features[row] for row in rows)
        ]
    )
    transform = MapTransform(crs, height_offset=height_offset)
    inside = transform.area_contains(centres)
    if inside.all():
        return features
    if inside.sum() * 2 <= len(rows):
        reason = transform.explain_area(centres[~inside])
        raise CrsError(f"{reason} [{path}]")
    gone = {rows[at] for at in np.flatnonzero(~inside).tolist()}
    for at in np.flatnonzero(~inside).tolist():
        feature = features[rows[at]]
        report.count_skipped(_("outside the area of the coordinate reference system"), feature.kind)
        report.warn(
            _("{id}: easting {e:.1f}, northing {n:.1f} is outside the area of {crs}; it was left out.").format(
                id=feature.id, e=centres[at, 0], n=centres[at, 1], crs=crs.identifier
            )
        )
    return [feature for row, feature in enumerate(features) if row not in gone]

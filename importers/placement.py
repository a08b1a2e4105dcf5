"""Does the city lie where its coordinate reference system says?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo import CompoundCrs, MapTransform
from explorer.i18n import _
from importers.model import CityFeature, ImportReport

MARGIN_DEG = (2.0, 1.0)
"""Longitude and latitude by which whole states are surveyed past the edge of one zone: Passau in UTM 32. [degrees]"""


HEIGHTS_M = (-20_000.0, 100_000.0)
"""Nothing that is built lies deeper than the deepest sea, or higher than the air. [m]"""


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
    features, rows, centres = _without_endless_heights(features, rows, centres, path, report)
    transform = MapTransform(crs, height_offset=height_offset)
    inside = transform.area_contains(centres)
    if inside.all():
        return features
    beside = ~inside & _is_beside(transform, centres)
    if beside.any():
        report.warn(
            _(
                "{count} features lie beside the area that {crs} is made for; they are placed by it all the same."
            ).format(count=int(beside.sum()), crs=crs.identifier)
        )
        inside |= beside
    if inside.sum() * 2 <= len(rows):
        reason = transform.explain_area(centres[~inside])
        raise CrsError(f"{reason} [{path}]")
    gone = {rows[at] for at in np.flatnonzero(~inside).tolist()}
    for at in np.flatnonzero(~inside).tolist():
        feature = features[rows[at]]
        report.count_skipped(_("outside the area of the coordinate reference system"), feature.kind)
        report.warn_of_object(
            _("{id}: easting {e:.1f}, northing {n:.1f} is outside the area of {crs}; it was left out.").format(
                id=feature.id, e=centres[at, 0], n=centres[at, 1], crs=crs.identifier
            )
        )
    return [feature for row, feature in enumerate(features) if row not in gone]


def _without_endless_heights(
    features: list[CityFeature], rows: list[int], centres: NDArray[np.float64], path: Path, report: ImportReport
) -> tuple[list[CityFeature], list[int], NDArray[np.float64]]:
    """The features less those that no tileset could hold beside the others, and what belongs to them."""
    spans = np.array(
        [(mesh[:, 2].min(), mesh[:, 2].max()) for mesh in (features[row].meshes[-1].positions for row in rows)]
    )
    on_earth = (spans[:, 0] >= HEIGHTS_M[0]) & (spans[:, 1] <= HEIGHTS_M[1])
    if on_earth.all():
        return features, rows, centres
    gone = [rows[at] for at in np.flatnonzero(~on_earth).tolist()]
    if len(gone) * 2 >= len(rows):
        text = _("Heights such as {height:.0f} m are no place on Earth. Are they in another unit? [{path}]")
        raise CrsError(text.format(height=spans[~on_earth][0][np.abs(spans[~on_earth][0]).argmax()], path=path))
    for row in gone:
        report.count_skipped(_("at a height that is no place on Earth"), features[row].kind)
        text = _("{id}: it lies at a height that is no place on Earth; it was left out.")
        report.warn_of_object(text.format(id=features[row].id))
    kept = [feature for row, feature in enumerate(features) if row not in set(gone)]
    return kept, [row for row, feature in enumerate(kept) if feature.meshes], centres[on_earth]


def _is_beside(transform: MapTransform, centres: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the points (n, 2) are a little outside the CRS's area, and would not be inside with axes swapped."""
    area = transform.area_of_use
    if area is None:
        return np.zeros(len(centres), bool)
    west, south, east, north = area
    lonlat = transform.heights.to_geodetic(np.column_stack([centres, np.zeros(len(centres))]))[:, :2]
    off = lonlat - np.array([(west + east) / 2.0, (south + north) / 2.0])
    off[:, 0] = (off[:, 0] + (180.0 if west > east else 0.0) + 180.0) % 360.0 - 180.0
    reach = np.array([(east - west) % 360.0, north - south]) / 2.0 + MARGIN_DEG
    near = np.isfinite(off).all(axis=1) & (np.abs(off) <= reach).all(axis=1)
    found: NDArray[np.bool_] = near & ~transform.area_contains(centres[:, ::-1])
    return found

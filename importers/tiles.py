"""From chosen meshes to a tile: its frame on the globe, its content, its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import MapTransform, OrientedBox, PolynomialFit, enu_matrix, fit_ecef_from_map, geodetic_from_ecef
from explorer.tileformat import NO_FEATURE, FeatureTable, Mesh, TileContent
from importers.blocks import Blocks
from importers.choice import DROPPED, Choice
from importers.levels import Levels
from importers.model import CityFeature
from importers.shells import closed_groups

_REGION = 4096.0
"""Edge of the squares that share one fit of the way to ECEF: 0.05 mm exact at this size. [m]"""


class Georeference:
    """The way from the map to ECEF, fitted once for each square of the map."""

    def __init__(self, transform: MapTransform, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> None:
        self.transform = transform
        self.lo, self.hi = lo, hi
        self._fits: dict[tuple[int, int], PolynomialFit] = {}

    def fit(self, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> PolynomialFit:
        """A fit that holds between two corners (3,) of the map."""
        if (hi - lo)[:2].max() > _REGION:
            return fit_ecef_from_map(self.transform, lo, hi)
        cell = np.floor(((lo + hi) / 2.0 - self.lo)[:2] / _REGION).astype(int)
        key = (int(cell[0]), int(cell[1]))
        if key not in self._fits:
            low = np.append(self.lo[:2] + cell * _REGION - _REGION / 2, self.lo[2] - 10.0)
            high = np.append(self.lo[:2] + (cell + 1) * _REGION + _REGION / 2, self.hi[2] + 10.0)
            low[:2] = np.maximum(low[:2], self.lo[:2] - 10.0)
            high[:2] = np.minimum(high[:2], self.hi[:2] + 10.0)
            self._fits[key] = fit_ecef_from_map(self.transform, low, high)
        return self._fits[key]


@dataclass(slots=True)
class BuiltTile:
    """A tile's content and where it is."""

    content: TileContent
    matrix: NDArray[np.float64]
    """(4, 4) tile's frame to ECEF."""
    box: OrientedBox
    """In the tile's frame."""


def build_tile(
    levels: Levels,
    choice: Choice,
    features: Sequence[CityFeature],
    more_rows: Sequence[CityFeature],
    georeference: Georeference,
    *,
    with_attributes: bool,
    blocks: Blocks | None = None,
) -> BuiltTile | None:
    """The content that a choice asks for; None when nothing is drawn. Blocks have no feature of their own.

    `features` are those that `choice.rows` number; `more_rows` are features without a mesh that get a row each.
    """
    drawn = choice.candidate != DROPPED
    rows, candidate = choice.rows[drawn], choice.candidate[drawn]
    if not len(rows) and not len(choice.blocks):
        return None
    positions, normals, surface, index, triangles = _gather(levels, rows, candidate, blocks, choice.blocks)
    lo, hi = positions.min(axis=0), positions.max(axis=0)
    fit = georeference.fit(lo, hi)
    middle = (lo + hi) / 2.0
    ecef = fit(np.vstack([middle, middle + np.eye(3)]))
    lon, lat, height = geodetic_from_ecef(ecef[:1])[0]
    matrix = enu_matrix(float(lon), float(lat), float(height))
    rotation, at = matrix[:3, :3], matrix[:3, 3]
    local = (fit(positions) - at) @ rotation
    turn, _scale, back = np.linalg.svd((ecef[1:] - ecef[0]) @ rotation)
    axes = turn @ back  # rows: where east, north and up of the map point to in the tile's frame
    whole = Mesh(
        positions=local,
        triangles=triangles.astype(np.uint32),
        normals=(normals @ axes).astype(np.float32),
        surface_class=surface,
        feature_index=index.astype(np.uint32),
    )
    table = _table([features[row] for row in rows.tolist()] + list(more_rows), with_attributes)
    return BuiltTile(TileContent(_parted(whole, len(rows)), table), matrix, _box(local))


def _parted(mesh: Mesh, n_features: int) -> tuple[Mesh, ...]:
    """Closed shells, and the rest; what has no feature (blocks) is one group."""
    assert mesh.feature_index is not None
    group = np.where(mesh.feature_index == NO_FEATURE, n_features, mesh.feature_index).astype(np.int64)
    triangles = mesh.triangles.astype(np.int64)
    closed = closed_groups(mesh.positions, triangles, group[triangles[:, 0]], n_features + 1)[group]
    parts = ((True, _only(mesh, closed)), (False, _only(mesh, ~closed)))
    return tuple(replace(part, is_closed=is_closed) for is_closed, part in parts if len(part.triangles))


def _only(mesh: Mesh, kept: NDArray[np.bool_]) -> Mesh:
    """Some of the vertices, and the triangles between them."""
    assert mesh.normals is not None and mesh.surface_class is not None and mesh.feature_index is not None
    row = np.cumsum(kept) - 1
    return Mesh(
        positions=mesh.positions[kept],
        triangles=row[mesh.triangles[kept[mesh.triangles[:, 0]]]].astype(np.uint32),
        normals=mesh.normals[kept],
        surface_class=mesh.surface_class[kept],
        feature_index=mesh.feature_index[kept],
    )


def _gather(
    levels: Levels,
    rows: NDArray[np.int64],
    candidate: NDArray[np.int64],
    blocks: Blocks | None,
    block_rows: NDArray[np.int64],
) -> tuple[NDArray[Any], ...]:
    parts = []
    shift = 0
    for number in np.unique(candidate).tolist():
        which = np.flatnonzero(candidate == number)
        shaded = levels.candidates[number]
        mesh = shaded.mesh.take(rows[which])
        vertices = _rows_of(shaded.mesh.vertex_start, rows[which])
        index = np.repeat(which, mesh.vertex_counts)
        parts.append(
            (mesh.positions, shaded.normals[vertices], shaded.surface[vertices], index, mesh.triangles + shift)
        )
        shift += len(mesh.positions)
    if blocks is not None and len(block_rows):
        shaded = blocks.shaded
        mesh = shaded.mesh.take(block_rows)
        vertices = _rows_of(shaded.mesh.vertex_start, block_rows)
        index = np.full(len(mesh.positions), NO_FEATURE)
        parts.append(
            (mesh.positions, shaded.normals[vertices], shaded.surface[vertices], index, mesh.triangles + shift)
        )
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _rows_of(start: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    from importers.batch import ranges

    return ranges(start, rows)[0]


def _box(points: NDArray[np.float64]) -> OrientedBox:
    """Around the points as float32 will hold them, never flat."""
    lo = points.min(axis=0) - 1e-3
    hi = points.max(axis=0) + 1e-3
    return OrientedBox.from_bounds(lo, hi)


def _table(features: Sequence[CityFeature], with_attributes: bool) -> FeatureTable:
    columns: dict[str, list[Any]] = {
        "kind": [feature.kind for feature in features],
        "parent": [feature.parent for feature in features],
    }
    if with_attributes:
        names: dict[str, str] = {}
        for feature in features:
            for name in feature.attributes:
                names.setdefault(name, column_name(name))
        for name, column in names.items():
            columns[column] = [feature.attributes.get(name) for feature in features]
    if not any(feature.parent for feature in features):
        del columns["parent"]
    return FeatureTable(tuple(feature.id for feature in features), columns)


def column_name(attribute: str) -> str:
    """The column of a source's attribute: its own name, unless that is one of ours."""
    bare = attribute
    while bare.startswith("source_"):  # "source_kind" moves on as well, or it would meet "kind"
        bare = bare.removeprefix("source_")
    return f"source_{attribute}" if bare in ("kind", "parent", "gml_id") else attribute

"""Many triangles with what they are and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.navigation.ground_classes import IS_GROUND, IS_LAND
from explorer.streaming.vegetation import as_model_trees, with_plain_colours
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Instances, Mesh, TileContent
from explorer.tileformat.instancing import rows_of, spelled_out, world_transforms
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]
Area = tuple[float, float, float, float]
"""West, south, east, north in the world. [m]"""


UPRIGHT = 0.2
"""A triangle whose unit normal rises less than this is a wall when the data does not say (within 12° of upright)."""
MAX_INSTANCED = 10_000_000
"""Triangles of one tile's instances, all places together."""
PARENT_COLUMNS = ("parent", "citiverse_parent", "parent_id")


@dataclass(frozen=True, eq=False)
class TriangleSoup:
    """m triangles of the surface. Arrays are shared: do not write into them."""

    positions: FloatArray
    """(m, 3, 3) corners, world minus `origin`. [m]"""
    surface_class: NDArray[np.uint8]
    """(m,) of `SurfaceClass`."""
    feature_index: NDArray[np.int32]
    """(m,) row of `features`, -1 for none."""
    features: tuple[str, ...]
    """Feature ids that occur."""
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def world(self) -> FloatArray:
        """(m, 3, 3) corners in the world. [m]"""
        return np.asarray(self.positions + np.asarray(self.origin))

    @property
    def feature_ids(self) -> list[str | None]:
        """The feature id of every triangle, None for none."""
        return [self.features[i] if i >= 0 else None for i in self.feature_index.tolist()]

    @property
    def is_ground(self) -> NDArray[np.bool_]:
        """(m,) which triangles are open ground."""
        return IS_GROUND[self.surface_class]

    @property
    def is_land(self) -> NDArray[np.bool_]:
        """(m,) which triangles are ground that fills the places between buildings."""
        return IS_LAND[self.surface_class]

    @property
    def normals(self) -> FloatArray:
        """(m, 3) unit normals, outwards where the data is wound so."""
        p = self.positions
        normals = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        result: FloatArray = normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-30)[:, None]
        return result

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest world coordinates; raises `ValueError` when empty."""
        world = self.positions.reshape(-1, 3)
        return world.min(axis=0) + self.origin, world.max(axis=0) + self.origin

    def taken(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> TriangleSoup:
        """Some of the triangles."""
        return TriangleSoup(
            self.positions[keep], self.surface_class[keep], self.feature_index[keep], self.features, self.origin
        )

    def over(self, area: Area) -> TriangleSoup:
        """The triangles whose rectangle, seen from above, overlaps an area."""
        lo, hi = self.positions[:, :, :2].min(axis=1), self.positions[:, :, :2].max(axis=1)
        west, south, east, north = area
        x, y = self.origin[:2]
        keep = (lo[:, 0] + x <= east) & (hi[:, 0] + x >= west) & (lo[:, 1] + y <= north) & (hi[:, 1] + y >= south)
        return self if bool(keep.all()) else self.taken(keep)

    def without(self, hidden: Collection[str]) -> TriangleSoup:
        """The triangles that belong to none of these features."""
        rows = self._rows(hidden)
        return self.taken(~np.isin(self.feature_index, rows)) if rows else self

    def within(self, wanted: Collection[str]) -> TriangleSoup:
        """The triangles that belong to one of these features."""
        return self.taken(np.isin(self.feature_index, self._rows(wanted)))

    def _rows(self, features: Collection[str]) -> list[int]:
        return [row for row, feature in enumerate(self.features) if feature in features]

    def moved_to(self, origin: tuple[float, float, float]) -> TriangleSoup:
        """The same triangles relative to another origin."""
        if origin == self.origin:
            return self
        shift = np.asarray(self.origin) - np.asarray(origin)
        return TriangleSoup(self.positions + shift, self.surface_class, self.feature_index, self.features, origin)


def widened(area: Area, margin: float) -> Area:
    """An area with a margin on each side. [m]"""
    return area[0] - margin, area[1] - margin, area[2] + margin, area[3] + margin


def empty_soup(origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> TriangleSoup:
    """No triangles."""
    return TriangleSoup(np.zeros((0, 3, 3)), np.zeros(0, np.uint8), np.zeros(0, np.int32), (), origin)


def joined(soups: Sequence[TriangleSoup], origin: tuple[float, float, float]) -> TriangleSoup:
    """One soup of several, in their order, relative to `origin`."""
    if not soups:
        return empty_soup(origin)
    rows: dict[str, int] = {}
    indices = []
    for soup in soups:
        lookup = np.array([rows.setdefault(f, len(rows)) for f in soup.features] + [-1], np.int32)
        indices.append(lookup[soup.feature_index])
    return TriangleSoup(
        np.concatenate([soup.moved_to(origin).positions for soup in soups]),
        np.concatenate([soup.surface_class for soup in soups]),
        np.concatenate(indices),
        tuple(rows),
        origin,
    )


def soup_from_meshes(meshes: Iterable[Mesh], features: FeatureTable, place: Placement | None = None) -> TriangleSoup:
    """The triangles of decoded meshes, brought to the world by `place` (n, 3) -> (n, 3).

    A triangle without area or with a coordinate that is not finite is left out. Where the data does not say what a
    surface is, its slope does: wall, roof, or floor.
    """
    soups = [_soup_from_mesh(mesh, features, place) for mesh in meshes if len(mesh.triangles)]
    return joined(soups, (0.0, 0.0, 0.0))


def soup_from_instances(content: TileContent, place: Placement) -> TriangleSoup:
    """The triangles of what stands in many places, all spelled out: trees where they are told to be, else furniture.

    Raises ContentError where they are more than can be held.
    """
    meshes: list[Mesh] = []
    n = 0
    for group in content.instances:
        world = place.transforms(group)
        for mesh in as_model_trees(tuple(with_plain_colours(mesh) for mesh in group.meshes)):
            n += len(mesh.triangles) * len(group)
            if n > MAX_INSTANCED:
                raise ContentError(_("Its instances have more than {n} triangles in all.").format(n=MAX_INSTANCED))
            if mesh.surface_class is None:
                mesh = replace(mesh, surface_class=np.full(len(mesh.positions), SurfaceClass.FURNITURE, np.uint8))
            meshes.append(spelled_out(mesh, world, rows_of(group)))
    return soup_from_meshes(meshes, content.features)


class Placement:
    """A way from a tile's frame to the world, as a 4x4 matrix to the root frame and a map from there."""

    def __init__(self, matrix: FloatArray, fit: object) -> None:
        self._matrix = np.asarray(matrix, dtype=np.float64)
        self._fit = fit

    def __call__(self, points: FloatArray) -> FloatArray:
        """World coordinates of points (n, 3) of the tile."""
        root = points @ self._matrix[:3, :3].T + self._matrix[:3, 3]
        assert callable(self._fit)
        return np.asarray(self._fit(root), dtype=np.float64)

    def transforms(self, instances: Instances) -> FloatArray:
        """(n, 4, 4) from the instances' template to the world."""
        fit = self._fit
        assert callable(fit)
        return world_transforms(instances, self._matrix, lambda points: np.asarray(fit(points), np.float64))


def _soup_from_mesh(mesh: Mesh, features: FeatureTable, place: Placement | None) -> TriangleSoup:
    corners = np.asarray(mesh.triangles, dtype=np.int64)
    points = np.asarray(mesh.positions, dtype=np.float64)
    positions = (points if place is None else place(points))[corners]
    normals = np.cross(positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0])
    length = np.linalg.norm(normals, axis=1)
    rise = normals[:, 2] / np.maximum(length, 1e-30)
    # all corners of a triangle agree in our own tiles; in foreign ones the first corner decides
    first = corners[:, 0]
    said = np.zeros(len(corners), np.uint8) if mesh.surface_class is None else mesh.surface_class[first]
    faces_down = np.where(rise < -UPRIGHT, SurfaceClass.FLOOR, SurfaceClass.WALL)
    guessed = np.where(rise > UPRIGHT, SurfaceClass.ROOF, faces_down)
    surface_class = np.where(said == SurfaceClass.UNKNOWN, guessed, said).astype(np.uint8)
    index = np.full(len(corners), -1, np.int32)
    if mesh.feature_index is not None and len(features):
        of_triangle = mesh.feature_index[first]
        known = (of_triangle != NO_FEATURE) & (of_triangle < len(features))
        index[known] = of_triangle[known]
    keep = np.isfinite(length) & (length > 1e-12)
    return TriangleSoup(positions[keep], surface_class[keep], index[keep], features.ids)


def hidden_with_parts(features: FeatureTable, hidden: frozenset[str]) -> frozenset[str]:
    """The hidden features and, in this table, the parts of those: hiding a building hides its parts."""
    more: set[str] = set()
    for column in PARENT_COLUMNS:
        for feature, parent in zip(features.ids, features.columns.get(column, ()), strict=False):
            if parent in hidden:
                more.add(feature)
    return hidden | more

"""What a section shows where it cuts: filled faces of solids, the earth below the ground, and the lines around them.

Worked out from the whole data (`SurfaceModel`), never from what is drawn, so it is the same from every camera, and open
solids cannot bleed. It costs time once for each section, not in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.geo import Cut, CutFace
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.massing.triangulate import triangulated
from explorer.surface.earth import earth_below, sheet_below
from explorer.surface.model import SurfaceModel
from explorer.surface.slicing import filled, slice_triangles
from explorer.surface.triangles import TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]


class CapKind(IntEnum):
    """What is cut."""

    BUILDING = 0
    PROPOSED = 1
    EARTH = 2
    WATER = 3
    VEGETATION = 4


@dataclass(frozen=True, eq=False)
class Caps:
    """The faces of a cut. n corners, m triangles, k pieces of lines."""

    positions: FloatArray
    """(n, 3) world. [m]"""
    on_face: FloatArray
    """(n, 2) the same along the face's right and up, for hatches. [m]"""
    kind: NDArray[np.uint8]
    """(n,) of `CapKind`."""
    triangles: NDArray[np.uint32]
    """(m, 3)"""
    lines: FloatArray
    """(k, 2, 3) ends of the cut's lines in the world. [m]"""
    line_kind: NDArray[np.uint8]
    """(k,) of `CapKind`."""
    areas: dict[CapKind, float]
    """What is cut of each kind. [m²]"""


def section_caps(
    model: SurfaceModel, cut: Cut, proposed: frozenset[str] = frozenset(), progress: Progress | None = None
) -> Caps:
    """The faces of a section through a city; `proposed`: ids of features that are proposals."""
    made = _Made()
    faces = cut.faces()
    for count, face in enumerate(faces):
        if progress is not None:
            progress.report(count / len(faces), _("Cutting the city"))
        _cut_face(made, model.meeting(face, progress), face, proposed)
    return made.caps()


class _Made:
    """Areas and lines on their way to arrays."""

    def __init__(self) -> None:
        self._corners: list[FloatArray] = []
        self._on_face: list[FloatArray] = []
        self._kinds: list[int] = []
        self._lines: list[FloatArray] = []
        self._line_kinds: list[int] = []
        self._areas: dict[CapKind, float] = {}

    def add(self, area: Any, face: CutFace, kind: CapKind) -> None:
        """Fill an area of a face."""
        for polygon in shapely.get_parts(area):
            if polygon.geom_type != "Polygon" or polygon.area < 1e-4:
                continue
            flat = triangulated(polygon).reshape(-1, 2)
            self._on_face.append(flat)
            self._corners.append(face.to_world(flat))
            self._kinds.append(int(kind))
            self._areas[kind] = self._areas.get(kind, 0.0) + float(polygon.area)

    def add_lines(self, lines: Any, face: CutFace, kind: CapKind) -> None:
        """Draw lines on a face."""
        for line in shapely.get_parts(lines):
            if line.geom_type in ("LineString", "LinearRing") and line.length > 0.0:
                at = face.to_world(np.asarray(line.coords))
                self._lines.append(np.stack([at[:-1], at[1:]], axis=1))
                self._line_kinds.append(int(kind))

    def caps(self) -> Caps:
        n = sum(map(len, self._corners))
        return Caps(
            positions=np.concatenate(self._corners) if n else np.zeros((0, 3)),
            on_face=np.concatenate(self._on_face) if n else np.zeros((0, 2)),
            kind=np.repeat(np.array(self._kinds, np.uint8), [len(some) for some in self._corners]),
            triangles=np.arange(n, dtype=np.uint32).reshape(-1, 3),
            lines=np.concatenate(self._lines) if self._lines else np.zeros((0, 2, 3)),
            line_kind=np.repeat(np.array(self._line_kinds, np.uint8), [len(some) for some in self._lines]),
            areas=self._areas,
        )


def _cut_face(made: _Made, soup: TriangleSoup, face: CutFace, proposed: frozenset[str]) -> None:
    if not len(soup):
        return
    outline = None if face.outline is None else shapely.Polygon(face.outline)
    corners = face.to_face(soup.world)
    segments, rows = slice_triangles(corners)
    is_ground = _is_ground(soup)
    solids = _solids(made, segments, rows, soup, is_ground, face, outline, proposed)
    _cut_ground(made, segments, rows, soup, is_ground, corners, face, outline, solids)


def _is_ground(soup: TriangleSoup) -> NDArray[np.bool_]:
    """Open ground, and surveyed surfaces that belong to nobody and do not say what they are."""
    nobodys = (soup.surface_class == SurfaceClass.UNKNOWN) & (soup.feature_index < 0)
    is_bridge = soup.surface_class == SurfaceClass.BRIDGE  # a solid over the ground, not the ground
    return np.asarray((soup.is_ground & ~is_bridge) | nobodys)


def _clipped(area: Any, outline: Any) -> Any:
    return area if outline is None else shapely.intersection(area, outline)


def _solids(
    made: _Made,
    segments: FloatArray,
    rows: NDArray[np.intp],
    soup: TriangleSoup,
    is_ground: NDArray[np.bool_],
    face: CutFace,
    outline: Any,
    proposed: frozenset[str],
) -> list[Any]:
    """Fill what stands on the ground, feature by feature; returns the areas of buildings."""
    keep = ~is_ground[rows]
    segments, rows = segments[keep], rows[keep]
    is_green = np.isin(soup.surface_class[rows], (SurfaceClass.TREE, SurfaceClass.TRUNK))
    # the same feature may have a crown and a trunk: they are one kind, and cut as one
    group = soup.feature_index[rows].astype(np.int64) * 2 + is_green
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0]) if len(order) else order
    found = []
    for some in np.split(order, starts[1:]) if len(order) else []:
        if not _overlaps(segments[some], outline):
            continue
        feature = int(group[some[0]] // 2)
        kind = CapKind.VEGETATION if group[some[0]] % 2 else CapKind.BUILDING
        if feature >= 0 and soup.features[feature] in proposed:
            kind = CapKind.PROPOSED
        area = _clipped(filled(segments[some]), outline)
        made.add(area, face, kind)
        made.add_lines(shapely.boundary(shapely.union_all(_polygons(area))), face, kind)
        if area.is_empty:
            made.add_lines(_clipped(shapely.union_all(shapely.linestrings(segments[some])), outline), face, kind)
        elif kind != CapKind.VEGETATION:
            found.append(area)
    return found


def _overlaps(segments: FloatArray, outline: Any) -> bool:
    """Whether what these are around may reach into an outline."""
    if outline is None:
        return True
    u0, v0, u1, v1 = outline.bounds
    lo, hi = segments.reshape(-1, 2).min(axis=0), segments.reshape(-1, 2).max(axis=0)
    return bool(lo[0] <= u1 and hi[0] >= u0 and lo[1] <= v1 and hi[1] >= v0)


def _polygons(area: Any) -> list[Any]:
    return [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]


def _near(corners: FloatArray, outline: Any) -> FloatArray:
    """Those triangles that lie over an outline's rectangle."""
    if outline is None:
        return corners
    lo, hi = np.array(outline.bounds[:2]), np.array(outline.bounds[2:])
    at = corners[:, :, :2]
    return np.asarray(corners[((at.min(axis=1) <= hi) & (at.max(axis=1) >= lo)).all(axis=1)])


def _beside(segments: FloatArray, outline: Any) -> NDArray[np.bool_]:
    """Which segments lie above, in or below an outline."""
    if outline is None:
        return np.ones(len(segments), bool)
    u0, _v0, u1, _v1 = outline.bounds
    u = segments[:, :, 0]
    return np.asarray((u.min(axis=1) <= u1) & (u.max(axis=1) >= u0))


def _cut_ground(
    made: _Made,
    segments: FloatArray,
    rows: NDArray[np.intp],
    soup: TriangleSoup,
    is_ground: NDArray[np.bool_],
    corners: FloatArray,
    face: CutFace,
    outline: Any,
    solids: Sequence[Any],
) -> None:
    """Earth and water below the ground's line; on a flat face, where the ground is above it."""
    buildings = shapely.union_all(list(solids)) if solids else shapely.Polygon()
    if face.is_flat:
        earth = _clipped(sheet_below(_near(corners[is_ground], outline), float(np.sign(face.normal[2]))), outline)
        made.add(shapely.difference(earth, buildings), face, CapKind.EARTH)
        made.add_lines(shapely.boundary(shapely.union_all(_polygons(earth))), face, CapKind.EARTH)
        return
    keep = is_ground[rows] & _beside(segments, outline)
    on_water = soup.surface_class[rows[keep]] == SurfaceClass.WATER
    earth, water = earth_below(segments[keep], on_water, buildings, outline)
    for area, kind in ((earth, CapKind.EARTH), (water, CapKind.WATER)):
        made.add(_clipped(area, outline), face, kind)
    for some, kind in ((segments[keep][~on_water], CapKind.EARTH), (segments[keep][on_water], CapKind.WATER)):
        if len(some):
            made.add_lines(_clipped(shapely.union_all(shapely.linestrings(some)), outline), face, kind)

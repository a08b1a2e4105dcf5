"""CityJSON geometries of a whole file, collected flat and turned into meshes in one go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from importers.cityjson.document import without_endless
from importers.cityjson.semantics import BY_NORMAL, GROUND_KINDS, class_by_normal, class_of_surface
from importers.model import ImportReport, LodMesh
from importers.triangulation import Faces, Triangulation, triangulate

_DEPTH = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1}
"""How many lists lie around the list of surfaces."""
_POINTS_AND_LINES = ("MultiPoint", "MultiLineString")

_SEVERAL_SOLIDS = ("MultiSolid", "CompositeSolid")


@dataclass(slots=True)
class _Piece:
    """One geometry of one object, as a run of faces."""

    owner: int
    lod: float
    is_solid: bool
    first: int
    end: int


class GeometryCollector:
    """Takes geometries one by one, gives meshes for all of them at the end."""

    def __init__(self, report: ImportReport) -> None:
        self._report = report
        self._faces = Faces()
        self._classes: list[int] = []
        self._pieces: list[_Piece] = []
        self._blocks: dict[int, NDArray[np.float64]] = {}
        self._runs: list[tuple[int, int]] = []
        self._names: list[tuple[str, str]] = []

    def begin_vertices(self, vertices: NDArray[np.float64]) -> None:
        """What follows refers to rows of `vertices` (n, 3). The same array may come again and is kept once."""
        self._blocks[id(vertices)] = vertices
        self._runs.append((id(vertices), len(self._faces.corners)))

    def add_owner(self, identifier: str, kind: str) -> int:
        """A city object that geometries can be given to; returns its number."""
        self._names.append((identifier, kind))
        return len(self._names) - 1

    def add(self, owner: int, geometry: Mapping[str, Any], default_class: int) -> None:
        """One geometry that has surfaces; anything else is counted as skipped."""
        identifier, kind = self._names[owner]
        if geometry.get("material"):
            self._report.count_skipped(_("materials, which are not taken over"), kind)
        if geometry.get("texture"):
            self._report.count_skipped(_("photographs on surfaces, which are not taken over"), kind)
        said = _said_of_surfaces(geometry.get("semantics"))
        if said:
            self._report.count_skipped(_("what is said of single surfaces besides their type"), kind, said)
        name = geometry.get("type")
        if name in _SEVERAL_SOLIDS and isinstance(geometry.get("boundaries"), list):
            for one in _solids_of(geometry):  # each by itself: one of them may be inside out
                self.add(owner, one, default_class)
            return
        depth = _DEPTH.get(name) if isinstance(name, str) else None
        if depth is None:
            reason = (
                _("points and lines have no surface") if name in _POINTS_AND_LINES else _("unknown type of geometry")
            )
            self._report.count_skipped(f"{reason} ({name})", kind)
            return
        first = len(self._faces)
        broken = 0
        for surface, semantic in _surfaces(geometry, depth):
            if not (isinstance(surface, list) and surface and all(type(ring) is list for ring in surface)):
                broken += 1
                continue
            self._faces.add(surface)
            self._classes.append(default_class if semantic is None else semantic)
        if broken:
            self._report.count_skipped(_("surface that is not a list of rings"), kind, broken)
            self._report.warn_of_object(
                _("{id}: {count} surfaces are not lists of rings and were left out.").format(
                    id=identifier, count=broken
                )
            )
        if len(self._faces) > first:
            solid = depth > 0
            self._pieces.append(_Piece(owner, level_of(geometry.get("lod")), solid, first, len(self._faces)))

    def meshes(self) -> dict[int, list[LodMesh]]:
        """Owner -> its meshes from coarse to fine, those of one level joined."""
        vertices = self._flatten()
        done = triangulate(vertices, self._faces)
        self._report_problems(done)
        return self._assemble(done)

    def _flatten(self) -> NDArray[np.float64]:
        """All blocks of vertices as one, with the faces' corners renumbered; wrong numbers become -1."""
        corners = self._faces.corners
        try:
            numbers = np.array(corners)
        except (ValueError, OverflowError):
            numbers = np.array([], object)
        if numbers.dtype.kind not in "iu" or len(numbers) != len(corners):
            numbers = np.array([c if type(c) is int and -1 <= c < 2**62 else -1 for c in corners], np.int64)
        counts = np.diff([*(first for _block, first in self._runs), len(corners)])
        row_of = {block: row for row, block in enumerate(self._blocks)}
        used = np.array([row_of[block] for block, _first in self._runs], np.int64)
        sizes = np.array([len(block) for block in self._blocks.values()], np.int64)
        offsets = np.cumsum(sizes) - sizes
        size, offset = np.repeat(sizes[used], counts), np.repeat(offsets[used], counts)
        good = (numbers >= 0) & (numbers < size)
        self._faces.corners = np.where(good, numbers + offset, -1)  # type: ignore[assignment]
        return np.concatenate(list(self._blocks.values())) if self._blocks else np.zeros((0, 3))

    def _report_problems(self, done: Triangulation) -> None:
        """Count what was left out; one sentence for each feature and kind of trouble."""
        ends = np.array([piece.end for piece in self._pieces])
        counts: dict[tuple[int, str], int] = {}
        for face, reason, left_out in done.problems:
            piece = self._pieces[int(np.searchsorted(ends, face, "right"))]
            counts[piece.owner, reason] = counts.get((piece.owner, reason), 0) + 1
            if left_out:
                self._report.count_skipped(_("surface: {reason}").format(reason=reason), self._names[piece.owner][1])
        for (owner, reason), count in counts.items():
            self._report.warn_of_object(
                _("{id}: {reason} ({count} surfaces).").format(id=self._names[owner][0], reason=reason, count=count)
            )

    def _assemble(self, done: Triangulation) -> dict[int, list[LodMesh]]:
        surface, normals = self._classify(done)
        first = np.array([piece.first for piece in self._pieces], np.int64)
        end = np.array([piece.end for piece in self._pieces], np.int64)
        v0, v1 = np.searchsorted(done.face_of_vertex, first), np.searchsorted(done.face_of_vertex, end)
        t0, t1 = np.searchsorted(done.face_of_triangle, first), np.searchsorted(done.face_of_triangle, end)
        result: dict[int, list[LodMesh]] = {}
        for row, piece in enumerate(self._pieces):
            if t1[row] == t0[row]:
                continue
            positions = done.positions[v0[row] : v1[row]]
            triangles = done.triangles[t0[row] : t1[row]] - np.int32(v0[row])
            if piece.is_solid and _is_inside_out(positions, triangles):
                triangles = triangles[:, ::-1]
                self._report.notes["solids_turned_outwards"] = self._report.notes.get("solids_turned_outwards", 0) + 1
            elif not piece.is_solid and self._names[piece.owner][1] in GROUND_KINDS:
                turn = normals[t0[row] : t1[row], 2] < -0.01
                if turn.any():
                    triangles = np.where(turn[:, None], triangles[:, ::-1], triangles)
            mesh = LodMesh(piece.lod, positions, np.ascontiguousarray(triangles), surface[t0[row] : t1[row]])
            _join(result.setdefault(piece.owner, []), mesh)
        for meshes in result.values():
            meshes.sort(key=lambda mesh: mesh.lod)
        return result

    def _classify(self, done: Triangulation) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Class (m,) and unit normal (m, 3) of each triangle."""
        a, b, c = (done.positions[done.triangles[:, corner]] for corner in range(3))
        normals = np.cross(b - a, c - a)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
        classes = np.array(self._classes, np.uint8)[done.face_of_triangle]
        by_normal = classes == BY_NORMAL
        if by_normal.any():
            classes[by_normal] = class_by_normal(normals[by_normal])
        return classes, normals


def _join(meshes: list[LodMesh], mesh: LodMesh) -> None:
    for row, other in enumerate(meshes):
        if other.lod == mesh.lod:
            n = np.int32(len(other.positions))
            meshes[row] = LodMesh(
                mesh.lod,
                np.concatenate([other.positions, mesh.positions]),
                np.concatenate([other.triangles, mesh.triangles + n]),
                np.concatenate([other.surface, mesh.surface]),
            )
            return
    meshes.append(mesh)


def _is_inside_out(positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> bool:
    """Whether a closed solid's faces look inwards: its signed volume is clearly negative."""
    local = positions - positions[0]
    a, b, c = local[triangles[:, 0]], local[triangles[:, 1]], local[triangles[:, 2]]
    volume = float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6.0
    if volume >= 0.0:
        return False
    # A solid is closed when its area vectors cancel; an open one has no inside to speak of.
    area = np.cross(b - a, c - a)
    return bool(np.linalg.norm(area.sum(axis=0)) < 0.02 * np.abs(area).sum())


def _solids_of(geometry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The solids of a MultiSolid or CompositeSolid, each with its part of the semantics."""
    semantics = geometry.get("semantics")
    values = semantics.get("values") if isinstance(semantics, Mapping) else None
    for row, boundaries in enumerate(geometry["boundaries"]):
        own = values[row] if isinstance(values, list) and row < len(values) else None
        told = {**semantics, "values": own} if isinstance(semantics, Mapping) else None
        yield {"type": "Solid", "lod": geometry.get("lod"), "boundaries": boundaries, "semantics": told}


def _surfaces(geometry: Mapping[str, Any], depth: int) -> Iterator[tuple[Any, int | None]]:
    """Each surface with the class that its semantics give it (None: none)."""
    semantics = geometry.get("semantics")
    values: Any = None
    table: list[int | None] = []
    if isinstance(semantics, Mapping):
        found = semantics.get("surfaces")
        table = [class_of_surface(surface) for surface in found] if isinstance(found, list) else []
        values = semantics.get("values") if table else None
    yield from _walk(geometry.get("boundaries"), values, table, depth)


def _said_of_surfaces(semantics: Any) -> int:
    """How many semantic surfaces have attributes of their own, such as the slope of a roof."""
    found = semantics.get("surfaces") if isinstance(semantics, Mapping) else None
    if not isinstance(found, list):
        return 0
    return sum(isinstance(surface, Mapping) and not _STRUCTURE.issuperset(surface) for surface in found)


_STRUCTURE = frozenset({"type", "parent", "children"})


def _walk(boundaries: Any, values: Any, table: list[int | None], depth: int) -> Iterator[tuple[Any, int | None]]:
    """Boundaries and semantic values are nested alike; a null anywhere in the values stands for all below it."""
    if not isinstance(boundaries, list):
        return
    nested = values if isinstance(values, list) else ()
    n_values = len(nested)
    if depth:
        for row, inner in enumerate(boundaries):
            yield from _walk(inner, nested[row] if row < n_values else None, table, depth - 1)
        return
    n_classes = len(table)
    for row, surface in enumerate(boundaries):
        value = nested[row] if row < n_values else None
        yield surface, table[value] if type(value) is int and 0 <= value < n_classes else None


def level_of(lod: Any) -> float:
    """A level of detail as a number, from 2, 2.2, "2.2" or "LOD2"; 1 where nothing sensible is said."""
    if isinstance(lod, bool) or lod is None:
        return 1.0
    if isinstance(lod, float) or (isinstance(lod, int) and abs(lod) < 1000):
        return float(lod)
    match = re.search(r"\d{1,3}(\.\d+)?", str(lod)[:100])
    return float(match.group()) if match else 1.0


def own_vertices(
    template: Mapping[str, Any], vertices: NDArray[np.float64]
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """A template that refers to the rows that it uses, and those rows (k, 3): the others need not be put in place."""
    rows: dict[int, int] = {}

    def renumbered(found: Any) -> Any:
        if isinstance(found, list):
            return [renumbered(one) for one in found]
        if type(found) is int and 0 <= found < len(vertices):
            return rows.setdefault(found, len(rows))
        return -1

    boundaries = renumbered(template.get("boundaries"))
    return {**template, "boundaries": boundaries}, vertices[np.array(list(rows), np.int64)]


def instance_vertices(
    template_vertices: NDArray[np.float64], matrix: Any, reference: NDArray[np.float64], metres_per_unit: float = 1.0
) -> NDArray[np.float64]:
    """Vertices of a geometry template put in place (n, 3). Raises ValueError for a matrix that is not 4×4.

    CityJSON: the 16 numbers are row by row and multiply column vectors; the reference point is added afterwards.
    """
    transform = np.asarray(matrix, np.float64).reshape(4, 4)
    with np.errstate(over="ignore", invalid="ignore"):
        moved: NDArray[np.float64] = template_vertices @ transform[:3, :3].T + transform[:3, 3]
        return without_endless(moved * metres_per_unit + reference)

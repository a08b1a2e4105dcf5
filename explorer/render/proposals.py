"""Proposed buildings: real shading under one signal colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.geometry import (
    geom_node,
    indexed_geom,
    line_format,
    pack_lines,
    pack_vertices,
    tile_format,
    vertex_data,
)
from explorer.render.palette import linear
from explorer.render.passes import PICK_MASK, SHADOW_MASK
from explorer.render.picking import FIRST_PROPOSAL, MAX_ID
from explorer.render.tile_shaders import TileShaders
from explorer.tileformat import NO_FEATURE, Mesh

SIGNAL = "ef7f62"
SELECTED = "3a7de0"
_CREASE_COSINE = 0.94
"""Faces that meet at more than 20 degrees get a line."""


@dataclass(frozen=True)
class ProposalLook:
    """A proposal as it is drawn."""

    id: str
    mesh: Mesh
    """Positions in the world, float64. [m]"""
    is_selected: bool = False
    is_preview: bool = False
    """Being dragged or drawn: paler."""
    storeys: NDArray[np.float64] | None = None
    """Lines between storeys in the world, (k, 2, 3): they tell how large a plain block is. [m]"""


@dataclass
class _Arrays:
    positions: NDArray[np.float32]
    normals: NDArray[np.int8]
    colours: NDArray[np.uint8]
    surface_class: NDArray[np.uint8]
    feature_index: NDArray[np.uint32]
    triangles: NDArray[np.uint32]
    edges: NDArray[np.uint32] | None
    texture_coordinates: NDArray[np.float32] | None = None
    photo: NDArray[np.uint8] | None = None
    n_closed: int = 0
    colours_are_linear: bool = False


class ProposalView:
    """One proposal's nodes."""

    def __init__(
        self, look: ProposalLook, parent: Any, number: int, shaders: TileShaders, pixel_scale: float = 1.0
    ) -> None:
        self.look = look
        self.number = number
        positions = np.asarray(look.mesh.positions, dtype=np.float64)
        self.centre = (positions.min(axis=0) + positions.max(axis=0)) / 2.0
        arrays = flat_arrays(look.mesh, self.centre)
        strength = 0.45 if look.is_preview else 0.62
        data = vertex_data("proposal", pack_vertices(arrays, (*linear(SIGNAL), strength)), tile_format())
        lo, hi = arrays.positions.min(axis=0), arrays.positions.max(axis=0)
        self.reach = (hi - lo) / 2.0 + 0.01
        """Half its size, about `centre`. [m]"""
        self.root = parent.attach_new_node(f"proposal {look.id}")
        body = self.root.attach_new_node(geom_node("body", [indexed_geom(data, arrays.triangles, "triangles")], lo, hi))
        self._body = body
        self._lines: list[Any] = []
        self._pixel_scale = pixel_scale
        body.set_shader_input("grey_out", 0.0)
        body.set_shader_input("id_base", number)
        if arrays.edges is not None and len(arrays.edges):
            geom = indexed_geom(data, arrays.edges, "lines")
            self._draw_lines(geom, SELECTED if look.is_selected else "8c3a25", 0.95, (3.0 if look.is_selected else 1.5))
        if look.storeys is not None and len(look.storeys):
            self._draw_lines(_level_lines(look.storeys - self.centre), "8c3a25", 0.4, 1.0, reach=700.0)
        self.use(shaders)

    def _draw_lines(self, geom: Any, colour: str, strength: float, width_px: float, *, reach: float = 2500.0) -> None:
        """`reach`: where half of the strength is left. [m]"""
        lines = self.root.attach_new_node(geom_node("lines", [geom], -self.reach, self.reach))
        rgb = (int(colour[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
        lines.set_shader_input("edge_colour", (*rgb, strength))
        lines.set_shader_input("edge_reach", (reach, 30_000.0, 40_000.0))
        lines.set_render_mode_thickness(width_px * self._pixel_scale)
        lines.set_transparency(1)
        lines.set_depth_write(False)
        lines.set_bin("fixed", 20)
        lines.hide(SHADOW_MASK | PICK_MASK)
        self._lines.append(lines)

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        self._body.set_shader(shaders.get("surface"))
        for lines in self._lines:
            lines.set_shader(shaders.get("edges"))

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self.root.set_pos(*(self.centre - origin))

    def release(self) -> None:
        """Give its memory back."""
        self.root.remove_node()


class Proposals:
    """All proposals of a view; those that did not change are kept."""

    def __init__(self, parent: Any, pixel_scale: float) -> None:
        self._parent = parent
        self._pixel_scale = pixel_scale
        self._views: dict[str, ProposalView] = {}

    def __len__(self) -> int:
        return len(self._views)

    def set(self, looks: Sequence[ProposalLook], shaders: TileShaders, origin: NDArray[np.float64]) -> bool:
        """Draw exactly these; returns whether that is a change."""
        wanted = {look.id: look for look in looks if len(look.mesh.triangles)}
        is_changed = False
        for proposal_id, known in list(self._views.items()):
            new = wanted.get(proposal_id)
            if new is None or not (known.look is new or _same_look(known.look, new)):
                known.release()
                del self._views[proposal_id]
                is_changed = True
        used = {view.number for view in self._views.values()}
        for look in wanted.values():
            if look.id not in self._views:
                number = next(n for n in range(FIRST_PROPOSAL, MAX_ID) if n not in used)
                used.add(number)
                view = ProposalView(look, self._parent, number, shaders, self._pixel_scale)
                view.place(origin)
                self._views[look.id] = view
                is_changed = True
        return is_changed

    def find(self, number: int) -> str | None:
        """The proposal with this number of the view."""
        return next((i for i, view in self._views.items() if view.number == number), None)

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        for view in self._views.values():
            view.use(shaders)

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        for view in self._views.values():
            view.place(origin)

    def release(self) -> None:
        """Give everything back."""
        for view in self._views.values():
            view.release()
        self._views.clear()


def _same_look(a: ProposalLook, b: ProposalLook) -> bool:
    return (
        a.is_selected == b.is_selected
        and a.is_preview == b.is_preview
        and np.array_equal(a.mesh.positions, b.mesh.positions)
        and np.array_equal(a.mesh.triangles, b.mesh.triangles)
        and np.array_equal(_classes(a.mesh), _classes(b.mesh))
        and np.array_equal(_lines_of(a), _lines_of(b))
    )


def _lines_of(look: ProposalLook) -> NDArray[np.float64]:
    return np.zeros((0, 2, 3)) if look.storeys is None else look.storeys


def _level_lines(ends: NDArray[np.float64]) -> Any:
    points = ends.reshape(-1, 3)
    data = vertex_data("storeys", pack_lines(points, (255, 255, 255, 255)), line_format())
    return indexed_geom(data, np.arange(len(points), dtype=np.uint32), "lines")


def _classes(mesh: Mesh) -> NDArray[np.uint8]:
    """Surface class of every vertex; unknown where the mesh does not say."""
    return np.zeros(len(mesh.positions), np.uint8) if mesh.surface_class is None else mesh.surface_class


def flat_arrays(mesh: Mesh, centre: NDArray[np.float64]) -> _Arrays:
    """Flat-shaded vertex arrays of a small mesh about its centre, with crease lines."""
    corners = (np.asarray(mesh.positions)[mesh.triangles] - centre).astype(np.float32)
    m = len(corners)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    packed = np.zeros((m * 3, 4), dtype=np.int8)
    packed[:, :3] = np.round(np.repeat(normals, 3, axis=0) * 127.0)
    kinds = _classes(mesh)
    return _Arrays(
        positions=corners.reshape(-1, 3),
        normals=packed,
        colours=np.full((m * 3, 4), 255, np.uint8),
        surface_class=kinds[mesh.triangles.reshape(-1)].astype(np.uint8),
        feature_index=np.full(m * 3, NO_FEATURE, np.uint32),
        triangles=np.arange(m * 3, dtype=np.uint32).reshape(m, 3),
        edges=_creases(corners, normals),
    )


def _creases(corners: NDArray[np.float32], normals: NDArray[np.floating]) -> NDArray[np.uint32]:
    """Rows of corner vertices (k, 2) along which faces meet at an angle, or that belong to one face alone."""
    m = len(corners)
    _, place = np.unique(np.round(corners.reshape(-1, 3), 3), axis=0, return_inverse=True)
    place = place.reshape(m, 3)
    here = np.arange(m * 3).reshape(m, 3)
    ends = np.concatenate([np.stack([place[:, i], place[:, (i + 1) % 3]], 1) for i in range(3)])
    rows = np.concatenate([np.stack([here[:, i], here[:, (i + 1) % 3]], 1) for i in range(3)])
    face = np.tile(np.arange(m), 3)
    keys = np.sort(ends, axis=1)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    keys, rows, face = keys[order], rows[order], face[order]
    first = np.ones(len(keys), bool)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(keys)))
    other = np.minimum(starts + 1, len(keys) - 1)
    bends = (normals[face[starts]] * normals[face[other]]).sum(axis=1) < _CREASE_COSINE
    lines: NDArray[np.uint32] = rows[starts[(counts != 2) | bends]].astype(np.uint32)
    return lines

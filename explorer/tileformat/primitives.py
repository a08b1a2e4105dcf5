"""One primitive of a glTF mesh: triangles with all that they say, points, or lines, in the tile's frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, quoted
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.byte_colours import srgb_of_linear
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Lines, Mesh, Points
from explorer.tileformat.draco_primitive import DracoPrimitives
from explorer.tileformat.encode import BY_CLASS, CLOSED
from explorer.tileformat.feature_textures import by_texture
from explorer.tileformat.features import FeatureIds, FeatureRows, are_below, whole_numbers
from explorer.tileformat.loose import LOOSE, POINTS, loose_lines, loose_points, material_colours
from explorer.tileformat.materials import Materials
from explorer.tileformat.outlines import read_outline
from explorer.tileformat.pose import Pose, Posed, posed
from explorer.tileformat.property_attributes import tell_properties
from explorer.tileformat.texels import Texels
from explorer.tileformat.triangles import FAN, LIST, STRIP, least_numbers, read_indices, read_triangles, sound_triangles
from explorer.tileformat.vertex_attributes import (
    read_colours,
    read_normals,
    read_texture_coordinates,
    stored_colours,
    turned_normals,
)
from explorer.tileformat.vertices import placed

_T = TypeVar("_T")

MAX_VERTICES = 30_000_000
"""Vertices of one tile, all meshes and placements together: a guard against small files that unfold."""


class PrimitiveReader:
    """Reads the primitives of one content, and counts their vertices."""

    def __init__(
        self, buffers: GltfBuffers, batch_table: FeatureTable | None, say: Callable[[str], None], *, as_stored: bool
    ) -> None:
        """`batch_table`, `as_stored`: see `decode_gltf`; `say` is told what is left out, in a sentence."""
        self.buffers, self.batch_table, self.say, self.as_stored = buffers, batch_table, say, as_stored
        self.draco = DracoPrimitives(buffers, say)
        self.features = FeatureRows(buffers, say)
        self.materials = Materials(buffers, say)
        self.texels = Texels(buffers, self.materials.texture)
        self.n_vertices = 0
        self.centre: NDArray[np.float64] | None = None
        """What the tile's coordinates are about, where it says so."""
        self.points: list[Points] = []
        self.lines: list[Lines] = []

    def read(
        self,
        primitive: Any,
        matrix: NDArray[np.float64],
        place: str,
        *,
        pose: Pose | None = None,
        is_template: bool = False,
    ) -> Mesh | None:
        """Its triangles by a matrix to the tile's frame; points and lines are put beside them, and None comes back.

        `pose`: what moves it from where it is stored; `is_template`: of what stands in many places. Raises ContentError
        where nothing can be made of it.
        """
        if not isinstance(primitive, dict):
            raise self.buffers.fail(place, _("is not an object."))
        mode = primitive.get("mode", LIST)
        if mode not in (*LOOSE, LIST, STRIP, FAN):
            self.say(_("Primitives of the unknown mode {mode} are left out.").format(mode=quoted(mode)))
            return None
        if mode in LOOSE and is_template:
            self.say(_("Points and lines in many places are not drawn by this version."))
            return None
        attributes = primitive.get("attributes")
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            raise self.buffers.fail(place, _("has no positions."))
        faces = self.draco.supply(primitive, attributes, MAX_VERTICES - self.n_vertices, place)
        self.n_vertices += self.buffers.count(attributes["POSITION"])
        if self.n_vertices > MAX_VERTICES:
            raise self.buffers.fail(place, _("the content has more than {n} vertices.").format(n=MAX_VERTICES))
        tell_properties(self.buffers, self.texels, self.features.metadata, primitive, self.say)
        moved = None if pose is None else posed(self.buffers, primitive, attributes, pose, matrix, self.say)
        stays = self.as_stored and not is_template and mode not in LOOSE and moved is None
        if moved is not None:
            local, matrix = moved.positions, moved.matrix
        elif stays:
            local, scale = self.buffers.scaled(attributes["POSITION"])
            matrix = matrix if scale == 1.0 else matrix @ np.diag((scale, scale, scale, 1.0))
        else:
            local = self.buffers.numbers(attributes["POSITION"])
        if local.shape[1] != 3:
            raise self.buffers.fail(place, _("has no positions."))
        if mode in LOOSE:
            self._loose(primitive, attributes, mode, local, matrix, place, moved)
            return None
        if faces is None:
            faces = read_triangles(self.buffers, primitive, len(local), 3 * MAX_VERTICES, place, self.say)
        return self._mesh(primitive, attributes, faces, local, matrix, moved, stays=stays)

    def _mesh(
        self,
        primitive: dict[str, Any],
        attributes: dict[str, Any],
        faces: NDArray[np.unsignedinteger],
        local: NDArray[np.floating],
        matrix: NDArray[np.float64],
        moved: Posed | None,
        *,
        stays: bool,
    ) -> Mesh | None:
        """The mesh of these faces, if any is sound. `stays`: as stored, with the matrix beside it."""
        is_list = primitive.get("mode", LIST) == LIST
        triangles, positions = sound_triangles(
            faces, local if stays else placed(local, matrix), self.say, with_empty=stays and is_list
        )
        if not stays and np.linalg.det(matrix[:3, :3]) < 0.0:
            triangles = triangles[:, ::-1]
        if len(triangles) == 0:
            return None
        n = len(positions)
        features = self._optional(lambda: self._features(primitive, attributes, n)) or FeatureIds()
        material = self.materials.get(primitive.get("material"))
        if material.is_clear:
            return None
        colours, are_linear = self._stored_colours(primitive, attributes, n)
        if are_linear and colours is not None and not (stays and features.texture is None):
            colours, are_linear = srgb_of_linear()(colours), False
        mesh = Mesh(
            positions=positions,
            triangles=least_numbers(triangles, n) if stays else np.ascontiguousarray(triangles, np.uint32),
            normals=self._normals(attributes, matrix, n, moved, as_stored=stays),
            surface_class=features.surfaces,
            feature_index=features.rows,
            colours=colours,
            texture_coordinates=self._optional(
                lambda: read_texture_coordinates(self.buffers, attributes, material, n, self.say)
            ),
            image=material.image,
            image_use=material.image_use,
            base_colour=material.base_colour,
            outline=read_outline(self.buffers, primitive, triangles, n, self.say),
            is_closed=_ours(primitive).get(CLOSED) is True,
            unlit=material.unlit,
            placement=matrix if stays else None,
            colours_are_linear=are_linear,
        )
        return self._by_texture(mesh, features, attributes)

    def _features(self, primitive: dict[str, Any], attributes: dict[str, Any], n: int) -> FeatureIds:
        found = self.features.read(primitive, n)
        name = next((key for key in ("_BATCHID", "BATCHID") if key in attributes), None)
        if self.batch_table is None:
            return found
        if name is None:
            return FeatureIds(surfaces=found.surfaces)
        ids = self.buffers.accessor(attributes[name])[:, 0]
        if len(ids) != n:
            raise self.buffers.fail(name, _("there are not as many values as vertices."))
        if are_below(ids, len(self.batch_table)):
            return FeatureIds(ids.astype(np.uint32), found.surfaces)
        ids = whole_numbers(ids)
        inside = (ids >= 0) & (ids < len(self.batch_table))
        if not inside.all():
            self.say(_("Some vertices belong to features that are not in the tile's table."))
        return FeatureIds(np.where(inside, ids, NO_FEATURE).astype(np.uint32), found.surfaces)

    def _by_texture(self, mesh: Mesh, features: FeatureIds, attributes: dict[str, Any]) -> Mesh:
        """The mesh cut up by a texture that tells features apart, where there is one that can be read."""
        info = features.texture
        if info is None or features.rows_of is None:
            return mesh
        try:
            places = self.texels.coordinates(info, attributes, len(mesh.positions))
            cut = by_texture(mesh, places, lambda at: self.texels.numbers(info, at), features.rows_of)
            self.n_vertices += max(len(cut.positions) - len(mesh.positions), 0)
            return cut
        except ContentError as problem:
            self.say(_("Features are not told apart: {problem}").format(problem=problem))
            return mesh

    def _loose(
        self,
        primitive: dict[str, Any],
        attributes: dict[str, Any],
        mode: int,
        local: NDArray[np.floating],
        matrix: NDArray[np.float64],
        place: str,
        moved: Posed | None,
    ) -> None:
        """Take in points or lines."""
        positions, n = placed(local, matrix), len(local)
        indices = read_indices(self.buffers, primitive, n, 3 * MAX_VERTICES, place, self.say).astype(np.int64)
        features = self._optional(lambda: self._features(primitive, attributes, n)) or FeatureIds()
        material = self.materials.get(primitive.get("material"))
        colours = material_colours(self._colours(attributes, n), material, n)
        if mode == POINTS:
            normals = self._normals(attributes, matrix, n, moved)
            points = loose_points(positions, normals, colours, features.rows, indices, self.centre, self.say)
            self.points += [points] if points is not None else []
        else:
            lines = loose_lines(positions, colours, features.rows, indices, mode, self.say)
            self.lines += [lines] if lines is not None else []

    def _normals(
        self,
        attributes: dict[str, Any],
        matrix: NDArray[np.float64],
        n: int,
        moved: Posed | None,
        *,
        as_stored: bool = False,
    ) -> NDArray[np.float32] | None:
        """As by `read_normals`; those of a pose, where there is one."""
        if moved is None:
            return self._optional(
                lambda: read_normals(self.buffers, attributes, matrix, n, self.say, as_stored=as_stored)
            )
        return None if moved.normals is None else turned_normals(moved.normals, matrix)

    def _stored_colours(
        self, primitive: dict[str, Any], attributes: dict[str, Any], n: int
    ) -> tuple[NDArray[np.uint8] | None, bool]:
        """As by `stored_colours`; those that our writer gave a file for others are none."""
        nothing = None, False
        if _ours(primitive).get("colours") == BY_CLASS:
            return nothing
        return self._optional(lambda: stored_colours(self.buffers, attributes, n, self.say)) or nothing

    def _colours(self, attributes: dict[str, Any], n: int) -> NDArray[np.uint8] | None:
        return self._optional(lambda: read_colours(self.buffers, attributes, n, self.say))

    def _optional(self, read: Callable[[], _T | None]) -> _T | None:
        """What is read, or None and a word: positions and triangles are drawn without it."""
        try:
            return read()
        except ContentError as problem:
            self.say(_("An attribute is left out: {problem}").format(problem=problem))
            return None


def _ours(primitive: dict[str, Any]) -> dict[str, Any]:
    """What our writer says of a primitive."""
    extras = primitive.get("extras")
    ours = extras.get("citiverse") if isinstance(extras, dict) else None
    return ours if isinstance(ours, dict) else {}

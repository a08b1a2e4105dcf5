"""Decoding glTF 2.0 into meshes in the tile's frame: triangles, normals, colours, textures, features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, quoted
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, ResolveUri
from explorer.tileformat.container import HOSTILE
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Instances, Lines, Mesh, Points, TileContent
from explorer.tileformat.draco_primitive import DracoPrimitives
from explorer.tileformat.encode import BY_CLASS, CLOSED
from explorer.tileformat.feature_textures import by_texture
from explorer.tileformat.features import FeatureIds, FeatureRows, are_below, whole_numbers
from explorer.tileformat.loose import (
    INSTANCING,
    LOOSE,
    POINTS,
    loose_lines,
    loose_points,
    material_colours,
    node_instances,
)
from explorer.tileformat.materials import Materials
from explorer.tileformat.nodes import Z_UP_FROM, placed_meshes
from explorer.tileformat.outlines import read_outline
from explorer.tileformat.property_attributes import tell_properties
from explorer.tileformat.texels import Texels
from explorer.tileformat.triangles import FAN, LIST, STRIP, read_indices, read_triangles, sound_triangles
from explorer.tileformat.vertex_attributes import read_colours, read_normals, read_texture_coordinates
from explorer.tileformat.vertices import placed

_T = TypeVar("_T")
_LONGEST_SENTENCE = 400

MAX_VERTICES = 30_000_000
"""Vertices of one tile, all meshes and placements together: a guard against small files that unfold."""

_READABLE = {
    "CESIUM_RTC",
    "CESIUM_primitive_outline",
    "EXT_feature_metadata",
    "EXT_instance_features",
    "EXT_mesh_features",
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_structural_metadata",
    "EXT_texture_webp",
    "KHR_draco_mesh_compression",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_techniques_webgl",
    "KHR_texture_basisu",
    "KHR_texture_transform",
}


def decode_gltf(
    document: dict[str, Any],
    binary: memoryview,
    uri: str,
    *,
    up_axis: str = "Y",
    rtc: NDArray[np.float64] | None = None,
    batch_table: FeatureTable | None = None,
    resolve: ResolveUri | None = None,
    as_stored: bool = False,
) -> TileContent:
    """Meshes and features of a glTF document.

    `rtc` is b3dm's RTC_CENTER (added to CESIUM_RTC), `batch_table` the features that `_BATCHID` counts; `as_stored` as
    in `decode_content`.
    Raises ContentError where nothing can be made of it; what can be left out becomes a diagnostic.
    """
    _check_document(document, uri)
    return _Decoder(document, binary, uri, batch_table, resolve, as_stored=as_stored).decode(up_axis, rtc)


def _check_document(document: dict[str, Any], uri: str) -> None:
    asset = document.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        raise ContentError(
            _("The content is glTF version {version}; this program reads version 2. [{uri}]").format(
                version=quoted(version), uri=uri
            )
        )
    required = document.get("extensionsRequired")
    for name in required if isinstance(required, list) else ():
        if not (isinstance(name, str) and (name in _READABLE or name.startswith("KHR_materials_"))):
            raise ContentError(
                _("The content needs {what}, which this version cannot read. [{uri}]").format(
                    what=quoted(name), uri=uri
                )
            )


class _Decoder:
    def __init__(
        self,
        document: dict[str, Any],
        binary: memoryview,
        uri: str,
        batch_table: FeatureTable | None,
        resolve: ResolveUri | None,
        *,
        as_stored: bool,
    ) -> None:
        self.as_stored = as_stored
        self.diagnostics: dict[str, None] = {}
        self.buffers = GltfBuffers(document, binary, uri, resolve, self.say)
        self.draco = DracoPrimitives(self.buffers, self.say)
        self.batch_table = batch_table
        self.features = FeatureRows(self.buffers, self.say)
        self.materials = Materials(self.buffers, self.say)
        self.texels = Texels(self.buffers, self.materials.texture)
        self.n_vertices = 0
        self.centre: NDArray[np.float64] | None = None
        self.points: list[Points] = []
        self.lines: list[Lines] = []

    def say(self, sentence: str) -> None:
        if len(self.diagnostics) < 50:
            self.diagnostics[sentence[:_LONGEST_SENTENCE]] = None

    def decode(self, up_axis: str, rtc: NDArray[np.float64] | None) -> TileContent:
        meshes: list[Mesh] = []
        instances: list[Instances] = []
        problems: list[ContentError] = []
        self.centre = self._rtc(rtc)
        for index, to_tile, extensions in placed_meshes(self.buffers, up_axis, self.centre, self.say):
            if INSTANCING not in extensions:
                meshes += self._mesh(index, to_tile, problems, is_template=False)
                continue
            upright = Z_UP_FROM[up_axis]
            template = tuple(self._mesh(index, upright, problems, is_template=True))
            features = None if self.batch_table is not None else self.features
            try:
                instances += node_instances(self.buffers, template, to_tile, upright, extensions, features, self.say)
            except ContentError as problem:
                problems.append(problem)
        if problems and not (meshes or instances or self.points or self.lines):
            raise problems[0]
        for missing in problems:  # the rest of the tile is drawn
            self.say(_("A part is left out: {problem}").format(problem=missing))
        table = self.features.table() if self.batch_table is None else self.batch_table
        return TileContent(
            tuple(meshes), table, tuple(self.diagnostics), tuple(instances), tuple(self.points), tuple(self.lines)
        )

    def _mesh(
        self, index: Any, matrix: NDArray[np.float64], problems: list[ContentError], *, is_template: bool
    ) -> list[Mesh]:
        """The primitives of a mesh that can be read; the others' errors go to `problems`."""
        found: list[Mesh] = []
        try:
            primitives = self.buffers.item("meshes", index).get("primitives")
        except ContentError as problem:
            problems.append(problem)
            return found
        for i, primitive in enumerate(primitives if isinstance(primitives, list) else ()):
            place = f"meshes[{quoted(index)}].primitives[{i}]"
            try:
                mesh = self._primitive(primitive, matrix, place, is_template=is_template)
            except ContentError as problem:
                problems.append(problem)
            except HOSTILE as problem:  # whatever no check foresaw costs this part alone
                why = quoted(str(problem) or type(problem).__name__)
                problems.append(self.buffers.fail(place, _("is damaged: {why}.").format(why=why)))
            else:
                found += [] if mesh is None else [mesh]
        return found

    def _rtc(self, rtc: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        extensions = self.buffers.document.get("extensions")
        extension = extensions.get("CESIUM_RTC") if isinstance(extensions, dict) else None
        if not isinstance(extension, dict):
            return rtc
        try:
            centre = np.array(extension.get("center"), np.float64).reshape(3)
        except (ValueError, TypeError) as problem:
            raise self.buffers.fail("CESIUM_RTC", _("its center is not three numbers.")) from problem
        return centre if rtc is None else centre + rtc

    def _primitive(self, primitive: Any, matrix: NDArray[np.float64], place: str, *, is_template: bool) -> Mesh | None:
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
        local = self.buffers.numbers(attributes["POSITION"])
        if local.shape[1] != 3:
            raise self.buffers.fail(place, _("has no positions."))
        if mode in LOOSE:
            self._loose(primitive, attributes, mode, placed(local, matrix), matrix, place)
            return None
        placement = matrix if self.as_stored and not is_template else None
        positions = placed(local, matrix) if placement is None else local
        if faces is None:
            faces = read_triangles(self.buffers, primitive, len(positions), 3 * MAX_VERTICES, place, self.say)
        triangles, positions = sound_triangles(faces, positions, self.say)
        if placement is None and np.linalg.det(matrix[:3, :3]) < 0.0:
            triangles = triangles[:, ::-1]
        if len(triangles) == 0:
            return None
        n = len(positions)
        features = self._optional(lambda: self._features(primitive, attributes, n)) or FeatureIds()
        material = self.materials.get(primitive.get("material"))
        mesh = Mesh(
            positions=positions,
            triangles=np.ascontiguousarray(triangles, np.uint32),
            normals=self._optional(
                lambda: read_normals(self.buffers, attributes, matrix, n, self.say, as_stored=placement is not None)
            ),
            surface_class=features.surfaces,
            feature_index=features.rows,
            colours=None if _ours(primitive).get("colours") == BY_CLASS else self._colours(attributes, n),
            texture_coordinates=self._optional(
                lambda: read_texture_coordinates(self.buffers, attributes, material, n, self.say)
            ),
            image=material.image,
            base_colour=material.base_colour,
            outline=read_outline(self.buffers, primitive, triangles, n, self.say),
            is_closed=_ours(primitive).get(CLOSED) is True,
            unlit=material.unlit,
            placement=placement,
        )
        return self._by_texture(mesh, features, attributes)

    def _colours(self, attributes: dict[str, Any], n: int) -> NDArray[np.uint8] | None:
        return self._optional(lambda: read_colours(self.buffers, attributes, n, self.say))

    def _loose(
        self,
        primitive: dict[str, Any],
        attributes: dict[str, Any],
        mode: int,
        positions: NDArray[np.float64],
        matrix: NDArray[np.float64],
        place: str,
    ) -> None:
        """Take in points or lines."""
        n = len(positions)
        indices = read_indices(self.buffers, primitive, n, 3 * MAX_VERTICES, place, self.say).astype(np.int64)
        features = self._optional(lambda: self._features(primitive, attributes, n)) or FeatureIds()
        material = self.materials.get(primitive.get("material"))
        colours = material_colours(self._colours(attributes, n), material, n)
        if mode == POINTS:
            normals = self._optional(lambda: read_normals(self.buffers, attributes, matrix, n, self.say))
            points = loose_points(positions, normals, colours, features.rows, indices, self.centre, self.say)
            self.points += [points] if points is not None else []
        else:
            lines = loose_lines(positions, colours, features.rows, indices, mode, self.say)
            self.lines += [lines] if lines is not None else []

    def _optional(self, read: Callable[[], _T | None]) -> _T | None:
        """What is read, or None and a word: positions and triangles are drawn without it."""
        try:
            return read()
        except ContentError as problem:
            self.say(_("An attribute is left out: {problem}").format(problem=problem))
            return None

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


def _ours(primitive: dict[str, Any]) -> dict[str, Any]:
    """What our writer says of a primitive."""
    extras = primitive.get("extras")
    ours = extras.get("citiverse") if isinstance(extras, dict) else None
    return ours if isinstance(ours, dict) else {}

"""Decoding glTF 2.0 into meshes in the tile's frame: triangles, normals, colours, textures, features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, ResolveUri
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Mesh, TileContent
from explorer.tileformat.draco_primitive import DracoPrimitives
from explorer.tileformat.encode import BY_CLASS
from explorer.tileformat.feature_textures import by_texture
from explorer.tileformat.features import FeatureIds, FeatureRows, whole_numbers
from explorer.tileformat.materials import Material, Materials
from explorer.tileformat.nodes import placed_meshes
from explorer.tileformat.outlines import read_outline
from explorer.tileformat.palette import srgb_from_linear
from explorer.tileformat.property_attributes import tell_properties
from explorer.tileformat.texels import Texels
from explorer.tileformat.triangles import FAN, LIST, STRIP, read_triangles, sound_triangles

_T = TypeVar("_T")

MAX_VERTICES = 30_000_000
"""Vertices of one tile, all meshes and placements together: a guard against small files that unfold."""

_READABLE = {
    "CESIUM_RTC",
    "CESIUM_primitive_outline",
    "EXT_feature_metadata",
    "EXT_mesh_features",
    "EXT_meshopt_compression",
    "EXT_structural_metadata",
    "EXT_texture_webp",
    "KHR_draco_mesh_compression",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
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
) -> TileContent:
    """Meshes and features of a glTF document.

    `rtc` is b3dm's RTC_CENTER (added to CESIUM_RTC), `batch_table` the features that `_BATCHID` counts.
    Raises ContentError where nothing can be made of it; what can be left out becomes a diagnostic.
    """
    _check_document(document, uri)
    return _Decoder(document, binary, uri, batch_table, resolve).decode(up_axis, rtc)


def _check_document(document: dict[str, Any], uri: str) -> None:
    asset = document.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        raise ContentError(
            _("The content is glTF version {version}; this program reads version 2. [{uri}]").format(
                version=version, uri=uri
            )
        )
    required = document.get("extensionsRequired")
    for name in required if isinstance(required, list) else ():
        if not (isinstance(name, str) and (name in _READABLE or name.startswith("KHR_materials_"))):
            raise ContentError(
                _("The content needs {what}, which this version cannot read. [{uri}]").format(what=name, uri=uri)
            )


class _Decoder:
    def __init__(
        self,
        document: dict[str, Any],
        binary: memoryview,
        uri: str,
        batch_table: FeatureTable | None,
        resolve: ResolveUri | None,
    ) -> None:
        self.diagnostics: dict[str, None] = {}
        self.buffers = GltfBuffers(document, binary, uri, resolve, self.say)
        self.draco = DracoPrimitives(self.buffers, self.say)
        self.batch_table = batch_table
        self.features = FeatureRows(self.buffers, self.say)
        self.materials = Materials(self.buffers, self.say)
        self.texels = Texels(self.buffers, self.materials.texture)
        self.n_vertices = 0

    def say(self, sentence: str) -> None:
        if len(self.diagnostics) < 50:
            self.diagnostics[sentence] = None

    def decode(self, up_axis: str, rtc: NDArray[np.float64] | None) -> TileContent:
        meshes: list[Mesh] = []
        problems: list[ContentError] = []
        for index, matrix in placed_meshes(self.buffers, up_axis, self._rtc(rtc), self.say):
            try:
                primitives = self.buffers.item("meshes", index).get("primitives")
            except ContentError as problem:
                problems.append(problem)
                continue
            for i, primitive in enumerate(primitives if isinstance(primitives, list) else ()):
                try:
                    mesh = self._primitive(primitive, matrix, f"meshes[{index}].primitives[{i}]")
                except ContentError as problem:
                    problems.append(problem)
                else:
                    meshes += [] if mesh is None else [mesh]
        if problems and not meshes:
            raise problems[0]
        for missing in problems:  # the rest of the tile is drawn
            self.say(_("A part is left out: {problem}").format(problem=missing))
        table = self.features.table() if self.batch_table is None else self.batch_table
        return TileContent(tuple(meshes), table, tuple(self.diagnostics))

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

    def _primitive(self, primitive: Any, matrix: NDArray[np.float64], place: str) -> Mesh | None:
        if not isinstance(primitive, dict):
            raise self.buffers.fail(place, _("is not an object."))
        if primitive.get("mode", LIST) not in (LIST, STRIP, FAN):
            self.say(_("Points and lines are not drawn by this version."))
            tell_properties(self.buffers, self.texels, self.features.metadata, primitive, self.say)
            return None
        attributes = primitive.get("attributes")
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            raise self.buffers.fail(place, _("has no positions."))
        faces = self.draco.supply(primitive, attributes, MAX_VERTICES - self.n_vertices, place)
        self.n_vertices += self.buffers.count(attributes["POSITION"])
        if self.n_vertices > MAX_VERTICES:
            raise self.buffers.fail(place, _("the content has more than {n} vertices.").format(n=MAX_VERTICES))
        tell_properties(self.buffers, self.texels, self.features.metadata, primitive, self.say)
        local = self.buffers.floats(attributes["POSITION"])
        if local.shape[1] != 3:
            raise self.buffers.fail(place, _("has no positions."))
        with np.errstate(invalid="ignore", over="ignore"):
            positions = local @ matrix[:3, :3].T + matrix[:3, 3]
        if faces is None:
            faces = read_triangles(self.buffers, primitive, len(positions), 3 * MAX_VERTICES, place, self.say)
        triangles = sound_triangles(faces, positions, self.say)
        if np.linalg.det(matrix[:3, :3]) < 0.0:
            triangles = triangles[:, ::-1]
        if len(triangles) == 0:
            return None
        n = len(positions)
        features = self._optional(lambda: self._features(primitive, attributes, n)) or FeatureIds()
        material = self.materials.get(primitive.get("material"))
        mesh = Mesh(
            positions=positions,
            triangles=np.ascontiguousarray(triangles, np.uint32),
            normals=self._optional(lambda: self._normals(attributes, matrix, n)),
            surface_class=features.surfaces,
            feature_index=features.rows,
            colours=None if _by_class(primitive) else self._optional(lambda: self._colours(attributes, n)),
            texture_coordinates=self._optional(lambda: self._texture_coordinates(attributes, material, n)),
            image=material.image,
            base_colour=material.base_colour,
            outline=read_outline(self.buffers, primitive, triangles, n, self.say),
            unlit=material.unlit,
        )
        return self._by_texture(mesh, features, attributes)

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

    def _normals(self, attributes: dict[str, Any], matrix: NDArray[np.float64], n: int) -> NDArray[np.float32] | None:
        if "NORMAL" not in attributes:
            return None
        normals = self.buffers.floats(attributes["NORMAL"])
        linear = matrix[:3, :3]
        if normals.shape != (n, 3) or abs(np.linalg.det(linear)) < 1e-30:
            self.say(_("Normals that do not fit their vertices are left out."))
            return None
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            normals = normals @ np.linalg.inv(linear)
            normals /= np.sqrt(np.einsum("ij,ij->i", normals, normals))[:, None]
        if not np.isfinite(normals).all():
            normals[~np.isfinite(normals).all(axis=1)] = (0.0, 0.0, 1.0)
        return normals.astype(np.float32)

    def _colours(self, attributes: dict[str, Any], n: int) -> NDArray[np.uint8] | None:
        if "COLOR_0" not in attributes:
            return None
        linear = self.buffers.floats(attributes["COLOR_0"])
        stored = self.buffers.accessor(attributes["COLOR_0"]).dtype
        if stored.kind == "u" and linear.max(initial=0.0) > 1.0:  # glTF 3.7.2.1 wants them normalised
            self.say(_("Colours are whole numbers and do not say that they are normalised; they are taken to be."))
            linear /= float(np.iinfo(stored).max)
        if len(linear) != n or linear.shape[1] not in (3, 4):
            self.say(_("Colours that do not fit their vertices are left out."))
            return None
        colours = np.full((n, 4), 255, np.uint8)
        linear = np.nan_to_num(linear, nan=1.0)
        colours[:, :3] = np.round(srgb_from_linear(linear[:, :3]) * 255.0)
        if linear.shape[1] == 4:
            colours[:, 3] = np.round(np.clip(linear[:, 3], 0.0, 1.0) * 255.0)
        return colours

    def _texture_coordinates(
        self, attributes: dict[str, Any], material: Material, n: int
    ) -> NDArray[np.float32] | None:
        name = f"TEXCOORD_{material.tex_coord}"
        if material.image is None or name not in attributes:
            return None
        found = self.buffers.floats(attributes[name])
        if found.shape != (n, 2):
            self.say(_("Texture coordinates that do not fit their vertices are left out."))
            return None
        if material.uv_matrix is not None:
            found = found @ material.uv_matrix[:, :2].T + material.uv_matrix[:, 2]
        return np.nan_to_num(found).astype(np.float32)

    def _features(self, primitive: dict[str, Any], attributes: dict[str, Any], n: int) -> FeatureIds:
        found = self.features.read(primitive, n)
        name = next((key for key in ("_BATCHID", "BATCHID") if key in attributes), None)
        if self.batch_table is None:
            return found
        if name is None:
            return FeatureIds(surfaces=found.surfaces)
        ids = whole_numbers(self.buffers.accessor(attributes[name])[:, 0])
        if len(ids) != n:
            raise self.buffers.fail(name, _("there are not as many values as vertices."))
        inside = (ids >= 0) & (ids < len(self.batch_table))
        if not inside.all():
            self.say(_("Some vertices belong to features that are not in the tile's table."))
        return FeatureIds(np.where(inside, ids, NO_FEATURE).astype(np.uint32), found.surfaces)


def _by_class(primitive: dict[str, Any]) -> bool:
    extras = primitive.get("extras")
    ours = extras.get("citiverse") if isinstance(extras, dict) else None
    return isinstance(ours, dict) and ours.get("colours") == BY_CLASS

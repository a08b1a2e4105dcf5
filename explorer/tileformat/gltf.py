"""Decoding glTF 2.0 into meshes in the tile's frame: triangles, normals, colours, textures, features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, ResolveUri
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Instances, Lines, Mesh, Points, TileContent
from explorer.tileformat.encode import BY_CLASS
from explorer.tileformat.features import FeatureRows, whole_numbers
from explorer.tileformat.loose import (
    INSTANCING,
    LOOSE,
    POINTS,
    loose_lines,
    loose_points,
    material_colours,
    node_instances,
)
from explorer.tileformat.materials import Material, Materials
from explorer.tileformat.nodes import Z_UP_FROM, placed_meshes
from explorer.tileformat.palette import srgb_from_linear

MAX_VERTICES = 30_000_000
"""Vertices of one tile, all meshes and placements together: a guard against small files that unfold."""

_READABLE = {
    "CESIUM_RTC",
    "CESIUM_primitive_outline",
    "EXT_feature_metadata",
    "EXT_instance_features",
    "EXT_mesh_features",
    "EXT_mesh_gpu_instancing",
    "EXT_structural_metadata",
    "EXT_texture_webp",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_mesh_quantization",
    "KHR_techniques_webgl",
    "KHR_texture_transform",
}
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")


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
        self.buffers = GltfBuffers(document, binary, uri, resolve)
        self.uri = uri
        self.batch_table = batch_table
        self.diagnostics: dict[str, None] = {}
        self.features = FeatureRows(self.buffers, self.say)
        self.materials = Materials(self.buffers, self.say)
        self.n_vertices = 0
        self.points: list[Points] = []
        self.lines: list[Lines] = []

    def say(self, sentence: str) -> None:
        if len(self.diagnostics) < 50:
            self.diagnostics[sentence] = None

    def decode(self, up_axis: str, rtc: NDArray[np.float64] | None) -> TileContent:
        meshes: list[Mesh] = []
        instances: list[Instances] = []
        for index, to_tile, extensions in placed_meshes(self.buffers, up_axis, self._rtc(rtc), self.say):
            found = meshes
            matrix = to_tile
            if INSTANCING in extensions:
                found, matrix = [], Z_UP_FROM[up_axis]
            primitives = self.buffers.item("meshes", index).get("primitives")
            for i, primitive in enumerate(primitives if isinstance(primitives, list) else ()):
                place = f"meshes[{index}].primitives[{i}]"
                if not isinstance(primitive, dict):
                    raise self.buffers.fail(place, _("is not an object."))
                mesh = self._primitive(primitive, matrix, place, is_template=INSTANCING in extensions)
                if mesh is not None:
                    found.append(mesh)
            if INSTANCING in extensions:
                features = None if self.batch_table is not None else self.features
                instances += node_instances(self.buffers, tuple(found), to_tile, matrix, extensions, features, self.say)
        table = self.features.table() if self.batch_table is None else self.batch_table
        return TileContent(
            tuple(meshes), table, tuple(self.diagnostics), tuple(instances), tuple(self.points), tuple(self.lines)
        )

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

    def _primitive(
        self, primitive: dict[str, Any], matrix: NDArray[np.float64], place: str, *, is_template: bool = False
    ) -> Mesh | None:
        mode = primitive.get("mode", 4)
        if mode not in (*LOOSE, 4, 5, 6):
            self.say(_("Primitives of the unknown mode {mode} are left out.").format(mode=mode))
            return None
        if mode in LOOSE and is_template:
            self.say(_("Points and lines in many places are not drawn by this version."))
            return None
        attributes = primitive.get("attributes")
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            raise self.buffers.fail(place, _("has no positions."))
        self._refuse_compressed(primitive, attributes["POSITION"])
        self.n_vertices += self.buffers.count(attributes["POSITION"])
        if self.n_vertices > MAX_VERTICES:
            raise self.buffers.fail(place, _("the content has more than {n} vertices.").format(n=MAX_VERTICES))
        local = self.buffers.floats(attributes["POSITION"])
        if local.shape[1] != 3:
            raise self.buffers.fail(place, _("has no positions."))
        with np.errstate(invalid="ignore", over="ignore"):
            positions = local @ matrix[:3, :3].T + matrix[:3, 3]
        if mode in LOOSE:
            self._loose(primitive, attributes, mode, positions, matrix, place)
            return None
        triangles = self._triangles(primitive, mode, len(positions), place)
        triangles = self._sound(triangles, positions)
        if np.linalg.det(matrix[:3, :3]) < 0.0:
            triangles = triangles[:, ::-1]
        if len(triangles) == 0:
            return None
        rows, surfaces = self._features(primitive, attributes, len(positions))
        material = self.materials.get(primitive.get("material"))
        return Mesh(
            positions=positions,
            triangles=np.ascontiguousarray(triangles, np.uint32),
            normals=self._normals(attributes, matrix, len(positions)),
            surface_class=surfaces,
            feature_index=rows,
            colours=None if _by_class(primitive) else self._colours(attributes, len(positions)),
            texture_coordinates=self._texture_coordinates(attributes, material, len(positions)),
            image=material.image,
            base_colour=material.base_colour,
        )

    def _refuse_compressed(self, primitive: dict[str, Any], position: Any) -> None:
        found = primitive.get("extensions")
        accessor = self.buffers.item("accessors", position)
        draco = isinstance(found, dict) and _COMPRESSED[0] in found
        if draco and "bufferView" not in accessor:
            what = _COMPRESSED[0]
        elif "bufferView" in accessor:
            view = self.buffers.item("bufferViews", accessor["bufferView"])
            extensions = view.get("extensions")
            names = [name for name in _COMPRESSED if isinstance(extensions, dict) and name in extensions]
            if not names:
                return
            what = names[0]
        else:
            return
        raise ContentError(
            _("The content needs {what}, which this version cannot read. [{uri}]").format(what=what, uri=self.uri)
        )

    def _loose(
        self,
        primitive: dict[str, Any],
        attributes: dict[str, Any],
        mode: int,
        positions: NDArray[np.float64],
        matrix: NDArray[np.float64],
        place: str,
    ) -> None:
        n = len(positions)
        indices = self._indices(primitive, n, place)
        rows, _surfaces = self._features(primitive, attributes, n)
        material = self.materials.get(primitive.get("material"))
        colours = material_colours(self._colours(attributes, n), material, n)
        if mode == POINTS:
            normals = self._normals(attributes, matrix, n)
            points = loose_points(positions, normals, colours, rows, indices, self.say)
            self.points += [points] if points is not None else []
        else:
            lines = loose_lines(positions, colours, rows, indices, mode, self.say)
            self.lines += [lines] if lines is not None else []

    def _indices(self, primitive: dict[str, Any], n: int, place: str) -> NDArray[np.int64]:
        if "indices" in primitive:
            stored = self.buffers.accessor(primitive["indices"])
            if stored.dtype.kind != "u" or stored.shape[1] != 1:
                raise self.buffers.fail(place, _("its indices are not whole numbers."))
            indices = stored[:, 0].astype(np.int64)
        else:
            indices = np.arange(n, dtype=np.int64)
        if len(indices) > 3 * MAX_VERTICES:
            raise self.buffers.fail(place, _("count {n} is more than can be read.").format(n=len(indices)))
        return indices

    def _triangles(self, primitive: dict[str, Any], mode: int, n: int, place: str) -> NDArray[np.int64]:
        indices = self._indices(primitive, n, place)
        if mode == 4:
            return indices[: len(indices) // 3 * 3].reshape(-1, 3)
        at = np.arange(max(len(indices) - 2, 0))
        if mode == 5:  # glTF 3.7.2.1: p_i = {v_i, v_(i + (1 + i % 2)), v_(i + (2 - i % 2))}
            return indices[np.stack([at, at + 1 + at % 2, at + 2 - at % 2], axis=1)]
        return indices[np.stack([at + 1, at + 2, np.zeros_like(at)], axis=1)]

    def _sound(self, triangles: NDArray[np.int64], positions: NDArray[np.float64]) -> NDArray[np.int64]:
        """Without triangles that name missing vertices, vertices that are not finite, or one vertex twice."""
        inside = (triangles < len(positions)).all(axis=1)
        if not inside.all():
            n = len(triangles) - int(inside.sum())
            self.say(_("{n} triangles name vertices that are not there; they are left out.").format(n=n))
            triangles = triangles[inside]
        finite = np.asarray(np.isfinite(positions).all(axis=1), bool)
        if not finite.all():
            good = np.asarray(finite[triangles].all(axis=1), bool)
            n = len(triangles) - int(good.sum())
            self.say(_("{n} triangles have positions that are no numbers; they are left out.").format(n=n))
            positions[~finite] = 0.0
            triangles = triangles[good]
        a, b, c = triangles.T
        sound: NDArray[np.int64] = triangles[(a != b) & (b != c) & (c != a)]
        return sound

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
            normals /= np.linalg.norm(normals, axis=1)[:, None]
        broken = ~np.isfinite(normals).all(axis=1)
        if broken.any():
            normals[broken] = (0.0, 0.0, 1.0)
        return normals.astype(np.float32)

    def _colours(self, attributes: dict[str, Any], n: int) -> NDArray[np.uint8] | None:
        if "COLOR_0" not in attributes:
            return None
        linear = self.buffers.floats(attributes["COLOR_0"])
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

    def _features(
        self, primitive: dict[str, Any], attributes: dict[str, Any], n: int
    ) -> tuple[NDArray[np.uint32] | None, NDArray[np.uint8] | None]:
        rows, surfaces = self.features.read(primitive, n)
        name = next((key for key in ("_BATCHID", "BATCHID") if key in attributes), None)
        if self.batch_table is None or name is None:
            return (rows if self.batch_table is None else None), surfaces
        ids = whole_numbers(self.buffers.accessor(attributes[name])[:, 0])
        if len(ids) != n:
            raise self.buffers.fail(name, _("there are not as many values as vertices."))
        inside = (ids >= 0) & (ids < len(self.batch_table))
        if not inside.all():
            self.say(_("Some vertices belong to features that are not in the tile's table."))
        return np.where(inside, ids, NO_FEATURE).astype(np.uint32), surfaces


def _by_class(primitive: dict[str, Any]) -> bool:
    extras = primitive.get("extras")
    ours = extras.get("citiverse") if isinstance(extras, dict) else None
    return isinstance(ours, dict) and ours.get("colours") == BY_CLASS

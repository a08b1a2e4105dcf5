"""Decoding glTF: its nodes with their meshes and instances, each put into the tile's frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, quoted
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, ResolveUri
from explorer.tileformat.container import HOSTILE
from explorer.tileformat.content import FeatureTable, Instances, Mesh, TileContent
from explorer.tileformat.gltf_one import as_gltf_two, is_gltf_one
from explorer.tileformat.loose import INSTANCING, node_instances
from explorer.tileformat.materials import TECHNIQUES
from explorer.tileformat.nodes import Z_UP_FROM, extensions_of, placed_meshes, root_matrix
from explorer.tileformat.pose import Pose, Poses
from explorer.tileformat.primitives import PrimitiveReader

_LONGEST_SENTENCE, _MOST_SENTENCES = 400, 50

_READABLE = {
    "AGI_articulations",
    "AGI_stk_metadata",
    "CESIUM_RTC",
    "CESIUM_primitive_outline",
    "EXT_feature_metadata",
    "EXT_instance_features",
    "EXT_lights_ies",
    "EXT_lights_image_based",
    "EXT_mesh_features",
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_structural_metadata",
    "EXT_texture_webp",
    "KHR_animation_pointer",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_node_visibility",
    *TECHNIQUES,
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "KHR_xmp",
    "KHR_xmp_json_ld",
}
"""What is read, and what says nothing of what is drawn here: lights, animations, and words about the file."""


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
    is_one = is_gltf_one(document)
    if is_one:
        document, binary = as_gltf_two(document, binary, uri, resolve)
    _check_document(document, uri)
    found = _Decoder(document, binary, uri, batch_table, resolve, as_stored=as_stored).decode(up_axis, rtc)
    if not is_one:
        return found
    said = _("The content is glTF 1.0: of its materials the colours and photographs are drawn alone.")
    return replace(found, diagnostics=(said, *found.diagnostics))


def _check_document(document: dict[str, Any], uri: str) -> None:
    asset = document.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if str(version).partition(".")[0] != "2":  # some write a number, or leave out what follows the dot
        raise ContentError(
            _("The content is glTF version {version}; this program reads versions 1 and 2. [{uri}]").format(
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


class _Said:
    """What is told of a document, every sentence once.

    Apart from what decodes: a circle of references would keep all its bytes until Python looks for circles.
    """

    def __init__(self) -> None:
        self.sentences: dict[str, None] = {}

    def __call__(self, sentence: str) -> None:
        if len(self.sentences) < _MOST_SENTENCES:
            self.sentences[sentence[:_LONGEST_SENTENCE]] = None


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
        self.say = _Said()
        self.buffers = GltfBuffers(document, binary, uri, resolve, self.say)
        self.batch_table = batch_table
        self.primitives = PrimitiveReader(self.buffers, batch_table, self.say, as_stored=as_stored)

    def decode(self, up_axis: str, rtc: NDArray[np.float64] | None) -> TileContent:
        meshes: list[Mesh] = []
        instances: list[Instances] = []
        problems: list[ContentError] = []
        read = self.primitives
        read.centre = self._rtc(rtc)
        root = root_matrix(up_axis, read.centre)
        poses = Poses(self.buffers, root, self.say)
        for to_tile, node in placed_meshes(self.buffers, root, self.say):
            extensions = extensions_of(node)
            if INSTANCING not in extensions:
                meshes += self._mesh(node["mesh"], to_tile, problems, pose=poses.of(node))
                continue
            upright = Z_UP_FROM[up_axis]
            pose = Pose(poses.weights(node))
            template = tuple(self._mesh(node["mesh"], upright, problems, pose=pose, is_template=True))
            features = None if self.batch_table is not None else read.features
            try:
                instances += node_instances(self.buffers, template, to_tile, upright, extensions, features, self.say)
            except ContentError as problem:
                problems.append(problem)
        if problems and not (meshes or instances or read.points or read.lines):
            raise problems[0]
        for missing in problems:  # the rest of the tile is drawn
            self.say(_("A part is left out: {problem}").format(problem=missing))
        table = read.features.table() if self.batch_table is None else self.batch_table
        return TileContent(
            tuple(meshes), table, tuple(self.say.sentences), tuple(instances), tuple(read.points), tuple(read.lines)
        )

    def _mesh(
        self,
        index: Any,
        matrix: NDArray[np.float64],
        problems: list[ContentError],
        *,
        pose: Pose | None = None,
        is_template: bool = False,
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
                mesh = self.primitives.read(primitive, matrix, place, pose=pose, is_template=is_template)
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

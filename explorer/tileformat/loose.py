"""What of a glTF is no surface: points and lines; and where its instances stand (EXT_mesh_gpu_instancing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.content import Instances, Lines, Mesh, Points
from explorer.tileformat.features import FeatureRows
from explorer.tileformat.materials import Material
from explorer.tileformat.nodes import rotations
from explorer.tileformat.palette import srgb_from_linear

POINTS, LINES, LINE_LOOP, LINE_STRIP = 0, 1, 2, 3
LOOSE = (POINTS, LINES, LINE_LOOP, LINE_STRIP)
"""Modes of primitives that are no triangles (glTF 2.0, 3.7.2.1)."""
INSTANCING = "EXT_mesh_gpu_instancing"
MAX_INSTANCES = 1 << 20


def loose_points(
    positions: NDArray[np.float64],
    normals: NDArray[np.float32] | None,
    colours: NDArray[np.uint8] | None,
    rows: NDArray[np.uint32] | None,
    indices: NDArray[np.int64],
    centre: NDArray[np.float64] | None,
    say: Callable[[str], None],
) -> Points | None:
    """The points that `indices` (k,) name, those that are no numbers left out; None if none is left.

    `positions` and `normals` (n, 3), `colours` (n, 4), `rows` (n,) of features; `centre` (3,): as theirs. [m]
    """
    at = _sound(indices[:, None], positions, say)[:, 0]
    if not len(at):
        return None
    return Points(positions[at], _of(colours, at), _of(normals, at), _of(rows, at), centre)


def loose_lines(
    positions: NDArray[np.float64],
    colours: NDArray[np.uint8] | None,
    rows: NDArray[np.uint32] | None,
    indices: NDArray[np.int64],
    mode: int,
    say: Callable[[str], None],
) -> Lines | None:
    """The pieces of lines that `indices` make, those that are broken left out; None if none is left."""
    if mode == LINES:
        pieces = indices[: len(indices) // 2 * 2].reshape(-1, 2)
    else:
        ends = np.roll(indices, -1) if mode == LINE_LOOP else indices[1:]
        pieces = np.stack([indices[: len(ends)], ends], axis=1)
    pieces = _sound(pieces, positions, say)
    if not len(pieces):
        return None
    used, segments = np.unique(pieces, return_inverse=True)
    return Lines(positions[used], segments.reshape(-1, 2).astype(np.uint32), _of(colours, used), _of(rows, used))


def material_colours(colours: NDArray[np.uint8] | None, material: Material, n: int) -> NDArray[np.uint8] | None:
    """Vertex colours times the material's; None where neither says anything."""
    if material.base_colour == (1.0, 1.0, 1.0, 1.0):
        return colours
    factor = np.ones(4)
    factor[:3] = srgb_from_linear(np.array(material.base_colour[:3]))
    own = np.full((n, 4), 255, np.uint8) if colours is None else colours
    return np.round(own * factor).astype(np.uint8)


def _sound(pieces: NDArray[np.int64], positions: NDArray[np.float64], say: Callable[[str], None]) -> NDArray[np.int64]:
    good = np.asarray(((pieces >= 0) & (pieces < len(positions))).all(axis=1), bool)
    finite = np.asarray(np.isfinite(positions).all(axis=1), bool)
    good[good] = finite[pieces[good]].all(axis=1)
    if not good.all():
        say(_("{n} points or lines are nowhere; they are left out.").format(n=len(good) - int(good.sum())))
    return np.asarray(pieces[good])


def _of(values: Any, at: NDArray[np.int64]) -> Any:
    return None if values is None else values[at]


def node_instances(
    buffers: GltfBuffers,
    template: tuple[Mesh, ...],
    to_tile: NDArray[np.float64],
    upright: NDArray[np.float64],
    extensions: dict[str, Any],
    features: FeatureRows | None,
    say: Callable[[str], None],
) -> list[Instances]:
    """EXT_mesh_gpu_instancing with EXT_instance_features: a node's meshes at every place.

    `template` stands in the mesh's frame turned by `upright`, so that Z is up; `to_tile` is the node's own matrix;
    `features` None: others say whose the template's vertices are.
    """
    if not template:
        return []
    local, attributes = _instance_transforms(buffers, extensions[INSTANCING], INSTANCING)
    transforms = to_tile @ local @ np.linalg.inv(upright)
    sound: NDArray[np.bool_] = np.asarray(np.isfinite(transforms).all(axis=(1, 2)), bool)
    if not sound.all():
        say(_("{n} instances are nowhere; they are left out.").format(n=len(sound) - int(sound.sum())))
    rows = None
    if features is not None:
        sets = {"EXT_mesh_features": extensions.get("EXT_instance_features")}
        rows = features.read({"attributes": attributes, "extensions": sets}, len(transforms)).rows
    return [Instances(template, transforms[sound], None if rows is None else rows[sound])]


def _instance_transforms(
    buffers: GltfBuffers, extension: Any, place: str
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """(n, 4, 4) each instance's frame to its node's, and the extension's attributes.

    Raises ContentError where counts or types do not fit.
    """
    attributes = extension.get("attributes") if isinstance(extension, dict) else None
    if not isinstance(attributes, dict) or not attributes:
        raise buffers.fail(place, _("is not complete."))
    counts = {buffers.count(index) for index in attributes.values()}
    n = max(counts)
    if len(counts) != 1:
        raise buffers.fail(place, _("its attributes have different counts."))
    if n > MAX_INSTANCES:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=n))
    transforms = np.zeros((n, 4, 4))
    transforms[:] = np.eye(4)
    if "ROTATION" in attributes:
        transforms[:, :3, :3] = rotations(_values(buffers, attributes["ROTATION"], 4, place))
    if "SCALE" in attributes:
        transforms[:, :3, :3] *= _values(buffers, attributes["SCALE"], 3, place)[:, None, :]
    if "TRANSLATION" in attributes:
        transforms[:, :3, 3] = _values(buffers, attributes["TRANSLATION"], 3, place)
    return transforms, attributes


def _values(buffers: GltfBuffers, index: Any, width: int, place: str) -> NDArray[np.float64]:
    found = buffers.floats(index)
    if found.shape[1] != width:
        raise buffers.fail(place, _("has an unknown type."))
    return found

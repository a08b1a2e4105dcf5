"""How a mesh stands before anything moves: its morph targets by their default weights, its skin in the rest pose.

Khronos glTF 2.0 specification, sections 3.7.2.2 and 3.7.3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, quoted
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.nodes import Skeleton

_AT_ONCE = 1 << 16
"""Vertices whose matrices are in memory at one time."""
_MOST_MOVES = 1 << 28
"""Vertices times morph targets of a primitive: a guard against small files that name one target ever again."""


@dataclass(frozen=True)
class Pose:
    """What a node makes of its mesh's vertices before they are placed."""

    weights: tuple[float, ...] = ()
    """Of morph targets, as far as they are said; empty: none of them counts."""
    joints: NDArray[np.float64] | None = None
    """(j, 4, 4) from the mesh's frame by each joint of the skin to the glTF's; None: there is no skin."""
    root: NDArray[np.float64] | None = None
    """4x4 from the glTF's frame to the tile's, which places what has a skin: its node's own place says nothing."""


class Posed(NamedTuple):
    """Vertices that are not where the file has them, n of them."""

    positions: NDArray[np.floating]
    normals: NDArray[np.floating] | None
    """(n, 3), of any length; None: none are given."""
    matrix: NDArray[np.float64]
    """4x4 to the tile's frame."""


class Poses:
    """The poses of a document's nodes; each skin is read once, however many nodes have it."""

    def __init__(self, buffers: GltfBuffers, root: NDArray[np.float64], say: Callable[[str], None]) -> None:
        """`root`: the 4x4 from the glTF's frame to the tile's."""
        self._buffers, self._root, self._say = buffers, root, say
        self._skeleton = Skeleton(buffers)
        self._joints: dict[str, NDArray[np.float64] | None] = {}

    def of(self, node: dict[str, Any]) -> Pose:
        """The pose in which a node's mesh stands; a broken skin is none, and told of."""
        return Pose(self.weights(node), self._joints_of(node.get("skin")), self._root)

    def weights(self, node: dict[str, Any]) -> tuple[float, ...]:
        """Of a node's morph targets: as it says, or else as its mesh does."""
        said = node.get("weights")
        if said is None:
            said = self._mesh(node.get("mesh")).get("weights")
        if said is None:
            return ()
        if isinstance(said, list) and all(type(one) in (int, float) and math.isfinite(one) for one in said):
            return tuple(said) if any(said) else ()
        self._say(_("The weights of a mesh's targets are not finite numbers; it is drawn without them."))
        return ()

    def _mesh(self, index: Any) -> dict[str, Any]:
        try:
            return self._buffers.item("meshes", index)
        except ContentError:
            return {}  # told of by who reads it

    def _joints_of(self, skin: Any) -> NDArray[np.float64] | None:
        if skin is None:
            return None
        key = quoted(skin)
        if key not in self._joints:
            try:
                self._joints[key] = self._read(skin)
            except ContentError as problem:
                self._say(_("A skin is left out: {problem}").format(problem=problem))
                self._joints[key] = None
        return self._joints[key]

    def _read(self, index: Any) -> NDArray[np.float64]:
        """(j, 4, 4): each joint's place in the rest pose, times its inverse bind matrix."""
        skin, place = self._buffers.item("skins", index), f"skins[{quoted(index)}]"
        joints = skin.get("joints")
        if not isinstance(joints, list) or not joints:
            raise self._buffers.fail(place, _("is not complete."))
        matrices = np.stack([self._skeleton.matrix(joint) for joint in joints])
        if skin.get("inverseBindMatrices") is not None:
            stored = self._buffers.floats(skin["inverseBindMatrices"])
            if stored.shape[1] != 16 or len(stored) < len(joints):
                raise self._buffers.fail(place, _("there are not as many matrices as joints."))
            with np.errstate(invalid="ignore", over="ignore"):
                matrices = matrices @ stored[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)
        if not np.isfinite(matrices).all():
            raise self._buffers.fail(place, _("its matrices are not finite numbers."))
        return matrices


def posed(
    buffers: GltfBuffers,
    primitive: dict[str, Any],
    attributes: dict[str, Any],
    pose: Pose,
    matrix: NDArray[np.float64],
    say: Callable[[str], None],
) -> Posed | None:
    """A primitive's vertices as its pose has them, placed by `matrix`; None where they stay where they are stored.

    What is broken is told of, and drawn without.
    """
    targets = _weighted_targets(primitive, pose.weights)
    if not targets and pose.joints is None:
        return None
    stored = Posed(buffers.numbers(attributes["POSITION"]), _normals(buffers, attributes), matrix)
    found = stored
    try:
        if targets:
            found = _morphed(buffers, stored, targets)
    except ContentError as problem:
        say(_("Morph targets are left out: {problem}").format(problem=problem))
    try:
        if pose.joints is not None and pose.root is not None:
            moved = _skinned(buffers, attributes, pose.joints, found.positions, found.normals)
            found = Posed(*moved, pose.root)
    except ContentError as problem:
        say(_("A skin is left out: {problem}").format(problem=problem))
    return None if found is stored else found


def _weighted_targets(primitive: dict[str, Any], weights: tuple[float, ...]) -> list[tuple[float, Any]]:
    """The targets that count, with their weights, which are not nought."""
    targets = primitive.get("targets")
    pairs = zip(weights, targets if isinstance(targets, list) else (), strict=False)
    return [(weight, target) for weight, target in pairs if weight]


def _morphed(buffers: GltfBuffers, stored: Posed, targets: list[tuple[float, Any]]) -> Posed:
    """The vertices with what each target adds to them. Raises ContentError where one is broken."""
    n = len(stored.positions)
    if n * len(targets) > _MOST_MOVES:
        raise buffers.fail("targets", _("count {n} is more than can be read.").format(n=len(targets)))
    positions, normals = stored.positions.astype(np.float64), stored.normals
    turned = None if normals is None else normals.astype(np.float64)
    for weight, target in targets:
        for name, values in (("POSITION", positions), ("NORMAL", turned)):
            index = target.get(name) if isinstance(target, dict) else None
            if index is None or values is None:
                continue
            added = buffers.numbers(index)
            if added.shape != (n, 3):
                raise buffers.fail(f"targets.{name}", _("there are not as many values as vertices."))
            with np.errstate(invalid="ignore", over="ignore"):
                values += weight * added
    return Posed(positions, turned, stored.matrix)


def _normals(buffers: GltfBuffers, attributes: dict[str, Any]) -> NDArray[np.floating] | None:
    """The stored normals, (n, 3), if there are any that fit."""
    if "NORMAL" not in attributes:
        return None
    found = buffers.numbers(attributes["NORMAL"])
    return found if found.shape == (buffers.count(attributes["POSITION"]), 3) else None


def _skinned(
    buffers: GltfBuffers,
    attributes: dict[str, Any],
    joints: NDArray[np.float64],
    positions: NDArray[np.floating],
    normals: NDArray[np.floating] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Positions and normals, (n, 3), moved by the weighted mean of their joints' matrices."""
    n = len(positions)
    sets = list(_weighted_joints(buffers, attributes, len(joints), n))
    flat = np.ascontiguousarray(joints[:, :3]).reshape(-1, 12)
    moved, turned = np.empty((n, 3)), None if normals is None else np.empty((n, 3))
    for start in range(0, n, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        blended = _blended(flat, [(numbers[some], weights[some]) for numbers, weights in sets])
        linear = blended[:, :, :3]
        with np.errstate(invalid="ignore", over="ignore"):
            moved[some] = np.einsum("nij,nj->ni", linear, positions[some]) + blended[:, :, 3]
            if turned is not None and normals is not None:
                turned[some] = _turned(linear, normals[some])
    return moved, turned


def _weighted_joints(
    buffers: GltfBuffers, attributes: dict[str, Any], n_joints: int, n: int
) -> Iterator[tuple[NDArray[np.integer], NDArray[np.float64]]]:
    """Each set's numbers of joints and weights, both (n, 4). Raises ContentError where they do not fit."""
    i = 0
    while i == 0 or f"JOINTS_{i}" in attributes:
        place = f"JOINTS_{i}"
        numbers = buffers.accessor(attributes.get(place))
        weights = np.nan_to_num(buffers.floats(attributes.get(f"WEIGHTS_{i}")), posinf=0.0, neginf=0.0)
        if numbers.shape != (n, 4) or weights.shape != (n, 4):
            raise buffers.fail(place, _("there are not as many values as vertices."))
        if numbers.dtype.kind != "u" or int(numbers.max(initial=0)) >= n_joints:
            raise buffers.fail(place, _("names a joint that the skin does not have."))
        yield numbers, weights
        i += 1


def _blended(
    flat: NDArray[np.float64], sets: list[tuple[NDArray[np.integer], NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """(n, 3, 4) of joints' matrices (j, 12): weights that do not add up to 1 are made to; the first joint, if to 0."""
    n = len(sets[0][0])
    total, blended = np.zeros(n), np.zeros((n, 12))
    for numbers, weights in sets:
        for joint, weight in zip(numbers.T, weights.T, strict=True):
            blended += weight[:, None] * flat[joint]
            total += weight
    none = np.abs(total) < 1e-9
    blended[none], total[none] = flat[sets[0][0][none, 0]], 1.0
    return np.asarray((blended / total[:, None]).reshape(n, 3, 4))


def _turned(linear: NDArray[np.float64], normals: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit normals, of (n, 3), by the inverse transposes of (n, 3, 3); nought or NaN, where there are none."""
    x, y, z = linear.transpose(2, 0, 1)
    across = np.stack([np.cross(y, z), np.cross(z, x), np.cross(x, y)], axis=2)
    outward = np.where(np.einsum("ni,ni->n", x, across[:, :, 0]) < 0.0, -1.0, 1.0)
    found = np.einsum("nij,nj->ni", across, normals) * outward[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(found / np.linalg.norm(found, axis=1)[:, None])

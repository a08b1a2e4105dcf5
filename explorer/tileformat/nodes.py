"""Node hierarchies of glTF: where each mesh stands in the tile's frame (Z up)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers, is_index

Z_UP_FROM = {
    "X": np.array([[0.0, -1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])[
        [2, 0, 1, 3]
    ],
    "Y": np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]),
    "Z": np.eye(4),
}
"""4x4 to Z up, by the axis that points up in the glTF."""


def root_matrix(up_axis: str, rtc: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """4x4 from the glTF's frame to the tile's.

    `rtc`: centre that positions are relative to (CESIUM_RTC or b3dm's RTC_CENTER), in the Z-up frame.
    """
    root = Z_UP_FROM[up_axis].copy()
    if rtc is not None:
        root[:3, 3] += rtc
    return root


def placed_meshes(
    buffers: GltfBuffers, root: NDArray[np.float64], say: Callable[[str], None]
) -> Iterator[tuple[NDArray[np.float64], dict[str, Any]]]:
    """(4x4 to the tile's frame, the node) of every node of the scene that has a mesh; `root`: see `root_matrix`.

    Walks the scene (or, where there is none, all roots) without recursion; a node met twice is left out.
    """
    stack = [(index, root) for index in reversed(_roots(buffers))]
    seen: set[int] = set()
    while stack:
        index, above = stack.pop()
        if not is_index(index) or index in seen:
            say(_("A node is named twice or by no number; it is left out."))
            continue
        seen.add(index)
        node = buffers.item("nodes", index)
        if _is_hidden(extensions_of(node)):
            continue
        local = _local(node)
        if local is None:
            say(_("The placement of node {index} is not finite numbers; the node is left out.").format(index=index))
            continue
        matrix = above @ local
        if node.get("mesh") is not None:
            yield matrix, node
        children = node.get("children")
        if isinstance(children, list):
            stack.extend((child, matrix) for child in reversed(children))


class Skeleton:
    """Where the nodes of a document stand, whatever the scene shows of them: what joints of skins are asked for."""

    def __init__(self, buffers: GltfBuffers) -> None:
        self._buffers = buffers
        self._matrices: dict[int, NDArray[np.float64]] = {}

    def matrix(self, index: Any) -> NDArray[np.float64]:
        """4x4 from a node's frame to the glTF's. Raises ContentError where it has none, or is below itself."""
        chain: list[tuple[int, NDArray[np.float64]]] = []
        at: Any = index
        while at is not None and not (is_index(at) and at in self._matrices):
            local = _local(self._buffers.item("nodes", at))
            if local is None or len(chain) > len(self._parents):
                raise self._buffers.fail(f"nodes[{at}]", _("has no place of finite numbers."))
            chain.append((at, local))
            at = self._parents.get(at)
        matrix = np.eye(4) if at is None else self._matrices[at]
        for below, local in reversed(chain):
            matrix = self._matrices[below] = matrix @ local
        return matrix

    @cached_property
    def _parents(self) -> dict[int, int]:
        """The node above each that is below one."""
        nodes = self._buffers.document.get("nodes")
        found: dict[int, int] = {}
        for index, node in enumerate(nodes if isinstance(nodes, list) else ()):
            children = node.get("children") if isinstance(node, dict) else None
            for child in children if isinstance(children, list) else ():
                if is_index(child):
                    found.setdefault(child, index)
        return found


def extensions_of(node: dict[str, Any]) -> dict[str, Any]:
    """The extensions of a node; none where they are no object."""
    extensions = node.get("extensions")
    return extensions if isinstance(extensions, dict) else {}


def _is_hidden(extensions: dict[str, Any]) -> bool:
    """KHR_node_visibility: whether a node, and all below it, is not to be seen."""
    said = extensions.get("KHR_node_visibility")
    return isinstance(said, dict) and said.get("visible") is False


def _roots(buffers: GltfBuffers) -> list[Any]:
    document = buffers.document
    if isinstance(document.get("scenes"), list) and document["scenes"]:
        nodes = buffers.item("scenes", document.get("scene") or 0).get("nodes")
        return nodes if isinstance(nodes, list) else []
    nodes = document.get("nodes")
    if not isinstance(nodes, list):
        return []
    below = {
        child
        for node in nodes
        if isinstance(node, dict) and isinstance(node.get("children"), list)
        for child in node["children"]
        if is_index(child)
    }
    return [index for index in range(len(nodes)) if index not in below]


def _local(node: dict[str, Any]) -> NDArray[np.float64] | None:
    try:
        if node.get("matrix") is not None:
            matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T
        else:
            matrix = np.eye(4)
            if node.get("rotation") is not None:
                matrix[:3, :3] = _rotation(np.array(node["rotation"], np.float64).reshape(4))
            if node.get("scale") is not None:
                matrix[:3, :3] *= np.array(node["scale"], np.float64).reshape(3)
            if node.get("translation") is not None:
                matrix[:3, 3] = np.array(node["translation"], np.float64).reshape(3)
    except (ValueError, TypeError):
        return None
    return matrix if np.isfinite(matrix).all() else None


def _rotation(quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rotations(quaternion[None])[0])


def rotations(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) of quaternions (n, 4) x, y, z, w of any length; those of none do not turn."""
    length = np.linalg.norm(quaternions, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = quaternions / length[:, None]
    unit[length == 0.0] = (0.0, 0.0, 0.0, 1.0)
    x, y, z, w = unit.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)

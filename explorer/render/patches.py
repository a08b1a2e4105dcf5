"""A tile cut into patches of ground that are left out one by one: who stands in a tile sees a fifth of it.

Of the tiles around a walker most is behind him or behind the first row of houses, and a software rasteriser works out
every vertex that it is given. From afar all patches are in view and only cost calls: what finer tiles replace is cut
only where it is small (`packing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.render.extents import extents
from explorer.render.tile_shaders import Kind

MOST_TRIANGLES = 1024
"""Of a patch. Fewer are left out more often, but take more calls than that spares; twice as many gain half. [-]"""
LEAST_OF_A_KIND = 1536
"""Where a mesh has fewer triangles or lines of a kind, those stay whole, for what each piece takes."""
PIECE_BYTES = 7000
"""That each piece of a kind takes in Panda3D and the driver beside its indices, measured."""

Indices = Mapping[Kind, NDArray[np.unsignedinteger]]


@dataclass(frozen=True, eq=False)
class Patches:
    """Where the n patches of a mesh are, in its indices and in space."""

    ends: Mapping[Kind, NDArray[np.int64]]
    """(n + 1,) by kind: patch i has the triangles or lines from `ends[i]` to `ends[i + 1]`. Without the kinds that stay
    whole."""
    lo: NDArray[np.float32]
    """(n, 3) least and greatest offsets from the tile's centre that a patch reaches, its lines included. [m]"""
    hi: NDArray[np.float32]
    n_triangles: NDArray[np.int64]
    """(n,) of kinds that do not stay whole."""

    def __len__(self) -> int:
        return len(self.lo)

    @property
    def size_bytes(self) -> int:
        """What having them takes in memory."""
        return PIECE_BYTES * sum(int(np.count_nonzero(np.diff(ends))) for ends in self.ends.values())


def cut_into_patches(positions: NDArray[np.float32], indices: Indices) -> tuple[Indices, Patches] | None:
    """Indices sorted by patch, and the patches; None where the whole is no more than one.

    `positions` are (n, 3); `indices` as in `PackedMesh`. What a patch has of a kind stays in its order.
    """
    faces = [some for some in indices.values() if some.shape[1] == 3]
    is_large = any(len(some) >= LEAST_OF_A_KIND for some in indices.values())
    if not is_large or sum(map(len, faces)) <= MOST_TRIANGLES:
        return None
    triangles = faces[0] if len(faces) == 1 else np.concatenate(faces)
    boxes = _Boxes(*extents(positions, triangles))
    patch_of_face = boxes.patch_of_face
    patch_of_vertex = np.zeros(len(positions), np.uint16)
    for corner in range(3):
        patch_of_vertex[triangles[:, corner]] = patch_of_face
    n, begin = len(boxes.lo), 0
    ordered, ends, n_triangles = dict(indices), {}, np.zeros(n, np.int64)
    for kind, some in indices.items():
        is_face = some.shape[1] == 3
        patch = patch_of_face[begin : begin + len(some)] if is_face else patch_of_vertex[some[:, 0]]
        begin += len(some) if is_face else 0
        if len(some) < LEAST_OF_A_KIND:
            continue
        order = np.argsort(patch, kind="stable")  # of two bytes: a radix sort
        ordered[kind] = some.take(order, axis=0)
        count = np.bincount(patch, minlength=n)
        ends[kind] = np.concatenate([[0], np.cumsum(count)])
        if is_face:
            n_triangles += count
        else:
            boxes.add(ends[kind], *extents(positions, ordered[kind]))
    return ordered, Patches(ends, boxes.lo, boxes.hi, n_triangles)


class _Boxes:
    """The patches that triangles are put into, and how far each reaches."""

    def __init__(self, least: NDArray[np.float32], greatest: NDArray[np.float32]) -> None:
        """`least`, `greatest`: (3, m) of the triangles."""
        runs = _halved([least[axis] + greatest[axis] for axis in range(2)])
        n, count = len(runs), [len(rows) for rows in runs]
        order = np.concatenate(runs)
        self.patch_of_face = np.empty(len(order), np.uint16)
        self.patch_of_face[order] = np.repeat(np.arange(n, dtype=np.uint16), count)
        self.lo, self.hi = np.full((n, 3), np.inf, np.float32), np.full((n, 3), -np.inf, np.float32)
        self.add(np.cumsum([0, *count]), least.take(order, axis=1), greatest.take(order, axis=1))

    def add(self, ends: NDArray[np.int64], least: NDArray[np.float32], greatest: NDArray[np.float32]) -> None:
        """Widen them by what belongs to them, sorted by patch."""
        some = np.flatnonzero(np.diff(ends))
        if len(some):
            self.lo[some] = np.minimum(self.lo[some], np.minimum.reduceat(least, ends[some], axis=1).T)
            self.hi[some] = np.maximum(self.hi[some], np.maximum.reduceat(greatest, ends[some], axis=1).T)


def _halved(at: list[NDArray[np.float32]]) -> list[NDArray[np.int64]]:
    """Halves across the longer of two axes, and halves of those, down to `MOST_TRIANGLES`: the rows of each."""
    waiting, found = [np.arange(len(at[0]))], []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= MOST_TRIANGLES:
            found.append(rows)
            continue
        some = max((axis.take(rows) for axis in at), key=lambda values: float(values.max() - values.min()))
        half = len(rows) // 2
        order = np.argpartition(some, half)
        waiting += [rows.take(order[half:]), rows.take(order[:half])]
    return found

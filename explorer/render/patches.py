"""A tile cut into patches of ground that are left out one by one: who stands in a tile sees a fifth of it.

Of the tiles around a walker most is behind him or behind the first row of houses, and a software rasteriser works out
every vertex that it is given. Only the finest tiles are cut: what finer ones replace is never seen from so near, and
from afar all patches are in view and only cost calls.
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

Indices = Mapping[Kind, NDArray[np.unsignedinteger]]


@dataclass(frozen=True, eq=False)
class Patches:
    """Where the n patches of a mesh are, in its indices and in space."""

    ends: Mapping[Kind, NDArray[np.int64]]
    """(n + 1,) by kind: patch i has the triangles or lines from `ends[i]` to `ends[i + 1]`."""
    lo: NDArray[np.float32]
    """(n, 3) least and greatest offsets from the tile's centre that a patch reaches, its lines included. [m]"""
    hi: NDArray[np.float32]
    n_triangles: NDArray[np.int64]
    """(n,)"""

    def __len__(self) -> int:
        return len(self.lo)


def cut_into_patches(positions: NDArray[np.float32], indices: Indices) -> tuple[Indices, Patches] | None:
    """Indices sorted by patch, and the patches; None where the whole is no more than one.

    `positions` are (n, 3); `indices` as in `PackedMesh`. What a patch has of a kind stays in its order.
    """
    faces = [some for some in indices.values() if some.shape[1] == 3]
    if sum(map(len, faces)) <= MOST_TRIANGLES:
        return None
    triangles = faces[0] if len(faces) == 1 else np.concatenate(faces)
    least, greatest = extents(positions, triangles)
    runs = _halved([least[axis] + greatest[axis] for axis in range(2)])
    n = len(runs)
    patch_of_face = np.empty(len(triangles), np.uint16)
    patch_of_face[np.concatenate(runs)] = np.repeat(np.arange(n, dtype=np.uint16), [len(rows) for rows in runs])
    patch_of_vertex = np.zeros(len(positions), np.uint16)
    for corner in range(3):
        patch_of_vertex[triangles[:, corner]] = patch_of_face
    lo, hi = np.full((n, 3), np.inf, np.float32), np.full((n, 3), -np.inf, np.float32)
    ordered, ends, begin = {}, {}, 0
    for kind, some in indices.items():
        if some.shape[1] == 3:
            part = slice(begin, begin + len(some))
            begin += len(some)
            patch, low, high = patch_of_face[part], least[:, part], greatest[:, part]
        else:
            patch = patch_of_vertex[some[:, 0]]
            low, high = extents(positions, some)
        order = np.argsort(patch, kind="stable")  # of two bytes: a radix sort
        ends[kind] = np.concatenate([[0], np.cumsum(np.bincount(patch, minlength=n))])
        ordered[kind] = some.take(order, axis=0)
        _reach(lo, hi, ends[kind], low.take(order, axis=1), high.take(order, axis=1))
    return ordered, Patches(ends, lo, hi, np.array([len(rows) for rows in runs]))


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


def _reach(
    lo: NDArray[np.float32],
    hi: NDArray[np.float32],
    ends: NDArray[np.int64],
    least: NDArray[np.float32],
    greatest: NDArray[np.float32],
) -> None:
    """Widen the patches' boxes by what belongs to them, sorted by patch."""
    some = np.flatnonzero(np.diff(ends))
    if len(some):
        lo[some] = np.minimum(lo[some], np.minimum.reduceat(least, ends[some], axis=1).T)
        hi[some] = np.maximum(hi[some], np.maximum.reduceat(greatest, ends[some], axis=1).T)

"""Triangles of a glTF primitive: lists, strips and fans, without those that cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers

LIST, STRIP, FAN = 4, 5, 6
"""The modes of a primitive that are triangles (glTF 5.24.4)."""
MOST_SHORT = 0xFFFF
"""Vertices that two bytes can name: the last number of all may mean a cut (glTF 3.7.2.1)."""


def read_triangles(
    buffers: GltfBuffers, primitive: dict[str, Any], n: int, most: int, place: str, say: Callable[[str], None]
) -> NDArray[np.unsignedinteger]:
    """The triangles of a primitive of n vertices as its mode says, (m, 3); indices that are not there are kept.

    Raises ContentError where the indices are no whole numbers, or more than `most`.
    """
    mode = primitive.get("mode", LIST)
    indices = read_indices(buffers, primitive, n, most, place, say)
    if mode == LIST:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    at = np.arange(max(len(indices) - 2, 0))
    if mode == STRIP:  # glTF 3.7.2.1: p_i = {v_i, v_(i + (1 + i % 2)), v_(i + (2 - i % 2))}
        return indices[np.stack([at, at + 1 + at % 2, at + 2 - at % 2], axis=1)]
    return indices[np.stack([at + 1, at + 2, np.zeros_like(at)], axis=1)]


def read_indices(
    buffers: GltfBuffers, primitive: dict[str, Any], n: int, most: int, place: str, say: Callable[[str], None]
) -> NDArray[np.unsignedinteger]:
    """The indices of a primitive of n vertices, (k,), as stored; its vertices in order where it has none. Not to be
    written to.

    Raises ContentError where the indices are no whole numbers, or more than `most`.
    """
    if primitive.get("indices") is not None:
        stored = buffers.accessor(primitive["indices"])
        if stored.dtype.kind not in "iu" or stored.shape[1] != 1:
            raise buffers.fail(place, _("its indices are not whole numbers."))
        if stored.dtype.kind == "i":
            say(_("The indices are signed, which glTF does not allow; they are read all the same."))
        indices: NDArray[np.unsignedinteger] = stored[:, 0]
        if stored.dtype.kind == "i":
            with np.errstate(over="ignore"):
                indices = indices.astype(np.uint32)  # what is negative becomes an index that is not there
    else:
        indices = np.arange(n, dtype=np.uint32)
    if len(indices) > most:
        raise buffers.fail(place, _("count {n} is more than can be read.").format(n=len(indices)))
    return indices


def sound_triangles(
    triangles: NDArray[np.unsignedinteger],
    positions: NDArray[np.floating],
    say: Callable[[str], None],
    *,
    with_empty: bool = False,
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.floating]]:
    """Without triangles that name missing vertices, vertices that are not finite, or one vertex twice; and positions.

    Both (k, 3). Positions that are not finite become zero. Sound data, nearly all there is, is only looked through.
    `with_empty`: triangles that name one vertex twice stay. Nobody sees them, and to look for them takes as long as all
    the rest.
    """
    if len(triangles) and int(triangles.max()) >= len(positions):
        inside = (triangles < len(positions)).all(axis=1)
        n = len(triangles) - int(inside.sum())
        say(_("{n} triangles name vertices that are not there; they are left out.").format(n=n))
        triangles = triangles[inside]
    if positions.size and not (isfinite(positions.min()) and isfinite(positions.max())):
        finite = np.asarray(np.isfinite(positions).all(axis=1), bool)
        good = np.asarray(finite[triangles].all(axis=1), bool)
        n = len(triangles) - int(good.sum())
        say(_("{n} triangles have positions that are no numbers; they are left out.").format(n=n))
        positions = np.where(finite[:, None], positions, positions.dtype.type(0.0))
        triangles = triangles[good]
    if with_empty or not _may_name_one_twice(triangles):
        return triangles, positions
    a, b, c = triangles.T
    empty = (a == b) | (b == c) | (c == a)
    return (triangles[~empty] if empty.any() else triangles), positions


def _may_name_one_twice(triangles: NDArray[np.unsignedinteger]) -> bool:
    """Looked at as they lie in memory, four times as fast as by columns; neighbours of two triangles count as well."""
    flat = np.ascontiguousarray(triangles).reshape(-1)
    same = flat[1:] == flat[:-1]
    same[2::3] = False  # the end of one triangle, and the beginning of the next
    other = flat[2:] == flat[:-2]
    return bool(same.any() or other[::3].any())


def least_numbers(triangles: NDArray[np.unsignedinteger], n: int) -> NDArray[np.unsignedinteger]:
    """Triangles of n vertices in two bytes a corner where those are enough, else in four; contiguous."""
    return np.ascontiguousarray(triangles, np.uint16 if n <= MOST_SHORT else np.uint32)

"""Surfaces whose features are told apart by a texture: cut up so that each triangle belongs to one feature.

Everything else here knows features by vertices. Where a texture's borders run through triangles, all of the surface is
divided evenly, as finely as there is room for; what borders remain inside triangles go to the side of their middle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.content import Mesh
from explorer.tileformat.vertices import moved_lines

MAX_TRIANGLES = 1 << 14
"""Of one surface after it was divided; one that has more to begin with is not divided."""
_MAX_LEVEL = 6
_FEW = 0.02
"""Of the triangles may still have a border inside."""
_SAMPLES = np.array(
    [[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4], [4, 4, 1], [4, 1, 4], [1, 4, 4]], np.float64
)  # fmt: skip
_SAMPLES /= _SAMPLES.sum(axis=1, keepdims=True)


def by_texture(
    mesh: Mesh,
    places: NDArray[np.float64],
    ids_at: Callable[[NDArray[np.float64]], NDArray[np.int64]],
    rows_of: Callable[[NDArray[np.int64]], NDArray[np.uint32]],
) -> Mesh:
    """The mesh, of n vertices, with a feature for every triangle.

    `places` (n, 2) are the vertices' places in the texture, `ids_at` gives the ids at (k, 2) places, and `rows_of`,
    which is called once, the rows of the feature table for ids.
    """
    level = _level(places[mesh.triangles], ids_at)
    pieces = _pieces(level)
    corners = np.einsum("pcb,mbk->mpck", pieces, places[mesh.triangles]).reshape(-1, 3, 2)
    rows = rows_of(ids_at(corners.mean(axis=1)))
    return _split(mesh, rows) if level == 0 else _divided(mesh, pieces, rows)


def _level(corners: NDArray[np.float64], ids_at: Callable[[NDArray[np.float64]], NDArray[np.int64]]) -> int:
    """How often to quarter triangles, (m, 3, 2), until few of them have a border inside."""
    level = 0
    while level < _MAX_LEVEL and len(corners) * 4 ** (level + 1) <= MAX_TRIANGLES:
        samples = np.einsum("sc,pcb,mbk->mpsk", _SAMPLES, _pieces(level), corners)
        ids = ids_at(samples.reshape(-1, 2)).reshape(-1, len(_SAMPLES))
        if (ids != ids[:, :1]).any(axis=1).mean() <= (_FEW if level else 0.0):
            break
        level += 1
    return level


def _pieces(level: int) -> NDArray[np.float64]:
    """A triangle quartered `level` times: corners in terms of its own, (4^level, 3, 3)."""
    pieces = np.eye(3)[None]
    for _i in range(level):
        a, b, c = pieces.transpose(1, 0, 2)
        ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
        pieces = np.concatenate(
            [np.stack(one, axis=1) for one in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
    return pieces


def _split(mesh: Mesh, rows: NDArray[np.uint32]) -> Mesh:
    """Vertices that several features share become one for each of them."""
    n = len(mesh.positions)
    key = np.repeat(rows.astype(np.int64), 3) * n + mesh.triangles.reshape(-1)
    keys, triangles = np.unique(key, return_inverse=True)
    corners = (keys % n).astype(np.intp)
    kept: dict[str, Any] = {
        name: getattr(mesh, name)[corners]
        for name in ("positions", "normals", "surface_class", "colours", "texture_coordinates")
        if getattr(mesh, name) is not None
    }
    return replace(
        mesh,
        triangles=triangles.reshape(-1, 3).astype(np.uint32),
        feature_index=(keys // n).astype(np.uint32),
        outline=None if mesh.outline is None else moved_lines(mesh.outline, corners, n),
        **kept,
    )


def _divided(mesh: Mesh, pieces: NDArray[np.float64], rows: NDArray[np.uint32]) -> Mesh:
    def within(values: NDArray[Any]) -> NDArray[np.float64]:
        corners = values[mesh.triangles].astype(np.float64)
        return np.asarray(np.einsum("pcb,mbk->mpck", pieces, corners).reshape(-1, values.shape[1]))

    normals = None
    if mesh.normals is not None:
        normals = within(mesh.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
    positions = within(mesh.positions)
    # the corners that the triangles had, for the lines between them
    is_corner = (pieces == 1.0).any(axis=2)
    own = np.where(is_corner, pieces.argmax(axis=2), 0)
    corners = np.where(is_corner, mesh.triangles.astype(np.int64)[:, own], -1).reshape(-1).astype(np.intp)
    uv, surfaces = mesh.texture_coordinates, mesh.surface_class
    return replace(
        mesh,
        positions=positions,
        triangles=np.arange(len(positions), dtype=np.uint32).reshape(-1, 3),
        normals=None if normals is None else normals.astype(np.float32),
        surface_class=None if surfaces is None else np.repeat(surfaces[mesh.triangles[:, 0]], 3 * len(pieces)),
        feature_index=np.repeat(rows, 3),
        colours=None if mesh.colours is None else np.round(within(mesh.colours)).astype(np.uint8),
        texture_coordinates=None if uv is None else within(uv).astype(np.float32),
        outline=None if mesh.outline is None else moved_lines(mesh.outline, corners, len(mesh.positions)),
    )
